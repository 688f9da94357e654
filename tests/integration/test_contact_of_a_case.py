"""What a contact writes reaches the room of their case, whoever answers; and opens it again."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import clock, erasure, queue, turn
from bot.domain.cases import CaseStatus, Move, Outcome
from bot.domain.messages import Kind
from bot.domain.understanding import Tier
from bot.handoff import failures
from bot.handoff.acts import blocking
from bot.storage import conversations
from bot.storage.blocked import BlockedAddress
from bot.storage.cases import Page
from bot.storage.conversations import Conversation
from bot.storage.messages import Status
from bot.storage.posts import EVERYBODY, PostKind
from tests.support.parts import Parts
from tests.support.turned import CALM, CRITICAL, Turned, Writer, line_of, payloads_of, texts_of
from tests.support.witnessed import ran_for


@pytest.fixture
def line(parts: Parts, tmp_path: Path) -> Turned:
    return line_of(parts, tmp_path)


async def _resolved(line: Turned, someone: Writer) -> uuid.UUID:
    """Somebody whose case an operator has just resolved."""
    operator = await line.operator()
    await someone.write(CRITICAL)
    case = await someone.case()
    await line.move(case.id, Move.CLAIM, operator)
    await line.move(case.id, Move.RESOLVE, operator, Outcome.HELPED)
    return case.id


async def test_without_a_case_the_desk_is_shown_nothing(line: Turned) -> None:
    someone = line.contact()
    await someone.write(CALM)
    assert await line.pages() == 0
    assert await line.posts(await someone.id()) == []


async def test_while_a_case_waits_its_room_shows_messages_and_answers_in_order(
    line: Turned,
) -> None:
    someone = line.contact()
    await someone.write(CRITICAL)
    await someone.write(CALM)
    case = await someone.case()
    shown = [
        (PostKind(post.kind), post.message_id)
        for post in await line.posts(case.id)
        if post.kind != PostKind.HISTORY
    ]
    first, second = await someone.rows()
    answers = await someone.rows(inbound=False)
    assert shown == [
        (PostKind.PAGE, first.id),
        *((PostKind.REPLY, row.id) for row in answers if row.turn_id == first.id),
        (PostKind.MESSAGE, second.id),
        *((PostKind.REPLY, row.id) for row in answers if row.turn_id == second.id),
    ]
    assert len(shown) >= 4
    assert await line.jobs(queue.Job.POST, case.id)


async def test_a_turn_that_was_killed_before_its_end_shows_and_says_nothing_twice(
    line: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the page (T2), and once more within T3."""
    someone = line.contact()
    await someone.store(CRITICAL)
    store, apply = turn._store, turn._apply

    class _Killed(Exception):
        pass

    async def killed(*_: object) -> bool:
        raise _Killed

    for name in ("_store", "_apply"):
        monkeypatch.setattr(turn, name, killed)
        with pytest.raises(_Killed):
            await someone.turn()
        monkeypatch.setattr(turn, "_store", store)
        monkeypatch.setattr(turn, "_apply", apply)
    await someone.turn()
    case = await someone.case()
    (row,) = await someone.rows()
    assert await line.pages() == 1
    posts = [post for post in await line.posts(case.id) if post.message_id == row.id]
    assert [post.kind for post in posts] == [PostKind.PAGE]
    answers = await someone.rows(inbound=False)
    assert len(await line.posts(case.id, PostKind.REPLY)) == len(answers)


async def test_the_case_knows_the_country_and_the_language(line: Turned) -> None:
    someone = line.contact()
    await someone.press("/embassy_contact")
    await someone.press("/SetSlots(nationality=ID)")
    await someone.write(CRITICAL)
    case = await someone.case()
    assert (case.country, case.language) == ("ID", "en")
    await someone.press("/SetSlots(language=id)")
    assert (await someone.case()).language == "id"


async def test_a_country_that_is_told_later_comes_to_the_card(line: Turned) -> None:
    someone = line.contact()
    await someone.write(CRITICAL)
    case = await someone.case()
    assert case.country is None
    await line.change(case.id, card_stale=False)
    await someone.press("/embassy_contact")
    await someone.press("/SetSlots(nationality=NP)")
    case = await someone.case()
    assert (case.country, case.card_stale) == ("NP", True)


