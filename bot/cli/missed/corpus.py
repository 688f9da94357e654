"""The training data as files: which sentences stand there, and a new one under its intent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.nlu.scrub import LONGEST, holds_placeholder
from bot.nlu.text import char_ngrams, normalise
from bot.settings import ROOT

TOO_ALIKE = 0.7
"""Share of common groups of four letters from which two sentences count as one, written twice;
`tests/safety/test_nlu_corpus.py` holds the data to it."""
_GROUP = 4
_FEW = 12
"""Shorter texts have too few groups of letters to tell."""
_INTENT = re.compile(r"- intent: ([a-z_]+)\s*$")
_EXAMPLE = re.compile(r"\s+- ?(.*)$")
_ANNOTATED = re.compile(r"\[[^\]]*\][({]")


class UnfitError(Exception):
    """A sentence cannot be added; the message says why, without the sentence."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A training sentence."""

    text: str
    intent: str


class Corpus:
    """The directory `nlu/` and the texts on which the model is measured."""

    def __init__(
        self, nlu: Path = ROOT / "nlu", development: Path = ROOT / "tests" / "nlu" / "development"
    ) -> None:
        self._data = nlu / "data"
        self._development = development
        self._stand: dict[str, str] = {}
        self._alike: dict[str, list[frozenset[str]]] = {}
        self._measured: dict[str, frozenset[str]] = {}
        for language in self.languages():
            for sentence in self._sentences(language):
                self._stand[_key(sentence.text)] = sentence.intent

    def languages(self) -> list[str]:
        """The languages that the model is taught."""
        return sorted(path.name for path in self._data.glob("*") if path.is_dir())

    def check(self, text: str, language: str) -> str:
        """Give a sentence as it would be written.

        Raises UnfitError: it stands there already, nearly does, is one of those on which the model
        is measured, or cannot be written.
        """
        text = normalise(text).lstrip("-•* ")
        if not any(map(str.isalpha, text)) or len(text) > LONGEST:
            raise UnfitError(f"it needs letters, and at most {LONGEST} characters")
        if holds_placeholder(text):
            raise UnfitError("something was taken out of it: write it in your own words")
        if _ANNOTATED.search(text):
            raise UnfitError("brackets after each other mean something to Rasa: leave them out")
        if language not in self.languages():
            raise UnfitError(f"the model is not taught the language {language}")
        if intent := self._stand.get(_key(text)):
            raise UnfitError(f"it stands there already, under {intent}")
        if self._is_nearly_there(text, language):
            raise UnfitError("it is nearly one that is there, or one that the model is measured on")
        return text

    def add(self, texts: list[str], intent: str, language: str) -> Path:
        """Write checked sentences under their intent; the file.

        Raises UnfitError: the language has no such intent.
        """
        for path in sorted((self._data / language).glob("*.yml")):
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            place = _end_of(lines, intent)
            if place is None:
                continue
            lines[place:place] = [f"    - {text}\n" for text in texts]
            new = path.with_name(f".{path.name}.new")
            new.write_text("".join(lines), encoding="utf-8")
            new.replace(path)
            self._stand |= {_key(text): intent for text in texts}
            self._alike.setdefault(language, []).extend(map(_grams, texts))
            return path
        raise UnfitError(f"{language} has no sentences of {intent} to put it beside")

    def _is_nearly_there(self, text: str, language: str) -> bool:
        if language not in self._alike:
            measured = self._development_of(language)
            trained = [sentence.text for sentence in self._sentences(language)]
            self._measured[language] = frozenset(map(_key, measured))
            self._alike[language] = [_grams(each) for each in (*measured, *trained)]
        if _key(text) in self._measured[language]:
            return True
        grams = _grams(text)
        if len(grams) <= _FEW:
            return False
        return any(
            len(grams & other) >= TOO_ALIKE * len(grams | other) for other in self._alike[language]
        )

    def _sentences(self, language: str) -> Iterator[Sentence]:
        for path in sorted((self._data / language).glob("*.yml")):
            intent = ""
            for line in path.read_text(encoding="utf-8").splitlines():
                if match := _INTENT.match(line):
                    intent = match[1]
                elif match := _EXAMPLE.match(line):
                    yield Sentence(match[1], intent)

    def _development_of(self, language: str) -> list[str]:
        path = self._development / f"{language}.yml"
        if not path.is_file():
            return []
        found = yaml.safe_load(path.read_text(encoding="utf-8"))["sentences"]
        return [str(sentence["text"]) for sentence in found]


def _end_of(lines: list[str], intent: str) -> int | None:
    """The line after the last sentence of an intent; None when it is not in this file."""
    place = None
    inside = False
    for number, line in enumerate(lines):
        if match := _INTENT.match(line):
            inside = match[1] == intent
        elif inside and (_EXAMPLE.match(line) or "examples:" in line):
            place = number + 1
    return place


def _key(text: str) -> str:
    return normalise(text).casefold()


def _grams(text: str) -> frozenset[str]:
    return frozenset(gram for gram in char_ngrams(normalise(text)) if len(gram) == _GROUP)
