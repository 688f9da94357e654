"""A whole line whose operators work in a simulated group, from their own telephones."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from bot.channels.telegram import desk_pace
from bot.domain.messages import Address
from bot.storage import cases, conversations, operators
from bot.storage.cases import Case
from bot.storage.installation import AuditEntry
from bot.storage.operators import Role
from bot.storage.posts import Post, PostStatus
from tests.support.line import eventually
from tests.support.parts import private_directory
from tests.support.telegram_line import Contact, Scene, connected, fresh_database, hurry
from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.emitted import wrong_in_what_was_emitted
from tests.support.telegram_simulator.groups import SimulatedGroup
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.telegram_simulator.simulator import TelegramSimulator

CRITICAL = "they locked us in and will beat me tonight, help"
DELIVERED, FAILED = "👌", "👎"
_numbers = itertools.count(1)


@dataclass
class OperatorsDesk:
    """A line, the group of its operators, and who they are."""

    scene: Scene
    group: SimulatedGroup
    team: dict[str, SimulatedUser] = field(default_factory=dict)

    async def operator(
        self,
        name: str | None = None,
        role: Role = Role.OPERATOR,
        languages: Sequence[str] = ("en", "id"),
        rota: str = "always",
    ) -> SimulatedUser:
        """Somebody new in the group, who has followed their link."""
        name = name or f"Operator {next(_numbers)}"
        user = self.scene.simulator.user(first_name=name, username=f"account{next(_numbers)}")
        self.group.chat.members[user.id] = "member"
        await user.start(await self.link(name, role, languages, rota))
        await self.scene.quiet()
        self.team[name] = user
        return user

    async def link(
        self,
        name: str,
        role: Role = Role.OPERATOR,
        languages: Sequence[str] = ("en", "id"),
        rota: str = "always",
    ) -> str:
        """The secret of a one-time link for somebody new."""
        async with self.scene.line.runtime.database.transaction() as session:
            row = operators.new(name, role, languages, rota)
            link = operators.new_link(row)
            session.add(row)
            return link.secret

    async def urgent(self, text: str = CRITICAL, language: str = "en") -> Room:
        """The room of somebody new who is in danger."""
        contact = self.scene.contact(language)
        await contact.write(text)
        return await self.room(contact)

    async def room(self, contact: Contact, address: Address | None = None) -> Room:
        """The room of a contact's newest case, once it is open and has its card."""
        room = Room(self, contact, address)
        await eventually(room.has_card, what="a card")
        await self.quiet()
        return room

    async def quiet(self) -> None:
        """Wait until all is stored, sent and shown."""
        await self.scene.quiet()
        await eventually(self._nothing_due, what="all is shown")

    async def _nothing_due(self) -> bool:
        async with self.scene.line.runtime.database.transaction() as session:
            due = await session.scalar(
                sa.select(sa.func.count()).where(Post.status == PostStatus.DUE.value)
            )
            stale = await session.scalar(
                sa.select(sa.func.count()).where(Case.card_stale, Case.card.is_not(None))
            )
            jobs = await session.scalar(
                sa.text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'revise'")
            )
            return not (due or stale or jobs)

    async def audited(self, event: str) -> int:
        """How often the audit trail has an event."""
        async with self.scene.line.runtime.database.transaction() as session:
            query = sa.select(sa.func.count()).where(AuditEntry.event == event)
            return await session.scalar(query) or 0

    def said_in_general(self) -> list[str]:
        """What the line said outside of all topics."""
        return [one.text for one in self.group.chat.from_bot if one.topic_id is None]


@dataclass
class Room:
    """The topic of a case: where operators write to its contact."""

    desk: OperatorsDesk
    contact: Contact
    address: Address | None = None
    """Where the contact writes from, when it is not Telegram."""

    async def row(self) -> Case:
        """The contact's newest case."""
        found = await self._find()
        assert found is not None
        return found

    async def _find(self) -> Case | None:
        runtime = self.desk.scene.line.runtime
        async with runtime.database.transaction() as session:
            address = self.address or self.contact.address
            found = await conversations.find(session, runtime.keyring, address)
            if found is None:
                return None
            newest = await cases.newest_of(session, found.row.id)
            return await session.get(Case, newest) if newest is not None else None

    async def has_card(self) -> bool:
        """Whether it is open, and headed by its card."""
        case = await self._find()
        if case is None or case.card is None:
            return False
        return (case.topic is not None) == self.desk.group.chat.is_forum

    async def topic(self) -> int | None:
        return (await self.row()).topic

    async def card(self) -> StoredMessage:
        """The card as it stands now."""
        return self.desk.group.chat.store[int((await self.row()).card or 0)]

    async def shown(self) -> list[StoredMessage]:
        """What the line has posted in it, in order."""
        topic = await self.topic()
        return [one for one in self.desk.group.chat.from_bot if one.topic_id == topic]

    async def write(
        self, operator: SimulatedUser, text: str, *, reply_to: StoredMessage | None = None
    ) -> StoredMessage:
        """An operator writes in it; their message, when all came of it that does."""
        message = await operator.send(
            text,
            chat=self.desk.group.chat,
            topic=await self.topic(),
            reply_to=reply_to.message_id if reply_to else None,
        )
        await self.desk.quiet()
        return message

    async def press(self, operator: SimulatedUser, verb: str) -> str:
        """Press a button, whether the card shows it now or not; what was answered."""
        case = await self.row()
        query = await operator.press_stale(
            int(case.card or 0), f"case:{case.number}:{verb}", chat=self.desk.group.chat
        )
        await operator.expect_answer(query)
        await self.desk.quiet()
        return query.answer_text

    async def posted(self, part: str) -> StoredMessage:
        """The newest post of the line in it with these words."""
        for message in reversed(await self.shown()):
            if part in message.text:
                return message
        said = [message.text for message in await self.shown()]
        pytest.fail(f"nothing with {part!r} among {said}")


def mark(message: StoredMessage) -> str | None:
    """The line's reaction to an operator's message."""
    return message.reactions[0]["emoji"] if message.reactions else None


@asynccontextmanager
async def open_desk(
    postgres: str, template: str, kind: str = "forum", **values: object
) -> AsyncIterator[OperatorsDesk]:
    """A line with a desk, in a group of a kind; at its end, what holds of every conversation."""
    with (
        private_directory() as directory,
        fresh_database(postgres, template) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        hurry(patch)
        patch.setattr(desk_pace, "PER_MINUTE", 10_000)
        patch.setattr(desk_pace, "BURST", 10_000)
        async with TelegramSimulator() as simulator:
            make = {
                "forum": simulator.forum,
                "supergroup": simulator.supergroup,
                "group": simulator.group,
            }[kind]
            group = make(bot_status="administrator")
            async with connected(
                simulator, directory, url, telegram_desk=group.id, **values
            ) as scene:
                yield OperatorsDesk(scene, group)
                assert simulator.violations == []
                assert simulator.ledger.retry_after_broken() == 0
                assert scene.unprotected() == []
                wrong = wrong_in_what_was_emitted(simulator)
                assert wrong == [], wrong
