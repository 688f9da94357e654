"""A saved file is live in seconds in every process, breaks no conversation, and stops no start."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot import app
from bot.publishing.edition import EditionRefused, Press
from bot.publishing.reading import Files
from bot.storage.database import EmbeddedServer, migrate
from tests.support.editions import small_copy, whole_copy
from tests.support.line import LineProcess, eventually, running, settings
from tests.support.parts import private_directory

TOKEN = "a-token-of-the-tests"
LIVE = 15.0
"""Seconds in which an edit must be live, while other tests keep the machine busy. It takes less
than two on one that has nothing else to do; the test prints what it took."""
OLD, NEW = ("+85512813282", "+855 12 813 282"), ("+85512813283", "+855 12 813 283")
"""The embassy's number as the file has it, and as people read it."""


class Phone:
    """Somebody in the web chat of a line."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._key = secrets.token_hex(32)
        self._read = 0

    async def ask(self, *payloads: str) -> str:
        """Press buttons one after the other; what the last one is answered."""
        said = ""
        for payload in payloads:
            body = {
                "id": secrets.token_hex(8), "kind": "button", "text": payload, "key": self._key
            }  # fmt: skip
            async with self._http.post("/chat/messages", json=body) as answer:
                assert answer.status == 202
            said = await self._next()
        return said

    async def _next(self) -> str:
        async with asyncio.timeout(30):
            while True:
                async with self._http.get("/chat/messages") as answer:
                    shown = (await answer.json())["messages"]
                said = [message["text"] for message in shown if message["from"] == "line"]
                if len(said) > self._read:
                    self._read = len(said)
                    return str(said[-1])
                await asyncio.sleep(0.05)


@asynccontextmanager
async def phone(url: str) -> AsyncIterator[Phone]:
    jar = aiohttp.CookieJar(unsafe=True)
    address = {"X-Forwarded-For": f"2001:db8:{secrets.token_hex(2)}::1"}
    async with aiohttp.ClientSession(url, cookie_jar=jar, headers=address) as http:
        yield Phone(http)


async def _number_of_the_embassy(url: str) -> str:
    async with phone(url) as somebody:
        return await somebody.ask("/embassy_contact", "/SetSlots(nationality=ID)")


async def _version(url: str) -> str:
    ours = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=ours) as http, http.get(f"{url}/healthz") as answer:
        return str((await answer.json())["content"]["version"])


@pytest.fixture
def directory() -> Iterator[Path]:
    with private_directory() as found:
        yield found


def _edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, before
    path.write_text(text.replace(before, after), encoding="utf-8")


async def _address(line: LineProcess) -> str:
    def shown() -> list[str]:
        return re.findall(r"Web chat +(http://\S+)/", line.log.read_text(encoding="utf-8"))

    await eventually(shown, 60, "it is up")
    return shown()[0]


async def test_an_edit_is_live_in_every_process_in_seconds(directory: Path) -> None:
    files = whole_copy(directory)
    server = EmbeddedServer(directory)
    async with AsyncExitStack() as stack:
        url = await asyncio.to_thread(server.start)
        stack.push_async_callback(asyncio.to_thread, server.stop)
        await asyncio.to_thread(migrate, url)
        lines, addresses = [], []
        for name in ("one", "two"):
            line = LineProcess(
                directory,
                HELPLINE_DATABASE_URL=url,
                HELPLINE_METRICS_TOKEN=TOKEN,
                HELPLINE_CONTENT_DIR=str(files.content),
                HELPLINE_FLOWS_DIR=str(files.flows),
            )
            line.log = directory / f"{name}.log"
            await line.start()
            stack.callback(line.kill)
            lines.append(line)
            addresses.append(await _address(line))
        first = {await _version(address) for address in addresses}
        assert len(first) == 1
        assert OLD[1] in await _number_of_the_embassy(addresses[0])

        began = time.monotonic()
        _edit(files.content / "directory" / "missions.yml", OLD[0], NEW[0])
        took = [await _until_not(address, first, began) for address in addresses]
        print(f"live after {', '.join(f'{seconds:.2f}' for seconds in took)} s")  # noqa: T201
        assert {await _version(address) for address in addresses}.isdisjoint(first)

        turned = [_turns(line) for line in lines]
        for number in range(40):  # whoever is free takes a turn, so both soon have
            said = await _number_of_the_embassy(addresses[number % 2])
            assert NEW[1] in said
            assert OLD[1] not in said
            if all(_turns(line) > before for line, before in zip(lines, turned, strict=True)):
                break
        else:
            pytest.fail("one process took no turn")
        await eventually(
            lambda: all("An edit is live now" in line.log.read_text() for line in lines),
            what="it is said on both terminals",
        )
        assert [await line.stop() for line in lines] == [0, 0]


async def _until_not(address: str, versions: set[str], began: float) -> float:
    """Wait until an edit is live; how long that took."""
    while await _version(address) in versions:
        assert time.monotonic() - began < LIVE
        await asyncio.sleep(0.02)
    return time.monotonic() - began


def _turns(line: LineProcess) -> int:
    return line.log.read_text(encoding="utf-8").count('"turn_taken"')


@asynccontextmanager
async def _line(directory: Path, files: Files) -> AsyncIterator[tuple[app.App, str]]:
    found = settings(directory, content_dir=files.content, flows_dir=files.flows)
    async with running(found) as (line, url):
        yield line, url


SECOND, THIRD = "      - collect: offer_travel\n", "      - collect: offer_secret\n"


async def test_a_conversation_in_the_middle_of_a_flow_goes_on_as_it_began(
    directory: Path,
) -> None:
    files = small_copy(directory / "edited")
    async with _line(directory, files) as (line, url), phone(url) as early, phone(url) as late:
        press = line.runtime.press
        before = press.edition.version
        assert "First:" in await early.ask("/job_offer_check")
        _edit(files.flows / "job_offer.yml", SECOND + THIRD, THIRD + SECOND.rstrip("\n") + "\n")
        await eventually(lambda: press.edition.version != before, LIVE, "the edit is live")
        assert "First:" in await late.ask("/job_offer_check")
        assert "Third:" in await late.ask("/SetSlots(offer_pay=no)")
        assert "Second:" in await early.ask("/SetSlots(offer_pay=no)")
        assert "Third:" in await early.ask("/SetSlots(offer_travel=no)")


async def test_the_page_of_the_web_chat_follows_an_edit(directory: Path) -> None:
    files = small_copy(directory / "edited")
    async with _line(directory, files) as (line, url), aiohttp.ClientSession(url) as http:
        before = line.runtime.press.edition.version
        _edit(files.content / "phrases" / "en.yml", 'webchat_leave: "', 'webchat_leave: "Xyz ')
        async with http.get("/") as answer:
            assert '"Xyz ' not in await answer.text()
        await eventually(
            lambda: line.runtime.press.edition.version != before, LIVE, "the edit is live"
        )
        async with http.get("/") as answer:
            assert '"Xyz ' in await answer.text()


async def test_whoever_could_not_listen_hears_again(directory: Path) -> None:
    files = small_copy(directory / "edited")
    async with _line(directory, files) as (line, _):
        press, heard = line.runtime.press, []
        before = press.edition.version

        async def hear(told: Press) -> None:
            heard.append(told.edition.version)
            if len(heard) == 1:
                raise ConnectionError

        press.listeners.append(hear)
        _edit(files.content / "directory" / "missions.yml", OLD[0], NEW[0])
        await eventually(lambda: len(heard) == 2, LIVE, "it heard twice")
        assert heard == [press.edition.version] * 2
        assert before not in heard


async def test_a_line_that_had_to_begin_with_a_worse_text_lets_others_be_mended(
    directory: Path,
) -> None:
    files = small_copy(directory / "edited")
    worse = files.content / "answers" / "passport_missing" / "en.md"
    _edit(worse, "A lost or taken", "<b>A lost or taken</b>")
    async with _line(directory, files) as (line, url):
        press = line.runtime.press
        assert not press.refused
        _edit(files.content / "directory" / "missions.yml", OLD[0], NEW[0])
        first = press.edition.version
        await eventually(lambda: press.edition.version != first, LIVE, "the number is live")
        assert NEW[1] in await _number_of_the_embassy(url)
        _edit(worse, "Your embassy", "<i>Your embassy</i>")
        await eventually(lambda: bool(press.refused), LIVE, "what makes it worse is refused")


async def test_a_restart_with_a_broken_file_goes_on_with_the_last_good_edition(
    directory: Path,
) -> None:
    files = small_copy(directory / "edited")
    async with _line(directory, files) as (line, _):
        good = line.runtime.press.edition.version
    _edit(files.content / "directory" / "missions.yml", f"'{OLD[0]}'", f"'{NEW[0]}")
    async with _line(directory, files) as (line, url):
        press = line.runtime.press
        assert press.edition.version == good
        assert {problem.file for problem in press.refused} == {"content/directory/missions.yml"}
        assert OLD[1] in await _number_of_the_embassy(url)
        _edit(files.content / "directory" / "missions.yml", f"'{NEW[0]}", f"'{NEW[0]}'")
        await eventually(lambda: not press.refused, LIVE, "it is mended")
        assert press.edition.version != good
        assert NEW[1] in await _number_of_the_embassy(url)


async def test_without_a_last_good_edition_a_line_does_not_start_with_broken_files(
    directory: Path,
) -> None:
    files = small_copy(directory / "edited")
    _edit(files.content / "directory" / "missions.yml", f"'{OLD[0]}'", f"'{NEW[0]}")
    with pytest.raises(EditionRefused, match=r"content/directory/missions\.yml:\d+"):
        async with _line(directory, files):
            pass
