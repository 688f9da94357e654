"""The web chat's page in a real Chromium: hostile texts stay texts, and everybody can use it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.domain.messages import Button
from tests.support.webchat import Line, line_with_web_chat
from tests.support.webchat_browser import Chat, Open, chats, chromium

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LEAST_TARGET = 44
"""CSS pixels of what is touched."""
LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3."""

PAYLOADS = [
    "<script>document.title='hit'</script>",
    "<img src=x onerror=\"document.title='hit'\">",
    "<svg onload=document.title='hit'>",
    "</script></textarea></title><script>document.title='hit'</script>",
    "<iframe srcdoc=\"<script>parent.document.title='hit'</script>\"></iframe>",
    "<a href=\"javascript:document.title='hit'\">x</a>",
    "javascript:document.title='hit'",
    "**<b onmouseover=document.title='hit'>x</b>**",
    "- <style>*{display:none}</style>",
    "https://a.example/\"onmouseover=document.title='hit'//",
    "http://a.example/<script>document.title='hit'</script>",
    "{{constructor.constructor('document.title=1')()}}",
    "<meta http-equiv=refresh content=0;url=https://a.example>",
    "<base href=https://a.example>",
    "<form action=https://a.example><input name=text></form>",
    "]]><!--<script>document.title='hit'</script>-->",
    "\u202e<script>document.title='hit'</script>",
    "&lt;script&gt;document.title='hit'&lt;/script&gt;",
]
INNOCENT = {"ARTICLE", "SPAN", "P", "UL", "LI", "BR", "B", "A", "DIV", "BUTTON"}

CONTRASTS = """() => {
    const parse = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        const colour = parse(getComputedStyle(element).backgroundColor);
        return colour.length === 4 && colour[3] === 0 ? behind(element.parentElement) : colour;
    };
    const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const seen = [...document.querySelectorAll("#leave, select, article p, article a, button, " +
        "textarea, #working, #state")].filter((element) => element.checkVisibility());
    const found = seen.map((element) => [element.tagName + " " + element.className,
        ratio(light(parse(getComputedStyle(element).color)), light(behind(element)))]);
    const field = document.getElementById("text");
    found.push(["placeholder", ratio(
        light(parse(getComputedStyle(field, "::placeholder").color)), light(behind(field)))]);
    return found;
}"""
TARGETS = """() => [...document.querySelectorAll("#leave, select, button, textarea")]
    .filter((element) => element.checkVisibility())
    .map((element) => [element.textContent, element.getBoundingClientRect().height])"""
OVERFLOW = """() => {
    const root = document.documentElement;
    const view = document.getElementById("view");
    return [root.scrollWidth - root.clientWidth, view.scrollWidth - view.clientWidth];
}"""


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


async def _assert_harmless(chat: Chat) -> None:
    assert await chat.page.title() == "Chat"
    names = await chat.page.evaluate(
        "[...new Set([...document.querySelectorAll('#messages *')].map((e) => e.tagName))]"
    )
    assert set(names) <= INNOCENT
    links = await chat.page.evaluate("[...document.links].map((link) => link.href)")
    assert all(re.match(r"https?://", link) for link in links)
    attributes = await chat.page.evaluate(
        "[...new Set([...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames()))]"
    )
    assert not [name for name in attributes if name.startswith("on") or name == "srcdoc"]


async def test_what_a_contact_writes_is_shown_as_text(new_chat: Open) -> None:
    chat = await new_chat()
    for payload in PAYLOADS:
        await chat.write(payload)
    await expect(chat.page.locator("article.waiting")).to_have_count(0, timeout=15_000)
    assert await chat.written().all_text_contents() == PAYLOADS
    await _assert_harmless(chat)
    await chat.page.reload()
    await expect(chat.written()).to_have_count(len(PAYLOADS))
    assert await chat.written().all_text_contents() == PAYLOADS
    await _assert_harmless(chat)


async def test_what_the_line_says_is_shown_as_text_too(new_chat: Open) -> None:
    chat = await new_chat()
    await chat.write("hello")
    await chat.answered(1)
    for payload in PAYLOADS:
        await chat.say(payload, Button(payload[:60], "/capabilities"))
    await chat.answered(1 + len(PAYLOADS))
    shown = (await chat.replies().all_text_contents())[2:]
    plain = [payload.replace("**", "").removeprefix("- ") for payload in PAYLOADS]
    assert shown == [f"Answer: {text}" for text in plain]
    await _assert_harmless(chat)


async def test_paragraphs_lists_bold_and_links_are_shown(new_chat: Open) -> None:
    chat = await new_chat()
    await chat.write("hello")
    await chat.answered(1)
    await chat.say("**Call** now.\nOr write:\n\n- one\n- https://a.example/x?y=1.\n\nEnd")
    await chat.answered(2)
    reply = chat.replies().nth(2)
    await expect(reply.locator("p")).to_have_count(2)
    await expect(reply.locator("b")).to_have_text("Call")
    await expect(reply.locator("li")).to_have_text(["one", "https://a.example/x?y=1."])
    link = reply.get_by_role("link")
    await expect(link).to_have_attribute("href", "https://a.example/x?y=1")
    await expect(link).to_have_attribute("rel", "noreferrer noopener")
    await expect(link).to_have_attribute("target", "_blank")


