"""A line whose turns a test takes one by one, with the real model, flows and texts; no jobs run."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot import turn
from bot.app import CAUTIOUS
from bot.domain.cases import Move, Outcome
from bot.domain.messages import Address, InboundMessage, Kind, OutboundMessage
from bot.flows.state import FlowState, Policy
from bot.handoff import cases
from bot.handoff.cases import Actor
from bot.handoff.parts import Parts as HandoffParts
from bot.nlu.understand import Understander
from bot.queue import Job
from bot.runtime import Runtime
from bot.settings import ROOT
from bot.storage import conversations, messages, operators
from bot.storage.cases import Case, Page
from bot.storage.conversations import Conversation
from bot.storage.installation import AuditEntry
from bot.storage.messages import Message
from bot.storage.operators import Role
from bot.storage.posts import Post, PostKind
from bot.triage import Thresholds
from tests.support.editions import press_of
from tests.support.line import settings
from tests.support.parts import Parts
from tests.support.watched import UnspokenDesk

CRITICAL = "they will kill me"
"""A phrase of nlu/danger/en.yml: it counts with and without a model."""
CALM = "where is the embassy of kenya"
_updates = itertools.count(1)


@dataclass(frozen=True)
class Turned:
    """The line, and what its store says."""

    store: Parts
    runtime: Runtime

    @property
    def parts(self) -> HandoffParts:
        return self.runtime.handoff

    def contact(self, sender: str = "1") -> Writer:
        return Writer(self, sender)

    async def operator(self, name: str = "Ani", role: Role = Role.OPERATOR) -> uuid.UUID:
        async with self.store.database.transaction() as session:
            row = operators.new(name, role, ["en"], "always")
            session.add(row)
            return row.id

    async def move(
        self,
        case: uuid.UUID,
        move: Move,
        operator: uuid.UUID,
        outcome: Outcome | None = None,
    ) -> None:
        async with self.store.database.transaction() as session:
            actor = Actor(operator, str(operator))
            await cases.move(self.store.queue, session, case, move, actor, outcome=outcome)

    async def acknowledge(self, case: uuid.UUID, operator: uuid.UUID) -> None:
        async with self.store.database.transaction() as session:
            await cases.acknowledge(self.store.queue, session, case, Actor(operator, "x"))

    async def change(self, case: uuid.UUID, **values: object) -> None:
        async with self.store.database.transaction() as session:
            await session.execute(sa.update(Case).where(Case.id == case).values(**values))

    async def row(self, case: uuid.UUID) -> Case:
        async with self.store.database.transaction() as session:
            return await session.get_one(Case, case)

    async def posts(self, room: uuid.UUID, *kinds: PostKind) -> list[Post]:
        """What a room shows, in order; of some kinds only, or of all."""
        async with self.store.database.transaction() as session:
            found = await session.scalars(
                sa.select(Post).where(Post.room == room).order_by(Post.number)
            )
            return [post for post in found if not kinds or post.kind in kinds]

    async def pages(self) -> int:
        async with self.store.database.transaction() as session:
            return await session.scalar(sa.select(sa.func.count()).select_from(Page)) or 0

    async def audited(self, event: str) -> int:
        async with self.store.database.transaction() as session:
            query = sa.select(sa.func.count()).where(AuditEntry.event == event)
            return await session.scalar(query) or 0

    async def jobs(self, job: Job, row: uuid.UUID) -> list[int]:
        """Priorities of the jobs that wait for a row."""
        async with self.store.database.transaction() as session:
            found = await session.scalars(
                sa.text("SELECT priority FROM procrastinate_jobs WHERE lock = :lock ORDER BY id"),
                {"lock": f"{job.value}:{row}"},
            )
            return list(found)

    def phrase(self, key: str, language: str = "en") -> str:
        found = self.runtime.content.phrase(key, language)
        assert found is not None, key
        return found.fill({})


@dataclass(frozen=True)
class Writer:
    """Somebody who writes; every turn is taken at once."""

    line: Turned
    sender: str

    @property
    def address(self) -> Address:
        return Address("test", self.sender)

    async def write(self, text: str, **more: Any) -> list[OutboundMessage]:  # noqa: ANN401
        """Write, and give what is said to it."""
        await self.store(text, **more)
        return await self.turn()

    async def press(self, payload: str) -> list[OutboundMessage]:
        return await self.write("", kind=Kind.BUTTON, payload=payload)

    async def command(self, name: str, text: str = "") -> list[OutboundMessage]:
        return await self.write(text, kind=Kind.COMMAND, command=name)

    async def store(self, text: str, **more: Any) -> uuid.UUID:  # noqa: ANN401
        """Let a message be stored, and wait; its id."""
        update = str(next(_updates))
        given: Mapping[str, Any] = {
            "kind": Kind.TEXT,
            "reference": f"r{update}",
            "language_hint": "en",
            **more,
        }
        await self.line.store.inbox.accept(InboundMessage(self.address, update, text=text, **given))
        return (await self.rows())[-1].id

    async def turn(self) -> list[OutboundMessage]:
        """Take the turns of all that waits, and give what is said to it."""
        before = len(await self.said())
        identity = await self.id()
        while (waiting := await turn.next_message(self.line.runtime, identity)) is not None:
            await turn.take(self.line.runtime, identity, waiting)
        return (await self.said())[before:]

    async def id(self) -> uuid.UUID:
        return await self.line.store.conversation_id(self.address)

    async def conversation(self) -> Conversation:
        async with self.line.store.database.transaction() as session:
            return await session.get_one(Conversation, await self.id())

    async def change(self, **values: object) -> None:
        """Change the conversation's row."""
        identity = await self.id()
        async with self.line.store.database.transaction() as session:
            await session.execute(
                sa.update(Conversation).where(Conversation.id == identity).values(**values)
            )

    async def state(self) -> FlowState:
        async with self.line.store.database.transaction() as session:
            found = await conversations.load(session, self.line.store.keyring, await self.id())
            assert found is not None
            return FlowState.from_json(found.state) if found.state else FlowState()

    async def case(self) -> Case:
        """The newest case."""
        identity = await self.id()
        async with self.line.store.database.transaction() as session:
            found = await session.scalar(
                sa.select(Case)
                .where(Case.conversation_id == identity)
                .order_by(Case.number.desc())
                .limit(1)
            )
            assert found is not None, "there is no case"
            return found

    async def rows(self, *, inbound: bool = True) -> list[Message]:
        identity = await self.id()
        async with self.line.store.database.transaction() as session:
            rows = await messages.of_conversation(session, identity)
            return [row for row in rows if row.inbound == inbound]

    async def texts(self) -> list[str]:
        """What is stored of what they wrote."""
        identity = await self.id()
        async with self.line.store.database.transaction() as session:
            found = await conversations.load(session, self.line.store.keyring, identity)
            assert found is not None
            rows = await messages.of_conversation(session, identity)
            return [messages.read_inbound(found, row).text for row in rows if row.inbound]

    async def said(self, identity: uuid.UUID | None = None) -> list[OutboundMessage]:
        """All that was said to them by the line; in an earlier conversation, if its id is given."""
        identity = identity or await self.id()
        async with self.line.store.database.transaction() as session:
            found = await conversations.load(session, self.line.store.keyring, identity)
            assert found is not None
            rows = await messages.of_conversation(session, identity)
            return [
                messages.read_outbound(found, row)
                for row in rows
                if not row.inbound and row.operator_id is None
            ]

    async def answered_by(self, operator: uuid.UUID, text: str = "I am here.") -> None:
        """An operator who has the case writes to them."""
        identity = await self.id()
        async with self.line.store.database.transaction() as session:
            found = await conversations.load(session, self.line.store.keyring, identity, lock=True)
            assert found is not None
            await self.line.store.outbox.enqueue(
                session,
                found,
                [OutboundMessage(text, literal=True)],
                turn_id=None,
                by=messages.Author(operator, "1"),
            )


