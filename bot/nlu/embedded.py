"""Runs in this process what Rasa trained: reads the export and judges intent, urgency, language."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bot.domain.understanding import Intent, Tier
from bot.nlu.encoder import SIZE, Encoder, EncoderError
from bot.nlu.text import char_ngrams, normalise

VERSION = 2
"""Of the export's format; an export of another version is refused."""

FAMILIAR = 0.6
"""Share of a text's longest n-grams that training must have seen for its language to be told.

Of 292 English and Indonesian sentences that training did not see, 98 % have more; of a dozen in
French, Spanish, Portuguese, German, Turkish, Swahili and Vietnamese, none.
"""


class ExportError(Exception):
    """The export can't be used; `make train` writes a new one."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an engine says of a text: the top intent is the first of the ranking."""

    ranking: tuple[Intent, ...]
    urgency: float


@dataclass(frozen=True, slots=True)
class _Arrays:
    mean: NDArray[np.float64]
    scale: float
    weight: float
    longest: int
    idf: NDArray[np.float64]
    dense: NDArray[np.float64]  # (intents + urgency, embedding)
    sparse: NDArray[np.float32]  # (n-grams, intents + urgency): a text reads a few of its rows
    biases: NDArray[np.float64]
    language_weights: NDArray[np.float32]  # (n-grams, languages)
    language_biases: NDArray[np.float64]


class Export:
    """A trained model. Reading it takes about 0.7 s; judging a message 5 ms, in any thread."""

    def __init__(
        self,
        arrays: _Arrays,
        vocabulary: Mapping[str, int],
        intents: tuple[str, ...],
        meta: Mapping[str, Any],
        encoder: Encoder,
    ) -> None:
        """Use `Export.load`."""
        self._arrays = arrays
        self._vocabulary = vocabulary
        self._encoder = encoder
        self.encoder_name = encoder.name
        self.intents = intents
        self.languages: tuple[str, ...] = tuple(meta["languages"])
        self.tiers: Mapping[str, Tier] = {name: Tier(tier) for name, tier in meta["tiers"].items()}
        self.thresholds: Mapping[str, float] = {k: float(v) for k, v in meta["thresholds"].items()}
        self.data_sha256: str = meta["data_sha256"]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read an export. Raises ExportError if it is missing, damaged, of another version, or
        trained for another encoder than the one that `make setup` built.
        """
        try:
            encoder = Encoder()
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                meta = json.loads(stored["meta"].tobytes())
                if (meta["version"], meta["encoder"]) != (VERSION, encoder.name):
                    raise ExportError(
                        f"{path} was made for another encoder or version: run `make setup`, and if"
                        " that is no help `make refit`"
                    )
                vocabulary = stored["vocabulary"].tobytes().decode("utf-8").split("\n")
                intents = tuple(stored["intents"].tobytes().decode("utf-8").split("\n"))
                arrays = _read(stored)
            _check(arrays, len(vocabulary), len(intents))
            columns = {ngram: column for column, ngram in enumerate(vocabulary)}
            return cls(arrays, columns, intents, meta, encoder)
        except EncoderError as error:
            raise ExportError(str(error)) from error
        except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            raise ExportError(f"{path} can't be read ({type(error).__name__})") from error

    def judge(self, text: str) -> Judgement:
        """Intent and urgency of a text, whatever it holds.

        Raises ExportError if the encoder fails.
        """
        text = normalise(text)
        a = self._arrays
        try:
            embedding = self._encoder.encode(text)
        except EncoderError as error:
            raise ExportError(str(error)) from error
        columns, values = self._tfidf(text)
        scores = a.dense @ ((embedding.astype(np.float64) - a.mean) * a.scale) + a.biases
        if len(columns):
            scores += (values * a.weight) @ a.sparse[columns].astype(np.float64)
        confidences = np.exp(scores[:-1] - scores[:-1].max())
        confidences /= confidences.sum()
        order = np.argsort(-confidences, kind="stable")
        ranking = tuple(Intent(self.intents[i], float(confidences[i])) for i in order)
        return Judgement(ranking, float(1 / (1 + np.exp(-scores[-1]))))

    def meaning(self, text: str) -> NDArray[np.float64]:
        """Where a text stands among the others, as a vector of length 1: near ones mean alike.

        The embedding less the mean of the training sentences: all embeddings point nearly the
        same way. Raises ExportError if the encoder fails.
        """
        try:
            embedding = self._encoder.encode(normalise(text))
        except EncoderError as error:
            raise ExportError(str(error)) from error
        centred = embedding.astype(np.float64) - self._arrays.mean
        length = float(np.sqrt((centred**2).sum()))
        return centred / length if length else centred

    def languages_of(self, text: str) -> dict[str, float]:
        """For each trained language, the probability (0 to 1) that the text is written in it.

        Empty for a text in a language that nobody taught: most of its groups of letters are new.
        """
        text = normalise(text)
        long = [
            n for n in char_ngrams(text, self._arrays.longest) if len(n) == self._arrays.longest
        ]
        if sum(ngram in self._vocabulary for ngram in long) < FAMILIAR * len(long) or not long:
            return {}
        columns, values = self._tfidf(text)
        scores = self._arrays.language_biases.copy()
        if len(columns):
            scores += values @ self._arrays.language_weights[columns].astype(np.float64)
        return dict(zip(self.languages, (1 / (1 + np.exp(-scores))).tolist(), strict=True))

    def _tfidf(self, text: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        counts = char_ngrams(text, self._arrays.longest)
        known = self._vocabulary
        found = sorted((known[ngram], count) for ngram, count in counts.items() if ngram in known)
        columns = np.array([column for column, _ in found], dtype=np.intp)
        values = np.array([count for _, count in found], dtype=np.float64)
        values = (1 + np.log(values)) * self._arrays.idf[columns]
        length = float(np.sqrt((values**2).sum()))
        return columns, values / length if length else values


def _read(stored: Mapping[str, NDArray[Any]]) -> _Arrays:
    weights = np.vstack([stored["weights"], stored["urgency_weights"]])
    biases = np.append(stored["biases"], stored["urgency_bias"])
    return _Arrays(
        mean=stored["mean"].astype(np.float64),
        scale=float(stored["scale"]),
        weight=float(stored["weight"]),
        longest=int(stored["longest"]),
        idf=stored["idf"].astype(np.float64),
        dense=weights[:, :SIZE].astype(np.float64),
        sparse=np.ascontiguousarray(weights[:, SIZE:].T, dtype=np.float32),
        biases=biases.astype(np.float64),
        language_weights=np.ascontiguousarray(stored["language_weights"].T, dtype=np.float32),
        language_biases=stored["language_biases"].astype(np.float64),
    )


def _check(arrays: _Arrays, ngrams: int, intents: int) -> None:
    shapes = (arrays.sparse.shape, arrays.idf.shape, arrays.mean.shape, arrays.biases.shape)
    if shapes != ((ngrams, intents + 1), (ngrams,), (SIZE,), (intents + 1,)):
        raise ExportError("the export's parts do not fit together")
