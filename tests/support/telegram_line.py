"""A whole line on a simulated Telegram, in this process; and people who wait for its answers."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
import pytest
import sqlalchemy as sa

from bot import app
from bot.channels.telegram import desk_pace, pace
from bot.content.answers import HUMAN_PAYLOAD
from bot.domain.messages import Address, InboundMessage, OutboundMessage
from bot.storage import conversations, messages, operators
from bot.storage.cases import Page
from bot.storage.conversations import Conversation
from bot.storage.deliveries import ParkedUpdate
from bot.storage.messages import Message
from bot.storage.operators import Role
from tests.support.account import nothing_waits
from tests.support.line import running, settings
from tests.support.telegram_simulator.chats import StoredMessage
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

    def contact(
        self,
        language: str | None = "en",
        *,
        first_name: str = "Contact",
        last_name: str | None = None,
        username: str | None = None,
    ) -> Contact:
        """Somebody who has not written yet."""
        user = self.simulator.user(
            language_code=language, first_name=first_name, last_name=last_name, username=username
        )
        return Contact(self, user)

    def phrase(self, key: str, language: str = "en") -> str:
        """A phrase as editors wrote it."""
        found = self.line.runtime.content.phrase(key, language)
        assert found is not None, key
        return found.fill({})

    async def on_duty(self, user: SimulatedUser, *languages: str) -> uuid.UUID:
        """Make somebody an operator who is always on duty; their id."""
        runtime = self.line.runtime
        async with runtime.database.transaction() as session:
            row = operators.new(f"Operator {user.id}", Role.OPERATOR, languages or ["en"], "always")
            session.add(row)
            link = operators.new_link(row)
            await session.flush()
            await operators.bind(session, runtime.keyring, link.secret, str(user.id))
            return row.id

    async def quiet(self, seconds: float = 20.0) -> None:
        """Wait until every update is stored, turned and answered."""
        await self.simulator.wait_until_confirmed(timeout=seconds)
        async with asyncio.timeout(seconds):
            while not await nothing_waits(self.line.runtime.database):  # noqa: ASYNC110 - it is SQL
                await asyncio.sleep(0.04)

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
        assert simulator.ledger.retry_after_broken() == 0
        assert await self.turns_that_leave_alone() == []
        assert self.unprotected() == []

    def unprotected(self) -> list[int | None]:
        """Messages of the line that can be forwarded, copied or saved."""
        calls = self.simulator.ledger.calls("sendMessage", accepted=True)
        return [call.message_id for call in calls if call.parameters["protect_content"] != "true"]


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

    async def stored(self) -> list[InboundMessage]:
        """What is stored from this person, in order."""
        runtime = self.scene.line.runtime
        async with runtime.database.transaction() as session:
            found = await conversations.find(session, runtime.keyring, self.address)
            assert found is not None
            rows = await messages.of_conversation(session, found.row.id)
            return [messages.read_inbound(found, row) for row in rows if row.inbound]

    async def receive(self, *replies: OutboundMessage) -> None:
        """Get messages that no turn caused, as an operator's will be."""
        runtime = self.scene.line.runtime
        async with runtime.database.transaction() as session:
            found = await conversations.find(session, runtime.keyring, self.address)
            assert found is not None
            for reply in replies:  # one by one, or they are joined
                await runtime.outbox.enqueue(session, found, [reply], turn_id=None)

    async def received(self, *texts: str) -> None:
        """Have got messages from the line some time ago."""
        runtime, simulated = self.scene.line.runtime, self.scene.simulator.telegram
        async with runtime.database.transaction() as session:
            found = await conversations.find(session, runtime.keyring, self.address)
            assert found is not None
            for text in texts:
                shown = simulated.post(self.user.chat, {"text": text}, author=None)
                row = messages.store_outbound(session, found, OutboundMessage(text), turn_id=None)
                row.status = messages.Status.SENT.value
                messages.keep_references(found, row, (str(shown.message_id),))

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


def look_often(patch: pytest.MonkeyPatch) -> None:
    """Let workers look every tenth second, not every other one, for jobs whose time has come."""
    run = procrastinate.App.run_worker_async

    async def often(self: procrastinate.App, **options: Any) -> None:  # noqa: ANN401 - what it takes
        await run(self, **(options | {"fetch_job_polling_interval": 0.1}))

    patch.setattr(procrastinate.App, "run_worker_async", often)


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Let the line send as fast as it can; tests of Telegram's limits do without this."""
    look_often(patch)
    patch.setattr(pace, "AT_START", 0.0)
    patch.setattr(pace, "CHAT_BURST", 1000)
    patch.setattr(pace, "BURST", 1000)
    patch.setattr(desk_pace, "PER_MINUTE", 100_000)
    patch.setattr(desk_pace, "BURST", 100_000)


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
    telegram = {"telegram_token": simulator.token, "telegram_api": simulator.url}
    found = settings(data_dir, database_url=database_url, **(telegram | values))
    async with running(found) as (line, address):
        yield Scene(simulator, line, address)
