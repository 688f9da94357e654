"""The web chat's page in a real Chromium: conversations, bad connections, and what stays."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from limits import RateLimitItemPerSecond
from playwright.async_api import Browser, expect

from bot.channels.webchat import server
from bot.domain.messages import Button
from tests.support.line import eventually, running, settings
from tests.support.parts import private_directory
from tests.support.webchat import Line, line_with_web_chat
from tests.support.webchat_browser import Chat, Open, chats, chromium

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ALARMING = "they locked us in and will beat me tonight, help"
STORED = """async () => [localStorage.length, sessionStorage.length,
    (await indexedDB.databases()).length, (await caches.keys()).length,
    (await navigator.serviceWorker.getRegistrations()).length]"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line() -> AsyncIterator[Line]:
    async with line_with_web_chat() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def new_chat(line: Line, browser: Browser) -> AsyncIterator[Open]:
    async with chats(line, browser) as opened:
        yield opened


WORDS = {
    "en": ("i have no passport", "Indonesia", "where is my embassy", "Send", "Bahasa Indonesia"),
    "id": ("paspor saya hilang", "Indonesia", "di mana kedutaan saya", "Kirim", "English"),
}


@pytest.mark.parametrize(("locale", "other"), [("en-US", "id"), ("id-ID", "en")])
async def test_a_conversation_on_a_small_phone(new_chat: Open, locale: str, other: str) -> None:
    code = locale[:2]
    first, country, second, send, _ = WORDS[code]
    chat = await new_chat(locale=locale, has_touch=True, is_mobile=True)
    await expect(chat.page.locator("#send")).to_have_text(send)
    assert await chat.page.title() == "Chat"
    assert await chat.context.cookies() == []
    await chat.page.locator("#text").fill(first)
    await chat.page.locator("#send").tap()
    await expect(chat.written()).to_have_text([first])
    await chat.answered(1)
    await expect(chat.page.locator("#working")).to_be_hidden()
    await chat.press(country)
    await expect(chat.written()).to_have_text([first, country])
    await chat.answered(2)
    await chat.write(second)  # free text, while buttons are shown
    await chat.answered(3)
    await chat.page.locator("#language").select_option(other)
    await expect(chat.page.locator("#send")).to_have_text(WORDS[other][3])
    await chat.answered(4)
    await expect(chat.replies().last).to_have_attribute("lang", other)
    await expect(chat.written()).to_have_text([first, country, second])
    assert await chat.page.evaluate(STORED) == [0, 0, 0, 0, 0]
    assert await chat.page.evaluate("document.cookie") == ""
    await chat.page.reload()
    await expect(chat.written()).to_have_text([first, country, second])
    await expect(chat.page.locator("#language")).to_have_value(other)


async def test_both_buttons_of_the_welcome_lead_somewhere(new_chat: Open) -> None:
    for title in ("Talk to a person", "Show me everything"):
        chat = await new_chat()
        await chat.press(title)
        await chat.answered(1)
        text = await chat.replies().nth(1).inner_text()
        assert "belongs to something earlier" not in text
        await expect(chat.written()).to_have_text([title])


async def test_the_picker_follows_the_language_of_the_conversation(new_chat: Open) -> None:
    chat = await new_chat()
    await chat.write("paspor saya hilang")
    await chat.answered(1)
    await expect(chat.page.locator("#language")).to_have_value("id")
    await expect(chat.page.locator("#leave")).to_have_text("Keluar")
    assert await chat.page.evaluate("document.documentElement.lang") == "id"


