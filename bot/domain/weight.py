"""How much a text says, counted so that scripts can be compared."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

DENSE: Final = 3
"""Weight of a sign that is a word or a syllable (Han, kana, Hangul); any letter weighs 1."""


def weight(text: str) -> int:
    """Count the letters of a text, those of dense scripts DENSE times."""
    # Vowel signs of Indic and South-East Asian scripts are marks, and as telling as letters.
    letters = sum(sign.isalpha() or unicodedata.category(sign)[0] == "M" for sign in text)
    return letters + (DENSE - 1) * len(_SIGN.findall(text))


_SIGN: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
