"""What operators see of a case, whatever happens to its room, to Telegram, to us."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot

from bot.domain.cases import Move, Outcome
from bot.domain.messages import Kind
from bot.domain.understanding import Tier
from bot.handoff.rooms import posting
from bot.handoff.rooms.posting import PostLater
from bot.storage import cases, posts
from bot.storage.posts import PostKind
from tests.support.desk_scene import DeskScene, Killed, opened
from tests.support.parts import Parts
from tests.support.telegram_line import hurry
from tests.support.telegram_simulator.simulator import TelegramSimulator

TEXT = "they will beat me tonight"


@pytest.fixture
async def desk(
    request: pytest.FixtureRequest, simulator: TelegramSimulator, bot: Bot, parts: Parts
) -> AsyncIterator[DeskScene]:
    """A forum, or the group that a test asks for by an indirect parameter."""
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        async with opened(simulator, bot, parts, getattr(request, "param", "forum")) as scene:
            yield scene


async def test_a_deleted_topic_is_opened_anew_and_filled_from_the_store(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    rina = await desk.new_operator("Rina", desk.operator)
    reply = await desk.answered("Thank you.")
    await desk.post(case, PostKind.REPLY, case=case, message=reply)
    await desk.fill(case)
    await desk.answered("I am Rina", by=rina, reference="5")
    lost = desk.topic()
    await desk.group.delete_topic(lost.thread_id)
    row = await desk.wrote("are you there?")
    await desk.post(case, PostKind.MESSAGE, case=case, message=row)
    await desk.fill(case)
    topic = desk.topic()
    assert topic.thread_id != lost.thread_id
    card, history = desk.shown(topic)
    assert desk.card(topic) is card
    assert history.text.splitlines() == [
        "So far:",
        f"Contact: {TEXT}",
        "Line: Thank you.",
        "Rina: I am Rina",
        "Contact: are you there?",
    ]
    found = await desk.row(case)
    assert (found.topic, found.card) == (topic.thread_id, str(card.message_id))


async def test_a_call_that_finds_its_topic_gone_stands_below_the_conversation_so_far(
    desk: DeskScene,
) -> None:
    case = await desk.case(TEXT)
    await desk.fill(case)
    await desk.group.delete_topic(desk.topic().thread_id)
    again = await desk.wrote("they are back with knives")
    await desk.case(row=again)
    await desk.fill(case)
    history, call, _card = desk.texts(desk.topic())
    assert TEXT in history
    assert "knives" not in history
    assert "knives" in call


async def test_a_topic_that_is_deleted_again_and_again_does_not_end_the_call(
    desk: DeskScene,
) -> None:
    case = await desk.case(TEXT)
    faults = desk.simulator.faults
    faults.fail("sendMessage", 400, description="Bad Request: message thread not found", times=4)
    with pytest.raises(PostLater):
        await desk.fill(case)
    await desk.fill(case)
    assert any(TEXT in text for text in desk.texts(desk.topic()))


async def test_a_topic_that_is_closed_to_us_is_reopened(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    await desk.fill(case)
    topic = desk.topic()
    await desk.group.close_topic(desk.operator, topic.thread_id)
    closed = "Bad Request: TOPIC_CLOSED"
    desk.simulator.faults.fail("sendMessage", 400, description=closed)
    await desk.post(case, PostKind.NOTICE, case=case, text="desk_hours", values={"hours": 7})
    await desk.fill(case)
    assert not topic.closed
    assert desk.texts(topic)[-1] == "7 h"


async def test_a_topic_that_stays_closed_to_us_is_as_good_as_gone(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    await desk.fill(case)
    lost = desk.topic()
    faults = desk.simulator.faults
    faults.fail("sendMessage", 400, description="Bad Request: TOPIC_CLOSED")
    faults.fail("reopenForumTopic", 400, description="Bad Request: not enough rights")
    await desk.post(case, PostKind.NOTICE, case=case, text="desk_hours", values={"hours": 7})
    await desk.fill(case)
    assert desk.topic() is not lost
    assert "7 h" in desk.texts(desk.topic())


async def test_a_card_that_could_not_be_pinned_is_pinned_the_next_time(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    desk.simulator.faults.fail("pinChatMessage", 500)
    await desk.fill(case)
    assert desk.group.chat.pinned == []
    await desk.change(case, card_stale=True, reopened=1)
    await desk.fill(case)
    assert "Reopened" in desk.card(desk.topic()).text


async def test_a_card_that_is_refused_holds_up_nothing(desk: DeskScene) -> None:
    case = await desk.case("hello", tier=Tier.ELEVATED, reason="detained")
    faults = desk.simulator.faults
    faults.fail("sendMessage", 400, description="Bad Request: can't parse entities")
    await desk.fill(case)
    card, page = desk.texts(desk.topic())
    assert card == desk.topic().name
    assert page.endswith("hello")


async def test_a_crash_between_a_post_and_its_note_repeats_it_and_loses_nothing(
    desk: DeskScene,
) -> None:
    async def dies() -> None:
        raise Killed

    case = await desk.case(TEXT)
    row = await desk.wrote("more")
    await desk.post(case, PostKind.MESSAGE, case=case, message=row)
    desk.desk.then = dies
    with pytest.raises(Killed):
        await desk.fill(case)
    desk.restart()
    await desk.fill(case)
    first, second, card, more = desk.texts(desk.topic())
    assert first == second
    assert first.endswith(TEXT)
    assert card.startswith("#")
    assert more.endswith("more")
    assert len(desk.group.topics) == 1


async def test_a_wait_that_telegram_asks_for_is_kept(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    desk.simulator.faults.fail("sendMessage", 429, retry_after=7)
    with pytest.raises(PostLater) as later:
        await desk.fill(case)
    assert later.value.seconds == 7
    other = await desk.case("another", reason="detained")
    job = asyncio.ensure_future(desk.fill(other))
    done, _ = await asyncio.wait([job], timeout=0.5)
    assert not done  # nobody in the group goes before that
    job.cancel()
    desk.simulator.clock.advance(7)
    desk.restart()
    await desk.fill(case)
    assert TEXT in desk.texts(desk.topic())[0]


async def test_an_outage_is_waited_out_with_growing_pauses(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    desk.simulator.faults.go_down()
    pauses = []
    for _ in range(7):
        with pytest.raises(PostLater) as later:
            await desk.fill(case)
        pauses.append(later.value.seconds)
    assert pauses == [1, 2, 5, 10, 15, 15, 15]
    desk.simulator.faults.come_back()
    await desk.fill(case)
    assert len(desk.texts(desk.topic())) == 2


async def test_a_group_that_takes_nothing_from_us_is_waited_for(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    await desk.group.set_bot_status(desk.operator, "kicked")
    with pytest.raises(PostLater):
        await desk.fill(case)
    await desk.group.set_bot_status(desk.operator, "administrator")
    desk.simulator.faults.fail("sendMessage", 400, description="Bad Request: chat not found")
    with pytest.raises(PostLater):
        await desk.fill(case)
    await desk.fill(case)
    assert TEXT in desk.texts(desk.topic())[0]


async def test_a_call_that_is_refused_comes_as_plain_text(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    refused = "Bad Request: BUTTON_DATA_INVALID"
    desk.simulator.faults.fail("sendMessage", 400, description=refused)
    await desk.fill(case)
    page = desk.shown(desk.topic())[0]
    assert TEXT in page.text
    assert page.buttons == []


async def test_what_is_refused_for_good_does_not_hold_up_the_next(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    await desk.fill(case)
    for text in ("one", "two"):
        row = await desk.wrote(text)
        await desk.post(case, PostKind.MESSAGE, case=case, message=row)
    refused = "Bad Request: can't parse entities"
    desk.simulator.faults.fail("sendMessage", 400, description=refused, times=2)
    await desk.fill(case)
    assert [status for _, status in await desk.statuses(case)][-2:] == ["unposted", "posted"]
    assert desk.texts(desk.topic())[-1].endswith("two")


@pytest.mark.parametrize("desk", ["supergroup", "group"], indirect=True)
async def test_a_group_without_topics_shows_everything_by_number(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    row = await desk.wrote("", sent=await desk.contact.send_photo(), kind=Kind.PHOTO)
    await desk.post(case, PostKind.MESSAGE, case=case, message=row)
    await desk.post(case, PostKind.NOTICE, case=case, text="desk_hours", values={"hours": 7})
    rina = await desk.new_operator("Rina", desk.operator)
    await desk.fill(case)
    await desk.move(case, Move.CLAIM, rina)
    await desk.fill(case)
    number = (await desk.row(case)).number
    page, card, head, photo, notice = desk.shown()
    assert page.text == f"#{number} ‼ critical: They hurt me or threaten me\n{TEXT}"
    assert "Rina has it" in card.text
    assert head.text.startswith(f"#{number} ")
    assert photo.kind == "photo"
    assert notice.text == f"#{number} 7 h"
    assert desk.group.chat.pinned == []
    assert (await desk.row(case)).topic is None


async def test_a_forum_in_which_we_may_make_no_topics_is_a_group(desk: DeskScene) -> None:
    await desk.group.set_bot_status(desk.operator, "member")
    case = await desk.case(TEXT)
    await desk.fill(case)
    page, card = desk.texts()
    assert TEXT in page
    assert card.startswith(f"#{(await desk.row(case)).number} ‼ ")


@pytest.mark.parametrize("desk", ["group"], indirect=True)
async def test_a_group_that_became_a_supergroup_is_followed(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    await desk.fill(case)
    desk.group = await desk.group.upgrade(desk.operator)
    await desk.change(case, card_stale=True)
    row = await desk.wrote("are you there?")
    await desk.post(case, PostKind.MESSAGE, case=case, message=row)
    await desk.fill(case)
    card, message = desk.texts()
    assert card.startswith("#")
    assert message.endswith("are you there?")


async def test_a_contact_who_is_erased_while_we_post_is_gone_from_the_desk(
    desk: DeskScene,
) -> None:
    case = await desk.case(TEXT)
    desk.desk.then = desk.erase
    await desk.fill(case)
    assert desk.shown() == []
    row = await desk.row(case)
    assert (row.topic, row.card, row.card_stale) == (None, None, False)


@pytest.mark.parametrize("desk", ["forum", "supergroup"], indirect=True)
async def test_a_call_that_is_posted_while_its_contact_is_wiped_is_taken_back(
    desk: DeskScene,
) -> None:
    case = await desk.case(TEXT)
    desk.desk.then = desk.wipe
    await desk.fill(case)
    assert desk.shown() == []
    assert (await desk.row(case)).outcome == Outcome.ERASED.value
    await desk.fill(case)
    assert desk.shown() == []


@pytest.mark.parametrize("desk", ["forum", "supergroup"], indirect=True)
async def test_a_contact_who_was_erased_is_gone_from_the_desk(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    await desk.fill(case)
    await desk.post(case, PostKind.NOTICE, case=case, text="desk_hours", values={"hours": 7})
    if (await desk.row(case)).topic is None:  # what was said of a message goes with its row
        await desk.fill(case)
        desk.shown()[0].deleted = True
    await desk.erase()
    await desk.fill(case)
    assert desk.shown() == []
    row = await desk.row(case)
    assert (row.topic, row.card, row.card_stale) == (None, None, False)
    before = len(desk.calls())
    await desk.fill(case)
    assert len(desk.calls()) == before


@pytest.mark.parametrize("desk", ["forum", "supergroup"], indirect=True)
async def test_a_resolved_case_leaves_the_desk_when_its_conversation_is_too_old_to_keep(
    desk: DeskScene,
) -> None:
    case = await desk.case(TEXT)
    rina = await desk.new_operator("Rina", desk.operator)
    await desk.fill(case)
    await desk.move(case, Move.CLAIM, rina)
    await desk.move(case, Move.RESOLVE, rina, Outcome.HELPED)
    await desk.fill(case)
    assert TEXT in "".join(desk.texts())
    await desk.erase()
    async with desk.store.database.transaction() as session:
        await cases.end_without_person(session)
    async with desk.store.database.transaction() as session:
        assert case in dict(await posts.rooms_waiting(session))
    await desk.fill(case)
    assert desk.shown() == []
    async with desk.store.database.transaction() as session:
        assert await posts.rooms_waiting(session) == []


async def test_without_a_desk_it_is_noted_that_nobody_was_shown_it(desk: DeskScene) -> None:
    case = await desk.case(TEXT)
    await posting.fill(desk.parts(None), case)
    assert {status for _, status in await desk.statuses(case)} == {"unposted"}
    assert desk.calls() == []


async def test_what_is_urgent_overtakes_within_what_telegram_takes(
    simulator: TelegramSimulator, bot: Bot, parts: Parts
) -> None:
    simulator.limits.enable()
    async with opened(simulator, bot, parts, "forum") as desk:
        ordinary = []
        for number in range(2):
            ordinary.append(
                await desk.case(f"ordinary {number}", tier=Tier.ELEVATED, reason="detained")
            )
            desk.contact = simulator.user(started=True)
        urgent = await desk.case(TEXT)
        jobs = [asyncio.ensure_future(desk.fill(case)) for case in ordinary]
        await asyncio.sleep(0.1)
        await asyncio.gather(desk.fill(urgent), *jobs)
        assert simulator.limits.refused == 0
        assert simulator.ledger.retry_after_broken() == 0
        sent = [text.partition("\n")[2] for text in simulator.ledger.texts_delivered(desk.group.id)]
        calls = [text for text in sent if text in {TEXT, "ordinary 0", "ordinary 1"}]
        assert calls[0] == TEXT
        assert len(calls) == 3
        assert len(sent) == 6
