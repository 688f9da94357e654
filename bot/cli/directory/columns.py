"""Which sheets there are, what columns they have, and how a value is written in a cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.content.directory import Confidence, Use

ID: Final = "id"
ENTRY: Final = "entry"
"""The id again, in sheets whose rows belong to an entry; `id` is a language, too."""
FIELD: Final = "field"
AS_OF: Final = "as_of"
"""Hidden: what the entry said when it was exported, as 8 hexadecimal digits."""
ROW: Final = "row"
"""Hidden: which of the entry's numbers or sources this one was when it was exported."""
HIDDEN: Final = frozenset({AS_OF, ROW})
NAMES: Final = "names"

_EVIDENCE: Final = ("confidence", "verified_on", "review_by", "checked_by", "owner")


@dataclass(frozen=True, slots=True)
class EntrySheet:
    """A sheet with one row for each entry: one of the files of the directory."""

    name: str
    """Of the sheet, of the file without `.yml`, and of the list in the file."""
    columns: tuple[str, ...]
    """What an entry says in one cell; each is a key of the file."""
    needed: frozenset[str]
    title: str
    """The localised field that people know an entry by."""
    localised: tuple[str, ...]
    """The fields whose texts stand in the sheet `names`."""
    items: tuple[str, ...]
    """The lists whose items have rows in sheets of their own."""


@dataclass(frozen=True, slots=True)
class ItemSheet:
    """A sheet with one row for each item of a list of an entry."""

    name: str
    keys: Mapping[str, str]
    """The key of the file for each column."""
    needed: frozenset[str]


ENTRY_SHEETS: Final = (
    EntrySheet(
        "missions",
        (
            *("country", "kind", "city", "city_country", "resident", "emails", "website", "note"),
            *_EVIDENCE,
        ),
        frozenset({"country", "kind", "resident", *_EVIDENCE}),
        "name",
        ("name", "address", "hours"),
        ("phones", "sources"),
    ),
    EntrySheet(
        "services",
        (
            *("kind", "what", "for_whom", "city", "emails", "website", "languages", "fallback"),
            *("note", *_EVIDENCE),
        ),
        frozenset({"kind", "what", *_EVIDENCE}),
        "name",
        ("name", "address", "hours"),
        ("phones", "sources"),
    ),
    EntrySheet(
        "figures", ("note", *_EVIDENCE), frozenset(_EVIDENCE), "value", ("value",), ("sources",)
    ),
)
ITEM_SHEETS: Final = (
    ItemSheet(
        "phones",
        {
            "number": "number",
            "uses": "use",
            "confidence": "confidence",
            "verified_on": "verified_on",
            "review_by": "review_by",
            "checked_by": "checked_by",
        },
        frozenset({"number", "uses", "confidence"}),
    ),
    ItemSheet(
        "sources",
        {"title": "title", "date": "date", "url": "url", "ref": "ref"},
        frozenset({"title", "date"}),
    ),
)
SHEETS: Final = (*(sheet.name for sheet in (*ENTRY_SHEETS, *ITEM_SHEETS)), NAMES)
"""All sheets, in the order in which they are shown; first stands the one that is only read."""

DAYS: Final = frozenset({"verified_on", "review_by"})
LISTS: Final = frozenset({"emails", "languages", "use", "uses"})
YES_OR_NO: Final = frozenset({"resident", "fallback"})
TRUTHS: Final = {"yes": True, "no": False, "true": True, "false": False}
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "confidence": tuple(Confidence),
    "uses": tuple(Use),
    "resident": ("yes", "no"),
    "fallback": ("yes", "no"),
}
"""Columns in which a spreadsheet offers words to choose from."""

_ORDER: Final = (
    *("id", "country", "kind", "name", "value", "what", "for_whom", "city", "city_country"),
    *(
        "resident",
        "address",
        "phones",
        "emails",
        "website",
        "hours",
        "languages",
        "fallback",
        "note",
    ),
    *("number", "use", *_EVIDENCE, "sources", "title", "date", "url", "ref"),
)
"""The order in which the files have their keys."""
_BETWEEN: Final = re.compile(r"[,;\n]")


def id_column(sheet: str) -> str:
    """The column that says which entry a row belongs to."""
    return ID if any(entries.name == sheet for entries in ENTRY_SHEETS) else ENTRY


def title_column(sheet: EntrySheet | None) -> str:
    """The column that says what a row is about; brackets: only for reading."""
    return f"({sheet.title if sheet else 'name'})"


def header(sheet: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a sheet."""
    for entries in ENTRY_SHEETS:
        if entries.name == sheet:
            return (ID, title_column(entries), *entries.columns, AS_OF)
    for items in ITEM_SHEETS:
        if items.name == sheet:
            return (ENTRY, title_column(None), *items.keys, ROW)
    return (ENTRY, FIELD, *languages)


def key_order(key: str) -> int:
    """Where a key belongs among the others of an entry; unknown ones last."""
    return _ORDER.index(key) if key in _ORDER else len(_ORDER)


def in_cell(value: object) -> str:
    """Write a value of a file as a cell shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(in_cell(item) for item in value)
    return "" if value is None else str(value).strip()


def parts(text: str) -> list[str]:
    """Take the values of a cell apart that can hold several."""
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]
