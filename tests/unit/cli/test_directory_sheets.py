"""The directory goes out to a spreadsheet and comes back as it was, byte for byte."""

from __future__ import annotations

import difflib
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bot import clock
from bot.cli.directory import csv_files, laying_out, sources
from bot.cli.directory.columns import ENTRY_SHEETS, ITEM_SHEETS, SHEETS
from bot.cli.directory.grids import Grid, Row
from bot.content import directory_files
from bot.content.library import load
from bot.settings import ROOT
from tests.support.spreadsheets import Editor, column_of, row_of, small_content

ID_EMBASSY = "id_embassy_phnom_penh"


@pytest.fixture
def editor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Editor]:
    content = small_content(tmp_path)
    monkeypatch.setenv("HELPLINE_CONTENT_DIR", str(content))
    with clock.moved(datetime(2026, 11, 23, 12, tzinfo=UTC) - clock.now()):
        yield Editor(content, tmp_path, capsys)


def changed_lines(old: bytes, new: bytes) -> list[str]:
    lines = difflib.unified_diff(old.decode().split("\n"), new.decode().split("\n"), n=0)
    return [line for line in lines if re.match(r"[+-](?!\+\+ |-- )", line)]


def test_an_untouched_workbook_changes_nothing(editor: Editor) -> None:
    before = editor.files()
    editor.export()
    printed = editor.run("import", editor.workbook, "--yes")
    assert (printed.status, printed.output, printed.errors) == (0, "Nothing to change.\n", "")
    assert editor.files() == before


def test_untouched_csv_files_change_nothing(editor: Editor) -> None:
    before = editor.files()
    editor.export_csv()
    printed = editor.run("import", editor.csv, "--yes")
    assert (printed.status, printed.output, printed.errors) == (0, "Nothing to change.\n", "")
    assert editor.files() == before


def test_csv_that_another_program_saved_with_semicolons_changes_nothing(editor: Editor) -> None:
    before = editor.files()
    editor.export_csv()
    editor.save_csv_as(";", "utf-8")
    assert editor.run("import", editor.csv, "--yes").plain == "Nothing to change."
    assert editor.files() == before


def test_one_changed_number_changes_exactly_one_line(editor: Editor) -> None:
    before = editor.file("missions").read_bytes()
    editor.export()
    editor.change("phones", ID_EMBASSY, "number", "+85512813283")
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 0, printed
    assert changed_lines(before, editor.file("missions").read_bytes()) == [
        "-      - number: '+85512813282'",
        "+      - number: '+85512813283'",
    ]
    mission = load(editor.content).directory.mission(ID_EMBASSY)
    assert mission is not None
    assert mission.phones[0].number == "+85512813283"
    assert editor.run("import", editor.workbook, "--yes").plain == "Nothing to change."


def test_the_same_change_in_csv_changes_the_same_line(editor: Editor) -> None:
    before = editor.file("missions").read_bytes()
    editor.export_csv()
    editor.edit_csv("phones", "'+85512813282", "+85512813283")
    assert editor.run("import", editor.csv, "--yes").status == 0
    assert changed_lines(before, editor.file("missions").read_bytes()) == [
        "-      - number: '+85512813282'",
        "+      - number: '+85512813283'",
    ]


def test_the_content_that_is_shipped_takes_a_change(editor: Editor) -> None:
    shutil.rmtree(editor.content)
    shutil.copytree(ROOT / "content", editor.content)
    before = editor.file("services").read_bytes()
    editor.export()
    editor.change("services", "police_117", "review_by", date(2026, 12, 20))
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 0, printed
    assert len(changed_lines(before, editor.file("services").read_bytes())) == 2


def test_the_columns_hold_every_key_that_the_files_may_have() -> None:
    for sheet, keys in zip(
        ENTRY_SHEETS,
        (
            directory_files._MISSION_KEYS,
            directory_files._SERVICE_KEYS,
            ("id", "value", "note", *directory_files._EVIDENCE_KEYS),
        ),
        strict=True,
    ):
        assert {"id", *sheet.columns, *sheet.localised, *sheet.items} == set(keys)


def test_every_cell_is_a_text_that_no_program_takes_for_anything_else(editor: Editor) -> None:
    editor.export()
    book = load_workbook(editor.workbook)
    assert book.sheetnames == ["read me", *SHEETS]
    for sheet in book.worksheets:
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells} <= {"s", "n"}  # n: an empty cell
        assert all(cell.value is None or isinstance(cell.value, str) for cell in cells)
        assert {cell.number_format for cell in cells} == {"@"}
    phones = book["phones"]
    assert (
        phones.cell(row_of(phones, ID_EMBASSY), column_of(phones, "number")).value == "+85512813282"
    )


