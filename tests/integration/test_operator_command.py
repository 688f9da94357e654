"""`helpline operator`: the team is kept by words that anybody can type, and by nobody unseen."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import clock, queue
from bot.domain.cases import CaseStatus, Move
from bot.domain.messages import Address
from bot.domain.understanding import Tier
from bot.handoff import cases as handoff
from bot.handoff.cases import Actor, Need
from bot.handoff.paging import rota
from bot.storage import operators
from bot.storage.cases import Case
from bot.storage.conversations import Conversation
from bot.storage.database import EmbeddedServer
from bot.storage.installation import AuditEntry
from bot.storage.operators import Operator
from tests.support.command import Command, as_process
from tests.support.parts import Parts
from tests.support.telegram_simulator.simulator import TelegramSimulator

NOWHERE = "http://127.0.0.1:9"
"""The port of `discard`, where nobody listens."""
WIDTH = 80


def _secret(printed: str) -> str:
    found = re.search(r"(?:\?start=|/start )(\S{24})\n", printed)
    assert found is not None, printed
    return found[1]


async def _operator(parts: Parts, name: str) -> Operator:
    async with parts.database.transaction() as session:
        found = await operators.by_name(session, name)
        assert found is not None
        return found


async def _bind(parts: Parts, printed: str, account: str) -> Operator | None:
    async with parts.database.transaction() as session:
        return await operators.bind(session, parts.keyring, _secret(printed), account)


async def _bound(parts: Parts, account: str) -> str | None:
    async with parts.database.transaction() as session:
        found = await operators.by_account(session, parts.keyring, account)
        return found.name if found is not None else None


async def _claimed(parts: Parts, operator: Operator, sender: str = "1") -> uuid.UUID:
    conversation_id = await parts.conversation_id(Address("test", sender))
    async with parts.database.transaction() as session:
        conversation = await session.get_one(Conversation, conversation_id, with_for_update=True)
        need = Need(Tier.CRITICAL, "held_captive", None)
        number = await handoff.open_case(parts.queue, session, conversation, need)
        case = await session.scalar(sa.select(Case).where(Case.number == number))
        assert case is not None
        actor = Actor(operator.id, str(operator.id))
        await handoff.move(parts.queue, session, case.id, Move.CLAIM, actor)
        await session.execute(sa.text("DELETE FROM procrastinate_jobs"))
        return case.id


async def _audited(parts: Parts, event: str) -> Sequence[AuditEntry]:
    async with parts.database.transaction() as session:
        found = await session.scalars(sa.select(AuditEntry).where(AuditEntry.event == event))
        return found.all()


async def test_a_new_operator_gets_a_link_that_binds_one_account_once(
    parts: Parts, command: Command
) -> None:
    added = await command.succeeds(
        "operator", "add", "Dara", "--languages", "km, EN", "--rota", "mon-fri 08:00-18:00"
    )
    row = await _operator(parts, "Dara")
    assert (row.role, row.languages, row.rota) == ("operator", ["km", "en"], "mon-fri 08:00-18:00")
    assert "writes Khmer, English; on duty mon-fri 08:00-18:00" in added.plain
    assert "Let Dara send this, just so, to the line's bot" in added.plain
    assert (await _bind(parts, added.output, "4711")) is not None
    assert (await _bind(parts, added.output, "4712")) is None
    assert await _bound(parts, "4711") == "Dara"
    [entry] = await _audited(parts, "operator_add")
    assert (entry.actor, entry.subject) == ("cli", row.id)


async def test_the_link_is_over_after_a_day(parts: Parts, command: Command) -> None:
    added = await command.succeeds("operator", "add", "Dara", "--languages", "km")
    with clock.moved(timedelta(hours=24, minutes=1)):
        assert (await _bind(parts, added.output, "4711")) is None
        listed = await command.succeeds("operator", "list")
    assert "no: new link" in listed.plain


async def test_with_a_token_the_link_names_the_bot(
    parts: Parts, command: Command, simulator: TelegramSimulator
) -> None:
    command.settings(telegram_token=simulator.token, telegram_api=simulator.url)
    added = await command.succeeds("operator", "add", "Dara", "--languages", "km")
    username = simulator.telegram.as_user()["username"]
    assert f"\n  https://t.me/{username}?start={_secret(added.output)}\n" in added.output


@pytest.mark.parametrize("token", ["42:TEST", "42:UNKNOWN"])
async def test_a_telegram_that_cannot_be_asked_keeps_nobody_from_the_team(
    parts: Parts, command: Command, simulator: TelegramSimulator, token: str
) -> None:
    api = NOWHERE if token == "42:TEST" else simulator.url
    command.settings(telegram_token=token, telegram_api=api)
    added = await command.succeeds("operator", "add", "Dara", "--languages", "km")
    assert f"/start {_secret(added.output)}" in added.output
    assert "The bot's name is not known. Telegram" in added.errors
    assert token not in added.output + added.errors


async def test_a_new_link_leaves_the_account_bound_until_it_is_used(
    parts: Parts, command: Command
) -> None:
    first = await command.succeeds("operator", "add", "Dara", "--languages", "km")
    await _bind(parts, first.output, "4711")
    second = await command.succeeds("operator", "link", "dara")
    assert "stays so until this link is used" in second.plain
    assert await _bound(parts, "4711") == "Dara"
    third = await command.succeeds("operator", "link", "Dara")
    assert (await _bind(parts, second.output, "4712")) is None
    assert (await _bind(parts, third.output, "4712")) is not None
    assert (await _bound(parts, "4711"), await _bound(parts, "4712")) == (None, "Dara")
    assert len(await _audited(parts, "operator_link")) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "Dara", "--languages", "klingon"), "klingon is no code of a language"),
        (("add", "Dara", "--languages", ","), "Which languages do they write?"),
        (("add", " ", "--languages", "km"), "A name has 1 to 40 characters"),
        (("add", "Da\x1b[2Jra", "--languages", "km"), "A name has 1 to 40 characters"),
        (("add", "Dara", "--languages", "km", "--rota", "mon 8-18"), "The rota cannot be read."),
        (("add", "SOK", "--languages", "km"), "There is a Sok already"),
        (("edit", "Sok"), "What is to be changed?"),
        (("edit", "Nobody", "--role", "editor"), "Nobody of the team is called Nobody. There are"),
        (("link", "Nobody"), "There are: Sok"),
        (("off", "24.12.2026"), "24.12.2026 is no day. Write 20"),
        (("off", "2026-12-24..2026-12-23"), "ends before it begins"),
        (("off", "2026-12-24..2126-12-23"), "at most 366 at once"),
        (("on", "today", "Nobody"), "Nobody of the team is called Nobody"),
    ],
)
async def test_what_cannot_be_meant_is_told_with_its_mend_and_changes_nothing(
    parts: Parts, command: Command, words: tuple[str, ...], said: str
) -> None:
    await command.succeeds("operator", "add", "Sok", "--languages", "km")
    before = await _operator(parts, "Sok")
    refused = await command("operator", *words)
    assert (refused.status, refused.output) == (2, "")
    assert said in refused.complaint
    assert "Traceback" not in refused.errors
    after = await _operator(parts, "Sok")
    assert (before.role, before.rota, before.link_hash) == (after.role, after.rota, after.link_hash)
    async with parts.database.transaction() as session:
        assert len(await operators.everybody(session)) == 1
        assert await operators.days_off(session, rota.local_day(clock.now())) == []


async def test_what_is_edited_changes_and_the_rest_stays(parts: Parts, command: Command) -> None:
    await command.succeeds("operator", "add", "Dara Sok", "--languages", "km", "--rota", "never")
    await command.succeeds("operator", "edit", "Dara Sok", "--role", "supervisor")
    await command.succeeds("operator", "edit", "dara  sok", "--languages", "tl,km,tl")
    row = await _operator(parts, "Dara Sok")
    assert (row.role, row.languages, row.rota) == ("supervisor", ["fil", "km"], "never")
    assert len(await _audited(parts, "operator_edit")) == 2


@pytest.mark.parametrize("words", [("remove", "Dara"), ("edit", "Dara", "--role", "editor")])
async def test_who_can_no_longer_answer_keeps_no_contact_waiting(
    parts: Parts, command: Command, words: tuple[str, ...]
) -> None:
    added = await command.succeeds("operator", "add", "Dara", "--languages", "km")
    operator = await _bind(parts, added.output, "4711")
    assert operator is not None
    case_id = await _claimed(parts, operator)
    done = await command.succeeds("operator", *words)
    async with parts.database.transaction() as session:
        case = await session.get_one(Case, case_id)
        conversation = await session.get_one(Conversation, case.conversation_id)
        assert (case.status, conversation.owner) == (CaseStatus.WAITING.value, "queue")
        locks = await queue.locks_in_use(session)
    assert queue.lock_of(queue.Job.WATCH, case_id) in locks
    assert queue.lock_of(queue.Job.POST, case_id) in locks
    assert f"Back in the queue, and called again: case {case.number}." in done.plain
    [entry] = await _audited(parts, "case_requeue")
    assert (entry.actor, entry.subject) == ("cli", case_id)


async def test_who_was_removed_is_nobody_here_and_may_come_back(
    parts: Parts, command: Command
) -> None:
    added = await command.succeeds("operator", "add", "Dara", "--languages", "km")
    await _bind(parts, added.output, "4711")
    pending = await command.succeeds("operator", "link", "Dara")
    removed = await command.succeeds("operator", "remove", "Dara")
    assert "their account can do nothing here any more" in removed.plain
    assert await _bound(parts, "4711") is None
    assert (await _bind(parts, pending.output, "4711")) is None
    assert (await command("operator", "remove", "Dara")).status == 2
    assert "Dara" not in (await command.succeeds("operator", "list")).output
    assert "has left" in (await command.succeeds("operator", "list", "--all")).output
    again = await command.succeeds("operator", "add", "dara", "--languages", "en")
    assert "dara is back" in again.plain
    assert (await _bind(parts, again.output, "4711")) is not None
    async with parts.database.transaction() as session:
        assert len(await operators.everybody(session)) == 1


async def test_the_list_says_who_is_on_duty_bound_and_busy(parts: Parts, command: Command) -> None:
    assert "operator add NAME" in (await command.succeeds("operator", "list")).output
    added = await command.succeeds("operator", "add", "Dara", "--languages", "km,en")
    assert "no link has been used yet" in (await command.succeeds("operator", "list")).plain
    operator = await _bind(parts, added.output, "4711")
    assert operator is not None
    await _claimed(parts, operator)
    await command.succeeds("operator", "add", "Eve", "--languages", "en", "--role", "editor")
    long = "mon-fri 08:00-12:00 13:00-18:00; sat 20:00-02:00"
    await command.succeeds(
        *("operator", "add", "A very long name of forty characters ...", "--languages"),
        *("en,id,km,my,th,vi,zh", "--role", "supervisor", "--rota", long),
    )
    listed = await command.succeeds("operator", "list")
    assert max(map(len, listed.output.splitlines())) <= WIDTH
    rows = {line.split()[0]: line.split() for line in listed.output.splitlines() if line.strip()}
    assert rows["Dara"] == ["Dara", "operator", "km,en", "always", "on", "duty", "bound", "1"]
    assert rows["Eve"][1:3] == ["editor", "en"]
    assert "Nobody" not in listed.output
    await command.succeeds("operator", "off", "today", "Dara")
    await command.succeeds("operator", "off", "today")
    listed = await command.succeeds("operator", "list")
    assert "day off" in listed.output
    assert "Nobody is on duty now" in listed.output


async def test_days_off_are_given_and_taken_back_one_by_one_or_in_a_row(
    parts: Parts, command: Command
) -> None:
    await command.succeeds("operator", "add", "Dara", "--languages", "km")
    first = await command.succeeds("operator", "off", "2126-12-24..2127-01-02", "Dara")
    assert "Dara has off: Tue 24 Dec 2126 to Thu 02 Jan 2127 (10 days)." in first.plain
    again = await command.succeeds("operator", "off", "2126-12-24", "Dara")
    assert "They had it already." in again.plain
    await command.succeeds("operator", "off", "2126-12-24")
    assert len(await _audited(parts, "day_off_add")) == 2
    back = await command.succeeds("operator", "on", "2126-12-24", "Dara")
    assert "Dara had off, and no longer: Tue 24 Dec 2126." in back.plain
    assert "everybody has off: `helpline operator on 2126-12-24`" in back.plain
    await command.succeeds("operator", "on", "2126-12-24")
    nothing = await command.succeeds("operator", "on", "2126-12-24", "Dara")
    assert "There was nothing to take back" in nothing.plain
    async with parts.database.transaction() as session:
        days = await operators.days_off(session, rota.local_day(clock.now()))
        assert [day.day.isoformat() for day in days][::8] == ["2126-12-25", "2127-01-02"]


async def test_the_rota_shows_the_hours_in_which_nobody_is_on_duty(
    parts: Parts, command: Command
) -> None:
    assert "operator add NAME" in (await command.succeeds("operator", "rota")).output
    hours = ("--rota", "mon-sun 08:00-12:30 22:00-02:00")
    added = await command.succeeds("operator", "add", "Dara", "--languages", "km,en", *hours)
    await command.succeeds("operator", "add", "Eve", "--languages", "en", "--role", "editor")
    unbound = await command.succeeds("operator", "rota")
    assert "NOBODY Dara [km,en] (no account)" in unbound.plain
    assert "Nobody is on duty in 7 d of the 7 days." in unbound.plain
    await _bind(parts, added.output, "4711")
    off = rota.local_day(clock.now()) + timedelta(days=2)
    await command.succeeds("operator", "off", off, "Dara")
    printed = await command.succeeds("operator", "rota")
    assert max(map(len, printed.output.splitlines())) <= WIDTH
    assert "Eve" not in printed.output
    whole = rota.local_day(clock.now()) + timedelta(days=4)
    day = printed.plain.partition(f"{whole:%a %d %b} ")[2].partition(" 22:00-24:00")[0]
    assert day == (
        "00:00-02:00 Dara [km,en] 02:00-08:00 NOBODY 08:00-12:30 Dara [km,en] 12:30-22:00 NOBODY"
    )
    # The night that began before belongs to the day before.
    assert f"{off:%a %d %b} 00:00-02:00 Dara [km,en] 02:00-24:00 NOBODY" in printed.plain
    assert f"Days off {off:%a %d %b %Y} Dara" in printed.plain
    always = await command.succeeds("operator", "add", "Sok", "--languages", "km")
    await _bind(parts, always.output, "4712")
    printed = await command.succeeds("operator", "rota")
    assert "NOBODY" not in printed.output
    assert "At every hour somebody is on duty." in printed.plain


@pytest.mark.parametrize(
    "words", [(), ("add",), ("list",), ("link",), ("edit",), ("remove",), ("off",), ("rota",)]
)
async def test_every_command_explains_itself(command: Command, words: tuple[str, ...]) -> None:
    helped = await command.succeeds("operator", *words, "--help")
    assert helped.output.startswith("usage: helpline operator")


async def test_it_works_beside_a_running_server_and_leaves_it_running(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    url = server.start()
    try:
        program = ("-m", "bot", "operator")
        added = await as_process(data_dir, *program, "add", "Dara", "--languages", "km")
        assert (added.status, added.errors) == (0, "")
        engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT name FROM operators")) == "Dara"
        engine.dispose()
    finally:
        server.stop()
    alone = await as_process(data_dir, *program, "list")
    assert (alone.status, alone.errors) == (0, "")
    assert "Dara" in alone.output
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


async def test_it_loads_neither_the_model_nor_the_flows_nor_telegram(data_dir: Path) -> None:
    program = (
        "import sys; from bot import cli; status = cli.main(['operator', 'list']); "
        "print([name for name in ('aiogram', 'numpy', 'onnxruntime', 'bot.flows', "
        "'bot.content', 'bot.nlu') if name in sys.modules]); sys.exit(status)"
    )
    printed = await as_process(data_dir, "-c", program)
    assert (printed.status, printed.output.splitlines()[-1]) == (0, "[]")


@pytest.mark.parametrize(
    ("environment", "status", "said"),
    [
        ({"HELPLINE_DATABASE_URL": "postgresql://127.0.0.1:9/none"}, 2, "needs HELPLINE_KEY"),
        (
            {
                "HELPLINE_DATABASE_URL": "postgresql://me:pass-word@127.0.0.1:9/none",
                "HELPLINE_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            },
            1,
            "The database cannot be used now",
        ),
    ],
)
async def test_a_store_that_is_away_is_told_in_a_sentence(
    data_dir: Path, environment: dict[str, str], status: int, said: str
) -> None:
    printed = await as_process(data_dir, "-m", "bot", "operator", "list", **environment)
    assert (printed.status, printed.output) == (status, "")
    assert said in printed.complaint
    assert "Traceback" not in printed.errors
    assert "pass-word" not in printed.errors
