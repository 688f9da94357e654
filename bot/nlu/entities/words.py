"""Cuts a text into words of one script each, and folds what is spelt in several ways."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff\u1780-\u17ff\u19e0-\u19ff"
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
"""Thai, Lao, Burmese, Khmer, kana and Han, for a character class: no space ends their words."""


class Word(NamedTuple):
    """A word of a text and where it stands, in code points; digits are words of their own."""

    key: str
    start: int
    end: int


# Vowel signs are no letters to `\w`; the Indic danda (0964, 0965) ends sentences.
_MARKS = "\u0300-\u036f\u064b-\u065f\u0670\u0900-\u0963\u0970-\u0dff\u135d-\u135f\u200c\u200d"
_LATIN = "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\u0300-\u036f"
_WORD = re.compile(rf"\d+|[{_LATIN}]+|(?:(?![{_LATIN}{SPACELESS}\d_])[\w{_MARKS}])+")
_SPACELESS = re.compile(f"[{SPACELESS}]")
# Marks that only Vietnamese puts on letters: "viết" (to write) is not "Việt".
_VIETNAMESE = re.compile("[\u0323\u0309\u031b\u0306đ]|\u0302[\u0300\u0301\u0303]")
_LIKE = str.maketrans(
    {
        # Arabic letters that Urdu writes otherwise, and letters that Amharic speaks alike.
        **dict(zip("يىكهۃۀ", "ییکہہہ", strict=True)),
        **{chr(0x1210 + i): chr(0x1200 + i) for i in range(7)},
        **{chr(0x1280 + i): chr(0x1200 + i) for i in range(7)},
        **{chr(0x1220 + i): chr(0x1230 + i) for i in range(7)},
        **{chr(0x12D0 + i): chr(0x12A0 + i) for i in range(7)},
        **{chr(0x1340 + i): chr(0x1338 + i) for i in range(7)},
        "ሃ": "ሀ",
        "ኃ": "ሀ",
        "ሓ": "ሀ",
        "đ": "d",
        "\u200c": "",
        "\u200d": "",
    }
)


def words(text: str) -> list[Word]:
    """The words of a text, but for those of scripts without spaces."""
    return [Word(fold(m.group()), m.start(), m.end()) for m in _WORD.finditer(text)]


def key(name: str) -> str:
    """A name's words as `words` gives them, joined by single spaces; may be empty."""
    return " ".join(word.key for word in words(name))


def plain(name: str) -> str:
    """The same without accents, as it is typed on a phone without the language's keyboard."""
    return " ".join(_bare(m.group()) for m in _WORD.finditer(name))


def is_spaceless(name: str) -> bool:
    """Whether a name is written in a script without spaces."""
    return _SPACELESS.search(name) is not None


def ascii_digits(text: str) -> str:
    """The text with the digits of all scripts as 0 to 9; every offset stays."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def fold(word: str) -> str:
    """A word without case and accents; Vietnamese ones stay, they make other words."""
    if word.isascii():
        return word.lower()
    word = word.casefold()
    decomposed = unicodedata.normalize("NFD", word)
    if word[0] < "\u0300" and _VIETNAMESE.search(decomposed):
        return unicodedata.normalize("NFC", word)
    if word.isdecimal():
        return ascii_digits(word)
    return _bare(word)


def _bare(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return ascii_digits(bare.translate(_LIKE))
