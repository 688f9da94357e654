"""Times the two engines side by side on the development set: `python bench/nlu.py`.

Needs nlu/.venv for the Rasa server. Prints one table: parse time at the median and the 99th
percentile, memory, and time to start.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402
import yaml  # noqa: E402

from bot.nlu.embedded import Export  # noqa: E402
from bot.nlu.rasa import RasaClient  # noqa: E402
from bot.nlu.understand import EXPORT  # noqa: E402
from tests.support import rasa_server  # noqa: E402

LOAD = """
import json, psutil, sys, time; started = time.perf_counter()
from pathlib import Path; from bot.nlu.embedded import Export
export = Export.load(Path({path!r})); export.judge("help")
loaded = time.perf_counter() - started
for text in json.load(sys.stdin): export.judge(text)
print(loaded, psutil.Process().memory_info().rss)
"""


@dataclass(frozen=True)
class Row:
    """One line of the table; times in seconds, memory in bytes."""

    name: str
    times: list[float]
    memory: float
    start: float


def main() -> None:
    """Measure both and print the table."""
    texts = _texts()
    rows = [_embedded(texts)]
    if rasa_server.is_installed():
        rows.append(_rasa(texts))
    print(f"{len(texts)} sentences of tests/nlu/development, {psutil.cpu_count()} cores\n")
    print(f"{'engine':<22}{'p50':>10}{'p99':>10}{'start':>10}{'memory':>10}")
    for row in rows:
        times = sorted(row.times)
        p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
        print(
            f"{row.name:<22}{p50 * 1e3:>7.1f} ms{p99 * 1e3:>7.1f} ms"
            f"{row.start:>8.1f} s{row.memory / 1e6:>7.0f} MB"
        )


def _texts() -> list[str]:
    found = []
    for path in sorted((ROOT / "tests" / "nlu" / "development").glob("*.yml")):
        sentences = yaml.safe_load(path.read_text(encoding="utf-8"))["sentences"]
        found += [sentence["text"] for sentence in sentences]
    return found


def _embedded(texts: list[str]) -> Row:
    program = LOAD.format(path=str(ROOT / "nlu" / EXPORT))
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    start, memory = map(float, run.stdout.split())
    export = Export.load(ROOT / "nlu" / EXPORT)

    async def judge(text: str) -> None:
        export.judge(text)

    return Row("export, in process", asyncio.run(_time(judge, texts)), memory, start)


def _rasa(texts: list[str]) -> Row:
    model = rasa_server.trained()
    intents = Export.load(model.export).intents
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with rasa_server.running(model.archive, log) as server:
            times = asyncio.run(_ask(server, intents, texts))
            memory = psutil.Process(server.process).memory_info().rss
            return Row("Rasa server", times, memory, server.seconds_to_start)


async def _ask(
    server: rasa_server.Server, intents: tuple[str, ...], texts: list[str]
) -> list[float]:
    client = RasaClient(server.url, intents, token=server.token, timeout=20)
    try:
        return await _time(client.judge, texts)
    finally:
        await client.close()


async def _time(judge: Callable[[str], Awaitable[object]], texts: list[str]) -> list[float]:
    times = []
    for text in [*texts[:10], *texts]:  # the first ten warm up
        started = time.perf_counter()
        await judge(text)
        times.append(time.perf_counter() - started)
    return times[10:]


if __name__ == "__main__":
    main()
