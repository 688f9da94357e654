"""Puts the rows of the sheets together again: what a spreadsheet says of each entry, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

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
    id_column,
    title_column,
)
from bot.cli.directory.entries import Path
from bot.cli.directory.grids import Grid, Refused, Row, place
from bot.cli.directory.sources import Files, Kept
from bot.domain.yaml_source import SourceError

_HIDDEN: Final = "export again: it is a hidden column that tells rows apart"


@dataclass(slots=True)
class Given:
    """An entry as a spreadsheet has it."""

    sheet: EntrySheet
    id: str
    as_of: str
    cells: dict[Path, str]
    rows: dict[Path, int]
    """The row of the entry `()`, of each `(localised field,)`, of each `(list, place)`."""


@dataclass(slots=True)
class _Assembly:
    grids: Mapping[str, Grid]
    files: Files
    found: dict[str, Given] = field(default_factory=dict)
    errors: list[SourceError] = field(default_factory=list)

    def error(self, sheet: str, column: str, row: int, what: str, mend: str) -> None:
        self.errors.append(SourceError(place(sheet, column), row, what, mend))


def assemble(grids: Mapping[str, Grid], files: Files) -> dict[str, Given]:
    """Give what the sheets say of each entry, by id.

    Raises:
        Refused: rows do not belong together; it lists everything that is wrong.
    """
    assembly = _Assembly(grids, files)
    for sheet in ENTRY_SHEETS:
        _take_entries(assembly, sheet)
    for items in ITEM_SHEETS:
        _take_items(assembly, items)
    _take_names(assembly)
    if assembly.errors:
        raise Refused(assembly.errors)
    return assembly.found


def only_for_reading(
    grids: Mapping[str, Grid], files: Files, found: Mapping[str, Given]
) -> Iterator[str]:
    """Tell of columns in brackets that were changed: nothing is taken from them."""
    for grid in grids.values():
        column = id_column(grid.name)
        for row in grid.rows:
            kept, given = (
                within.get(row.cells.get(column, "")) for within in (files.entries, found)
            )
            if kept is None or given is None:
                continue
            titles = {
                cells.get((kept.sheet.title, "en"), "") for cells in (kept.cells, given.cells)
            }
            for shown in (title_column(kept.sheet), title_column(None)):
                if row.cells.get(shown, "") not in {*titles, ""}:
                    where = f"{place(grid.name, shown)}, row {row.number}"
                    yield f"{where}: only for reading, not taken. Change the sheet `{NAMES}`"


def _take_entries(assembly: _Assembly, sheet: EntrySheet) -> None:
    for row in assembly.grids[sheet.name].rows:
        name = row.cells.get(ID, "")
        if not name:
            mend = "write an id in small letters, digits and _"
            assembly.error(sheet.name, ID, row.number, "the row has no id", mend)
        elif name in assembly.found:
            first = assembly.found[name]
            where = f"sheet {first.sheet.name}, row {first.rows[()]}"
            what = f"the id stands here twice (first in {where})"
            assembly.error(sheet.name, ID, row.number, what, "rename one")
        else:
            cells: dict[Path, str] = {
                (at,): row.cells[at] for at in sheet.columns if at in row.cells
            }
            as_of = row.cells.get(AS_OF, "")
            assembly.found[name] = Given(sheet, name, as_of, cells, {(): row.number})


def _take_items(assembly: _Assembly, sheet: ItemSheet) -> None:
    rows: dict[str, list[Row]] = {}
    for row, given in _belonging(assembly, sheet.name):
        if sheet.name not in given.sheet.items:
            what = f"`{given.id}` stands in {given.sheet.name}, which have no {sheet.name}"
            assembly.error(sheet.name, ENTRY, row.number, what, "remove the row")
        elif not row.cells.get(ROW, "1").isdecimal():
            assembly.error(sheet.name, ROW, row.number, "not as it was exported", _HIDDEN)
        else:
            rows.setdefault(given.id, []).append(row)
    for name, of_entry in rows.items():
        given, kept = assembly.found[name], assembly.files.entries.get(name)
        for at, row in _placed(sheet, of_entry, kept):
            given.rows[sheet.name, str(at)] = row.number
            for column in sheet.keys:
                if column in row.cells:
                    given.cells[sheet.name, str(at), column] = row.cells[column]


def _placed(sheet: ItemSheet, rows: list[Row], kept: Kept | None) -> Iterator[tuple[int, Row]]:
    """Give each row its place in the list of its entry, however the rows were sorted or copied."""
    said = _items_of(sheet, kept)
    taken: dict[int, Row] = {}
    new: list[Row] = []
    # A copied row has a copied place. The one that says what the files say is the old one.
    for row in sorted(rows, key=lambda row: said.get(_place(row)) != _says(sheet, row)):
        if _place(row) < 0 or _place(row) in taken:
            new.append(row)
        else:
            taken[_place(row)] = row
    after = max((*taken, *said), default=-1) + 1
    for row in sorted(new, key=lambda row: row.number):
        # A new row that was imported before is in the files by now.
        known = (at for at, cells in said.items() if at not in taken and cells == _says(sheet, row))
        at = next(known, after)
        taken[at] = row
        after = max(after, at + 1)
    yield from sorted(taken.items())


def _place(row: Row) -> int:
    return int(row.cells.get(ROW, "0")) - 1


def _says(sheet: ItemSheet, row: Row) -> dict[str, str]:
    return {column: text for column, text in row.cells.items() if column in sheet.keys}


def _items_of(sheet: ItemSheet, kept: Kept | None) -> dict[int, dict[str, str]]:
    """Give the items of an entry of the files as rows say them."""
    found: dict[int, dict[str, str]] = {}
    for path, text in (kept.cells if kept else {}).items():
        if path[0] == sheet.name:
            found.setdefault(int(path[1]), {})[path[2]] = text
    return found


def _take_names(assembly: _Assembly) -> None:
    for row, given in _belonging(assembly, NAMES):
        name = row.cells.get(FIELD, "")
        if name not in given.sheet.localised:
            mend = f"use one of: {', '.join(given.sheet.localised)}"
            what = f"`{name}` is no field that {given.sheet.name} have"
            assembly.error(NAMES, FIELD, row.number, what, mend)
        elif (name,) in given.rows:
            what = f"the {name} stands here twice (first in row {given.rows[name,]})"
            assembly.error(NAMES, FIELD, row.number, what, "keep one")
        else:
            given.rows[name,] = row.number
            for language, text in row.cells.items():
                if language in assembly.files.languages and language not in {ENTRY, FIELD}:
                    given.cells[name, language] = text


def _belonging(assembly: _Assembly, sheet: str) -> Iterator[tuple[Row, Given]]:
    """Give the rows of a sheet with their entries; rows of an entry that is gone are left out."""
    for row in assembly.grids[sheet].rows:
        name = row.cells.get(ENTRY, "")
        if name in assembly.found:
            yield row, assembly.found[name]
        elif not name:
            assembly.error(
                sheet, ENTRY, row.number, "the row has no id", "write the id of its entry"
            )
        elif name not in assembly.files.entries:
            alike = get_close_matches(name, assembly.found, n=1)
            mend = f"did you mean `{alike[0]}`?" if alike else "use an id of the first three sheets"
            assembly.error(sheet, ENTRY, row.number, f"there is no entry `{name}`", mend)