async def test_a_long_reply_is_shown_from_its_beginning(new_chat: Open) -> None:
    chat = await new_chat()
    await chat.write("i have no passport")
    await chat.answered(1)
    await chat.press("Indonesia")
    await chat.answered(2)
    view = await chat.page.locator("#view").bounding_box()
    reply = await chat.replies().nth(2).bounding_box()
    assert view is not None
    assert reply is not None
    assert reply["height"] > view["height"]
    own = await chat.written().last.bounding_box()  # what it answers is short: it is seen too
    assert own is not None
    assert view["y"] <= own["y"] < reply["y"] < view["y"] + view["height"] / 3
    await chat.page.locator("#newest").click()
    await expect(chat.page.locator(".buttons button").last).to_be_in_viewport()
    await expect(chat.page.locator("#newest")).to_be_hidden()


async def _leave_by_button(chat: Chat) -> None:
    await chat.page.locator("#leave").click(no_wait_after=True)


async def _leave_by_keyboard(chat: Chat) -> None:
    for _ in range(3):
        await chat.page.keyboard.press("Escape")


@pytest.mark.parametrize("way", [_leave_by_button, _leave_by_keyboard])
async def test_leaving_blanks_at_once_and_nothing_is_left_behind(
    new_chat: Open, way: Callable[[Chat], Awaitable[None]]
) -> None:
    chat = await new_chat()
    await chat.write("hello")
    await chat.answered(1)
    conversation = await chat.conversation()
    clock = asyncio.get_running_loop()
    began = clock.time()
    await way(chat)
    await eventually(lambda: chat.exits, 5)
    assert clock.time() - began < 0.3
    assert [request.url for request in chat.exits] == [server.EXIT]
    assert "referer" not in await chat.exits[0].all_headers()
    assert chat.blank_at is not None
    assert chat.blank_at - began < 0.3
    await expect(chat.page).to_have_title("Weather")
    await eventually(lambda: _is_gone(chat.line, conversation))
    await eventually(lambda: _has_no_cookie(chat), 5, "the cookie is deleted")
    await chat.page.go_back()
    assert "hello" not in await chat.page.content()
    assert chat.page.url == "about:blank"
    await chat.open()
    await expect(chat.replies()).to_have_count(1)
    await expect(chat.written()).to_have_count(0)
    assert await chat.page.evaluate(STORED) == [0, 0, 0, 0, 0]


async def test_leaving_without_a_connection_shows_nothing_to_whoever_opens_the_page_next(
    new_chat: Open,
) -> None:
    chat = await new_chat()
    await chat.write("hello")
    await chat.answered(1)
    conversation = await chat.conversation()
    await chat.context.set_offline(offline=True)
    await _leave_by_button(chat)
    await expect(chat.page).to_have_title("Weather")
    assert {cookie["name"] for cookie in await chat.context.cookies()} == {"chat", "left"}
    await chat.context.set_offline(offline=False)
    await chat.page.goto("about:blank")
    await chat.open()
    await eventually(lambda: _is_gone(chat.line, conversation))
    await eventually(lambda: _has_no_cookie(chat), 5, "both cookies are deleted")
    await expect(chat.written()).to_have_count(0)
    await chat.write("hello again")
    await chat.answered(1)
    chat.complaints[:] = [text for text in chat.complaints if "DISCONNECTED" not in text]


async def test_a_call_for_help_that_is_sent_and_left_at_once_arrives(
    new_chat: Open, line: Line
) -> None:
    chat = await new_chat()
    before = await line.conversations()
    await chat.page.locator("#text").fill(ALARMING)
    await chat.page.locator("#text").press("Enter", no_wait_after=True)
    await _leave_by_button(chat)
    await eventually(lambda: _has_new_case(line, before))
    await eventually(lambda: _has_no_cookie(chat), 5, "the cookie is deleted")
    await chat.open()
    await expect(chat.written()).to_have_count(0)


async def test_leaving_works_without_the_script(new_chat: Open) -> None:
    chat = await new_chat(java_script_enabled=False)
    assert "needs JavaScript" in await chat.page.content()
    await expect(chat.page.locator("#compose")).to_be_hidden()
    await chat.page.get_by_role("link", name="Leave").click(no_wait_after=True)
    await eventually(lambda: chat.exits, 5)


