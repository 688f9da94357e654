"""`helpline missed`: read under the audit trail, taught from, asked about, forgotten."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import clock
from bot.cli.missed import corpus, trained
from bot.settings import ROOT
from bot.storage import conversations, messages, missed
from bot.storage.installation import AuditEntry
from bot.storage.missed import Missed, Reason
from tests.support.command import Command
from tests.support.parts import Parts, message

FINE = (
    "how much is the fine for an expired visa",
    "denda visa habis berapa",
    "what does the overstay fine cost",
)
TICKET = "who pays for my flight home [name]"
NEW = "can i pay the yellow paper of the fish market office"


async def _missed(parts: Parts, *asked: tuple[str, str]) -> None:
    """Questions in these languages, each of a contact of its own."""
    for place, (language, text) in enumerate(asked):
        one = message("x", sender=f"{language}{place}{text[:3]}")
        await parts.inbox.accept(one)
        async with parts.database.transaction() as session:
            found = await conversations.find_or_begin(session, parts.keyring, one.address)
            (row,) = await messages.newest(session, found.row.id, 1)
            await missed.add(
                session,
                found,
                row.id,
                text,
                reason=Reason.NOT_UNDERSTOOD,
                language=language,
                intent="visa_overstay",
            )


@pytest.fixture
async def known(parts: Parts) -> list[int]:
    """Three questions of one group and one of another; their numbers."""
    texts = [("en", FINE[0]), ("id", FINE[1]), ("en", TICKET), ("en", FINE[2])]
    await _missed(parts, *texts)
    return await _numbers(parts)


@pytest.fixture
def nlu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the training data, which commands write to."""
    copied = tmp_path / "nlu"
    for language in ("en", "id"):
        shutil.copytree(ROOT / "nlu" / "data" / language, copied / "data" / language)
    development = ROOT / "tests" / "nlu" / "development"
    monkeypatch.setattr(trained, "Corpus", lambda: corpus.Corpus(copied, development))
    return copied


async def _numbers(parts: Parts) -> list[int]:
    async with parts.database.transaction() as session:
        return list(await session.scalars(sa.select(Missed.number).order_by(Missed.number)))


async def _audited(parts: Parts) -> list[str]:
    async with parts.database.transaction() as session:
        query = sa.select(AuditEntry.event).where(AuditEntry.event.like("missed%"))
        return list(await session.scalars(query.order_by(AuditEntry.id)))


async def test_groups_are_listed_the_largest_first_and_it_is_noted(
    parts: Parts, command: Command
) -> None:
    assert "Nothing was missed" in (await command.succeeds("missed")).plain
    await _missed(parts, ("en", TICKET), *zip(("en", "id", "en"), FINE, strict=True))
    first = (await _numbers(parts))[0]
    printed = await command.succeeds("missed")
    assert f"#{first + 1} 3 questions en 2, id 1; not understood 3" in printed.plain
    assert printed.plain.index(f"#{first + 1} ") < printed.plain.index(f"#{first} ")
    assert "perhaps visa_overstay" in printed.plain
    assert all(text in printed.plain for text in (*FINE, TICKET))
    assert "4 questions in 2 groups" in printed.plain
    assert "audit trail" in printed.complaint
    assert await _audited(parts) == ["missed_listed"] * 2


async def test_a_group_keeps_its_number_whatever_is_left_out(
    known: list[int], command: Command
) -> None:
    printed = await command.succeeds("missed", "--language", "id")
    assert f"#{known[0]} 3 questions" in printed.plain
    assert TICKET not in printed.plain
    assert "Nothing" in (await command.succeeds("missed", "--language", "th")).plain
    assert f"#{known[2]} " in (await command.succeeds("missed", "--days", "2")).plain


async def test_every_question_of_a_group_is_shown_by_any_number_in_it(
    known: list[int], parts: Parts, command: Command
) -> None:
    for number in (known[0], known[3]):
        printed = await command.succeeds("missed", "show", number)
        assert f"Group {known[0]}: 3 questions" in printed.plain
        assert all(text in printed.plain for text in FINE)
        assert TICKET not in printed.plain
    assert await _audited(parts) == ["missed_read"] * 2
    gone = await command("missed", "show", 999_999)
    assert gone.status == 1
    assert "There is no group 999999" in gone.complaint


async def test_what_a_contact_wrote_cannot_command_the_terminal(
    parts: Parts, command: Command
) -> None:
    await _missed(parts, ("en", "evil \x1b[31m red \u202e turned"))
    (number,) = await _numbers(parts)
    for words in ((), ("show", number)):
        assert "\x1b" not in (await command.succeeds("missed", *words)).output


