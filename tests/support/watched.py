"""A line with a team whose cases are looked after; nothing may speak to its desk meanwhile."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bot import clock
from bot.content import library
from bot.domain.cases import Move
from bot.domain.messages import Address
from bot.domain.understanding import Tier
from bot.flows import loading
from bot.handoff import cases
from bot.handoff.cases import Actor, Need
from bot.handoff.desk import Entry
from bot.handoff.paging import watching
from bot.handoff.parts import Parts as HandoffParts
from bot.publishing.edition import Edition, Press
from bot.settings import ROOT
from bot.storage import conversations, messages, operators
from bot.storage.cases import Case
from bot.storage.conversations import Conversation
from bot.storage.installation import AuditEntry
from bot.storage.operators import Role
from bot.storage.posts import Post, PostKind
from tests.support.parts import Parts

MINUTE = timedelta(minutes=1)


class UnspokenDesk:
    """A desk that is there, and to which nobody may speak while a case is looked after."""

    async def open_room(self, title: str, *, urgent: bool) -> int | None:
        raise NotImplementedError

    async def rename_room(self, room: int, title: str) -> None:
        raise NotImplementedError

    async def close_room(self, room: int) -> None:
        raise NotImplementedError

    async def reopen_room(self, room: int) -> None:
        raise NotImplementedError

    async def delete_room(self, room: int) -> None:
        raise NotImplementedError

    async def put_card(
        self, room: int | None, card: str | None, entry: Entry, *, urgent: bool
    ) -> str:
        raise NotImplementedError

    async def post(self, room: int | None, entry: Entry, *, urgent: bool) -> tuple[str, ...]:
        raise NotImplementedError

    async def direct(self, account: str, entry: Entry) -> tuple[str, ...]:
        raise NotImplementedError

    async def take_back_direct(self, account: str, references: tuple[str, ...]) -> None:
        raise NotImplementedError

    async def revise(self, reference: str, entry: Entry) -> None:
        raise NotImplementedError

    async def mark(self, reference: str, *, delivered: bool) -> None:
        raise NotImplementedError

    async def delete(self, references: tuple[str, ...]) -> int:
        raise NotImplementedError


@dataclass(frozen=True)
class Line:
    """A line with a team, and what its store says."""

    store: Parts
    parts: HandoffParts

    async def operator(
        self,
        name: str,
        *languages: str,
        role: Role = Role.OPERATOR,
        hours: str = "always",
    ) -> uuid.UUID:
        async with self.store.database.transaction() as session:
            row = operators.new(name, role, languages, hours)
            session.add(row)
            link = operators.new_link(row)
            await session.flush()
            await operators.bind(session, self.store.keyring, link.secret, f"account of {name}")
            return row.id

    async def case(
        self, tier: Tier = Tier.CRITICAL, *, sender: str = "1", language: str | None = "id"
    ) -> uuid.UUID:
        async with self.store.database.transaction() as session:
            found = await conversations.find_or_begin(
                session, self.store.keyring, Address("test", sender)
            )
            found.row.language = language
            await cases.open_case(self.store.queue, session, found.row, Need(tier, "test", None))
            row = await session.scalar(sa.select(Case).where(Case.conversation_id == found.row.id))
            assert row is not None
            return row.id

    async def row(self, case: uuid.UUID) -> Case:
        async with self.store.database.transaction() as session:
            return await session.get_one(Case, case)

    async def change(self, case: uuid.UUID, **values: object) -> None:
        """Change the conversation of a case."""
        row = await self.row(case)
        async with self.store.database.transaction() as session:
            await session.execute(
                sa.update(Conversation)
                .where(Conversation.id == row.conversation_id)
                .values(**values)
            )

    async def look(self, case: uuid.UUID, minutes: float = 0.0) -> None:
        """Look once, some minutes from now."""
        with clock.moved(minutes * MINUTE):
            await watching.watch(self.parts, case)

    async def live(self, case: uuid.UUID, minutes: float) -> None:
        """Look whenever the case asks for it, for some minutes from now."""
        end = clock.now() + minutes * MINUTE
        while True:
            row = await self.row(case)
            if row.watch_at is None or row.watch_at > end:
                return
            with clock.moved(max(row.watch_at - clock.now(), timedelta())):
                await watching.watch(self.parts, case)

    async def posts(self, room: uuid.UUID, kind: PostKind) -> list[Post]:
        async with self.store.database.transaction() as session:
            found = await session.scalars(
                sa.select(Post)
                .where(Post.room == room, Post.kind == kind.value)
                .order_by(Post.number)
            )
            return list(found)

    async def calls(self, operator: uuid.UUID) -> int:
        """How often an operator was called."""
        return len(await self.posts(operator, PostKind.PAGE))

    async def notices(self, room: uuid.UUID) -> list[str | None]:
        return [post.text for post in await self.posts(room, PostKind.NOTICE)]

    async def said(self, case: uuid.UUID) -> list[str]:
        """What the contact is told."""
        row = await self.row(case)
        assert row.conversation_id is not None
        async with self.store.database.transaction() as session:
            found = await conversations.load(session, self.store.keyring, row.conversation_id)
            assert found is not None
            rows = await messages.of_conversation(session, row.conversation_id)
            return [
                messages.read_outbound(found, stored).text for stored in rows if not stored.inbound
            ]

    async def audited(self, event: str) -> int:
        async with self.store.database.transaction() as session:
            count = await session.scalar(
                sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.event == event)
            )
            return int(count or 0)

    async def claim(self, case: uuid.UUID, operator: uuid.UUID) -> None:
        async with self.store.database.transaction() as session:
            actor = Actor(operator, str(operator))
            await cases.move(self.store.queue, session, case, Move.CLAIM, actor)

    async def acknowledge(self, case: uuid.UUID, operator: uuid.UUID, minutes: float) -> None:
        with clock.moved(minutes * MINUTE):
            async with self.store.database.transaction() as session:
                actor = Actor(operator, str(operator))
                await cases.acknowledge(self.store.queue, session, case, actor)


@functools.cache
def _edition() -> Edition:
    return Edition(library.load(ROOT / "content"), loading.load(ROOT / "flows"))


@dataclass(frozen=True)
class Team:
    writes: uuid.UUID
    """On duty, writes Indonesian."""
    other: uuid.UUID
    """On duty, does not."""
    asleep: uuid.UUID
    """Writes Indonesian, is not on duty."""
    supervisor: uuid.UUID
    """Not on duty."""

    @property
    def all(self) -> Sequence[uuid.UUID]:
        return (self.writes, self.other, self.asleep, self.supervisor)


def line_of(parts: Parts) -> Line:
    """A line on the parts of a test, without a team."""
    return Line(
        parts,
        HandoffParts(
            database=parts.database,
            keyring=parts.keyring,
            queue=parts.queue,
            outbox=parts.outbox,
            press=Press(_edition(), clock.now()),
            desk=UnspokenDesk(),
        ),
    )


async def team_of(line: Line) -> Team:
    """Add a team that tells the rings apart, and an editor, whom none calls."""
    await line.operator("Editor", "id", role=Role.EDITOR)
    return Team(
        writes=await line.operator("Ani", "id", "en"),
        other=await line.operator("Sok", "km", "en"),
        asleep=await line.operator("Budi", "id", hours="never"),
        supervisor=await line.operator("Dara", "en", role=Role.SUPERVISOR, hours="never"),
    )
