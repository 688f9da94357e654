"""A message that cannot be handled, and a worker that died over one, keep nobody waiting."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import procrastinate
import psycopg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot import queue, turn
from bot.flows import engine
from bot.flows.state import Outcome, TurnInput
from bot.storage.cases import Case
from bot.storage.messages import Message, Status
from tests.support.parts import private_directory
from tests.support.telegram_line import Contact, Scene, connected, fresh_database, text_of
from tests.support.telegram_simulator.simulator import TelegramSimulator

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "where is the embassy of kenya"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(postgres: str, template: str) -> AsyncIterator[Scene]:
    with private_directory() as directory, fresh_database(postgres, template) as url:
        async with (
            TelegramSimulator(ledger=directory / "ledger.jsonl") as simulator,
            connected(simulator, directory, url) as found,
        ):
            yield found


async def _case_reasons(scene: Scene, contact: Contact) -> list[str]:
    identity = await contact.conversation_id()
    async with scene.line.runtime.database.transaction() as session:
        query = sa.select(Case.reason).where(Case.conversation_id == identity)
        return list(await session.scalars(query))


async def _statuses(scene: Scene, contact: Contact) -> list[str]:
    identity = await contact.conversation_id()
    async with scene.line.runtime.database.transaction() as session:
        query = (
            sa.select(Message.status)
            .where(Message.conversation_id == identity, Message.inbound)
            .order_by(Message.number)
        )
        return list(await session.scalars(query))


async def test_a_poison_message_is_answered_gets_a_case_and_the_next_ones_go_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance, tries = engine.advance, []

    def failing(library: Any, state: Any, given: TurnInput, *rest: Any) -> Outcome:  # noqa: ANN401
        if "joke" in given.text:
            tries.append(given.text)
            raise RecursionError(given.text)
        return advance(library, state, given, *rest)

    monkeypatch.setattr(engine, "advance", failing)
    contact = scene.contact()
    for text in (QUESTION, "tell me a joke", QUESTION):
        await contact.user.send(text)
    replies = await contact.after(asyncio.sleep(0))
    await scene.quiet()
    assert tries == ["tell me a joke"]
    assert await _statuses(scene, contact) == ["turned", "failed", "turned"]
    assert await _case_reasons(scene, contact) == ["turn_failed"]
    replies = contact.user.chat.from_bot
    assert scene.phrase("internal_error_alone") in text_of(replies)
    assert "Kenya" in replies[-1].text


async def test_a_message_that_the_database_refuses_is_not_tried_for_ever(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every error of the database is an outage of it."""
    store, tries = turn._store, []

    async def refusing(runtime: Any, taken: turn.Turn, decided: Any) -> None:  # noqa: ANN401
        if "refused" in taken.inbound.text:
            tries.append(1)
            raise IntegrityError("INSERT", {}, ValueError())
        await store(runtime, taken, decided)

    monkeypatch.setattr(turn, "_store", refusing)
    contact = scene.contact()
    await contact.write("refused")
    assert tries == [1]
    assert await _statuses(scene, contact) == [Status.FAILED.value]
    assert await contact.write(QUESTION)


async def test_the_job_of_a_dead_worker_is_given_to_others_within_thirty_seconds(
    scene: Scene,
) -> None:
    contact = scene.contact()
    await contact.write(QUESTION)
    identity = await contact.conversation_id()
    assert identity is not None
    dead = await _leave_behind(scene, identity)
    assert await _status(scene, dead) == "doing"  # as SIGKILL leaves it: its lock is held
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await contact.write(QUESTION)
    assert loop.time() - began < 30
    assert await _statuses(scene, contact) == ["turned", "turned"]
    assert await _status(scene, dead) is None


async def test_a_job_whose_end_was_not_recorded_does_not_keep_its_lock(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is lost just as the job's end is told: its worker lives on."""
    execute = procrastinate.PsycopgConnector.execute_query_async
    lost: list[str] = []

    async def losing(self: Any, query: Any, **arguments: Any) -> None:  # noqa: ANN401
        if "finish_job" in query and not lost and await _is_turn(scene, arguments["job_id"]):
            lost.append(query)
            raise procrastinate.exceptions.ConnectorException from psycopg.OperationalError("gone")
        await execute(self, query, **arguments)

    monkeypatch.setattr(procrastinate.PsycopgConnector, "execute_query_async", losing)
    contact = scene.contact()
    await contact.write(QUESTION)
    assert len(lost) == 1
    assert await contact.write(QUESTION)
    assert await _statuses(scene, contact) == ["turned", "turned"]


async def _leave_behind(scene: Scene, conversation: uuid.UUID) -> int:
    """A job as a killed worker leaves it: begun, locked, and nobody at it."""
    statement = sa.text(
        "WITH worker AS (INSERT INTO procrastinate_workers (last_heartbeat) "
        "VALUES (now() - interval '60 seconds') RETURNING id) "
        "INSERT INTO procrastinate_jobs (task_name, queue_name, lock, args, status, worker_id) "
        "SELECT 'turn', 'turns', :lock, CAST(:args AS jsonb), 'doing', id FROM worker RETURNING id"
    )
    values = {
        "lock": queue.lock_of(queue.Job.TURN, conversation),
        "args": json.dumps({"row": str(conversation)}),
    }
    async with scene.line.runtime.database.transaction() as session:
        return int(await session.scalar(statement, values))


async def _is_turn(scene: Scene, job: int) -> bool:
    statement = sa.text("SELECT task_name = 'turn' FROM procrastinate_jobs WHERE id = :job")
    async with scene.line.runtime.database.transaction() as session:
        return bool(await session.scalar(statement, {"job": job}))


async def _status(scene: Scene, job: int) -> str | None:
    statement = sa.text("SELECT status::text FROM procrastinate_jobs WHERE id = :job")
    async with scene.line.runtime.database.transaction() as session:
        found: str | None = await session.scalar(statement, {"job": job})
        return found
