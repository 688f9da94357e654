"""The web chat's page and its four calls: send, read, watch, leave."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlalchemy.exc import SQLAlchemyError

from bot import logs
from bot.channels.fetched import Store
from bot.channels.webchat import incoming
from bot.channels.webchat.pace import MESSAGES, NEW_PAGES, READS, Pace
from bot.inbox import Inbox, NotStored

if TYPE_CHECKING:
    from bot.channels.live import Live


NAME = "webchat"
"""The channel's name; an address on it is the token in the page's cookie."""
EXIT = "https://www.google.com/search?q=weather"
"""Where "leave" goes: a page that anybody may have open. Nothing else names it."""
PHRASES = (
    "webchat_welcome",
    "webchat_placeholder",
    "webchat_send",
    "webchat_leave",
    "webchat_leave_title",
    "webchat_language",
    "webchat_messages",
    "webchat_you",
    "webchat_answer",
    "webchat_human",
    "webchat_menu",
    "webchat_newest",
    "webchat_working",
    "webchat_slow",
    "webchat_offline",
    "webchat_reconnecting",
    "webchat_busy",
    "webchat_refused",
    "webchat_erased",
    "webchat_no_script",
)
"""Phrases that the page itself shows."""
LEFT = "left"
"""Cookie that the page sets when it is left: until we have heard of it, nothing is shown."""
TOKEN_BYTES = 32
LOOK_AGAIN = 15.0
"""Seconds after which a page looks for itself, notified or not; also keeps the line open."""
LOOK_SOON = 1.0
"""The same while a conversation is being erased, so that the page is cleared with it."""
TURN_SECONDS = 60
"""How long what was left is watched, to erase it after its turn; then age erases it."""
RETRY = "2000"
"""Milliseconds after which a browser opens a broken stream again."""

PAGE = Path(__file__).parent / "page"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logs.get()


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
        self, inbox: Inbox, store: Store, live: Live, languages: Callable[[], Sequence[Language]]
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._live = live
        self._pace = Pace()
        self._languages = languages
        self._rendered: Sequence[Language] = languages()
        self._page = _render_page(self._rendered)
        self._style = (PAGE / "chat.css").read_text(encoding="utf-8")
        self._script = (PAGE / "chat.js").read_text(encoding="utf-8")

    def routes(self) -> list[web.RouteDef]:
        """All routes of the web chat."""
        return [
            web.get("/", self._get_page),
            web.get("/chat.css", self._get_style),
            web.get("/chat.js", self._get_script),
            web.get("/favicon.ico", self._get_icon),
            web.post("/chat/messages", _guarded(self._post_message)),
            web.get("/chat/messages", _guarded(self._get_messages)),
            web.get("/chat/events", _guarded(self._get_events)),
            web.post("/chat/leave", _guarded(self._post_leave)),
        ]

    async def stop(self, _application: web.Application) -> None:
        """End the streams, so that the server can stop."""
        self._pace.stop()

    async def _get_page(self, _request: web.Request) -> web.Response:
        languages = self._languages()
        if languages is not self._rendered:  # an editor has changed them
            self._rendered, self._page = languages, _render_page(languages)
        return _file(self._page, "text/html")

    async def _get_style(self, _request: web.Request) -> web.Response:
        return _file(self._style, "text/css")

    async def _get_script(self, _request: web.Request) -> web.Response:
        return _file(self._script, "text/javascript")

    async def _get_icon(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _post_message(self, request: web.Request) -> web.Response:
        body = await incoming.read_body(request)
        held = incoming.token_in(request, _cookie(request))
        if held is not None and await self._store.conversation_of(held) is not None:
            token, known = held, True
        else:
            token = incoming.token_of(body) or secrets.token_urlsafe(TOKEN_BYTES)
            known = await self._store.conversation_of(token) is not None
        message = incoming.read_message(body, NAME, token)
        if known:
            await self._pace.admit(MESSAGES, token)
        else:
            await self._pace.admit(NEW_PAGES, incoming.origin_of(request))
        await self._inbox.accept(message)
        response = web.json_response({}, status=202)
        if token == held:
            return response
        if await self._store.has_left(token):
            # Sent before the page was left, arrived after: it gets its turn, and nothing
            # of it stays on the phone.
            return await self._answer_leaving(request, response, [token])
        response.set_cookie(
            _cookie(request), token, path=_path(request), httponly=True, samesite="Strict",
            secure=incoming.is_https(request),
        )  # fmt: skip
        return response

    async def _get_messages(self, request: web.Request) -> web.Response:
        conversation, shown = None, []
        token = _reading_token(request)
        if token is not None:
            await self._pace.admit(READS, token)
            conversation = await self._store.conversation_of(token)
            shown = await self._store.history(token)
        chat = _name(conversation) if conversation is not None else ""
        return web.json_response({"chat": chat, "messages": shown})

    async def _get_events(self, request: web.Request) -> web.StreamResponse:
        token = _reading_token(request)
        if token is None:
            raise web.HTTPNotFound
        await self._pace.admit(READS, token)
        conversation = await self._store.conversation_of(token)
        if conversation is None:
            raise web.HTTPNotFound
        place = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        try:
            await response.prepare(request)
            await self._tell(response, conversation, place)
        except ConnectionError:
            log.debug("reader_gone")
        except (SQLAlchemyError, OSError) as error:  # the page opens the stream again
            log.warning("stream_interrupted", cause=logs.where(error))
        return response

    async def _tell(self, response: web.StreamResponse, conversation: str, place: str) -> None:
        """Write replies as they are sent, until the page goes, or the conversation."""
        chat = _name(conversation)
        seen = incoming.read_place(place, chat)
        await response.write(f"retry: {RETRY}\n\n".encode())
        with self._pace.stream(conversation) as ended:
            async with self._live.waiting(conversation) as event:
                while not ended.is_set():
                    event.clear()
                    news = await self._store.news(conversation, seen)
                    if news is None:
                        await response.write(b"event: gone\ndata: 1\n\n")
                        return
                    for reply in news.replies:
                        seen = reply["number"]
                        data = json.dumps({"chat": chat, **reply})
                        await response.write(f"id: {chat}.{seen}\ndata: {data}\n\n".encode())
                    if not news.more:
                        pause = LOOK_SOON if news.ending else LOOK_AGAIN
                        await _first_of(event, ended, pause)
                        await response.write(b"event: alive\ndata: 1\n\n")

    async def _post_leave(self, request: web.Request) -> web.Response:
        tokens = [incoming.token_in(request, _cookie(request))]
        if request.can_read_body:
            tokens.append(incoming.token_of(await incoming.read_body(request)))
        response = web.json_response({})
        return await self._answer_leaving(request, response, [token for token in tokens if token])

    async def _answer_leaving(
        self, request: web.Request, response: web.Response, tokens: Sequence[str]
    ) -> web.Response:
        """Close conversations; the phone is cleared at once, what waits for its turn later."""
        left = [await self._store.leave(token) for token in tokens]
        secure = incoming.is_https(request)  # or a `__Host-` cookie is not deleted
        response.del_cookie(_cookie(request), path=_path(request), secure=secure)
        response.del_cookie(LEFT, path="/", secure=secure)
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        waiting = [conversation for conversation in left if conversation]
        if waiting:
            response.force_close()  # or the next request on this connection waits behind us
            with contextlib.suppress(ConnectionError):  # it has gone already
                await response.prepare(request)
                await response.write_eof()
            await self._erase_when_turned(waiting)
        return response

    async def _erase_when_turned(self, conversations: Sequence[str]) -> None:
        waiting = list(conversations)
        try:
            for _ in range(TURN_SECONDS):
                waiting = [left for left in waiting if await self._store.erase_left(left)]
                if not waiting:
                    return
                await asyncio.sleep(1)
        except (SQLAlchemyError, OSError) as error:
            log.warning("leaving_interrupted", cause=logs.where(error))


def _guarded(handler: Handler) -> Handler:
    """A call that other sites cannot make, and that says when the database is away."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        incoming.refuse_foreign(request)
        try:
            return await handler(request)
        except (NotStored, SQLAlchemyError, OSError) as error:
            log.warning("web_chat_failed", cause=logs.where(error))
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from None

    return guarded


