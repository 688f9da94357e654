"""Finds texts and facts by words, in any language, and numbers however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import phonenumbers

from bot.cli.content.preview import usage
from bot.cli.content.preview.catalogue import Catalogue, Item, Kind, Mark, fold
from bot.content.directory import Mission, Phone, Service

MOST: Final = 150
"""Items that are shown of one search."""
SHORT: Final = 4
"""Longest code that is dialled as it is; longer ones are also found by a part of them."""
AROUND: Final = 60
"""Characters that are shown before what was found."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is empty is not asked."""

    words: str = ""
    mark: Mark | None = None
    kind: Kind | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that was found, and the part of its text in which."""

    item: Item
    before: str
    found: str
    after: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was found, and the answers in which people read it."""

    entry: Mission | Service
    phone: Phone
    used: tuple[usage.Used, ...]


def items(catalogue: Catalogue, wanted: Wanted) -> Iterator[Hit]:
    """Find items, in the order of the catalogue."""
    words = fold(wanted.words)
    for item, folded in zip(catalogue.items, catalogue.folded, strict=True):
        if wanted.mark is not None and wanted.mark not in item.marks:
            continue
        if wanted.kind is not None and item.kind is not wanted.kind:
            continue
        if wanted.language is not None and item.language not in {wanted.language, ""}:
            continue
        if words in folded:
            yield _hit(item, wanted.words)


def numbers(catalogue: Catalogue, words: str) -> Iterator[Number]:
    """Find numbers: `023 217 934`, `+855-23-217934`, in digits of any script, or a part."""
    digits = _digits(words)
    if not digits:
        return
    forms = _forms(digits)
    directory = catalogue.library.directory
    entries: tuple[Mission | Service, ...] = (
        *directory.all_missions,
        *directory.services.values(),
    )
    for entry in entries:
        for phone in entry.phones:
            if _is_same(phone, forms):
                used = usage.used_by(catalogue.library, entry, catalogue.day, phone)
                yield Number(entry, phone, used)


def is_number(words: str) -> bool:
    """Say whether the words can be a number."""
    return bool(_digits(words))


def _hit(item: Item, words: str) -> Hit:
    text = " ".join(item.text.split())
    match = re.search(re.escape(" ".join(words.split())), text, re.IGNORECASE) if words else None
    if match is None:
        return Hit(item, text[: 3 * AROUND], "", "")
    start = max(0, match.start() - AROUND)
    before = ("… " if start else "") + text[start : match.start()]
    return Hit(item, before, match[0], text[match.end() : match.end() + 2 * AROUND])


def _digits(words: str) -> str:
    """Give the digits of what looks like a number; else nothing."""
    plain = "".join(
        str(unicodedata.decimal(sign)) if sign.isdecimal() else sign
        for sign in unicodedata.normalize("NFKC", words)
        if unicodedata.category(sign) != "Cf"
    ).strip()
    return re.sub(r"[^\d+]", "", plain) if _NUMBER.fullmatch(plain) else ""


def _forms(digits: str) -> frozenset[str]:
    """Give what may stand in the international form: as dialled here, or from abroad."""
    forms = {digits.lstrip("+0")}
    try:
        parsed = phonenumbers.parse(digits, "KH")
        forms.add(f"{parsed.country_code}{parsed.national_number}")
    except phonenumbers.NumberParseException:
        pass
    return frozenset(form for form in forms if form)


def _is_same(phone: Phone, forms: frozenset[str]) -> bool:
    number = phone.number.lstrip("+")
    if phone.is_short_code:
        return number in forms
    return any(form in number for form in forms if len(form) > SHORT)


_NUMBER: Final = re.compile(r"\+?[\d\s().\-/]*\d[\d\s().\-/]*(?<=.{3})")
