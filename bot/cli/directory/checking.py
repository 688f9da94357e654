"""Checks what a spreadsheet says as strictly as the files are checked, by the same reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from bot.cli.directory.columns import (
    ENTRY_SHEETS,
    ITEM_SHEETS,
    LISTS,
    NAMES,
    TRUTHS,
    YES_OR_NO,
    EntrySheet,
    ItemSheet,
    parts,
)
from bot.cli.directory.comparing import Difference, Kind
from bot.cli.directory.entries import Cells
from bot.cli.directory.given import Given
from bot.cli.directory.grids import place
from bot.content.directory_files import read_directory
from bot.domain.yaml_source import Node, SourceError


def check(given: Mapping[str, Given], differences: Iterable[Difference]) -> list[SourceError]:
    """Find what is wrong in the entries that would be written."""
    errors: list[SourceError] = []
    found = [entry for entry in differences if entry.kind is not Kind.REMOVED]
    nodes = [
        _node(place(sheet.name), 0, {sheet.name: _listed(sheet, given, found, errors)})
        for sheet in ENTRY_SHEETS
    ]
    missions, services, figures = nodes
    directory = read_directory(missions, services, figures, errors)
    for entry in (*directory.all_missions, *directory.services.values()):
        for phone in entry.phones:
            if not phone.is_valid():
                what = "no such number exists in the numbering plan of its country"
                where = place("phones", "number")
                errors.append(SourceError(where, phone.line, what, "check it with the source"))
    return errors


def _listed(
    sheet: EntrySheet,
    given: Mapping[str, Given],
    differences: Iterable[Difference],
    errors: list[SourceError],
) -> Node:
    entries = tuple(
        _entry(given[difference.id], difference.cells, errors)
        for difference in differences
        if difference.sheet == sheet.name
    )
    return Node(place(sheet.name), 0, entries)


def _entry(given: Given, cells: Cells, errors: list[SourceError]) -> Node:
    sheet, row = given.sheet, given.rows[()]
    values = {"id": Node(place(sheet.name, "id"), row, given.id)}
    for column in sheet.columns:
        text = cells.get((column,), "")
        if text or column in sheet.needed:
            values[column] = _value(place(sheet.name, column), row, column, text, errors)
    for field in sheet.localised:
        texts = {path[1]: text for path, text in cells.items() if path[0] == field}
        at = given.rows.get((field,), row)
        if texts:
            values[field] = _node(
                place(NAMES),
                at,
                {code: Node(place(NAMES, code), at, texts[code]) for code in texts},
            )
    for items in ITEM_SHEETS:
        if listed := tuple(_items(items, given, cells, errors)):
            values[items.name] = Node(place(items.name), row, listed)
    return _node(place(sheet.name), row, values)


def _items(
    sheet: ItemSheet, given: Given, cells: Cells, errors: list[SourceError]
) -> Iterator[Node]:
    there = {path[1] for path in (*cells, *given.rows) if path[:1] == (sheet.name,)}
    for at in sorted(there, key=int):
        row = given.rows.get((sheet.name, at), given.rows[()])
        item: dict[str, Node] = {}
        for column, key in sheet.keys.items():
            text = cells.get((sheet.name, at, column), "")
            if text or column in sheet.needed:
                item[key] = _value(place(sheet.name, column), row, column, text, errors)
        yield _node(place(sheet.name), row, item)


def _value(where: str, row: int, column: str, text: str, errors: list[SourceError]) -> Node:
    node = Node(where, row, text)
    if column in LISTS and text:
        return Node(where, row, tuple(Node(where, row, part) for part in parts(text)))
    if column in YES_OR_NO:
        if text.casefold() in TRUTHS:
            return Node(where, row, TRUTHS[text.casefold()])
        errors.append(node.error("neither yes nor no", "write yes or no"))
        return Node(where, row, value=False)
    return node


def _node(where: str, row: int, values: dict[str, Node]) -> Node:
    return Node(where, row, MappingProxyType(values), MappingProxyType(dict.fromkeys(values, row)))
