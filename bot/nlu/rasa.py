"""Client of a Rasa server: `POST /model/parse` with a time-out, a breaker and a strict reader."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final, NoReturn

import aiohttp

from bot.domain.understanding import Intent
from bot.nlu.breaker import Breaker
from bot.nlu.embedded import Judgement
from bot.nlu.text import normalise

TIMEOUT = 2.0
"""Seconds for a whole answer; the export is there at once, so waiting longer helps nobody."""

MAX_ANSWER = 256 * 1024
"""Bytes of an answer that are read at most; a good one has about 4,000."""


class RasaError(Exception):
    """The Rasa server gave no usable answer; the message says why, and never holds text."""


class RasaClient:
    """Asks one Rasa server. Holds a connection pool: `close` it."""

    def __init__(
        self,
        url: str,
        intents: Collection[str],
        *,
        token: str | None = None,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connect to nothing yet. `intents` are those that an answer may name."""
        self._url = url.rstrip("/") + "/model/parse"
        self._query = {"token": token} if token else {}
        self._intents = frozenset(intents)
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None
        self.breaker: Final = Breaker(clock)

    async def judge(self, text: str) -> Judgement:
        """Intent and urgency of a text. Raises RasaError, in time, if anything goes wrong."""
        if not self.breaker.may_call():
            raise RasaError("left alone after failures")
        try:
            judgement = read_answer(await self._post(normalise(text)), self._intents)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self.breaker.failed()
            # Without "from": aiohttp's errors quote the address, and with it the token.
            raise RasaError(type(error).__name__) from None
        except RasaError:
            self.breaker.failed()
            raise
        except asyncio.CancelledError:
            self.breaker.abandoned()
            raise
        self.breaker.succeeded()
        return judgement

    async def close(self) -> None:
        """Close the connections; the client can't be used afterwards."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, text: str) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
            )
        async with self._session.post(
            self._url, params=self._query, json={"text": text}, allow_redirects=False
        ) as response:
            if response.status != 200:  # noqa: PLR2004 - OK
                raise RasaError(f"status {response.status}")
            body = bytearray()
            async for chunk in response.content.iter_chunked(16 * 1024):
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise RasaError("answer too long")
            return bytes(body)


def read_answer(body: bytes, intents: Collection[str]) -> Judgement:
    """Read an answer of `/model/parse`. Raises RasaError unless it has exactly the right shape."""
    try:
        answer = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise RasaError("not JSON") from None
    if not isinstance(answer, Mapping):
        raise RasaError("not an object")
    ranking = answer.get("intent_ranking")
    if not isinstance(ranking, list) or not ranking:
        raise RasaError("no ranking")
    ranked = tuple(_intent(item, intents) for item in ranking)
    if _intent(answer.get("intent"), intents) != ranked[0]:
        raise RasaError("the intent is not the first of the ranking")
    if len({intent.name for intent in ranked}) != len(intents):
        raise RasaError("the ranking does not hold every intent once")
    if any(a.confidence < b.confidence for a, b in itertools.pairwise(ranked)):
        raise RasaError("the ranking is not in order")
    return Judgement(ranked, _probability(answer.get("urgency")))


def _intent(item: object, intents: Collection[str]) -> Intent:
    if not isinstance(item, Mapping) or not isinstance(name := item.get("name"), str):
        raise RasaError("no intent")
    if name not in intents:
        raise RasaError("an unknown intent")
    return Intent(name, _probability(item.get("confidence")))


def _probability(value: object) -> float:
    # The comparison is false for NaN, and safe for integers too large for a float.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise RasaError("not a probability")
    return float(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
