"""Promise: whatever was edited, what is remembered changes nothing of what is found wrong."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import clock
from bot.content.check_renderings import Renderings
from bot.content.check_scope import Scope
from bot.content.memory import Memory
from bot.content.problems import RenderError
from bot.content.render import render_answer
from bot.content.voice import Voice
from bot.publishing import reading
from bot.publishing.reading import Files, Reading
from tests.support.broken_edits import KINDS, Broken, forbid, undo
from tests.support.editions import project_content, small_copy
from tests.support.flow_parts import tiers
from tests.support.mutations import mutate

ELSEWHERE = (
    ("content/phrases/en.yml", '"(not confirmed)"', f'"({"not confirmed " * 70})"'),
    ("content/phrases/en.yml", '"This text was written', f'"{"By a machine. " * 80}'),
    ("content/phrases/en.yml", "nobody there: {numbers}", "nobody there: {number}"),
    ("content/safety_words.yml", "    - police\n", "    - police\n    - lost\n"),
    ("content/directory/figures.yml", "en: 10 US dollars", "en: _10 US dollars"),
    ("content/directory/missions.yml", "en: Embassy of Indonesia", "en: _Embassy of Indonesia"),
    ("content/directory/services.yml", "id: police_117", "id: police_118"),
)
"""Edits of what other texts are made of: file, text, and what is put in its place."""


@dataclass
class Edited:
    """A copy of the files that is read again and again, and a good copy to mend it from."""

    root: Path
    good: Path
    files: Files
    memory: Memory = field(default_factory=Memory)

    def look(self, today: date | None = None) -> Reading:
        """Read it both ways, and find the same."""
        today = today or clock.today()
        anew = reading.look(self.files, today)
        again = reading.look(self.files, today, (), self.memory)
        assert again.problems == anew.problems
        assert (again.edition and again.edition.version) == (anew.edition and anew.edition.version)
        return again

    def mend(self) -> None:
        for name in ("content", "flows"):
            undo(name, self.root, self.good)


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edited]:
    root, good = tmp_path_factory.mktemp("edited"), tmp_path_factory.mktemp("good")
    found = Edited(root, good, small_copy(root))
    for name in ("content", "flows"):
        shutil.copytree(root / name, good / name)
    before = found.look().problems
    yield found
    found.mend()
    assert found.look().problems == before


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name.replace(" ", "_"))
def test_a_broken_edit_is_found_as_in_a_reading_from_nothing(edited: Edited, kind: Broken) -> None:
    if kind.edit is forbid and os.geteuid() == 0:
        pytest.skip("nothing is forbidden to root")
    kind.edit(edited.root / kind.path)
    try:
        edited.look()
    finally:
        undo(kind.path, edited.root, edited.good)


@pytest.mark.parametrize(("path", "before", "after"), ELSEWHERE)
def test_an_edit_that_reaches_into_other_files_is_judged_there(
    edited: Edited, path: str, before: str, after: str
) -> None:
    changed = edited.root / path
    text = changed.read_text(encoding="utf-8")
    assert before in text
    found = edited.look().problems
    changed.write_text(text.replace(before, after, 1), encoding="utf-8")
    try:
        assert {problem.file for problem in {*edited.look().problems} - {*found}} - {path}
    finally:
        undo(path, edited.root, edited.good)


@pytest.mark.parametrize("seed", range(2))
def test_any_edit_upon_any_other_is_found_as_in_a_reading_from_nothing(
    edited: Edited, seed: int
) -> None:
    chance, judged, told = random.Random(seed), 0, 0
    for _ in range(20):
        mutate(edited.root, chance)
        found = edited.look()
        judged += found.edition is not None
        told += bool(found.problems)
        if found.edition is None:
            edited.mend()
    edited.mend()
    assert min(judged, told) >= 3


def test_what_hangs_on_the_day_is_found_on_that_day(edited: Edited) -> None:
    today = clock.today()
    fresh = edited.look(today).problems
    old = edited.look(today + timedelta(days=400)).problems
    assert len(old) > len(fresh)
    assert edited.look(today).problems == fresh


def test_a_memory_does_not_grow(edited: Edited) -> None:
    edited.mend()
    for _ in range(2):  # what half a reading left goes with the second whole one
        edited.look()
    size = len(edited.memory._pieces)
    answer = edited.root / "content" / "answers" / "passport_missing" / "id.md"
    for _ in range(3):
        answer.rename(answer.with_name("id.FR.md"))
        edited.look()
        answer.with_name("id.FR.md").rename(answer)
        edited.look()
    edited.look()
    assert len(edited.memory._pieces) == size


def test_a_rendering_that_is_remembered_is_what_a_contact_reads() -> None:
    """All that a text may say is among the values that its renderings are remembered with."""
    library = project_content()
    renderings = Renderings(Scope(library, tiers(), clock.today()))
    for answer in library.answers.values():
        whole = Voice(library, answer.language, answer.verified_on)
        narrow = renderings._text(answer)
        for country in renderings._readers(answer):
            missions = renderings._missions.get(country or "", ())
            try:
                said = render_answer(answer, whole, country)
            except RenderError:
                with pytest.raises(RenderError):
                    render_answer(answer, narrow.voice(missions), country)
            else:
                assert render_answer(answer, narrow.voice(missions), country) == said
