"""Trains the model, writes Rasa's archive and the export that the bot runs: `make train`.

Needs nothing but `nlu/data`, `nlu/urgency`, `nlu/tiers.yml` and `nlu/config.yml`; the same data
gives the same export on the same machine.
"""

from __future__ import annotations

import os

# Before anything of Rasa is imported: quiet, private, and the same on every run.
os.environ.update(
    RASA_TELEMETRY_ENABLED="false",
    RASA_MAX_CACHE_SIZE="0",  # Rasa's cache does not see nlu/urgency and would reuse old judgements
    TF_CPP_MIN_LOG_LEVEL="3",
    CUDA_VISIBLE_DEVICES="-1",
    SQLALCHEMY_SILENCE_UBER_WARNING="1",
    OMP_NUM_THREADS="1",  # sums in the same order whatever the number of processor cores
    OPENBLAS_NUM_THREADS="1",
)

import argparse
import logging
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from components import corpus  # noqa: E402 - found only now

T = TypeVar("T")
MODEL = "helpline"
"""Name of Rasa's archive: nlu/models/helpline.tar.gz."""


def main(argv: list[str] | None = None) -> int:
    """Train; exit status 0 if both files are written, 1 if the data is wrong."""
    parser = argparse.ArgumentParser(prog="train", description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=ROOT / "models", help="where Rasa's archive goes"
    )
    parser.add_argument("--export", type=Path, default=ROOT / "model", help="where the export goes")
    arguments = parser.parse_args(argv)
    output, folder = arguments.output.resolve(), arguments.export.resolve()
    # Rasa's dependencies warn of each other, and Rasa resets the filters; what is wrong with the
    # data is said by _check.
    warnings.showwarning = lambda *_, **__: None
    os.chdir(ROOT)
    try:
        _check()
        archive = _step(2, "Training (encode, fit, calibrate)", lambda: _train(output))
        figures = _step(3, "Writing the export", lambda: _export(archive, folder))
    except corpus.CorpusError as error:
        _say(f"The training data is wrong: {error}")
        return 1
    _summary(figures, archive, folder)
    return 0


def _check() -> None:
    _say("[1/3] Reading nlu/data ...")
    sentences = corpus.sentences()
    tiers = corpus.tiers()
    unknown = sorted({s.intent for s in sentences} - set(tiers))
    if unknown:
        raise corpus.CorpusError(f"no tier in tiers.yml for {', '.join(unknown)}")
    texts = [s.text for s in sentences]
    for text, intents in corpus.contradictions(sentences).items():
        _say(f"      Warning: under two intents ({', '.join(sorted(intents))}): {text!r}")
    urgent = corpus.urgent(texts, [s.intent for s in sentences])
    languages = sorted({s.language for s in sentences})
    counts = ", ".join(f"{sum(s.language == code for s in sentences)} {code}" for code in languages)
    _say(f"      {len(sentences)} sentences ({counts}), {len(tiers)} intents, {sum(urgent)} urgent")


def _train(output: Path) -> Path:
    logging.getLogger("rasa").setLevel(logging.WARNING)
    import rasa.model_training  # noqa: PLC0415 - takes seconds; the data is checked first

    archive = rasa.model_training.train_nlu(
        config="config.yml",
        nlu_data="data",
        output=str(output),
        fixed_model_name=MODEL,
        domain="domain.yml",
    )
    if archive is None:
        raise SystemExit("Rasa wrote no model; its message is above.")
    stamp = output / f"{MODEL}.sha256"
    from components.sentence_encoder import name  # noqa: PLC0415 - the same

    stamp.write_text(f"{corpus.digest()} {name()}\n", encoding="utf-8")
    return Path(archive)


def _export(archive: Path, folder: Path) -> dict[str, Any]:
    from components import export  # noqa: PLC0415 - the same

    return export.write(archive, folder)


def _step(number: int, title: str, work: Callable[[], T]) -> T:
    _say(f"[{number}/3] {title} ...")
    started = time.monotonic()
    result = work()
    _say(f"      done in {time.monotonic() - started:.0f} s")
    return result


def _summary(card: dict[str, Any], archive: Path, folder: Path) -> None:
    held_out, lines = card["held_out"], card["thresholds"]
    size = (folder / "helpline.npz").stat().st_size / 1e6
    _say(
        f"\nOn the held-out sentences {held_out['accuracy']:.1%} of the intents are right."
        f"\nOf the urgent ones {held_out['urgent_paged']:.1%} page, and"
        f" {held_out['urgent_paged_or_asked']:.1%} page or are asked;"
        f"\nof the others {held_out['not_urgent_paged']:.1%} page, and"
        f" {held_out['not_urgent_paged_or_asked']:.1%} page or are asked."
        f"\nThresholds: page {lines['page']}, ask {lines['ask']}, did you mean {lines['unsure']}."
        f"\nRasa's model: {archive}"
        f"\nThe export:   {folder / 'helpline.npz'} ({size:.1f} MB), card.json"
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
