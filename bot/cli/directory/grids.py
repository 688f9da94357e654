"""A sheet as rows of texts: what every kind of spreadsheet file is read into and written from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.cli.directory.columns import SHEETS, header
from bot.domain.yaml_source import SourceError

MAX_ROWS: Final = 10_000
"""Most rows of a sheet that are read. Our own bound: the longest that we keep has 150."""


class Refused(Exception):
    """What was given cannot be taken; `errors` lists everything that was found wrong."""

    def __init__(self, errors: Iterable[SourceError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(told(error) for error in self.errors))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet."""

    number: int
    """As the spreadsheet counts; the columns' names are row 1."""
    cells: Mapping[str, str]
    """By column; empty ones are not in it."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def place(sheet: str, column: str = "") -> str:
    """Name a place in a spreadsheet as errors do; the row is their line."""
    return f"sheet {sheet}, column {column}" if column else f"sheet {sheet}"


def told(error: SourceError) -> str:
    """Say what is wrong: sheet, column and row, or file and line."""
    if not error.line:
        where = error.file
    elif error.file.startswith("sheet "):
        where = f"{error.file}, row {error.line}"
    else:
        where = f"{error.file}:{error.line}"
    return f"{where}: {error.what} ({error.mend})"


def wrong_columns(name: str, found: Sequence[str], languages: Sequence[str]) -> list[SourceError]:
    """Find columns that are missing, unknown, or there twice."""
    wanted = header(name, tuple(languages))
    errors: list[SourceError] = []
    for column in wanted:
        if column not in found and not column.startswith("("):
            mend = "export again, and change the new file"
            errors.append(SourceError(place(name), 1, f"the column `{column}` is missing", mend))
    for at, column in enumerate(found):
        if column and column not in wanted:
            mend = f"use these: {', '.join(wanted)}"
            errors.append(
                SourceError(place(name), 1, f"the column `{column}` is not known here", mend)
            )
        elif column in found[:at] and column:
            errors.append(
                SourceError(place(name), 1, f"the column `{column}` stands here twice", "keep one")
            )
    return errors


def wrong_sheets(found: Iterable[str]) -> list[SourceError]:
    """Find sheets that are missing."""
    there = set(found)
    mend = "export again, and change the new file"
    return [
        SourceError(place(name), 0, "the sheet is missing", mend)
        for name in SHEETS
        if name not in there
    ]
