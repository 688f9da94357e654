"""Whatever a Rasa server does, the client answers well or says so, in time."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.nlu.rasa import RasaClient, RasaError, read_answer

INTENTS = ("greet", "held_captive")
GOOD: dict[str, Any] = {
    "text": "x",
    "intent": {"name": "held_captive", "confidence": 0.75},
    "intent_ranking": [
        {"name": "held_captive", "confidence": 0.75},
        {"name": "greet", "confidence": 0.25},
    ],
    "urgency": 0.9,
    "entities": [],
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def _server(
    handler: Handler, *, token: str | None = None, clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[RasaClient]:
    application = web.Application()
    application.router.add_post("/model/parse", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    client = RasaClient(f"http://127.0.0.1:{port}", INTENTS, token=token, timeout=0.5, clock=clock)
    try:
        yield client
    finally:
        await client.close()
        await runner.cleanup()


def _says(body: str | bytes, status: int = 200) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        raw = body.encode() if isinstance(body, str) else body
        return web.Response(body=raw, status=status)

    return handler


async def test_a_good_answer_is_read_and_the_token_sent() -> None:
    seen: list[tuple[str, Any]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append((request.query["token"], await request.json()))
        return web.json_response(GOOD)

    async with _server(handler, token="s&cret") as client:
        judgement = await client.judge("  /Tolong\0  saya ")
    assert judgement.ranking[0].name == "held_captive"
    assert judgement.urgency == pytest.approx(0.9)
    assert seen == [("s&cret", {"text": "Tolong saya"})]


def _with(**changes: object) -> str:
    return json.dumps({**GOOD, **changes})


BAD_ANSWERS: dict[str, tuple[str | bytes, int]] = {
    "an error": ("{}", 500),
    "refused": ("{}", 401),
    "a redirect": ("", 302),
    "no body": ("", 200),
    "not JSON": ("<html>", 200),
    "half of it": (json.dumps(GOOD)[:40], 200),
    "not UTF-8": (b"\xff\xfe\xff", 200),
    "a list": ("[]", 200),
    "a number": ("7", 200),
    "no intent": (_with(intent=None), 200),
    "an intent without a name": (_with(intent={"confidence": 0.75}), 200),
    "a list as name": (_with(intent={"name": [], "confidence": 0.75}), 200),
    "an unknown intent": (_with(intent={"name": "buy_shoes", "confidence": 0.75}), 200),
    "no ranking": (_with(intent_ranking=[]), 200),
    "a short ranking": (_with(intent_ranking=GOOD["intent_ranking"][:1]), 200),
    "a double ranking": (_with(intent_ranking=GOOD["intent_ranking"][:1] * 2), 200),
    "a ranking out of order": (
        _with(intent=GOOD["intent_ranking"][1], intent_ranking=GOOD["intent_ranking"][::-1]),
        200,
    ),
    "another first": (_with(intent={"name": "greet", "confidence": 0.75}), 200),
    "NaN": (_with(urgency=float("nan")), 200),
    "infinity": (_with(urgency=float("inf")), 200),
    "overflow": (json.dumps(GOOD).replace("0.9", "1e999"), 200),
    "a huge integer": (json.dumps(GOOD).replace("0.9", "9" * 400), 200),
    "an integer beyond reading": (json.dumps(GOOD).replace("0.9", "9" * 10_000), 200),
    "below zero": (_with(urgency=-0.1), 200),
    "a word as urgency": (_with(urgency="0.9"), 200),
    "true as urgency": (_with(urgency=True), 200),
    "no urgency": (_with(urgency=None), 200),
    "nested too deep": ("[" * 200_000, 200),
    "50 MB": (b"x" * 50_000_000, 200),
}


@pytest.mark.parametrize("name", sorted(BAD_ANSWERS))
async def test_a_bad_answer_is_a_failure(name: str) -> None:
    body, status = BAD_ANSWERS[name]
    async with _server(_says(body, status)) as client:
        with pytest.raises(RasaError):
            await client.judge("hello")


async def test_a_silent_server_costs_the_time_out_and_no_more() -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        raise AssertionError

    async with _server(handler) as client:
        started = time.monotonic()
        with pytest.raises(RasaError):
            await client.judge("hello")
        assert time.monotonic() - started < 8


async def test_an_answer_that_drips_is_cut_off() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(200):
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response

    async with _server(handler) as client:
        started = time.monotonic()
        with pytest.raises(RasaError):
            await client.judge("hello")
        assert time.monotonic() - started < 8


async def test_nobody_listening_is_a_failure_that_does_not_tell_the_token() -> None:
    client = RasaClient("http://127.0.0.1:9", INTENTS, token="s3cret", timeout=0.5)
    try:
        with pytest.raises(RasaError) as caught:
            await client.judge("hello")
    finally:
        await client.close()
    assert "s3cret" not in repr(caught.value)
    assert caught.value.__cause__ is None


async def test_after_five_failures_the_server_is_left_alone_and_later_tried_again() -> None:
    now, calls, healthy = [0.0], [0], [False]

    async def handler(_: web.Request) -> web.StreamResponse:
        calls[0] += 1
        return web.json_response(GOOD) if healthy[0] else web.Response(status=500)

    async with _server(handler, clock=lambda: now[0]) as client:
        for _ in range(8):
            with pytest.raises(RasaError):
                await client.judge("hello")
        assert calls == [5]
        now[0], healthy[0] = 60.0, True
        await client.judge("hello")
        await client.judge("hello")
        assert calls == [7]


def test_a_good_answer_of_whole_numbers_is_good() -> None:
    answer = json.loads(json.dumps(GOOD))
    answer["intent"]["confidence"] = answer["intent_ranking"][0]["confidence"] = 1
    answer["intent_ranking"][1]["confidence"] = 0
    assert read_answer(json.dumps(answer).encode(), INTENTS).ranking[0].confidence == 1.0
