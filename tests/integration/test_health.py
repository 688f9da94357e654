"""What machines are told: whether the line works, who waits, and how long things took."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiogram import Bot
from aiogram.exceptions import TelegramUnauthorizedError
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot import clock, health
from bot.channels.telegram.token import TokenWatch
from bot.domain.cases import Move, Outcome
from bot.domain.problems import Problem
from bot.storage import posts
from bot.storage.operators import Operator, Role
from bot.storage.posts import PostKind
from tests.support.parts import Parts
from tests.support.telegram_simulator.simulator import TelegramSimulator
from tests.support.turned import CRITICAL, Turned, line_of

TOKEN = "a-token-of-the-tests"
OURS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def line(parts: Parts, tmp_path: Path) -> Turned:
    return _opened_by(line_of(parts, tmp_path), TOKEN)


def _opened_by(line: Turned, token: str | None) -> Turned:
    return _set(line, metrics_token=SecretStr(token) if token is not None else None)


def _set(line: Turned, **settings: object) -> Turned:
    changed = line.runtime.settings.model_copy(update=settings)
    return replace(line, runtime=replace(line.runtime, settings=changed))


async def _working(line: Turned) -> None:
    async with line.store.database.transaction() as session:
        await session.execute(
            sa.text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
        )


async def _bound(line: Turned, role: Role = Role.OPERATOR) -> uuid.UUID:
    operator = await line.operator(role.value, role)
    async with line.store.database.transaction() as session:
        await session.execute(
            sa.update(Operator).where(Operator.id == operator).values(account_hash=b"x")
        )
    return operator


async def _ailments(line: Turned) -> set[str]:
    """All but the worker's: no job runs here."""
    return set(await health.ailments(line.runtime)) - {"worker"}


async def _metrics(line: Turned) -> dict[tuple[str, ...], float]:
    body = (await health.count(line.runtime)).decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


async def test_a_desk_without_an_operator_is_named(line: Turned) -> None:
    assert await _ailments(line) == {"no_operator"}
    editor = await _bound(line, Role.EDITOR)
    assert await _ailments(line) == {"no_operator"}
    async with line.store.database.transaction() as session:
        await session.execute(
            sa.update(Operator).where(Operator.id == editor).values(role=Role.OPERATOR.value)
        )
    assert await _ailments(line) == set()


async def test_a_page_that_nobody_sees_for_ten_minutes_is_named(line: Turned) -> None:
    operator = await _bound(line)
    someone = line.contact()
    await someone.write(CRITICAL)
    with clock.moved(timedelta(minutes=9)):
        assert await _ailments(line) == set()
    with clock.moved(timedelta(minutes=11)):
        assert await _ailments(line) == {"page_unacknowledged"}
        await someone.change(blocked=True)
        assert await _ailments(line) == set()
        await someone.change(blocked=False)
        await line.acknowledge((await someone.case()).id, operator)
        assert await _ailments(line) == set()


async def test_what_the_desk_is_not_shown_for_a_minute_is_named(line: Turned) -> None:
    await _bound(line)
    await line.contact().write(CRITICAL)
    assert await _ailments(line) == set()
    async with line.store.database.transaction() as session:
        await session.execute(
            sa.text("UPDATE procrastinate_events SET at = at - interval '61 seconds'")
        )
    assert await _ailments(line) == {"desk_posts"}
    case = await line.contact().case()
    async with line.store.database.transaction() as session:
        await session.execute(sa.update(posts.Post).values(status="posted"))
    assert await _ailments(line) == set()
    assert await line.posts(case.id, PostKind.PAGE)


async def test_people_are_told_and_the_process_goes_on_serving(line: Turned) -> None:
    """A balancer must not take the line away because an operator sleeps."""
    refused = [False]
    await _working(line)
    application = web.Application()
    application.add_routes(health.routes(line.runtime, lambda: refused[0]))
    async with TestClient(TestServer(application), headers=OURS) as client:
        for problems in (["no_operator"], ["no_operator", "telegram_token"]):
            answer = await client.get("/healthz")
            assert answer.status == 200
            told = await answer.json()
            assert (told["ok"], told["problems"]) == (False, problems)
            refused[0] = True
        async with line.store.database.transaction() as session:
            await session.execute(sa.text("DELETE FROM procrastinate_workers"))
        answer = await client.get("/healthz")
        assert answer.status == 503
        assert "worker" in (await answer.json())["problems"]
        assert (await client.get("/metrics")).status == 200


async def test_a_token_that_is_refused_is_noticed_and_so_is_one_that_is_good(
    simulator: TelegramSimulator, bot: Bot
) -> None:
    watch = TokenWatch()
    bot.session.middleware(watch)
    await bot.get_me()
    assert not watch.refused
    simulator.faults.fail("getMe", 401)
    with pytest.raises(TelegramUnauthorizedError):
        await bot.get_me()
    assert watch.refused
    await bot.get_me()
    assert not watch.refused


async def test_who_waits_and_for_how_long_is_counted(line: Turned) -> None:
    someone = line.contact()
    await someone.write(CRITICAL)
    with clock.moved(timedelta(minutes=3)):
        found = await _metrics(line)
    assert found["helpline_cases_waiting", "critical"] == 1
    assert found["helpline_cases_waiting", "elevated"] == 0
    assert 180 <= found["helpline_oldest_waiting_seconds", "critical"] < 240
    assert found["helpline_oldest_waiting_seconds", "elevated"] == 0
    assert found["helpline_pages", "critical"] == 1
    assert found["helpline_posts_due", "yes"] >= 1
    assert found["helpline_operators",] == 0