async def test_what_is_erased_goes_from_the_screen(new_chat: Open) -> None:
    chat = await new_chat()
    await chat.write("hello")
    await chat.answered(1)
    conversation = await chat.conversation()
    await chat.say("Shall I?", Button("Forget me", "/delete_data"))
    await chat.press("Forget me")
    await chat.press("Erase it now")
    await expect(chat.written()).to_have_count(0, timeout=10_000)
    await expect(chat.replies()).to_have_count(1)
    await expect(chat.replies()).to_contain_text("has been erased")
    assert await _is_gone(chat.line, conversation)
    await eventually(lambda: _has_no_cookie(chat), 5, "the cookie is deleted")
    await chat.write("hello")
    await expect(chat.replies()).to_have_count(2, timeout=10_000)


async def test_the_server_restarts_in_the_middle_of_a_chat(new_chat: Open) -> None:
    with private_directory() as directory:
        async with running(settings(directory)) as (opened, url):
            chat = await new_chat(Line(opened, url))
            await chat.write("hello")
            await chat.answered(1)
        await chat.write("i have no passport")
        await chat.write("where is my embassy")
        await expect(chat.page.locator("article.waiting")).to_have_count(2)
        await expect(chat.page.get_by_role("alert")).to_contain_text("Keep this page open")
        port = int(url.rpartition(":")[2])
        async with running(settings(directory, port=port)):
            await chat.answered(3)
            await expect(chat.page.locator("article.waiting")).to_have_count(0)
            await expect(chat.page.get_by_role("alert")).to_have_text("", timeout=10_000)
            written = ["hello", "i have no passport", "where is my embassy"]
            await expect(chat.written()).to_have_text(written)
            await chat.page.reload()
            await expect(chat.written()).to_have_text(written)
            await chat.page.goto("about:blank")
    chat.complaints[:] = [text for text in chat.complaints if "Failed to load" not in text]


async def test_too_many_messages_wait_and_arrive_in_order(
    new_chat: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = await new_chat()
    monkeypatch.setattr(server, "MESSAGES", RateLimitItemPerSecond(3, 2, namespace="of_test"))
    for number in range(5):
        await chat.write(f"hello {number}")
    await expect(chat.page.get_by_role("alert")).to_contain_text("Many messages")
    await expect(chat.page.locator("article.waiting")).to_have_count(0, timeout=15_000)
    await chat.answered(5)
    await chat.page.reload()
    await expect(chat.written()).to_have_text([f"hello {number}" for number in range(5)])
    chat.complaints[:] = [text for text in chat.complaints if "429" not in text]


async def test_a_stream_that_says_nothing_is_opened_anew(new_chat: Open) -> None:
    chat = await new_chat()
    await chat.page.clock.install()
    await chat.open()
    await chat.write("hello")
    await chat.answered(1)
    streams = [url for url in chat.requested if "/chat/events" in url]
    await chat.page.clock.fast_forward(60_000)
    await eventually(lambda: sum("/chat/events" in url for url in chat.requested) > len(streams))


async def test_a_text_longer_than_a_message_is_sent_in_pieces(new_chat: Open) -> None:
    chat = await new_chat()
    words = [f"word{number}" for number in range(900)]
    await chat.write(" ".join(words))
    await expect(chat.page.locator("article.waiting")).to_have_count(0, timeout=15_000)
    pieces = await chat.written().all_inner_texts()
    assert len(pieces) == 2
    assert " ".join(pieces).split() == words


async def _has_no_cookie(chat: Chat) -> bool:
    return await chat.context.cookies() == []


async def _is_gone(line: Line, conversation: uuid.UUID) -> bool:
    return conversation not in await line.conversations()


async def _has_new_case(line: Line, before: set[uuid.UUID]) -> bool:
    return bool((await line.conversations() - before) & await line.with_cases())
