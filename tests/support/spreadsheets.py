"""An editor at work: exports the directory, changes cells as a spreadsheet program, imports it."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bot import cli
from bot.settings import ROOT
from tests.support.command import Printed

_OTHER_LANGUAGES = re.compile(r"^      (?!en:|id:)[a-z]{2,3}: .*\n", re.MULTILINE)
"""In names, addresses, hours and values, which stand in one line each."""
_ENTRIES = frozenset(
    f"{country}_embassy_phnom_penh" for country in ("bn", "cn", "id", "my", "ph", "th", "vn")
) | {
    *("police_117", "police_korean_desk", "police_online_hotline", "ambulance_119"),
    *("child_helpline_1280", "ncct", "adhoc", "gdi"),
    *("overstay_fine", "exit_visa_price"),
}
"""Writing and reading workbooks takes most of the time: as many as there is something to try."""
_LANGUAGES = """\
languages:
  - code: en
    name: English
    own_name: English
    direction: ltr
    offered: true
  - code: id
    name: Indonesian
    own_name: Bahasa Indonesia
    direction: ltr
    offered: false
"""


def small_content(into: Path) -> Path:
    """Copy some of the directory, in two languages, and as few texts as will load."""
    content = into / "content"
    (content / "directory").mkdir(parents=True)
    for path in (ROOT / "content" / "directory").iterdir():
        text = _OTHER_LANGUAGES.sub("", path.read_text(encoding="utf-8"))
        head, *entries = re.split(r"(?m)^(?=  - id: )", text)
        text = head + "".join(entry for entry in entries if entry.split()[2] in _ENTRIES)
        (content / "directory" / path.name).write_text(text, encoding="utf-8")
    (content / "phrases").mkdir()
    shutil.copy(ROOT / "content" / "phrases" / "en.yml", content / "phrases")
    (content / "languages.yml").write_text(_LANGUAGES)
    (content / "safety_words.yml").write_text("languages:\n  en:\n    - police\n")
    (content / "answers").mkdir()
    return content


@dataclass
class Editor:
    """Somebody with a spreadsheet program."""

    content: Path
    place: Path
    capture: pytest.CaptureFixture[str]

    @property
    def workbook(self) -> Path:
        return self.place / "directory.xlsx"

    @property
    def csv(self) -> Path:
        return self.place / "sheets"

    def file(self, name: str) -> Path:
        return self.content / "directory" / f"{name}.yml"

    def files(self) -> dict[str, bytes]:
        """Every byte of the directory."""
        return {path.name: path.read_bytes() for path in self.file("x").parent.iterdir()}

    def run(self, *words: object) -> Printed:
        self.capture.readouterr()
        try:
            status = cli.main(["directory", *(str(word) for word in words)])
        except SystemExit as end:  # argparse
            status = int(end.code or 0)
        output, errors = self.capture.readouterr()
        return Printed(status, output, errors)

    def export(self) -> None:
        assert self.run("export", self.workbook, "--replace").status == 0

    def export_csv(self) -> None:
        assert self.run("export", self.csv, "--replace").status == 0

    def change(self, sheet: str, entry: str, column: str, value: Any) -> int:  # noqa: ANN401 - what a cell holds
        """Write into the first row of an entry; the number of the row."""
        rows: list[int] = []

        def put(found: Worksheet) -> None:
            rows.append(row_of(found, entry))
            found.cell(rows[0], column_of(found, column)).value = value

        self.edit(sheet, put)
        return rows[0]

    def edit(self, sheet: str, change: Callable[[Worksheet], object]) -> None:
        """Open the workbook, change a sheet, save it."""
        book = load_workbook(self.workbook)
        found = book[sheet]
        assert isinstance(found, Worksheet)
        change(found)
        book.save(self.workbook)

    def append(self, sheet: str, **cells: Any) -> None:  # noqa: ANN401 - what a cell holds
        """Fill in the first empty row."""

        def put(found: Worksheet) -> None:
            row = found.max_row + 1
            for column, value in cells.items():
                found.cell(row, column_of(found, column)).value = value

        self.edit(sheet, put)

    def delete(self, sheet: str, entry: str, nth: int = 1) -> None:
        self.edit(sheet, lambda found: found.delete_rows(row_of(found, entry, nth)))

    def edit_csv(self, sheet: str, old: str, new: str) -> None:
        path = self.csv / f"{sheet}.csv"
        text = path.read_text(encoding="utf-8-sig")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8-sig", newline="")

    def save_csv_as(self, delimiter: str, encoding: str) -> None:
        """Save every sheet as another program does."""
        for path in self.csv.iterdir():
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.reader(file))
            with path.open("w", encoding=encoding, newline="") as file:
                csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)


def row_of(sheet: Worksheet, entry: str, nth: int = 1) -> int:
    """Find the nth row of an entry."""
    rows: list[int] = [cell.row for cell in sheet["A"] if cell.value == entry]
    return rows[nth - 1]


def column_of(sheet: Worksheet, name: str) -> int:
    """Find a column by its name."""
    return next(at for at in range(1, sheet.max_column + 1) if sheet.cell(1, at).value == name)