def _file(text: str, content_type: str) -> web.Response:
    response = web.Response(text=text, content_type=content_type)
    response.enable_compression()
    return response


def _render_page(languages: Sequence[Language]) -> str:
    environment = Environment(
        loader=FileSystemLoader(PAGE),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts = {language.code: dict(language.texts) for language in languages}
    # `<` is escaped so that no text can end the element that holds the JSON.
    data = json.dumps(texts).replace("<", "\\u003c")
    return environment.get_template("index.html").render(
        languages=languages, data=data, exit_to=EXIT, left=LEFT
    )


async def _first_of(first: asyncio.Event, second: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(first.wait()), asyncio.ensure_future(second.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _cookie(request: web.Request) -> str:
    """The cookie's name. By https its prefix keeps other hosts of the domain from setting it,
    and so from making somebody write into a conversation that they can read.
    """
    return "__Host-chat" if incoming.is_https(request) else "chat"


def _path(request: web.Request) -> str:
    return "/" if incoming.is_https(request) else "/chat"


def _reading_token(request: web.Request) -> str | None:
    """The token to read with; None also when the page was left and we did not hear of it."""
    return None if LEFT in request.cookies else incoming.token_in(request, _cookie(request))


def _name(conversation: str) -> str:
    """What a page calls a conversation, to notice that it is another one."""
    return hashlib.sha256(conversation.encode()).hexdigest()[:8]
