"""Opens the store for one command, beside a running line or without one; errors as sentences."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

import procrastinate
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from bot import clock, logs, queue, settings
from bot.settings import Settings
from bot.storage import installation
from bot.storage.database import Database, DatabaseError, EmbeddedServer, migrate
from bot.storage.encryption import Keyring, KeyringError

ACTOR = "cli"
"""Who did it, in the audit trail."""


class RefusedError(Exception):
    """What was asked for can't be done; the message says why and how to mend it."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.status = status
        """1 when it cannot be done now, 2 when what was written cannot be meant."""


Act: TypeAlias = Callable[[argparse.Namespace], Coroutine[None, None, int]]
"""What a command does with its words; its exit status."""


@dataclass(frozen=True, slots=True)
class Store:
    """What a command works on. No model, no flows, no texts: so it is there at once."""

    settings: Settings
    database: Database
    keyring: Keyring
    queue: procrastinate.App
    """Not opened: jobs can be deferred in a transaction, which is all that a command does."""


def run(command: Callable[[], Awaitable[int]]) -> int:
    """Run a command; its exit status. What keeps it from its work is told in a sentence."""
    logs.configure("ERROR")
    try:
        return asyncio.run(_awaited(command))
    except RefusedError as error:
        sys.stderr.write(f"{error}\n")
        return error.status
    except (DatabaseError, KeyringError) as error:
        sys.stderr.write(f"The store cannot be used:\n{error}\n")
    except BrokenPipeError:
        sys.stderr.close()  # or Python complains of the broken pipe once more as it ends
    except (DBAPIError, PoolExhausted) as error:
        # Its own text may quote a row.
        name = type(getattr(error, "orig", None) or error).__name__
        sys.stderr.write(
            f"The database cannot be used now ({name}). If HELPLINE_DATABASE_URL is set, is its "
            "server up, and the URL right? Then try again: nothing was changed\n"
        )
    return 1


async def _awaited(command: Callable[[], Awaitable[int]]) -> int:
    return await command()


@asynccontextmanager
async def opened() -> AsyncIterator[Store]:
    """Open the store; an embedded server that runs already is joined, and left running.

    Raises:
        SettingsError, DatabaseError, KeyringError, RefusedError: something is missing or wrong.
    """
    found = settings.read()
    async with AsyncExitStack() as stack:
        url = await _database_url(found, stack)
        await asyncio.to_thread(migrate, url)
        database = Database.open(url)
        stack.push_async_callback(database.close)
        await database.assert_safe()
        keyring = Keyring.open(found.data_dir, found.master_key(), clock.today())
        async with database.transaction() as session:
            await installation.bind_keyring(session, keyring)
        yield Store(found, database, keyring, queue.create_app(url))


async def _database_url(found: Settings, stack: AsyncExitStack) -> str:
    if found.database_url is not None:
        return found.database_url.get_secret_value()
    server = EmbeddedServer(found.data_dir)
    try:
        url = await asyncio.to_thread(server.start)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        place = found.data_dir / "postgres"
        raise RefusedError(
            f"The embedded database in {place} cannot be started ({type(error).__name__}). Run "
            f"this as the user who runs the line; what PostgreSQL says is in {place / 'log'}",
            1,
        ) from None
    stack.push_async_callback(asyncio.to_thread, server.stop)
    return url
