"""Arabic in Latin letters reaches the encoder in Arabic letters, and no other language does."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor

from bot.nlu.arabizi import SHARED, TELLING, in_arabic_letters, is_arabizi
from bot.nlu.embedded import Export
from bot.nlu.encoder import BUILT, Encoder
from bot.nlu.text import normalise
from bot.nlu.understand import EXPORT
from bot.settings import ROOT

TOKENS = SentencePieceProcessor(model_file=str(BUILT / "tokens.model"))
NLU = ROOT / "nlu"


def _taught() -> list[tuple[str, str]]:
    return [
        (path.parent.name, normalise(line.strip().removeprefix("-")))
        for path in sorted((NLU / "data").glob("*/*.yml"))
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for line in block["examples"].splitlines()
    ]


def test_rasa_and_the_bot_read_arabizi_by_the_same_file() -> None:
    ours = (ROOT / "bot" / "nlu" / "arabizi.py").read_bytes()
    assert ours == (NLU / "components" / "arabizi.py").read_bytes()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("3ayez arga3 masr, ma3yeesh felos", "عايز ارجع مصر, معيش فلوس"),  # Egypt
        ("fein el sefara el masreya law sama7t", "فين السفارة المصرية لو سمحت"),
        ("ma 3am bnam, shou ba3mel hala2", "ما عم بنام, شو بعمل هلأ"),  # Levant
        ("bghit nrja3 l lmeghrib", "بغيت نرجع المغرب"),  # Morocco
        ("ma 3indi gurush lel mustashfa", "ما عندي قروش للمستشفى"),  # Sudan
        ("abi ragm el safara law sama7t", "ابي رقم السفارة لو سمحت"),  # Gulf
        ("3ANDI 500 $ W 3AYEZ ASAFER", "عندي 500 $ وعايز اسفر"),
    ],
)
def test_arabizi_is_read_in_arabic_letters(written: str, read: str) -> None:
    assert in_arabic_letters(written, TOKENS) == read


@pytest.mark.parametrize(
    "text",
    [
        "i will be there at 3am, see u 2nite",
        "orang2 di sini udah 3 bulan ga digaji, teman2nya jg",
        "wataniua, nisaidieni sana ndugu zangu",
        "estoy encerrado en el hotel, la policia no viene",
        "estou preso, o chefe ficou com o meu passaporte",
        "pasaportum sirkette kaldi, ne yapmaliyim",
        "ya ne mogu vyjti, pomogite mne pozhaluista",
        "naan veetukku ponum, enga office la adaichu vechirukanga",
        "h3lp m3 pl3as3",
        "أنا محبوس",
        "3",
        "",
    ],
)
def test_another_language_stays_as_it_is(text: str) -> None:
    assert in_arabic_letters(text, TOKENS) == text


def test_no_taught_sentence_is_touched_but_the_moroccan_ones_among_the_french() -> None:
    touched = Counter(language for language, text in _taught() if is_arabizi(text))
    assert touched.keys() <= {"fr"}
    assert touched["fr"] < 12


def test_the_encoder_means_the_same_in_both_alphabets() -> None:
    encoder = Encoder()
    latin = encoder.encode(normalise("3ayez arga3 masr, ma3yeesh felos"))
    arabic = encoder.encode(normalise("عايز ارجع مصر, معيش فلوس"))
    assert float(latin @ arabic) > 0.999


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("3ayez atkallem ma3 7ad bany adam", "talk_to_human"),
        ("nem fe el share3 embare7, fe makan anam feeh?", "shelter_find"),
        ("iza ma 3andi masari la2akol, meen bya3tini akl?", "basic_needs"),
        ("kifach nkhrej mn had lblad, l wra9 dyali ma kaynin", "exit_procedure"),
        ("abi ragm el safara el yamaniya law sama7t", "embassy_contact"),
    ],
)
def test_needs_in_arabizi_are_understood(text: str, intent: str) -> None:
    assert EXPORTED.judge(text).ranking[0].name == intent


EXPORTED = Export.load(NLU / EXPORT)


def test_a_word_stands_in_one_table_with_one_spelling() -> None:
    words = [word for word in f"{TELLING} {SHARED}".split() if word.isascii()]
    assert [word for word, times in Counter(words).items() if times > 1] == []


@settings(deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    read = normalise(f"ana 3ayez felos 3ashan {text}")
    assert in_arabic_letters(read, TOKENS).encode("utf-8")


def test_the_longest_text_is_read_quickly() -> None:
    chosen = random.Random(1)
    words = ["".join(chosen.choices("abdefiklmnorst37", k=9)) for _ in range(130)]
    started = time.perf_counter()
    in_arabic_letters(normalise(" ".join(f"ma3 {word}" for word in words)), TOKENS)
    assert time.perf_counter() - started < 1
