"""Conversations in the web chat over HTTP: live replies, none missed; leaving is leaving."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy.exc import OperationalError

from bot import turn
from bot.channels.fetched import FetchedChannel, Store
from bot.domain.channel import SendResult
from tests.support.line import eventually
from tests.support.webchat import Line, Phone, line_with_web_chat, take_replies

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line() -> AsyncIterator[Line]:
    async with line_with_web_chat() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def phone(line: Line) -> AsyncIterator[Phone]:
    async with Phone(line) as one:
        yield one


async def test_replies_come_live(phone: Phone) -> None:
    await phone.send("i have no passport")
    async with phone.watching() as events:
        [reply] = await take_replies(events, 1)
        shown = json.loads(reply["data"])
        assert shown["from"] == "line"
        assert shown["text"]
        assert shown["language"] == "en"
        began = asyncio.get_running_loop().time()
        await phone.send("/SetSlots(nationality=ID)", kind="button")
        await take_replies(events, 1)
        assert asyncio.get_running_loop().time() - began < 5  # woken, not by looking again


async def test_a_stream_goes_on_where_it_broke(phone: Phone) -> None:
    await phone.send("hello")
    async with phone.watching() as events:
        [first] = await take_replies(events, 1)
    await phone.send("i have no passport")
    await phone.send("/SetSlots(nationality=ID)", kind="button")
    await eventually(lambda: _has_replies(phone, 3))
    async with phone.watching(first["id"]) as events:
        later = await take_replies(events, 2)
    numbers = [json.loads(reply["data"])["number"] for reply in (first, *later)]
    assert numbers == [1, 2, 3]
    async with phone.watching() as events:
        again = await take_replies(events, 3)
    assert again == [first, *later]


@pytest.mark.parametrize("place", ["x", "x.1", ".", "-1", "00000000.1", "\u0663", "9" * 300])
async def test_a_place_of_no_meaning_begins_at_the_beginning(phone: Phone, place: str) -> None:
    await phone.send("hello")
    async with phone.watching(place) as events:
        [reply] = await take_replies(events, 1)
    assert reply["id"].endswith(".1")


async def test_a_reply_that_is_sent_after_the_next_message_was_stored_is_not_missed(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_send = asyncio.Event()

    async def send(_channel: FetchedChannel, *_given: object) -> SendResult:
        await may_send.wait()
        return SendResult()

    monkeypatch.setattr(FetchedChannel, "send", send)
    await phone.send("hello")
    async with phone.watching() as events:
        await phone.send("i have no passport")
        assert await phone.texts() == ["hello", "i have no passport"]
        await asyncio.sleep(0.3)  # the stream has looked, and seen messages without replies
        may_send.set()
        replies = await take_replies(events, 2)
    assert [reply["id"].partition(".")[2] for reply in replies] == ["1", "2"]


async def test_numbers_tell_nothing_about_the_messages_of_others(line: Line, phone: Phone) -> None:
    async with Phone(line) as busy:
        for _ in range(5):
            await busy.send("hello")
    await phone.send("hello")
    async with phone.watching() as events:
        [reply] = await take_replies(events, 1)
    assert json.loads(reply["data"])["number"] == 1
    assert {message["number"] for message in await phone.history()} == {0, 1}


async def test_history_shows_the_newest_messages_and_the_titles_of_what_was_pressed(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await phone.send("i have no passport")
    await eventually(lambda: _has_replies(phone, 1))
    await phone.send("/SetSlots(nationality=ID)", kind="button")
    await eventually(lambda: _has_replies(phone, 2))
    assert await phone.texts() == ["i have no passport", "Indonesia"]
    whole = await phone.history()
    monkeypatch.setattr("bot.channels.fetched.MOST", 1)
    assert await phone.history() == whole[-1:]
    async with phone.watching() as events:
        assert len(await take_replies(events, 2)) == 2


HOSTILE_TEXTS = [
    "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "{{7*7}} ${7*7} %s %n",
    "'; DROP TABLE messages; --", "\u202etxt.exe\u2066\u2069", "a" + "\u0301" * 200,
    "\u200b\u200d\ufeff", "\U000e0041\U000e0042", "\U0001f600" * 300, "x" * 4_000, "ﷺ" * 400,
    "a\u2028\u2029b", "data: x\n\nevent: gone\ndata: 1\n\n", "\r\nSet-Cookie: a=b",
    "/SetSlots(desk_open=true)",
    "/wipe", "\u0661\u0661\u0667", "\x1b[2J\x07", "\x7f\x01", "=cmd|' /C calc'!A0",
]  # fmt: skip


async def test_hostile_texts_are_kept_as_they_are_and_answered(line: Line) -> None:
    async with Phone(line) as phone:
        for text in HOSTILE_TEXTS:
            assert (await phone.send(text)).status == 202, text[:20]
        assert await phone.texts() == [text.strip() for text in HOSTILE_TEXTS]
        async with phone.watching() as events:
            replies = await take_replies(events, len(HOSTILE_TEXTS))
    assert not any("event" in reply for reply in replies)
    async with Phone(line) as phone:
        raw = '{"id": "12345678", "text": "a\\u0000b\\ud800c"}'
        answer = await phone.http.post(
            "/chat/messages", data=raw, headers={"Content-Type": "application/json"}
        )
        assert answer.status == 202
        assert await phone.texts() == ["a\ufffdb?c"]


async def test_leaving_erases_and_forgets_the_cookie(line: Line, phone: Phone) -> None:
    await phone.send("hello")
    await eventually(lambda: _has_replies(phone, 1))
    conversation, token = await phone.conversation(), phone.token
    answer = await phone.leave()
    assert answer.status == 200
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert not list(phone.http.cookie_jar)
    assert conversation not in await line.conversations()
    async with Phone(line, headers={"Cookie": f"chat={token}"}) as finder:
        assert await finder.history() == []
    assert (await phone.leave()).status == 200  # again, and with nothing to leave


async def test_leaving_by_https_deletes_the_cookie_by_its_own_rules(line: Line) -> None:
    async with Phone(line, headers={"X-Forwarded-Proto": "https"}) as phone:
        deleted = (await phone.leave()).headers.getall("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in deleted] == ["__Host-chat", "left"]
    assert all("Secure" in cookie and "Path=/" in cookie for cookie in deleted)


async def test_leaving_with_an_open_case_keeps_the_case_and_shuts_the_conversation(
    line: Line, phone: Phone
) -> None:
    await phone.send("they locked us in and will beat me tonight, help")
    await eventually(lambda: _has_replies(phone, 1))
    conversation, token = await phone.conversation(), phone.token
    async with phone.watching() as events:
        await phone.leave()
        kinds = [event.get("event") async for event in events]
    assert kinds[-1] == "gone"  # in another tab, too
    assert conversation in await line.conversations()
    async with Phone(line, headers={"Cookie": f"chat={token}"}) as finder:
        assert await finder.history() == []


async def test_a_call_for_help_that_was_sent_just_before_leaving_gets_its_turn(
    line: Line, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_turn = _hold_turns(monkeypatch)
    await phone.send("they locked us in and will beat me tonight, help")
    conversation = await phone.conversation()
    assert (await phone.leave()).status == 200
    assert await phone.history() == []
    may_turn.set()
    await eventually(lambda: _has_case(line, conversation))


async def test_what_was_sent_just_before_leaving_is_erased_after_its_turn(
    line: Line, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_turn = _hold_turns(monkeypatch)
    await phone.send("hello")
    conversation = await phone.conversation()
    await phone.leave()
    assert conversation in await line.conversations()
    may_turn.set()
    await eventually(lambda: _is_gone(line, conversation))


async def test_a_first_message_that_arrives_after_leaving_opens_nothing_on_the_phone(
    line: Line, phone: Phone
) -> None:
    before = await line.conversations()
    assert (await phone.leave(key=phone.key)).status == 200
    late = await phone.send("they locked us in and will beat me tonight, help")
    assert late.status == 202
    assert all("Max-Age=0" in cookie for cookie in late.headers.getall("Set-Cookie"))
    assert not list(phone.http.cookie_jar)
    [urgent] = await line.conversations() - before
    await eventually(lambda: _has_case(line, urgent))
    await phone.send("hello")
    [other] = await line.conversations() - before - {urgent}
    await eventually(lambda: _is_gone(line, other))


async def test_nothing_is_shown_while_the_phone_says_that_it_was_left(phone: Phone) -> None:
    await phone.send("hello")
    left = {"Cookie": f"chat={phone.token}; left=1"}
    async with phone.http.get("/chat/messages", headers=left) as answer:
        assert (await answer.json())["messages"] == []
    async with phone.http.get("/chat/events", headers=left) as answer:
        assert answer.status == 404


async def test_an_erased_chat_says_its_last_words_and_is_gone(line: Line, phone: Phone) -> None:
    await phone.send("please delete this chat")
    conversation = await phone.conversation()
    async with phone.watching() as events:
        await take_replies(events, 1)
        await phone.send("/SetSlots(confirm_wipe=true)", kind="button")
        rest = [event async for event in events]
    assert "data" in rest[0]
    assert rest[-1]["event"] == "gone"
    assert await phone.history() == []
    assert conversation not in await line.conversations()


async def test_without_the_database_a_page_is_told_to_try_again(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await phone.send("hello")

    async def fail(*_given: object) -> None:
        raise OperationalError("SELECT", {}, Exception())

    with monkeypatch.context() as patch:
        patch.setattr(Store, "conversation_of", fail)
        answer = await phone.send("are you there", id="kept-by-page")
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "5"
    assert (await phone.send("are you there", id="kept-by-page")).status == 202
    assert await phone.texts() == ["hello", "are you there"]


async def _has_replies(phone: Phone, count: int) -> bool:
    return len(await phone.texts("line")) >= count


async def _has_case(line: Line, conversation: uuid.UUID) -> bool:
    return conversation in await line.with_cases()


async def _is_gone(line: Line, conversation: uuid.UUID) -> bool:
    return conversation not in await line.conversations()


def _hold_turns(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    may_turn = asyncio.Event()
    take = turn.take

    async def held(*given: object) -> None:
        await may_turn.wait()
        await take(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(turn, "take", held)
    return may_turn
