"""`helpline nlu evaluate` measures, writes what it was asked for, and says what is wrong."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from aiohttp import web

from bot.nlu.understand import Understander
from bot.settings import ROOT

SENTENCES = """\
language: en
sentences:
  - {text: "the guards lock the gate, we cannot leave", intents: [held_captive], urgent: true}
  - {text: "hello", intents: [greet], urgent: false}
  - {text: "thank you [so] much", intents: [thanks], urgent: false}
"""


@pytest.fixture
def mistaken(tmp_path: Path) -> Path:
    path = tmp_path / "mistaken.yml"
    path.write_text(SENTENCES.replace("[greet]", "[gret]"), encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "en.yml"
    path.write_text(SENTENCES, encoding="utf-8")
    return path


async def _run(*words: object, **environment: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "bot", "nlu", "evaluate"),
        *(str(word) for word in words),
        cwd=ROOT,
        env={**os.environ, "HELPLINE_RASA_URL": "", "HELPLINE_RASA_TOKEN": "", **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode, output.decode(), errors.decode()


async def test_it_prints_figures_and_writes_both_files(data: Path, tmp_path: Path) -> None:
    html, plain = tmp_path / "report.html", tmp_path / "report.json"
    status, output, errors = await _run("--data", data, "--html", html, "--json", plain)
    assert (status, errors.strip()) == (0, "")
    assert "3 sentences judged: 3 by export" in output
    assert "The bars of the project" in output
    assert html.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(plain.read_text(encoding="utf-8"))["total"]["n"] == 3


async def test_json_can_be_the_output_and_nothing_else(data: Path) -> None:
    status, output, _ = await _run("--data", data, "--json", "-")
    assert status == 0
    report = json.loads(output)
    assert report["total"]["accuracy"]["value"] == 1
    assert report["languages"][0]["language"] == "en"


async def test_wrong_input_is_named(mistaken: Path, tmp_path: Path) -> None:
    status, output, errors = await _run("--data", mistaken)
    assert (status, output) == (2, "")
    assert f"{mistaken}:4: entry 2: the intent 'gret' is not known (" in errors
    for words, says in (
        (["--data", tmp_path / "gone"], "it is not there"),
        (["--html", tmp_path / "gone" / "a.html"], "its directory is not there"),
        (["--language", "xx"], "no sentences in xx"),
        (["--rasa"], "set HELPLINE_RASA_URL"),
        (["--rasa", "localhost"], "must begin with http"),
    ):
        status, output, errors = await _run(*words)
        assert (status, output) == (2, "")
        assert says in errors
        assert "Traceback" not in errors


async def test_a_rasa_server_is_measured_the_same(data: Path) -> None:
    understander = Understander.load(ROOT / "nlu")
    names = [*understander.tiers]
    await understander.close()
    ranking = [{"name": name, "confidence": 1 / len(names)} for name in names]
    tokens = []

    async def parse(request: web.Request) -> web.StreamResponse:
        tokens.append(request.query["token"])
        return web.json_response({"intent": ranking[0], "intent_ranking": ranking, "urgency": 0.5})

    application = web.Application()
    application.router.add_post("/model/parse", parse)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        words = ("--data", data, "--json", "-", "--rasa")
        status, output, _ = await _run(*words, url, HELPLINE_RASA_TOKEN="of the server")
        again = await _run(*words, HELPLINE_RASA_URL=url, HELPLINE_RASA_TOKEN="of the server")
    finally:
        await runner.cleanup()
    assert status == again[0] == 0
    assert json.loads(output)["engines"] == json.loads(again[1])["engines"] == {"rasa": 3}
    assert tokens == ["of the server"] * 6
    status, output, errors = await _run(*words, url)  # it has gone
    assert (status, output) == (2, "")
    assert "the Rasa server answered nothing" in errors
    assert url not in errors


async def test_what_is_not_installed_is_named_with_the_mend(data: Path) -> None:
    program = "import sys; sys.modules['sklearn'] = None\nfrom bot.cli import main\n"
    program += f"raise SystemExit(main(['nlu', 'evaluate', '--data', {str(data)!r}]))"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, output) == (1, b"")
    assert errors.startswith(b"sklearn is not installed")
    assert b"make .venv/.dev" in errors
