"""While an operator has a conversation the bot is silent, and what the contact writes reaches them.

What is about the contact's own safety goes on by itself.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import clock, queue, turn
from bot.domain.cases import CaseStatus, Move, Outcome
from bot.domain.messages import Kind
from bot.handoff import failures
from bot.handoff.contact import arrivals
from bot.storage.messages import Status
from bot.storage.posts import Post, PostKind, PostStatus
from tests.support.parts import Parts
from tests.support.turned import CALM, CRITICAL, Turned, Writer, line_of, payloads_of, texts_of

SAFETY, IS_HERE = "handoff_safety", "handoff_operator_is_here"
SHOWN = (PostKind.PAGE, PostKind.MESSAGE)


@dataclass
class Held:
    """A contact whose case an operator has."""

    line: Turned
    contact: Writer
    case: uuid.UUID
    operator: uuid.UUID

    async def shown(self) -> list[uuid.UUID | None]:
        """The messages that stand in the room."""
        return [post.message_id for post in await self.line.posts(self.case, *SHOWN)]

    async def shows_all(self) -> bool:
        """Whether the room shows each message of the contact once, in order."""
        return await self.shown() == [row.id for row in await self.contact.rows()]


@pytest.fixture
def line(parts: Parts, tmp_path: Path) -> Turned:
    return line_of(parts, tmp_path)


@pytest.fixture
async def held(line: Turned) -> Held:
    someone = line.contact()
    await someone.write(CRITICAL)
    case = await someone.case()
    operator = await line.operator()
    await line.move(case.id, Move.CLAIM, operator)
    await line.change(case.id, unanswered_since=None)  # the operator has answered
    return Held(line, someone, case.id, operator)


async def test_a_question_is_relayed_and_the_bot_says_nothing(held: Held) -> None:
    before = await held.contact.state()
    assert await held.contact.write(CALM) == []
    (row,) = [row for row in await held.contact.rows() if row.id == (await held.shown())[-1]]
    assert row.status == Status.TURNED.value
    assert await held.shows_all()
    assert before.frames, "a question was open"
    assert (await held.contact.state()).frames == ()


async def test_the_contact_waits_for_an_answer_from_the_first_message_on(held: Held) -> None:
    await held.contact.write(CALM)
    case = await held.line.row(held.case)
    since = case.unanswered_since
    assert since is not None
    assert case.watch_at == since
    assert await held.line.jobs(queue.Job.WATCH, held.case)
    assert await held.line.jobs(queue.Job.POST, held.case)
    with clock.moved(timedelta(minutes=2)):
        await held.contact.write("are you there?")
    assert (await held.line.row(held.case)).unanswered_since == since


@pytest.mark.parametrize(
    "kind", [Kind.PHOTO, Kind.VOICE, Kind.STICKER, Kind.LOCATION, Kind.CONTACT]
)
async def test_what_is_no_text_is_relayed_too(held: Held, kind: Kind) -> None:
    assert await held.contact.write("", kind=kind, attachment={"file_id": "x"}) == []
    assert await held.shows_all()


async def test_a_critical_message_calls_again_and_brings_the_numbers_once_in_half_an_hour(
    held: Held,
) -> None:
    said = await held.contact.write(f"{CRITICAL}, now")
    assert held.line.phrase(SAFETY) in texts_of(said)
    assert "117" in texts_of(said)
    assert "119" in texts_of(said)
    pages = await held.line.posts(held.case, PostKind.PAGE)
    assert len(pages) == 2
    assert pages[-1].urgent
    assert await held.contact.write(f"{CRITICAL}, please") == []
    assert len(await held.line.posts(held.case, PostKind.PAGE)) == 3
    assert await held.shows_all()
    with clock.moved(timedelta(minutes=31)):
        assert held.line.phrase(SAFETY) in texts_of(await held.contact.write(f"{CRITICAL} again"))


async def test_a_case_that_was_lowered_is_critical_again(held: Held) -> None:
    await held.line.move(held.case, Move.LOWER, held.operator)
    await held.contact.write(CRITICAL)
    case = await held.line.row(held.case)
    assert (case.tier, case.status) == ("critical", CaseStatus.CLAIMED.value)


@pytest.mark.parametrize("payload", ["/SetSlots(in_danger=true)", "/held_captive"])
async def test_a_button_that_says_danger_calls_like_a_message(held: Held, payload: str) -> None:
    said = await held.contact.press(payload)
    assert held.line.phrase(SAFETY) in texts_of(said)
    assert len(await held.line.posts(held.case, PostKind.PAGE)) == 2
    assert await held.shows_all()


async def test_erasing_goes_on_by_itself(held: Held) -> None:
    said = await held.contact.command("wipe")
    assert held.line.phrase("ask_confirm_wipe") in texts_of(said)
    assert "/SetSlots(confirm_wipe=true)" in payloads_of(said)
    by_hand = await held.contact.press("/answer(wipe_by_hand)")
    assert by_hand
    before, identity = len(await held.shown()), await held.contact.id()
    await held.contact.press("/SetSlots(confirm_wipe=true)")
    assert held.line.phrase("wiped") in texts_of(await held.contact.said(identity))
    assert await held.line.jobs(queue.Job.WIPE, identity)
    assert len(await held.shown()) == before, "nothing new is shown of what is being erased"


async def test_who_does_not_erase_is_asked_nothing_else(held: Held) -> None:
    await held.contact.press("/delete_data")
    (said,) = await held.contact.press("/SetSlots(confirm_wipe=false)")
    assert said.text == held.line.phrase("not_wiped")


async def test_a_yes_to_the_operator_erases_nothing(held: Held) -> None:
    await held.contact.command("wipe")
    assert await held.contact.write("yes") == []
    await held.line.move(held.case, Move.RELEASE, held.operator)
    assert held.line.phrase("wiped") not in texts_of(await held.contact.write("yes"))
    assert not (await held.contact.conversation()).wiping


@pytest.mark.parametrize(
    "act", ["/privacy_question", "/answer(what_we_keep)", "/emergency_numbers"]
)
async def test_a_page_about_safety_is_given(held: Held, act: str) -> None:
    assert await held.contact.press(act)
    assert await held.contact.command("privacy")
    case = await held.line.row(held.case)
    assert case.unanswered_since is None, "the operator owes no answer to this"


async def test_a_language_is_stored_in_silence(held: Held) -> None:
    assert await held.contact.press("/SetSlots(language=id)") == []
    conversation = await held.contact.conversation()
    assert (conversation.language, conversation.language_chosen) == ("id", True)
    case = await held.line.row(held.case)
    assert (case.language, case.card_stale, case.unanswered_since) == ("id", True, None)
    assert await held.contact.command("language", "en") == []
    assert (await held.contact.conversation()).language == "en"
    assert await held.contact.press("/SetSlots(language=xx)") == []
    assert (await held.contact.conversation()).language == "en"


async def test_other_commands_are_told_that_an_operator_is_here_once_in_ten_minutes(
    held: Held,
) -> None:
    (said,) = await held.contact.command("menu")
    assert said.text == held.line.phrase(IS_HERE)
    assert payloads_of([said]) == []
    for name in ("start", "human", "help", "nonsense"):
        assert await held.contact.command(name) == []
    assert await held.contact.press("/shelter_find") == []
    assert await held.shows_all()
    with clock.moved(timedelta(minutes=11)):
        assert texts_of(await held.contact.command("menu")) == held.line.phrase(IS_HERE)


async def test_a_claim_between_deciding_and_storing_keeps_the_bots_answer_back(
    line: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone, operator = line.contact(), await line.operator()
    await someone.write(CRITICAL)
    case = await someone.case()
    store = turn._store
    claimed: list[bool] = []

    async def claiming(*given: object) -> bool:
        if not claimed:
            await line.move(case.id, Move.CLAIM, operator)
            claimed.append(True)
        return await store(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(turn, "_store", claiming)
    assert await someone.write(CALM) == []
    assert claimed
    rows = await someone.rows()
    assert [post.message_id for post in await line.posts(case.id, *SHOWN)] == [
        row.id for row in rows
    ]
    assert (await line.row(case.id)).unanswered_since is not None


async def test_a_release_between_deciding_and_storing_lets_the_bot_answer(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = turn._store
    released: list[bool] = []

    async def releasing(*given: object) -> bool:
        if not released:
            await held.line.move(held.case, Move.RELEASE, held.operator)
            released.append(True)
        return await store(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(turn, "_store", releasing)
    assert "Kenya" in texts_of(await held.contact.write(CALM))
    assert await held.shows_all()


async def test_an_edit_changes_what_the_desk_shows_and_is_no_new_message(held: Held) -> None:
    await held.contact.write("my name is Siti", reference="77")
    rows = await held.contact.rows()
    for post in await held.line.posts(held.case):
        await _posted(held, post.id)
    assert await held.contact.write("my name is Rahayu", reference="77", edited=True) == []
    assert (await held.contact.texts())[-1] == "my name is Rahayu"
    assert [row.id for row in await held.contact.rows()] == [row.id for row in rows]
    (revise,) = await held.line.posts(held.case, PostKind.REVISE)
    assert revise.message_id == rows[-1].id
    for number in range(5):
        await held.contact.write(f"my name is Rahayu {number}", reference="77", edited=True)
    assert len(await held.line.posts(held.case, PostKind.REVISE)) == 2, "the last one shows all"
    assert (await held.contact.texts())[-1] == "my name is Rahayu 4"


async def test_an_edit_while_the_bot_helps_is_shown_and_not_answered_anew(line: Turned) -> None:
    someone = line.contact()
    await someone.write(CRITICAL)
    await someone.write(CALM, reference="77")
    assert await someone.write("where is the embassy of nepal", reference="77", edited=True) == []
    assert (await someone.texts())[-1] == "where is the embassy of nepal"


async def test_an_edit_that_makes_it_urgent_is_judged_as_a_message(held: Held) -> None:
    await held.contact.write("thank you for writing", reference="77")
    said = await held.contact.write(f"{CRITICAL}, at the door", reference="77", edited=True)
    assert held.line.phrase(SAFETY) in texts_of(said)
    assert len(await held.contact.rows()) == 3
    assert len(await held.line.posts(held.case, PostKind.PAGE)) == 2


async def test_an_edit_of_what_no_desk_shows_is_a_message(line: Turned) -> None:
    someone = line.contact()
    await someone.write(CALM, reference="77")
    assert await someone.write("where is the embassy of nepal", reference="77", edited=True)
    assert len(await someone.rows()) == 2


async def test_after_the_talk_nothing_is_left_of_what_the_bot_had_asked(line: Turned) -> None:
    someone, operator = line.contact(), await line.operator()
    await someone.write(CRITICAL)
    assert (await someone.state()).frames
    case = (await someone.case()).id
    await line.move(case, Move.CLAIM, operator)
    await someone.answered_by(operator)
    await line.move(case, Move.RESOLVE, operator, Outcome.SAFE)
    said = texts_of(await someone.write("thank you"))
    assert said == line.phrase("thanks")


async def test_a_message_that_fails_is_shown_to_the_operator_and_nobody_says_sorry(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await held.contact.store("x")
    identity = await held.contact.id()
    before = len(await held.contact.said())
    await failures.give_up(held.line.parts, identity, message, cause="test")
    assert len(await held.contact.said()) == before
    assert (await held.shown())[-1] == message
    assert (await held.line.row(held.case)).unanswered_since is not None


async def test_a_conversation_whose_operator_has_no_case_comes_back_to_the_bot(
    line: Turned,
) -> None:
    someone = line.contact()
    await someone.write(CALM)
    await someone.change(owner=str(uuid.uuid4()))
    assert "Kenya" in texts_of(await someone.write(CALM))
    assert not arrivals.is_held(await someone.conversation())


async def _posted(held: Held, post: uuid.UUID) -> None:
    async with held.line.store.database.transaction() as session:
        await session.execute(
            sa.update(Post).where(Post.id == post).values(status=PostStatus.POSTED.value)
        )
