"""Requirement 2 of the threat study: whatever is broken, a call for help reaches a human."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.domain.cases import CaseStatus
from bot.flows import engine
from bot.flows.state import FlowState, Outcome, TurnInput
from bot.nlu import understand
from bot.storage import conversations
from bot.storage.cases import Case
from bot.storage.conversations import Conversation
from bot.storage.messages import Message, Status
from bot.storage.posts import Post, PostKind, PostStatus
from tests.support.line import eventually
from tests.support.parts import private_directory
from tests.support.telegram_line import Contact, Scene, connected, fresh_database, hurry
from tests.support.telegram_simulator.groups import SimulatedGroup
from tests.support.telegram_simulator.simulator import TelegramSimulator

pytestmark = pytest.mark.asyncio(loop_scope="module")

CRITICAL = "they will kill me"
"""A phrase of nlu/danger/en.yml: it counts with and without a model."""


@dataclass
class Line:
    """A line with a desk."""

    scene: Scene
    desk: SimulatedGroup

    async def pages(self, contact: Contact) -> list[str]:
        """Statuses of the posts that call operators to a contact's critical case."""
        identity = await contact.conversation_id()
        async with self.scene.line.runtime.database.transaction() as session:
            query = (
                sa.select(Post.status)
                .join(Case, Case.id == Post.room)
                .where(
                    Case.conversation_id == identity,
                    Case.tier == "critical",
                    Post.kind == PostKind.PAGE.value,
                )
            )
            return list(await session.scalars(query))

    async def has_paged(self, contact: Contact, text: str) -> None:
        """A case and its page stand, the desk has seen the text, and it goes on ringing."""
        await eventually(lambda: self.posted(text), 20, "the desk is called")
        await eventually(lambda: self.is_posted(contact), 20, "the page is noted as posted")
        identity = await contact.conversation_id()
        async with self.scene.line.runtime.database.transaction() as session:
            case = await session.scalar(sa.select(Case).where(Case.conversation_id == identity))
            assert case is not None
            assert case.status == CaseStatus.WAITING.value
            assert case.watch_at is not None

    async def is_posted(self, contact: Contact) -> bool:
        return await self.pages(contact) == [PostStatus.POSTED.value]

    def posted(self, text: str) -> bool:
        return any(text in message.text for message in self.desk.chat.from_bot)

    async def still_listens(self, contact: Contact) -> None:
        """The next message of the same contact gets its turn and an answer."""
        assert await contact.write("where is the embassy of kenya")
        identity = await contact.conversation_id()
        turned = (Message.conversation_id == identity, Message.status == Status.TURNED.value)
        assert await self.scene.count(*turned) >= 1