async def test_how_long_it_took_and_how_it_ended_is_counted(line: Turned) -> None:
    someone, operator = line.contact(), await line.operator()
    await someone.write(CRITICAL)
    case = await someone.case()
    with clock.moved(timedelta(seconds=90)):
        await line.acknowledge(case.id, operator)
        await line.move(case.id, Move.CLAIM, operator)
    with clock.moved(timedelta(hours=2)):
        await someone.write("are you there?")
        found = await _metrics(line)
        assert found["helpline_oldest_unanswered_seconds", "critical"] > 7000
        await line.move(case.id, Move.RESOLVE, operator, Outcome.SAFE)
        await someone.press(f"/feedback({case.number},good)")
        found = await _metrics(line)
    bucket = "helpline_seconds_to_acknowledge_bucket"
    assert found[bucket, "60.0", "critical"] == 0
    assert found[bucket, "120.0", "critical"] == 1
    assert found[bucket, "+Inf", "critical"] == 1
    assert found["helpline_seconds_to_claim_bucket", "120.0", "critical"] == 1
    assert found["helpline_seconds_to_resolve_bucket", "3600.0", "critical"] == 0
    assert found["helpline_seconds_to_resolve_bucket", "14400.0", "critical"] == 1
    assert 7200 <= found["helpline_seconds_to_resolve_sum", "critical"] < 7300
    assert found["helpline_seconds_to_resolve_count", "critical"] == 1
    assert found["helpline_outcomes", "safe"] == 1
    assert found["helpline_feedback", "good"] == 1
    assert found["helpline_cases", "resolved", "critical"] == 1


async def test_an_edit_that_is_refused_is_told_and_the_process_goes_on_serving(
    line: Turned,
) -> None:
    await _working(line)
    await _bound(line)
    press = line.runtime.press
    version, since = press.edition.version, press.since.isoformat(timespec="seconds")
    application = web.Application()
    application.add_routes(health.routes(line.runtime))
    async with TestClient(TestServer(application), headers=OURS) as client:
        for count in (0, 2):
            press.refused = tuple(
                Problem("content/phrases/en.yml", number, "wrong", "mend it")
                for number in range(count)
            )
            answer = await client.get("/healthz")
            assert answer.status == 200
            assert await answer.json() == {
                "ok": True,
                "problems": [],
                "content": {"version": version, "since": since, "refused": count},
            }
            metrics = await _metrics(line)
            assert metrics["helpline_edition", version] == 1
            assert metrics["helpline_edition_refused",] == count
            assert metrics["helpline_edition_since_seconds",] == press.since.timestamp()


STRANGERS: tuple[dict[str, str], ...] = (
    {},
    {"Authorization": "Bearer "},
    {"Authorization": TOKEN},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Basic {TOKEN}"},
    {"X-Forwarded-For": "127.0.0.1"},
)
PASSED_ON: tuple[dict[str, str], ...] = (
    *({name: "127.0.0.1"} for name in ("X-Forwarded-For", "X-Real-IP", "Via", "Forwarded")),
    {"Host": "help.example.org"},
)


@pytest.mark.parametrize("token", [None, TOKEN])
async def test_a_stranger_learns_nothing_of_who_waits_nor_that_help_is_slow(
    line: Turned, token: str | None
) -> None:
    """Whoever holds people may look, too: before and after somebody called it says the same."""
    await _working(line)
    application = web.Application()
    reached = _set(_opened_by(line, token), host="0.0.0.0")  # where strangers come in
    application.add_routes(health.routes(reached.runtime, lambda: True))
    async with TestClient(TestServer(application)) as client:
        for _ in range(2):
            with clock.moved(timedelta(minutes=11)):
                for headers in STRANGERS:
                    assert (await client.get("/metrics", headers=headers)).status == 404
                    answer = await client.get("/healthz", headers=headers)
                    assert (answer.status, await answer.json()) == (200, {"ok": True})
            await line.contact().write(CRITICAL)
        async with line.store.database.transaction() as session:
            await session.execute(sa.text("DELETE FROM procrastinate_workers"))
        answer = await client.get("/healthz")
        assert (answer.status, await answer.json()) == (503, {"ok": False})
        ours = await client.get("/metrics", headers=OURS)
        assert ours.status == (200 if token else 404)


async def test_without_a_token_it_is_open_on_this_machine_alone(line: Turned) -> None:
    application = web.Application()
    application.add_routes(health.routes(_opened_by(line, None).runtime))
    async with TestClient(TestServer(application)) as client:
        assert (await client.get("/metrics")).status == 200
        assert "problems" in await (await client.get("/healthz")).json()
        for headers in PASSED_ON:
            assert (await client.get("/metrics", headers=headers)).status == 404
            answer = await client.get("/healthz", headers=headers)
            assert "problems" not in await answer.json()


@pytest.mark.parametrize("token", [None, TOKEN])
async def test_behind_a_public_address_nobody_is_at_home(line: Turned, token: str | None) -> None:
    application = web.Application()
    public = _set(_opened_by(line, token), public_url="https://help.example.org")
    application.add_routes(health.routes(public.runtime))
    async with TestClient(TestServer(application)) as client:
        assert (await client.get("/metrics")).status == 404


async def test_a_clock_that_differs_from_the_databases_is_named(line: Turned) -> None:
    await _bound(line)
    elsewhere = line.runtime.settings.model_copy(update={"database_url": SecretStr("postgresql:")})
    other = replace(line, runtime=replace(line.runtime, settings=elsewhere))
    assert await _ailments(other) == set()
    for by in (timedelta(days=90), timedelta(days=-90)):
        with clock.moved(by):
            assert await _ailments(other) == {"clock"}
            assert await _ailments(line) == set()