def test_the_workbook_is_pleasant_to_work_in(editor: Editor) -> None:
    editor.export()
    book = load_workbook(editor.workbook)
    for name in SHEETS:
        sheet = book[name]
        assert sheet.freeze_panes == "C2"
        assert sheet.auto_filter.ref
    hidden = {
        (name, column)
        for name, column in (("missions", "as_of"), ("phones", "row"), ("sources", "row"))
        if _is_hidden(book[name], column)
    }
    assert len(hidden) == 3
    phones = book["phones"]
    offered = {
        str(rule.sqref)[0]: str(rule.formula1) for rule in phones.data_validations.dataValidation
    }
    letters = {phones.cell(1, at).value: chr(64 + at) for at in range(1, phones.max_column + 1)}
    assert offered[letters["confidence"]] == '"high,medium,low"'
    assert "whatsapp" in offered[letters["uses"]]
    assert any("embassy" in str(rule.formula1) for rule in _rules(book["missions"]))


def _is_hidden(sheet: Worksheet, column: str) -> bool:
    letter = get_column_letter(column_of(sheet, column))
    return bool(sheet.column_dimensions[letter].hidden)


def _rules(sheet: Worksheet) -> list[DataValidation]:
    return list(sheet.data_validations.dataValidation)


def test_stale_rows_stand_out(editor: Editor) -> None:
    with clock.moved(timedelta(days=40)):  # numbers for danger are past their review, the rest not
        editor.export()
    phones = load_workbook(editor.workbook)["phones"]
    number = column_of(phones, "number")
    urgent, office = row_of(phones, ID_EMBASSY, 1), row_of(phones, ID_EMBASSY, 3)
    assert phones.cell(urgent, number).fill.start_color.rgb == "FFF8CBAD"
    assert phones.cell(office, number).fill.fill_type is None


def test_what_a_spreadsheet_would_take_for_a_formula_is_a_text_and_comes_back(
    editor: Editor, tmp_path: Path
) -> None:
    for path in editor.content.glob("directory/figures.yml"):
        text = path.read_text()
        note = "note: Older pages that say 5 or 6 dollars are out of date."
        assert note in text
        path.write_text(
            text.replace(note, "note: '=HYPERLINK(\"https://evil.example\")'\n    #", 1)
        )
    editor.export()
    figures = load_workbook(editor.workbook)["figures"]
    cell = figures.cell(row_of(figures, "overstay_fine"), column_of(figures, "note"))
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("https://evil.example")')
    assert editor.run("import", editor.workbook).plain == "Nothing to change."
    editor.export_csv()
    assert "\"'=HYPERLINK(" in (editor.csv / "figures.csv").read_text()
    assert editor.run("import", editor.csv).plain == "Nothing to change."


@pytest.mark.parametrize(
    "text",
    ["=1", "+855", "-x", "@a", "'quoted", "''", "2026-11-23", "2020-03", "1e5", "007", "1/2", "x"],
)
def test_csv_guards_are_undone(text: str, tmp_path: Path) -> None:
    columns = tuple(column for column in ITEM_SHEETS[1].keys)
    grid = Grid("sources", ("entry", "(name)", *columns, "row"), (Row(2, {"title": text}),))
    written = csv_files.text_of(grid)
    assert written.startswith(b"\xef\xbb\xbf")
    (tmp_path / "sources.csv").write_bytes(written)
    errors: list[object] = []
    read = csv_files._read(tmp_path, "sources", ("en",), errors)  # type: ignore[arg-type]
    assert (read.rows[0].cells, errors) == ({"title": text}, [])
    raw = written.decode("utf-8-sig").splitlines()[1].split(",")[2]
    assert not raw.strip('"').startswith(("=", "+", "-", "@"))


def test_an_export_never_overwrites_what_somebody_worked_on(editor: Editor) -> None:
    editor.export()
    before = editor.workbook.read_bytes()
    printed = editor.run("export", editor.workbook)
    assert printed.status == 1
    assert "--replace" in printed.errors
    assert editor.workbook.read_bytes() == before
    assert editor.run("export", editor.place / "x.csv").status == 2


def test_rows_stand_in_the_order_of_the_files(editor: Editor) -> None:
    files = sources.read(editor.content)
    grids = {grid.name: grid for grid in laying_out.grids(files)}
    ids = [
        row.cells["id"] for name in ("missions", "services", "figures") for row in grids[name].rows
    ]
    assert ids == list(files.entries)
