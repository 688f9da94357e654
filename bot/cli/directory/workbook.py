"""Writes the sheets as an XLSX workbook: only text, words to choose from, stale rows marked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, cast

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bot.cli.directory.columns import AS_OF, HIDDEN, ID, WORDS, YES_OR_NO, id_column
from bot.cli.directory.grids import Grid, Row

READ_ME: Final = "read me"
SOON: Final = timedelta(days=14)
_TEXT: Final = "@"
"""The number format `text`: a spreadsheet leaves what is typed into such a cell as it is."""
_SPARE: Final = 300
"""Rows for which words are offered, beyond those that are there."""
_LONGEST_LIST: Final = 250
"""Excel calls a workbook broken in which a list of words is longer than 255 characters."""
_WIDTHS: Final = {
    column: width
    for width, columns in {
        10: ("field",),
        16: ("city", "date", "number"),
        24: ("uses", "languages", "(value)"),
        28: ("id", "entry"),
        34: ("(name)", "emails", "website", "for_whom", "ref"),
        50: ("what", "title", "url"),
        60: ("note",),
    }.items()
    for column in columns
}
_LANGUAGE_WIDTH: Final = 34
_OTHER_WIDTH: Final = 13
_HEAD: Final = PatternFill("solid", start_color="FF1F4E78")
_ONLY_READ: Final = PatternFill("solid", start_color="FFEFEFEF")
_STALE: Final = PatternFill("solid", start_color="FFF8CBAD")
_DUE: Final = PatternFill("solid", start_color="FFFFF2CC")

_GUIDE: Final = """\
The directory of the help line: embassies, services, numbers, prices
Exported on {today}. The files of the project stay the truth; this is a copy to work in.

How to use it
1. Change cells in the other sheets, and save the file as .xlsx.
2. `helpline directory import FILE` shows what would change, and asks before it writes anything.

The sheets
missions, services, figures: one row for each entry.
phones: one row for each number. sources: one row for each page or person that said so.
names: names, addresses, hours and prices, in all languages. English must be there.

Rules
Numbers are written +85523217934, without spaces, or as a short code like 117.
Days are written 2026-11-23. Several values in one cell: a comma between them.
An `id` is never changed. Columns in (brackets) are only for reading: change the sheet `names`.
A new entry needs an id of its own, a row in `names` and one in `sources`.
An empty cell says: nothing is known. In `phones`, an empty day or checked_by: as the entry says.
A row that you delete stays in the files, until the import is told `--remove ID`.
When you have called a number, set verified_on to that day, review_by to at most 90 days later
(30 days for numbers that people call in danger), checked_by to your role, never your name.
Rows may be sorted. Formulas are not taken.
Never guess: one false number can send a person to a trafficker.

Colours: red, past review_by; yellow, to be looked at within 14 days; grey, only for reading.
"""


def workbook(grids: Iterable[Grid], today: date) -> Workbook:
    """Make the workbook; `today` says what is stale."""
    book = Workbook()
    for empty in book.worksheets:
        book.remove(empty)
    _write_guide(book.create_sheet(READ_ME), today)
    reviews: dict[str, str] = {}
    for grid in grids:
        for row in grid.rows:
            if AS_OF in row.cells:
                reviews[row.cells[ID]] = row.cells.get("review_by", "")
        _write(book.create_sheet(grid.name), grid, reviews, today)
    return book


def _write_guide(sheet: Worksheet, today: date) -> None:
    sheet.column_dimensions["A"].width = 110
    for number, line in enumerate(_GUIDE.format(today=today).splitlines(), start=1):
        cell = _put(sheet, number, 1, line)
        cell.font = Font(bold=number == 1 or line in {"How to use it", "The sheets", "Rules"})


def _write(sheet: Worksheet, grid: Grid, reviews: dict[str, str], today: date) -> None:
    for at, column in enumerate(grid.columns, start=1):
        head = _put(sheet, 1, at, column)
        head.font, head.fill = Font(bold=True, color="FFFFFFFF"), _HEAD
        dimension = sheet.column_dimensions[get_column_letter(at)]
        dimension.width = _width(grid, column)
        dimension.number_format = _TEXT
        dimension.hidden = column in HIDDEN
        _offer(sheet, grid, column, at)
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(grid.columns))}{len(grid.rows) + 1}"
    for row in grid.rows:
        fill = _fill(grid, row, reviews, today)
        for at, column in enumerate(grid.columns, start=1):
            cell = _put(sheet, row.number, at, row.cells.get(column, ""))
            if fill is not None:
                cell.fill = fill
            elif column.startswith("("):
                cell.fill = _ONLY_READ


def _put(sheet: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write a text as nothing but a text, whatever it begins with."""
    cell = cast("Cell", sheet.cell(row, column))
    cell.number_format = _TEXT
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if text:
        cell.value = text
        cell.data_type = "s"
    if text.startswith(("=", "+", "-", "@")):
        # So it stays a text, too, when somebody opens the cell and leaves it again.
        cell.quotePrefix = True
    return cell


def _width(grid: Grid, column: str) -> int:
    otherwise = _LANGUAGE_WIDTH if grid.name == "names" else _OTHER_WIDTH
    return _WIDTHS.get(column, otherwise)


def _offer(sheet: Worksheet, grid: Grid, column: str, at: int) -> None:
    """Offer words to choose from; only where there are no others a wrong one is refused at once."""
    used = {row.cells[column] for row in grid.rows if column in row.cells}
    closed = column == "confidence" or column in YES_OR_NO
    if column == "kind" or (column == "uses" and used):
        words = sorted({*WORDS.get(column, ()), *used})
    elif column in WORDS:
        words = list(WORDS[column])
    else:
        return
    # A list of words is itself cut at commas: several uses in one cell cannot be among them.
    listed = ",".join(word for word in words if "," not in word)
    if len(listed) > _LONGEST_LIST:
        return
    offered = DataValidation("list", formula1=f'"{listed}"', allow_blank=True)
    offered.errorStyle = "stop" if closed else "warning"
    offered.error = "Choose one of the list" if closed else "This word is new here. Is it meant?"
    offered.showErrorMessage = closed or column == "kind"
    letter = get_column_letter(at)
    offered.add(f"{letter}2:{letter}{len(grid.rows) + _SPARE}")
    sheet.add_data_validation(offered)


def _fill(grid: Grid, row: Row, reviews: dict[str, str], today: date) -> PatternFill | None:
    if grid.name in {"sources", "names"}:
        return None
    review = date.fromisoformat(
        row.cells.get("review_by") or reviews[row.cells[id_column(grid.name)]]
    )
    if review < today:
        return _STALE
    return _DUE if review <= today + SOON else None
