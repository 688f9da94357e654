"""Lays the entries of the files out in the rows of the sheets."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cli.directory.columns import (
    AS_OF,
    ENTRY,
    ENTRY_SHEETS,
    FIELD,
    ID,
    ITEM_SHEETS,
    NAMES,
    ROW,
    EntrySheet,
    ItemSheet,
    header,
    title_column,
)
from bot.cli.directory.entries import listed
from bot.cli.directory.grids import Grid, Row
from bot.cli.directory.sources import Files, Kept


def grids(files: Files) -> tuple[Grid, ...]:
    """Give all sheets, in their order."""
    made = [_grid(files, sheet.name, _entries(files, sheet)) for sheet in ENTRY_SHEETS]
    made += [_grid(files, sheet.name, _items(files, sheet)) for sheet in ITEM_SHEETS]
    return (*made, _grid(files, NAMES, _names(files)))


def title(kept: Kept) -> str:
    """Give the text by which people know an entry."""
    return kept.cells[kept.sheet.title, "en"]


def _grid(files: Files, name: str, rows: Iterator[dict[str, str]]) -> Grid:
    columns = header(name, files.languages)
    numbered = enumerate(rows, start=2)
    return Grid(name, columns, tuple(Row(number, cells) for number, cells in numbered))


def _entries(files: Files, sheet: EntrySheet) -> Iterator[dict[str, str]]:
    for kept in files.entries.values():
        if kept.sheet is sheet:
            own = {path[0]: text for path, text in kept.cells.items() if len(path) == 1}
            yield {ID: kept.id, title_column(sheet): title(kept), **own, AS_OF: kept.stamp}


def _items(files: Files, sheet: ItemSheet) -> Iterator[dict[str, str]]:
    for kept in files.entries.values():
        if sheet.name not in kept.sheet.items:
            continue
        for place in range(len(listed(kept.plain.get(sheet.name)))):
            own = {
                column: kept.cells[sheet.name, str(place), column]
                for column in sheet.keys
                if (sheet.name, str(place), column) in kept.cells
            }
            yield {ENTRY: kept.id, title_column(None): title(kept), **own, ROW: str(place + 1)}


def _names(files: Files) -> Iterator[dict[str, str]]:
    for kept in files.entries.values():
        for field in kept.sheet.localised:
            texts = {path[1]: text for path, text in kept.cells.items() if path[0] == field}
            if texts:
                yield {ENTRY: kept.id, FIELD: field, **texts}
