"""Danger words are found however they are written, and only as whole words."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.understanding import Decision
from bot.nlu.danger import Lexicon, LexiconError, fold

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


def test_a_word_deep_in_a_long_text_is_found_quickly() -> None:
    started = time.perf_counter()
    assert WORDS.decide("bla " * 50_000 + "they will kill me" + " bla" * 50_000) is Decision.PAGE
    assert time.perf_counter() - started < 2


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