@asynccontextmanager
async def _line(postgres: str, template: str, **values: object) -> AsyncIterator[Line]:
    with (
        private_directory() as directory,
        fresh_database(postgres, template) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        hurry(patch)
        async with TelegramSimulator(ledger=directory / "ledger.jsonl") as simulator:
            operator = simulator.user(first_name="Operator")
            desk = simulator.forum(members=[operator])
            settings = {"telegram_desk": desk.id, **values}
            async with connected(simulator, directory, url, **settings) as scene:
                await scene.on_duty(operator)
                yield Line(scene, desk)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(postgres: str, template: str) -> AsyncIterator[Line]:
    async with _line(postgres, template) as found:
        yield found


async def test_with_all_at_work(line: Line) -> None:
    contact = line.scene.contact()
    await contact.write(f"{CRITICAL} one")
    await line.has_paged(contact, f"{CRITICAL} one")
    await line.still_listens(contact)


async def test_without_a_model_danger_words_page(
    postgres: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(understand, "EXPORT", Path("nowhere.npz"))
    # A Rasa server that does not answer, either.
    async with _line(postgres, template, rasa_url="http://127.0.0.1:9") as bare:
        assert bare.scene.line.runtime.understander.thresholds == {}
        contact = bare.scene.contact()
        await contact.write(f"{CRITICAL} two")
        await bare.has_paged(contact, f"{CRITICAL} two")
        await bare.still_listens(contact)


async def test_with_a_broken_flow(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    advance, broken = engine.advance, []

    def failing(library: Any, state: Any, given: TurnInput, *rest: Any) -> Outcome:  # noqa: ANN401
        if "three" in given.text:
            broken.append(given.text)
            raise ValueError(given.text)
        return advance(library, state, given, *rest)

    monkeypatch.setattr(engine, "advance", failing)
    contact = line.scene.contact()
    answered = await contact.write(f"{CRITICAL} three")
    assert len(broken) == 1
    assert [line.scene.phrase("internal_error") in message.text for message in answered] == [True]
    await line.has_paged(contact, f"{CRITICAL} three")
    await line.still_listens(contact)


async def test_with_telegram_failing(line: Line) -> None:
    faults = line.scene.simulator.faults
    contact = line.scene.contact()
    await contact.write("/start")
    faults.fail("sendMessage", 502, times=100_000)
    struck = faults.struck
    await contact.user.send(f"{CRITICAL} four")
    await eventually(lambda: _is_due(line, contact), 20, "a page is due")
    await eventually(lambda: faults.struck > struck, 20, "a call was refused")
    assert not line.posted("four")
    faults.clear()
    await line.has_paged(contact, f"{CRITICAL} four")
    await line.scene.quiet()
    await line.still_listens(contact)


async def _is_due(line: Line, contact: Contact) -> bool:
    return await line.pages(contact) == [PostStatus.DUE.value]


async def test_with_the_flow_version_missing(line: Line) -> None:
    contact = line.scene.contact()
    await contact.write("where is my embassy")
    runtime = line.scene.line.runtime
    async with runtime.database.transaction() as session:
        found = await conversations.find(session, runtime.keyring, contact.address)
        assert found is not None
        assert found.state is not None
        state = FlowState.from_json(found.state)
        assert state.frames, "a question is open"
        found.keep_state(replace(state, version="gone").to_json())
    await contact.write(f"{CRITICAL} five")
    await line.has_paged(contact, f"{CRITICAL} five")
    await line.still_listens(contact)


async def test_with_a_flow_state_that_cannot_be_read(line: Line) -> None:
    contact = line.scene.contact()
    await contact.write("/start")
    runtime = line.scene.line.runtime
    async with runtime.database.transaction() as session:
        found = await conversations.find(session, runtime.keyring, contact.address)
        assert found is not None
        found.keep_state('{"format": 99}')
    await contact.write(f"{CRITICAL} six")
    await line.has_paged(contact, f"{CRITICAL} six")
    await line.still_listens(contact)


async def test_with_the_conversations_key_lost(line: Line) -> None:
    """As after a keyring was restored that is older than the database."""
    contact = line.scene.contact()
    await contact.write("/start")
    old = await contact.conversation_id()
    async with line.scene.line.runtime.database.transaction() as session:
        await session.execute(
            sa.update(Conversation).where(Conversation.id == old).values(key_wrapped=b"lost")
        )
    await contact.write(f"{CRITICAL} seven")
    assert await contact.conversation_id() != old
    await line.has_paged(contact, f"{CRITICAL} seven")
    await line.still_listens(contact)


async def test_with_a_text_as_long_as_telegram_allows(line: Line) -> None:
    """The page's head and the text together are more than Telegram takes at once."""
    contact = line.scene.contact()
    text = f"{CRITICAL} " + "word " * 814 + "eight"
    assert len(text) > 4090
    await contact.write(text)
    await eventually(lambda: line.posted("eight"), 20, "the desk is called")
    await eventually(lambda: line.is_posted(contact), 20, "the page is noted as posted")
    await line.still_listens(contact)


async def test_with_its_text_unreadable_the_page_comes_without_it(line: Line) -> None:
    contact = line.scene.contact()
    faults = line.scene.simulator.faults
    await contact.write("/start")
    faults.fail("sendMessage", 502, times=100_000, chat_id=line.desk.id)
    struck = faults.struck
    await contact.user.send(f"{CRITICAL} nine")
    await eventually(lambda: faults.struck > struck, 20, "the page was refused")
    identity = await contact.conversation_id()
    async with line.scene.line.runtime.database.transaction() as session:
        await session.execute(
            sa.update(Message).where(Message.conversation_id == identity).values(body_sealed=b"?")
        )
    faults.clear()
    unreadable = line.scene.phrase("desk_unreadable")
    await eventually(lambda: line.posted(unreadable), 20, "the desk is called")
    await eventually(lambda: line.is_posted(contact), 20, "the page is noted as posted")
