"""Fixtures of all tiers: one PostgreSQL server, a fresh database for each test that asks."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from bot import clock, queue
from bot.domain.channel import Channel
from bot.inbox import Inbox
from bot.outbox import Outbox
from bot.storage.database import Database, EmbeddedServer, migrate
from bot.storage.encryption import Keyring
from tests.support import rasa_server
from tests.support.parts import Parts, RecordingChannel, private_directory

_numbers = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of a Rasa server last: its model is trained while the others run."""
    items.sort(key=_needs_rasa)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin the training, if anybody will ask for it."""
    if any(map(_needs_rasa, session.items)) and not session.config.option.collectonly:
        rasa_server.begin()


def pytest_sessionfinish() -> None:
    """Leave no training behind when the tests were broken off."""
    rasa_server.end()


def _needs_rasa(item: pytest.Item) -> bool:
    return item.get_closest_marker("rasa") is not None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real server, embedded as in production."""
    with private_directory() as directory:
        server = EmbeddedServer(directory)
        yield server.start()
        server.stop()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data directory in which a server may run."""
    with private_directory() as directory:
        yield directory


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """A migrated database from which each test's own is copied."""
    _execute(postgres, "CREATE DATABASE template_of_tests")
    migrate(_with_database(postgres, "template_of_tests"))
    return "template_of_tests"


@pytest.fixture
def database_url(postgres: str, template: str) -> Iterator[str]:
    """A fresh, migrated database."""
    name = f"test_{next(_numbers)}"
    _execute(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _with_database(postgres, name)
    _execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def parts(database_url: str, tmp_path: Path) -> AsyncIterator[Parts]:
    """The store, the keys, the queue, the inbox and the outbox, with a channel that records."""
    database = Database.open(database_url)
    keyring = Keyring.open(tmp_path / "keys", None, clock.today())
    jobs = queue.create_app(database_url)
    channel = RecordingChannel()
    channels: dict[str, Channel] = {"test": channel}
    async with jobs.open_async():
        yield Parts(
            database=database,
            keyring=keyring,
            queue=jobs,
            channel=channel,
            inbox=Inbox(database, keyring, jobs),
            outbox=Outbox(database, keyring, jobs, channels),
        )
    await database.close()


def _with_database(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
