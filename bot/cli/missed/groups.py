"""Opens what was missed and puts it into groups."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli.store import ACTOR, RefusedError, Store
from bot.nlu.embedded import Export, ExportError
from bot.nlu.grouping import group
from bot.nlu.understand import EXPORT
from bot.settings import ROOT
from bot.storage import conversations, installation, missed
from bot.storage.encryption import Unreadable
from bot.storage.missed import Missed


@dataclass(frozen=True, slots=True)
class Question:
    """One question that was missed."""

    number: int
    text: str = field(repr=False)
    language: str
    reason: str
    about: str | None
    """What it was guessed to be, or the answer that did not help."""
    hour: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that ask alike, oldest first."""

    questions: tuple[Question, ...]

    @property
    def number(self) -> int:
        """What it is called by: the smallest number in it."""
        return self.questions[0].number

    @property
    def numbers(self) -> list[int]:
        """The numbers of all rows in it."""
        return [question.number for question in self.questions]

    def languages(self) -> Counter[str]:
        """How many questions are in each language."""
        return Counter(question.language for question in self.questions)


async def read(store: Store, event: str) -> list[Group]:
    """All groups, the oldest first; that they are read is noted in the audit trail."""
    async with store.database.transaction() as session:
        installation.audit(session, event, ACTOR, None)
        await session.flush()
        questions = await _questions(store, session)
    if not questions:
        return []
    found: dict[int, list[Question]] = defaultdict(list)
    texts = [question.text for question in questions]
    for first, question in zip(await asyncio.to_thread(_grouped, texts), questions, strict=True):
        found[first].append(question)
    return [Group(tuple(members)) for members in found.values()]


async def one(store: Store, number: int) -> Group:
    """The group of this number, or with the question of this number in it."""
    found = next(
        (each for each in await read(store, "missed_read") if number in each.numbers), None
    )
    if found is None:
        raise RefusedError(
            f"There is no group {number} (any more). `helpline missed` lists those there are", 1
        )
    return found


async def forget(store: Store, numbers: Iterable[int], event: str) -> None:
    """Delete questions that were dealt with."""
    async with store.database.transaction() as session:
        await missed.drop(session, list(numbers))
        installation.audit(session, event, ACTOR, None)


async def _questions(store: Store, session: AsyncSession) -> list[Question]:
    by_conversation: dict[uuid.UUID, list[Missed]] = defaultdict(list)
    for row in await missed.to_read(session):
        by_conversation[row.conversation_id].append(row)
    found: list[Question] = []
    for identity, rows in by_conversation.items():
        try:
            conversation = await conversations.load(session, store.keyring, identity)
            if conversation is not None:
                found += [_question(row, missed.read(conversation, row)) for row in rows]
        except Unreadable:  # its key is lost: so is what it asked
            continue
    return sorted(found, key=lambda question: question.number)


def _question(row: Missed, text: str) -> Question:
    return Question(
        number=row.number,
        text=text,
        language=row.language or "?",
        reason=row.reason,
        about=row.topic or row.intent,
        hour=row.hour,
    )


def _grouped(texts: Sequence[str]) -> list[int]:
    """About 6 ms a text, and half a second to begin."""
    try:
        export = Export.load(ROOT / "nlu" / EXPORT)
        return group([export.meaning(text) for text in texts])
    except ExportError as error:
        raise RefusedError(f"The texts cannot be compared: {error}", 1) from None
