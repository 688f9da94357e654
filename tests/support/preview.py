"""A preview of files that a test may change, and a browser's way to ask for its pages."""

from __future__ import annotations

import asyncio
import html
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import aiohttp

from bot.cli.content.preview.server import Options, opened
from bot.settings import ROOT

DAY = date(2026, 11, 24)
"""A day on which no fact is past its review."""
FEW = frozenset({"held_captive", "visa_overstay", "emergency_numbers", "embassy_wait"})
"""Topics that are enough for a test of editing: the fewer, the sooner all is judged."""


@dataclass(frozen=True)
class Preview:
    """An open preview, and the files that it shows."""

    url: str
    content: Path
    flows: Path
    session: aiohttp.ClientSession

    async def get(self, path: str, status: int = 200, **headers: str) -> str:
        """Fetch a page."""
        async with self.session.get(self.url + path.lstrip("/"), headers=headers) as response:
            assert response.status == status, path
            return await response.text()

    async def post(self, path: str, status: int = 200, **fields: str) -> tuple[str, str]:
        """Send a form; the page to which it leads, and its text."""
        async with self.session.post(self.url + path.lstrip("/"), data=fields) as response:
            assert response.status == status, path
            return response.url.path_qs, await response.text()

    async def number(self) -> int:
        async with self.session.get(self.url + "now") as response:
            found: dict[str, int] = await response.json()
            return found["number"]

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file of `content/` or `flows/` as an editor saves it."""
        path = self.content.parent / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    async def shows(self, path: str, wanted: str, within: float = 5.0) -> str:
        """Wait until a page holds a text."""
        until = time.monotonic() + within
        while True:
            page = await self.get(path)
            if wanted in words(page):
                return page
            assert time.monotonic() < until, f"{path} does not show it"
            await asyncio.sleep(0.05)


@asynccontextmanager
async def previewed(directory: Path, *, few: bool = True) -> AsyncIterator[Preview]:
    """Open the preview of a copy of the project's texts and flows.

    They are only shown: to judge them, too, would take longer than the tests that look.
    """
    copy(directory, few=few)
    async with showing(directory, judged=False) as preview:
        yield preview


@asynccontextmanager
async def showing(
    directory: Path, *, judged: bool = True, day: date | None = DAY
) -> AsyncIterator[Preview]:
    """Open the preview of the texts and flows in a directory."""
    content, flows = directory / "content", directory / "flows"
    async with (
        aiohttp.ClientSession() as session,
        opened(Options(content, flows, day, judged=judged)) as url,
    ):
        yield Preview(url, content, flows, session)


def copy(directory: Path, *, few: bool = True) -> None:
    """Copy the project's texts and flows, or those of a few topics."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        return set(names) - FEW if few and folder.endswith("/answers") else set()

    shutil.copytree(ROOT / "content", directory / "content", ignore=left_out)
    shutil.copytree(ROOT / "flows", directory / "flows")


def words(page: str) -> str:
    """What a page says, without its marks."""
    return html.unescape(re.sub(r"<[^>]+>", "", page))
