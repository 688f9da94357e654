"""An entry of the directory as the texts of its cells, each with the path that leads to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final, TypeAlias

from bot.cli.directory.columns import (
    ENTRY_SHEETS,
    ITEM_SHEETS,
    LISTS,
    TRUTHS,
    YES_OR_NO,
    EntrySheet,
    in_cell,
    key_order,
    parts,
)

Path: TypeAlias = tuple[str, ...]
"""`(column,)`, `(localised field, language)` or `(sheet of items, place in the list, column)`."""
Cells: TypeAlias = Mapping[Path, str]
"""What the cells of an entry say; empty ones are not in it."""
Plain: TypeAlias = dict[str, Any]
"""An entry as dicts, lists and texts, as YAML has it."""

_ITEM_SHEETS: Final = {sheet.name: sheet for sheet in ITEM_SHEETS}


def cells_of(sheet: EntrySheet, entry: Plain) -> dict[Path, str]:
    """Write an entry of a file as texts of cells."""
    found: dict[Path, str] = {(column,): in_cell(entry.get(column)) for column in sheet.columns}
    for field in sheet.localised:
        texts = entry.get(field)
        for language, text in (texts if isinstance(texts, dict) else {"en": texts}).items():
            found[field, language] = in_cell(text)
    for name in sheet.items:
        for place, item in enumerate(listed(entry.get(name))):
            for column, key in _ITEM_SHEETS[name].keys.items():
                found[name, str(place), column] = in_cell(item.get(key))
    return {path: text for path, text in found.items() if text}


def stamp(sheet: EntrySheet, cells: Cells) -> str:
    """Give 8 hexadecimal digits that change with whatever an entry says."""
    said = json.dumps([sheet.name, sorted(cells.items())], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def changed(sheet: EntrySheet, entry: Plain, changes: Mapping[Path, str]) -> Plain:
    """Give the entry with the texts of these cells; an empty text takes away what was there."""
    made = deepcopy(entry)
    for path, text in changes.items():
        if len(path) == 1:
            _put(made, path[0], text)
        elif path[0] in sheet.localised:
            _put_localised(made, path[0], path[1], text)
        else:
            _put_item(made, path, text)
    for name in sheet.items:
        if name in made and any(path[0] == name for path in changes):
            _without_empty(made, name, entry.get(name))
    return _ordered(made, entry)


def listed(value: object) -> list[Any]:
    """Give what stands for one or several as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def sheet_named(name: str) -> EntrySheet:
    """Give the sheet of a file."""
    return next(sheet for sheet in ENTRY_SHEETS if sheet.name == name)


def _put(into: Plain, key: str, text: str) -> None:
    if not text:
        into.pop(key, None)
    elif key in LISTS:
        found = parts(text)
        # One use stands alone in the files, the other lists do not; an entry keeps its own way.
        alone = len(found) == 1 and (key == "use" or isinstance(into.get(key), str))
        into[key] = found[0] if alone and key != "languages" else found
    elif key in YES_OR_NO:
        into[key] = TRUTHS[text.casefold()]
    else:
        into[key] = text


def _put_localised(into: Plain, field: str, language: str, text: str) -> None:
    before = into.get(field)
    texts = dict(before) if isinstance(before, dict) else {"en": before} if before else {}
    if text:
        texts[language] = text
    else:
        texts.pop(language, None)
    if not texts:
        into.pop(field, None)
    else:
        alone = set(texts) == {"en"} and not isinstance(before, dict)
        into[field] = texts["en"] if alone else texts


def _put_item(into: Plain, path: Path, text: str) -> None:
    name, place, column = path
    items = into[name] = listed(into.get(name))
    while len(items) <= int(place):
        items.append({})
    _put(items[int(place)], _ITEM_SHEETS[name].keys[column], text)


def _without_empty(into: Plain, name: str, before: object) -> None:
    there = listed(before)
    items = [
        _ordered(item, there[place] if place < len(there) else {})
        for place, item in enumerate(into[name])
        if item
    ]
    if not items:
        del into[name]
    else:
        into[name] = items[0] if len(items) == 1 and isinstance(before, dict) else items


def _ordered(made: Plain, before: Plain) -> Plain:
    """Keep the order that the entry has; what is new goes where the other entries have it."""
    keys = [key for key in before if key in made]
    for key in sorted((key for key in made if key not in before), key=key_order):
        after = [at for at, other in enumerate(keys) if key_order(other) < key_order(key)]
        keys.insert(after[-1] + 1 if after else len(keys), key)
    return {key: made[key] for key in keys}
