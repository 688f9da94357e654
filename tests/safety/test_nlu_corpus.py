"""The training data is whole, and nothing that is tested was learned by heart."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from functools import cache
from types import ModuleType
from typing import Any

import pytest
import yaml

from bot.domain.understanding import Tier
from bot.nlu.embedded import Export
from bot.nlu.text import char_ngrams, normalise
from bot.nlu.understand import EXPORT
from bot.settings import ROOT

NLU = ROOT / "nlu"
TAUGHT = ("en", "id", "zh", "hi", "ur", "bn", "ne", "vi", "th", "my", "fil", "sw", "am", "fr")
LANGUAGES = dict.fromkeys(TAUGHT, 29) | {"en": 60}
"""The fewest sentences of each intent in each language; 29, because a sentence stands but once in
all data, and "ok" and "no" are of many languages.
"""

DEVELOPMENT = ROOT / "tests" / "nlu" / "development"
UNTAUGHT = ("ar", "pt", "ru", "ta")

TOO_ALIKE = 0.7
"""Share of common 4-grams from which two sentences count as one, written twice."""


def _corpus() -> ModuleType:
    path = NLU / "components" / "corpus.py"
    spec = importlib.util.spec_from_file_location("corpus_of_nlu", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


CORPUS = _corpus()
SENTENCES = CORPUS.sentences()
_TIERS = CORPUS.tiers()


@cache
def _development(language: str) -> list[dict[str, Any]]:
    path = DEVELOPMENT / f"{language}.yml"
    sentences: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["sentences"]
    return sentences


def _grams(text: str) -> frozenset[str]:
    return frozenset(gram for gram in char_ngrams(normalise(text)) if len(gram) == 4)


def test_the_domain_and_the_tiers_name_the_same_intents() -> None:
    domain = yaml.safe_load((NLU / "domain.yml").read_text(encoding="utf-8"))["intents"]
    tiers = yaml.safe_load((NLU / "tiers.yml").read_text(encoding="utf-8"))["tiers"]
    listed = [intent for intents in tiers.values() for intent in intents]
    assert sorted(listed) == sorted(domain)
    assert len(set(listed)) == len(listed) == 39
    assert set(tiers) == set(Tier)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_intent_has_sentences_enough(language: str) -> None:
    counts = Counter(s.intent for s in SENTENCES if s.language == language)
    few = {i: counts[i] for i in CORPUS.tiers() if counts[i] < LANGUAGES[language]}
    assert not few


def test_every_sentence_has_an_intent_that_the_line_knows() -> None:
    assert {s.intent for s in SENTENCES} <= set(CORPUS.tiers())


def test_no_sentence_stands_under_two_intents() -> None:
    intents: dict[str, set[str]] = {}
    for sentence in SENTENCES:
        intents.setdefault(normalise(sentence.text).casefold(), set()).add(sentence.intent)
    assert not {text: found for text, found in intents.items() if len(found) > 1}


def test_every_exception_of_urgency_is_a_sentence_of_the_data() -> None:
    CORPUS.urgent([s.text for s in SENTENCES], [s.intent for s in SENTENCES])


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_development_sentence_is_in_the_training_data(language: str) -> None:
    trained = {normalise(s.text).casefold() for s in SENTENCES}
    short = {"ok", "yes", "no", "hi"}  # there is one way to write them
    seen = [s["text"] for s in _development(language) if normalise(s["text"]).casefold() in trained]
    assert not [text for text in seen if text.casefold() not in short]


@cache
def _holders(language: str) -> dict[str, list[int]]:
    """Which training sentences of a language hold each group of four letters."""
    holders: dict[str, list[int]] = {}
    for index, sentence in enumerate(SENTENCES):
        if sentence.language == language:
            for gram in _grams(sentence.text):
                holders.setdefault(gram, []).append(index)
    return holders


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_development_sentence_is_nearly_in_the_training_data(language: str) -> None:
    holders = _holders(language)
    alike = []
    for sentence in _development(language):
        grams = _grams(sentence["text"])
        if len(grams) <= 12:
            continue
        common = Counter(index for gram in grams for index in holders.get(gram, ()))
        for index, count in common.most_common(5):
            if count / len(grams | _grams(SENTENCES[index].text)) >= TOO_ALIKE:
                alike.append((sentence["text"], SENTENCES[index].text))
    assert not alike


def test_the_development_set_names_intents_that_exist() -> None:
    named = {i for code in (*TAUGHT, *UNTAUGHT) for s in _development(code) for i in s["intents"]}
    assert named <= set(CORPUS.tiers())


@pytest.mark.parametrize("language", TAUGHT)
def test_the_development_set_has_three_sentences_of_each_intent(language: str) -> None:
    counts = Counter(s["intents"][0] for s in _development(language))
    assert {intent: counts[intent] for intent in CORPUS.tiers() if counts[intent] < 3} == {}


def test_every_development_set_is_of_a_language_named_here() -> None:
    assert {path.stem for path in DEVELOPMENT.glob("*.yml")} == {*TAUGHT, *UNTAUGHT}


@pytest.mark.parametrize("language", TAUGHT)
def test_every_language_is_taught_what_is_not_urgent(language: str) -> None:
    """Of the sentences of critical intents some are past or denied, or all would page."""
    critical = [s for s in SENTENCES if s.language == language and _TIERS[s.intent] == "critical"]
    urgent = CORPUS.urgent([s.text for s in SENTENCES], [s.intent for s in SENTENCES])
    yes = {s.text for s, called in zip(SENTENCES, urgent, strict=True) if called}
    calm = sum(s.text not in yes for s in critical)
    assert 0.03 <= calm / len(critical) <= 0.35


def test_the_export_was_trained_on_this_data() -> None:
    export = Export.load(NLU / EXPORT)
    assert export.data_sha256 == CORPUS.digest(), "the data has changed: run `make train`"
    card = json.loads((NLU / "model" / "card.json").read_text(encoding="utf-8"))
    assert card["data_sha256"] == export.data_sha256
    assert {name: tier.value for name, tier in export.tiers.items()} == CORPUS.tiers()


def test_the_model_is_small_enough_to_live_in_the_repository() -> None:
    files = ("helpline.npz", "encoder.npz", "card.json")
    assert sum((NLU / "model" / name).stat().st_size for name in files) < 25_000_000
