"""The web chat's server under attack: every hostile request is refused, and changes nothing."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from limits import RateLimitItemPerHour
from yarl import URL

from bot import app
from bot.channels.webchat import pace, server
from bot.storage.conversations import Conversation
from bot.storage.messages import Message
from tests.support.webchat import Line, Phone, line_with_web_chat, take_replies

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGEST_PAGE = 60_000
OWN_HEADERS = {"Content-Type", "Content-Length", "Content-Encoding", "Date", "Connection"}
"""Headers that say nothing about us; beside them only `app.SECURITY_HEADERS` are sent."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line() -> AsyncIterator[Line]:
    async with line_with_web_chat() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def phone(line: Line) -> AsyncIterator[Phone]:
    async with Phone(line) as one:
        yield one


async def test_the_whole_page_is_under_60_kb_and_names_no_other_site(phone: Phone) -> None:
    size, texts = 0, ""
    for path in ("/", "/chat.css", "/chat.js", "/favicon.ico"):
        async with phone.http.get(path) as answer:
            body = await answer.read()
            size += int(answer.headers.get("Content-Length", len(body)))  # as it travels
        texts += body.decode()
    assert size < LARGEST_PAGE
    assert set(re.findall(r"https?://[^\s\"'<>\\]+", texts)) - {"https?://"} == {server.EXIT}
    assert not phone.http.cookie_jar.filter_cookies(URL(phone.line.url))


async def test_every_kind_of_response_carries_the_security_headers(phone: Phone) -> None:
    await phone.send("hello")
    kinds: list[tuple[str, str, dict[str, Any], int]] = [
        ("GET", "/", {}, 200),
        ("HEAD", "/", {}, 200),
        ("GET", "/chat.css", {}, 200),
        ("GET", "/chat.js", {}, 200),
        ("GET", "/favicon.ico", {}, 204),
        ("GET", "/chat/messages", {}, 200),
        ("GET", "/chat/events", {}, 200),
        ("GET", "/nothing", {}, 404),
        ("DELETE", "/chat/messages", {}, 405),
        ("OPTIONS", "/chat/messages", {}, 405),
        ("POST", "/chat/messages", {"json": {}, "headers": {"Origin": "https://a.example"}}, 403),
        ("POST", "/chat/messages", {"data": b"x" * 900_000}, 415),
        ("POST", "/chat/messages", {"json": "x" * 50_000}, 413),
        ("POST", "/chat/messages", {"json": {}}, 400),
        ("POST", "/chat/leave", {"json": {}}, 200),
        ("GET", "/chat/events", {}, 404),
    ]
    for method, path, options, status in kinds:
        async with phone.http.request(method, path, **options) as answer:
            assert answer.status == status, (method, path)
            for name, value in app.SECURITY_HEADERS.items():
                assert answer.headers.getall(name) == [value], (method, path, name)
            more = {"Set-Cookie", "Clear-Site-Data"} if path == "/chat/leave" else set()
            more |= {"Allow"} if status == 405 else set()
            more |= {"X-Accel-Buffering", "Transfer-Encoding"} if path == "/chat/events" else set()
            more |= {"Vary", "Transfer-Encoding"} if status == 200 else set()
            assert set(answer.headers) <= OWN_HEADERS | app.SECURITY_HEADERS.keys() | more


