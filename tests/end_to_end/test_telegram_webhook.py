"""Updates by webhook: only from Telegram, and acknowledged only once they are stored."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import aiohttp
import psycopg
import pytest
import pytest_asyncio
from multidict import CIMultiDict

from bot.channels.telegram.receive import MOST_BYTES, SECRET_HEADER, WEBHOOK_PATH
from tests.support.line import eventually, healthy
from tests.support.parts import private_directory
from tests.support.telegram_line import (
    SECRET,
    Contact,
    Scene,
    connected,
    fresh_database,
    hurry,
    text_of,
)
from tests.support.telegram_simulator.simulator import TelegramSimulator
from tests.support.telegram_simulator.wire import JsonObject

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST_OWN_ID = 1_000_000_000
REFUSED: dict[str, list[tuple[str, str]]] = {
    "none": [],
    "empty": [(SECRET_HEADER, "")],
    "wrong": [(SECRET_HEADER, "another-secret_")],
    "beginning": [(SECRET_HEADER, SECRET[:-1])],
    "longer": [(SECRET_HEADER, f"{SECRET}1")],
    "other_case": [(SECRET_HEADER, SECRET.upper())],
    "right_twice": [(SECRET_HEADER, SECRET), (SECRET_HEADER, SECRET)],
    "right_then_wrong": [(SECRET_HEADER, SECRET), (SECRET_HEADER, "x")],
    "wrong_then_right": [(SECRET_HEADER, "x"), (SECRET_HEADER, SECRET)],
    "list": [(SECRET_HEADER, f"{SECRET},{SECRET}")],
    "elsewhere": [("Authorization", f"Bearer {SECRET}")],
    "not_ascii": [(SECRET_HEADER, "gehëim")],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def telegram(postgres: str, template: str) -> AsyncIterator[Scene]:
    """A line that gets its updates by webhook."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        private_directory() as directory,
        fresh_database(postgres, template) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        hurry(patch)
        hook = {"public_url": f"http://127.0.0.1:{port}", "telegram_secret": SECRET, "port": port}
        async with (
            TelegramSimulator() as simulator,
            connected(simulator, directory, url, **hook) as scene,
        ):
            await eventually(lambda: simulator.telegram.webhook is not None, 10)
            yield scene
            await scene.check()


async def _post(
    telegram: Scene, body: bytes | JsonObject, headers: list[tuple[str, str]] | None = None
) -> aiohttp.ClientResponse:
    """Post to the webhook; with the right secret unless told otherwise."""
    given = [(SECRET_HEADER, SECRET)] if headers is None else headers
    data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{telegram.address}{WEBHOOK_PATH}", data=data, headers=CIMultiDict(given)
        ) as answer,
    ):
        await answer.read()
        return answer


def _update(contact: Contact, text: str, number: int) -> JsonObject:
    message = {
        "message_id": number,
        "date": 1_700_000_000,
        "chat": contact.user.chat.as_chat(),
        "from": contact.user.person.as_user(),
        "text": text,
    }
    return {"update_id": FIRST_OWN_ID + number, "message": message}


@pytest.mark.parametrize("variant", REFUSED)
async def test_who_does_not_know_the_secret_is_refused_and_nothing_is_stored(
    telegram: Scene, variant: str
) -> None:
    before = (await telegram.count(), await telegram.parked())
    answer = await _post(telegram, _update(telegram.contact(), "/start", 1), REFUSED[variant])
    assert answer.status == 401
    bad = await _post(telegram, b"not json", REFUSED[variant])
    assert bad.status == 401
    assert (await telegram.count(), await telegram.parked()) == before


async def test_a_secret_that_is_no_text_is_refused(telegram: Scene) -> None:
    place = urlsplit(telegram.address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(
        f"POST {WEBHOOK_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        f"Connection: close\r\n{SECRET_HEADER}: ".encode()
        + b"\xff\xfe\r\n\r\n{}"
    )
    status = await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert status.split()[1] == b"401"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"7",
        b"null",
        b"{}",
        b'{"update_id": "x"}',
        b"\xff\xfe",
        b"[" * 9999,
    ],
)
async def test_what_is_no_update_is_a_bad_request(telegram: Scene, body: bytes) -> None:
    before = await telegram.parked()
    assert (await _post(telegram, body)).status == 400
    assert await telegram.parked() == before


async def test_a_body_that_is_too_large_is_refused(telegram: Scene) -> None:
    assert (await _post(telegram, b" " * (MOST_BYTES + 1))).status == 413


async def test_only_posting_is_allowed(telegram: Scene) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{telegram.address}{WEBHOOK_PATH}") as answer,
    ):
        assert answer.status == 405


async def test_an_update_that_cannot_be_read_is_parked_and_acknowledged(telegram: Scene) -> None:
    before = await telegram.parked()
    broken = {"update_id": FIRST_OWN_ID + 50, "message": {"message_id": "x"}}
    assert (await _post(telegram, broken)).status == 200
    assert (await _post(telegram, broken)).status == 200
    assert await telegram.parked() == before + 1


async def test_a_conversation_goes_on_as_by_polling(telegram: Scene) -> None:
    contact = telegram.contact()
    assert telegram.phrase("welcome") in text_of(await contact.write("/start"))
    press = await contact.user.press(contact.screen[-1], "/capabilities")
    assert (await contact.user.expect_answer(press)).answered
    await telegram.quiet()
    assert telegram.phrase("menu") in text_of(contact.screen)
    hook = telegram.simulator.telegram.webhook
    assert hook is not None
    assert hook.last_error_message is None


async def test_an_update_given_again_has_no_second_effect(telegram: Scene) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    update = _update(contact, "/menu", 60)
    for _ in range(3):
        assert (await _post(telegram, update)).status == 200
    await telegram.quiet()
    assert [message.command for message in await contact.stored()] == ["start", "menu"]


async def test_the_answer_comes_only_after_the_commit(telegram: Scene) -> None:
    contact = telegram.contact()
    url = telegram.line.runtime.database.url
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE")
        posting = asyncio.ensure_future(_post(telegram, _update(contact, "/start", 70)))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(posting), 0.3)
        other.rollback()
        assert (await posting).status == 200
        found = other.execute("SELECT count(*) FROM deliveries WHERE update_id = '1000000070'")
        assert found.fetchone() == (1,)
    await contact.user.send("/menu")  # Telegram lets nobody be written to who has not written
    await telegram.quiet()


async def test_while_the_database_is_away_telegram_is_asked_to_come_again(
    telegram: Scene,
) -> None:
    contact = telegram.contact()
    await contact.write("/start")
    with _away(telegram):
        answer = await _post(telegram, _update(contact, "/menu", 80))
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        await contact.user.send("/privacy")
        hook = telegram.simulator.telegram.webhook
        assert hook is not None
        await eventually(lambda: "503" in (hook.last_error_message or ""), 5)
    telegram.simulator.clock.advance(60)
    await telegram.quiet()
    await eventually(lambda: healthy(telegram.address), 20, "the workers are back")
    assert [message.command for message in await contact.stored()] == ["start", "privacy"]
    assert "stored encrypted" in text_of(contact.screen)


@contextmanager
def _away(telegram: Scene) -> Iterator[None]:
    """Close the line's database to everybody."""
    url = telegram.line.runtime.database.url
    server = url.replace(url.split("/")[3].partition("?")[0], "postgres", 1)
    name = url.split("/")[3].partition("?")[0]
    with psycopg.connect(server, autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname=%s", [name]
        )
        yield
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
