"""The whole path on the simulator: start, memory, and time from update to sendMessage.

    .venv/bin/python -m bench.path [--rate 20] [--seconds 30]

Client, simulator, line and database share this machine's cores, so read the figures beside
each other (a quiet line against a busy one), not as promises.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import psutil

from tests.support.line import LineProcess
from tests.support.telegram_simulator.ledger import Ledger
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.telegram_simulator.simulator import TelegramSimulator

TEXTS = (
    "hello",
    "where is the kenyan embassy in phnom penh",
    "my passport was taken by the company how can i go home",
    "saya dikurung di gedung, tolong, mereka mau pukul kami",
    "how much is the fine if my visa is expired two months",
    "butuh tempat tidur malam ini",
    "they have not paid my salary for three months",
    "is this job in poipet real",
)
PORT = 18080


async def main(rate: float, seconds: float) -> None:
    """Measure and print."""
    random.seed(1)
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        (directory / "var").mkdir(mode=0o711)
        async with TelegramSimulator(ledger=directory / "ledger.jsonl") as simulator:
            line = LineProcess(
                directory / "var",
                HELPLINE_TELEGRAM_TOKEN=simulator.token,
                HELPLINE_TELEGRAM_API=simulator.url,
                HELPLINE_PORT=str(PORT),
                HELPLINE_LOG_LEVEL="ERROR",
            )
            row("first start to ready", f"{await ready(line):.1f} s")
            await line.stop()
            row("second start to ready", f"{await ready(line):.1f} s")
            people = [simulator.user() for _ in range(300)]
            await write(people, rate=1, seconds=10)  # everybody's first greeting is out of the way
            for label, pace in (("quiet, 1 a second", 1.0), (f"busy, {rate:g} a second", rate)):
                after = time.monotonic()
                await write(people, pace, seconds)
                await asyncio.sleep(5)
                report(label, delays(simulator.ledger, after))
            memory(line)
            row(
                "schema violations, 429 broken",
                f"{len(simulator.violations)}, {simulator.ledger.retry_after_broken()}",
            )
            await line.stop()


async def ready(line: LineProcess) -> float:
    """Start the line; seconds until it says that it is healthy."""
    began = time.monotonic()
    await line.start()
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{PORT}/healthz") as answer:
                    if answer.status == 200:
                        return time.monotonic() - began
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)


async def write(people: list[SimulatedUser], rate: float, seconds: float) -> None:
    """Messages at a steady rate, from people in turn."""
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        await people[number % len(people)].send(random.choice(TEXTS))  # noqa: S311


def delays(ledger: Ledger, after: float) -> list[float]:
    """Seconds from each update to the first sendMessage to its chat after it."""
    calls: dict[int, list[float]] = {}
    for call in ledger.calls("sendMessage", accepted=True):
        calls.setdefault(int(call.chat_id or 0), []).append(call.monotonic)
    found = []
    for update in ledger.updates_created():
        if update.kind != "message" or update.monotonic < after:
            continue
        later = [at for at in calls.get(update.chat_id or 0, []) if at > update.monotonic]
        found.append(later[0] - update.monotonic if later else float("inf"))
    return found


def report(label: str, found: list[float]) -> None:
    """Print the median and the tail."""
    ordered = sorted(found)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    row(
        f"update to sendMessage, {label}",
        f"p50 {statistics.median(ordered) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, n {len(found)}",
    )


def memory(line: LineProcess) -> None:
    """Print what the line and its database hold."""
    assert line.pid is not None
    process = psutil.Process(line.pid)
    row("memory of the line (RSS)", f"{process.memory_info().rss / 2**20:.0f} MB")
    servers = [
        found
        for found in psutil.process_iter(["name", "cmdline"])
        if found.info["name"] == "postgres"
    ]
    shared = sum(found.memory_full_info().pss for found in servers)
    row("memory of PostgreSQL (PSS)", f"{shared / 2**20:.0f} MB")


def row(name: str, value: str) -> None:
    """Print one line of the table."""
    print(f"{name:45} {value}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    sys.exit(asyncio.run(main(options.rate, options.seconds)))
