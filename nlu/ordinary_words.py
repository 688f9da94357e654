"""Writes `entities/ordinary_words.txt`: Latin words that the training data writes in small letters.

    python nlu/ordinary_words.py

`bot/nlu/scrub/` takes a capitalised word in the middle of a sentence for a name unless it stands
here. Run it again when much data has been added; a word more or less is no harm.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "components"))

from corpus import sentences  # noqa: E402 - needs the path above

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+$")
FEWEST = 4
"""Sentences that must write a word in small letters."""
RATIO = 4
"""How many times more of them than sentences that write it with a capital inside a sentence."""


def main() -> None:
    """Count, and write the list."""
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for sentence in sentences():
        if sentence.text.isupper():
            continue
        for place, word in enumerate(WORD.findall(sentence.text)):
            for part in re.split("['’-]", word):
                if not LATIN.match(part):
                    continue
                if part.islower():
                    small[part] += 1
                elif place:
                    capital[part.lower()] += 1
    found = [
        word
        for word, count in small.items()
        if count >= FEWEST and count >= RATIO * capital[word] and len(word) > 1
    ]
    path = HERE / "entities" / "ordinary_words.txt"
    path.write_text("\n".join(sorted(found)) + "\n", encoding="utf-8")
    print(f"{len(found)} words are in {path}")


if __name__ == "__main__":
    main()