async def test_the_policy_is_closed() -> None:
    policy = app.SECURITY_HEADERS["Content-Security-Policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["base-uri"] == rules["form-action"] == rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy
    assert app.SECURITY_HEADERS["Cache-Control"] == "no-store"
    assert app.SECURITY_HEADERS["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("https", [False, True])
async def test_the_first_message_gives_a_cookie_that_no_script_and_no_other_site_can_use(
    line: Line, *, https: bool
) -> None:
    headers = {"X-Forwarded-Proto": "https"} if https else {}
    async with Phone(line, headers=headers) as phone:
        for path in ("/", "/chat/messages"):
            async with phone.http.get(path) as answer:
                assert "Set-Cookie" not in answer.headers
        [cookie] = (await phone.send("hello")).headers.getall("Set-Cookie")
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        token = cookie.partition("=")[2].partition(";")[0]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert cookie.startswith("__Host-chat=" if https else "chat=")
    path = "path=/" if https else "path=/chat"
    assert parts == {"httponly", "samesite=strict", path} | ({"secure"} if https else set())


async def test_a_second_message_gives_no_new_cookie(phone: Phone) -> None:
    await phone.send("hello")
    assert "Set-Cookie" not in (await phone.send("hello again")).headers
    assert await phone.texts() == ["hello", "hello again"]


async def test_nobody_reads_the_conversation_of_another(line: Line, phone: Phone) -> None:
    await phone.send("only mine")
    token = phone.token
    guesses = [
        "", "x", "A" * 43, token[:-1], token + "A", token.swapcase(), f"{token}%00",
        "' OR 1=1 --", "../" + token, "\udcff" * 43, "*", "null", "chat",
    ]  # fmt: skip
    for guess in guesses:
        async with Phone(line) as other:
            cookie = {"Cookie": f"chat={guess}"}
            async with other.http.get("/chat/messages", headers=cookie) as answer:
                assert (await answer.json()) == {"chat": "", "messages": []}
            async with other.http.get("/chat/events", headers=cookie) as answer:
                assert answer.status == 404
    async with Phone(line) as other:
        await other.send("hello")
        async with other.watching() as events:
            await take_replies(events, 1)
        assert await other.texts() == ["hello"]
    assert await phone.texts() == ["only mine"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_can_neither_write_nor_read_nor_leave(
    phone: Phone, headers: dict[str, str]
) -> None:
    await phone.send("hello")
    before = await phone.line.count(Message)
    body = {"id": "12345678", "text": "forged"}
    for method, path in (
        ("POST", "/chat/messages"),
        ("POST", "/chat/leave"),
        ("GET", "/chat/messages"),
        ("GET", "/chat/events"),
    ):
        sent = body if method == "POST" else None
        async with phone.http.request(method, path, headers=headers, json=sent) as answer:
            assert answer.status == 403
    assert "forged" not in await phone.texts()
    assert await phone.line.count(Message) >= before


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""],
)
async def test_what_a_form_can_send_is_refused(phone: Phone, content_type: str) -> None:
    body = json.dumps({"id": "12345678", "text": "forged"}).encode()
    for path in ("/chat/messages", "/chat/leave"):
        async with phone.http.post(
            path, data=body, headers={"Content-Type": content_type}
        ) as answer:
            assert answer.status == 415


HOSTILE_BODIES: list[bytes] = [
    b"", b"{", b"[]", b"null", b"1", b'"text"', b"\xff\xfe\x00", b"NaN", b"{}",
    b"[" * 39_000, b'{"a":' * 7_000, b"9" * 30_000,
    *(
        json.dumps(body).encode()
        for body in (
            {"text": "x"}, {"id": "12345678"}, {"id": "short", "text": "x"},
            {"id": "1234567 ", "text": "x"}, {"id": "a" * 65, "text": "x"},
            {"id": 12345678, "text": "x"}, {"id": ["12345678"], "text": "x"},
            {"id": "12345678", "text": ""}, {"id": "12345678", "text": " \n\t"},
            {"id": "12345678", "text": "x" * 4001}, {"id": "12345678", "text": None},
            {"id": "12345678", "text": {"x": 1}}, {"id": "12345678", "text": "x", "kind": []},
            {"id": "12345678", "text": "x", "kind": {}}, {"id": "12345678", "text": "x", "kind": 1},
            {"id": "12345678", "text": "x", "kind": "photo"},
            {"id": "12345678", "text": "x", "kind": None},
            {"id": "12345678", "text": "", "kind": "button"},
            {"id": "12345678", "text": "", "kind": "command"},
            {"id": "../../etc", "text": "x"}, {"id": "1234567\n", "text": "x"},
        )
    ),
]  # fmt: skip


async def test_malformed_and_oversized_bodies_are_refused_and_store_nothing(phone: Phone) -> None:
    before = await phone.line.count(Message), await phone.line.count(Conversation)
    as_json = {"Content-Type": "application/json"}

    async def status(body: object, **headers: str) -> int:
        async with phone.http.post(
            "/chat/messages", data=body, headers=as_json | headers
        ) as answer:
            return answer.status

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 10_000

    for body in HOSTILE_BODIES:
        assert await status(body) == 400, body[:80]
    assert await status(b" " * 50_000) == 413
    assert await status(chunks()) == 413
    assert await status(b"no gzip", **{"Content-Encoding": "gzip"}) == 400
    assert (await phone.line.count(Message), await phone.line.count(Conversation)) == before


async def test_the_same_id_twice_is_one_message(phone: Phone) -> None:
    for _ in range(3):
        assert (await phone.send("hello", id="same-id-0")).status == 202
    assert await phone.texts() == ["hello"]


async def test_a_first_message_whose_answer_was_lost_is_one_message_when_sent_again(
    phone: Phone,
) -> None:
    before = await phone.line.count(Conversation)
    for _ in range(3):
        phone.http.cookie_jar.clear()  # the answer, and the cookie with it, never arrived
        assert (await phone.send("hello", id="same-id-0")).status == 202
    assert await phone.texts() == ["hello"]
    assert await phone.line.count(Conversation) == before + 1


async def test_the_31st_message_in_a_minute_waits_and_is_not_lost(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await phone.send("text 0")
    for number in range(1, 31):
        assert (await phone.send(f"text {number}")).status == 202
    late = await phone.send("text 31", id="late-one")
    assert late.status == 429
    assert 1 <= int(late.headers["Retry-After"]) <= 60
    _a_minute_passes(monkeypatch)
    assert (await phone.send("text 31", id="late-one")).status == 202
    assert await phone.texts() == [f"text {number}" for number in range(32)]


async def test_new_pages_of_one_address_are_slowed_down_and_those_of_others_are_not(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pace.NEW_PAGES.amount == 120
    monkeypatch.setattr(server, "NEW_PAGES", RateLimitItemPerHour(3, namespace="of_test"))
    statuses = []
    for number in range(4):  # one network of IPv6 is one address; what it invents is not read
        async with Phone(line, address=f"10.0.0.{number}, 2001:db8:abcd::{number}") as phone:
            statuses.append((await phone.send("hello")).status)
            if number == 0:
                known = await phone.send("again")
    assert statuses == [202, 202, 202, 429]
    assert known.status == 202
    async with Phone(line, address="2001:db8:abce::1") as phone:
        assert (await phone.send("hello")).status == 202


async def test_reading_is_limited_too(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    await phone.send("hello")
    for _ in range(pace.READS.amount):
        await phone.history()
    for path in ("/chat/messages", "/chat/events"):
        async with phone.http.get(path) as answer:
            assert answer.status == 429
            assert int(answer.headers["Retry-After"]) >= 1
    _a_minute_passes(monkeypatch)
    assert await phone.texts() == ["hello"]


async def test_of_many_streams_the_oldest_ends(phone: Phone) -> None:
    await phone.send("hello")
    async with phone.watching() as oldest:
        opened = [phone.watching() for _ in range(pace.STREAMS)]
        for stream in opened:
            await stream.__aenter__()
        async for _ in oldest:
            pass  # it ends, or the time is out
        for stream in opened:
            await stream.__aexit__(None, None, None)


@pytest.mark.parametrize(
    "path",
    [
        "/../server.py", "/page/chat.js", "/chat.css/../server.py", "/%2e%2e/server.py",
        "/..%2fserver.py", "/%2e%2e%2f%2e%2e%2fetc/passwd", "//etc/passwd", "/chat.js%00.css",
        "/chat/../../settings.py", "/....//server.py", "/%c0%ae%c0%ae/server.py", "/.env",
        "/chat.css.map", "/static/../.git/config", "/index.html", "/chat", "/chat/",
        "/..\\server.py", "/chat/messages/1", "/%252e%252e/server.py",
    ],
)  # fmt: skip
async def test_nothing_lies_outside_the_few_routes(phone: Phone, path: str) -> None:
    async with phone.http.get(URL(phone.line.url + path, encoded=True)) as answer:
        assert answer.status == 404


def _a_minute_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the limits alone."""
    later = SimpleNamespace(time=lambda: time.time() + 61)
    monkeypatch.setattr("limits.aio.storage.memory.time", later)
