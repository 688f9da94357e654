"""A short morning at the desk, played on a simulated Telegram, and the phones that show it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot import clock
from bot.content.directory import Mission
from bot.domain.problems import Problem
from bot.handoff.paging.rota import PHNOM_PENH
from bot.handoff.rooms import editors, views
from bot.publishing.edition import Edition, Press
from tests.support.desk import OperatorsDesk, Room, open_desk
from tests.support.line import eventually
from tests.support.pictures import screens
from tests.support.telegram_line import Contact
from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.people import SimulatedUser

BEGIN = timedelta(hours=9, minutes=12)
"""The time of the day in Phnom Penh at which it begins."""
FIRST_NUMBER = 9
NAMES = ("Coral Heron", "Teal Sparrow", "Jade Finch", "Amber Kite")
"""Of the contacts, in order: those that the line gives are drawn by lot."""
LINE, GROUP = "Notes", "Team"
"""Names that tell nothing, as docs/desk.md asks for."""

LOCKED_IN = (
    "tolong, kami dikunci di kamar. malam ini mereka mau pukul kami lagi karena target tidak sampai"
)
PLACE = "sihanoukville, gedung biru di belakang pasar, lantai 4"


@dataclass(frozen=True)
class Screen:
    """What one phone shows."""

    name: str
    html: str


async def played(postgres: str, template: str) -> AsyncIterator[Screen]:
    """Play it, and give each screen when it is its time."""
    with ExitStack() as moved, pytest.MonkeyPatch.context() as patch:
        _name_contacts(patch)
        begin = _until(BEGIN)
        moved.enter_context(clock.moved(begin))
        async with open_desk(postgres, template) as desk:
            desk.group.chat.title = GROUP
            desk.scene.simulator.telegram.first_name = LINE
            desk.scene.simulator.clock.advance(begin.total_seconds())
            async for screen in _Morning(desk, moved).screens():
                yield screen


def _name_contacts(patch: pytest.MonkeyPatch) -> None:
    left: Iterator[str] = iter(NAMES)
    known: dict[uuid.UUID, str] = {}

    def named(identity: uuid.UUID) -> str:
        if identity not in known:
            known[identity] = next(left)
        return known[identity]

    patch.setattr(views, "pseudonym", named)


def _until(time: timedelta) -> timedelta:
    """From now to the next such time of the day in Phnom Penh."""
    now = datetime.now(UTC)
    local = now.astimezone(PHNOM_PENH)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + time - local) % timedelta(days=1)


def _to_review(mission: Mission, today: date, days: int) -> Mission:
    """A mission that somebody has to call so many days from now."""
    day = today + timedelta(days=days)
    phones = tuple(
        replace(phone, evidence=replace(phone.evidence, review_by=day)) for phone in mission.phones
    )
    return replace(mission, phones=phones)


class _Morning:
    """Two operators, four contacts."""

    def __init__(self, desk: OperatorsDesk, moved: ExitStack) -> None:
        self._desk = desk
        self._moved = moved

    async def screens(self) -> AsyncIterator[Screen]:
        desk, chat = self._desk, self._desk.group.chat
        await self._number_from(FIRST_NUMBER)
        rina = await desk.operator("Rina", languages=("id", "en"))
        dara = await desk.operator("Dara", languages=("km", "en"))
        await self._earlier(dara)
        room = await self._call()
        await self._ring(dara, room)
        yield Screen("topics", screens.topics(chat, viewer=rina.id))
        yield Screen("calls", screens.private(dara.chat, LINE, last=1))
        topic = chat.topics[await room.topic() or 0]
        yield Screen("call", screens.topic(chat, topic, viewer=rina.id, last=4))
        first = await self._answer(room, rina, dara)
        yield Screen("answering", screens.topic(chat, topic, viewer=rina.id, since=first))
        taken = desk.scene.phrase("handoff_operator_here", "id")
        yield Screen("contact", screens.private(room.contact.user.chat, LINE, since=taken))
        yield Screen("editors", await self._editors(rina))

    async def _editors(self, rina: SimulatedUser) -> str:
        """What the editors' topic says, on a day on which two missions are to be called again."""
        runtime, today = self._desk.scene.line.runtime, clock.today()
        content = runtime.content
        overdue, soon, *others = content.directory.all_missions
        missions = (_to_review(overdue, today, -1), _to_review(soon, today, 9), *others)
        directory = replace(content.directory, all_missions=missions)
        edition = Edition(replace(content, directory=directory), runtime.flows)
        wrong = Problem(
            "content/answers/visa_overstay/en.md",
            14,
            "the directory has no such fact",
            "`figures.overstay_fee` is not in content/directory; `figures.overstay_fine` is",
        )
        press = Press(edition, clock.now(), (wrong,))
        parts = replace(runtime.handoff, press=press)
        await editors.add_tasks(parts, runtime.policy.tiers)
        await self._desk.quiet()
        self._pass(minutes=7)
        await editors.hear(parts, press)
        await self._desk.quiet()
        self._pass(minutes=2)
        await editors.hear(parts, Press(edition, clock.now()))
        await self._desk.quiet()
        chat = self._desk.group.chat
        topic = next(one for one in chat.topics.values() if one.name == "Editors")
        return screens.topic(chat, topic, viewer=rina.id)

    async def _earlier(self, dara: SimulatedUser) -> None:
        """What the morning has brought so far."""
        done = await self._desk.urgent("i want to talk to a person")
        await done.press(dara, "take")
        await done.write(dara, "Good morning. What can I do for you?")
        self._pass(minutes=4)
        await done.press(dara, "resolve:helped")
        theirs = await self._desk.urgent("can i talk to a person please")
        await theirs.write(dara, "Good morning, I read you. Is it safe to write now?")
        self._pass(minutes=3)
        await self._desk.urgent("saya mau bicara dengan orang", "id")
        self._pass(minutes=5)
        await theirs.contact.write("yes. my boss keeps my passport, can the embassy help")
        await self._desk.quiet()
        self._pass(minutes=4)

    async def _call(self) -> Room:
        """Somebody is in danger."""
        contact = self._desk.scene.contact("id")
        await contact.write(LOCKED_IN)
        await self._desk.room(contact)
        await contact.press("/SetSlots(can_write=true)")
        await contact.write(PLACE)
        return await self._desk.room(contact)

    async def _ring(self, dara: SimulatedUser, room: Room) -> None:
        """Nobody has come for two minutes, so that the others are called, too."""
        number = (await room.row()).number
        self._pass(minutes=2)

        def called() -> bool:
            shown = dara.chat.visible
            return bool(shown) and f"#{number}" in shown[-1].text

        await eventually(called, what="the second ring")
        await self._desk.quiet()

    async def _answer(self, room: Room, rina: SimulatedUser, dara: SimulatedUser) -> StoredMessage:
        """One of them takes it; the first of her messages."""
        self._pass(minutes=1)
        await room.press(rina, "take")
        first = await room.write(rina, "Halo, bisa menulis sekarang? Cukup ya atau tidak.")
        self._pass(minutes=1)
        await self._say(room.contact, "ya. tapi sebentar lagi dia kembali")
        said = await room.posted("sebentar lagi")
        await room.write(rina, "Baik, singkat saja. Ada yang luka? Berapa orang?", reply_to=said)
        await self._say(room.contact, "3 orang, satu demam")
        await room.contact.after(room.contact.user.send_photo(caption="pintunya"))
        await self._desk.quiet()
        self._pass(minutes=1)
        await room.write(rina, "// Dara: siapa di kedutaan yang jaga pagi ini?")
        await room.write(dara, "Pak Hadi. Nomornya ada di daftar kita.")
        await room.write(
            rina, "Terima kasih. Saya tanya kedutaan sekarang. Saya tulis lagi pukul 09.50."
        )
        return first

    async def _say(self, contact: Contact, text: str) -> None:
        await contact.write(text)
        await self._desk.quiet()

    async def _number_from(self, number: int) -> None:
        async with self._desk.scene.line.runtime.database.transaction() as session:
            await session.execute(
                sa.text(f"ALTER TABLE cases ALTER COLUMN number RESTART WITH {number:d}")
            )

    def _pass(self, *, minutes: int) -> None:
        """Let time pass, for the line and for Telegram."""
        self._moved.enter_context(clock.moved(timedelta(minutes=minutes)))
        self._desk.scene.simulator.clock.advance(60.0 * minutes)
