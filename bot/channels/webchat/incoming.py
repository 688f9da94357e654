"""Reads what a page sends: all of it may be hostile, and none of it may end in a server error."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ipaddress
import json
import re
from typing import Any

from aiohttp import web

from bot.channels.fetched import TEXT_LIMIT
from bot.domain.messages import Address, InboundMessage, Kind

MOST_BYTES = 40_000
"""Largest request: `TEXT_LIMIT` characters of any script in JSON, escaped."""
BODY_SECONDS = 60.0
"""A bad connection gets this long to send its few kilobytes."""
MOST_DIGITS = 9
IDENTITY = re.compile(r"[A-Za-z0-9-]{8,64}")
"""The page's own id of a message: the same id is the same message."""
KEY = re.compile(r"[0-9a-f]{64}")
"""A page's secret, made in the page: a first message sent twice reaches one conversation."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
KINDS = {kind.value: kind for kind in (Kind.TEXT, Kind.BUTTON, Kind.COMMAND)}


def refuse_foreign(request: web.Request) -> None:
    """Only our own page may call: browsers say where a request comes from.

    Raises:
        HTTPForbidden: another site's page sent it.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    ours = origin is None or origin.partition("://")[2] == request.host
    if site not in {"same-origin", "none"} or not ours:
        raise web.HTTPForbidden


def is_https(request: web.Request) -> bool:
    """Whether the page was asked for by https, perhaps from a proxy before us."""
    return request.secure or request.headers.get("X-Forwarded-Proto") == "https"


def origin_of(request: web.Request) -> str:
    """Where a request comes from: an address, or a network where everybody has many.

    What a proxy says is believed only when the connection comes from our own network, and
    only its last entry: the ones before it are the client's to invent.
    """
    peer = _ip(request.remote or "")
    if peer is None or peer.is_private:
        named = ",".join(request.headers.getall("X-Forwarded-For", [])).rpartition(",")[2]
        peer = _ip(named.strip()) or peer
    if peer is not None and peer.version == 6:  # noqa: PLR2004 - the protocol's name
        return str(ipaddress.ip_network((peer, 64), strict=False))
    return str(peer)


def token_in(request: web.Request, cookie: str) -> str | None:
    """The token in a cookie; None when there is none that we could have made."""
    token = request.cookies.get(cookie, "")
    return token if TOKEN.fullmatch(token) else None


def token_of(body: dict[str, Any]) -> str | None:
    """The token that a page's secret stands for; None without a secret."""
    key = body.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        return None
    digest = hashlib.sha256(f"webchat:{key}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


async def read_body(request: web.Request) -> dict[str, Any]:
    """The JSON object that a request holds.

    Raises:
        HTTPException: it is too large, too slow, or none.
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    _refuse_large(request.content_length or 0)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            raw = await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except web.RequestPayloadError:
        raise web.HTTPBadRequest from None
    _refuse_large(len(raw))
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest
    return body


def read_message(body: dict[str, Any], channel: str, token: str) -> InboundMessage:
    """The message in a body.

    Raises:
        HTTPBadRequest: there is none that the page could have sent.
    """
    name, text, identity = body.get("kind", "text"), body.get("text"), body.get("id")
    if not (isinstance(name, str) and isinstance(text, str) and isinstance(identity, str)):
        raise web.HTTPBadRequest
    kind = KINDS.get(name)
    text = text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd").strip()
    if kind is None or not 0 < len(text) <= TEXT_LIMIT or not IDENTITY.fullmatch(identity):
        raise web.HTTPBadRequest
    command, _, rest = text.partition(" ") if kind is Kind.COMMAND else (None, "", text)
    hint = body.get("language")
    return InboundMessage(
        address=Address(channel, token),
        update_id=hashlib.sha256(f"{token}:{identity}".encode()).hexdigest(),
        kind=kind,
        text="" if kind is Kind.BUTTON else rest,
        command=command,
        payload=text if kind is Kind.BUTTON else None,
        language_hint=hint if isinstance(hint, str) and LANGUAGE.fullmatch(hint) else None,
    )


def read_place(text: str, chat: str) -> int:
    """How many replies a page of a chat has shown, from `chat.number`; 0 for another chat's."""
    name, _, number = text.partition(".")
    fits = number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS
    return int(number) if name == chat and fits else 0


def _refuse_large(size: int) -> None:
    if size > MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES, size)


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
