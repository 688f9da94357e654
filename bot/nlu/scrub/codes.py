"""Finds what names somebody by signs: links, mail, accounts, documents, dates, phone numbers.

Texts come with the digits of all scripts as 0 to 9.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final, TypeAlias

from babel import Locale

Finder: TypeAlias = Callable[[str], Iterator["re.Match[str]"]]

LOCALES: Final = (
    *("en", "id", "zh", "hi", "ur", "bn", "ne", "vi", "th", "my", "fil", "sw", "am", "fr"),
    *("ar", "pt", "ru", "ta", "km"),
)
"""Whose months and days are known: the languages of the line, and others that are written to it."""
_LINK: Final = re.compile(
    r"(?:https?|tg|file)://\S+|www\.\S+"
    r"|\b(?:t\.me|wa\.me|m\.me|fb\.com|facebook\.com|bit\.ly|goo\.gl|maps\.app\.goo\.gl)/\S+"
    r"|\b[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\."
    r"(?:com|net|org|info|vip|top|xyz|cc|me|io|app|site|online|shop|club|gov|edu|[a-z]{2})\b/?"
    r"(?<![0-9]\.[a-z]{2})[^\s\x00]*",
    re.IGNORECASE | re.ASCII,
)
_MAIL: Final = re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")
_ACCOUNT: Final = re.compile(
    r"(?<![\w@])@\w{2,}"
    r"|(?:\b(?:telegram|tele|tg|whats?app|wa|wechat|weixin|line|zalo|viber|signal|imo|facebook|fb|"
    r"messenger|instagram|ig|skype|user\s?name|username)|微信号?|飞机|电报|qq号?)"
    r"\s?(?:id|号|号码|name)?\s?[:：=]\s?@?[\w.\-]{3,}"
    r"|(?:微信号?|加微|qq号?|(?:wechat|line|telegram) id)\s?(?:是|is|:|：)?\s?@?"
    r"[A-Za-z0-9_.\-]{4,}",
    re.IGNORECASE,
)
_HASH: Final = re.compile(r"\b(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20,}\b", re.ASCII)
_CODE: Final = re.compile(
    # A passport, an identity card, a plate: letters and four digits or more in one word, in parts
    # that dashes join, or after one to three capitals. Sums and times ("500usd", "10am") stay.
    r"(?<![A-Za-z0-9_-])(?=[A-Za-z0-9.-]*[A-Za-z])(?=(?:[A-Za-z.-]*[0-9]){4})"
    r"(?![0-9]{1,6}[A-Za-z]{2,8}(?![A-Za-z0-9-]))"
    r"[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*(?![A-Za-z0-9_-])"
    r"|(?<![A-Za-z0-9_-])[A-Z]{1,3}[ -]?[0-9]{4,}[A-Z]?(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9_-])[0-9]{1,2}[A-Z]{1,2}[ -][0-9]{3,4}(?![A-Za-z0-9])"
    # A Chinese plate; a Thai or Khmer one.
    r"|[\u4e00-\u9fff][A-Z][·. ]?[A-Z0-9]{5,6}(?![A-Za-z0-9])"
    r"|(?<!\w)[0-9]?[\u0e01-\u0e2e]{2}\s?-?[0-9]{3,4}(?![0-9])",
)
_PLAIN_DATE: Final = (
    r"(?<![0-9])(?:[0-9]{1,2}\s?[./\-]\s?[0-9]{1,2}\s?[./\-]\s?(?:[0-9]{4}|[0-9]{2})"
    r"|[0-9]{4}\s?[./\-年]\s?[0-9]{1,2}\s?[./\-月]\s?[0-9]{1,2}日?)(?![0-9])"
)
_NUMBER: Final = re.compile(
    # A phone with a sign or a zero before it, however it is parted; a long number with spaces,
    # dots or dashes; any five digits that stand together; seven Chinese ones.
    r"[+0][0-9(](?:[\s,.()/\-]{0,3}[0-9]){5,}"
    r"|[0-9](?:[\s.()/\-]{0,2}[0-9]){6,}"
    r"|[0-9]{5,}"
    r"|[〇零一二三四五六七八九幺两]{7,}"
)


@cache
def _date() -> re.Pattern[str]:
    """Dates with a year; months by number, or by name as CLDR has it."""
    months = {
        re.escape(name.strip(".").casefold())
        for code in LOCALES
        for form in ("wide", "abbreviated")
        for name in Locale(code).months["format"][form].values()
        if not any(character.isdecimal() for character in name)
    }
    named = "|".join(sorted(months, key=lambda name: -len(name)))
    return re.compile(
        rf"{_PLAIN_DATE}"
        rf"|(?<![0-9])[0-9]{{1,2}}(?:st|nd|rd|th)?[\s.\-/]{{0,2}}(?:de |of |tháng )?"
        rf"(?:{named})\.?[\s,.\-/]{{0,2}}(?:de |năm )?[0-9]{{4}}(?![0-9])"
        rf"|(?:{named})\.?\s?[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s[0-9]{{4}}(?![0-9])"
        r"|(?<![0-9])[0-9]{1,2} tháng [0-9]{1,2}(?: năm)? [0-9]{4}(?![0-9])",
        re.IGNORECASE,
    )


def _dates(text: str) -> Iterator[re.Match[str]]:
    return _date().finditer(text) if any(map(str.isdecimal, text)) else iter(())


FINDERS: Final[tuple[tuple[str, Finder], ...]] = (
    ("mail", _MAIL.finditer),
    ("link", _LINK.finditer),
    ("account", _ACCOUNT.finditer),
    ("code", _HASH.finditer),
    ("date", _dates),
    ("code", _CODE.finditer),
    ("number", _NUMBER.finditer),
)
"""What is looked for, in this order: a later one does not see what an earlier one found."""
