"""The one form in which every text is read, in training, in Rasa and in the bot.

`nlu/components/text.py` is its twin: the two projects cannot import each other (Rasa needs Python
3.10), so a test holds the two files to the same behaviour.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

HEAD, TAIL = 1000, 499
"""How much of a long text is read: its beginning and its end, in code points.

Enough for the encoder's 512 tokens in most languages; bounds the time of one message.
"""

_LIMIT = HEAD + 1 + TAIL
# Characters that nobody sees and that break words apart: zero-width space, word joiner, byte
# order mark, soft hyphen, direction marks. Joiners (200C, 200D) stay: Hindi and Persian need them.
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
# NUL would end the text inside the encoder, which is C.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
# A leading slash would make Rasa take the text for a command ("/held_captive"), or log it.
_LEADING = re.compile(r"^[\s/]+")
_SPACES = dict.fromkeys((0x1680, 0x200B, 0x200C, 0x200D, 0x2028, 0x2029, 0x2581, 0xFFFD), " ")


def normalise(text: str) -> str:
    """The text as both engines read it: NFKC, one space between words, bounded; may be empty.

    Applying it twice changes nothing more.
    """
    text = _cut(text).encode("utf-8", "replace").decode("utf-8")
    text = _cut(unicodedata.normalize("NFKC", text))
    text = _UNSEEN.sub("", _CONTROL.sub(" ", text))
    text = unicodedata.normalize("NFKC", " ".join(text.split()))
    return _LEADING.sub("", text)


def query(text: str) -> str:
    """A normalised text as the sentence encoder takes it.

    E5 was trained with this word before texts that are compared with each other, and takes these
    characters for spaces; the rest of its own normalisation is NFKC.
    """
    return f"query: {text.translate(_SPACES)}"


def char_ngrams(text: str, longest: int = 4) -> Counter[str]:
    """How often each n-gram of 1 to `longest` characters stands within a word of the text.

    A word is padded with one space on each side; this is scikit-learn's `char_wb`.
    """
    counts: Counter[str] = Counter()
    for word in text.lower().split():
        padded = f" {word} "
        for size in range(1, longest + 1):
            counts.update(padded[i : i + size] for i in range(max(1, len(padded) - size + 1)))
            if len(padded) <= size:
                break
    return counts


def _cut(text: str) -> str:
    if len(text) <= _LIMIT:
        return text
    return f"{text[:HEAD]} {text[-TAIL:]}"
