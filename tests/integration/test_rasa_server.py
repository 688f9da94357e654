"""The real Rasa server and the export in the bot's own process say the same of every text."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
import yaml

from bot.nlu.embedded import Export
from bot.nlu.rasa import RasaClient
from bot.nlu.text import normalise
from bot.nlu.understand import EXPORT, Understander
from bot.settings import ROOT
from tests.support import rasa_server

pytestmark = [
    pytest.mark.rasa,
    pytest.mark.skipif(
        not rasa_server.is_installed(),
        reason="Rasa is not installed: `make setup` in nlu, see README",
    ),
]

NEAR = 1e-4
ODD = [
    "/held_captive", "/restart", "//greet", '/greet{"a": "b"}', "a" * 100_000, "\0x\0",
    "\ufdfa" * 400, "救命", "我被关在西港", "ช่วยด้วย", "ကူညီပါ", "मुझे बचाओ", "ok", "1", "?",
    "😭😭😭", "\ud800 help", "x" * 5000, "ß İ ﬁ", "[paspor](x) saya", '{"text": "hi"}', "tulong po",
    "toi bi nhot", "HELP\nME", "saya " * 900, "<script>", "hello\tworld", "é" * 30, "e\u0301" * 30,
    "\u200bzero\u200bwidth",
]  # fmt: skip


@pytest.fixture(scope="module")
def model() -> rasa_server.Trained:
    return rasa_server.trained()


@pytest.fixture(scope="module")
def server(
    model: rasa_server.Trained, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[rasa_server.Server]:
    log = tmp_path_factory.mktemp("rasa") / "log"
    with rasa_server.running(model.archive, log) as started:
        yield started


def _sentences() -> list[str]:
    found = []
    for path in sorted((ROOT / "tests" / "nlu" / "development").glob("*.yml")):
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [sentence["text"] for sentence in read["sentences"][::6]]
    return found + ODD


async def test_both_engines_say_the_same(
    server: rasa_server.Server, model: rasa_server.Trained
) -> None:
    export = Export.load(model.export)
    client = RasaClient(server.url, export.intents, token=server.token, timeout=20)
    texts = [text for text in _sentences() if normalise(text)]
    assert len(texts) >= 400
    try:
        for text in texts:
            theirs, ours = await client.judge(text), export.judge(text)
            assert theirs.ranking[0].name == ours.ranking[0].name
            confidences = {intent.name: intent.confidence for intent in theirs.ranking}
            expected = {intent.name: intent.confidence for intent in ours.ranking}
            assert confidences == pytest.approx(expected, abs=NEAR)
            assert theirs.urgency == pytest.approx(ours.urgency, abs=NEAR)
    finally:
        await client.close()


async def test_the_bot_uses_the_server_when_it_is_told_to(server: rasa_server.Server) -> None:
    understander = Understander.load(ROOT / "nlu", rasa_url=server.url, rasa_token=server.token)
    try:
        assert (await understander.understand("they locked us in")).engine == "rasa"
        assert (await understander.understand("/restart")).engine == "rasa"
    finally:
        await understander.close()


async def test_without_the_token_the_server_says_nothing(server: rasa_server.Server) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{server.url}/model/parse", json={"text": "hi"}) as parse,
        session.post(f"{server.url}/webhooks/rest/webhook", json={"message": "hi"}) as channel,
    ):
        assert parse.status == 401
        assert channel.status == 404


async def test_the_server_logs_no_text(server: rasa_server.Server) -> None:
    client = RasaClient(server.url, Export.load(ROOT / "nlu" / EXPORT).intents, token=server.token)
    try:
        for text in ("xylophone one", "/xylophone two", '/xylophone{"three"}'):
            await client.judge(text)
    finally:
        await client.close()
    assert "xylophone" not in server.log.read_text(encoding="utf-8", errors="replace")


def test_the_export_in_the_repository_is_what_training_gives(model: rasa_server.Trained) -> None:
    committed, trained = Export.load(ROOT / "nlu" / EXPORT), Export.load(model.export)
    assert committed.thresholds == pytest.approx(dict(trained.thresholds), abs=0.05)
    for text in _sentences()[::5]:
        ours, theirs = committed.judge(text), trained.judge(text)
        assert ours.urgency == pytest.approx(theirs.urgency, abs=0.02)
        assert ours.ranking[0].confidence == pytest.approx(theirs.ranking[0].confidence, abs=0.02)


def test_training_says_what_is_wrong_with_the_data(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "from pathlib import Path; from components import corpus\n"
        f"root = Path({str(tmp_path)!r})\n"
        "(root / 'urgency').mkdir(); (root / 'tiers.yml').write_text('tiers: {info: [a]}')\n"
        "(root / 'urgency' / 'en.yml').write_text('urgent: [nobody wrote this]')\n"
        "try: corpus.urgent(['x'], ['a'], root)\n"
        "except corpus.CorpusError as error: print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "nlu",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1 sentences of nlu/urgency" in run.stdout
