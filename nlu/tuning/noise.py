"""Makes sentences a little worse while tuning, as cheap phones and haste do."""

from __future__ import annotations

import random
import unicodedata

SHARE = 0.35
"""Of the sentences in an epoch that are made worse."""

_LONG = 12  # code points; a shorter text would no longer say what it says


def worsen(text: str, chance: random.Random) -> str:
    """The text, or in one case of three a copy with slips: case, marks, punctuation, letters."""
    if chance.random() > SHARE:
        return text
    slip = chance.choice((_case, _marks, _plain, _letters, _letters, _cut))
    return slip(text, chance) or text


def _case(text: str, chance: random.Random) -> str:
    return chance.choice((str.lower, str.upper, str.lower))(text)


def _marks(text: str, chance: random.Random) -> str:
    """Without accents, in Latin letters; other scripts need their signs."""
    del chance
    apart = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in apart if not ("\u0300" <= c <= "\u036f"))
    return unicodedata.normalize("NFC", bare.replace("đ", "d").replace("Đ", "D"))


def _plain(text: str, chance: random.Random) -> str:
    del chance
    return "".join(c for c in text if not unicodedata.category(c).startswith("P"))


def _letters(text: str, chance: random.Random) -> str:
    """One slip in about twenty letters: dropped, doubled, or two exchanged."""
    if len(text) < _LONG:
        return text
    letters = list(text)
    for _ in range(1 + len(text) // 40):
        at = chance.randrange(1, len(letters) - 1)
        slip = chance.random()
        if slip < 1 / 3:
            del letters[at]
        elif slip < 2 / 3:
            letters.insert(at, letters[at])
        else:
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def _cut(text: str, chance: random.Random) -> str:
    """Without one of its words."""
    words = text.split(" ")
    if len(words) > 5:  # noqa: PLR2004 - a short text needs every word
        del words[chance.randrange(len(words))]
    return " ".join(words)
