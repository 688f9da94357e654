"""What all pages share: the files, the templates, and what was chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.cli.content.preview import catalogue, view
from bot.cli.content.preview.catalogue import Catalogue, Mark
from bot.cli.content.preview.newest import Newest, Reader
from bot.cli.content.preview.view import View
from bot.content.library import FALLBACK, Library
from bot.publishing.edition import Edition

HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Looking:
    """One look of somebody: the newest files under what they chose."""

    newest: Newest
    edition: Edition
    catalogue: Catalogue
    view: View

    @property
    def content(self) -> Library:
        """The texts and facts."""
        return self.edition.content


class Site:
    """Makes pages."""

    def __init__(self, reader: Reader, today: Callable[[], date]) -> None:
        self.reader = reader
        self.today = today
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {
            "words": catalogue.WORDS,
            "signs": catalogue.SIGNS,
            "Mark": Mark,
            "country_name": view.country_name,
            "fallback": FALLBACK,
        }

    async def look(self, request: web.Request) -> Looking:
        """Give what somebody looks at.

        Raises:
            HTTPServiceUnavailable: there was no version yet that could be read.
        """
        newest = self.reader.now
        if newest.edition is None:
            raise web.HTTPServiceUnavailable
        chosen = View.read(request.query, newest.edition.content, self.today())
        listed = await self.reader.catalogue(newest.edition, chosen.day)
        return Looking(newest, newest.edition, listed, chosen)

    def page(self, looking: Looking, template: str, here: str, **values: object) -> web.Response:
        """Make a page; `here` is its own path, where a change of the choice leads."""
        directory, chosen = looking.content.directory, looking.view.nationality
        served = set(directory.countries())
        others = {*directory.not_found, *filter(None, [chosen])} - served
        return self._answer(
            template,
            200,
            here=here,
            newest=looking.newest,
            view=looking.view,
            pages=looking.catalogue.pages,
            languages=looking.content.languages,
            language=looking.content.language(looking.view.language),
            english=looking.content.language(FALLBACK),
            served=sorted(served, key=view.country_name),
            others=sorted(others, key=view.country_name),
            **values,
        )

    def nothing_to_show(self) -> web.Response:
        """Make the page for when no version of the files can be read."""
        return self._answer("broken.html", 503, newest=self.reader.now, pages={})

    def not_found(self, looking: Looking) -> web.Response:
        """Make the page for what is not there, or no more."""
        response = self.page(looking, "absent.html", "/")
        response.set_status(404)
        return response

    def _answer(self, template: str, status: int, /, **values: object) -> web.Response:
        text = self._templates.get_template(template).render(**values)
        return web.Response(text=text, content_type="text/html", status=status)
