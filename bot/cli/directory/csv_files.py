"""Writes and reads the sheets as CSV files, so that no spreadsheet harms what is in them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.cli.directory.columns import HIDDEN, SHEETS
from bot.cli.directory.grids import MAX_ROWS, Grid, Refused, Row, place, wrong_columns, wrong_sheets
from bot.domain.yaml_source import SourceError

MAX_BYTES: Final = 10_000_000
"""Largest file that is read, in bytes."""
_QUOTE: Final = "'"
"""Stands before what a spreadsheet would take for a formula, a number or a date."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", _QUOTE)
_LIKE_A_DATE: Final = re.compile(r"\d+([-/.:, ]\d*)+|\d+[eE]\d+|0\d+|\d{16,}")
_SEPARATORS: Final = (",", ";", "\t")


def text_of(grid: Grid) -> bytes:
    """Write a sheet; the mark at its beginning makes Excel read it as UTF-8."""
    into = io.StringIO(newline="")
    writer = csv.writer(into)
    writer.writerow(grid.columns)
    for row in grid.rows:
        writer.writerow([_guarded(row.cells.get(column, "")) for column in grid.columns])
    return into.getvalue().encode("utf-8-sig")


def read(directory: Path, languages: Sequence[str]) -> dict[str, Grid]:
    """Read the sheets of a directory.

    Raises:
        Refused: something cannot be read; it lists everything that is wrong.
    """
    there = [name for name in SHEETS if (directory / f"{name}.csv").is_file()]
    errors = wrong_sheets(there)
    found = {name: _read(directory, name, languages, errors) for name in there}
    if errors:
        raise Refused(errors)
    return found


def _read(directory: Path, name: str, languages: Sequence[str], errors: list[SourceError]) -> Grid:
    nothing = Grid(name, (), ())
    text = _text(directory / f"{name}.csv", errors)
    if text is None:
        return nothing
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text)))
    except csv.Error as error:
        errors.append(SourceError(place(name), 0, f"not a CSV file: {error}", "export again"))
        return nothing
    columns = tuple(cell.strip() for cell in records[0]) if records else ()
    errors.extend(wrong_columns(name, columns, languages))
    if len(records) > MAX_ROWS:
        errors.append(SourceError(place(name), 0, f"more than {MAX_ROWS} rows", "remove some"))
        return nothing
    rows = [
        Row(number, cells)
        for number, record in enumerate(records[1:], start=2)
        if (cells := _cells(name, number, columns, record, errors)).keys() - HIDDEN
    ]
    return Grid(name, columns, tuple(rows))


def _cells(
    name: str, number: int, columns: Sequence[str], record: Sequence[str], errors: list[SourceError]
) -> dict[str, str]:
    cells: dict[str, str] = {}
    for at, raw in enumerate(record):
        text = raw.replace("\r\n", "\n").strip()
        column = columns[at] if at < len(columns) else ""
        if text and not column:
            what = f"`{text[:20]}` stands in a column without a name"
            errors.append(SourceError(place(name), number, what, "remove it"))
        elif text.startswith("="):
            mend = "write the text itself"
            errors.append(SourceError(place(name, column), number, "a formula", mend))
        elif text:
            cells[column] = text.removeprefix(_QUOTE).strip()
    return cells


def _text(path: Path, errors: list[SourceError]) -> str | None:
    if path.stat().st_size > MAX_BYTES:
        errors.append(SourceError(path.name, 0, f"larger than {MAX_BYTES} bytes", "export again"))
        return None
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        mend = "save it as `CSV UTF-8`"
        errors.append(SourceError(path.name, line, "not UTF-8 text", mend))
        return None


def _separator(text: str) -> str:
    """Take what most often stands between the names of the columns."""
    head = text.partition("\n")[0]
    return max(_SEPARATORS, key=head.count)


def _guarded(text: str) -> str:
    alike = text.startswith(_FORMULA) or _LIKE_A_DATE.fullmatch(text)
    return f"{_QUOTE}{text}" if alike else text
