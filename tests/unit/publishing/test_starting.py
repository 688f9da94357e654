"""A start is not stopped by a broken file: the last good edition stands in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot import clock
from bot.publishing import starting
from bot.publishing.edition import EditionRefused
from bot.publishing.reading import Files
from bot.publishing.shelf import COPIES, Shelf
from bot.publishing.starting import Start
from tests.support.editions import small_copy


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return small_copy(tmp_path / "edited")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "published")


def _begin(files: Files, shelf: Shelf) -> Start:
    return starting.begin(files, shelf, clock.today())


def _change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def _break(files: Files) -> None:
    """So that it cannot be loaded at all."""
    (files.content / "phrases" / "en.yml").write_text("phrases: [", encoding="utf-8")


def _worsen(files: Files) -> None:
    """So that it can be loaded, and one text is worse."""
    path = files.content / "answers" / "passport_missing" / "en.md"
    _change(path, "A lost", "<b>A lost</b>")


def test_sound_files_are_what_the_line_speaks_from_and_are_kept(files: Files, shelf: Shelf) -> None:
    start = _begin(files, shelf)
    assert not start.refused
    assert not start.flaws
    assert shelf.versions() == [start.edition.version]


@pytest.mark.parametrize("spoil", [_break, _worsen])
def test_broken_files_give_way_to_the_last_good_edition(
    files: Files, shelf: Shelf, spoil: object
) -> None:
    good = _begin(files, shelf).edition.version
    assert callable(spoil)
    spoil(files)
    start = _begin(files, shelf)
    assert start.edition.version == good
    assert start.refused
    assert all(problem.file.startswith("content/") for problem in start.refused)


def test_without_one_a_worse_text_does_not_keep_the_line_silent(files: Files, shelf: Shelf) -> None:
    _worsen(files)
    start = _begin(files, shelf)
    assert not start.refused
    assert [flaw.file for flaw in start.flaws] == ["content/answers/passport_missing/en.md"]
    assert shelf.versions() == []  # nothing to fall back to later


def test_without_one_files_that_cannot_be_read_are_refused(files: Files, shelf: Shelf) -> None:
    _break(files)
    with pytest.raises(EditionRefused, match=r"content/phrases/en\.yml:\d+"):
        _begin(files, shelf)


def test_a_question_that_went_while_the_line_was_down_needs_a_successor_too(
    files: Files, shelf: Shelf
) -> None:
    good = _begin(files, shelf).edition.version
    _change(files.flows / "danger.yml", "id: ask_place", "id: place_asked")
    start = _begin(files, shelf)
    assert start.edition.version == good
    assert ["ask_place" in problem.what for problem in start.refused] == [True]


def test_a_copy_that_was_damaged_gives_way_to_the_one_before(files: Files, shelf: Shelf) -> None:
    first = _begin(files, shelf).edition.version
    _change(files.content / "phrases" / "en.yml", "  no_answer: ", "  # changed\n  no_answer: ")
    second = _begin(files, shelf).edition.version
    assert shelf.versions() == [second, first]
    (shelf.root / second / "flows" / "wages.yml").unlink()
    _break(files)
    assert _begin(files, shelf).edition.version == first


def test_few_copies_are_kept_and_files_that_changed_meanwhile_are_not(
    files: Files, shelf: Shelf
) -> None:
    for number in range(COPIES + 2):
        shelf.keep(files, f"v{number}", files.signature())
    assert shelf.versions() == [f"v{number}" for number in range(COPIES + 1, 1, -1)]
    shelf.keep(files, "torn", frozenset())
    assert "torn" not in shelf.versions()
    assert len(list(shelf.root.iterdir())) == COPIES


def test_a_full_disk_stops_nothing(files: Files, tmp_path: Path) -> None:
    (tmp_path / "published").write_text("in the way", encoding="utf-8")
    assert not _begin(files, Shelf(tmp_path / "published")).refused


def test_a_fact_of_a_day_to_come_is_sound_when_that_day_has_come(
    files: Files, shelf: Shelf
) -> None:
    wait = timedelta(days=5)
    path = files.content / "directory" / "figures.yml"
    day = path.read_text(encoding="utf-8").partition("verified_on: ")[2][:10]
    _change(path, f"verified_on: {day}", f"verified_on: {clock.today() + wait}")
    assert _begin(files, shelf).flaws
    with clock.moved(wait):
        assert not _begin(files, shelf).flaws