async def test_who_writes_after_the_case_was_resolved_has_it_again_and_an_answer(
    line: Turned,
) -> None:
    someone = line.contact()
    case = await _resolved(line, someone)
    assert "Kenya" in texts_of(await someone.write(CALM))
    row = await line.row(case)
    assert (row.status, row.reopened) == (CaseStatus.WAITING.value, 1)
    assert (await someone.conversation()).owner == "queue"
    kinds = [(post.kind, post.text) for post in await line.posts(case)]
    assert (PostKind.NOTICE, "desk_reopened") in kinds
    notice = kinds.index((PostKind.NOTICE, "desk_reopened"))
    assert [kind for kind, _ in kinds[notice + 1 :]] == [PostKind.MESSAGE, PostKind.REPLY]
    assert await line.jobs(queue.Job.WATCH, case)


async def test_danger_after_the_case_was_resolved_pages_in_the_same_case(line: Turned) -> None:
    someone = line.contact()
    case = await _resolved(line, someone)
    await someone.write(CRITICAL)
    row = await line.row(case)
    assert (row.status, row.tier) == (CaseStatus.WAITING.value, Tier.CRITICAL.value)
    assert len(await line.posts(case, PostKind.PAGE)) == 2
    assert [post.text for post in await line.posts(case, PostKind.NOTICE)] == ["desk_reopened"]


@pytest.mark.parametrize("text", ["thank you so much", "goodbye", "ok", "yes"])
async def test_a_courtesy_leaves_the_case_as_it_is(line: Turned, text: str) -> None:
    someone = line.contact()
    case = await _resolved(line, someone)
    assert await someone.write(text)
    assert (await line.row(case)).status == CaseStatus.RESOLVED.value


async def test_a_courtesy_with_a_need_beside_it_does_not(line: Turned) -> None:
    someone = line.contact()
    case = await _resolved(line, someone)
    await someone.write("Thank you. And where is the embassy of Indonesia?")
    assert (await line.row(case)).status == CaseStatus.WAITING.value


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (Kind.COMMAND, {"command": "menu"}),
        (Kind.COMMAND, {"command": "privacy"}),
        (Kind.BUTTON, {"payload": "/SetSlots(language=id)"}),
        (Kind.BUTTON, {"payload": "/delete_data"}),
        (Kind.BUTTON, {"payload": "/capabilities"}),
    ],
)
async def test_commands_and_what_is_about_safety_leave_it_too(
    line: Turned, kind: Kind, what: dict[str, str]
) -> None:
    someone = line.contact()
    case = await _resolved(line, someone)
    assert await someone.write("", kind=kind, **what)
    assert (await line.row(case)).status == CaseStatus.RESOLVED.value


async def test_a_picture_opens_it_again(line: Turned) -> None:
    someone = line.contact()
    case = await _resolved(line, someone)
    await someone.write("", kind=Kind.PHOTO, attachment={"file_id": "x"})
    assert (await line.row(case)).status == CaseStatus.WAITING.value


async def test_after_three_days_it_is_over(line: Turned) -> None:
    someone = line.contact()
    case = await _resolved(line, someone)
    with clock.moved(timedelta(hours=74)):
        await someone.write(CALM)
        assert (await line.row(case)).status == CaseStatus.RESOLVED.value
        await someone.write(CRITICAL)
    assert (await someone.case()).id != case


async def test_what_a_blocked_contact_writes_is_kept_and_nobody_hears_of_it(line: Turned) -> None:
    someone = line.contact()
    await someone.write(CRITICAL)
    case = (await someone.case()).id
    await someone.change(blocked=True)
    posts, pages = await line.posts(case), await line.pages()
    for text in (f"{CRITICAL} again", "hello", "I want to talk to a human"):
        assert await someone.write(text) == []
    assert await someone.press("/talk_to_human") == []
    rows = await someone.rows()
    assert [row.status for row in rows] == [Status.TURNED.value] * 5
    assert len(await line.posts(case)) == len(posts)
    assert await line.pages() == pages
    assert await line.audited("blocked_contact_wrote") == 1
    await someone.change(blocked=False)
    assert await someone.write("hello")


