"""Many cases within a minute: how soon operators are called, alone and in the case's own topic.

    .venv/bin/python -m bench.handing_over [--cases 200] [--others 200] [--wait 1800]

200 contacts write that they are in danger, mixed with 200 who are not: half of these ask for a
person (a case that is not urgent), half ask a question. The simulator insists on Telegram's
limits (30 a second, 1 a second to a chat, 20 a minute to the group), and nobody takes a case: the
worst night there is. An operator's own chat shows all that waits as one list, so it is "counted"
from the first list that was made after it was opened; a list names the 40 oldest urgent ones. A
topic costs two of the group's 20 messages a minute until its page stands. Client, simulator, line
and database share this machine's cores.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import random
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from bot.domain.messages import Address
from bot.domain.understanding import Tier
from bot.storage import conversations
from bot.storage.cases import Case
from bot.storage.posts import Post, PostKind, PostStatus
from tests.support.account import keyring_of
from tests.support.handing_over import CRITICAL, Handover, handover
from tests.support.line import KEY
from tests.support.telegram_simulator.ledger import CallEntry

PERSON, QUESTION = "saya mau bicara dengan orang", "di mana kedutaan Kenya?"
TEAM = ("Rinawati", "Darmawan", "Supomo")
MINUTE = 60.0
LOOKS_EVERY = 10.0
NEVER = float("inf")
_HEAD = re.compile(r"(\d+) cases? waits?")


@dataclass
class Found:
    """One case: how urgent it is, and how long after its message who was called to it."""

    tier: str
    wrote_at: float
    counted: float = NEVER
    named: float = NEVER
    topic: float = NEVER


@dataclass
class Night:
    """What happened, told by the ledger and the store."""

    found: list[Found] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    """Seconds from any message to the first answer of the line."""

    def of(self, tier: Tier) -> list[Found]:
        """The cases of a tier."""
        return [one for one in self.found if one.tier == tier.value]

    def overtaken(self) -> int:
        """Pages of cases that are not urgent, made while an urgent one had waited for its own."""
        urgent = [(one.wrote_at, one.wrote_at + one.topic) for one in self.of(Tier.CRITICAL)]
        pages = [one.wrote_at + one.topic for one in self.of(Tier.ELEVATED) if one.topic < NEVER]
        return sum(
            any(began + LOOKS_EVERY < page < shown for began, shown in urgent) for page in pages
        )


async def main(cases: int, others: int, wait: float) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        ledger = directory / "ledger.jsonl"
        async with handover(directory, ledger, hurried=False) as scene:
            scene.simulator.limits.enable()
            await scene.line.start()
            team = [await scene.operator(name) for name in TEAM]
            await scene.settled()
            began = time.monotonic()
            await everybody_writes(scene, cases, others)
            while time.monotonic() - began < wait and await urgent_pages_due(scene):  # noqa: ASYNC110 - it is SQL
                await asyncio.sleep(LOOKS_EVERY)
            night = await told(scene, {user.id for user in team}, began)
            report(scene, night, time.monotonic() - began)
            await scene.line.stop()


async def everybody_writes(scene: Handover, cases: int, others: int) -> None:
    """All of them within a minute, at a steady rate and mixed by chance."""
    chance = random.Random(1)  # noqa: S311 - repeatable on purpose
    texts = [CRITICAL] * cases
    texts += [PERSON if number % 2 else QUESTION for number in range(others)]
    chance.shuffle(texts)
    began = time.monotonic()
    for number, text in enumerate(texts):
        await asyncio.sleep(max(0.0, began + number * MINUTE / len(texts) - time.monotonic()))
        await scene.simulator.user(language_code="id").send(text)


async def told(scene: Handover, team: set[int], after: float) -> Night:
    """What the ledger says so far."""
    ledger = scene.simulator.ledger
    calls = [call for call in ledger.calls("sendMessage", accepted=True) if call.monotonic > after]
    lists = [call for call in calls if call.chat_id in team]
    first: dict[int, float] = {}
    for call in calls:
        first.setdefault(int(call.chat_id or 0), call.monotonic)
    pages: dict[int, float] = {}
    for call in calls:
        if call.chat_id == scene.group.id and "message_thread_id" in call.parameters:
            pages.setdefault(int(call.parameters["message_thread_id"]), call.monotonic)
    wrote = {
        int(update.chat_id or 0): update.monotonic
        for update in ledger.updates_created()
        if update.kind == "message" and update.monotonic > after and (update.chat_id or 0) > 0
    }
    night = Night(answered=[first.get(chat, NEVER) - at for chat, at in wrote.items()])
    for place, (chat, case) in enumerate(await cases_of(scene, list(wrote)), 1):
        found = Found(case.tier, wrote[chat])
        counting = [call for call in lists if _count(call) >= place]
        naming = [call for call in lists if f"#{case.number} " in call.parameters["text"]]
        found.counted, found.named = _first(counting, found), _first(naming, found)
        if case.topic in pages:
            found.topic = pages[case.topic] - found.wrote_at
        night.found.append(found)
    return night


def _count(call: CallEntry) -> int:
    """How many cases a list says that there are."""
    head = _HEAD.search(call.parameters["text"])
    return int(head[1]) if head else 0


def _first(calls: list[CallEntry], found: Found) -> float:
    return min((call.monotonic for call in calls), default=NEVER) - found.wrote_at


async def cases_of(scene: Handover, chats: list[int]) -> list[tuple[int, Case]]:
    """The cases of these chats, in the order in which they were opened."""
    keyring = keyring_of(scene.data_dir, base64.b64decode(KEY))
    found: list[tuple[int, Case]] = []
    async with scene.database.transaction() as session:
        of = {case.conversation_id: case for case in await session.scalars(sa.select(Case))}
        for chat in chats:
            known = await conversations.find(session, keyring, Address("telegram", str(chat)))
            if known is not None and known.row.id in of:
                found.append((chat, of[known.row.id]))
    return sorted(found, key=lambda one: one[1].number)


async def urgent_pages_due(scene: Handover) -> bool:
    """Whether a critical case has no page in a topic of its own yet."""
    async with scene.database.transaction() as session:
        page = sa.and_(
            Post.kind == PostKind.PAGE.value, Post.status == PostStatus.DUE.value, Post.urgent
        )
        due = sa.select(sa.func.count()).select_from(Post).join(Case, Case.id == Post.room)
        return bool(await session.scalar(due.where(page)))


def report(scene: Handover, night: Night, took: float) -> None:
    """Print the table."""
    row("watched for", f"{took:.0f} s")
    row("any message to the first answer", spread(night.answered))
    for tier in (Tier.CRITICAL, Tier.ELEVATED):
        cases = night.of(tier)
        row(
            f"{tier.value}: counted in operators' own chats", spread([one.counted for one in cases])
        )
        row(f"{tier.value}: named in operators' own chats", spread([one.named for one in cases]))
        row(f"{tier.value}: page in its own topic", spread([one.topic for one in cases]))
    row("other pages while an urgent one waited", str(night.overtaken()))
    ledger, limits = scene.simulator.ledger, scene.simulator.limits
    row("429s, of these broken", f"{limits.refused}, {ledger.retry_after_broken()}")
    row("schema violations", str(len(scene.simulator.violations)))


def spread(found: list[float]) -> str:
    """The median and the tail, with how many there are, and how many never came."""
    ordered = sorted(found)
    if not ordered:
        return "none"
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    came = sum(seconds < NEVER for seconds in ordered)
    return f"p50 {_shown(statistics.median(ordered))}, p99 {_shown(p99)}, {came} of {len(ordered)}"


def _shown(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < NEVER else "not yet"


def row(name: str, value: str) -> None:
    """Print one line of the table."""
    print(f"{name:45} {value}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--others", type=int, default=200)
    parser.add_argument("--wait", type=float, default=1800.0, help="seconds, at most")
    options = parser.parse_args()
    sys.exit(asyncio.run(main(options.cases, options.others, options.wait)))
