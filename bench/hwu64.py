"""Measures the recipe on public data: HWU64 (64 intents of a home assistant, English).

    nlu/tuning/.venv/bin/python bench/hwu64.py FOLDER [--folds 1 2 3] [--epochs N]

FOLDER holds fold1_train.tsv, fold1_test.tsv and so on (columns text and intent), of the ten
published folds of Liu et al. 2019, `xliuhw/NLU-Evaluation-Data`. Micro-F1, which is the accuracy
where each text has one intent; published over the ten folds: HERMIT 87.55, DIET 90.18. Everything
as in `make train`: the encoder is tuned and built, its 8-bit files encode, and the judge reads
embedding and n-grams with the numbers of nlu/config.yml.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "nlu")]

import numpy as np  # noqa: E402
import yaml  # noqa: E402
from components.text import char_ngrams, normalise  # noqa: E402
from encoder import base, build  # noqa: E402
from scipy.sparse import csr_matrix, hstack  # noqa: E402
from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from tuning.tune import Data, Tuning  # noqa: E402

from bot.nlu.encoder import Encoder  # noqa: E402

EPOCHS = 6


def main() -> None:
    """Print a line for each fold and the mean."""
    parser = argparse.ArgumentParser(prog="hwu64", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--folds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    arguments = parser.parse_args()
    rows = [_fold(arguments.folder, fold, arguments.epochs) for fold in arguments.folds]
    print(f"\n{'fold':>6}{'untuned':>12}{'tuned':>10}{'minutes':>10}")
    for fold, (untuned, tuned, minutes) in zip(arguments.folds, rows, strict=True):
        print(f"{fold:>6}{untuned:>11.2%}{tuned:>10.2%}{minutes:>10.1f}")
    means = np.mean(rows, axis=0)
    print(f"{'mean':>6}{means[0]:>11.2%}{means[1]:>10.2%}{means[2]:>10.1f}")


def _fold(folder: Path, fold: int, epochs: int) -> tuple[float, float, float]:
    learned, tested = (_read(folder / f"fold{fold}_{part}.tsv") for part in ("train", "test"))
    names = sorted(set(learned[1]) | set(tested[1]))
    intents = [np.array([names.index(name) for name in part[1]]) for part in (learned, tested)]
    started = time.monotonic()
    plain = base.read()
    data = Data(learned[0], intents[0], np.zeros(len(learned[0]), dtype=bool))
    tuning = Tuning(plain, data, epochs)
    tuning.begin()
    shares = []
    for number in range(-1, epochs):
        if number >= 0:
            tuning.learn_epoch(number)
        if number in {-1, epochs - 1}:
            weights = plain.tensors | tuning.network.tensors()
            shares.append(_share(plain, weights, learned[0], tested[0], intents))
    return shares[0], shares[1], (time.monotonic() - started) / 60


def _share(
    plain: base.Base,
    weights: dict[str, np.ndarray],
    learned: list[str],
    tested: list[str],
    intents: list[np.ndarray],
) -> float:
    """Share of the tested texts whose intent is right, by the files that would be served."""
    with tempfile.TemporaryDirectory() as folder:
        build.write(Path(folder), plain, weights, "hwu64")
        encoder = Encoder(Path(folder))
        parts = [[encoder.encode(normalise(text)) for text in part] for part in (learned, tested)]
        rows = [np.stack(part) for part in parts]
    settings = yaml.safe_load((ROOT / "nlu" / "config.yml").read_text(encoding="utf-8"))
    _, ngrams, judge = settings["pipeline"]
    cut = TfidfVectorizer(
        analyzer=lambda text: list(char_ngrams(normalise(text), ngrams["longest"]).elements()),
        min_df=ngrams["least"],
        sublinear_tf=True,
    )
    sparse = [cut.fit_transform(learned), cut.transform(tested)]
    mean = rows[0].mean(0)
    features = [
        hstack([csr_matrix((dense - mean) * judge["scale"]), counts * ngrams["weight"]], "csr")
        for dense, counts in zip(rows, sparse, strict=True)
    ]
    model = LogisticRegression(C=judge["intent_c"], max_iter=500)
    return float(model.fit(features[0], intents[0]).score(features[1], intents[1]))


def _read(path: Path) -> tuple[list[str], list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row["text"] for row in rows], [row["intent"] for row in rows]


if __name__ == "__main__":
    main()
