"""A desk on a simulated Telegram, and what it shows: rows are put into the store by hand."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa
from aiogram import Bot

from bot import clock, erasure
from bot.channels.telegram.desk import TelegramDesk
from bot.content.library import Library, load
from bot.domain.cases import Move, Outcome
from bot.domain.messages import Address, InboundMessage, Kind, OutboundMessage
from bot.domain.understanding import Tier
from bot.flows import loading
from bot.handoff import cases as handoff
from bot.handoff.cases import Need
from bot.handoff.desk import Desk, Entry
from bot.handoff.parts import Parts
from bot.handoff.rooms import posting
from bot.publishing.edition import Edition, Press
from bot.runtime import Runtime
from bot.settings import ROOT
from bot.storage import conversations, messages, operators, posts
from bot.storage.cases import Case
from bot.storage.messages import Author, Message, Status
from bot.storage.operators import Operator, Role
from bot.storage.posts import Post, PostKind
from tests.support.parts import Parts as Store
from tests.support.parts import RecordingChannel
from tests.support.telegram_simulator.chats import StoredMessage, Topic
from tests.support.telegram_simulator.groups import SimulatedGroup
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.telegram_simulator.simulator import TelegramSimulator

CONTENT = load(ROOT / "content")
FLOWS = loading.load(ROOT / "flows")


@asynccontextmanager
async def opened(
    simulator: TelegramSimulator, bot: Bot, store: Store, kind: str
) -> AsyncIterator[DeskScene]:
    """A desk in a `forum`, a `supergroup` or a `group`; at its end, what holds of all of them."""
    operator = simulator.user(first_name="Operator")
    make = {
        "forum": simulator.forum,
        "supergroup": simulator.supergroup,
        "group": simulator.group,
    }[kind]
    group = make(members=[operator])
    contact = simulator.user(first_name="Siti", last_name="Rahayu", username="siti_r", started=True)
    yield DeskScene(simulator, bot, store, CONTENT, group, operator, contact)
    assert simulator.violations == []
    assert simulator.ledger.retry_after_broken() == 0
    for method in ("sendMessage", "copyMessage"):
        for call in simulator.ledger.calls(method, accepted=True):
            assert call.parameters["protect_content"] == "true"
    for message in group.chat.messages:
        for secret in ("Siti", "Rahayu", "siti_r", str(contact.id)):
            assert secret not in str(message.body)


class InterruptedDesk(TelegramDesk):
    """Something happens between a post and the note that it was posted."""

    then: Callable[[], Awaitable[None]] | None = None

    async def post(self, room: int | None, entry: Entry, *, urgent: bool) -> tuple[str, ...]:
        made = await super().post(room, entry, urgent=urgent)
        if self.then is not None:
            happens, self.then = self.then, None
            await happens()
        return made


class Killed(Exception):
    """The process dies here."""


@dataclass
class DeskScene:
    """A group of operators, a contact, and the store between them."""

    simulator: TelegramSimulator
    bot: Bot
    store: Store
    content: Library
    group: SimulatedGroup
    operator: SimulatedUser
    contact: SimulatedUser
    desk: InterruptedDesk = field(init=False)

    def __post_init__(self) -> None:  # noqa: D105 - as every dataclass
        self.restart()

    def restart(self) -> None:
        """A new process: what the desk remembers is gone."""
        self.desk = InterruptedDesk(self.bot, self.group.id)

    def parts(self, desk: Desk | None) -> Parts:
        store = self.store
        press = Press(Edition(self.content, FLOWS), clock.now())
        return Parts(store.database, store.keyring, store.queue, store.outbox, press, desk)

    async def fill(self, room: uuid.UUID) -> None:
        """One job."""
        await posting.fill(self.parts(self.desk), room)

    @property
    def address(self) -> Address:
        return Address("telegram", str(self.contact.id))

    async def wrote(
        self,
        text: str = "",
        *,
        sent: StoredMessage | None = None,
        **more: Any,  # noqa: ANN401
    ) -> uuid.UUID:
        """The contact wrote (or sent) something, and its turn was taken; the row's id."""
        sent = sent or await self.contact.send(text)
        found = InboundMessage(
            self.address,
            "1",
            more.pop("kind", Kind.TEXT),
            text,
            reference=str(sent.message_id),
            **more,
        )
        async with self.store.database.transaction() as session:
            conversation = await conversations.find_or_begin(
                session, self.store.keyring, self.address
            )
            conversation.row.language = "id"
            row = messages.store_inbound(session, conversation, found)
            row.status = Status.TURNED.value
            return row.id

    async def rewrote(self, row_id: uuid.UUID, text: str) -> None:
        """The contact changed a message."""
        async with self.store.database.transaction() as session:
            row = await session.get_one(Message, row_id)
            conversation = await self._conversation(session)
            inbound = messages.read_inbound(conversation, row)
            changed = InboundMessage(
                self.address, "2", inbound.kind, text, reference=inbound.reference, edited=True
            )
            messages.rewrite_inbound(conversation, row, changed)

    async def answered(
        self, text: str, *, by: Operator | None = None, reference: str | None = None
    ) -> uuid.UUID:
        """The line, or an operator, answered; the row's id."""
        async with self.store.database.transaction() as session:
            conversation = await self._conversation(session)
            author = Author(by.id, reference) if by is not None else None
            row = messages.store_outbound(
                session, conversation, OutboundMessage(text), turn_id=None, by=author
            )
            row.status = Status.SENT.value
            shown = self.simulator.telegram.post(self.contact.chat, {"text": text}, author=None)
            messages.keep_references(conversation, row, (str(shown.message_id),))
            return row.id

    async def _conversation(self, session: Any) -> conversations.OpenConversation:  # noqa: ANN401
        found = await conversations.find(session, self.store.keyring, self.address)
        assert found is not None
        return found

    async def case(
        self,
        text: str = "they will beat me tonight",
        *,
        tier: Tier = Tier.CRITICAL,
        reason: str = "violence_now",
        row: uuid.UUID | None = None,
    ) -> uuid.UUID:
        """A message opened a case; its id."""
        row = row or await self.wrote(text)
        async with self.store.database.transaction() as session:
            conversation = await self._conversation(session)
            need = Need(tier, reason, row, "ID")
            number = await handoff.open_case(self.store.queue, session, conversation.row, need)
            found = await session.scalar(sa.select(Case.id).where(Case.number == number))
            assert found is not None
            return found

    async def move(
        self, case: uuid.UUID, move: Move, by: Operator, outcome: Outcome | None = None
    ) -> None:
        async with self.store.database.transaction() as session:
            actor = handoff.Actor(by.id, str(by.id), supervisor=True)
            await handoff.move(self.store.queue, session, case, move, actor, outcome=outcome)

    async def post(self, room: uuid.UUID, kind: PostKind, **more: Any) -> uuid.UUID:  # noqa: ANN401
        """Add a post."""
        async with self.store.database.transaction() as session:
            return posts.add(session, room, kind, **more).id

    async def new_operator(
        self, name: str, user: SimulatedUser, role: Role = Role.OPERATOR
    ) -> Operator:
        """An operator whose account is bound."""
        async with self.store.database.transaction() as session:
            row = operators.new(name, role, ["en"], "always")
            session.add(row)
            link = operators.new_link(row)
            await session.flush()
            bound = await operators.bind(session, self.store.keyring, link.secret, str(user.id))
            assert bound is not None
            return bound

    async def row(self, case: uuid.UUID) -> Case:
        async with self.store.database.transaction() as session:
            return await session.get_one(Case, case)

    async def change(self, case: uuid.UUID, **values: object) -> None:
        """Change a case past all rules."""
        async with self.store.database.transaction() as session:
            await session.execute(sa.update(Case).where(Case.id == case).values(**values))

    async def statuses(self, room: uuid.UUID) -> list[tuple[str, str]]:
        """Kinds and statuses of a room's posts, in order."""
        async with self.store.database.transaction() as session:
            found = await session.scalars(
                sa.select(Post).where(Post.room == room).order_by(Post.number)
            )
            return [(post.kind, post.status) for post in found]

    async def erase(self) -> None:
        """The conversation is gone, as after its retention."""
        async with self.store.database.transaction() as session:
            conversation = await self._conversation(session)
            await conversations.erase(session, conversation.row.id)
            await session.flush()

    async def wipe(self) -> None:
        """The contact wanted everything gone, and it is done now."""
        store = self.store
        channel = RecordingChannel("telegram")
        runtime = cast(
            "Runtime",
            SimpleNamespace(
                database=store.database,
                keyring=store.keyring,
                queue=store.queue,
                channels={"telegram": channel},
                handoff=self.parts(self.desk),
            ),
        )
        async with store.database.transaction() as session:
            found = await self._conversation(session)
            await erasure.request_wipe(runtime, session, found)
        await erasure.wipe(runtime, found.row.id, attempt=0)

    def topic(self) -> Topic:
        """The newest living topic."""
        return self.group.topic_named("#")

    def shown(self, topic: Topic | None = None) -> list[StoredMessage]:
        """What stands in a topic (or in the group), without what Telegram says itself."""
        inside = self.group.chat.in_topic(topic.thread_id) if topic else self.group.chat.messages
        said = ("text", "photo", "voice", "video", "sticker", "document", "location", "contact")
        return [
            message
            for message in inside
            if not message.deleted and message.from_bot and message.kind in said
        ]

    def texts(self, topic: Topic | None = None) -> list[str]:
        return [message.text for message in self.shown(topic)]

    def card(self, topic: Topic) -> StoredMessage:
        """The pinned message of a topic."""
        inside = {message.message_id for message in self.group.chat.in_topic(topic.thread_id)}
        (pinned,) = [number for number in self.group.chat.pinned if number in inside]
        return self.group.chat.store[pinned]

    def sounds(self) -> list[str]:
        """First lines of what made a sound in the group."""
        return [
            str(call.parameters.get("text", "")).splitlines()[0]
            for call in self.simulator.ledger.calls("sendMessage", accepted=True)
            if call.parameters.get("disable_notification") != "true"
        ]

    def calls(self) -> list[str]:
        """Methods that were accepted, in order."""
        return [call.method for call in self.simulator.ledger.calls(accepted=True)]
