"""Turns the archive that Rasa wrote into the one small file that the bot runs by itself."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from components import corpus, language_head
from components.judge import FILE as JUDGE
from components.ngram_featurizer import FILE as NGRAMS
from components.ngram_featurizer import decode_vocabulary

VERSION = 2
"""Raised when the bot could not read an older file."""

EXPORT = "helpline.npz"
CARD = "card.json"


def write(archive: Path, folder: Path) -> dict[str, Any]:
    """Write the export and its card into `folder`; return the card."""
    ngrams, judge = _arrays(archive, NGRAMS), _arrays(archive, JUDGE)
    report = json.loads(judge.pop("report").tobytes())
    encoder = judge.pop("encoder").tobytes().decode()
    sentences = corpus.sentences()
    tiers = corpus.tiers()
    codes, weights, biases, language_report = language_head.fit(
        sentences, decode_vocabulary(ngrams["vocabulary"]), ngrams
    )
    card = {
        "version": VERSION,
        "encoder": encoder,
        "data_sha256": corpus.digest(),
        "sentences": {
            code: sum(s.language == code for s in sentences)
            for code in sorted({s.language for s in sentences})
        },
        "ngrams": len(ngrams["idf"]),
        "thresholds": report.pop("thresholds"),
        "held_out": report,
        "language": language_report,
    }
    meta = {**card, "tiers": tiers, "languages": codes}
    del meta["held_out"], meta["language"]
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"new-{EXPORT}"
    np.savez_compressed(
        new,
        meta=np.frombuffer(json.dumps(meta, sort_keys=True).encode(), dtype=np.uint8),
        language_weights=weights,
        language_biases=biases,
        **ngrams,
        **judge,
    )
    new.replace(folder / EXPORT)
    text = json.dumps(card, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / CARD).write_text(text, encoding="utf-8")
    return card


def _arrays(archive: Path, name: str) -> dict[str, np.ndarray]:
    with tarfile.open(archive) as tar:
        member = next(m for m in tar.getmembers() if Path(m.name).name == name)
        stream = tar.extractfile(member)
        with np.load(BytesIO(stream.read() if stream else b""), allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}
