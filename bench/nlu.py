"""Compares ways of understanding, trained on the same sentences: `python bench/nlu.py`.

    python bench/nlu.py [--languages en id ...] [--diet EPOCHS]

Trains on `nlu/data` of these languages (default: all), tests on `tests/nlu/development` of the same
ones, and prints a table: our model in this process, our model on a Rasa server, and with `--diet`
Rasa's default pipeline (DIET; 100 epochs is its default) on a Rasa server. Our encoder is that of
the repository, tuned to all languages; its hour of tuning is not in the training time. Needs
nlu/.venv (`make test` builds it).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import aiohttp  # noqa: E402
import psutil  # noqa: E402
import yaml  # noqa: E402

from bot.domain.understanding import Tier  # noqa: E402
from bot.nlu.embedded import Export  # noqa: E402
from tests.support import rasa_server  # noqa: E402

AT_ONCE = 8
"""Messages under way at once when messages a second are counted."""

DIET = """recipe: default.v1
assistant_id: diet
language: en
pipeline:  # what Rasa 3.6 suggests when a project names none
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {epochs}
    constrain_similarities: true
policies: []
"""

IN_PROCESS = """
import json, os, psutil, sys, time
os.sched_setaffinity(0, {0})  # one core
before = psutil.Process().memory_info().rss
started = time.perf_counter()
from pathlib import Path; from bot.nlu.embedded import Export
export = Export.load(Path(sys.argv[1])); export.judge("help")
start, answers = time.perf_counter() - started, []
for text in json.load(sys.stdin):
    begun = time.perf_counter(); found = export.judge(text)
    taken = time.perf_counter() - begun
    top = found.ranking[0]
    answers.append([top.name, top.confidence, found.urgency, taken])
memory = psutil.Process().memory_info().rss - before
print(json.dumps({"start": start, "memory": memory, "answers": answers}))
"""


@dataclass(frozen=True)
class Answer:
    """What an engine said of a text, and after how many seconds."""

    intent: str
    confidence: float
    urgency: float | None  # DIET judges none
    seconds: float


@dataclass(frozen=True)
class Row:
    """One line of the table; times in seconds, memory in bytes."""

    name: str
    answers: list[Answer]
    training: float
    start: float
    memory: float
    per_second: float


def main() -> None:
    """Train, measure and print the table."""
    parser = argparse.ArgumentParser(prog="nlu", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--languages", nargs="+")
    parser.add_argument("--diet", type=int, metavar="EPOCHS")
    arguments = parser.parse_args()
    present = sorted(path.stem for path in (ROOT / "tests/nlu/development").glob("*.yml"))
    taught = sorted(path.name for path in (ROOT / "nlu" / "data").iterdir())
    languages = arguments.languages or [code for code in present if code in taught]
    sentences = _sentences(languages)
    with tempfile.TemporaryDirectory() as folder:
        project = _project(Path(folder), languages)
        rows = list(_ours(project, sentences))
        export = Export.load(project / "model" / "helpline.npz")
        if arguments.diet:
            rows.append(_diet(project, sentences, arguments.diet))
    print(f"\n{len(sentences)} sentences of {', '.join(languages)}; {psutil.cpu_count()} cores\n")
    columns = ("intents", "urgent called", "others called", "training", "start", "memory")
    print(f"{'':<22}" + "".join(f"{c:>15}" for c in (*columns, "p50", "p99", "a second")))
    for row in rows:
        print(_line(row, sentences, export))


def _line(row: Row, sentences: Sequence[dict[str, Any]], export: Export) -> str:
    right = [a.intent in s["intents"] for a, s in zip(row.answers, sentences, strict=True)]
    called = {True: [], False: []}  # type: dict[bool, list[bool]]
    for answer, sentence in zip(row.answers, sentences, strict=True):
        called[sentence["urgent"]].append(_calls(answer, export))
    times = sorted(answer.seconds for answer in row.answers)
    cells = (
        f"{sum(right) / len(right):.1%}",
        f"{sum(called[True]) / len(called[True]):.1%}",
        f"{sum(called[False]) / len(called[False]):.1%}",
        f"{row.training / 60:.1f} min",
        f"{row.start:.1f} s",
        f"{row.memory / 1e6:.0f} MB",
        f"{times[len(times) // 2] * 1e3:.1f} ms",
        f"{times[int(len(times) * 0.99)] * 1e3:.1f} ms",
        f"{row.per_second:.0f}",
    )
    return f"{row.name:<22}" + "".join(f"{cell:>15}" for cell in cells)


def _calls(answer: Answer, export: Export) -> bool:
    """Whether an operator would be called; without an urgency the intent's tier decides alone."""
    critical = export.tiers[answer.intent] is Tier.CRITICAL
    if answer.urgency is None:
        return critical
    lines = export.thresholds
    sure = answer.confidence >= lines["unsure"] and answer.urgency >= lines["ask"]
    return answer.urgency >= lines["page"] or (critical and sure)


