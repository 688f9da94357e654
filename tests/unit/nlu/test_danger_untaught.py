"""Danger words also stand under languages that the model is not taught, and call nobody in vain."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from bot.domain.understanding import Decision
from bot.nlu.danger import Lexicon, fold
from bot.nlu.evaluate.measure import trained_languages
from bot.settings import ROOT

NLU = ROOT / "nlu"
UNTAUGHT = ("ar", "es", "km", "lo", "ms", "pt", "ru", "si", "ta")
WORDS = Lexicon.load(NLU / "danger")


@pytest.fixture(scope="module")
def corpus() -> Iterator[ModuleType]:
    """The module of `nlu/components` that knows which training sentences are calm."""
    sys.path.insert(0, str(NLU))
    try:
        yield importlib.import_module("components.corpus")
    finally:
        sys.path.remove(str(NLU))


def test_these_languages_have_danger_words_and_are_taught_nothing() -> None:
    written = {path.stem for path in (NLU / "danger").glob("*.yml")}
    assert written == trained_languages(NLU) | set(UNTAUGHT)
    assert not trained_languages(NLU) & set(UNTAUGHT)


@pytest.mark.parametrize(
    "text",
    [
        "الحقوني احنا محبوسين في الشركة من اسبوع",
        "عم يضربونا كل ليلة بالكبل",
        "بغيت نموت ما بقيتش قادر",
        "el7a2oona beydrabona kol yom",
        "e7na ma7boseen fe el dor el talet",
        "ghadi ybi3ouni l wahed charika",
        "socorro, eles estão me batendo",
        "a gente tá trancado no quarto sem comida",
        "nos tienen encerrados y no hay comida",
        "me van a matar si no pago",
        "Нас заперли в комнате, не выпускают",
        "он не дышит, что делать",
        "menya byut kazhdyy den",
        "எங்களை அடைச்சு வச்சிருக்காங்க, சாப்பாடு இல்ல",
        "என்னை அடிக்கிறாங்க சார்",
        "engala adachu vachirukanga anna",
        "enna konnuduvanga, phone pannunga",
        "අපිව කාමරේක හිර කරලා තියෙන්නේ",
        "mawa maranawa kiyala baya wenawa",
        "kami kena kurung kat dalam bilik",
        "គេកំពុងវាយខ្ញុំ ជួយផង",
        "ເຂົາກຳລັງຕີຂ້ອຍ",
    ],
)
def test_a_person_in_danger_is_heard(text: str) -> None:
    assert WORDS.decide(text) is Decision.PAGE


@pytest.mark.parametrize(
    "text",
    [
        "كم رقم السفارة المصرية في بنوم بنه؟",
        "اخوي في سجن الهجرة من شهر، كيف ازوره؟",
        "fein maktab el segn, 3ayez azoor a5oya",
        "me van a vender un boleto de avión, ¿es seguro?",
        "vai me vender a passagem mais barata, posso confiar?",
        "quanto tempo eles vão me segurar na imigração?",
        "они продают билеты в Москву?",
        "я уже в безопасности, как получить визу?",
        "வீட்டுக்கு போக டிக்கெட் எவ்வளவு?",
        "current kudukuranga, aana thanni illa",
        "mata wada denawa kiwwa, eka aththada?",
        "macam mana nak jual telefon saya",
        "ຂ້ອຍຢາກກັບບ້ານ ຕ້ອງເຮັດແນວໃດ",
        "ខ្ញុំចង់ទៅស្ថានទូត",
    ],
)
def test_a_calm_person_is_left_in_peace(text: str) -> None:
    assert WORDS.decide(text) is not Decision.PAGE


def test_no_calm_training_sentence_is_paged_by_words_of_an_untaught_language(
    corpus: ModuleType,
) -> None:
    found = corpus.sentences()
    urgent = corpus.urgent([one.text for one in found], [one.intent for one in found])
    calm = "\n".join(
        fold(one.text) for one, is_urgent in zip(found, urgent, strict=True) if not is_urgent
    )
    heard = [phrase for language in UNTAUGHT for phrase in _page(language)._page if phrase in calm]
    assert len(calm) > 1_000_000
    assert heard == []


def _page(language: str) -> Lexicon:
    path = Path(NLU / "danger" / f"{language}.yml")
    return Lexicon(page=yaml.safe_load(path.read_text(encoding="utf-8"))["page"])
