"""Promises about the list of what editors should do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.content.library import Library, load
from bot.content.stamps import stamp_of_answer, stamp_of_phrase
from bot.content.tasks import Task, TaskKind, tasks
from bot.domain.understanding import Tier
from tests.unit.content.conftest import answer

TODAY = date(2026, 11, 24)
MISSIONS = "directory/missions.yml"
EN = "answers/medicine/en.md"
ID = "answers/medicine/id.md"


def change(tree: Path, file: str, old: str, new: str) -> None:
    path = tree / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def listed(tree: Path, kind: TaskKind, today: date = TODAY) -> list[Task]:
    return [task for task in tasks(load(tree), {}, today) if task.kind is kind]


def test_a_fact_is_due_two_weeks_before_its_review_and_stale_the_day_after(tree: Path) -> None:
    def kinds(today: date) -> set[TaskKind]:
        found = tasks(load(tree), {}, today)
        return {task.kind for task in found if task.file.endswith("missions.yml")}

    assert TaskKind.DUE not in kinds(date(2027, 2, 6))
    assert TaskKind.DUE in kinds(date(2027, 2, 7))
    assert TaskKind.DUE in kinds(date(2027, 2, 21))
    assert kinds(date(2027, 2, 22)) >= {TaskKind.STALE}
    assert TaskKind.DUE not in kinds(date(2027, 2, 22))


def test_an_entry_is_one_task_however_many_of_its_numbers_are_old(tree: Path) -> None:
    more = "high}\n      - {number: '+85523217935', use: emergency, confidence: high}"
    change(tree, MISSIONS, "high}", more)
    (task, *_) = found = listed(tree, TaskKind.STALE, date(2027, 2, 22))
    assert sum(task.file == "content/directory/missions.yml" for task in found) == 1
    assert (task.rank, task.due, task.owner) == (0, date(2027, 2, 21), "editors")


def test_a_number_that_was_called_is_on_the_list_no_more(tree: Path) -> None:
    (task,) = listed(tree, TaskKind.UNCONFIRMED)
    assert (task.file, task.line) == ("content/directory/services.yml", 7)
    change(tree, "directory/services.yml", "checked_by: nobody", "checked_by: desk lead")
    assert listed(tree, TaskKind.UNCONFIRMED) == []


def test_a_doubtful_fact_is_to_be_confirmed(tree: Path) -> None:
    change(tree, "directory/figures.yml", "confidence: high", "confidence: low")
    found = listed(tree, TaskKind.UNCONFIRMED)
    assert [task.file for task in found if "`fine`" in task.what] == [
        "content/directory/figures.yml"
    ]


def test_an_old_answer_is_one_task_in_all_its_languages_and_pressing_when_critical(
    tree: Path,
) -> None:
    (tree / EN).write_text(answer("en", "Hello.", "owner: lawyers\n"), encoding="utf-8")
    library = load(tree)
    found = tasks(library, {"medicine": Tier.CRITICAL}, date(2027, 2, 22))
    (task,) = [task for task in found if "/answers/" in task.file]
    assert (task.file, task.owner, task.rank) == (f"content/{EN}", "lawyers", 1)
    assert task.what.endswith("in 2 languages.")


def test_missing_numbers_and_nationalities_are_looked_for(tree: Path) -> None:
    change(
        tree,
        MISSIONS,
        "    phones:\n      - {number: '+85523217934', use: office, confidence: high}\n",
        "",
    )
    change(tree, MISSIONS, "missions:", "not_found: [LA, TZ]\nmissions:")
    assert [task.what for task in listed(tree, TaskKind.MISSING)] == [
        "No mission is known for people of LA: the line tells them so.",
        "No mission is known for people of TZ: the line tells them so.",
        "`xx_embassy` has no number, and the line says so.",
    ]


def test_a_change_of_the_english_makes_a_task_for_each_file_that_follows_it(tree: Path) -> None:
    library = load(tree)
    stamp = stamp_of_answer(library.answers["medicine", "en", None])
    change(tree, ID, "reviewed: machine", f"reviewed: machine\nenglish: '{stamp}'")
    stamps = "".join(
        f"  {key}: '{stamp_of_phrase(phrase.text)}'\n"
        for key, phrase in library.phrases["en"].phrases.items()
    )
    with (tree / "phrases/id.yml").open("a", encoding="utf-8") as file:
        file.write(f"english:\n{stamps}")
    assert listed(tree, TaskKind.CHANGED) == []

    change(tree, EN, "A doctor:", "A good doctor:")
    change(tree, "phrases/en.yml", "en NO ANSWER", "en NOTHING")
    change(tree, "phrases/en.yml", "en WORD NO", "en NO")
    found = listed(tree, TaskKind.CHANGED)
    assert {task.file for task in found} == {f"content/{ID}", "content/phrases/id.yml"}
    assert {task.owner for task in found} == {"translators"}
    assert any("2 phrases" in task.what for task in found)


def test_a_variant_is_missed_in_the_languages_of_its_country_only(tree: Path) -> None:
    for country in ("ID", "KE"):
        text = answer("en", "To your embassy.", f"country: {country}\n")
        (tree / f"answers/medicine/en.{country}.md").write_text(text, encoding="utf-8")
    found = listed(tree, TaskKind.MISSING)
    assert [task.file for task in found] == ["content/answers/medicine/id.ID.md"]


def test_a_language_that_is_to_come_is_one_task(tree: Path) -> None:
    new = "  - {code: km, name: Khmer, own_name: x, direction: ltr, offered: false}\n"
    with (tree / "languages.yml").open("a", encoding="utf-8") as file:
        file.write(new)
    (task,) = listed(tree, TaskKind.MISSING)
    assert task.what.startswith("1 answer and ")
    assert "of Khmer are not written" in task.what


def test_a_text_that_somebody_has_read_is_counted_no_more(tree: Path) -> None:
    before = {task.what for task in listed(tree, TaskKind.UNREVIEWED)}
    assert any(what.startswith("1 answer and ") and "Indonesian" in what for what in before)
    change(tree, ID, "reviewed: machine", "reviewed: {by: translator, on: 2026-11-24}")
    change(tree, "phrases/id.yml", "reviewed: machine", "reviewed: human")
    (task,) = listed(tree, TaskKind.UNREVIEWED)
    assert "of English" in task.what


def test_the_most_pressing_comes_first(library: Library) -> None:
    found = tasks(library, {}, date(2027, 3, 1))
    assert found == sorted(found)
    assert "people call in danger" in found[0].what
    assert found[0].kind is TaskKind.STALE
    assert found[-1].kind is TaskKind.UNREVIEWED


@pytest.mark.parametrize("today", [TODAY, date(2026, 12, 24), date(2028, 1, 1)])
def test_every_task_says_where_what_and_how_and_nothing_comes_twice(
    library: Library, today: date
) -> None:
    found = tasks(library, {}, today)
    assert len({(task.file, task.what) for task in found}) == len(found)
    for task in found:
        assert task.file.startswith("content/")
        assert task.what.endswith(".")
        assert task.mend
        assert task.owner in {"editors", "translators"}
