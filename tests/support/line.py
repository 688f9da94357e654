"""A help line for tests: in this process, or as a process of its own that can be killed."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot import app
from bot.settings import ROOT, Settings

KEY = base64.b64encode(bytes(range(32))).decode()


def settings(data_dir: Path, **values: object) -> Settings:
    """Settings that nothing outside the test has a say in."""
    defaults: dict[str, object] = {"data_dir": data_dir, "port": 0, "key": KEY}
    return Settings(_env_file=None, **(defaults | values))  # type: ignore[arg-type]


@asynccontextmanager
async def running(found: Settings) -> AsyncIterator[tuple[app.App, str]]:
    """A whole line in this process; it and its web address."""
    async with app.opened(found) as line:
        address = await app.start_web(line)
        loops = [*line.background(), lambda: app.start_telegram(line)]
        task = asyncio.ensure_future(app.run_forever(loops))
        try:
            yield line, address
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


class LineProcess:
    """`helpline run` as a process. `kill_at` names a hop at which it kills itself.

    One that is `hurried` keeps to no limits of Telegram's, and takes up soon what another left.
    """

    def __init__(self, data_dir: Path, *, hurried: bool = False, **environment: str) -> None:
        self._data_dir = data_dir
        self._hurried = hurried
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("HELPLINE_")
        } | {
            "HELPLINE_DATA_DIR": str(data_dir),
            "HELPLINE_PORT": "0",
            "HELPLINE_KEY": KEY,
            **environment,
        }
        self._process: asyncio.subprocess.Process | None = None
        self.log = data_dir / "line.log"

    async def start(
        self, *, kill_at: str | None = None, passes: int = 1, ahead: float = 0.0
    ) -> None:
        """Start it, without waiting until it is ready; its clock is `ahead` minutes fast."""
        program = ["-m", "bot", "run"]
        if kill_at is not None or self._hurried or ahead:
            hop = [kill_at, str(passes)] if kill_at is not None else []
            program = ["-m", "tests.support.killable", *hop, "--ahead", str(ahead)]
            program += ["--hurried"] if self._hurried else []
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *program, env=self._environment, cwd=ROOT, stdout=log, stderr=log
            )

    async def wait_for_death(self, seconds: float) -> int:
        """Wait until it has ended; its status, negative for a signal."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), seconds)

    @property
    def pid(self) -> int | None:
        """The process's number."""
        return self._process.pid if self._process else None

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM, as Ctrl-C: what has begun is finished; its status."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), 30)


async def eventually(condition: object, seconds: float = 30.0, what: str = "") -> None:
    """Wait until a condition (a function, perhaps async) holds."""
    assert callable(condition)
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        result = condition()
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return
        if loop.time() > until:
            pytest.fail(f"not within {seconds} s: {what or condition}")
        await asyncio.sleep(0.1)


async def healthy(address: str) -> bool:
    """Whether `/healthz` says that all is well."""
    async with aiohttp.ClientSession() as session, session.get(f"{address}/healthz") as answer:
        return answer.status == 200
