"""Finds the danger words of each language in a text; they raise a decision and never lower it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import yaml

from bot.domain.understanding import Decision

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_APOSTROPHES = re.compile("['\u2018\u2019\u201b\u02bc\u02b9\u00b4`\u2032\uff07]")
_REPEATED = re.compile(r"([^\W\d_])\1+")
# Scripts that put no space between words; a phrase in them may stand anywhere.
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


class LexiconError(Exception):
    """A file of danger words can't be read; the message names the file."""


class Lexicon:
    """Phrases that page, and phrases that make the bot ask, in all languages at once.

    Which language a message is in is not asked: people mix languages, and a word of danger
    counts in any of them.
    """

    def __init__(self, page: Iterable[str] = (), ask: Iterable[str] = ()) -> None:
        """Take phrases as the files have them; those without a letter or digit are left out."""
        self._page = _prepare(page)
        self._ask = _prepare(ask)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read every `<language>.yml` of a folder. Raises LexiconError naming the file."""
        page: list[str] = []
        ask: list[str] = []
        for path in sorted(folder.glob("*.yml")):
            try:
                read = yaml.safe_load(path.read_text(encoding="utf-8"))
                page += [str(phrase) for phrase in read.get("page") or []]
                ask += [str(phrase) for phrase in read.get("ask") or []]
            except (OSError, ValueError, AttributeError, TypeError, yaml.YAMLError) as error:
                raise LexiconError(f"{path} can't be read ({type(error).__name__})") from error
        return cls(page, ask)

    def decide(self, text: str) -> Decision:
        """What the words of a text ask for. The whole text is read, however long it is."""
        folded = fold(text)
        if any(phrase in folded for phrase in self._page):
            return Decision.PAGE
        if any(phrase in folded for phrase in self._ask):
            return Decision.ASK
        return Decision.NONE


def fold(text: str) -> str:
    """A text with everything gone that writers vary: case, quotes, stretched letters, unseen signs.

    Words are parted by one space, and one space stands at each end.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _APOSTROPHES.sub("", _UNSEEN.sub("", text))
    # Vowel signs of Indic and South-East Asian scripts are no "word" characters to `re`, so only
    # what is neither letter, mark nor digit parts words.
    text = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text)
    joined = _REPEATED.sub(r"\1", " ".join(text.split()))
    return f" {joined} "


def _prepare(phrases: Iterable[str]) -> tuple[str, ...]:
    prepared = set()
    for phrase in phrases:
        folded = fold(phrase)
        if folded.strip():
            prepared.add(folded.strip() if _SPACELESS.search(folded) else folded)
    return tuple(sorted(prepared))
