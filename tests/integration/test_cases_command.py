"""`helpline cases`: who waits and who has them; what was written is read by nobody unseen."""

from __future__ import annotations

import csv
import io
import json
import stat
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import clock, queue
from bot.domain.cases import CaseStatus, Move, Outcome
from bot.domain.messages import Address
from bot.domain.understanding import Tier
from bot.handoff import cases as handoff
from bot.handoff.cases import Actor, Need
from bot.handoff.paging import rota
from bot.handoff.pseudonym import pseudonym
from bot.storage import operators
from bot.storage.cases import Case
from bot.storage.conversations import Conversation
from bot.storage.installation import AuditEntry
from bot.storage.messages import Message
from bot.storage.operators import Operator, Role
from tests.support.command import Command
from tests.support.parts import Parts, message

WIDTH = 80
SECRET = "they locked the gate"
REPLY = "somebody is on the way"


async def _opened(
    parts: Parts, sender: str, *, tier: Tier = Tier.CRITICAL, reason: str = "held_captive"
) -> Case:
    """A waiting case of somebody who wrote SECRET, and whom the bot answered REPLY."""
    address = Address("test", sender)
    await parts.inbox.accept(message(SECRET, sender=sender))
    await parts.enqueue(address, REPLY)
    conversation_id = await parts.conversation_id(address)
    async with parts.database.transaction() as session:
        conversation = await session.get_one(Conversation, conversation_id, with_for_update=True)
        conversation.language = "id"
        need = Need(tier, reason, None, country="ID")
        number = await handoff.open_case(parts.queue, session, conversation, need)
        await session.execute(sa.text("DELETE FROM procrastinate_jobs"))
        case = await session.scalar(sa.select(Case).where(Case.number == number))
        assert case is not None
        return case


async def _case(parts: Parts, case_id: uuid.UUID) -> Case:
    async with parts.database.transaction() as session:
        return await session.get_one(Case, case_id)


async def _operator(parts: Parts, name: str) -> Operator:
    async with parts.database.transaction() as session:
        row = operators.new(name, Role.OPERATOR, ["id"], "always")
        session.add(row)
        return row


async def _move(
    parts: Parts, case: Case, move: Move, actor: Actor, outcome: Outcome | None = None
) -> None:
    async with parts.database.transaction() as session:
        await handoff.move(parts.queue, session, case.id, move, actor, outcome=outcome)


async def _audited(parts: Parts, case: Case | None) -> list[tuple[str, str]]:
    async with parts.database.transaction() as session:
        rows = await session.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.subject == (case.id if case else None))
            .order_by(AuditEntry.id)
        )
        return [(row.event, row.actor) for row in rows]


async def test_open_cases_are_listed_the_most_urgent_and_the_oldest_first(
    parts: Parts, command: Command
) -> None:
    assert (await command.succeeds("cases")).output == "No open case.\n"
    calm = await _opened(parts, "1", tier=Tier.ELEVATED, reason="document_confiscated_by_employer")
    urgent = await _opened(parts, "2")
    taken = await _opened(parts, "3")
    done = await _opened(parts, "4")
    dara = await _operator(parts, "Dara of the very long name by the riverside")
    await _move(parts, taken, Move.CLAIM, Actor(dara.id, str(dara.id)))
    await _move(parts, done, Move.RESOLVE, handoff.SYSTEM, Outcome.SAFE)
    with clock.moved(timedelta(hours=26, minutes=5)):
        listed = await command.succeeds("cases")
    assert max(map(len, listed.output.splitlines())) <= WIDTH
    rows = [line.split() for line in listed.output.splitlines() if line.split()[:1] != []]
    numbers = [int(row[0]) for row in rows if row[0].isdecimal() and row[1] in set(Tier)]
    assert numbers == [urgent.number, taken.number, calm.number]
    assert f"{urgent.number} critical waiting id ID held_captive nobody 1 d 2 h" in listed.plain
    assert "Dara of the" in listed.plain
    assert "2 wait for somebody to take them. In 1 the contact waits" in listed.plain
    everything = await command.succeeds("cases", "--all")
    assert f"{done.number} critical resolved id ID held_captive safe 20" in everything.plain
    resolved = await command.succeeds("cases", "--status", "resolved", "--tier", "critical")
    assert str(done.number) in resolved.output
    assert str(urgent.number) not in resolved.output.split()
    nothing = await command.succeeds("cases", "--status", "resolved", "--tier", "elevated")
    assert nothing.output == "No resolved elevated case.\n"
    assert SECRET not in listed.output + everything.output


