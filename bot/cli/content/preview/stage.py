"""The pages that play flows: a list, a picture of each, and a phone whose buttons work."""

from __future__ import annotations

import asyncio
import importlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from aiohttp import web

from bot.cli.content.preview.ears import Ears
from bot.cli.content.preview.site import Looking, Site
from bot.cli.content.preview.talk import Act, Played, Setup, Talk, begin, take
from bot.cli.content.preview.view import View
from bot.content.library import Library
from bot.domain.events import (
    Answered,
    Event,
    HumanCalled,
    LanguageChanged,
    MissionShown,
    Said,
)
from bot.domain.messages import Kind
from bot.flows.definition import FlowLibrary
from bot.flows.state import Policy, TurnInput

MOST_TALKS: Final = 100
"""Talks that are remembered; the one that nobody looked at for longest is forgotten."""
LONGEST_TEXT: Final = 4096
"""Telegram's own bound of a message, in characters."""

Draw = Callable[[object, FlowLibrary, Library, Callable[[str], str]], str]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened in a turn, and the page of it, if there is one."""

    what: str
    name: str
    path: str | None = None


class Stage:
    """Answers for playing."""

    def __init__(self, site: Site, ears: Ears) -> None:
        self._site = site
        self._ears = ears
        self._policy = Policy(tiers=MappingProxyType(dict(site.reader.files.tiers)))
        self._talks: OrderedDict[str, Talk] = OrderedDict()
        self._draw = _drawing()

    def routes(self) -> list[web.RouteDef]:
        """Give the pages' addresses."""
        return [
            web.get("/flows", self.flows),
            web.get("/flows/{flow}", self.flow),
            web.get("/flows/{flow}/picture.svg", self.picture),
            web.post("/play", self.start),
            web.get("/play/{talk}", self.show),
            web.post("/play/{talk}", self.go_on),
        ]

    async def flows(self, request: web.Request) -> web.Response:
        """List the flows."""
        looking = await self._site.look(request)
        flows = looking.edition.flows.flows.values()
        return self._site.page(looking, "flows.html", "/flows", flows=flows, draws=self._draws)

    async def flow(self, request: web.Request) -> web.Response:
        """Show the picture of a flow."""
        looking = await self._site.look(request)
        flow = looking.edition.flows.flows.get(request.match_info["flow"])
        if flow is None:
            return self._site.not_found(looking)
        here = f"/flows/{flow.id}"
        return self._site.page(looking, "flow.html", here, flow=flow, draws=self._draws)

    async def picture(self, request: web.Request) -> web.Response:
        """Draw a flow."""
        looking = await self._site.look(request)
        library = looking.edition.flows
        flow = library.flows.get(request.match_info["flow"])
        if flow is None or self._draw is None:
            raise web.HTTPNotFound
        drawn = await asyncio.to_thread(
            self._draw, flow, library, looking.content, "/flows/{}".format
        )
        # A picture carries its own style, and may do nothing else.
        policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        headers = {"Content-Security-Policy": policy}
        return web.Response(text=drawn, content_type="image/svg+xml", headers=headers)

    async def start(self, request: web.Request) -> web.Response:
        """Begin a talk; its page is another one, so that reloading that begins nothing."""
        looking = await self._site.look(request)
        form = await request.post()
        flow = looking.edition.flows.flows.get(str(form.get("flow", "")))
        if flow is None:
            return self._site.not_found(looking)
        words = {name: str(value) for name, value in form.items()}
        view = View.read(words, looking.content, self._site.today())
        intents = [trigger.intent for trigger in flow.triggers]
        chosen = words.get("intent", "")
        setup = Setup(
            flow=flow.id,
            language=view.language,
            nationality=view.nationality,
            day=view.day,
            intent=chosen if chosen in intents else next(iter(intents), None),
            desk=words.get("desk", "yes") != "no",
        )
        policy = await self._ears.policy(self._policy)
        name = secrets.token_urlsafe(12)
        self._talks[name] = begin(looking.edition, setup, policy)
        while len(self._talks) > MOST_TALKS:
            self._talks.popitem(last=False)
        raise web.HTTPSeeOther(view.url(f"/play/{name}"))

    async def show(self, request: web.Request) -> web.Response:
        """Show a talk."""
        looking = await self._site.look(request)
        name = request.match_info["talk"]
        talk = self._talks.get(name)
        if talk is None:
            return self._site.not_found(looking)
        self._talks.move_to_end(name)
        return self._site.page(
            looking,
            "play.html",
            "/flows",
            name=name,
            talk=talk,
            flow=looking.edition.flows.flows.get(talk.setup.flow),
            flows=looking.edition.flows.flows,
            hears=self._ears.are_there,
            draws=self._draws,
            newest_first=[(turn, _steps(turn)) for turn in reversed(talk.turns)],
        )

    async def go_on(self, request: web.Request) -> web.Response:
        """Take a pressed button or a text."""
        looking = await self._site.look(request)
        name = request.match_info["talk"]
        talk = self._talks.get(name)
        if talk is None:
            return self._site.not_found(looking)
        form = await request.post()
        await self._take(looking, talk, str(form.get("press", "")), str(form.get("text", "")))
        raise web.HTTPSeeOther(looking.view.url(f"/play/{name}"))

    async def _take(self, looking: Looking, talk: Talk, pressed: str, text: str) -> None:
        title = talk.titles().get(pressed)
        if title is not None:
            policy = await self._ears.policy(self._policy)
            act = Act(TurnInput(payload=pressed, kind=Kind.BUTTON), title)
            take(talk, looking.edition, act, policy)
        elif text.strip() and self._ears.are_there:
            text = text.strip()[:LONGEST_TEXT]
            heard = await self._ears.hear(talk, text, self._policy)
            if heard is not None:
                policy = await self._ears.policy(self._policy)
                take(talk, looking.edition, heard, policy)

    @property
    def _draws(self) -> bool:
        return self._draw is not None


def _steps(turn: Played) -> list[Step]:
    return [_step(event) for event in turn.events]


def _step(event: Event) -> Step:
    match event:
        case Said():
            return Step("said the phrase", event.phrase, f"/phrases/{event.phrase}")
        case Answered():
            return Step("gave the answer", event.topic, f"/answers/{event.topic}")
        case MissionShown():
            return Step("showed the entry", event.mission_id, f"/facts/{event.mission_id}")
        case HumanCalled():
            urgent = "called a human at once, for" if event.urgent else "called a human, for"
            return Step(urgent, event.reason)
        case LanguageChanged():
            return Step("changed the language to", event.language)
    return Step("asked the line to erase", "everything")


def _drawing() -> Draw | None:
    """What draws flows, where it is there."""
    try:
        module = importlib.import_module("bot.cli.flows.drawing")
    except ImportError:
        return None
    draw: Draw = module.svg
    return draw
