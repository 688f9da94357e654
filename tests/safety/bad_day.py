"""A day on which everything is written, everything fails, and nothing may leave a trace."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
from psycopg import sql

from bot.settings import ROOT
from tests.safety.canaries import CONTROL, KHMER, MARK, POISON, Search, as_bytes
from tests.support.line import KEY, LineProcess, eventually
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.telegram_simulator.simulator import TelegramSimulator

TOKEN = f"4242:{MARK}TOKEN"
SECRET = f"{MARK}-webhook-secret"
METRICS_TOKEN = f"{MARK}-metrics-token"
PHONE = "85577192836"
LATITUDE, LONGITUDE = 13.371942, 103.864217
FIRST_ID = 7_918_264_503
LOG, SERVER_LOG = "stdout and stderr", "PostgreSQL's log"
TABLES, QUEUED_TABLES = "tables", "tables while jobs wait"
FILES, FILES_AT_REST = "files while it runs", "files after it ended"
METRICS, HEALTH, ANSWERS = "/metrics", "/healthz", "answers to strangers"

_ADDRESS = re.compile(rb"Web chat +(http://\S+)/\n")
_ELSEWHERE = re.compile(r"^(line\.log|postgres/log|postgres/base/[14]/.*)$")
"""The logs, which are looked at by themselves, and two databases that nobody can write to."""


@dataclass
class Day:
    """What is left of the day."""

    search: Search = field(default_factory=Search)
    statuses: dict[str, int] = field(default_factory=dict)
    """Proofs that what should have happened did, as counts."""
    server_environment: bytes = b""


class LeakyLine(LineProcess):
    """A line whose libraries say aloud what they are given."""

    async def start(self, **_: object) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.safety.leaky_line",
                env=self._environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    async def address(self, starts: int) -> str:
        """Its web address, once it has started so often."""
        await eventually(lambda: len(self._addresses()) == starts, 40, "the line is ready")
        return self._addresses()[-1]

    def _addresses(self) -> list[str]:
        return [found.decode() for found in _ADDRESS.findall(self.log.read_bytes())]


@dataclass
class _Scene:
    simulator: TelegramSimulator
    directory: Path
    day: Day
    people: list[SimulatedUser] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"postgresql://postgres:@/postgres?host={self.directory}/postgres"

    def person(self, number: int, **details: Any) -> SimulatedUser:  # noqa: ANN401
        person = self.simulator.user(
            first_name=f"{MARK}First{number}",
            last_name=f"{KHMER}Last{number}",
            username=f"{MARK}_user{number}",
            **details,
        )
        self.day.search.number(f"user id {number}", person.id)
        self.people.append(person)
        return person

    async def settled(self, seconds: float = 40) -> None:
        """Wait until everything that was written is stored, turned and sent."""
        updates = self.simulator.telegram.updates
        await eventually(lambda: not (updates.pending or updates.repeats), seconds, "all taken")
        await eventually(lambda: self.count(_WAITING) == 0, seconds, "nothing waits")

    def count(self, query: str) -> int:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0])

    def execute(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def look_through_tables(self, place: str) -> None:
        """Everything that `pg_dump` would write, and what the server knows beside it."""
        with psycopg.connect(self.url) as connection:
            names = connection.execute(
                "SELECT schemaname, tablename FROM pg_tables "
                "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            views = [("pg_catalog", name) for name in ("pg_stats", "pg_stat_activity")]
            for schema, name in [*names, *views]:
                table = sql.Identifier(schema, name)
                for row in connection.execute(sql.SQL("SELECT * FROM {}").format(table)):
                    for value in row:
                        self.day.search.look(place, as_bytes(value))

    def look_through_files(self, place: str) -> None:
        self.day.search.look_through(place, self.directory, leave_out=_ELSEWHERE)


_WAITING = """SELECT count(*) FROM messages WHERE status IN ('stored', 'queued', 'sending')
              OR EXISTS (SELECT FROM conversations WHERE wiping)"""
_JOBS = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send' AND attempts > 0"
_FAILED = "SELECT count(*) FROM messages WHERE status = 'failed'"
_COUNTS = ("rings", "words", "reminders", "reopened")


async def live(directory: Path) -> Day:
    """Live the day."""
    day = Day()
    for name, secret in _secrets().items():
        day.search.text(name, secret)
    async with TelegramSimulator(token=TOKEN, ledger=directory / "outside.jsonl") as simulator:
        simulator.telegram.world._next_user = FIRST_ID
        inside = directory / "var"
        inside.mkdir(mode=0o711)
        inside.chmod(0o711)
        scene = _Scene(simulator, inside, day)
        desk = simulator.forum()
        port = _free_port()
        for webhook in (False, True):
            line = _line(scene, desk.id, port, webhook=webhook)
            await line.start()
            try:
                address = await line.address(1 + webhook)
                await (_by_webhook if webhook else _by_polling)(scene, address)
                assert await line.stop() == 0
            finally:
                line.kill()
                await line.wait_for_death(10)
                _stop_server(inside)
        scene.look_through_files(FILES_AT_REST)
        log = line.log.read_bytes()
        day.search.look(LOG, log)
        day.statuses["library records"] = log.count(b'"library_event"')
        day.statuses["uncaught errors"] = log.count(b'"uncaught"')
        day.search.look(SERVER_LOG, (inside / "postgres" / "log").read_bytes())
        day.statuses["delivered"] = sum(
            len(simulator.ledger.delivered(person.id)) for person in scene.people
        )
    return day


def _secrets() -> dict[str, str]:
    return {
        "control": CONTROL,
        "a marked text": MARK,
        "a Khmer text": KHMER,
        "a phone number": PHONE,
        "a latitude": str(LATITUDE),
        "a longitude": str(LONGITUDE),
        "the master key": KEY,
        "the start of a reply": "erase this conversation",
    }


def _line(scene: _Scene, desk: int, port: int, *, webhook: bool) -> LeakyLine:
    extra = {"HELPLINE_PUBLIC_URL": f"http://127.0.0.1:{port}"} if webhook else {}
    return LeakyLine(
        scene.directory,
        hurried=False,
        HELPLINE_LOG_LEVEL="DEBUG",
        HELPLINE_TELEGRAM_TOKEN=TOKEN,
        HELPLINE_TELEGRAM_API=scene.simulator.url,
        HELPLINE_TELEGRAM_DESK=str(desk),
        HELPLINE_TELEGRAM_SECRET=SECRET,
        HELPLINE_METRICS_TOKEN=METRICS_TOKEN,
        HELPLINE_PORT=str(port),
        **extra,
    )


async def _by_polling(scene: _Scene, address: str) -> None:
    day, simulator = scene.day, scene.simulator
    server = _server(scene.directory)
    assert server is not None
    day.server_environment = _environment_of(server)
    await _write_everything(scene)
    await scene.settled()
    await _database_fails(scene)
    await _by_web_chat(scene, address)
    await scene.settled()
    day.statuses["failed turns"] = scene.count(_FAILED)
    day.statuses["parked updates"] = scene.count("SELECT count(*) FROM parked_updates")
    scene.execute(
        # Resolved: nobody is called to it.
        f"INSERT INTO cases (id, status, tier, reason, opened_hour, {', '.join(_COUNTS)}, "
        f"card_stale, nobody_said) VALUES (gen_random_uuid(), 'resolved', '{CONTROL}', 'control', "
        f"now(), {', '.join('0' for _ in _COUNTS)}, false, false)",
        f"DO $$ BEGIN RAISE LOG '{CONTROL}'; END $$",
        f"INSERT INTO procrastinate_jobs (task_name, queue_name, args) "
        f"VALUES ('nothing', 'nowhere', '{json.dumps({'row': CONTROL})}')",
        "ANALYZE",
    )
    simulator.faults.fail("sendMessage", 500, times=100_000)
    for person in scene.people[:2]:
        await person.send(f"where is the embassy of kenya {MARK} {KHMER}")
        await person.send(f"they will kill me {MARK}")
    await eventually(lambda: scene.count(_JOBS) > 0, 30, "jobs wait")
    day.statuses["waiting jobs"] = scene.count(_JOBS)
    scene.look_through_tables(QUEUED_TABLES)
    scene.look_through_files(FILES)
    simulator.faults.clear()
    await scene.settled()
    scene.look_through_tables(TABLES)
    ours = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    async with aiohttp.ClientSession(headers=ours) as session:
        for place in (METRICS, HEALTH):
            async with session.get(address + place) as answer:
                assert answer.status == 200
                day.search.look(place, await answer.read())


async def _write_everything(scene: _Scene) -> None:
    """Every kind of thing that a contact can send, each with a mark in it."""
    faults = scene.simulator.faults
    ana = scene.person(1, language_code=f"{MARK}-lang")
    ben = scene.person(2, language_code="id")
    gus = scene.person(9)
    texts = (
        "/start",
        f"/start {MARK}link",
        f"/{MARK} argument {MARK}",
        f"/language {MARK}",
        f"my name is {MARK} {KHMER} and my number is +{PHONE}",
        f"they will kill me {MARK}, I am at {LATITUDE}, {LONGITUDE}",
        f"{POISON} {MARK} {KHMER}",
        f"{MARK} \u202e\u200b" + "a\u0301" * 1500,
    )
    for number, text in enumerate(texts):
        await (ana, gus)[number % 2].send(text)
    faults.duplicate_updates(3)
    await ben.send(f"twice {MARK}")
    faults.duplicate_updates(1)
    await ben.edit(await ben.send(f"before {MARK}"), f"after {MARK} {KHMER}")
    photo = await ben.send_photo(caption=f"caption {MARK} {KHMER}")
    scene.day.search.text("a file id", photo.body["photo"][-1]["file_id"])
    await ben.send_document(name=f"{MARK}.pdf", caption=f"{POISON} {MARK}")
    await ben.send_location(LATITUDE, LONGITUDE)
    await ben.send_contact(f"+{PHONE}", f"{MARK}Friend")
    await scene.settled()
    shown = ben.chat.from_bot[-1]
    await ben.press_stale(shown, f"/SetSlots(name={MARK})")
    await _miss(scene)
    _push_unreadable(scene, ana)
    await _block(scene)
    await _wipe(scene)


async def _miss(scene: _Scene) -> None:
    """Somebody is not understood, and is given an answer that does not help them."""
    eve = scene.person(10)
    await eve.send("/start")
    await eve.send(f"{MARK} zzkt {KHMER} wuggle fnord")
    await eve.send(f"how much is the fine for my overstay visa {MARK}")
    await scene.settled()
    shown = eve.chat.from_bot[-1]
    await eve.press_stale(shown, "/SetSlots(unhelpful=visa_overstay)")
    await eve.press_stale(shown, f"/SetSlots(unhelpful={MARK})")
    await scene.settled()
    scene.day.statuses["missed questions"] = scene.count("SELECT count(*) FROM missed")


def _push_unreadable(scene: _Scene, person: SimulatedUser) -> None:
    """Updates of no shape that anybody knows."""
    updates = scene.simulator.telegram.updates
    for payload in (
        {"message_id": f"{MARK}", "text": f"{MARK} {KHMER}", "from": {"id": person.id}},
        {"message_id": 1, "date": MARK, "chat": {"id": person.id, "type": MARK}, "text": MARK},
    ):
        updates.push("message", payload, queue="odd", chat_id=person.id)


async def _block(scene: _Scene) -> None:
    """Somebody writes, blocks the line before the answer comes, and comes back."""
    cai = scene.person(3)
    await cai.send(f"hello {MARK}")
    await cai.block()
    await scene.settled()
    await cai.unblock()
    await cai.send(f"again {MARK}")


async def _wipe(scene: _Scene) -> None:
    dan = scene.person(4)
    await dan.send(f"my secret {MARK}")
    await dan.send("/wipe")
    asked = await dan.expect(lambda message: bool(message.buttons), timeout=20)
    while "/SetSlots(confirm_wipe=true)" not in {button.data for button in asked.buttons}:
        asked = await dan.expect(lambda message: bool(message.buttons), timeout=20)
    await dan.press(asked, "/SetSlots(confirm_wipe=true)")
    await eventually(
        lambda: scene.count("SELECT count(*) FROM audit WHERE event = 'conversation_wiped'") == 1,
        30,
        "the conversation is wiped",
    )
    scene.day.statuses["wiped"] = 1


async def _database_fails(scene: _Scene) -> None:
    """All connections are cut, again and again, while messages are being handled."""
    people = [scene.person(number) for number in (5, 7, 8)]
    for number in range(9):
        await people[number % 3].send(f"help me {MARK} {KHMER} {number}")
        if number % 3 == 2:
            with contextlib.suppress(psycopg.OperationalError):
                scene.day.statuses["cut connections"] = scene.day.statuses.get(
                    "cut connections", 0
                ) + scene.count(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
        await asyncio.sleep(0.15)
    await scene.settled()


async def _by_web_chat(scene: _Scene, address: str) -> None:
    """The page's own way, and the ways of strangers."""
    headers = {"User-Agent": f"{MARK}-browser", "Referer": f"http://{MARK}.example/{MARK}"}
    async with aiohttp.ClientSession(address, headers=headers) as session:
        body = {"id": f"{MARK}-0001", "text": f"web {MARK} {KHMER}", "key": "0f" * 32}
        async with session.post("/chat/messages", json=body) as answer:
            scene.day.statuses["web chat"] = answer.status
        strange: list[dict[str, Any]] = [
            {"json": {"id": [MARK], "text": {MARK: MARK}, "kind": [MARK]}},
            {"data": f"{{{MARK}", "headers": {"Content-Type": "application/json"}},
            {"json": body, "headers": {"Origin": f"http://{MARK}.example"}},
            {"json": body, "headers": {"Cookie": f"chat={MARK}\udcff; __Host-chat={MARK}"}},
        ]
        for request in strange:
            with contextlib.suppress(aiohttp.ClientError, UnicodeEncodeError):
                async with session.post("/chat/messages", **request) as answer:
                    scene.day.search.look(ANSWERS, await answer.read() + b" ")
        async with session.get(f"/chat/messages/{MARK}?after={MARK}&text={MARK}") as answer:
            scene.day.search.look(ANSWERS, await answer.read() + b" ")


