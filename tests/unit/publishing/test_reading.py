"""What is read and judged: the files that people keep, and not what their programs leave."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot import clock
from bot.content import library
from bot.content.memory import Memory
from bot.domain.problems import Problem, Severity
from bot.domain.yaml_source import is_left_by_an_editor
from bot.publishing import reading
from bot.publishing.edition import EditionRefused
from tests.support.editions import small_copy


def test_what_editing_programs_leave_is_neither_read_nor_watched(tmp_path: Path) -> None:
    files = small_copy(tmp_path)
    before, seen = reading.read(files, clock.today()), files.signature()
    for name in (".en.md.swp", "en.md~", "4913.tmp", "#en.md#", ".#en.md", "en.md___jb_tmp___"):
        (files.content / "answers" / "passport_missing" / name).write_text("half", encoding="utf-8")
        (files.flows / name.replace("en.md", "wages.yml")).write_text("half", encoding="utf-8")
    assert files.signature() == seen
    assert reading.read(files, clock.today()).version == before.version


@pytest.mark.parametrize("name", ["en.md", "id.ID.md", "missions.yml", "wages.yml", "notes.txt"])
def test_what_people_write_is_no_leftover(name: str) -> None:
    assert not is_left_by_an_editor(name)


def test_every_change_of_a_file_is_seen(tmp_path: Path) -> None:
    files = small_copy(tmp_path)
    path = files.flows / "wages.yml"
    seen = [files.signature()]
    path.write_text(path.read_text(encoding="utf-8") + "# \n", encoding="utf-8")
    seen.append(files.signature())
    kept = path.stat()
    path.write_text(path.read_text(encoding="utf-8")[:-2] + "#\n", encoding="utf-8")
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))  # as a sync program does
    seen.append(files.signature())
    path.rename(path.with_name("wage.yml"))
    seen.append(files.signature())
    path.with_name("wage.yml").unlink()
    seen.append(files.signature())
    assert len(set(seen)) == len(seen)


def test_an_error_is_refused_and_a_warning_is_not(tmp_path: Path) -> None:
    files = small_copy(tmp_path)
    path = files.content / "phrases" / "en.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  no_answer: ", "  no_answer: <b>"), encoding="utf-8")
    with pytest.raises(EditionRefused) as caught:
        reading.read(files, clock.today())
    assert all(problem.severity is Severity.ERROR for problem in caught.value.problems)
    assert "content/phrases/en.yml" in str(caught.value)


def test_a_version_that_was_judged_is_not_judged_again(tmp_path: Path) -> None:
    files = small_copy(tmp_path)
    path = files.content / "phrases" / "en.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  no_answer: ", "  no_answer: x <b>y</b> #"), encoding="utf-8")
    found = reading.look(files, clock.today())
    assert found.errors
    assert found.edition is not None
    assert not reading.look(files, clock.today(), [found.edition.version]).errors


def test_whatever_reading_trips_over_is_a_problem_with_a_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = small_copy(tmp_path)
    path = files.content / "answers" / "passport_missing"
    for error, wanted in (
        (OSError(5, "Input/output error", str(path)), "content/answers/passport_missing"),
        (KeyError("secret"), "content"),
    ):

        def trip(_root: Path, _memory: Memory, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(library, "load", trip)
        [problem] = reading.look(files, clock.today()).problems
        assert problem.file == wanted
        assert problem.severity is Severity.ERROR
        assert problem.mend
        assert "secret" not in str(problem)


def test_a_problem_is_told_as_compilers_do() -> None:
    told = str(Problem("content/phrases/en.yml", 7, "a single brace", "write {slot}"))
    assert told == "content/phrases/en.yml:7: error: a single brace (write {slot})"