def texts_of(said: list[OutboundMessage]) -> str:
    """All that was said, as one text."""
    return "\n\n".join(message.text for message in said)


def payloads_of(said: list[OutboundMessage]) -> list[str]:
    """What all buttons send."""
    return [button.payload for message in said for row in message.buttons for button in row]


@dataclass
class _Understanding:
    """The model, loaded once for all tests of the process."""

    loaded: Understander | None = field(default=None)

    def get(self) -> Understander:
        self.loaded = self.loaded or Understander.load(ROOT / "nlu")
        return self.loaded


_MODEL = _Understanding()


def line_of(parts: Parts, directory: Path) -> Turned:
    """A line on the parts of a test."""
    understander = _MODEL.get()
    thresholds = Thresholds(**(understander.thresholds or CAUTIOUS))
    press = press_of()
    handoff = HandoffParts(
        database=parts.database,
        keyring=parts.keyring,
        queue=parts.queue,
        outbox=parts.outbox,
        press=press,
        desk=UnspokenDesk(),
    )
    return Turned(
        parts,
        Runtime(
            settings=settings(directory),
            database=parts.database,
            keyring=parts.keyring,
            queue=parts.queue,
            inbox=parts.inbox,
            outbox=parts.outbox,
            channels=parts.outbox.channels,
            handoff=handoff,
            understander=understander,
            thresholds=thresholds,
            policy=Policy(
                tiers=understander.tiers,
                did_you_mean=thresholds.unsure,
                cannot_handle=thresholds.guess,
            ),
            press=press,
        ),
    )
