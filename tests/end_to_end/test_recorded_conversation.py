"""One contact in each language, from hello to wipe, as the phone shows it.

HELPLINE_UPDATE_RECORDINGS=1 writes `recorded/*.md` anew: read the difference before you keep it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot import clock
from bot.storage import posts
from tests.support.line import eventually
from tests.support.parts import private_directory
from tests.support.telegram_line import Contact, Scene, connected, fresh_database, hurry
from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.groups import SimulatedGroup
from tests.support.telegram_simulator.simulator import TelegramSimulator

pytestmark = pytest.mark.asyncio(loop_scope="module")

RECORDED = Path(__file__).parent / "recorded"
WRITTEN_ON = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""The day of the recording: facts that are due for review say so from a day on."""
PRESS = "press: "
"""Begins a step that presses a button of this payload, wherever it is shown last."""
CALLS = ("‼ ", "! ")
"""How the desk begins what calls operators."""
WIPE_NOW = f"{PRESS}/SetSlots(confirm_wipe=true)"

STEPS = {
    "en": (
        "/start",
        "Where is the embassy of Indonesia?",
        "Where is the embassy of Kenya?",
        "Where is the embassy of Nepal?",
        "I need a shelter, a safe place to sleep",
        f"{PRESS}/SetSlots(safe_tonight=true)",
        "What do I need to leave the country?",
        f"{PRESS}/SetSlots(passport_state=none)",
        "We are locked in a building and cannot leave, please help us",
        f"{PRESS}/SetSlots(can_write=true)",
        "Sihanoukville",
        "/wipe",
        WIPE_NOW,
    ),
    "id": (
        "/start",
        "Di mana kedutaan Indonesia?",
        "Di mana kedutaan Kenya?",
        "Di mana kedutaan Nepal?",
        "Saya butuh tempat penampungan yang aman untuk tidur",
        f"{PRESS}/SetSlots(safe_tonight=true)",
        "Bagaimana cara keluar dari Kamboja dan pulang?",
        f"{PRESS}/SetSlots(passport_state=none)",
        "Kami dikurung dan tidak boleh keluar, tolong",
        f"{PRESS}/SetSlots(can_write=true)",
        "Sihanoukville",
        "/wipe",
        WIPE_NOW,
    ),
}


@dataclass
class Recording:
    """What happens on one phone, and on the operators' desk, as a page to read."""

    contact: Contact
    desk: SimulatedGroup
    lines: list[str] = field(default_factory=list)

    async def go_through(self, steps: tuple[str, ...]) -> str:
        """Do all steps, and then tell what is left on the phone."""
        self.lines.append(f"# A conversation ({self.contact.user.person.language_code})")
        for step in steps:
            await self._take(step)
        await eventually(self._is_forgotten, 15, "the conversation is erased")
        shown = self.contact.screen
        gone = [message.from_bot for message in self.contact.user.chat.messages if message.deleted]
        deleted = f"Deleted: {gone.count(False)} of theirs, {gone.count(True)} of ours."
        self.lines += [
            "",
            "## At the end",
            "",
            deleted,
            "",
            "Still on the phone:",
        ]
        for message in shown:
            self._show(message)
        return "\n".join(self.lines) + "\n"

    async def _take(self, step: str) -> None:
        before = len(self.desk.chat.from_bot)
        if step.startswith(PRESS):
            payload = step.removeprefix(PRESS)
            title = next(
                button.text
                for message in reversed(self.contact.screen)
                for button in message.buttons
                if button.data == payload
            )
            self.lines += ["", f"## presses [{title}]"]
            replies = await self.contact.press(payload)
        else:
            self.lines += ["", f"## writes: {step}"]
            replies = await self.contact.write(step)
        for message in replies:
            self._show(message)
        await eventually(self._desk_is_quiet, 15, "the desk shows all")
        for post in self.desk.chat.from_bot[before:]:
            if post.text.startswith(CALLS):  # the rest of the desk has tests of its own
                self.lines += ["", "Operators are called:", "", *_quoted(post.text)]

    async def _desk_is_quiet(self) -> bool:
        async with self.contact.scene.line.runtime.database.transaction() as session:
            return not await posts.rooms_waiting(session)

    async def _is_forgotten(self) -> bool:
        return await self.contact.scene.conversations() == 0

    def _show(self, message: StoredMessage) -> None:
        self.lines += ["", *_quoted(message.text)]
        rows: dict[int, list[str]] = {}
        for button in message.buttons:
            rows.setdefault(button.row, []).append(f"[{button.text}]")
        if rows:
            self.lines += [">", *(f"> {' '.join(row)}" for row in rows.values())]


def _quoted(text: str) -> list[str]:
    return [f"> {line}".rstrip() for line in text.splitlines()]


@pytest_asyncio.fixture(loop_scope="module")
async def staffed(postgres: str, template: str) -> AsyncIterator[tuple[Scene, SimulatedGroup]]:
    """A line with a desk, on the day of the recording."""
    with (
        private_directory() as directory,
        fresh_database(postgres, template) as url,
        pytest.MonkeyPatch.context() as patch,
        clock.moved(WRITTEN_ON - clock.now()),
    ):
        hurry(patch)
        async with TelegramSimulator() as simulator:
            desk = simulator.forum()
            async with connected(simulator, directory, url, telegram_desk=desk.id) as scene:
                await scene.on_duty(simulator.user(started=True), "en", "id")
                yield scene, desk
                await scene.check()


@pytest.mark.parametrize("language", STEPS)
async def test_a_conversation_is_as_it_was_recorded(
    staffed: tuple[Scene, SimulatedGroup], language: str
) -> None:
    scene, desk = staffed
    recording = Recording(scene.contact(language), desk)
    found = await recording.go_through(STEPS[language])
    path = RECORDED / f"{language}.md"
    if os.environ.get("HELPLINE_UPDATE_RECORDINGS"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")
