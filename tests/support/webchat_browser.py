"""The web chat's page in a real Chromium: pages that note all that they do."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Request,
    Route,
    async_playwright,
    expect,
)

from bot.channels.webchat import server
from bot.domain.messages import Button, OutboundMessage
from bot.storage import conversations
from tests.support.webchat import Line

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 360, "height": 640}
WATCH = """
    document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
    document.addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
        if (!document.body.innerHTML && !document.title) console.debug("blank");
    }).observe(document.body, { childList: true }));
"""


@dataclass
class Chat:
    """One page in a browser of its own, and all that it did."""

    line: Line
    context: BrowserContext
    page: Page
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """Errors in the console, uncaught ones, and breaches of the policy."""
    blank_at: float | None = None
    """When there was nothing on the page any more."""
    exits: list[Request] = field(default_factory=list)

    async def open(self, url: str = "") -> None:
        await self.page.goto(url or self.line.url)

    async def write(self, text: str) -> None:
        await self.page.locator("#text").fill(text)
        await self.page.locator("#text").press("Enter")

    async def press(self, title: str) -> None:
        await self.page.get_by_role("button", name=title, exact=True).last.click()

    def replies(self) -> Locator:
        """The line's messages, the page's own welcome first."""
        return self.page.locator("article.line")

    def written(self) -> Locator:
        return self.page.locator("article.contact > p")

    async def answered(self, count: int) -> None:
        """Wait for replies (without the welcome)."""
        await expect(self.replies().nth(count)).to_be_visible(timeout=15_000)

    async def conversation(self) -> uuid.UUID:
        """The id of what the cookie opens."""
        [token] = [cookie["value"] for cookie in await self.context.cookies()]
        return uuid.UUID(await self.line.app.store["webchat"].conversation_of(token))

    async def say(self, text: str, *buttons: Button) -> None:
        """Let the line say something of itself, as an operator would."""
        runtime = self.line.app.runtime
        identity = await self.conversation()
        async with runtime.database.transaction() as session:
            found = await conversations.load(session, runtime.keyring, identity, lock=True)
            assert found is not None
            reply = OutboundMessage(text, tuple((button,) for button in buttons))
            await runtime.outbox.enqueue(session, found, [reply], turn_id=None)

    async def exit(self, route: Route) -> None:
        """The outside world, of which a test has none: slow to answer."""
        self.exits.append(route.request)
        await asyncio.sleep(0.5)
        await route.fulfill(content_type="text/html", body="<title>Weather</title>sunny")

    def third_parties(self) -> list[str]:
        return [url for url in self.requested if not url.startswith((self.line.url, server.EXIT))]


Open = Callable[..., Awaitable[Chat]]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The machine's Chromium; the test is skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=FLAGS,
            ignore_default_args=["--disable-back-forward-cache"],  # "back" must be as it really is
        )


@asynccontextmanager
async def chats(line: Line, browser: Browser) -> AsyncIterator[Open]:
    """Opens pages; at the end none of them may have complained or asked anybody else."""
    async with AsyncExitStack() as stack:
        opened = []

        async def open_chat(at: Line = line, *, locale: str = "en-US", **options: Any) -> Chat:  # noqa: ANN401
            options = {"viewport": PHONE, "locale": locale} | options
            context = await browser.new_context(**options)
            stack.push_async_callback(context.close)
            await context.add_init_script(WATCH)
            chat = Chat(at, context, await context.new_page())
            context.on("request", lambda request: chat.requested.append(request.url))
            context.on("console", lambda message: _note(chat, message.type, message.text))
            context.on("weberror", lambda error: chat.complaints.append(str(error.error)))
            await context.route(lambda url: not url.startswith(at.url), chat.exit)
            await chat.open()
            opened.append(chat)
            return chat

        yield open_chat
        for chat in opened:
            await chat.page.goto("about:blank")
            assert chat.complaints == []
            assert chat.third_parties() == []


def _note(chat: Chat, kind: str, text: str) -> None:
    if text == "blank":
        chat.blank_at = asyncio.get_running_loop().time()
    if kind in {"error", "warning"}:
        chat.complaints.append(text)
