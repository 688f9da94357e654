"""`helpline desk`: what is wrong with the operators' group is named with its mend; a lost desk is
filled again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot import queue
from bot.domain.messages import Address
from bot.domain.understanding import Tier
from bot.handoff import cases as handoff
from bot.handoff.cases import Need
from bot.handoff.rooms import editors
from bot.storage import operators, posts
from bot.storage.cases import Case
from bot.storage.conversations import Conversation
from bot.storage.installation import AuditEntry
from bot.storage.operators import Role
from bot.storage.posts import EDITORS, ROOM_LEFT, Post, PostKind, PostStatus
from tests.support.command import Command
from tests.support.parts import Parts
from tests.support.telegram_simulator.groups import SimulatedGroup
from tests.support.telegram_simulator.methods import forum
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.telegram_simulator.simulator import TelegramSimulator


@pytest.fixture
def operator(simulator: TelegramSimulator) -> SimulatedUser:
    return simulator.user(first_name="Operator")


@pytest.fixture
def group(
    command: Command, simulator: TelegramSimulator, operator: SimulatedUser
) -> SimulatedGroup:
    """A good desk, which the settings name."""
    made = simulator.forum(members=[operator])
    _set(command, simulator, made)
    return made


def _set(command: Command, simulator: TelegramSimulator, desk: SimulatedGroup | None) -> None:
    command.settings(
        telegram_token=simulator.token,
        telegram_api=simulator.url,
        telegram_desk=str(desk.id) if desk else "",
    )


async def _bind(parts: Parts, name: str, account: int, rota: str = "always") -> None:
    async with parts.database.transaction() as session:
        row = operators.new(name, Role.OPERATOR, ["id"], rota)
        session.add(row)
        link = operators.new_link(row)
        await session.flush()
        assert await operators.bind(session, parts.keyring, link.secret, str(account))


async def _opened(parts: Parts, sender: str, topic: int | None) -> Case:
    conversation_id = await parts.conversation_id(Address("test", sender))
    async with parts.database.transaction() as session:
        conversation = await session.get_one(Conversation, conversation_id, with_for_update=True)
        need = Need(Tier.CRITICAL, "held_captive", None)
        number = await handoff.open_case(parts.queue, session, conversation, need)
        case = await session.scalar(sa.select(Case).where(Case.number == number))
        assert case is not None
        case.topic, case.card, case.card_stale = topic, "17", False
        await session.execute(sa.text("DELETE FROM procrastinate_jobs"))
        await session.execute(sa.delete(Post))
        return case


async def test_a_good_desk_is_found_good(
    parts: Parts, command: Command, group: SimulatedGroup, operator: SimulatedUser
) -> None:
    await _bind(parts, "Dara", operator.id)
    checked = await command.succeeds("desk", "check")
    assert "has topics: each case gets one." in checked.plain
    assert "The bot is an administrator." in checked.plain
    for purpose in ("topic of a case", "pin the card", "delete a topic"):
        assert purpose in checked.plain
    assert "Operators who can be called: 1, all in the group." in checked.plain
    assert "MEND" not in checked.output


async def test_a_missing_right_is_named(
    command: Command, group: SimulatedGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = forum.bot_as_member
    monkeypatch.setattr(
        forum, "bot_as_member", lambda *what: whole(*what) | {"can_delete_messages": False}
    )
    checked = await command("desk", "check")
    assert checked.status == 1
    assert (
        "MEND It may not delete a topic whose contact wants it gone: Group, Administrators, the "
        "bot, “Delete messages” on." in checked.plain
    )
    assert "1 to mend." in checked.plain


async def test_a_bot_that_is_no_administrator_is_named(
    command: Command, group: SimulatedGroup, operator: SimulatedUser
) -> None:
    await group.set_bot_status(operator, "member")
    checked = await command("desk", "check")
    assert checked.status == 1
    assert "MEND The bot is in the group as a mere member" in checked.plain


async def test_a_group_without_topics_works_and_is_noted(
    parts: Parts, command: Command, simulator: TelegramSimulator, operator: SimulatedUser
) -> None:
    _set(command, simulator, simulator.supergroup(members=[operator]))
    await _bind(parts, "Dara", operator.id)
    checked = await command.succeeds("desk", "check")
    assert "note The group “Group” has no topics" in checked.plain
    assert "Manage topics" not in checked.output


async def test_a_group_that_became_a_supergroup_is_told_by_its_new_id(
    command: Command, simulator: TelegramSimulator, operator: SimulatedUser
) -> None:
    small = simulator.group(members=[operator])
    _set(command, simulator, small)
    bigger = await small.upgrade(operator)
    checked = await command("desk", "check")
    assert checked.status == 1
    assert f"Set HELPLINE_TELEGRAM_DESK to {bigger.id}" in checked.plain


async def test_who_is_called_and_not_in_the_group_is_named(
    parts: Parts, command: Command, group: SimulatedGroup, simulator: TelegramSimulator
) -> None:
    stranger = simulator.user(first_name="Stranger")
    await _bind(parts, "Sok", stranger.id, "never")
    checked = await command("desk", "check")
    assert checked.status == 1
    assert "MEND Sok is not in the group: invite them." in checked.plain
    assert "note Nobody is on duty now" in checked.plain
    assert str(stranger.id) not in checked.output


async def test_a_desk_without_operators_is_to_be_mended(
    parts: Parts, command: Command, group: SimulatedGroup
) -> None:
    assert "MEND There is no operator" in (await command("desk", "check")).plain
    await command.succeeds("operator", "add", "Dara", "--languages", "id")
    checked = await command("desk", "check")
    assert (checked.status, "has used their link" in checked.plain) == (1, True)


async def test_settings_that_are_missing_or_wrong_are_named(
    command: Command, simulator: TelegramSimulator
) -> None:
    nothing = await command("desk", "check")
    assert (nothing.status, nothing.output) == (2, "")
    assert "HELPLINE_TELEGRAM_TOKEN is not set" in nothing.complaint
    _set(command, simulator, None)
    no_desk = await command("desk", "check")
    assert no_desk.status == 1
    assert "MEND HELPLINE_TELEGRAM_DESK is not set" in no_desk.plain
    command.settings(telegram_desk="-1001")
    assert "Telegram says of the group -1001" in (await command("desk", "check")).plain
    command.settings(telegram_token="42:UNKNOWN")
    unknown = await command("desk", "check")
    assert (unknown.status, unknown.output) == (1, "")
    assert "Telegram does not know HELPLINE_TELEGRAM_TOKEN" in unknown.complaint
    assert "42:UNKNOWN" not in unknown.errors


async def test_the_ids_of_groups_are_found_in_what_waits_and_it_goes_on_waiting(
    command: Command, simulator: TelegramSimulator, operator: SimulatedUser
) -> None:
    _set(command, simulator, None)
    nothing = await command("desk", "find")
    assert nothing.status == 1
    assert "Add the bot to the group" in nothing.plain
    group = simulator.forum("Night \x1b[2Jdesk", members=[operator])
    await group.send(operator, "/here")
    await operator.send("a contact's own words")
    waiting = simulator.pending_updates
    found = await command.succeeds("desk", "find")
    assert f"{group.id} Night \ufffd[2Jdesk yes" in found.plain
    assert "own words" not in found.output
    assert simulator.pending_updates == waiting


async def test_the_ids_of_groups_are_not_looked_for_beside_a_running_line(
    parts: Parts, command: Command, simulator: TelegramSimulator
) -> None:
    _set(command, simulator, None)
    async with _a_worker(parts):
        refused = await command("desk", "find")
    assert refused.status == 1
    assert "The line runs" in refused.complaint
    assert simulator.ledger.calls("getUpdates") == []


async def test_a_rebuild_shows_open_cases_anew_and_leaves_no_old_topic(
    parts: Parts, command: Command, group: SimulatedGroup, operator: SimulatedUser
) -> None:
    topic = await group.create_topic(operator, "case one")
    gone = await group.create_topic(operator, "case two")
    await group.delete_topic(gone.thread_id)
    first = await _opened(parts, "1", topic.thread_id)
    second = await _opened(parts, "2", gone.thread_id)
    done = await command.succeeds("desk", "rebuild")
    assert f"2 cases ({first.number}, {second.number}) anew" in done.plain
    assert "could not be deleted" not in done.plain
    assert "No line runs now" in done.plain
    assert topic.deleted
    async with parts.database.transaction() as session:
        locks = await queue.locks_in_use(session)
        for case in (first, second):
            found = await session.get_one(Case, case.id)
            assert (found.topic, found.card, found.card_stale) == (None, None, True)
            assert queue.lock_of(queue.Job.POST, case.id) in locks
            due = await posts.all_due(session, case.id)
            assert [post.kind for post in due] == [PostKind.HISTORY.value]
        others = await session.scalars(
            sa.select(Post).where(Post.status != PostStatus.DUE.value).order_by(Post.number)
        )
        # What is read only now of an old topic is still meant for its case.
        assert [(post.case_id, post.kind, post.text, post.references) for post in others] == [
            (case.id, PostKind.NOTICE.value, ROOM_LEFT, [str(old.thread_id)])
            for case, old in ((first, topic), (second, gone))
        ]
        entries = await session.scalars(
            sa.select(AuditEntry.actor).where(AuditEntry.event == "desk_rebuild")
        )
        assert list(entries) == ["cli", "cli"]


async def test_a_rebuild_shows_the_editors_anew_what_still_holds(
    parts: Parts, command: Command, group: SimulatedGroup, operator: SimulatedUser
) -> None:
    old = await group.create_topic(operator, "Editors")
    async with parts.database.transaction() as session:
        (await posts.locked_room(session, EDITORS)).topic = old.thread_id
        told = posts.add(session, EDITORS, PostKind.NOTICE, text=editors.REFUSED)
        told.status, told.references = PostStatus.POSTED.value, ["17"]
    done = await command.succeeds("desk", "rebuild")
    assert "makes the editors' topic anew" in done.plain
    assert old.deleted
    async with parts.database.transaction() as session:
        assert (await posts.locked_room(session, EDITORS)).topic is None
        assert [post.text for post in await posts.all_due(session, EDITORS)] == [editors.REFUSED]
        assert queue.lock_of(queue.Job.POST, EDITORS) in await queue.locks_in_use(session)


async def test_one_case_is_rebuilt_alone_by_the_running_line(
    parts: Parts, command: Command, group: SimulatedGroup, operator: SimulatedUser
) -> None:
    topic = await group.create_topic(operator, "case one")
    first = await _opened(parts, "1", None)
    second = await _opened(parts, "2", topic.thread_id)
    async with _a_worker(parts):
        done = await command.succeeds("desk", "rebuild", "--case", first.number)
    assert "The running line does it now." in done.plain
    assert not topic.deleted
    async with parts.database.transaction() as session:
        assert (await session.get_one(Case, second.id)).topic == topic.thread_id


async def test_a_topic_that_cannot_be_deleted_is_left_to_people(
    parts: Parts, command: Command, group: SimulatedGroup, operator: SimulatedUser
) -> None:
    topic = await group.create_topic(operator, "case one")
    await _opened(parts, "1", topic.thread_id)
    await group.set_bot_status(operator, "member")
    done = await command.succeeds("desk", "rebuild")
    assert "1 of the old topics could not be deleted. Delete them by hand" in done.plain


async def test_there_may_be_nothing_to_rebuild(
    parts: Parts, command: Command, group: SimulatedGroup
) -> None:
    assert "No case is open" in (await command.succeeds("desk", "rebuild")).plain
    case = await _opened(parts, "1", None)
    await command.succeeds("cases", "resolve", case.number, "--outcome", "safe")
    refused = await command("desk", "rebuild", "--case", case.number)
    assert (refused.status, "is resolved: only open cases" in refused.complaint) == (1, True)
    command.settings(telegram_desk="")
    refused = await command("desk", "rebuild")
    assert (refused.status, "There is no desk to rebuild" in refused.complaint) == (2, True)


@contextlib.asynccontextmanager
async def _a_worker(parts: Parts) -> AsyncIterator[None]:
    """A worker of a line, on a lane of its own."""
    running = asyncio.ensure_future(queue.run_worker(parts.queue, queue.Lane.SENDS, concurrency=1))
    try:
        async with asyncio.timeout(10):
            while True:
                async with parts.database.transaction() as session:
                    if await queue.is_worked_on(session):
                        break
                await asyncio.sleep(0.05)
        yield
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
