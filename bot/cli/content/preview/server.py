"""Serves the preview to this machine only, and lets no other page of the browser use it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from aiohttp import web

from bot import clock, spoken
from bot.cli import tiers
from bot.cli.content.preview.ears import Ears
from bot.cli.content.preview.newest import Reader
from bot.cli.content.preview.pages import Pages
from bot.cli.content.preview.site import HERE, Site
from bot.cli.content.preview.stage import Stage
from bot.settings import ROOT

ADDRESS: Final = "127.0.0.1"
NAMES: Final = frozenset({"127.0.0.1", "localhost"})
"""What a browser on this machine calls it. Any other name is a page from elsewhere that leads its
name here (DNS rebinding)."""
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; "
        "require-trusted-types-for 'script'; trusted-types 'none'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Options:
    """Where it listens, and what it shows."""

    content: Path
    flows: Path
    day: date | None = None
    """The day as on which texts are shown; without one it is today, past midnight too."""
    port: int = 0
    nlu: Path = field(default=ROOT / "nlu")
    """Where the model lies that understands what is typed."""
    judged: bool = True
    """Whether all that is wrong is looked for, too: seconds of work after every change."""

    def today(self) -> date:
        """Give the day that is shown when none is chosen on a page."""
        return self.day or clock.today()


@asynccontextmanager
async def opened(options: Options) -> AsyncIterator[str]:
    """Serve until the end; gives the address.

    Raises:
        OSError: the port is taken.
    """
    files = spoken.files(options.content, options.flows, tiers.read())
    reader = Reader(files, options.today)
    await reader.read()
    ears = Ears(options.nlu)
    runner = web.AppRunner(_application(reader, options, ears), access_log=None, shutdown_timeout=1)
    await runner.setup()
    following = asyncio.ensure_future(reader.follow(judged=options.judged))
    try:
        await web.TCPSite(runner, ADDRESS, options.port).start()
        yield f"http://{ADDRESS}:{runner.addresses[0][1]}/"
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        await runner.cleanup()
        await ears.close()


def _application(reader: Reader, options: Options, ears: Ears) -> web.Application:
    site = Site(reader, options.today)

    async def now(_request: web.Request) -> web.Response:
        return web.json_response({"number": reader.now.number})

    @web.middleware
    async def whole(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_ours(request):
            raise web.HTTPForbidden(text="This page is for this machine only.")
        try:
            return await _or_absent(site, request, handler)
        except web.HTTPServiceUnavailable:
            return site.nothing_to_show()

    application = web.Application(middlewares=[whole], client_max_size=64 * 1024)
    application.add_routes(Pages(site).routes())
    application.add_routes(Stage(site, ears).routes())
    application.add_routes([web.get("/now", now), web.static("/static", HERE / "static")])
    application.on_response_prepare.append(_secure)
    return application


async def _or_absent(site: Site, request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return site.not_found(await site.look(request))


def _is_ours(request: web.Request) -> bool:
    """Say whether a page of ours asks, from this machine; a link to one may stand elsewhere."""
    name = request.host.partition(":")[0]
    sent_from = request.headers.get("Origin")
    asked_by = request.headers.get("Sec-Fetch-Site", "none")
    opened_in = request.headers.get("Sec-Fetch-Dest")
    return (
        request.remote == ADDRESS
        and name in NAMES
        and (sent_from is None or sent_from == f"http://{request.host}")
        # Pages of other days are work: nobody else's page may keep this machine busy with them.
        and (asked_by in {"none", "same-origin"} or opened_in == "document")
    )


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(
        {name: value for name, value in HEADERS.items() if name not in response.headers}
    )
    response.headers.pop("Server", None)