async def test_right_to_left_and_hostile_marks_stay_in_their_place(new_chat: Open) -> None:
    chat = await new_chat()
    await chat.write("hello")
    await chat.answered(1)
    await chat.say("مرحبا، اتصل على \u202a+855 12 345 678\u202c الآن\n\nIn English: 117")
    await chat.answered(2)
    arabic, english = await chat.replies().nth(2).locator("p").all()
    assert await arabic.evaluate("(p) => getComputedStyle(p).direction") == "rtl"
    assert await english.evaluate("(p) => getComputedStyle(p).direction") == "ltr"
    await chat.write("ช่วยด้วย នេះ ကူညီပါ مدد \u202ereversed")
    await expect(chat.written().last).to_have_text("ช่วยด้วย នេះ ကူညီပါ مدد \u202ereversed")
    await chat.write("a" + "\u0301" * 500 + "x" * 500)
    await chat.answered(4)
    assert await chat.page.evaluate(OVERFLOW) == [0, 0]
    assert await chat.written().last.evaluate(
        "(p) => getComputedStyle(p.parentElement).overflow"
    ) == ("hidden")


async def test_everything_has_a_name_and_works_by_keyboard(new_chat: Open) -> None:
    chat = await new_chat()
    page = chat.page
    await expect(page.get_by_role("combobox", name="Language")).to_be_visible()
    await expect(page.get_by_role("link", name="Leave")).to_be_visible()
    await expect(page.get_by_role("button", name="Send")).to_be_visible()
    await expect(page.get_by_role("main", name="Messages")).to_be_visible()
    await expect(page.get_by_role("heading", name="Chat")).to_be_attached()
    await expect(page.get_by_role("log")).to_be_attached()
    await page.get_by_role("textbox", name="Write here").focus()
    await page.keyboard.type("i have no passport")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("please help")
    await page.keyboard.press("Enter")
    await chat.answered(1)
    await expect(chat.written()).to_have_text("i have no passport\nplease help")
    await expect(page.get_by_role("textbox")).to_be_focused()
    await page.keyboard.press("Shift+Tab")  # the last button, above the field
    if await page.evaluate("document.activeElement.id") == "newest":  # a long answer: it is between
        await page.keyboard.press("Shift+Tab")
    await expect(page.locator(".buttons button").last).to_be_focused()
    while await page.evaluate("document.activeElement.textContent") != "Indonesia":
        await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await chat.answered(2)
    await expect(chat.written()).to_have_count(2)
    order = []
    await page.evaluate("document.activeElement.blur()")
    await page.locator("#language").focus()
    for _ in range(3):
        order.append(await page.evaluate("document.activeElement.id"))
        await page.keyboard.press("Tab")
    assert order == ["language", "leave", "view"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_can_be_read_by_day_and_by_night(new_chat: Open, scheme: str) -> None:
    chat = await new_chat(color_scheme=scheme)
    await chat.write("where is the indonesian embassy")
    await chat.answered(1)
    await chat.say("See https://a.example/", Button("Menu", "/capabilities"))
    await chat.answered(2)
    await chat.context.set_offline(offline=True)
    await chat.write("hello")
    await expect(chat.page.get_by_role("alert")).not_to_be_empty()
    contrasts: list[tuple[str, float]] = await chat.page.evaluate(CONTRASTS)
    assert len(contrasts) > 10
    assert [found for found in contrasts if found[1] < LEAST_CONTRAST] == []
    await chat.context.set_offline(offline=False)
    chat.complaints[:] = [text for text in chat.complaints if "DISCONNECTED" not in text]


@pytest.mark.parametrize(
    ("width", "height", "size"), [(320, 480, "100%"), (360, 640, "200%"), (1280, 800, "100%")]
)
async def test_it_fits_small_screens_and_large_letters(
    new_chat: Open, width: int, height: int, size: str
) -> None:
    viewport: Any = {"width": width, "height": height}
    chat = await new_chat(locale="id-ID", viewport=viewport)
    await chat.page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
    await chat.write("paspor saya hilang")
    await chat.answered(1)
    assert await chat.page.evaluate(OVERFLOW) == [0, 0]
    for control in ("#language", "#leave", "#text", "#send"):
        await expect(chat.page.locator(control)).to_be_in_viewport(ratio=1)
    view = await chat.page.locator("#view").bounding_box()
    assert view is not None
    assert view["height"] > height / 3
    targets: list[tuple[str, float]] = await chat.page.evaluate(TARGETS)
    assert [found for found in targets if found[1] < LEAST_TARGET] == []
