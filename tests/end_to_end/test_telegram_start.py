"""Starting: what Telegram is told, what may fail, and what an earlier run left open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from structlog.testing import capture_logs

from bot import app
from bot.channels.telegram.commands import COMMANDS
from bot.channels.telegram.introduce import TokenRefused
from tests.support.line import LineProcess
from tests.support.telegram_line import connected, hurry, text_of, titles
from tests.support.telegram_simulator.simulator import TelegramSimulator


@pytest_asyncio.fixture
async def simulator(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramSimulator]:
    hurry(monkeypatch)
    async with TelegramSimulator() as found:
        yield found
        assert found.violations == []


async def test_telegram_learns_the_commands_in_every_language(
    simulator: TelegramSimulator, data_dir: Path, database_url: str
) -> None:
    async with connected(simulator, data_dir, database_url) as scene:
        await scene.contact().write("/start")
        commands = simulator.telegram.profile.commands
        found = {
            language: {entry["command"]: entry["description"] for entry in entries}
            for (_, language), entries in commands.items()
        }
        own = {"tl": "fil", "": "en"}
        spoken_here = dict(scene.line.runtime.content.offered_languages())
        assert {own.get(code, code) for code in found} == spoken_here.keys()
        for language, texts in found.items():
            spoken = own.get(language, language)
            wanted = {name: scene.phrase(f"command_{name}", spoken) for name in COMMANDS}
            assert texts == wanted


@pytest.mark.parametrize("code", [404, 500])
async def test_commands_that_telegram_does_not_take_are_only_warned_about(
    simulator: TelegramSimulator, data_dir: Path, database_url: str, code: int
) -> None:
    calls = 15  # one for each language, and one for all others
    simulator.faults.fail("setMyCommands", code, times=calls)
    with capture_logs() as logs:
        async with connected(simulator, data_dir, database_url) as scene:
            replies = await scene.contact().write("/start")
            assert scene.phrase("welcome") in text_of(replies)
    assert simulator.faults.struck == calls
    warned = [line for line in logs if line["event"] == "telegram_start_call_failed"]
    assert [line["log_level"] for line in warned] == ["warning"] * calls


async def test_a_webhook_of_before_is_taken_away_and_what_waited_is_kept(
    simulator: TelegramSimulator, data_dir: Path, database_url: str
) -> None:
    user = simulator.user()
    simulator.faults.go_down(0.5)
    await user.send("/start")
    async with connected(simulator, data_dir, database_url) as scene:
        await scene.quiet()
        assert scene.phrase("welcome") in text_of(user.chat.from_bot)
    assert simulator.ledger.calls("deleteWebhook")


async def test_what_is_no_token_is_refused_before_anything_is_sent(
    simulator: TelegramSimulator, data_dir: Path, database_url: str
) -> None:
    with pytest.raises(TokenRefused):
        async with connected(simulator, data_dir, database_url, telegram_token="nonsense"):
            pytest.fail("it started")
    assert simulator.ledger.calls() == []


async def test_helpline_run_says_in_a_sentence_that_a_token_is_wrong(
    data_dir: Path, database_url: str
) -> None:
    async with _unknowing() as telegram:
        line = LineProcess(
            data_dir,
            HELPLINE_DATABASE_URL=database_url,
            HELPLINE_TELEGRAM_TOKEN="42:WRONG",
            HELPLINE_TELEGRAM_API=telegram,
        )
        await line.start()
        try:
            assert await line.wait_for_death(20) == 1
        finally:
            line.kill()
    said = line.log.read_text()
    assert "HELPLINE_TELEGRAM_TOKEN" in said
    assert "@BotFather" in said
    assert "Traceback" not in said
    assert "42:WRONG" not in said


@asynccontextmanager
async def _unknowing() -> AsyncIterator[str]:
    """A Telegram that knows no bot, and takes a second to say so: see the next test."""

    async def refuse(_request: web.Request) -> web.Response:
        await asyncio.sleep(1)
        answer = {"ok": False, "error_code": 401, "description": "Unauthorized"}
        return web.json_response(answer, status=401)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", refuse)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_loop_that_misses_its_cancellation_does_not_keep_the_line_from_stopping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "STUBBORN", 0.1)
    over = asyncio.Event()

    async def deaf_once() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await over.wait()
        await over.wait()
        raise TokenRefused  # the only way out of `run_forever` that is left

    async def refused() -> None:
        await asyncio.sleep(0)
        raise TokenRefused

    running = asyncio.ensure_future(app.run_forever([deaf_once, refused]))
    _, late = await asyncio.wait({running}, timeout=1)
    over.set()
    with pytest.raises(TokenRefused):
        await running
    assert not late


async def test_a_second_start_goes_on_where_the_first_one_stopped(
    simulator: TelegramSimulator, data_dir: Path, database_url: str
) -> None:
    async with connected(simulator, data_dir, database_url) as scene:
        contact = scene.contact()
        await contact.write("/language id")
        replies = await contact.press("/embassy_contact")
        assert scene.phrase("ask_nationality", "id") in text_of(replies)
        identity = await contact.conversation_id()
    await contact.user.send("Saya dari Kenya")
    other = simulator.user(language_code="en")
    await other.send("/start")
    async with connected(simulator, data_dir, database_url) as scene:
        await scene.quiet()
        contact.scene = scene
        assert await contact.conversation_id() == identity
        assert scene.phrase("mission_intro", "id") in contact.screen[-1].text
        assert "Kenya" in contact.screen[-1].text
        assert scene.phrase("welcome") in text_of(other.chat.from_bot)
        replies = await contact.write("/menu")
        assert scene.phrase("menu", "id") in text_of(replies)
        assert scene.phrase("button_human", "id") in titles(replies)
        await scene.check()
