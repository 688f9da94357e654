"""Requirement 1 of the threat study: acknowledged means stored, by both of Telegram's ways."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

import aiohttp
import psycopg
import pytest

from bot.channels.telegram.receive import SECRET_HEADER, WEBHOOK_PATH
from bot.storage.messages import Message
from tests.support.line import eventually
from tests.support.parts import private_directory
from tests.support.telegram_line import SECRET, Scene, connected, text_of
from tests.support.telegram_simulator.simulator import TelegramSimulator

QUESTION = "where is the embassy of kenya"


@asynccontextmanager
async def _scene(database_url: str, **values: object) -> AsyncIterator[Scene]:
    with private_directory() as directory:
        async with (
            TelegramSimulator(ledger=directory / "ledger.jsonl") as simulator,
            connected(simulator, directory, database_url, **values) as scene,
        ):
            yield scene


class _Database:
    """The line's own database on a server that the tests share."""

    def __init__(self, server: str, url: str) -> None:
        self._server = server
        self._name = urlsplit(url).path[1:]

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nobody is let in, and whoever is in is put out."""
        self._execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false")
        self._execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._name}'"
        )
        try:
            yield
        finally:
            self._execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def test_polling_does_not_move_on_while_the_database_is_away(
    postgres: str, database_url: str
) -> None:
    async with _scene(database_url) as scene:
        contact = scene.contact()
        await contact.write(QUESTION)
        with _Database(postgres, database_url).away():
            await contact.user.send("one")
            await contact.user.send("two")
            await eventually(lambda: _given(scene) >= 2, 15, "the updates are given again")
            assert scene.simulator.pending_updates == 2
        await scene.quiet(60)
        assert await _stored(scene) == 3
        assert await scene.count() == 3 + len(contact.user.chat.from_bot)
        assert len(scene.simulator.ledger.confirmed_ids()) == 3


def _given(scene: Scene) -> int:
    """How often the update that waits longest was given."""
    first = min(update.update_id for update in scene.simulator.telegram.updates.pending)
    return scene.simulator.ledger.times_given()[first]


async def test_the_webhook_answers_503_while_the_database_is_away(
    postgres: str, database_url: str
) -> None:
    async with _scene(database_url, **_webhook(_free_port())) as scene:
        simulator = scene.simulator
        await eventually(lambda: simulator.telegram.webhook is not None, 10, "a webhook is set")
        contact = scene.contact()
        await contact.write(QUESTION)
        with _Database(postgres, database_url).away():
            await contact.user.send("one")
            await eventually(lambda: "503" in _last_error(scene), 20, "Telegram was told 503")
            assert simulator.pending_updates == 1
            assert await _post(scene, {"update_id": 1, "message": {}}) == 503
        assert await _post(scene, {"update_id": 1, "message": {}}) == 200
        await scene.quiet(60)
        assert await _stored(scene) == 2
        assert "Kenya" in text_of(contact.user.chat.from_bot[:1])


@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_what_only_half_of_the_store_took_is_not_acknowledged(
    database_url: str, way: str
) -> None:
    """The message could be written and its turn could not be deferred: that is nothing stored."""
    values = _webhook(_free_port()) if way == "webhook" else {}
    async with _scene(database_url, **values) as scene:
        contact = scene.contact()
        await contact.write(QUESTION)
        _rename(database_url, "procrastinate_defer_jobs_v1", "gone")
        await contact.user.send("one")
        await eventually(lambda: _given(scene) >= 2, 15, "the update is given again")
        assert scene.simulator.pending_updates == 1
        assert await _stored(scene) == 1
        _rename(database_url, "gone", "procrastinate_defer_jobs_v1")
        await scene.quiet(60)
        assert await _stored(scene) == 2


def _webhook(port: int) -> dict[str, object]:
    address = f"http://127.0.0.1:{port}"
    return {"public_url": address, "telegram_secret": SECRET, "port": port}


async def _stored(scene: Scene) -> int:
    return await scene.count(Message.inbound.is_(True))


def _rename(url: str, old: str, new: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER FUNCTION {old} RENAME TO {new}".encode())


def _last_error(scene: Scene) -> str:
    webhook = scene.simulator.telegram.webhook
    return (webhook.last_error_message or "") if webhook else ""


async def _post(scene: Scene, update: object) -> int:
    await asyncio.sleep(0)
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            scene.address + WEBHOOK_PATH, json=update, headers={SECRET_HEADER: SECRET}
        ) as answer,
    ):
        return answer.status
