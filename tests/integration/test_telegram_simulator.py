"""The simulated Telegram keeps to the Bot API, whichever library speaks to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiogram import Bot, Dispatcher, exceptions, types
from telegram import Bot as OtherBot
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram import error as other_errors
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
)

from tests.support.telegram_simulator.schema import load_schema
from tests.support.telegram_simulator.simulator import TelegramSimulator

pytestmark = pytest.mark.filterwarnings("error")

DAY = 24 * 3600


@asynccontextmanager
async def polling(dispatcher: Dispatcher, bot: Bot) -> AsyncIterator[None]:
    running = asyncio.create_task(
        dispatcher.start_polling(bot, handle_signals=False, polling_timeout=2)
    )
    try:
        yield
    finally:
        await dispatcher.stop_polling()
        await running


async def call(simulator: TelegramSimulator, method: str, **parameters: object) -> dict[str, Any]:
    """A call by hand, with everything as JSON."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{simulator.url}/bot{simulator.token}/{method}", json=parameters) as response,
    ):
        answer: dict[str, Any] = await response.json()
        assert response.status == answer.get("error_code", 200)
        return answer


def ask_yes_or_no(dispatcher: Dispatcher) -> None:
    yes = types.InlineKeyboardButton(text="Yes", callback_data="yes")
    keyboard = types.InlineKeyboardMarkup(inline_keyboard=[[yes]])

    @dispatcher.message()
    async def ask(message: types.Message) -> None:
        await message.answer(f"You wrote {message.text}. Are you safe?", reply_markup=keyboard)

    @dispatcher.callback_query()
    async def take(press: types.CallbackQuery) -> None:
        await press.answer("noted")
        assert isinstance(press.message, types.Message)
        await press.message.edit_text(f"You pressed {press.data}")


