"""What the line does not answer is kept for its editors, scrubbed and sealed; danger never is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import clock, erasure, missed
from bot.domain.cases import Move
from bot.domain.messages import Kind
from bot.domain.understanding import Intent, Tier, Understanding
from bot.flows.state import Outcome, Policy, TurnInput
from bot.handoff import cases
from bot.storage import conversations
from bot.storage import missed as stored
from bot.storage.conversations import Conversation
from bot.storage.messages import Message
from bot.storage.missed import Missed, MissedStatus, Reason
from tests.support.parts import Parts
from tests.support.turned import CRITICAL, Turned, Writer, line_of, payloads_of, texts_of
from tests.support.witnessed import ran_for

NONSENSE = "blorp zzkt wuggle fnord 012 345 678"
ANSWERED = "how much is the fine for my overstay visa, call 012345678"
NOT_HELPFUL = "/SetSlots(unhelpful=visa_overstay)"


@pytest.fixture
def line(parts: Parts, tmp_path: Path) -> Turned:
    return line_of(parts, tmp_path)


@pytest.fixture
async def ana(line: Turned) -> Writer:
    """Somebody who was greeted already."""
    found = line.contact()
    await found.command("start")
    return found


async def _rows(line: Turned) -> list[Missed]:
    async with line.store.database.transaction() as session:
        return list(await session.scalars(sa.select(Missed).order_by(Missed.number)))


async def _texts(line: Turned) -> list[str]:
    async with line.store.database.transaction() as session:
        texts = []
        for row in await session.scalars(sa.select(Missed).order_by(Missed.number)):
            found = await conversations.load(session, line.store.keyring, row.conversation_id)
            assert found is not None
            texts.append(stored.read(found, row))
        return texts


def _understood(
    monkeypatch: pytest.MonkeyPatch, line: Turned, intent: str, confidence: float, **more: float
) -> None:
    """Let every text be understood so."""
    ranking = (Intent(intent, confidence), *(Intent(name, sure) for name, sure in more.items()))

    async def understand(_text: str) -> Understanding:
        return Understanding(ranking[0], ranking, language="en", engine="test")

    monkeypatch.setattr(line.runtime.understander, "understand", understand)


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch, line: Turned) -> None:
    """Nothing is understood."""
    _understood(monkeypatch, line, "legal_rights", 0.05)


@pytest.mark.usefixtures("lost")
async def test_what_was_not_understood_is_kept_scrubbed_and_sealed(
    line: Turned, ana: Writer
) -> None:
    await ana.write(NONSENSE)
    (row,) = await _rows(line)
    assert (row.reason, row.status) == (Reason.NOT_UNDERSTOOD.value, MissedStatus.OPEN.value)
    assert row.language == "en"
    assert await _texts(line) == ["blorp zzkt wuggle fnord [number]"]
    assert b"blorp" not in row.text_sealed
    assert row.hour == clock.this_hour()


@pytest.mark.usefixtures("lost")
async def test_a_first_message_that_was_only_greeted_is_kept(line: Turned) -> None:
    await line.contact("9").write(NONSENSE)
    assert [row.reason for row in await _rows(line)] == [Reason.NOT_UNDERSTOOD.value]


async def test_a_first_message_that_a_flow_asks_back_about_is_not_missed(
    line: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    _understood(monkeypatch, line, "embassy_contact", 0.95)
    said = await line.contact("9").write("in which street is our ambassador")
    assert "Which country is your passport from?" in texts_of(said)
    assert await _rows(line) == []


async def test_small_talk_is_not_missed(
    line: Turned, ana: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _understood(monkeypatch, line, "greet", 0.95)
    await line.contact("9").write("hello there")
    await ana.write("hello there")
    assert await _rows(line) == []


async def test_what_the_line_knows_nothing_of_is_kept(
    line: Turned, ana: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _understood(monkeypatch, line, "out_of_scope", 0.95)
    await ana.write("where can i buy a sim card")
    assert [row.reason for row in await _rows(line)] == [Reason.OUT_OF_SCOPE.value]


@pytest.mark.parametrize(
    ("pressed", "kept"),
    [
        ("/capabilities", [MissedStatus.OPEN.value]),
        ("/talk_to_human", []),
        ("/unpaid_wages", []),
    ],
)
async def test_a_guess_is_missed_when_none_of_it_was_meant(
    line: Turned,
    ana: Writer,
    monkeypatch: pytest.MonkeyPatch,
    pressed: str,
    kept: list[str],
) -> None:
    _understood(monkeypatch, line, "legal_rights", 0.3, unpaid_wages=0.25)
    said = await ana.write("the paper about the thing")
    assert {"/capabilities", "/unpaid_wages"} <= set(payloads_of(said))
    (row,) = await _rows(line)
    assert (row.reason, row.intent) == (Reason.GUESSED.value, "legal_rights")
    assert row.status == MissedStatus.OFFERED.value
    async with line.store.database.transaction() as session:
        assert list(await stored.to_read(session)) == []
    await ana.press(pressed)
    assert [row.status for row in await _rows(line)] == kept


async def test_an_answer_that_did_not_help_keeps_the_question_that_led_to_it(
    line: Turned, ana: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _understood(monkeypatch, line, "visa_overstay", 0.95)
    said = await ana.write(ANSWERED)
    assert NOT_HELPFUL in payloads_of(said)
    assert payloads_of(said)[-1] == "/talk_to_human"
    said = await ana.press(NOT_HELPFUL)
    assert texts_of(said) == line.phrase("did_not_help")
    assert set(payloads_of(said)) == {"/capabilities", "/talk_to_human"}
    (row,) = await _rows(line)
    assert (row.reason, row.topic) == (Reason.DID_NOT_HELP.value, "visa_overstay")
    assert await _texts(line) == ["how much is the fine for my overstay visa, call [number]"]
    await ana.press(NOT_HELPFUL)
    assert len(await _rows(line)) == 1


async def test_a_made_up_button_stores_nothing(
    line: Turned, ana: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _understood(monkeypatch, line, "visa_overstay", 0.95)
    await ana.write(ANSWERED)
    await ana.press("/SetSlots(unhelpful=my secret words)")
    assert await _rows(line) == []


async def test_an_urgent_message_is_never_kept(line: Turned, ana: Writer) -> None:
    await ana.write(CRITICAL)
    assert await line.pages() == 1
    await ana.write("blorp zzkt near the blue fnord gate")
    await ana.press(NOT_HELPFUL)
    assert await _rows(line) == []


async def test_what_was_written_since_is_not_taken_for_the_question(
    line: Turned, ana: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _understood(monkeypatch, line, "visa_overstay", 0.95)
    await ana.write(ANSWERED)
    _understood(monkeypatch, line, "thanks", 0.95)
    await ana.write("thank you my friend Budi")
    await ana.press(NOT_HELPFUL)
    (text,) = await _texts(line)
    assert text.startswith("how much is the fine")


NO_DANGER = "/SetSlots(in_danger=false)"
WAGES = ("/unpaid_wages", "/SetSlots(wages_work=company)")


@pytest.mark.parametrize(("pressed", "kept"), [(WAGES, 1), (("/capabilities", *WAGES), 0)])
async def test_buttons_lead_back_to_the_question_but_not_past_the_menu(
    line: Turned,
    ana: Writer,
    monkeypatch: pytest.MonkeyPatch,
    pressed: tuple[str, ...],
    kept: int,
) -> None:
    _understood(monkeypatch, line, "legal_rights", 0.3, unpaid_wages=0.25)
    await ana.write("the paper about the thing")
    identity = await ana.id()
    async with line.store.database.transaction() as session:
        await stored.forget(session, identity)
    for payload in pressed:
        said = await ana.press(payload)
    (not_helpful,) = [each for each in payloads_of(said) if "unhelpful" in each]
    await ana.press(not_helpful)
    assert await _texts(line) == ["the paper about the thing"] * kept


async def test_what_may_have_been_danger_is_never_taken_for_the_question(
    line: Turned, ana: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _understood(monkeypatch, line, "visa_overstay", 0.95)
    await ana.write(ANSWERED)
    ranking = (Intent("violence_threat", 0.4), Intent("visa_overstay", 0.3))

    async def unsure(_text: str) -> Understanding:
        return Understanding(ranking[0], ranking, language="en", engine="test", urgency=0.3)

    monkeypatch.setattr(line.runtime.understander, "understand", unsure)
    said = await ana.write("the guards beat me in the red tower")
    assert NO_DANGER in payloads_of(said)
    for payload in (NO_DANGER, NOT_HELPFUL):
        await ana.press(payload)
    ranking = (Intent("legal_rights", 0.95), ranking[1])
    said = await ana.write("my rights in the red tower")
    assert {NO_DANGER, "/forced_scamming"} <= set(payloads_of(said))
    for payload in (NO_DANGER, "/forced_scamming"):
        said = await ana.press(payload)
    await ana.press(next(each for each in payloads_of(said) if "unhelpful" in each))
    assert not [text for text in await _texts(line) if "tower" in text]


async def test_what_called_a_human_is_never_taken_for_the_question(
    line: Turned, ana: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _understood(monkeypatch, line, "visa_overstay", 0.95)
    await ana.write(ANSWERED)
    identity, written = await ana.id(), (await ana.rows())[-1].id
    async with line.store.database.transaction() as session:
        conversation = await session.get_one(Conversation, identity, with_for_update=True)
        need = cases.Need(Tier.ELEVATED, "detained", written)
        await cases.open_case(line.store.queue, session, conversation, need, line.parts.floods)
    await ana.press(NOT_HELPFUL)
    assert await _rows(line) == []


@pytest.mark.usefixtures("lost")
async def test_who_wants_it_gone_is_read_by_no_editor_from_then_on(
    line: Turned, ana: Writer
) -> None:
    await ana.write(NONSENSE)
    await ana.command("wipe")
    await ana.press("/SetSlots(confirm_wipe=true)")
    async with line.store.database.transaction() as session:
        assert await session.scalar(sa.select(Conversation.wiping))
    assert await _rows(line) == []


async def test_a_question_that_cannot_be_opened_keeps_nobody_from_an_answer(
    line: Turned, ana: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _understood(monkeypatch, line, "visa_overstay", 0.95)
    await ana.write(ANSWERED)
    written = (await ana.rows())[-1].id
    async with line.store.database.transaction() as session:
        await session.execute(
            sa.update(Message).where(Message.id == written).values(body_sealed=b"altered")
        )
    said = await ana.press(NOT_HELPFUL)
    assert texts_of(said) == line.phrase("did_not_help")
    assert await _rows(line) == []


async def test_a_danger_takes_back_the_guess_before_it(
    line: Turned, ana: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        _understood(patch, line, "legal_rights", 0.3, unpaid_wages=0.25)
        await ana.write("the paper about the thing")
    assert len(await _rows(line)) == 1
    await ana.write(CRITICAL)
    assert await _rows(line) == []


@pytest.mark.usefixtures("lost")
async def test_nothing_is_kept_while_an_operator_is_there_or_of_whom_they_blocked(
    line: Turned, ana: Writer
) -> None:
    await ana.press("/talk_to_human")
    operator, case = await line.operator(), await ana.case()
    await line.move(case.id, Move.CLAIM, operator)
    await ana.write(NONSENSE)
    assert await _rows(line) == []
    ben = line.contact("2")
    await ben.command("start")
    await ben.change(blocked=True)
    await ben.write(NONSENSE)
    assert await _rows(line) == []


@pytest.mark.usefixtures("lost")
async def test_one_conversation_does_not_fill_the_list(
    line: Turned, ana: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(stored.A_DAY + 2):
        await ana.write(f"{NONSENSE} {'x' * number}")
    assert len(await _rows(line)) == stored.A_DAY
    with clock.moved(timedelta(hours=25)):
        await ana.write(NONSENSE)
    assert len(await _rows(line)) == stored.A_DAY + 1
    monkeypatch.setattr(stored, "MOST", 3)
    oldest = (await _rows(line))[0].number
    await line.contact("2").write(NONSENSE)
    numbers = [row.number for row in await _rows(line)]
    assert len(numbers) == 3
    assert oldest not in numbers


@pytest.mark.usefixtures("lost")
async def test_it_goes_with_its_conversation_and_after_thirty_days(
    line: Turned, ana: Writer
) -> None:
    await ana.write(NONSENSE)
    ben = line.contact("2")
    await ben.write(NONSENSE)
    async with line.store.database.transaction() as session:
        await conversations.erase(session, await ana.id())
    assert [row.conversation_id for row in await _rows(line)] == [await ben.id()]
    with clock.moved(stored.KEPT - timedelta(hours=2)):
        await ben.change(last_hour=clock.this_hour())
        await erasure.forget_old(line.runtime)
        assert len(await _rows(line)) == 1
    await ran_for(line.store.database, stored.KEPT)
    with clock.moved(stored.KEPT + timedelta(hours=2)):
        await ben.change(last_hour=clock.this_hour())
        await erasure.forget_old(line.runtime)
        assert await _rows(line) == []
        assert (await ben.conversation()).id == await ben.id()


@pytest.mark.usefixtures("lost")
async def test_an_idle_conversation_takes_it_along(line: Turned, ana: Writer) -> None:
    await ana.write(NONSENSE)
    with clock.moved(timedelta(days=line.runtime.settings.retention_days, hours=2)):
        await erasure.forget_old(line.runtime)
    assert await _rows(line) == []
    async with line.store.database.transaction() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(Conversation)) == 0


@pytest.mark.usefixtures("lost")
async def test_a_scrubber_that_fails_leaves_nobody_without_an_answer(
    line: Turned, ana: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_text: str) -> tuple[()]:
        raise ValueError

    monkeypatch.setattr(line.runtime.understander, "named", broken)
    assert line.phrase("cannot_handle") in texts_of(await ana.write(NONSENSE))
    assert await _rows(line) == []


@pytest.mark.usefixtures("lost")
async def test_what_holds_nothing_but_a_number_is_not_kept(line: Turned, ana: Writer) -> None:
    await ana.write("012 345 678")
    await ana.write("???", kind=Kind.PHOTO)
    assert await _rows(line) == []


def test_a_button_and_a_command_are_no_question() -> None:
    outcome = Outcome(state=None, events=(), path=("pattern_cannot_handle:1>END",))  # type: ignore[arg-type]
    assert missed.reason_of(TurnInput(text="x"), outcome, Policy()) is Reason.NOT_UNDERSTOOD
    assert missed.reason_of(TurnInput(payload="/x"), outcome, Policy()) is None
    assert missed.reason_of(TurnInput(command="x"), outcome, Policy()) is None
