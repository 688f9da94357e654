"""What a turn makes of a text by its length, and that it pages before anything else can fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast
from uuid import uuid4

import pytest

from bot import replies, turn
from bot.domain.events import Choice, LanguageChanged, Said
from bot.domain.messages import Address, InboundMessage, Kind
from bot.domain.understanding import Assessment, Decision, Entity, Intent, Understanding
from bot.flows.definition import FlowLibrary
from bot.flows.state import TurnInput
from bot.triage import Thresholds
from bot.turn import Turn
from tests.support.flow_parts import Talk, heard, policy, project_flows, tiers
from tests.transcripts.replay import texts

if TYPE_CHECKING:
    from bot.runtime import Runtime


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("ok", False),
        ("Kenya", False),
        ("terima kasih", True),
        ("我的护照丢了", True),
        ("好的", False),
        ("ok 好的好的", False),
        ("👍👍👍👍", False),
        ("নমস্কার", True),
    ],
)
def test_a_short_word_does_not_tell_a_language_and_a_script_tells_more(
    text: str,
    tells: bool,  # noqa: FBT001
) -> None:
    assert replies.tells(text) is tells


@pytest.mark.parametrize(
    ("text", "before", "hint", "language"),
    [
        ("mujhe ghar jana hai visa khatam", None, "hi", "hi"),
        ("mujhe ghar jana hai visa khatam", "hi", "ur", "hi"),
        ("mujhe ghar jana hai visa khatam", None, "en", "ur"),
        ("میرا پاسپورٹ باس کے پاس ہے", "hi", "hi", "ur"),
    ],
)
def test_hindi_and_urdu_in_latin_letters_are_told_apart_by_what_is_known(
    text: str, before: str | None, hint: str, language: str
) -> None:
    assert replies.language_of(["en", "hi", "ur"], text, "ur", before, hint) == language


def test_a_need_is_named_in_the_language_that_the_turn_changes_to() -> None:
    offered = Said("also_wrote", {}, (Choice("/visa_overstay", phrase="intent_visa_overstay"),))
    _, said = replies.named(texts(), (LanguageChanged("id"), offered), "en")
    assert isinstance(said, Said)
    assert said.slots == {"need": "Visa saya habis"}


LINES = Thresholds(page=0.6, ask=0.2, unsure=0.4)
FAR, NEAR = 0.9, 0.7
"""Above the line for a page by more than a reply may soften, and by less."""


class _Lost(Exception):
    """What stands in for any failure."""


@dataclass
class _Steps:
    """The order of what a turn does; reading the flows of an older version fails if it is told."""

    fails: bool = False
    done: list[str] = field(default_factory=list)

    async def flows_of(self, *_: object) -> FlowLibrary:
        self.done.append("flows")
        if self.fails:
            raise _Lost
        return project_flows()

    async def page(self, *_: object) -> None:
        self.done.append("page")


async def _weighed(
    steps: _Steps, urgency: float, monkeypatch: pytest.MonkeyPatch
) -> tuple[FlowLibrary, TurnInput, Assessment]:
    monkeypatch.setattr(turn, "_flows_of", steps.flows_of)
    monkeypatch.setattr(turn, "_page", steps.page)
    talk = Talk()
    talk.say(heard("medical_emergency"))  # where are you?
    runtime = SimpleNamespace(
        thresholds=LINES,
        understander=SimpleNamespace(tiers=tiers()),
        content=texts(),
        policy=policy(),
    )
    inbound = InboundMessage(Address("x", "1"), "1", Kind.TEXT, "Bavet")
    taken = Turn(uuid4(), uuid4(), inbound, talk.state, "en", language_chosen=False)
    understood = Understanding(
        Intent("greet", 0.9), entities=(Entity("city", "Bavet", 0, 5),), urgency=urgency
    )
    return await turn._weigh(cast("Runtime", runtime), taken, understood, "en")


async def test_a_page_that_no_answer_softens_comes_before_anything_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = _Steps()
    _, given, assessment = await _weighed(steps, FAR, monkeypatch)
    assert steps.done == ["page", "flows"]
    assert assessment.decision is Decision.PAGE
    assert not given.answers


async def test_a_page_that_an_answer_softens_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = _Steps()
    _, given, assessment = await _weighed(steps, NEAR, monkeypatch)
    assert steps.done == ["flows"]
    assert assessment.decision is Decision.NONE
    assert given.answers


async def test_when_the_question_cannot_be_looked_up_a_human_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for urgency, done in ((NEAR, ["flows", "page"]), (FAR, ["page", "flows"]), (0.1, ["flows"])):
        steps = _Steps(fails=True)
        with pytest.raises(_Lost):
            await _weighed(steps, urgency, monkeypatch)
        assert steps.done == done
