"""Reads the sheets of an XLSX workbook: only texts, days and whole numbers, and no formulas."""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final, TypeAlias

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.cli.directory.columns import HIDDEN, SHEETS, YES_OR_NO
from bot.cli.directory.grids import MAX_ROWS, Grid, Refused, Row, place, wrong_columns, wrong_sheets
from bot.content.directory import SHORT_CODES
from bot.domain.yaml_source import SourceError

MAX_BYTES: Final = 10_000_000
"""Largest file that is read, in bytes; unpacked it may be ten times larger."""
_MAX_UNPACKED: Final = 10 * MAX_BYTES
_LAST_ROW: Final = 2**20
"""Of a sheet, in every program."""
_UNREADABLE: Final = (
    *(zipfile.BadZipFile, InvalidFileException, EOFError, zlib.error),
    *(KeyError, ValueError, TypeError, AttributeError, SyntaxError),
)
"""What openpyxl raises over files that are damaged or something else."""
_EXACT: Final = 10**15
"""From here on a spreadsheet loses digits of a number."""
_Error: TypeAlias = Callable[[str, str], SourceError]
_AS_TEXT: Final = "put ' in front, so that it is a text"
_CONTROL: Final = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]")


def read(path: Path, languages: Sequence[str]) -> dict[str, Grid]:
    """Read the sheets.

    Raises:
        Refused: something cannot be read; it lists everything that is wrong.
    """
    _look_at_size(path)
    errors: list[SourceError] = []
    found: dict[str, Grid] = {}
    try:
        with warnings.catch_warnings(), closing(_opened(path)) as book:
            errors += wrong_sheets(book.sheetnames)
            for sheet in book.worksheets:
                if sheet.title in SHEETS:
                    found[sheet.title] = _read(sheet, sheet.title, languages, errors)
    except _UNREADABLE:
        mend = "save it as `Excel workbook (.xlsx)`"
        raise Refused([SourceError(path.name, 0, "no XLSX file that can be read", mend)]) from None
    if errors:
        raise Refused(errors)
    return found


def _look_at_size(path: Path) -> None:
    large = ""
    if path.stat().st_size > MAX_BYTES:
        large = f"larger than {MAX_BYTES} bytes"
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MAX_UNPACKED:
                large = f"larger than {_MAX_UNPACKED} bytes when unpacked"
    if large:
        raise Refused([SourceError(path.name, 0, large, "export again")])


def _opened(path: Path) -> Workbook:
    # It warns of what it drops from files of other programs: nothing that we read.
    warnings.simplefilter("ignore")
    # Row by row: somebody may have coloured a million empty ones.
    return load_workbook(path, read_only=True)


def _read(sheet: Any, name: str, languages: Sequence[str], errors: list[SourceError]) -> Grid:  # noqa: ANN401 - openpyxl has several sheets
    # Other programs write sizes that are not those of the sheet.
    sheet.reset_dimensions()
    numbered = enumerate(sheet.iter_rows(min_row=1), start=1)
    _, head = next(numbered, (1, ()))
    columns = tuple(str(cell.value or "").strip() for cell in head)
    errors.extend(wrong_columns(name, columns, languages))
    rows: list[Row] = []
    for number, found in numbered:
        cells = _cells(found, columns, name, errors)
        if cells.keys() - HIDDEN:
            rows.append(Row(number, cells))
        if len(rows) > MAX_ROWS or number > _LAST_ROW:
            errors.append(SourceError(place(name), 0, f"more than {MAX_ROWS} rows", "remove some"))
            break
    return Grid(name, columns, tuple(rows))


def _cells(
    found: Sequence[Any], columns: Sequence[str], name: str, errors: list[SourceError]
) -> dict[str, str]:
    cells: dict[str, str] = {}
    for at, cell in enumerate(found):
        if cell.value is None:
            continue
        column = columns[at] if at < len(columns) else ""
        try:
            text = _text(cell, name, column)
        except SourceError as error:
            errors.append(error)
            continue
        if text and not column:
            what = f"`{text[:20]}` stands in a column without a name"
            errors.append(SourceError(place(name), cell.row, what, "remove it"))
        elif text:
            cells[column] = text
    return cells


def _text(cell: Any, name: str, column: str) -> str:  # noqa: ANN401 - openpyxl has several cells
    """Give what a cell says as text."""

    def error(what: str, mend: str) -> SourceError:
        return SourceError(place(name, column), cell.row, what, mend)

    value = cell.value
    if cell.data_type in {"f", "e"}:
        what = "a formula" if cell.data_type == "f" else f"the spreadsheet says {value} here"
        raise error(what, "write the text itself")
    if isinstance(value, bool):
        if column in YES_OR_NO:
            return "yes" if value else "no"
        raise error("true or false cannot stand here", _AS_TEXT)
    if isinstance(value, int | float):
        return _number(value, column, error)
    if isinstance(value, str):
        if _CONTROL.search(value):
            raise error("a character that no text has", "remove it")
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    return _day(value, error)


def _day(value: object, error: _Error) -> str:
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise error("a time of day cannot stand here", _AS_TEXT)


def _number(value: float, column: str, error: _Error) -> str:
    """Give a whole number as text; of a phone number the spreadsheet has dropped `+` and zeros."""
    whole = str(int(value)) if value == int(value) and abs(value) < _EXACT else None
    if column == "number" and whole not in SHORT_CODES:
        what = "a number of the spreadsheet, which has lost the + or zeros of the phone number"
        raise error(what, f"write it as '+85523217934: {_AS_TEXT}")
    if whole is None:
        raise error("a number of the spreadsheet, not a text", f"write it again: {_AS_TEXT}")
    return whole
