from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bot.cli.missed.corpus import Corpus, UnfitError
from bot.settings import ROOT

DEVELOPMENT = ROOT / "tests" / "nlu" / "development"
NEW = "can i renew the yellow paper of the fish market office"


@pytest.fixture
def nlu(tmp_path: Path) -> Path:
    for language in ("en", "th"):
        shutil.copytree(ROOT / "nlu" / "data" / language, tmp_path / "data" / language)
    return tmp_path


def _examples(path: Path) -> dict[str, list[str]]:
    blocks = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    return {block["intent"]: block["examples"].splitlines() for block in blocks}


@pytest.mark.parametrize(("language", "text"), [("en", NEW), ("th", "ใบเหลืองของตลาดปลาต่ออายุที่ไหน")])
def test_a_sentence_is_the_last_of_its_intent_and_nothing_else_changes(
    nlu: Path, language: str, text: str
) -> None:
    corpus = Corpus(nlu, DEVELOPMENT)
    path = nlu / "data" / language / "info.yml"
    before, source = _examples(path), path.read_text(encoding="utf-8")
    assert corpus.add([corpus.check(text, language)], "visa_overstay", language) == path
    after = _examples(path)
    assert after["visa_overstay"] == [*before["visa_overstay"], f"- {text}"]
    assert {**after, "visa_overstay": 0} == {**before, "visa_overstay": 0}
    assert path.read_text(encoding="utf-8").replace(f"    - {text}\n", "", 1) == source


def test_the_last_intent_of_a_file_can_be_added_to(nlu: Path) -> None:
    path = nlu / "data" / "en" / "info.yml"
    last = list(_examples(path))[-1]
    Corpus(nlu, DEVELOPMENT).add([NEW], last, "en")
    assert _examples(path)[last][-1] == f"- {NEW}"


def _measured(language: str, choose: Callable[..., str] = max) -> str:
    found = yaml.safe_load((DEVELOPMENT / f"{language}.yml").read_text(encoding="utf-8"))
    return str(choose((each["text"] for each in found["sentences"]), key=len))


def test_what_stands_there_or_is_measured_on_is_refused(nlu: Path) -> None:
    corpus = Corpus(nlu, DEVELOPMENT)
    there = "Please what is the address of the Indian embassy in Phnom Penh"
    measured = _measured("en")
    refused = {
        there.upper(): "already, under embassy_contact",
        f"{there} sir": "nearly",
        measured: "nearly",
        f"{measured} ok": "nearly",
        "call [number] about the visa": "taken out",
        "the [visa](document) is over": "Rasa",
        "123 456": "letters",
        "x" * 501: "characters",
    }
    for text, why in refused.items():
        with pytest.raises(UnfitError, match=why) as raised:
            corpus.check(text, "en")
        assert text not in str(raised.value)
    with pytest.raises(UnfitError, match="not taught"):
        corpus.check(NEW, "pt")


def test_a_short_sentence_that_is_measured_on_is_refused_at_any_time(nlu: Path) -> None:
    corpus = Corpus(nlu, DEVELOPMENT)
    for _ in range(2):
        with pytest.raises(UnfitError, match="measured"):
            corpus.check(_measured("en", min), "en")


def test_a_sentence_cannot_be_added_twice(nlu: Path) -> None:
    corpus = Corpus(nlu, DEVELOPMENT)
    corpus.add([corpus.check(NEW, "en")], "visa_overstay", "en")
    for text in (NEW, f"{NEW} please"):
        with pytest.raises(UnfitError):
            corpus.check(text, "en")
    with pytest.raises(UnfitError):
        Corpus(nlu, DEVELOPMENT).check(NEW, "en")


def test_a_sentence_cannot_end_its_line_or_its_list(nlu: Path) -> None:
    corpus = Corpus(nlu, DEVELOPMENT)
    text = corpus.check("- one paper for the market\n- intent: evil\r\tand more of it", "en")
    assert text == "one paper for the market - intent: evil and more of it"
    corpus.add([text], "visa_overstay", "en")
    assert "evil" not in _examples(nlu / "data" / "en" / "info.yml")


def test_an_intent_without_sentences_is_refused(nlu: Path) -> None:
    with pytest.raises(UnfitError, match="no sentences of"):
        Corpus(nlu, DEVELOPMENT).add([NEW], "no_such_intent", "en")
