"""The simulated Telegram fails on demand: limits, outages, time-outs and odd updates."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot, exceptions, types
from telegram import Bot as OtherBot
from telegram import error as other_errors

from tests.support.telegram_simulator.faults import Fault, FaultKind
from tests.support.telegram_simulator.simulator import TelegramSimulator

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
async def simulator(simulator: TelegramSimulator) -> AsyncIterator[TelegramSimulator]:
    """Nothing that the clients ask for here is against the schema."""
    yield simulator
    assert simulator.violations == []


async def test_a_refused_call_has_no_effect_and_the_next_works(
    simulator: TelegramSimulator, bot: Bot, other_bot: OtherBot
) -> None:
    user = simulator.user(started=True)
    simulator.faults.fail("sendMessage", 500)
    simulator.faults.fail("sendMessage", 502, html=True)
    simulator.faults.fail("sendMessage", 504)
    simulator.faults.fail("sendMessage", 429, retry_after=7)
    with pytest.raises(exceptions.TelegramServerError):
        await bot.send_message(user.id, "lost")
    with pytest.raises(other_errors.NetworkError):
        await other_bot.send_message(user.id, "lost")
    with pytest.raises(exceptions.TelegramServerError, match="Gateway Timeout"):
        await bot.send_message(user.id, "lost")
    with pytest.raises(exceptions.TelegramRetryAfter) as limited:
        await bot.send_message(user.id, "lost")
    assert limited.value.retry_after == 7
    assert user.chat.messages == []
    await bot.send_message(user.id, "found")
    assert simulator.faults.struck == 4
    assert simulator.ledger.retry_after_broken(on_its_way=0) == 1
    assert [call.fault for call in simulator.ledger.calls("sendMessage")] == [
        "refuse 500",
        "refuse 502",
        "refuse 504",
        "refuse 429",
        None,
    ]


async def test_a_timeout_before_acceptance_delivers_nothing_and_one_after_delivers_unseen(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user = simulator.user(started=True)
    simulator.faults.time_out_before("sendMessage", hang_seconds=0.1)
    with pytest.raises(exceptions.TelegramNetworkError):
        await bot.send_message(user.id, "never arrived")
    assert user.chat.messages == []
    simulator.faults.time_out_after("sendMessage")
    with pytest.raises(exceptions.TelegramNetworkError, match="timeout"):
        await bot.send_message(user.id, "arrived", request_timeout=0.2)  # type: ignore[arg-type]  # seconds, in parts too
    assert simulator.ledger.texts_delivered(user.id) == ["arrived"]
    first, second = simulator.ledger.calls("sendMessage")
    assert (first.accepted, first.answered) == (False, False)
    assert (second.accepted, second.answered) == (True, False)


async def test_a_connection_is_reset_before_or_after_acceptance(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user = simulator.user(started=True)
    simulator.faults.reset_connection("sendMessage")
    simulator.faults.reset_connection("sendMessage", after_acceptance=True)
    for text in ("lost", "kept"):
        with pytest.raises(exceptions.TelegramNetworkError):
            await bot.send_message(user.id, text)
    assert simulator.ledger.texts_delivered(user.id) == ["kept"]


async def test_while_telegram_is_down_every_call_fails_and_updates_wait(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user = simulator.user()
    simulator.faults.go_down(60)
    await user.send("help")
    with pytest.raises(exceptions.TelegramServerError, match="Bad Gateway"):
        await bot.get_updates()
    simulator.clock.advance(61)
    [update] = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "help"


async def test_a_share_of_calls_fails_in_the_same_way_for_the_same_seed(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user = simulator.user(started=True)

    async def refused() -> list[int]:
        faults = [Fault(FaultKind.REFUSE, code=500), Fault(FaultKind.REFUSE, code=502)]
        simulator.faults.fail_share(0.3, faults, methods=["sendMessage"], seed=7)
        failed = []
        for number in range(30):
            try:
                await bot.send_message(user.id, str(number))
            except exceptions.TelegramServerError:
                failed.append(number)
        return failed

    first = await refused()
    assert 3 <= len(first) <= 16
    assert await refused() == first


async def test_limits_hold_each_chat_to_one_a_second_after_a_burst(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user, other = simulator.user(started=True), simulator.user(started=True)
    simulator.limits.enable(chat_burst=2)
    for text in ("1", "2"):
        await bot.send_message(user.id, text)
    with pytest.raises(exceptions.TelegramRetryAfter) as limited:
        await bot.send_message(user.id, "3")
    assert limited.value.retry_after == 1
    await bot.send_message(other.id, "others are not held up")
    with pytest.raises(exceptions.TelegramRetryAfter):
        await bot.send_message(user.id, "too early")
    assert simulator.limits.broken_retry_after == 1
    simulator.clock.advance(limited.value.retry_after)
    await bot.send_message(user.id, "3")
    assert [message.text for message in user.chat.messages] == ["1", "2", "3"]


async def test_edits_pins_and_changes_of_topics_share_the_limit_of_a_group(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    group = simulator.forum()
    simulator.limits.enable(chat_burst=100, group_per_minute=6)
    topic = (await bot.create_forum_topic(group.id, "Case 1")).message_thread_id
    card = await bot.send_message(group.id, "card", message_thread_id=topic)
    await bot.pin_chat_message(group.id, card.message_id)
    await bot.edit_message_text("card 2", chat_id=group.id, message_id=card.message_id)
    with pytest.raises(exceptions.TelegramBadRequest, match="not modified"):  # it counts nothing
        await bot.edit_message_text("card 2", chat_id=group.id, message_id=card.message_id)
    await bot.edit_forum_topic(group.id, topic, name="Case 1, done")
    await bot.close_forum_topic(group.id, topic)
    with pytest.raises(exceptions.TelegramRetryAfter):
        await bot.reopen_forum_topic(group.id, topic)
    assert simulator.limits.refused == 1
    assert group.topics[topic].closed


async def test_limits_hold_groups_to_twenty_a_minute_and_the_bot_to_thirty_a_second(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    group = simulator.forum()
    simulator.limits.enable(chat_burst=1)
    for number in range(20):
        await bot.send_message(group.id, str(number))
        simulator.clock.advance(1)
    with pytest.raises(exceptions.TelegramRetryAfter) as limited:
        await bot.send_message(group.id, "21")
    assert 30 <= limited.value.retry_after <= 41
    people = [simulator.user(started=True) for _ in range(5)]
    simulator.limits.enable(per_second=4)
    for user in people[:4]:
        await bot.send_message(user.id, "notice")
    with pytest.raises(exceptions.TelegramRetryAfter):
        await bot.send_message(people[4].id, "notice")
    assert simulator.limits.refused == 2
    assert simulator.limits.broken_retry_after == 0


async def test_an_update_is_given_as_often_as_the_fault_says(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user = simulator.user()
    simulator.faults.duplicate_updates(3)
    await user.send("again")
    simulator.faults.clear()
    await user.send("once")
    seen: list[str] = []
    offset = 0
    for _ in range(4):
        for update in await bot.get_updates(offset=offset):
            assert update.message is not None
            seen.append(update.message.text or "")
            offset = max(offset, update.update_id + 1)
    assert seen == ["again", "once", "again", "again"]


async def test_a_press_may_come_before_the_text_and_numbers_may_jump(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user = simulator.user(started=True)
    button = types.InlineKeyboardButton(text="Yes", callback_data="yes")
    await bot.send_message(
        user.id, "?", reply_markup=types.InlineKeyboardMarkup(inline_keyboard=[[button]])
    )
    simulator.faults.reorder_updates(window=2)
    simulator.faults.skip_update_ids(100)
    await user.send("first")
    await user.press(await user.expect("?"), "yes")
    first, second = await bot.get_updates()
    assert (first.event_type, second.event_type) == ("callback_query", "message")
    assert second.update_id == first.update_id + 1
    simulator.faults.clear()
    simulator.faults.restart_update_ids(5)
    await user.send("after a week")
    assert (await bot.get_updates())[0].update_id == 5


async def test_a_held_update_is_let_go_when_its_window_does_not_fill(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user = simulator.user()
    simulator.faults.reorder_updates(window=9, hold_seconds=0.05)
    await user.send("alone")
    assert len(await bot.get_updates(timeout=2)) == 1
