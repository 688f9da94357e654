"""Phones that use the web chat of a line in this process, over HTTP."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp
import sqlalchemy as sa

from bot import app
from bot.storage.cases import Case
from bot.storage.conversations import Conversation
from bot.storage.messages import Message
from tests.support.line import running, settings
from tests.support.parts import private_directory


@dataclass
class Line:
    app: app.App
    url: str

    async def count(self, table: type[Conversation | Message]) -> int:
        async with self.app.runtime.database.transaction() as session:
            return await session.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    async def conversations(self) -> set[uuid.UUID]:
        """The ids of all that are stored."""
        async with self.app.runtime.database.transaction() as session:
            return set(await session.scalars(sa.select(Conversation.id)))

    async def with_cases(self) -> set[uuid.UUID | None]:
        """The ids of those that have a case."""
        async with self.app.runtime.database.transaction() as session:
            return set(await session.scalars(sa.select(Case.conversation_id)))


@dataclass
class Phone:
    """A browser with a cookie jar, behind an address of its own."""

    line: Line
    key: str = field(default_factory=lambda: secrets.token_hex(32))
    address: str = field(default_factory=lambda: f"2001:db8:{secrets.token_hex(2)}::1")
    headers: dict[str, str] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        """Open the browser."""
        self.http = aiohttp.ClientSession(
            self.line.url,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"X-Forwarded-For": self.address, **self.headers},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it, as it is."""
        await self.http.close()

    async def send(self, text: str, **fields: str) -> aiohttp.ClientResponse:
        body = {"id": secrets.token_hex(8), "kind": "text", "text": text, "key": self.key}
        async with self.http.post("/chat/messages", json=body | fields) as answer:
            await answer.read()
            return answer

    async def conversation(self) -> uuid.UUID:
        """The id of what the cookie opens."""
        store = self.line.app.store["webchat"]
        return uuid.UUID(await store.conversation_of(self.token))

    @property
    def token(self) -> str:
        """What the cookie holds."""
        return next(cookie.value for cookie in self.http.cookie_jar)

    async def history(self) -> list[dict[str, Any]]:
        async with self.http.get("/chat/messages") as answer:
            assert answer.status == 200
            return list((await answer.json())["messages"])

    async def texts(self, sender: str = "contact") -> list[str]:
        return [message["text"] for message in await self.history() if message["from"] == sender]

    async def leave(self, **body: str) -> aiohttp.ClientResponse:
        async with self.http.post("/chat/leave", json=body) as answer:
            await answer.read()
            return answer

    @asynccontextmanager
    async def watching(self, place: str = "") -> AsyncIterator[AsyncIterator[dict[str, str]]]:
        """Server-sent events, each as its fields."""
        headers = {"Last-Event-ID": place} if place else {}
        async with self.http.get("/chat/events", headers=headers) as answer:
            assert answer.status == 200
            yield read_events(answer)


async def read_events(answer: aiohttp.ClientResponse) -> AsyncIterator[dict[str, str]]:
    event: dict[str, str] = {}
    wanted = {"id", "event", "data"}
    async with asyncio.timeout(20):
        async for line in answer.content:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name in wanted:
                event[name] = value
            elif event and not name:
                yield event
                event = {}


async def take_replies(events: AsyncIterator[dict[str, str]], count: int) -> list[dict[str, str]]:
    found = []
    async for event in events:
        if "id" in event:
            found.append(event)
            if len(found) == count:
                break
    return found


@asynccontextmanager
async def line_with_web_chat() -> AsyncIterator[Line]:
    """A whole line, on a database of its own."""
    with private_directory() as directory:
        async with running(settings(directory)) as (opened, url):
            yield Line(opened, url)