async def test_a_rewritten_sentence_is_taught_and_the_group_forgotten(
    known: list[int], parts: Parts, command: Command, nlu: Path
) -> None:
    printed = await command.succeeds(
        *("missed", "train", known[2], "repatriation_help", NEW, "--yes")
    )
    assert "public repository" in printed.plain
    assert "make refit" in printed.plain
    written = (nlu / "data" / "en" / "info.yml").read_text(encoding="utf-8")
    assert f"    - {NEW}\n" in written
    assert await _numbers(parts) == [known[0], known[1], known[3]]
    assert await _audited(parts) == ["missed_read", "missed_trained"]


async def test_what_a_contact_wrote_is_never_copied_into_public_files(
    parts: Parts, command: Command, nlu: Path
) -> None:
    asked = "fine for the wrong stamp sticker of visa ok"
    await _missed(parts, ("en", asked))
    (number,) = await _numbers(parts)
    for sentences, status in (((), 2), ((asked,), 2), ((f"  {asked.upper()} ",), 2)):
        printed = await command("missed", "train", number, "visa_overstay", *sentences, "--yes")
        assert printed.status == status
    for path in (nlu / "data" / "en").glob("*.yml"):
        assert asked.casefold() not in path.read_text(encoding="utf-8").casefold()
    assert await _numbers(parts) == [number]


async def test_what_does_not_do_is_not_written_and_nothing_is_forgotten(
    known: list[int], parts: Parts, command: Command, nlu: Path
) -> None:
    before = (nlu / "data" / "en" / "info.yml").read_bytes()
    train = ("missed", "train")
    there = "Please what is the address of the Indian embassy in Phnom Penh"
    for words, why in (
        ((known[2], "repatriation_help", "call [number] now", "--yes"), "taken out"),
        ((known[2], "embassy_contact", there, "--yes"), "already"),
        ((known[2], "no_such_intent", NEW, "--yes"), "no intent"),
        ((known[0], "visa_overstay", NEW, "--yes"), "--language"),
        ((known[2], "repatriation_help", NEW), "nobody to ask"),
    ):
        printed = await command(*train, *words)
        assert printed.status != 0
        assert why in printed.complaint
    assert (nlu / "data" / "en" / "info.yml").read_bytes() == before
    assert await _numbers(parts) == known


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("answer", ["y\n", "\n", ""])
async def test_who_is_asked_sees_the_sentence_and_may_say_no(
    known: list[int],
    command: Command,
    nlu: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
) -> None:
    written = answer == "y\n"
    monkeypatch.setattr("sys.stdin", _Terminal(answer))
    printed = await command("missed", "train", known[2], "repatriation_help", NEW)
    assert NEW in printed.plain
    assert printed.status == (0 if written else 1)
    assert (NEW in (nlu / "data" / "en" / "info.yml").read_text(encoding="utf-8")) == written


async def test_a_task_is_made_of_a_group_listed_and_done(
    known: list[int], parts: Parts, command: Command
) -> None:
    what = "What does the fine cost after the new law?"
    printed = await command.succeeds("missed", "ask", known[1], what)
    assert await _numbers(parts) == [known[2]]
    async with parts.database.transaction() as session:
        (task,) = await missed.asked(session)
    assert (task.what, task.language, task.count) == (what, "en", 3)
    assert task.made_on == clock.today()
    assert f"Task {task.number}" in printed.plain
    assert what in (await command.succeeds("missed", "tasks")).plain
    await command.succeeds("missed", "done", task.number)
    assert "No answer was asked for" in (await command.succeeds("missed", "tasks")).plain
    assert (await command("missed", "done", task.number)).status == 1
    assert await _audited(parts) == ["missed_read", "missed_asked", "missed_task_done"]


async def test_a_task_with_a_number_in_it_is_warned_of_and_a_long_one_refused(
    known: list[int], command: Command
) -> None:
    assert (await command("missed", "ask", known[2], "x" * 201)).status == 2
    printed = await command.succeeds("missed", "ask", known[2], "who is 012345678")
    assert "name or a number" in printed.complaint


async def test_no_number_is_too_large_to_be_typed(known: list[int], command: Command) -> None:
    large = "9" * 30
    assert f"#{known[0]} " in (await command.succeeds("missed", "--days", "9" * 18)).plain
    for words in (("--days", large), ("show", large), ("done", large)):
        assert (await command("missed", *words)).status == 2
    assert (await command("missed", "done", "9" * 18)).status == 1


async def test_a_group_can_be_forgotten(known: list[int], parts: Parts, command: Command) -> None:
    await command.succeeds("missed", "drop", known[0])
    assert await _numbers(parts) == [known[2]]
    assert await _audited(parts) == ["missed_read", "missed_dropped"]
