"""The simulated Telegram runs as a process of its own and is led from outside."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiogram import Bot, exceptions, types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from tests.support.telegram_simulator.ledger import Ledger

pytestmark = pytest.mark.filterwarnings("error")


async def test_another_process_can_act_as_people_and_read_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    arguments = ["-m", "tests.support.telegram_simulator", "--port", "0", "--ledger", str(path)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        settings = await _settings(process.stdout)
        url, token = settings["HELPLINE_TELEGRAM_API"], settings["HELPLINE_TELEGRAM_TOKEN"]
        await _act_from_outside(f"{url}/_control", token)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate()
    assert process.returncode == 0
    ledger = Ledger(path)
    [entry] = [entry for entry in ledger.updates_confirmed() if entry.kind == "message"]
    assert ledger.texts_delivered(entry.chat_id or 0) == ["Are you safe?"]
    assert ledger.unconfirmed_ids() == {entry.update_id + 1}


async def _settings(output: asyncio.StreamReader) -> dict[str, str]:
    found: dict[str, str] = {}
    async with asyncio.timeout(20):
        while len(found) < 2:
            name, equals, value = (await output.readline()).decode().strip().partition("=")
            if equals:
                found[name] = value
    return found


async def _act_from_outside(control: str, token: str) -> None:
    async with aiohttp.ClientSession() as session:

        async def post(path: str, status: int = 200, **wanted: Any) -> Any:  # noqa: ANN401  # JSON
            async with session.post(f"{control}/{path}", json=wanted) as response:
                answer = await response.json()
                assert response.status == status, answer
                return answer.get("result")

        user = (await post("users", language_code="my"))["id"]
        await post(f"users/{user}/send", text="help")
        api = TelegramAPIServer.from_base(control.removesuffix("/_control"))
        async with Bot(token, session=AiohttpSession(api=api)) as bot:
            [update] = await bot.get_updates()
            await post("faults/fail", method="sendMessage", code=500)
            button = types.InlineKeyboardButton(text="Yes", callback_data="yes")
            keyboard = types.InlineKeyboardMarkup(inline_keyboard=[[button]])
            with pytest.raises(exceptions.TelegramServerError):
                await bot.send_message(user, "lost")
            await bot.send_message(user, "Are you safe?", reply_markup=keyboard)
            message = await post(f"users/{user}/expect", text="safe")
            await post(f"users/{user}/expect", 408, text="nothing", timeout=0.05)
            query = await post(
                f"users/{user}/press", message_id=message["message_id"], button="Yes"
            )
            assert query["data"] == "yes"
            await bot.get_updates(offset=update.update_id + 1)
            group = (await post("groups", kind="forum", title="Desk", members=[user]))["id"]
            topic = (await post(f"groups/{group}/create_topic", user=user, name="Case"))[
                "thread_id"
            ]
            await post(f"groups/{group}/send", user=user, text="hi", topic=topic)
            await post(f"users/{user}/send_photo", data_base64="AAAA", caption="a photo")
            await post(f"users/{user}/dance", 400)
            await post("clock/advance", seconds=90_000)
            await post("limits", enabled=True, chat_burst=1)
        async with session.get(f"{control}/chats/{user}/messages") as response:
            assert [said["text"] for said in (await response.json())["result"]] == [
                "help",
                "Are you safe?",
                "a photo",
            ]
        async with session.get(f"{control}/state") as response:
            assert (await response.json())["result"]["violations"] == 0
        async with session.get(f"{control}/ledger", params={"event": "call"}) as response:
            assert len((await response.json())["result"]) == 4
