"""The simulated Telegram gives a webhook its updates in order, again and again until taken."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, exceptions, types
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from telegram import Bot as OtherBot
from telegram import Update
from telegram import error as other_errors

from tests.support.telegram_simulator.clock import Signal
from tests.support.telegram_simulator.simulator import TelegramSimulator

pytestmark = pytest.mark.filterwarnings("error")

SECRET = "a-secret_Token1"  # known to this test only
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # the name of a header


@pytest.fixture
async def simulator(simulator: TelegramSimulator) -> AsyncIterator[TelegramSimulator]:
    """Nothing that the clients ask for here is against the schema."""
    yield simulator
    assert simulator.violations == []


@asynccontextmanager
async def serving(application: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await runner.cleanup()


class Hook:
    """A webhook that answers as a script says, then with 200, and remembers what it was given."""

    def __init__(self, *script: int | str) -> None:
        self.script = list(script)
        self.given: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.most_at_once: dict[int, int] = defaultdict(int)
        self._now: dict[int, int] = defaultdict(int)
        self.came = Signal()
        self.hold = asyncio.Event()
        self.hold.set()

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/hook", self.take)
        return application

    async def take(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.given.append(update)
        self.secrets.append(request.headers.get(SECRET_HEADER))
        self.came.notify()
        chat = update["message"]["chat"]["id"] if "message" in update else 0
        self._now[chat] += 1
        self.most_at_once[chat] = max(self.most_at_once[chat], self._now[chat])
        await self.hold.wait()
        self._now[chat] -= 1
        step = self.script.pop(0) if self.script else 200
        if isinstance(step, str):
            return web.Response(status=503, headers={"Retry-After": step})
        return web.Response(status=step)

    async def expect(self, count: int) -> None:
        """Wait until so many updates were given in all."""
        while len(self.given) < count:
            assert await self.came.wait(5), f"{len(self.given)} of {count} updates came"

    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.given if "message" in update]


async def test_a_webhook_gets_each_update_with_the_secret_and_polling_is_refused(
    simulator: TelegramSimulator, bot: Bot, other_bot: OtherBot
) -> None:
    hook = Hook()
    user = simulator.user()
    async with serving(hook.application()) as url:
        await bot.set_webhook(url, secret_token=SECRET, max_connections=5)
        await user.send("help")
        await simulator.wait_until_confirmed()
        assert hook.texts() == ["help"]
        assert hook.secrets == [SECRET]
        with pytest.raises(
            other_errors.Conflict, match="can't use getUpdates method while webhook is active"
        ):
            await other_bot.get_updates()
        assert (await bot.get_webhook_info()).max_connections == 5
        await other_bot.delete_webhook()
    await user.send("by polling")
    assert len(await bot.get_updates()) == 1
    with pytest.raises(
        exceptions.TelegramBadRequest, match="secret token contains unallowed characters"
    ):
        await bot.set_webhook(url, secret_token="not allowed!")  # it is refused


async def test_a_webhook_gets_a_chats_updates_one_by_one_and_chats_beside_each_other(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    hook = Hook(500, 500)
    hook.hold.clear()
    one, two = simulator.user(), simulator.user()
    async with serving(hook.application()) as url:
        await bot.set_webhook(url)
        for number in range(3):
            await one.send(f"one {number}")
        await two.send("two 0")
        await hook.expect(2)
        assert sorted(hook.texts()) == ["one 0", "two 0"]
        hook.hold.set()
        await simulator.wait_until_confirmed()
    ours = [text for text in hook.texts() if text.startswith("one")]
    assert ours == ["one 0", "one 0", "one 1", "one 2"]
    assert set(hook.most_at_once.values()) == {1}


async def test_a_failing_webhook_is_retried_with_growing_waits_and_retry_after_is_obeyed(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    hook = Hook(500, 500, "1000")
    user = simulator.user()
    async with serving(hook.application()) as url:
        await bot.set_webhook(url)
        await user.send("help")
        await hook.expect(2)
        await asyncio.sleep(0.05)
        assert len(hook.given) == 2
        simulator.clock.advance(1)
        await hook.expect(3)
        await asyncio.sleep(0.05)
        simulator.clock.advance(900)
        await asyncio.sleep(0.05)
        assert len(hook.given) == 3
        assert "503" in ((await bot.get_webhook_info()).last_error_message or "")
        simulator.clock.advance(100)
        await simulator.wait_until_confirmed()
    assert hook.texts() == ["help"] * 4


async def test_a_webhook_too_slow_to_answer_is_given_the_update_again(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    hook = Hook()
    hook.hold.clear()
    simulator.webhook.answer_awaited = 0.1
    user = simulator.user()
    async with serving(hook.application()) as url:
        await bot.set_webhook(url)
        await user.send("help")
        await hook.expect(2)
        hook.hold.set()
        simulator.clock.advance(2)
        await simulator.wait_until_confirmed()
    assert set(hook.texts()) == {"help"}


async def test_webhook_handlers_of_both_libraries_take_what_is_given(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    dispatcher = Dispatcher()
    heard: list[str] = []

    @dispatcher.message()
    async def answer(message: types.Message) -> object:
        heard.append(f"aiogram {message.text}")
        return message.answer("an answer that is a method")

    async def other(request: web.Request) -> web.Response:
        update = Update.de_json(await request.json(), None)
        assert update.message is not None
        heard.append(f"ptb {update.message.text}")
        return web.Response()

    application = web.Application()
    handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=SECRET)
    application.router.add_post("/hook", handler.handle)
    application.router.add_post("/hook/other", other)
    user = simulator.user()
    async with serving(application) as url:
        await bot.set_webhook(url, secret_token=SECRET)
        await user.send("one")
        await user.expect("an answer that is a method")
        await simulator.wait_until_confirmed()
        await bot.set_webhook(f"{url}/other")
        await user.send("two")
        await simulator.wait_until_confirmed()
    assert heard == ["aiogram one", "ptb two"]


async def test_a_webhook_may_get_an_update_twice_and_a_press_before_the_text(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    hook = Hook()
    user = simulator.user(started=True)
    button = types.InlineKeyboardButton(text="Yes", callback_data="yes")
    await bot.send_message(
        user.id, "?", reply_markup=types.InlineKeyboardMarkup(inline_keyboard=[[button]])
    )
    async with serving(hook.application()) as url:
        await bot.set_webhook(url)
        simulator.faults.reorder_updates(window=2)
        simulator.faults.duplicate_updates(2)
        await user.send("text")
        await user.press(await user.expect("?"), 1)
        await hook.expect(4)
    kinds = ["callback_query" if "callback_query" in update else "message" for update in hook.given]
    assert sorted(kinds) == ["callback_query", "callback_query", "message", "message"]
    assert kinds[0] == "callback_query"
    assert hook.given[0]["update_id"] > next(
        update["update_id"] for update in hook.given if "message" in update
    )
