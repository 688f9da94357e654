"""Danger words are found however they are written, and only as whole words."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.understanding import Decision
from bot.nlu.danger import Lexicon, LexiconError, fold

LEXICONS = Path(__file__).parents[3] / "nlu" / "danger"
WORDS = Lexicon(
    page=["they will kill me", "can't breathe", "救命", "ช่วยด้วย"], ask=["scared", "sos"]
)


@pytest.mark.parametrize(
    "text",
    [
        "they will kill me",
        "THEY WILL KILL ME!!!",
        "hey, they  will\nkill me tonight",
        "they will killlll meeee",
        "they w\u200bill k\u00adill me",
        "they, will: kill... me",
        "i can\u2019t breathe",
        "i can`t breathe",
        "i cant breathe",
        "i ＣＡＮ'T ｂｒｅａｔｈｅ",
        "我在西港救命啊",
        "ช่วยด้วยครับ",
    ],
)
def test_a_danger_word_is_found_however_it_is_written(text: str) -> None:
    assert WORDS.decide(text) is Decision.PAGE


@pytest.mark.parametrize(
    "text", ["they will kill merchants", "sosis", "unscaredly", "", "🙂", "救"]
)
def test_a_part_of_a_word_is_not_the_word(text: str) -> None:
    assert WORDS.decide(text) is Decision.NONE


def test_the_stronger_word_decides() -> None:
    assert WORDS.decide("sos") is Decision.ASK
    assert WORDS.decide("i am scared, they will kill me") is Decision.PAGE


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("ช่วยด้วย", "เขา ช่วย ด้วย ครับ"),
        ("救命", "我在西港 救 命 啊"),
        ("他们要杀我", "他們要殺我，快來"),
        ("ပိတ်မိနေတယ်", "ကျွန်တော် ပိတ်မိ နေတယ်ဗျ"),
        ("သွေး ထွက်", "သူသွေးထွက်နေပြီ"),
        ("अंदर बंद हूँ", "मै अंदर बद हु भाई"),
        ("छोड़ो", "मुझे छोडो"),
        ("मलाई कुट्दैछन्", "मलाइ कुट्दैछन्"),
        ("বাঁচান", "ভাই বাচান"),
        ("مجھے مار رہے ہیں", "مجهے مار رهے هیں"),
        ("بچاؤ", "بچاو"),
        ("ሊገድሉኝ ነው", "ሊገድሉኝ ነዉ"),
        ("ራሴን ሀሳብ", "ራሤን ሐሣብ"),
    ],
)
def test_each_script_is_found_as_its_writers_write_it(phrase: str, text: str) -> None:
    assert Lexicon(page=[phrase]).decide(text) is Decision.PAGE


def test_a_full_stop_parts_what_a_space_does_not() -> None:
    words = Lexicon(page=["家打我"])
    assert words.decide("他在家 打我") is Decision.PAGE
    assert words.decide("他在家。打我电话") is Decision.NONE


def test_a_star_lets_the_last_word_go_on() -> None:
    words = Lexicon(page=["বেচে দিব*"])
    assert words.decide("আমাকে বেচে দিবে") is Decision.PAGE
    assert words.decide("সাবেচে দিবে") is Decision.NONE
    assert words.decide("বেচে দিল") is Decision.NONE


def test_a_choice_is_as_many_phrases() -> None:
    words = Lexicon(ask=["they (will|would) kill (me|us)*"])
    assert words.decide("they would kill me") is Decision.ASK
    assert words.decide("they will kill used ones") is Decision.ASK
    assert words.decide("they kill me") is Decision.NONE


@pytest.mark.parametrize("path", sorted(LEXICONS.glob("*.yml")), ids=lambda path: path.stem)
def test_the_words_of_a_language_are_each_found_in_themselves(path: Path) -> None:
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert read["language"] == path.stem
    for part, decision in (("page", Decision.PAGE), ("ask", Decision.ASK)):
        for phrase in read[part]:
            found = Lexicon(**{part: [phrase]}).decide(
                re.sub(r"\(([^()|]*)[^()]*\)", r"\1", phrase)
            )
            assert found is decision, phrase


def test_a_word_deep_in_a_long_text_is_found_quickly() -> None:
    started = time.process_time()
    assert WORDS.decide("bla " * 50_000 + "they will kill me" + " bla" * 50_000) is Decision.PAGE
    assert time.process_time() - started < 2


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=500))
def test_no_text_breaks_the_reader(text: str) -> None:
    folded = fold(text)
    assert folded.startswith(" ")
    assert WORDS.decide(text) in Decision


def test_a_phrase_of_punctuation_alone_never_matches_everything() -> None:
    assert Lexicon(page=["...", ""]).decide("hello there") is Decision.NONE


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "xx.yml").write_text("page: [", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"xx\.yml"):
        Lexicon.load(tmp_path)