async def test_a_conversation_with_buttons_works_with_aiogram(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    dispatcher = Dispatcher()
    ask_yes_or_no(dispatcher)
    user = simulator.user(language_code="id")
    async with polling(dispatcher, bot):
        await user.send("tolong")
        question = await user.expect("You wrote tolong")
        press = await user.press(question, "Yes")
        assert (await user.expect_answer(press)).answer_text == "noted"
        await user.expect("You pressed yes")
        await simulator.wait_until_confirmed()
    assert [message.text for message in user.chat.messages] == ["tolong", "You pressed yes"]
    assert simulator.violations == []


async def test_a_conversation_with_buttons_works_with_python_telegram_bot(
    simulator: TelegramSimulator,
) -> None:
    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.effective_chat is not None
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Help", callback_data="help")]])
        await context.bot.send_message(
            update.effective_chat.id, "<b>Welcome</b>", parse_mode="HTML", reply_markup=keyboard
        )

    async def press(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer()
        await update.callback_query.edit_message_text("Help is here")

    base = f"{simulator.url}/bot"
    application: Application[Any, Any, Any, Any, Any, Any] = (
        ApplicationBuilder().token(simulator.token).base_url(base).build()
    )
    application.add_handlers([CommandHandler("start", start), CallbackQueryHandler(press)])
    user = simulator.user()
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(timeout=1)
        await user.start("from_poster")
        await user.press(await user.expect("Welcome"), "help")
        message = await user.expect("Help is here")
        await simulator.wait_until_confirmed()
        await application.updater.stop()
        await application.stop()
    assert message.edited
    assert message.earlier_texts == ["Welcome"]
    assert simulator.violations == []


async def test_arguments_may_come_in_every_form_and_methods_in_any_case(
    simulator: TelegramSimulator,
) -> None:
    user = simulator.user(started=True)
    address = f"{simulator.url}/bot{simulator.token}"
    fields = {"chat_id": str(user.id), "text": "hello"}
    form = aiohttp.FormData({**fields}, default_to_multipart=True)
    async with aiohttp.ClientSession() as session:
        for response in (
            await session.get(f"{address}/SENDmessage", params=fields),
            await session.post(f"{address}/sendmessage", params=fields),
            await session.post(
                f"{address}/sendMessage", json={"chat_id": user.id, "text": "hello"}
            ),
            await session.post(f"{address}/sendMessage", data=fields),
            await session.post(f"{address}/sendMessage", data=form),
        ):
            assert (await response.json())["result"]["text"] == "hello"
    assert [message.text for message in user.chat.messages] == ["hello"] * 5
    assert simulator.violations == []


async def test_a_wrong_token_and_an_unknown_method_are_refused_as_telegram_does(
    simulator: TelegramSimulator,
) -> None:
    async with aiohttp.ClientSession() as session:
        response = await session.get(f"{simulator.url}/bot42:WRONG/getMe")
        assert response.status == 401
        assert await response.json() == {
            "ok": False,
            "error_code": 401,
            "description": "Unauthorized",
        }
        assert (await session.get(f"{simulator.url}/file/bot42:WRONG/photos/1.jpg")).status == 401
    assert (await call(simulator, "getEverything"))["error_code"] == 404


async def test_what_the_schema_does_not_know_is_a_violation_though_telegram_ignores_it(
    simulator: TelegramSimulator,
) -> None:
    if load_schema() is None:
        pytest.skip("the schema is not beside this checkout")
    user = simulator.user(started=True)
    assert (await call(simulator, "sendMessage", chat_id=user.id, text="a", txt="b"))["ok"]
    await call(simulator, "sendMessage", chat_id=user.id, text=7)
    await call(simulator, "getEverything")
    await call(simulator, "deleteMessage", chat_id=user.id)
    assert simulator.violations == [
        "sendMessage: unknown parameter txt",
        "sendMessage.text: 7 is no String",
        "getEverything: unknown method",
        "deleteMessage.message_id: required and missing",
    ]
    assert simulator.ledger.violations() == simulator.violations


async def test_updates_come_again_until_an_offset_confirms_them_and_then_never(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user = simulator.user()
    for number in range(5):
        await user.send(str(number))
    first = await bot.get_updates(limit=3)
    assert [update.message.text for update in first if update.message] == ["0", "1", "2"]
    assert await bot.get_updates(limit=3) == first
    rest = await bot.get_updates(offset=first[1].update_id + 1)
    assert [update.message.text for update in rest if update.message] == ["2", "3", "4"]
    assert await bot.get_updates(offset=rest[-1].update_id + 1) == []
    assert await bot.get_updates() == []
    assert simulator.ledger.unconfirmed_ids() == set()
    assert simulator.ledger.times_given()[first[2].update_id] == 3


async def test_a_negative_offset_forgets_all_but_the_last(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user = simulator.user()
    for number in range(4):
        await user.send(str(number))
    last = await bot.get_updates(offset=-1)
    assert [update.message.text for update in last if update.message] == ["3"]
    assert await bot.get_updates() == last


async def test_a_long_poll_ends_with_the_first_update_and_by_a_newer_poll(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user = simulator.user()
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    await user.send("now")
    [update] = await asyncio.wait_for(waiting, 2)
    older = asyncio.create_task(bot.get_updates(offset=update.update_id + 1, timeout=20))
    await asyncio.sleep(0.05)
    assert await bot.get_updates(offset=update.update_id + 1) == []
    with pytest.raises(
        exceptions.TelegramConflictError, match="terminated by other getUpdates request"
    ):
        await older


async def test_only_the_kinds_of_updates_asked_for_are_given(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    user = simulator.user(started=True)
    await bot.get_updates(allowed_updates=["my_chat_member", "message_reaction"])
    message = await user.send("unheard")
    await user.react(message, "👍")
    await user.block()
    given = await bot.get_updates()
    assert [update.event_type for update in given] == ["message_reaction", "my_chat_member"]
    assert given[1].my_chat_member is not None
    assert given[1].my_chat_member.new_chat_member.status == "kicked"


async def test_updates_expire_after_a_day_and_presses_after_150_seconds(
    simulator: TelegramSimulator, bot: Bot, other_bot: OtherBot
) -> None:
    user = simulator.user(started=True)
    await bot.send_message(
        user.id,
        "Now?",
        reply_markup=types.InlineKeyboardMarkup(
            inline_keyboard=[[types.InlineKeyboardButton(text="Yes", callback_data="yes")]]
        ),
    )
    message = await user.expect("Now?")
    late = await user.press(message, 1)
    await user.send("written")
    simulator.clock.advance(149)
    assert await bot.answer_callback_query(late.query_id)
    assert len(await bot.get_updates()) == 2
    simulator.clock.advance(2)
    assert [update.event_type for update in await bot.get_updates()] == ["message"]
    with pytest.raises(
        other_errors.BadRequest, match="Query is too old and response timeout expired"
    ):
        await other_bot.answer_callback_query(late.query_id)
    simulator.clock.advance(DAY)
    assert await bot.get_updates() == []
    assert len(simulator.ledger.updates_expired()) == 2


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n"}, "message text is empty"),
        ({"text": "a" * 4097}, "message is too long"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "message text is empty"),
        (
            {"text": "a <x>b</x>", "parse_mode": "HTML"},
            'ENTITIES: Unsupported start tag "x" at byte offset 2',
        ),
        (
            {"text": "<b>a", "parse_mode": "HTML"},
            'ENTITIES: Can\'t find end tag corresponding to start tag "b"',
        ),
        (
            {"text": "<b><i>a</b></i>", "parse_mode": "HTML"},
            'ENTITIES: Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
        ),
        (
            {"text": "ក</b>", "parse_mode": "HTML"},
            "ENTITIES: Unexpected end tag at byte offset 3",
        ),
        (
            {"text": "call 1.", "parse_mode": "MarkdownV2"},
            "ENTITIES: Character '.' is reserved and must be escaped",
        ),
        (
            {"text": "*a", "parse_mode": "MarkdownV2"},
            "ENTITIES: Can't find end of Bold entity at byte offset 0",
        ),
        ({"text": "a", "parse_mode": "RTF"}, "unsupported parse_mode"),
        ({"text": "a", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"text": "a", "chat_id": 99}, "chat not found"),
        ({"text": "a", "message_thread_id": 5}, "message thread not found"),
    ],
)
async def test_a_text_that_telegram_would_not_take_is_refused_in_its_words(
    simulator: TelegramSimulator, parameters: dict[str, Any], description: str
) -> None:
    user = simulator.user(started=True)
    answer = await call(simulator, "sendMessage", **{"chat_id": user.id, **parameters})
    assert (answer["ok"], answer["error_code"]) == (False, 400)
    expected = description.replace("ENTITIES", "can't parse entities")
    assert answer["description"].startswith(f"Bad Request: {expected}")
    assert user.chat.messages == []


@pytest.mark.parametrize(
    ("button", "description"),
    [
        ({"text": "a", "callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": "ក" * 22}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        (
            {"text": "a", "url": "tel:+85512000000"},
            "inline keyboard button URL 'tel:+85512000000' is invalid",
        ),
        ({"text": "a"}, "Text buttons are unallowed in the inline keyboard"),
    ],
)
async def test_a_button_that_telegram_would_not_take_is_refused(
    simulator: TelegramSimulator, button: dict[str, str], description: str
) -> None:
    user = simulator.user(started=True)
    markup = {"inline_keyboard": [[button]]}
    answer = await call(simulator, "sendMessage", chat_id=user.id, text="a", reply_markup=markup)
    assert description in answer["description"]


async def test_markup_is_measured_after_parsing_and_kept_as_entities(
    simulator: TelegramSimulator, other_bot: OtherBot
) -> None:
    user = simulator.user(started=True)
    text = "<b>😀 bold</b> &lt;<a href='https://example.org'>link</a>&gt; +855 23 123 456"
    message = await other_bot.send_message(user.id, text, parse_mode="HTML")
    assert message.text == "😀 bold <link> +855 23 123 456"
    assert {entity.type: text for entity, text in message.parse_entities().items()} == {
        "bold": "😀 bold",
        "text_link": "link",
        "phone_number": "+855 23 123 456",
    }
    long = await other_bot.send_message(user.id, f"<b>{'a' * 4096}</b>", parse_mode="HTML")
    assert len(long.text or "") == 4096
    escaped = await other_bot.send_message(
        user.id, r"*a\.b* [c](https://example\.org/)", parse_mode="MarkdownV2"
    )
    assert escaped.text == "a.b c"
