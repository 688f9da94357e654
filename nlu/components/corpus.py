"""Reads the training data: sentences, tiers, which sentences are urgent, and the hash of it all."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
"""The directory `nlu/`."""

HELD_OUT = 10
"""One sentence of so many is held out."""

_HASHED = ("data/*/*.yml", "urgency/*.yml", "tiers.yml", "config.yml")


class CorpusError(Exception):
    """The training data contradicts itself."""


@dataclass(frozen=True)
class Sentence:
    """One training sentence and where it came from."""

    text: str
    intent: str
    language: str


def sentences(root: Path = ROOT) -> list[Sentence]:
    """Every sentence of `nlu/data`, in the order of files and lines; language by directory."""
    found = []
    for path in sorted((root / "data").glob("*/*.yml")):
        for block in _read(path).get("nlu", []):
            for line in block["examples"].splitlines():
                text = line.strip().removeprefix("-").strip()
                if text:
                    found.append(Sentence(text, block["intent"], path.parent.name))
    return found


def tiers(root: Path = ROOT) -> dict[str, str]:
    """The tier of each intent."""
    return {
        intent: tier
        for tier, intents in _read(root / "tiers.yml")["tiers"].items()
        for intent in intents
    }


def urgent(texts: list[str], intents: list[str], root: Path = ROOT) -> list[bool]:
    """Which sentences a hotline operator would want to be called to.

    Those of a critical intent, but for the exceptions of `nlu/urgency`. Raises CorpusError if an
    exception names a sentence that is not there.
    """
    yes: set[str] = set()
    no: set[str] = set()
    for path in sorted((root / "urgency").glob("*.yml")):
        exceptions = _read(path)
        yes.update(text.strip() for text in exceptions.get("urgent") or [])
        no.update(text.strip() for text in exceptions.get("not_urgent") or [])
    if strangers := (yes | no) - set(texts):
        raise CorpusError(f"{len(strangers)} sentences of nlu/urgency are not in nlu/data")
    tier = tiers(root)
    return [
        text not in no and (text in yes or tier[intent] == "critical")
        for text, intent in zip(texts, intents, strict=True)
    ]


def is_held_out(text: str) -> bool:
    """Whether a sentence is one of the tenth that the encoder is never tuned to.

    Thresholds and calibration come from these: of the others the tuned encoder knows the answer.
    Decided by the text alone, so that a sentence stays on its side when others are added.
    """
    return hashlib.sha256(text.encode()).digest()[0] % HELD_OUT == 0


def contradictions(found: list[Sentence]) -> dict[str, set[str]]:
    """The texts that stand under more than one intent, and these intents."""
    intents: dict[str, set[str]] = {}
    for sentence in found:
        intents.setdefault(sentence.text.casefold(), set()).add(sentence.intent)
    return {text: named for text, named in intents.items() if len(named) > 1}


def digest(root: Path = ROOT) -> str:
    """SHA-256 of everything that training reads; the export carries it."""
    hasher = hashlib.sha256()
    for pattern in _HASHED:
        for path in sorted(root.glob(pattern)):
            hasher.update(path.relative_to(root).as_posix().encode() + b"\0")
            hasher.update(path.read_bytes() + b"\0")
    return hasher.hexdigest()


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read