async def test_a_case_is_shown_with_its_history_and_without_what_was_written(
    parts: Parts, command: Command
) -> None:
    case = await _opened(parts, "1")
    dara = await _operator(parts, "Dara")
    await _move(parts, case, Move.CLAIM, Actor(dara.id, str(dara.id)))
    before = await _audited(parts, case)
    shown = await command.succeeds("cases", "show", f"#{case.number}")
    assert max(map(len, shown.output.splitlines())) <= WIDTH
    assert f"case {case.number}, critical, claimed" in shown.plain
    assert case.conversation_id is not None
    assert pseudonym(case.conversation_id) in shown.plain
    assert "held by Dara, for" in shown.plain
    assert "1 of the contact, 1 of the bot, 0 of operators, 1 not sent yet" in shown.plain
    assert "open bot" in shown.plain
    assert "claim Dara" in shown.plain
    assert await _audited(parts, case) == before
    for word in (SECRET, REPLY, str(case.id), str(dara.id)):
        assert word not in shown.output


async def test_who_reads_what_was_written_is_warned_and_noted(
    parts: Parts, command: Command
) -> None:
    case = await _opened(parts, "1")
    shown = await command.succeeds("cases", "show", case.number, "--messages")
    assert f"contact\n  {SECRET}\n" in shown.output
    assert f"bot (queued)\n  {REPLY}\n" in shown.output
    assert "noted in the audit trail" in shown.complaint
    assert ("case_read", "cli") in await _audited(parts, case)
    assert "read command line" in shown.plain


async def test_what_a_contact_writes_cannot_command_the_terminal(
    parts: Parts, command: Command
) -> None:
    case = await _opened(parts, "1")
    evil = "a\x1b]0;owned\x07b\u202ec\x9bd\r[red]e[/red]\nf"
    await parts.inbox.accept(message(evil, sender="1"))
    shown = await command.succeeds("cases", "show", case.number, "--messages")
    assert "  a\ufffd]0;owned\ufffdb\ufffdc\ufffdd\ufffd[red]e[/red]\n  f\n" in shown.output


async def test_an_erased_contact_leaves_figures_only(parts: Parts, command: Command) -> None:
    case = await _opened(parts, "1")
    async with parts.database.transaction() as session:
        await session.execute(sa.delete(Conversation))
        await session.execute(sa.text("UPDATE cases SET status = 'resolved', outcome = 'erased'"))
    shown = await command.succeeds("cases", "show", case.number, "--messages")
    assert "ended erased" in shown.plain
    assert shown.plain.count("the conversation was erased") == 2


async def test_a_message_that_was_altered_hides_no_other(parts: Parts, command: Command) -> None:
    case = await _opened(parts, "1")
    async with parts.database.transaction() as session:
        await session.execute(
            sa.update(Message).where(Message.inbound).values(body_sealed=b"altered")
        )
    shown = await command.succeeds("cases", "show", case.number, "--messages")
    assert "contact\n  (unreadable)\n" in shown.output
    assert REPLY in shown.output


async def test_an_export_holds_counts_and_codes_in_a_steady_order(
    parts: Parts, command: Command, tmp_path: Path
) -> None:
    first, second = await _opened(parts, "1"), await _opened(parts, "2", tier=Tier.ELEVATED)
    dara = await _operator(parts, "Dara")
    await _move(parts, first, Move.CLAIM, Actor(dara.id, str(dara.id)))
    owner = Actor(dara.id, str(dara.id))
    await _move(parts, first, Move.RESOLVE, owner, Outcome.REFERRED)
    for name in ("cases.csv", "again.CSV", "cases.json"):
        done = await command.succeeds("cases", "export", tmp_path / name)
        assert f"2 cases are in {tmp_path / name}".replace(" ", "") in done.plain.replace(" ", "")
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    text = (tmp_path / "cases.csv").read_text()
    assert text == (tmp_path / "again.CSV").read_text()
    assert text == (await command.succeeds("cases", "export", "-")).output
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [int(row["number"]) for row in rows] == [first.number, second.number]
    assert rows[0]["outcome"] == "referred"
    assert rows[0]["pages"] == "1"
    assert rows[0]["seconds_to_resolve"].isdecimal()
    assert rows[1]["seconds_to_resolve"] == ""
    assert rows[1]["opened_hour"] == f"{clock.this_hour():%Y-%m-%dT%H:00Z}"
    objects = json.loads((tmp_path / "cases.json").read_text())
    assert [{name: str(v or 0) for name, v in row.items()} for row in objects] == [
        {name: v or "0" for name, v in row.items()} for row in rows
    ]
    for word in (SECRET, REPLY, "Dara", str(first.id), str(first.conversation_id), str(dara.id)):
        assert word not in text
    assert await _audited(parts, None) == [("cases_export", "cli")] * 4


