"""Whole conversations as data: each goes as it is written, and none is missing.

`HELPLINE_UPDATE_TRANSCRIPTS=1 pytest tests/transcripts` writes the line's part anew.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from bot.flows.definition import LinkStep
from tests.support.flow_parts import project_flows
from tests.transcripts.replay import Played, paths, play, read, texts, write

UPDATE = os.environ.get("HELPLINE_UPDATE_TRANSCRIPTS") == "1"


@cache
def played(path: Path) -> Played:
    return play(read(path))


@pytest.mark.parametrize("path", paths(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_conversation_goes_as_written(path: Path) -> None:
    transcript = read(path)
    if UPDATE:
        write(transcript, played(path))
        return
    assert played(path).turns == list(transcript.turns)


def _written() -> list[str]:
    """The languages in which whole conversations are written down, to be read like a play."""
    return ["en", "id"]


@pytest.mark.parametrize("language", _written())
@pytest.mark.parametrize("flow", sorted(project_flows().flows))
def test_every_flow_has_a_transcript_in_every_written_language(flow: str, language: str) -> None:
    own = [path for path in paths() if path.parent.name == flow and read(path).language == language]
    assert own, f"write tests/transcripts/{flow}/<case>.{language}.yml"
    taken = {place for path in own for place in played(path).path}
    assert any(place.startswith(f"{flow}:") for place in taken), f"{flow} is not reached in {own}"


@pytest.mark.parametrize("language", _written())
def test_every_branch_of_every_flow_is_taken(language: str) -> None:
    taken = {
        place for path in paths() if read(path).language == language for place in played(path).path
    }
    there = set()
    for flow in project_flows().flows.values():
        for step in flow.steps.values():
            targets = [step.flow] if isinstance(step, LinkStep) else []
            targets += [branch.target for branch in step.branches]
            there |= {f"{flow.id}:{step.id}>{target}" for target in targets}
    assert there - taken == set()


@pytest.mark.parametrize("language", _written())
def test_the_same_cases_are_there_in_every_language(language: str) -> None:
    cases = {(path.parent.name, path.stem.rpartition(".")[0]) for path in paths()}
    own = {
        (path.parent.name, path.stem.rpartition(".")[0])
        for path in paths()
        if read(path).language == language
    }
    assert cases - own == set()


@pytest.mark.parametrize("path", paths(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_human_is_always_one_press_away(path: Path) -> None:
    human = {texts().phrase("button_human", code) for code in _written()}
    titles = {phrase.text for phrase in human if phrase}
    for turn in played(path).turns:
        bot = turn["bot"]
        assert isinstance(bot, list)
        called = any("call" in noted for noted in bot)
        offered = any(titles & set(noted.get("buttons", ())) for noted in bot)
        assert called or offered
