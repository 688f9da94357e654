"""Two taps tell how the help was; whatever is pressed, nobody is called and no case is moved."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.cases import CaseStatus, Move, Outcome
from bot.domain.events import Said
from bot.handoff.contact import feedback
from bot.handoff.contact.feedback import Feedback
from tests.support.parts import Parts
from tests.support.turned import CRITICAL, Turned, Writer, line_of, payloads_of, texts_of


@pytest.fixture
def line(parts: Parts, tmp_path: Path) -> Turned:
    return line_of(parts, tmp_path)


@pytest.fixture
async def someone(line: Turned) -> Writer:
    """A contact whose case has just been resolved."""
    found = line.contact()
    await found.write(CRITICAL)
    case, operator = await found.case(), await line.operator()
    await line.move(case.id, Move.CLAIM, operator)
    await line.move(case.id, Move.RESOLVE, operator, Outcome.HELPED)
    return found


async def _judged(someone: Writer) -> str | None:
    case = await someone.case()
    assert case.status == CaseStatus.RESOLVED.value
    assert case.reopened == 0
    return case.feedback


@pytest.mark.parametrize(("verdict", "why"), [("good", "fast"), ("bad", "slow")])
async def test_two_taps_are_stored_and_answered(
    line: Turned, someone: Writer, verdict: str, why: str
) -> None:
    number, pages = (await someone.case()).number, await line.pages()
    said = await someone.press(f"/feedback({number},{verdict})")
    assert await _judged(someone) == verdict
    assert texts_of(said) == line.phrase(f"feedback_why_{verdict}")
    offered = payloads_of(said)
    assert f"/feedback({number},{verdict}_skip)" in offered
    assert len([payload for payload in offered if f",{verdict}_" in payload]) == 4
    assert all(len(payload.encode()) <= 64 for payload in offered)
    said = await someone.press(f"/feedback({number},{verdict}_{why})")
    assert await _judged(someone) == f"{verdict}_{why}"
    assert texts_of(said) == line.phrase(f"feedback_thanks_{verdict}")
    assert await line.pages() == pages


async def test_who_was_not_helped_can_call_a_human(line: Turned, someone: Writer) -> None:
    number = (await someone.case()).number
    assert "/talk_to_human" in payloads_of(await someone.press(f"/feedback({number},bad)"))
    said = await someone.press(f"/feedback({number},bad_skip)")
    assert "/talk_to_human" in payloads_of(said)
    assert await _judged(someone) == "bad"
    await someone.press("/talk_to_human")
    assert (await someone.case()).status == CaseStatus.WAITING.value


async def test_it_is_answered_in_the_contacts_language(line: Turned, someone: Writer) -> None:
    await someone.press("/SetSlots(language=id)")
    number = (await someone.case()).number
    said = await someone.press(f"/feedback({number},good)")
    assert texts_of(said) == line.phrase("feedback_why_good", "id")


async def test_a_mind_can_be_changed(someone: Writer) -> None:
    number = (await someone.case()).number
    for press in ("good", "good_kind", "bad", "bad_skip"):
        await someone.press(f"/feedback({number},{press})")
    assert await _judged(someone) == "bad"


async def test_somebody_elses_number_changes_nothing(line: Turned, someone: Writer) -> None:
    number = (await someone.case()).number
    stranger = line.contact("2")
    said = await stranger.press(f"/feedback({number},bad)")
    assert texts_of(said) == line.phrase("feedback_old")
    assert texts_of(await stranger.press("/feedback(999999999999999999,good)"))
    assert await _judged(someone) is None


async def test_a_case_that_is_open_again_is_not_judged(line: Turned, someone: Writer) -> None:
    number = (await someone.case()).number
    await someone.write(CRITICAL)
    said = await someone.press(f"/feedback({number},good)")
    assert texts_of(said) == line.phrase("feedback_old")
    assert (await someone.case()).feedback is None


async def test_a_press_changes_nothing_of_what_the_flows_had_asked(
    line: Turned, someone: Writer
) -> None:
    number = (await someone.case()).number
    await someone.press("/embassy_contact")
    before = await someone.state()
    assert before.frames
    await someone.press(f"/feedback({number},good)")
    assert await someone.state() == before


async def test_while_an_operator_is_there_it_is_not_talked_about(
    line: Turned, someone: Writer
) -> None:
    number = (await someone.case()).number
    await someone.write(CRITICAL)
    case, operator = await someone.case(), await line.operator("Budi")
    await line.move(case.id, Move.CLAIM, operator)
    said = await someone.press(f"/feedback({number},good)")
    assert texts_of(said) == line.phrase("handoff_operator_is_here")


@pytest.mark.parametrize(
    "payload",
    [
        "/feedback(1,fine)",
        "/feedback(1,good_because)",
        "/feedback(0,good)",
        "/feedback(-1,good)",
        "/feedback(1,good_slow)",
        "/feedback(1,good) ",
        "/feedback(1234567890123456789,good)",
        "feedback(1,good)",
        None,
    ],
)
def test_what_is_not_ours_is_not_read(payload: str | None) -> None:
    assert feedback.read(payload) is None


def test_the_question_offers_what_is_read() -> None:
    offered = [feedback.read(choice.payload) for choice in feedback.choices(7)]
    assert offered == [Feedback(7, "good"), Feedback(7, "bad")]


async def test_a_forged_number_that_is_huge_is_answered(line: Turned) -> None:
    await line.contact().write("hello")
    conversation = await line.contact().conversation()
    async with line.store.database.transaction() as session:
        events = await feedback.take(session, conversation, Feedback(10**18 - 1, "good"))
    assert events == (Said("feedback_old"),)
