"""Learns to tell the languages of the Latin script apart, from the n-grams of the training data."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from components.corpus import Sentence
from components.fitting import FOLDS, SEED
from components.text import char_ngrams, normalise


def fit(
    sentences: list[Sentence], vocabulary: dict[str, int], ngrams: dict[str, np.ndarray]
) -> tuple[list[str], np.ndarray, np.ndarray, dict[str, Any]]:
    """Language codes, weights (languages x n-grams, 16 bits), biases, and the figures held out."""
    rows = vstack([_row(s.text, vocabulary, ngrams) for s in sentences], format="csr")
    labels = np.array([s.language for s in sentences])
    codes = sorted(set(labels))
    if len(codes) == 1:
        shape = (1, len(vocabulary))
        return codes, np.zeros(shape, np.float16), np.zeros(1, np.float32), {}
    # One against the rest: in a language that nobody taught, all of them say no.
    model = LogisticRegression(C=10.0, max_iter=1000, multi_class="ovr")
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    guess = cross_val_predict(model, rows, labels, cv=folds)
    model.fit(rows, labels)
    weights, biases = model.coef_, model.intercept_
    if len(weights) == 1:  # two languages: one row says which
        weights, biases = np.vstack([-weights, weights]), np.append(-biases, biases)
    report = {"held_out_accuracy": round(float((guess == labels).mean()), 4), "codes": codes}
    return codes, weights.astype(np.float16), biases.astype(np.float32), report


def _row(text: str, vocabulary: dict[str, int], ngrams: dict[str, np.ndarray]) -> csr_matrix:
    counts = char_ngrams(normalise(text), int(ngrams["longest"]))
    found = sorted((vocabulary[n], c) for n, c in counts.items() if n in vocabulary)
    columns = np.array([column for column, _ in found], dtype=np.int32)
    values = (1 + np.log(np.array([c for _, c in found], dtype=float))) * ngrams["idf"][columns]
    length = np.sqrt((values**2).sum())
    values = values / length if length else values
    row = np.zeros(len(columns), dtype=np.int32)
    return csr_matrix((values, (row, columns)), shape=(1, len(vocabulary)))