async def test_an_export_may_begin_with_a_day(
    parts: Parts, command: Command, tmp_path: Path
) -> None:
    await _opened(parts, "1")
    with clock.moved(timedelta(days=3)):
        later = await _opened(parts, "2")
        today = rota.local_day(clock.now())
        file = tmp_path / "cases.json"
        await command.succeeds("cases", "export", "--since", today.isoformat(), file)
    assert [row["number"] for row in json.loads(file.read_text())] == [later.number]


async def test_no_cell_of_an_export_is_a_formula(
    parts: Parts, command: Command, tmp_path: Path
) -> None:
    case = await _opened(parts, "1")
    evil = ("=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)")
    async with parts.database.transaction() as session:
        row = await session.get_one(Case, case.id)
        row.language, row.country, row.reason = evil
    await command.succeeds("cases", "export", tmp_path / "cases.csv")
    [exported] = csv.DictReader(io.StringIO((tmp_path / "cases.csv").read_text()))
    found = (exported["language"], exported["country"], exported["reason"])
    assert found == tuple(f"'{text}" for text in evil)


@pytest.mark.parametrize(
    ("file", "status", "said"),
    [
        ("cases.xlsx", 2, "give one in .csv or .json"),
        ("no/such/place.csv", 1, "cannot be written: No such file"),
    ],
)
async def test_an_export_that_cannot_be_written_is_told(
    command: Command, tmp_path: Path, file: str, status: int, said: str
) -> None:
    refused = await command("cases", "export", tmp_path / file)
    assert (refused.status, refused.output) == (status, "")
    assert said in refused.complaint
    assert not (tmp_path / file).exists()


async def test_a_case_is_resolved_from_the_command_line(parts: Parts, command: Command) -> None:
    case = await _opened(parts, "1")
    dara = await _operator(parts, "Dara")
    await _move(parts, case, Move.CLAIM, Actor(dara.id, str(dara.id)))
    done = await command.succeeds("cases", "resolve", case.number, "--outcome", "safe")
    assert f"Case {case.number} is resolved: safe." in done.plain
    found = await _case(parts, case.id)
    assert (found.status, found.outcome) == (CaseStatus.RESOLVED.value, "safe")
    assert ("case_resolve", "cli") in await _audited(parts, case)
    async with parts.database.transaction() as session:
        conversation = await session.get_one(Conversation, case.conversation_id)
        assert conversation.owner == "bot"
        locks = await queue.locks_in_use(session)
    assert queue.lock_of(queue.Job.POST, case.id) in locks
    again = await command("cases", "resolve", case.number, "--outcome", "helped")
    assert again.status == 1
    assert "is resolved, so it cannot be resolved" in again.complaint
    assert (await _case(parts, case.id)).outcome == "safe"


async def test_urgency_is_raised_and_lowered(parts: Parts, command: Command) -> None:
    case = await _opened(parts, "1", tier=Tier.ELEVATED)
    raised = await command.succeeds("cases", "raise", case.number)
    assert raised.output == f"Case {case.number} is critical.\n"
    assert (await _case(parts, case.id)).tier == Tier.CRITICAL.value
    assert (await command("cases", "raise", case.number)).status == 1
    await command.succeeds("cases", "lower", case.number)
    assert (await _case(parts, case.id)).tier == Tier.ELEVATED.value
    events = [entry for entry in await _audited(parts, case) if entry[1] == "cli"]
    assert events == [("case_raise", "cli"), ("case_lower", "cli")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "4711"), "There is no case 4711."),
        (("raise", "99999999999999999999"), "a number, such as 12"),
        (("show", "first"), "a number, such as 12"),
        (("show", "-1"), "show"),
        (("resolve", "1"), "--outcome"),
        (("resolve", "1", "--outcome", "erased"), "invalid choice"),
        (("--all", "--status", "waiting"), "contradict each other"),
        (("export", "x.csv", "--since", "yesterday"), "yesterday is no day"),
    ],
)
async def test_what_cannot_be_meant_is_told(
    command: Command, words: tuple[str, ...], said: str
) -> None:
    refused = await command("cases", *words)
    assert (refused.status, refused.output) == (2, "")
    assert said in refused.complaint
    assert "Traceback" not in refused.errors
    helped = await command.succeeds("cases", *words[:1], "--help")
    assert helped.output.startswith("usage: helpline cases")
