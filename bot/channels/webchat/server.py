"""The web chat's page and its four calls: send, read, watch, leave."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, select_autoescape
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from bot.channels.fetched import TEXT_LIMIT, Store
from bot.domain.messages import Address, InboundMessage, Kind

if TYPE_CHECKING:
    from bot.channels.live import Live
    from bot.inbox import Inbox

NAME = "webchat"
"""The channel's name; an address on it is the token in the page's cookie."""
COOKIE = "chat"
PHRASES = (
    "webchat_welcome",
    "webchat_placeholder",
    "webchat_send",
    "webchat_leave",
    "webchat_human",
    "webchat_offline",
    "webchat_refused",
)
"""Phrases that the page itself shows."""
TOKEN_BYTES = 32
MOST_BYTES = 40_000
"""Largest request: `TEXT_LIMIT` characters of any script in JSON, escaped."""
LOOK_AGAIN = 15.0
"""Seconds after which a page looks for itself, notified or not; also keeps the line open."""
PER_PAGE = RateLimitItemPerMinute(30)
NEW_PER_ADDRESS = RateLimitItemPerHour(120)
"""Generous: everybody in a shelter or behind one mobile network shares an address."""
WAIT = 5
"""Seconds that a page waits before it sends again what was too much."""

MOST_DIGITS = 18
"""A message's number fits in a signed 64-bit integer."""
IDENTITY = re.compile(r"[A-Za-z0-9-]{8,64}")
"""The page's own id of a message: the same id is the same message."""
LANGUAGE = re.compile(r"[a-z]{2,3}")

PAGE = Path(__file__).parent / "page"
KINDS = {kind.value: kind for kind in (Kind.TEXT, Kind.BUTTON, Kind.COMMAND)}


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the page: its code, its own name, its direction and the page's texts."""

    code: str
    name: str
    direction: str
    texts: Mapping[str, str] = field(repr=False)


class Server:
    """Serves the page and its calls. Closed unless the request carries the page's token."""

    def __init__(
        self, inbox: Inbox, store: Store, live: Live, languages: Sequence[Language]
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._live = live
        self._limits = MovingWindowRateLimiter(MemoryStorage())
        self._page = _render_page(languages)
        self._stopping = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """All routes of the web chat."""
        return [
            web.get("/", self._get_page),
            web.get("/chat.css", self._get_style),
            web.get("/chat.js", self._get_script),
            web.get("/favicon.ico", self._get_icon),
            web.post("/chat/messages", self._post_message),
            web.get("/chat/messages", self._get_messages),
            web.get("/chat/events", self._get_events),
            web.post("/chat/leave", self._post_leave),
        ]

    async def stop(self, _application: web.Application) -> None:
        """End the streams, so that the server can stop."""
        self._stopping.set()

    async def _get_page(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._page, content_type="text/html")

    async def _get_style(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "chat.css")

    async def _get_script(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "chat.js")

    async def _get_icon(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _post_message(self, request: web.Request) -> web.Response:
        _refuse_foreign(request)
        token = request.cookies.get(COOKIE, "")
        known = await self._store.conversation_of(token) if token else None
        await self._limit(request, token if known else None)
        if known is None:
            token = secrets.token_urlsafe(TOKEN_BYTES)
        message = _read_message(await _read_json(request), token)
        await self._inbox.accept(message)
        response = web.json_response({}, status=202)
        if known is None:
            response.set_cookie(
                COOKIE, token, path="/chat", httponly=True, samesite="Strict",
                secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
            )  # fmt: skip
        return response

    async def _limit(self, request: web.Request, token: str | None) -> None:
        """Slow a page or an address down; the page keeps the message and sends it again."""
        item, key = (PER_PAGE, token) if token else (NEW_PER_ADDRESS, request.remote or "")
        if not await self._limits.hit(item, key):
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(WAIT)})

    async def _get_messages(self, request: web.Request) -> web.Response:
        token = request.cookies.get(COOKIE, "")
        after = _number(request.query.get("after", "0"))
        return web.json_response({"messages": await self._store.read(token, after)})

    async def _get_events(self, request: web.Request) -> web.StreamResponse:
        token = request.cookies.get(COOKIE, "")
        conversation = await self._store.conversation_of(token) if token else None
        if conversation is None:
            raise web.HTTPNotFound
        after = _number(request.headers.get("Last-Event-ID") or request.query.get("after", "0"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        async with self._live.waiting(conversation) as event:
            while not self._stopping.is_set():
                event.clear()
                for message in await self._store.read(token, after):
                    after = message["number"]
                    data = json.dumps(message)
                    await response.write(f"id: {after}\ndata: {data}\n\n".encode())
                await _first_of(event, self._stopping, LOOK_AGAIN)
                await response.write(b": still here\n\n")
        return response

    async def _post_leave(self, request: web.Request) -> web.Response:
        _refuse_foreign(request)
        token = request.cookies.get(COOKIE, "")
        if token:
            await self._store.leave(token)
        response = web.json_response({})
        response.del_cookie(COOKIE, path="/chat")
        response.headers["Clear-Site-Data"] = '"*"'
        return response


def _render_page(languages: Sequence[Language]) -> str:
    environment = Environment(loader=FileSystemLoader(PAGE), autoescape=select_autoescape())
    texts = {language.code: dict(language.texts) for language in languages}
    # `<` is escaped so that no text can end the element that holds the JSON.
    data = json.dumps(texts).replace("<", "\\u003c")
    return environment.get_template("index.html").render(languages=languages, data=data)


async def _first_of(first: asyncio.Event, second: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(first.wait()), asyncio.ensure_future(second.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _refuse_foreign(request: web.Request) -> None:
    """Only our own page may post: browsers say where a request comes from."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    ours = origin is None or origin.partition("://")[2] == request.host
    if site not in {"same-origin", "none"} or not ours:
        raise web.HTTPForbidden


async def _read_json(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES, request.content_length or 0)
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest
    return body


def _read_message(body: dict[str, Any], token: str) -> InboundMessage:
    kind = KINDS.get(body.get("kind", "text"))
    text, identity = body.get("text", ""), body.get("id")
    if kind is None or not isinstance(text, str) or not isinstance(identity, str):
        raise web.HTTPBadRequest
    text = text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd").strip()
    language = body.get("language")
    if (
        len(text) > TEXT_LIMIT
        or not IDENTITY.fullmatch(identity)
        or (not text and kind is Kind.TEXT)
    ):
        raise web.HTTPBadRequest
    command, _, rest = text.partition(" ") if kind is Kind.COMMAND else (None, "", text)
    return InboundMessage(
        address=Address(NAME, token),
        update_id=hashlib.sha256(f"{token}:{identity}".encode()).hexdigest(),
        kind=kind,
        text="" if kind is Kind.BUTTON else rest,
        command=command,
        payload=text if kind is Kind.BUTTON else None,
        language_hint=language
        if isinstance(language, str) and LANGUAGE.fullmatch(language)
        else None,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0
