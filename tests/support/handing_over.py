"""A case from the first message to the last, with the line as a process that may be killed."""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from bot.storage import operators
from bot.storage.cases import Case
from bot.storage.database import Database, EmbeddedServer, migrate
from bot.storage.operators import Operator, Role
from bot.storage.posts import Post, PostStatus
from tests.support.account import account, keyring_of, nothing_waits
from tests.support.line import KEY, LineProcess, eventually
from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.groups import SimulatedGroup
from tests.support.telegram_simulator.ledger import Ledger
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.telegram_simulator.simulator import TelegramSimulator

CRITICAL = "saya dikurung di gedung, tolong, mereka mau pukul kami"


@dataclass
class Handover:
    """A contact, operators and their forum, and the line between them."""

    simulator: TelegramSimulator
    database: Database
    line: LineProcess
    data_dir: Path
    group: SimulatedGroup
    contact: SimulatedUser
    said: list[str] = field(default_factory=list)
    """What the contact wrote, in order."""
    answered: list[str] = field(default_factory=list)
    """What operators wrote to the contact, in order."""

    async def operator(
        self, name: str, languages: Sequence[str] = ("en", "id"), role: Role = Role.OPERATOR
    ) -> SimulatedUser:
        """Somebody new in the group, who has followed their link; a line has to run."""
        user = self.simulator.user(first_name=name)
        self.group.chat.members[user.id] = "member"
        async with self.database.transaction() as session:
            row = operators.new(name, role, languages, "always")
            link = operators.new_link(row)
            session.add(row)
            identity = row.id
        await user.start(link.secret)

        async def bound() -> bool:
            async with self.database.transaction() as session:
                found = await session.get_one(Operator, identity)
                return found.account_hash is not None

        await eventually(bound, 60, f"{name} is bound")
        return user

    async def case(self) -> Case:
        """The only case that there is."""
        async with self.database.transaction() as session:
            return (await session.scalars(sa.select(Case))).one()

    async def room(self) -> int:
        """The topic of the case, once it is one that still stands."""

        async def stands() -> bool:
            async with self.database.transaction() as session:
                topic = await session.scalar(sa.select(Case.topic))
            return topic is not None and not self.group.topics[topic].deleted

        await eventually(stands, 150, "a topic that stands")
        return (await self.case()).topic or 0

    async def write(self, text: str) -> None:
        """The contact writes."""
        self.said.append(text)
        await self.contact.send(text)

    async def answer(self, operator: SimulatedUser, text: str) -> StoredMessage:
        """An operator writes in the topic."""
        self.answered.append(text)
        return await operator.send(text, chat=self.group.chat, topic=await self.room())

    async def press(self, operator: SimulatedUser, verb: str) -> None:
        """Press a button of the card, whether a line runs or not."""
        case = await self.case()
        data = f"case:{case.number}:{verb}"
        await operator.press_stale(int(case.card or 0), data, chat=self.group.chat)

    async def settled(self, seconds: float = 90.0) -> None:
        """Wait until all that people did is stored, sent and shown."""
        await self.simulator.wait_until_confirmed(timeout=seconds)
        await eventually(lambda: nothing_waits(self.database), seconds, "all is turned and sent")
        await eventually(self._nothing_due, seconds, "all is shown")

    async def _nothing_due(self) -> bool:
        async with self.database.transaction() as session:
            due = sa.select(sa.func.count()).where(Post.status == PostStatus.DUE.value)
            stale = sa.select(sa.func.count()).where(Case.card_stale)
            return not (await session.scalar(due) or await session.scalar(stale))

    async def check(self, *, most_repeats: int, topics: int) -> None:
        """Nothing lost, all in order, and so many repeats at most, wherever they stand.

        `topics` is how many there would be if nobody had killed anything.
        """
        keyring = keyring_of(self.data_dir, base64.b64decode(KEY))
        ledger = self.simulator.ledger
        found = await account(self.database, keyring, ledger, self.contact.id)
        assert found.written == self.said
        at_contact = found.repeats()
        assert at_contact <= found.doubtful
        read = [shown.text for shown in self.contact.chat.from_bot]
        assert in_order(read, self.answered) == self.answered
        standing = [shown.text for shown in self.group.chat.in_topic(await self.room())]
        shown = "\n".join(standing)
        assert [text for text in self.said if text not in shown] == []
        assert sorted(self.said, key=shown.find) == self.said
        posted = [one.text for one in self.group.chat.from_bot if "\n" in one.text]
        times = [sum(text.endswith(f"\n{said}") for text in posted) for said in self.said]
        again = [max(count - 1, 0) for count in times]
        opened = len(ledger.calls("createForumTopic", accepted=True)) - topics
        assert opened >= 0
        assert at_contact + sum(again) + opened <= most_repeats
        assert self.simulator.violations == []
        assert ledger.retry_after_broken() == 0
        assert copied_and_never_forwarded(ledger)


def in_order(shown: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Which of the wanted texts are shown, as they are, in the order of their first showing."""
    known = set(wanted)
    return list(dict.fromkeys(text for text in shown if text in known))


def copied_and_never_forwarded(ledger: Ledger) -> bool:
    """Whether nothing was forwarded, and nothing that was sent can be."""
    sent = itertools.chain(
        ledger.calls("sendMessage", accepted=True), ledger.calls("copyMessage", accepted=True)
    )
    forwarded = [*ledger.calls("forwardMessage"), *ledger.calls("forwardMessages")]
    return not forwarded and all(call.parameters["protect_content"] == "true" for call in sent)


@asynccontextmanager
async def handover(
    data_dir: Path, ledger: Path, *, hurried: bool = True
) -> AsyncIterator[Handover]:
    """A simulated Telegram with a forum, a database that outlives the line, and its process."""
    server = EmbeddedServer(data_dir)
    url = await asyncio.to_thread(server.start)
    await asyncio.to_thread(migrate, url)
    async with TelegramSimulator(ledger=ledger) as simulator:
        group = simulator.forum(bot_status="administrator")
        line = LineProcess(
            data_dir,
            hurried=hurried,
            HELPLINE_DATABASE_URL=url,
            HELPLINE_TELEGRAM_TOKEN=simulator.token,
            HELPLINE_TELEGRAM_API=simulator.url,
            HELPLINE_TELEGRAM_DESK=str(group.id),
        )
        contact = simulator.user(
            language_code="id", first_name="Wulan", last_name="Lestari", username="wulan_l"
        )
        database = Database.open(url)
        try:
            yield Handover(simulator, database, line, data_dir, group, contact)
        finally:
            line.kill()
            await database.close()
            await asyncio.to_thread(server.stop)
