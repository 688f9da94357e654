"""Telegram fails, slows down, or says nonsense: every answer still comes, once and in order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.channels.telegram.send import TEXT_LIMIT
from bot.content import answers
from bot.content.answers import HUMAN_PAYLOAD
from bot.domain.messages import Button, OutboundMessage
from tests.support.account import account
from tests.support.line import eventually
from tests.support.parts import private_directory
from tests.support.telegram_line import (
    Contact,
    Scene,
    connected,
    fresh_database,
    look_often,
    text_of,
)
from tests.support.telegram_simulator.chats import StoredMessage
from tests.support.telegram_simulator.faults import Fault, FaultKind
from tests.support.telegram_simulator.simulator import TelegramSimulator

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOST = (FaultKind.TIME_OUT_BEFORE, FaultKind.RESET_BEFORE)
LONG = OutboundMessage(
    ("Keep this number, and do not show it to anybody. " * 200).strip(),
    ((Button("Talk to a person", HUMAN_PAYLOAD),),),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def telegram(postgres: str, template: str) -> AsyncIterator[Scene]:
    """A line that keeps to Telegram's limits, on a Telegram that insists on them."""
    with (
        private_directory() as directory,
        fresh_database(postgres, template) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        look_often(patch)
        async with TelegramSimulator() as simulator, connected(simulator, directory, url) as scene:
            simulator.limits.enable()
            yield scene
            await scene.check()


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _all_is_well_again(telegram: Scene) -> AsyncIterator[None]:
    yield
    telegram.simulator.faults.clear()


async def _greeted(telegram: Scene) -> Contact:
    contact = telegram.contact()
    await contact.write("/start")
    return contact


def _said(contact: Contact, *texts: str) -> list[str]:
    """Which of these texts the chat shows, in its order, repeats and all."""
    return [message.text for message in contact.screen if message.text in texts]


async def test_who_blocks_the_line_is_sent_nothing_until_they_unblock_it(telegram: Scene) -> None:
    contact = await _greeted(telegram)
    await contact.user.block()
    await eventually(lambda: _is(contact, reachable=False), 5)
    calls = len(telegram.simulator.ledger.calls("sendMessage"))
    await contact.receive(OutboundMessage("a reply that comes too late"))
    await telegram.quiet()
    assert len(telegram.simulator.ledger.calls("sendMessage")) == calls
    await contact.user.unblock()
    await eventually(lambda: _is(contact, reachable=True), 5)
    replies = await contact.write("/menu")
    assert telegram.phrase("menu") in text_of(replies)
    assert "a reply that comes too late" not in text_of(contact.screen)


async def test_a_block_that_shows_only_when_sending_is_noted(telegram: Scene) -> None:
    contact = await _greeted(telegram)
    faults = telegram.simulator.faults
    words = "Forbidden: bot was blocked by the user"
    faults.fail("sendMessage", 403, description=words, chat_id=contact.user.id)
    await contact.receive(OutboundMessage("one"), OutboundMessage("two"))
    await telegram.quiet()
    assert _said(contact, "one", "two") == []
    assert not await contact.reachable()
    assert telegram.phrase("menu") in text_of(await contact.write("/menu"))
    assert await contact.reachable()


async def test_a_wait_that_telegram_asks_for_is_kept(telegram: Scene) -> None:
    contact = await _greeted(telegram)
    faults = telegram.simulator.faults
    struck = faults.struck
    faults.fail("sendMessage", 429, retry_after=1, chat_id=contact.user.id)
    await contact.receive(*(OutboundMessage(text) for text in ("one", "two", "three")))
    await telegram.quiet()
    assert faults.struck == struck + 1
    assert _said(contact, "one", "two", "three") == ["one", "two", "three"]
    assert telegram.simulator.ledger.retry_after_broken() == 0


async def test_errors_of_the_server_are_tried_again_in_order(telegram: Scene) -> None:
    contacts = [await _greeted(telegram), await _greeted(telegram)]
    faults = telegram.simulator.faults
    struck = faults.struck
    faults.fail("sendMessage", 500, chat_id=contacts[0].user.id)
    faults.fail("sendMessage", 502, html=True, chat_id=contacts[1].user.id)
    for contact in contacts:
        await contact.receive(OutboundMessage("one"), OutboundMessage("two"))
    await telegram.quiet()
    assert faults.struck == struck + 2
    for contact in contacts:
        assert _said(contact, "one", "two") == ["one", "two"]


async def test_a_lost_connection_is_tried_again(telegram: Scene) -> None:
    contacts = {kind: await _greeted(telegram) for kind in LOST}
    faults = telegram.simulator.faults
    struck = faults.struck
    for kind, contact in contacts.items():
        chat = contact.user.id
        faults.plan(Fault(kind, "sendMessage", hang_seconds=0.2, chat_id=chat))
        await contact.receive(OutboundMessage("one"), OutboundMessage("two"))
    await telegram.quiet()
    assert faults.struck == struck + 2
    for contact in contacts.values():
        assert _said(contact, "one", "two") == ["one", "two"]


async def test_a_message_whose_receipt_is_lost_may_come_twice_and_is_marked(
    telegram: Scene,
) -> None:
    contact = await _greeted(telegram)
    telegram.simulator.faults.time_out_after("sendMessage", hang_seconds=0.2)
    await contact.receive(OutboundMessage("one"), OutboundMessage("two"))
    await telegram.quiet()
    assert _said(contact, "one", "two") == ["one", "one", "two"]
    runtime = telegram.line.runtime
    found = await account(
        runtime.database, runtime.keyring, telegram.simulator.ledger, contact.user.id
    )
    assert (found.repeats(), found.doubtful) == (1, 1)


async def test_who_waits_for_telegram_keeps_nobody_else_waiting(telegram: Scene) -> None:
    slow, quick = await _greeted(telegram), await _greeted(telegram)
    telegram.simulator.faults.fail("sendMessage", 500, chat_id=slow.user.id)
    await slow.receive(OutboundMessage("slow"))
    await quick.user.send("/menu")
    await quick.user.expect(telegram.phrase("menu"), timeout=2.5)
    assert _said(slow, "slow") == []
    await telegram.quiet()
    assert _said(slow, "slow") == ["slow"]


async def test_a_message_that_telegram_refuses_does_not_keep_the_next(telegram: Scene) -> None:
    contact = await _greeted(telegram)
    telegram.simulator.faults.fail("sendMessage", 400, chat_id=contact.user.id)
    await contact.receive(OutboundMessage("one"), OutboundMessage("two"))
    await telegram.quiet()
    assert _said(contact, "one", "two") == ["two"]


async def test_a_press_whose_spinner_cannot_be_stopped_is_answered(telegram: Scene) -> None:
    contact = await _greeted(telegram)
    struck = telegram.simulator.faults.struck
    telegram.simulator.faults.fail("answerCallbackQuery", 400, description="query is too old")
    replies = await contact.press("/capabilities")
    assert telegram.phrase("menu") in text_of(replies)
    assert telegram.simulator.faults.struck == struck + 1


async def test_updates_that_could_not_be_fetched_come_with_the_next_fetching(
    telegram: Scene,
) -> None:
    contact = await _greeted(telegram)
    telegram.simulator.faults.fail("getUpdates", 502, html=True)
    telegram.simulator.faults.reset_connection("getUpdates", after_acceptance=True)
    for text in ("/menu", "/privacy"):
        await contact.write(text)
    assert [message.command for message in await contact.stored()] == ["start", "menu", "privacy"]


async def test_a_long_answer_is_cut_at_sentences_and_its_buttons_come_last(
    telegram: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = await _greeted(telegram)
    monkeypatch.setattr(answers, "render", lambda *_: (LONG,))
    _assert_cut(await contact.write("/menu"))


async def test_a_long_reply_that_no_turn_made_is_cut_at_sentences(telegram: Scene) -> None:
    contact = await _greeted(telegram)
    before = len(contact.screen)
    await contact.receive(LONG)
    await telegram.quiet()
    _assert_cut(contact.screen[before:])


def _assert_cut(pieces: list[StoredMessage]) -> None:
    assert len(pieces) == 3
    assert all(len(piece.text) <= TEXT_LIMIT for piece in pieces)
    assert all(piece.text.endswith(".") for piece in pieces)
    assert " ".join(piece.text for piece in pieces) == LONG.text
    assert [len(piece.buttons) for piece in pieces] == [0, 0, 1]


UNREADABLE: dict[str, tuple[str, dict[str, Any]]] = {
    "no_sender_or_chat": ("message", {"message_id": 1, "date": 0, "text": "lost"}),
    "wrong_types": ("message", {"message_id": "x", "date": [], "chat": 7, "text": {}}),
    "press_without_an_id": ("callback_query", {"data": "/menu"}),
    "membership_in_nothing": ("my_chat_member", {"chat": {"id": 1}}),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_an_update_that_cannot_be_read_is_parked_and_the_next_is_answered(
    telegram: Scene, name: str
) -> None:
    kind, payload = UNREADABLE[name]
    contact = telegram.contact()
    before = await telegram.parked()
    telegram.simulator.telegram.updates.push(kind, payload, queue="chat 1", chat_id=None)
    replies = await contact.write("/start")
    assert telegram.phrase("welcome") in text_of(replies)
    assert await telegram.parked() == before + 1


async def _is(contact: Contact, *, reachable: bool) -> bool:
    return await contact.reachable() is reachable
