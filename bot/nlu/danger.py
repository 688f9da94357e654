"""Finds the danger words of each language in a text; they raise a decision and never lower it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain, product
from pathlib import Path
from typing import Self

import yaml

from bot.domain.understanding import Decision

_UNSEEN = re.compile("[\u00ad\u0640\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_APOSTROPHES = re.compile("['\u2018\u2019\u201b\u02bc\u02b9\u00b4`\u2032\uff07]")
_REPEATED = re.compile(r"([^\W\d_])\1+")
# Scripts that put no space between words (Thai, Lao, Burmese, Khmer, kana, Han): a phrase in them
# may stand anywhere, and a space within it says nothing.
_LETTER = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u9fff]"
_SPACELESS = re.compile(_LETTER)
_GAP = re.compile(rf"(?<={_LETTER})\s+(?={_LETTER})")
_CHOICE = re.compile(r"\(([^()]*)\)")
_ETHIOPIC = {
    ord(row) + order: ord(one) + order
    for row, one in ("ሐሀ", "ኀሀ", "ሠሰ", "ዐአ", "ፀጸ")
    for order in range(7)
}
# Letters that writers of a script take for one another, and signs that they leave out.
_ALIKE = (
    _ETHIOPIC
    | dict.fromkeys(map(ord, "ሀሃሐሓኀኃ"), "ሀ")
    | dict.fromkeys(map(ord, "አኣዐዓ"), "አ")
    | dict.fromkeys(map(ord, "هةۀۂۃھەۃ"), "ہ")
    | str.maketrans("يىكأإٱآؤ", "ییکااااو")
    | dict.fromkeys([*range(0x64B, 0x653), 0x670])
    | str.maketrans("ीूईऊ" + "ীূঈঊণ", "िुइउ" + "িুইউন", "\u093c\u0901\u0902" + "\u09bc\u0981")
    | str.maketrans("၀ዉ", "ဝው")
    | str.maketrans(
        "們殺來這裡裏幫關鎖電門點還過讓賣轉進開車緊個樣報說話給爛頭強沒應聽見現發誰傷歲護園區詐騙錢從經問題時間後對邊樓斷體媽兒與為逼嗎實單獨隊槍擊棍壓綁斃絕歐難續遠無聲離動鐵網",
        "们杀来这里里帮关锁电门点还过让卖转进开车紧个样报说话给烂头强没应听见现发谁伤岁护园区诈骗钱从经问题时间后对边楼断体妈儿与为逼吗实单独队枪击棍压绑毙绝欧难续远无声离动铁网",
    )
)


class LexiconError(Exception):
    """A file of danger words can't be read; the message names the file."""


class Lexicon:
    """Phrases that page, and phrases that make the bot ask, in all languages at once.

    Which language a message is in is not asked: people mix languages, and a word of danger
    counts in any of them.
    """

    def __init__(self, page: Iterable[str] = (), ask: Iterable[str] = ()) -> None:
        """Take phrases as the files have them; those without a letter or digit are left out.

        `they will kill (me|us)` is two phrases; a `*` at the end of a phrase lets its last word
        go on, for languages with suffixes.
        """
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
    """A text with everything gone that writers vary: case, quotes, stretched or alike letters.

    Words are parted by one space, and one space stands at each end.
    """
    text = unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE)
    text = _APOSTROPHES.sub("", _UNSEEN.sub("", text))
    text = _GAP.sub("", text).replace("\u1036\u102f", "\u102f\u1036")
    # Vowel signs of Indic and South-East Asian scripts are no "word" characters to `re`, so only
    # what is neither letter, mark nor digit parts words.
    text = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text)
    joined = _REPEATED.sub(r"\1", " ".join(text.split()))
    return f" {joined} "


def _prepare(phrases: Iterable[str]) -> tuple[str, ...]:
    prepared = set()
    for phrase in chain.from_iterable(map(_forms, phrases)):
        words = fold(phrase).strip()
        if words:
            start = "" if _SPACELESS.match(words[0]) else " "
            end = "" if _SPACELESS.match(words[-1]) or phrase.endswith("*") else " "
            prepared.add(f"{start}{words}{end}")
    return tuple(sorted(prepared))


def _forms(phrase: str) -> Iterator[str]:
    parts = _CHOICE.split(phrase)
    choices = [part.split("|") if odd % 2 else [part] for odd, part in enumerate(parts)]
    return map("".join, product(*choices))