def _sentences(languages: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for code in languages:
        path = ROOT / "tests" / "nlu" / "development" / f"{code}.yml"
        found += yaml.safe_load(path.read_text(encoding="utf-8"))["sentences"]
    return found


def _project(folder: Path, languages: Sequence[str]) -> Path:
    """A copy of `nlu/` with the data of these languages alone."""
    project = folder / "nlu"
    project.mkdir()
    for name in ("components", "encoder"):
        shutil.copytree(ROOT / "nlu" / name, project / name)
    for name in ("config.yml", "domain.yml", "tiers.yml", "credentials.yml", "train.py"):
        shutil.copy(ROOT / "nlu" / name, project / name)
    (project / "urgency").mkdir()
    for code in languages:
        shutil.copytree(ROOT / "nlu" / "data" / code, project / "data" / code)
        shutil.copy(ROOT / "nlu" / "urgency" / f"{code}.yml", project / "urgency")
    return project


def _ours(project: Path, sentences: Sequence[dict[str, Any]]) -> list[Row]:
    training = _run(project, ["python", "train.py"])
    texts = [sentence["text"] for sentence in sentences]
    export = project / "model" / "helpline.npz"
    run = subprocess.run(
        [sys.executable, "-c", IN_PROCESS, str(export)],
        cwd=ROOT, input=json.dumps(texts), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(run.stdout)
    answers = [Answer(*answer) for answer in found["answers"]]
    per_second = len(answers) / sum(answer.seconds for answer in answers)
    embedded = Row("ours, one core", answers, training, found["start"], found["memory"], per_second)
    return [embedded, _served("ours, Rasa server", project, "helpline", texts, training)]


def _diet(project: Path, sentences: Sequence[dict[str, Any]], epochs: int) -> Row:
    (project / "diet.yml").write_text(DIET.format(epochs=epochs), encoding="utf-8")
    command = ["rasa", "train", "nlu", "--config", "diet.yml", "--nlu", "data"]
    command += ["--domain", "domain.yml", "--out", "models", "--fixed-model-name", "diet"]
    training = _run(project, command)
    texts = [sentence["text"] for sentence in sentences]
    return _served(f"DIET, {epochs} epochs", project, "diet", texts, training)


def _run(project: Path, command: list[str]) -> float:
    """Run a program of Rasa's environment in the project; how many seconds it took."""
    environment = {**os.environ, **rasa_server.QUIET, "RASA_MAX_CACHE_SIZE": "0"}
    started = time.monotonic()
    program = [str(rasa_server.VENV / "bin" / command[0]), *command[1:]]
    subprocess.run(program, cwd=project, check=True, env=environment)
    return time.monotonic() - started


def _served(name: str, project: Path, model: str, texts: list[str], training: float) -> Row:
    archive = project / "models" / f"{model}.tar.gz"
    with rasa_server.running(archive, project / f"{model}.log") as server:
        answers, per_second = asyncio.run(_ask(server, texts))
        memory = psutil.Process(server.process).memory_info().rss
        return Row(name, answers, training, server.seconds_to_start, memory, per_second)


async def _ask(server: rasa_server.Server, texts: list[str]) -> tuple[list[Answer], float]:
    url = f"{server.url}/model/parse?token={server.token}"
    async with aiohttp.ClientSession() as session:

        async def ask(text: str) -> Answer:
            started = time.perf_counter()
            async with session.post(url, json={"text": text.lstrip("/ ")}) as reply:
                found = await reply.json()
            taken = time.perf_counter() - started
            intent = found["intent"]
            return Answer(intent["name"], intent["confidence"], found.get("urgency"), taken)

        for text in texts[:10]:  # warm up
            await ask(text)
        answers = [await ask(text) for text in texts]
        started = time.perf_counter()
        await _all(ask, texts)
        return answers, len(texts) / (time.perf_counter() - started)


async def _all(ask: Callable[[str], Any], texts: Sequence[str]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(text: str) -> None:
        async with gate:
            await ask(text)

    await asyncio.gather(*(one(text) for text in texts))


if __name__ == "__main__":
    main()
