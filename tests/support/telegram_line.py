"""A whole line on a simulated Telegram, in this process; and people who wait for its answers."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa

from bot import app
from bot.content.answers import HUMAN_PAYLOAD
from bot.domain.messages import Address
from bot.storage import conversations, messages
from bot.storage.cases import Page
from bot.storage.conversations import Conversation
from bot.storage.messages import Message, ParkedUpdate
from tests.support.account import nothing_waits
from tests.support.line import eventually, running, settings
from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.emitted import wrong_in_what_was_emitted
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.telegram_simulator.simulator import TelegramSimulator

SECRET = "a-secret_Token1"
_numbers = itertools.count()


@dataclass
class Scene:
    """A simulated Telegram and the line that is connected to it."""

    simulator: TelegramSimulator
    line: app.App
    address: str
    """Of the line's web server."""

    def contact(self, language: str | None = "en", **details: str) -> Contact:
        """Somebody who has not written yet."""
        return Contact(self, self.simulator.user(language_code=language, **details))

    def phrase(self, key: str, language: str = "en") -> str:
        """A phrase as editors wrote it."""
        found = self.line.runtime.content.phrase(key, language)
        assert found is not None, key
        return found.fill({})

    async def quiet(self, seconds: float = 20.0) -> None:
        """Wait until every update is stored, turned and answered."""
        await self.simulator.wait_until_confirmed(timeout=seconds)
        await eventually(
            lambda: nothing_waits(self.line.runtime.database), seconds, "all turned and sent"
        )

    async def count(self, *conditions: sa.ColumnElement[bool]) -> int:
        """How many stored messages fit."""
        async with self.line.runtime.database.transaction() as session:
            query = sa.select(sa.func.count()).select_from(Message).where(*conditions)
            return await session.scalar(query) or 0

    async def conversations(self) -> int:
        """How many conversations there are."""
        async with self.line.runtime.database.transaction() as session:
            query = sa.select(sa.func.count()).select_from(Conversation)
            return await session.scalar(query) or 0

    async def parked(self) -> int:
        """How many updates could not be read."""
        async with self.line.runtime.database.transaction() as session:
            query = sa.select(sa.func.count()).select_from(ParkedUpdate)
            return await session.scalar(query) or 0

    async def turns_that_leave_alone(self) -> list[str]:
        """Last texts of turns that neither called a human nor offer a button to one."""
        runtime, alone = self.line.runtime, []
        async with runtime.database.transaction() as session:
            called = set(await session.scalars(sa.select(Page.turn_id)))
            for identity in await session.scalars(sa.select(Conversation.id)):
                conversation = await conversations.load(session, runtime.keyring, identity)
                assert conversation is not None
                last = {
                    row.turn_id: messages.read_outbound(conversation, row)
                    for row in await messages.of_conversation(session, identity)
                    if not row.inbound and row.turn_id not in {None, *called}
                }
                alone += [
                    reply.text
                    for reply in last.values()
                    if not any(b.payload == HUMAN_PAYLOAD for row in reply.buttons for b in row)
                ]
        return alone

    async def check(self) -> None:
        """What holds of every conversation, whatever was written in it."""
        simulator = self.simulator
        assert simulator.violations == []
        assert wrong_in_what_was_emitted(simulator) == []
        assert simulator.ledger.retry_after_broken() == 0
        assert await self.turns_that_leave_alone() == []
        for call in simulator.ledger.calls("sendMessage", accepted=True):
            assert call.parameters.get("protect_content") in {True, "true"}, call.message_id


@dataclass
class Contact:
    """A person with the chat open, who reads all of an answer before going on."""

    scene: Scene
    user: SimulatedUser

    @property
    def address(self) -> Address:
        return Address("telegram", str(self.user.id))

    @property
    def screen(self) -> list[StoredMessage]:
        """What the chat shows."""
        return self.user.chat.visible

    async def write(self, text: str) -> list[StoredMessage]:
        """Write, and give what came back."""
        return await self.after(self.user.send(text))

    async def press(self, title: str) -> list[StoredMessage]:
        """Press the newest button with this title (or payload), and give what came back."""
        for message in reversed(self.screen):
            if any(title in {button.text, button.data} for button in message.buttons):
                return await self.after(self.user.press(message, title))
        shown = [button.text for message in self.screen for button in message.buttons]
        raise LookupError(f"no button {title!r} among {shown}")

    async def after(self, act: Awaitable[object]) -> list[StoredMessage]:
        """Do something, and give what came back."""
        before = len(self.user.chat.from_bot)
        await act
        await self.scene.quiet()
        return self.user.chat.from_bot[before:]

    async def conversation_id(self) -> uuid.UUID | None:
        """The conversation's id; None when there is none."""
        runtime = self.scene.line.runtime
        async with runtime.database.transaction() as session:
            found = await conversations.find(session, runtime.keyring, self.address)
            return found.row.id if found is not None else None

    async def stored(self) -> list[str]:
        """Kinds of what is stored from this person, in order."""
        identity = await self.conversation_id()
        assert identity is not None
        async with self.scene.line.runtime.database.transaction() as session:
            rows = await messages.of_conversation(session, identity)
        return [row.kind for row in rows if row.inbound]

    async def reachable(self) -> bool:
        """Whether the line thinks that it may write to this person."""
        runtime = self.scene.line.runtime
        async with runtime.database.transaction() as session:
            found = await conversations.find(session, runtime.keyring, self.address)
            assert found is not None
            return found.row.reachable


def text_of(replies: list[StoredMessage]) -> str:
    """All that was said, as one text."""
    return "\n\n".join(message.text for message in replies)


def titles(replies: list[StoredMessage]) -> list[str]:
    """The labels of all buttons."""
    return [button.text for message in replies for button in message.buttons]


def payloads(replies: list[StoredMessage]) -> list[str]:
    """What all buttons send."""
    return [button.data or "" for message in replies for button in message.buttons]


@contextmanager
def fresh_database(postgres: str, template: str) -> Iterator[str]:
    """A migrated database that lives as long as the block."""
    name = f"telegram_{next(_numbers)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    yield postgres.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@asynccontextmanager
async def connected(
    simulator: TelegramSimulator, data_dir: Path, database_url: str, **values: object
) -> AsyncIterator[Scene]:
    """A line that polls the simulator, or gets its webhook if `public_url` is set."""
    found = settings(
        data_dir,
        database_url=database_url,
        telegram_token=simulator.token,
        telegram_api=simulator.url,
        **values,
    )
    async with running(found) as (line, address):
        yield Scene(simulator, line, address)