async def test_nobody_can_take_erasing_from_a_contact(line: Turned) -> None:
    someone = line.contact()
    await someone.write(CRITICAL)
    await someone.change(blocked=True)
    assert "/SetSlots(confirm_wipe=true)" in payloads_of(await someone.command("wipe"))
    await someone.press("/SetSlots(confirm_wipe=true)")
    async with line.store.database.transaction() as session:
        rows = await session.scalars(sa.select(Conversation).where(Conversation.wiping))
        assert len(rows.all()) == 1


async def _wiped_while_blocked(line: Turned, someone: Writer) -> int:
    """Their conversation is gone but for what is to be deleted elsewhere; the case's number."""
    await someone.write(CRITICAL)
    number = (await someone.case()).number
    await someone.change(blocked=True)
    await _wipe(line, someone)
    return number


async def _wipe(line: Turned, someone: Writer) -> None:
    identity = await someone.id()
    async with line.store.database.transaction() as session:
        found = await conversations.load(session, line.store.keyring, identity, lock=True)
        assert found is not None
        await erasure.request_wipe(line.runtime, session, found)
    async with line.store.database.transaction() as session:
        await conversations.erase(session, identity)


async def _kept(line: Turned) -> list[BlockedAddress]:
    async with line.store.database.transaction() as session:
        return list(await session.scalars(sa.select(BlockedAddress)))


async def test_a_wipe_does_not_lift_a_block_and_operators_do(line: Turned) -> None:
    someone, other = line.contact(), line.contact("2")
    number = await _wiped_while_blocked(line, someone)
    for _ in range(2):  # once more does not help, and tells the desk no second time
        assert await someone.write(CRITICAL) == []
        assert (await someone.conversation()).blocked
        await _wipe(line, someone)
    assert await other.write(CALM)
    (kept,) = await _kept(line)
    assert (kept.case_number, len(kept.address_hash)) == (number, 32)
    assert await line.audited("block_kept") == 1
    told = await line.posts(EVERYBODY, PostKind.NOTICE)
    assert [(post.text, post.values) for post in told] == [("desk_block_kept", {"number": number})]
    await someone.write("are you there?")
    async with line.store.database.transaction() as session:
        assert await blocking.unblock(session, number, "somebody")
        assert not await blocking.unblock(session, number, "somebody")
    assert await _kept(line) == []
    assert await line.audited("contact_unblock") == 1
    assert await someone.write(CRITICAL)


async def test_a_wipe_of_whoever_is_not_blocked_keeps_nothing(line: Turned) -> None:
    someone = line.contact()
    await someone.write(CRITICAL)
    await _wipe(line, someone)
    assert await _kept(line) == []


async def test_a_block_ends_when_it_would_have_without_the_wipe(line: Turned) -> None:
    someone = line.contact()
    await _wiped_while_blocked(line, someone)
    days = timedelta(days=line.runtime.settings.retention_days)
    with clock.moved(days - timedelta(hours=2)):
        await erasure.forget_old(line.runtime)
        assert await _kept(line)
    await ran_for(line.store.database, days)
    with clock.moved(days + timedelta(hours=2)):
        await erasure.forget_old(line.runtime)
        assert await _kept(line) == []
        assert await someone.write(CRITICAL)


async def test_a_block_between_deciding_and_storing_holds(
    line: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = line.contact()
    await someone.write(CALM)
    store = turn._store

    async def blocking(*given: object) -> bool:
        await someone.change(blocked=True)
        return await store(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(turn, "_store", blocking)
    assert await someone.write(CALM) == []


async def test_a_failed_turn_of_a_blocked_contact_opens_no_case(line: Turned) -> None:
    someone = line.contact()
    message = await someone.store("x")
    await someone.change(blocked=True)
    identity = await someone.id()
    await failures.give_up(line.parts, identity, message, cause="test")
    await failures.open_case_for(line.parts, identity, reason="message_refused")
    async with line.store.database.transaction() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(Page)) == 0
    (row,) = await someone.rows()
    assert row.status == Status.FAILED.value