async def _by_webhook(scene: _Scene, address: str) -> None:
    day = scene.day
    await eventually(lambda: scene.simulator.telegram.webhook is not None, 20, "a webhook is set")
    fay = scene.person(6)
    await fay.send(f"by webhook {MARK} {KHMER}")
    await fay.send(f"{POISON} {MARK}")
    _push_unreadable(scene, fay)
    path = f"{address}/telegram/webhook"
    header = "X-Telegram-Bot-Api-Secret-Token"
    requests: list[tuple[dict[str, str], bytes]] = [
        ({}, json.dumps({"update_id": 5, "text": MARK}).encode()),
        ({header: f"{MARK}-guess"}, MARK.encode()),
        ({header: SECRET}, f"no JSON {MARK}".encode()),
        ({header: SECRET}, json.dumps({"update_id": 6, MARK: {MARK: [MARK]}}).encode()),
        ({header: SECRET}, json.dumps({"update_id": 7, "message": f"{MARK}\ud800"}).encode()),
        ({header: SECRET}, b"[" * 100_000 + MARK.encode()),
    ]
    async with aiohttp.ClientSession() as session:
        for headers, body in requests:
            async with session.post(path, data=body, headers=headers) as answer:
                day.search.look(ANSWERS, await answer.read() + b" ")
                name = f"webhook {answer.status}"
                day.statuses[name] = day.statuses.get(name, 0) + 1
    await scene.settled()


def _server(directory: Path) -> int | None:
    """The number of the embedded server's process, if it runs."""
    try:
        return int((directory / "postgres" / "postmaster.pid").read_text().split()[0])
    except FileNotFoundError:
        return None


def _environment_of(process: int) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


def _stop_server(directory: Path) -> None:
    """A line that was killed leaves its server behind."""
    server = _server(directory)
    if server is not None:
        os.kill(server, signal.SIGINT)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
