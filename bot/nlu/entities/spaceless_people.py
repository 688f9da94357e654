"""Numbers of people in Chinese, Thai and Burmese, which put no spaces between words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.domain.understanding import Entity
from bot.nlu.entities.words import is_spaceless

# What stands before a number that is part of a greater one, an ordinal or "each".
_NOT_BEFORE = (
    r"(?<![\d.,$第每一二三四五六七八九十百千万/:-])"
    r"(?<!สิบ)(?<!ร้อย)(?<!พัน)(?<!หมื่น)(?<!แสน)(?<!ที่)(?<!ที่ )(?<!ဆယ့်)(?<!ဘယ်)"
)
# Words that only begin like "person", and "each": money, rooms, order, office.
_NOT_AFTER = {
    "zh": r"(?!民币|民|间|房|份|行|物|格|数|置|字|片|次|信息|资料|币|均|头)",
    "th": r"(?!ละ|ที่|ขับ)",
    "my": r"(?!မြောက်|ချင်း|စီ|လျှင်)",
}
# After "we": a number by itself or with a measure word, and no month, hour, day, floor ...
_ALONE = {
    "zh": r"\s*(?:个(?!月|小时|钟|星期|礼拜|半|多)|[都被在全,，。!！?？、]|$)",
    "my": r"(?!\s*(?:နှစ်|လ|ရက်|နာရီ|ဒေါ်လာ|သောင်း|သိန်း|ထောင်|ရာ))(?=\s|$)",
}


class SpacelessPeople:
    """One pattern for each language; a text is searched by those whose script it has."""

    def __init__(self, languages: Mapping[str, Mapping[str, Any]]) -> None:
        """Take `people.yml`."""
        self._readers: list[tuple[re.Pattern[str], dict[str, str]]] = []
        for language, after in _NOT_AFTER.items():
            if language in languages:
                self._readers.append(_reader(languages[language], language, after))

    def find(self, text: str) -> Iterator[Entity]:
        """The numbers of people in a text, which has ASCII digits."""
        if not is_spaceless(text):
            return
        for reader, values in self._readers:
            for match in reader.finditer(text):
                start, end = match.span("alone" if match["alone"] else "number")
                number = text[start:end]
                value = values.get(number, number).lstrip("0")
                if value:
                    yield Entity("people", value, start, end)


def _reader(
    told: Mapping[str, Any], language: str, after: str
) -> tuple[re.Pattern[str], dict[str, str]]:
    values = {
        form: str(value)
        for value, forms in told["numbers"].items()
        for form in forms
        if is_spaceless(form)
    }
    number = rf"\d{{1,3}}|{_any(list(values))}"
    counted = rf"{_NOT_BEFORE}(?P<number>{number})\s*(?:{_any(told['counted'])}){after}"
    leads, alone = _any(told["leads"]), _ALONE.get(language)
    led = rf"(?:{leads})\s*(?P<alone>{number}){alone}" if leads and alone else r"(?P<alone>(?!))"
    return re.compile(f"{counted}|{led}"), values


def _any(names: Sequence[str]) -> str:
    written = sorted(filter(is_spaceless, names), key=len, reverse=True)
    return "|".join(map(re.escape, written))
