"""Somebody always answers: Rasa, else the export, else the danger words."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.understanding import Decision, Entity, Tier
from bot.nlu.understand import Understander
from bot.settings import ROOT

NLU = ROOT / "nlu"
ALARM = "they will kill me"
LOADED = Understander.load(NLU)
TWO_NEEDS = f"Where do I find a lawyer who speaks Hindi? Since this morning {ALARM}"


@pytest.fixture
async def understander() -> AsyncIterator[Understander]:
    loaded = Understander.load(NLU)
    yield loaded
    await loaded.close()


async def test_a_message_is_understood_whole(understander: Understander) -> None:
    understood = await understander.understand(
        "I am from Nepal, the guards lock the gate, we cannot leave, in Poi Pet"
    )
    assert understood.intent.name == "held_captive"
    assert understood.intent == understood.ranking[0]
    assert understood.language == "en"
    assert understood.engine == "export"
    assert understood.urgency > understander.thresholds["ask"]
    assert understood.entities == (
        Entity("country", "NP", 10, 15),
        Entity("city", "Poipet", 63, 70),
    )


@pytest.mark.parametrize("text", ["", "   ", "\n", "\0", "///", "\u200b"])
async def test_a_text_without_content_is_answered(understander: Understander, text: str) -> None:
    understood = await understander.understand(text)
    assert understood.intent.name == "out_of_scope"
    assert understood.intent.confidence == 0
    assert understood.danger_words is Decision.NONE


async def test_a_danger_word_in_the_middle_of_a_book_is_seen(understander: Understander) -> None:
    understood = await understander.understand("bla " * 20_000 + ALARM + " bla" * 20_000)
    assert understood.danger_words is Decision.PAGE


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=200))
async def test_no_text_raises(text: str) -> None:
    assert (await LOADED.understand(text)).engine in {"export", "words"}


async def test_a_fault_in_finding_names_hides_no_danger_word(
    understander: Understander, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> tuple[Entity, ...]:
        raise RuntimeError("a fault")

    monkeypatch.setattr(understander._gazetteer, "find", fail)
    understood = await understander.understand("they will kill me")
    assert understood.danger_words is Decision.PAGE
    assert understood.entities == ()


async def test_months_in_letters_of_another_alphabet_are_no_fault(
    understander: Understander,
) -> None:
    for month in ("5 APRİL", "5 aprıl", "12 ſeptember 2026"):
        understood = await understander.understand(f"they will kill us on {month}")
        assert understood.danger_words is Decision.PAGE


async def test_without_an_export_the_danger_words_still_call(tmp_path: Path) -> None:
    for name in ("danger", "entities"):
        shutil.copytree(NLU / name, tmp_path / name)
    shutil.copy(NLU / "tiers.yml", tmp_path)
    bare = Understander.load(tmp_path)
    try:
        understood = await bare.understand(ALARM)
    finally:
        await bare.close()
    assert understood.danger_words is Decision.PAGE
    assert understood.engine == "words"
    assert bare.tiers["held_captive"] is Tier.CRITICAL


async def test_rasa_is_asked_first_and_the_export_stands_in_when_it_fails() -> None:
    plain = Understander.load(NLU)
    answers: list[web.Response] = []

    async def handler(_: web.Request) -> web.StreamResponse:
        return answers.pop(0)

    application = web.Application()
    application.router.add_post("/model/parse", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    served = Understander.load(NLU, rasa_url=url)
    names = ["thanks", *(name for name in plain.tiers if name != "thanks")]
    ranking = [{"name": name, "confidence": 1.0 if name == "thanks" else 0.0} for name in names]
    good = {"intent": ranking[0], "intent_ranking": ranking, "urgency": 0.5}
    answers[:] = [web.json_response(good), web.Response(status=500)]
    try:
        first = await served.understand(TWO_NEEDS)
        own = await plain.understand(TWO_NEEDS)
        second = await served.understand("they locked us in")
        alone = await plain.understand("they locked us in")
    finally:
        await served.close()
        await plain.close()
        await runner.cleanup()
    assert (first.engine, first.intent.name) == ("rasa", "thanks")
    assert [piece.intent.name for piece in first.pieces] == [
        piece.intent.name for piece in own.pieces
    ]
    assert len(first.pieces) == 2
    assert first.danger_words is Decision.PAGE
    assert second == alone
    assert second.engine == "export"
