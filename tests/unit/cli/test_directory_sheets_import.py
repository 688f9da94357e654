"""What an editor changes in the sheets is shown, checked, and written whole or not at all."""

from __future__ import annotations

import os
import pty
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from bot.cli.content import replacing
from bot.content.library import load
from bot.settings import ROOT
from tests.support.spreadsheets import Editor, column_of, row_of
from tests.unit.cli.test_directory_sheets import ID_EMBASSY, changed_lines, editor

__all__ = ["editor"]


def test_the_change_is_shown_and_nothing_written_without_a_yes(editor: Editor) -> None:
    before = editor.files()
    editor.export()
    editor.change("phones", ID_EMBASSY, "number", "+85512813283")
    printed = editor.run("import", editor.workbook)
    assert printed.status == 1
    assert "phone 1: number +85512813282 +85512813283" in printed.plain
    assert "Nothing was written: there is nobody to ask" in printed.errors
    assert editor.files() == before


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_it_asks_whom_it_can_ask(
    editor: Editor, monkeypatch: pytest.MonkeyPatch, answer: str, *, written: bool
) -> None:
    before = editor.files()
    editor.export()
    editor.change("missions", ID_EMBASSY, "note", "A shorter note.")
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    with os.fdopen(theirs, encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        printed = editor.run("import", editor.workbook)
    os.close(ours)
    assert "Write this change? [y/N]" in printed.output
    assert (editor.files() != before) is written
    assert printed.status == (0 if written else 1)


def test_a_new_number_that_nobody_called_is_pointed_out(editor: Editor) -> None:
    editor.export()
    editor.change("phones", ID_EMBASSY, "number", "+85512813283")
    said = "the number changed to +85512813283, but verified_on is still 2026-11-23"
    assert said in editor.run("import", editor.workbook).plain
    editor.change("phones", ID_EMBASSY, "verified_on", datetime(2026, 11, 24))  # noqa: DTZ001 - as Excel has days
    assert "verified_on is still" not in editor.run("import", editor.workbook).plain


def test_who_says_beside_the_number_that_it_was_called_is_not_asked_again(editor: Editor) -> None:
    editor.export()
    editor.change("phones", ID_EMBASSY, "number", "+85512813283")
    editor.change("phones", ID_EMBASSY, "verified_on", "2026-11-23")  # the day of the entry
    editor.change("phones", ID_EMBASSY, "checked_by", "case worker")
    assert "verified_on is still" not in editor.run("import", editor.workbook).plain


def test_the_first_mission_of_a_country_takes_it_from_those_not_found(editor: Editor) -> None:
    before = load(editor.content).directory.not_found
    assert "LA" in before
    editor.export()
    editor.append(
        *("missions",),
        id="la_embassy_phnom_penh",
        country="LA",
        kind="embassy",
        resident="yes",
        confidence="medium",
        verified_on="2026-11-23",
        review_by="2026-12-23",
        checked_by="lawyer",
        owner="editors",
    )
    entry = "la_embassy_phnom_penh"
    editor.append("names", entry=entry, field="name", en="Embassy of Laos", id="Kedutaan Laos")
    editor.append("sources", entry=entry, title="A call", date="2026-11-23", ref="by phone")
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 0, printed
    assert "a mission of LA is known now; its code leaves `not_found`" in printed.plain
    directory = load(editor.content).directory
    assert directory.mission(entry) is not None
    assert directory.not_found == tuple(code for code in before if code != "LA")


def test_one_of_the_csv_files_alone_is_told_what_to_name(editor: Editor) -> None:
    editor.export_csv()
    printed = editor.run("import", editor.csv / "phones.csv", "--yes")
    assert printed.status == 1
    assert f"name the directory that holds them: {editor.csv}" in printed.errors


def test_the_name_of_a_person_is_refused_where_a_role_stands(editor: Editor) -> None:
    before = editor.files()
    editor.export()
    editor.change("missions", ID_EMBASSY, "checked_by", "Sophea Chan")
    printed = editor.run("import", editor.workbook, "--yes")
    assert (printed.status, "the name of a person" in printed.errors) == (1, True)
    assert editor.files() == before


def test_a_day_may_be_a_day_of_the_spreadsheet(editor: Editor) -> None:
    before = editor.file("missions").read_bytes()
    editor.export()
    editor.change("missions", ID_EMBASSY, "verified_on", datetime(2026, 11, 22))  # noqa: DTZ001 - as Excel has days
    assert editor.run("import", editor.workbook, "--yes").status == 0
    assert changed_lines(before, editor.file("missions").read_bytes()) == [
        "-    verified_on: 2026-11-23",
        "+    verified_on: 2026-11-22",
    ]


def test_a_short_code_may_be_a_number_of_the_spreadsheet(editor: Editor) -> None:
    editor.export()
    editor.change("phones", "police_117", "number", 117.0)
    assert editor.run("import", editor.workbook).plain == "Nothing to change."


def test_comments_behind_a_changed_value_stay(editor: Editor) -> None:
    path = editor.file("missions")
    number = "      - number: '+85512813282'"
    path.write_text(path.read_text().replace(number, f"{number}  # at the gate", 1))
    editor.export()
    editor.change("phones", ID_EMBASSY, "number", "+85512813283")
    assert editor.run("import", editor.workbook, "--yes").status == 0
    assert "- number: '+85512813283'  # at the gate\n" in path.read_text()


def test_a_new_entry_is_written_as_the_others_are(editor: Editor) -> None:
    before = editor.file("services").read_bytes()
    editor.export()
    evidence = {"confidence": "low", "verified_on": "2026-11-23", "review_by": "2026-12-23"}
    editor.append(
        *("services",),
        id="new_shelter",
        kind="shelter",
        what="Beds",
        checked_by="nobody",
        **{"owner": "editors", **evidence},
    )
    editor.append("names", entry="new_shelter", field="name", en="A shelter", id="Penampungan")
    editor.append(
        "phones", entry="new_shelter", number="+85523217934", uses="office", confidence="low"
    )
    editor.append(
        "sources", entry="new_shelter", title="A page: new", date="2026-11", ref="shelf 2"
    )
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 0, printed
    assert "New service new_shelter (A shelter)" in printed.plain
    after = editor.file("services").read_bytes()
    assert after.startswith(before.rstrip())
    added = after.removeprefix(before.rstrip()).decode().rstrip()
    assert (
        added
        == """

  - id: new_shelter
    kind: shelter
    name:
      en: A shelter
      id: Penampungan
    what: Beds
    phones:
      - number: '+85523217934'
        use: office
        confidence: low
    confidence: low
    verified_on: 2026-11-23
    review_by: 2026-12-23
    checked_by: nobody
    owner: editors
    sources:
      - title: 'A page: new'
        date: 2026-11
        ref: shelf 2"""
    )
    assert editor.run("import", editor.workbook, "--yes").plain == "Nothing to change."


def test_a_missing_row_changes_nothing_and_is_told(editor: Editor) -> None:
    before = editor.files()
    editor.export()
    editor.delete("missions", "bn_embassy_phnom_penh")
    editor.delete("phones", ID_EMBASSY, 2)
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 0
    assert "`bn_embassy_phnom_penh` has no row in the sheet missions: it stays" in printed.plain
    assert "the number `+85561844661` has no row any more: it stays" in printed.plain
    assert editor.files() == before


def test_what_is_gone_and_named_is_removed(editor: Editor) -> None:
    before = editor.file("missions").read_bytes()
    editor.export()
    editor.delete("missions", "bn_embassy_phnom_penh")
    editor.delete("phones", ID_EMBASSY, 2)
    words = ("--remove", "bn_embassy_phnom_penh", "--remove", ID_EMBASSY)
    printed = editor.run("import", editor.workbook, "--yes", *words)
    assert printed.status == 0, printed
    lines = changed_lines(before, editor.file("missions").read_bytes())
    assert not [line for line in lines if line.startswith("+") and line != "+"]
    assert "-      - number: '+85561844661'" in lines
    assert "-  - id: bn_embassy_phnom_penh" in lines
    directory = load(editor.content).directory
    assert directory.mission("bn_embassy_phnom_penh") is None
    numbers = [phone.number for phone in directory.missions("ID")[0].phones]
    assert numbers == ["+85512813282", "+85523217934", "+85523216148"]


def test_nothing_is_removed_that_has_its_row(editor: Editor) -> None:
    editor.export()
    printed = editor.run("import", editor.workbook, "--yes", "--remove", ID_EMBASSY)
    assert printed.status == 1
    assert f"--remove {ID_EMBASSY}: all rows of it are there" in printed.complaint


def test_sorted_rows_and_copied_rows_mean_what_they_say(editor: Editor) -> None:
    before = editor.file("missions").read_bytes()
    editor.export()

    def turn_round(sheet: Worksheet) -> None:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        for at, values in enumerate(reversed(rows), start=2):
            for column, value in enumerate(values, start=1):
                sheet.cell(at, column).value = value

    editor.edit("phones", turn_round)
    editor.edit("missions", turn_round)
    assert editor.run("import", editor.workbook).plain == "Nothing to change."

    def copy_above(sheet: Worksheet) -> None:
        row = row_of(sheet, ID_EMBASSY)
        values = [cell.value for cell in sheet[row]]
        sheet.insert_rows(row)
        for column, value in enumerate(values, start=1):
            sheet.cell(row, column).value = value
        sheet.cell(row, column_of(sheet, "number")).value = "+85523216149"

    editor.edit("phones", copy_above)
    assert editor.run("import", editor.workbook, "--yes").status == 0
    lines = changed_lines(before, editor.file("missions").read_bytes())
    assert sorted(lines) == [
        "+        confidence: medium",
        "+        use: office",
        "+      - number: '+85523216149'",
    ]


def test_an_entry_that_changed_in_the_files_is_a_conflict_and_the_others_go_through(
    editor: Editor,
) -> None:
    editor.export()
    editor.change("phones", ID_EMBASSY, "number", "+85512813283")
    editor.change("missions", "cn_embassy_phnom_penh", "note", "Queues are long.")
    path = editor.file("missions")
    path.write_text(path.read_text().replace("'+85512813282'", "'+85512813289'", 1))
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 1
    assert "NOT TAKEN, changed in the files since the export" in printed.plain
    assert "phone 1: number +85512813289 +85512813283" in printed.plain
    text = path.read_text()
    assert "'+85512813289'" in text
    assert "'+85512813283'" not in text
    assert "note: Queues are long.\n" in text


def test_a_change_in_the_files_alone_is_no_conflict(editor: Editor) -> None:
    editor.export()
    path = editor.file("missions")
    path.write_text(path.read_text().replace("'+85512813282'", "'+85512813289'", 1))
    before = editor.files()
    printed = editor.run("import", editor.workbook, "--yes")
    assert (printed.status, printed.plain) == (0, "Nothing to change.")
    assert editor.files() == before


IN_CELLS = (
    ("phones", ID_EMBASSY, "number", 85512813283, "lost the + or zeros"),
    ("phones", "cn_embassy_phnom_penh", "number", 85512813283.5, "lost the + or zeros"),
    ("phones", "vn_embassy_phnom_penh", "number", "=CONCAT(A1)", "a formula"),
    ("phones", "th_embassy_phnom_penh", "checked_by", "#REF!", "the spreadsheet says #REF! here"),
    ("missions", ID_EMBASSY, "verified_on", datetime(2026, 11, 1, 8), "a time of day"),  # noqa: DTZ001
    ("missions", "cn_embassy_phnom_penh", "note", True, "true or false cannot stand here"),
    ("missions", "vn_embassy_phnom_penh", "note", 2020.03, "not a text"),
)
IN_ROWS = (
    ("phones", ID_EMBASSY, "row", "x", "not as it was exported"),
    ("missions", "th_embassy_phnom_penh", "id", None, "the row has no id"),
    ("missions", "vn_embassy_phnom_penh", "id", ID_EMBASSY, "the id stands here twice"),
    ("names", "police_117", "field", "title", "`title` is no field that services have"),
    ("names", ID_EMBASSY, "entry", "id_embasy_phnom_penh", "did you mean `id_embassy_phnom"),
    ("phones", "police_117", "entry", "overstay_fine", "which have no phones"),
    ("sources", "police_117", "entry", None, "the row has no id"),
)
IN_VALUES = (
    ("phones", ID_EMBASSY, "number", "012 813 282", "no phone number that we know how"),
    ("phones", "cn_embassy_phnom_penh", "number", "+8551281328", "no such number exists"),
    ("phones", "vn_embassy_phnom_penh", "number", None, "the text is empty"),
    ("phones", "th_embassy_phnom_penh", "uses", "urgent", "use one of: emergency, office"),
    ("phones", "ph_embassy_phnom_penh", "review_by", "23/12/2026", "no date (write it as 2026-"),
    ("phones", "police_117", "review_by", "2026-11-01", "review_by is not after verified_on"),
    ("missions", ID_EMBASSY, "confidence", "sure", "use one of: high, medium, low"),
    ("missions", "vn_embassy_phnom_penh", "kind", "An Embassy", "no proper id"),
    ("missions", "th_embassy_phnom_penh", "country", "XX", "no country code"),
    ("missions", "ph_embassy_phnom_penh", "resident", "perhaps", "neither yes nor no"),
    ("missions", "my_embassy_phnom_penh", "emails", "a@b.c, nobody", "no e-mail address"),
    ("services", "police_online_hotline", "website", "police.gov.kh", "no web address"),
    ("names", "police_korean_desk", "en", None, "the English text is missing"),
    ("names", ID_EMBASSY, "id", "<b>KBRI</b>", "cannot stand here"),
    ("sources", "ncct", "url", "see there", "no web address"),
    ("sources", "adhoc", "url", None, "the source cannot be found again"),
    ("figures", "overstay_fine", "owner", None, "the text is empty"),
)


@pytest.mark.parametrize("wrong", [IN_CELLS, IN_ROWS, IN_VALUES])
def test_every_wrong_cell_is_told_with_its_place_and_nothing_is_written(
    editor: Editor, wrong: tuple[tuple[str, str, str, object, str], ...]
) -> None:
    before = editor.files()
    editor.export()
    editor.change("missions", "bn_embassy_phnom_penh", "note", "This alone would be right.")
    places = [
        (f"sheet {sheet}", f"row {editor.change(sheet, entry, column, value)}: ", said)
        for sheet, entry, column, value, said in wrong
    ]
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 1
    lines = printed.errors.splitlines()
    for place in places:
        assert any(all(part in line for part in place) for line in lines), (place, lines)
    assert editor.files() == before


def test_a_row_that_does_not_say_when_it_was_exported_is_refused(editor: Editor) -> None:
    editor.export()
    editor.change("missions", ID_EMBASSY, "as_of", None)
    assert editor.run("import", editor.workbook).plain == "Nothing to change."
    editor.change("missions", ID_EMBASSY, "note", "Changed.")
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 1
    assert "is in the files already" in printed.complaint


def _rename(column: str, to: str | None) -> Callable[[Worksheet], object]:
    def put(sheet: Worksheet) -> None:
        sheet.cell(1, column_of(sheet, column)).value = to

    return put


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_rename("number", "telephone"), "the column `number` is missing"),
        (_rename("number", "telephone"), "the column `telephone` is not known here"),
        (_rename("number", "uses"), "the column `uses` stands here twice"),
        (_rename("row", None), "stands in a column without a name"),
        (lambda sheet: setattr(sheet, "title", "Phones"), "sheet phones: the sheet is missing"),
    ],
)
def test_a_sheet_that_is_not_ours_is_refused(
    editor: Editor, change: Callable[[Worksheet], object], said: str
) -> None:
    editor.export()
    editor.edit("phones", change)
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 1
    assert said in printed.complaint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no XLSX file that can be read"),
        (b"PK\x03\x04 torn off", "no XLSX file that can be read"),
        (b"\xd0\xcf\x11\xe0 an old .xls", "no XLSX file that can be read"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused(editor: Editor, content: bytes, said: str) -> None:
    editor.workbook.write_bytes(content)
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 1
    assert said in printed.complaint
    assert editor.run("import", editor.place / "nowhere.xlsx").status == 2


def test_csv_that_is_not_utf_8_or_holds_a_formula_is_refused(editor: Editor) -> None:
    editor.export_csv()
    editor.edit_csv("phones", "'+85512813282", "=1+1")
    printed = editor.run("import", editor.csv, "--yes")
    assert printed.status == 1
    assert "sheet phones, column number, row 2: a formula" in printed.errors
    editor.export_csv()
    (editor.csv / "names.csv").write_bytes((editor.csv / "names.csv").read_text().encode("utf-16"))
    printed = editor.run("import", editor.csv, "--yes")
    assert "not UTF-8 text" in printed.errors
    (editor.csv / "names.csv").unlink()
    assert "sheet names: the sheet is missing" in editor.run("import", editor.csv).errors


def test_a_changed_column_in_brackets_is_pointed_out(editor: Editor) -> None:
    editor.export()
    editor.change("missions", ID_EMBASSY, "(name)", "Indonesian Embassy")
    printed = editor.run("import", editor.workbook)
    assert "column (name), row 2: only for reading, not taken" in printed.plain


def test_what_would_break_a_text_of_the_line_is_not_written(editor: Editor) -> None:
    topic = editor.content / "answers" / "ambulance"
    topic.mkdir()
    (topic / "en.md").write_text(
        "---\ntopic: ambulance\nlanguage: en\nsources:\n  - x\nverified_on: 2026-11-23\n"
        "review_by: 2027-02-21\nreviewed: machine\n---\nCall {{ services.ambulance_119.phone }}.\n"
    )
    before = editor.files()
    editor.export()
    editor.delete("services", "ambulance_119")
    words = ("--yes", "--remove", "ambulance_119")
    printed = editor.run("import", editor.workbook, *words)
    assert printed.status == 1
    assert "content/answers/ambulance/en.md:10" in printed.errors
    assert editor.files() == before


def test_rows_that_are_only_coloured_are_no_rows(editor: Editor) -> None:
    editor.export()

    def colour(sheet: Worksheet) -> None:
        for row in range(sheet.max_row + 1, 12_000):
            sheet.cell(row, 1).number_format = "@"

    editor.edit("figures", colour)
    assert editor.run("import", editor.workbook).plain == "Nothing to change."


def test_what_the_line_would_refuse_is_not_written(editor: Editor) -> None:
    """A text about danger has 300 characters at most: only the tiers tell which those are."""
    before = editor.files()
    folder = editor.content / "answers" / "held_captive"
    shutil.copytree(ROOT / "content" / "answers" / "held_captive", folder, ignore=_not_english)
    editor.export()
    editor.change("names", ID_EMBASSY, "en", "Embassy of Indonesia " * 6)
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 1
    assert "held_captive/en.md" in printed.errors
    assert "shorten it to 300" in printed.errors
    assert editor.files() == before


def _not_english(_: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.startswith("en.")]


def test_a_full_disk_leaves_all_files_as_they_were(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = editor.files()
    editor.export()
    editor.change("missions", ID_EMBASSY, "note", "A shorter note.")
    editor.change("figures", "overstay_fine", "note", "A shorter note.")
    real = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target == editor.file("figures"):
            raise OSError(28, "No space left on device", str(target))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", full)
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 1
    assert "No space left" in printed.errors
    assert editor.files() == before


def test_a_file_that_somebody_changes_while_the_question_stands_is_left_alone(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor.export()
    editor.change("missions", ID_EMBASSY, "note", "A shorter note.")
    path = editor.file("missions")
    theirs = path.read_bytes() + b"# somebody else\n"

    def slow(*_: object) -> tuple[()]:
        path.write_bytes(theirs)
        return ()

    monkeypatch.setattr(replacing, "tried", slow)
    printed = editor.run("import", editor.workbook, "--yes")
    assert printed.status == 1
    assert "somebody changed the file meanwhile" in printed.errors
    assert path.read_bytes() == theirs


def test_only_the_files_of_the_directory_are_there_afterwards(editor: Editor) -> None:
    editor.export()
    editor.change("missions", ID_EMBASSY, "note", "A shorter note.")
    mode = editor.file("missions").stat().st_mode
    assert editor.run("import", editor.workbook, "--yes").status == 0
    assert set(editor.files()) == {"missions.yml", "services.yml", "figures.yml"}
    assert editor.file("missions").stat().st_mode == mode


def test_a_link_to_a_file_stays_a_link(editor: Editor, tmp_path: Path) -> None:
    path = editor.file("missions")
    real = editor.content / "missions.real"
    path.rename(real)
    path.symlink_to(real)
    editor.export()
    editor.change("missions", ID_EMBASSY, "note", "A shorter note.")
    assert editor.run("import", editor.workbook, "--yes").status == 0
    assert path.is_symlink()
    assert "note: A shorter note.\n" in real.read_text()
