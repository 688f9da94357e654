"""Promises about the counts of what is written and what people have read."""

from __future__ import annotations

from pathlib import Path

from bot.content.coverage import Part, coverage
from bot.content.library import load
from tests.unit.content.conftest import answer


def test_what_a_language_lacks_and_what_somebody_has_read_is_counted(tree: Path) -> None:
    (tree / "answers/food").mkdir()
    (tree / "answers/food/en.md").write_text(answer("en", "Rice.", topic="food"), encoding="utf-8")
    own = answer("id", "Ke kedutaan.", "country: ID\n").replace(
        "reviewed: machine", "reviewed: {by: translator, on: 2026-11-24}"
    )
    (tree / "answers/medicine/id.ID.md").write_text(own, encoding="utf-8")
    figures = tree / "directory/figures.yml"
    text = figures.read_text(encoding="utf-8")
    both = text.replace("value: 10 dollars", "value: {en: 10 dollars, th: 10 ดอลลาร์}")
    figures.write_text(both, encoding="utf-8")
    english, indonesian = coverage(load(tree))
    assert english.answers == Part(2, 2)
    assert indonesian.answers == Part(1, 2)
    assert not indonesian.answers.is_whole
    assert indonesian.variants == 1
    assert indonesian.phrases.is_whole
    assert (english.names, indonesian.names) == (Part(1, 1), Part(0, 1))
    assert indonesian.read == Part(1, 3)  # of two answers and the book of phrases
