"""Finds phone numbers, in digits of any script, and no ids, sums or dates."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from bot.domain.understanding import Entity

HOST_COUNTRY = "KH"
"""Where the line is: numbers without a country code are of here."""

_FEWEST = 7  # digits of a phone number
_BEFORE, _AFTER = 24, 14  # code points beside a number that say what it is
_DIGITS = re.compile(r"\d")
# A number without "+" or a leading 0 is a sum or an id more often, unless Cambodia's code leads it.
_DIALLED = re.compile(r"[+＋(]|00?|855")
_PAPER = re.compile(
    r"(?:pass?port|paspor|pasport|passeport|pasaporte|pasipoti|hộ chiếu|ho chieu|\bcccd|\bcmnd|"
    r"\bktp|\bnik\b|\bid\b|aadhaa?r|\bcnic|\bnid\b|visa|ticket|case|booking|\bref|account|rekening|"
    r"akaunti|wallet|护照|身份证|账号|พาสปอร์ต|หนังสือเดินทาง|ပတ်စ်ပို့|पासपोर्ट|राहदानी|پاسپورٹ|শনাক্ত|"
    r"পাসপোর্ট|ፓስፖርት)[^\d\n]*$",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(r"(?:[$€£¥฿៛₹₱₫]|\brp\.?|\bidr|\busd|\busdt|\bksh)\s*$", re.IGNORECASE)
_MONEY_AFTER = re.compile(
    r"\s*(?:[$€£¥฿៛₹₱₫]|usdt?\b|dolla|dolar|riel|baht|rupiah|rp\b|peso|vnd|đồng|dong\b|kyat|ks\b|taka|"
    r"rupee|rupay|birr|shilling|fcfa|元|块|美金|บาท|ကျပ်|টাকা|रुपय|रुपै|روپ|ብር)",
    re.IGNORECASE,
)


def phones(text: str) -> Iterator[Entity]:
    """Phone numbers as E.164; `text` has ASCII digits (`ascii_digits`)."""
    if len(_DIGITS.findall(text)) < _FEWEST:
        return
    for match in phonenumbers.PhoneNumberMatcher(text, HOST_COUNTRY):
        if _is_phone(text, match.start, match.end):
            value = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            yield Entity("phone", value, match.start, match.end)


def _is_phone(text: str, start: int, end: int) -> bool:
    if text[start] in "+＋":
        return True
    before, after = text[max(0, start - _BEFORE) : start], text[end : end + _AFTER]
    return bool(
        _DIALLED.match(text, start)
        and not _PAPER.search(before)
        and not _MONEY_BEFORE.search(before)
        and not _MONEY_AFTER.match(after)
    )
