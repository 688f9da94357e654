"""What an operator is shown alone, and what is shown to everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot

from bot.domain.cases import Move
from bot.domain.understanding import Tier
from bot.handoff.rooms.posting import PostLater
from bot.storage.operators import Operator
from bot.storage.posts import EVERYBODY, PostKind
from tests.support.desk_scene import DeskScene, opened
from tests.support.parts import Parts
from tests.support.telegram_line import hurry
from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.simulator import TelegramSimulator


@pytest.fixture
async def desk(simulator: TelegramSimulator, bot: Bot, parts: Parts) -> AsyncIterator[DeskScene]:
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        async with opened(simulator, bot, parts, "forum") as scene:
            yield scene


@pytest.fixture
async def rina(desk: DeskScene) -> Operator:
    """An operator who has talked to the bot."""
    await desk.operator.start()
    return await desk.new_operator("Rina", desk.operator)


def _alone(desk: DeskScene) -> list[StoredMessage]:
    return [message for message in desk.operator.chat.from_bot if not message.deleted]


async def _waiting(desk: DeskScene, *tiers: Tier) -> list[int]:
    """Cases of as many contacts; their numbers."""
    numbers = []
    for tier in tiers:
        case = await desk.case("help me", tier=tier, reason="detained")
        numbers.append((await desk.row(case)).number)
        desk.contact = desk.simulator.user(started=True)
    return numbers


async def test_many_calls_become_one_list_with_sound_and_buttons(
    desk: DeskScene, rina: Operator
) -> None:
    first, second = await _waiting(desk, Tier.ELEVATED, Tier.CRITICAL)
    for _ in range(3):
        await desk.post(rina.id, PostKind.PAGE, urgent=True)
    await desk.fill(rina.id)
    (shown,) = _alone(desk)
    lines = shown.text.splitlines()
    assert lines[0] == "2 cases wait"
    assert lines[1].startswith(f"‼ #{second} ")
    assert lines[2].startswith(f"! #{first} ")
    assert "help me" not in shown.text
    assert [button.data for button in shown.buttons] == [
        f"case:{number}:{act}" for number in (second, first) for act in ("take", "seen")
    ]
    (call,) = desk.simulator.ledger.calls("sendMessage", accepted=True)
    assert call.parameters["disable_notification"] == "false"
    assert shown.protected
    assert await desk.statuses(rina.id) == [("page", "posted")] * 3


async def test_the_newest_list_replaces_the_one_before(desk: DeskScene, rina: Operator) -> None:
    for wave in range(3):
        await _waiting(desk, Tier.CRITICAL)
        await desk.post(rina.id, PostKind.PAGE, urgent=True)
        await desk.fill(rina.id)
        (shown,) = _alone(desk)
        assert shown.text.startswith(f"{wave + 1} case")


async def test_a_list_that_is_empty_by_now_is_not_sent_and_the_old_one_goes(
    desk: DeskScene, rina: Operator
) -> None:
    case = await desk.case()
    await desk.post(rina.id, PostKind.PAGE)
    await desk.fill(rina.id)
    await desk.move(case, Move.CLAIM, rina)
    await desk.change(case, unanswered_since=None)
    await desk.post(rina.id, PostKind.PAGE)
    await desk.fill(rina.id)
    assert _alone(desk) == []
    assert await desk.statuses(rina.id) == [("page", "posted"), ("page", "unposted")]


async def test_a_reminder_names_the_own_case_that_waits(desk: DeskScene, rina: Operator) -> None:
    case = await desk.case()
    await desk.move(case, Move.CLAIM, rina)
    await desk.post(rina.id, PostKind.PAGE)
    await desk.fill(rina.id)
    (shown,) = _alone(desk)
    assert shown.text.startswith(f"#{(await desk.row(case)).number} ")
    assert "waits for your answer" in shown.text


async def test_notices_are_plain_and_lists_go_where_they_stood(
    desk: DeskScene, rina: Operator
) -> None:
    await _waiting(desk, Tier.CRITICAL)
    buttons = {"buttons": [["Yes", "case:1:take"]], "reference": "7", "hours": 7}
    await desk.post(rina.id, PostKind.NOTICE, text="desk_hours", values=buttons)
    await desk.post(rina.id, PostKind.PAGE)
    await desk.post(rina.id, PostKind.NOTICE, text="desk_hours", values={"hours": None})
    await desk.fill(rina.id)
    notice, waiting, last = _alone(desk)
    assert notice.text == "7 h"
    assert [button.data for button in notice.buttons] == ["case:1:take"]
    assert waiting.text.startswith("1 case waits")
    assert last.text == "– h"


async def test_who_blocked_the_bot_is_noted_and_holds_up_nothing(
    desk: DeskScene, rina: Operator
) -> None:
    await _waiting(desk, Tier.CRITICAL)
    await desk.operator.block()
    await desk.post(rina.id, PostKind.PAGE)
    await desk.fill(rina.id)
    assert await desk.statuses(rina.id) == [("page", "unposted")]
    await desk.operator.unblock()
    await desk.post(rina.id, PostKind.PAGE)
    await desk.fill(rina.id)
    assert len(_alone(desk)) == 1


async def test_who_never_wrote_to_the_bot_cannot_be_shown_anything(desk: DeskScene) -> None:
    budi = await desk.new_operator("Budi", desk.simulator.user())
    await _waiting(desk, Tier.CRITICAL)
    await desk.post(budi.id, PostKind.PAGE)
    await desk.fill(budi.id)
    assert await desk.statuses(budi.id) == [("page", "unposted")]


async def test_an_outage_is_waited_out_and_the_call_is_not_lost(
    desk: DeskScene, rina: Operator
) -> None:
    await _waiting(desk, Tier.CRITICAL)
    await desk.post(rina.id, PostKind.PAGE)
    desk.simulator.faults.fail("sendMessage", 502, chat_id=desk.operator.id)
    with pytest.raises(PostLater) as later:
        await desk.fill(rina.id)
    assert later.value.seconds == 1
    await desk.fill(rina.id)
    assert len(_alone(desk)) == 1


async def test_a_list_that_cannot_be_taken_back_is_no_reason_to_call_twice(
    desk: DeskScene, rina: Operator
) -> None:
    await _waiting(desk, Tier.CRITICAL)
    for _ in range(2):
        await desk.post(rina.id, PostKind.PAGE)
        desk.simulator.faults.fail("deleteMessages", 502)
        await desk.fill(rina.id)
    assert len(_alone(desk)) == 2
    await desk.fill(rina.id)
    assert len(_alone(desk)) == 2


async def test_what_everybody_is_told_stands_outside_of_all_topics(desk: DeskScene) -> None:
    case = await desk.case()
    await desk.fill(case)
    stranger = await desk.group.send(desk.operator, "hello")
    values = {"hours": 7, "reference": str(stranger.message_id)}
    await desk.post(EVERYBODY, PostKind.NOTICE, text="desk_hours", values=values)
    await desk.fill(EVERYBODY)
    notice = desk.shown()[-1]
    assert (notice.text, notice.topic_id) == ("7 h", None)
    assert notice.body["reply_to_message"]["message_id"] == stranger.message_id
    assert await desk.statuses(EVERYBODY) == [("notice", "posted")]
