"""Places, nationalities and numbers are found as people write them, at the right offsets."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.entities import LONGEST, Gazetteer, GazetteerError
from bot.settings import ROOT

GAZETTEER = Gazetteer.load(ROOT / "nlu" / "entities")


def _found(text: str) -> list[tuple[str, str]]:
    return [(entity.kind, entity.value) for entity in GAZETTEER.find(text)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I am Indonesian", "ID"),
        ("saya WNI", "ID"),
        ("kami orang indonesia semua", "ID"),
        ("i'm from the PHILIPPINES", "PH"),
        ("filipina po ako", "PH"),
        ("pinoy here", "PH"),
        ("we are chinese", "CN"),
        ("orang cina", "CN"),
        ("teman saya orang nepal", "NP"),
        ("I'm a nigerian", "NG"),
        ("dari Pantai Gading", "CI"),
        ("from Côte d’Ivoire", "CI"),
        ("from Cote d'Ivoire", "CI"),
        ("South Sudan", "SS"),
        ("the US embassy", "US"),
        ("warga Jerman", "DE"),
        ("Kenyan girl", "KE"),
        ("orang myanmar", "MM"),
        ("vietnam", "VN"),
        ("warga negara Korea Selatan", "KR"),
    ],
)
def test_a_country_or_nationality_is_its_code(text: str, code: str) -> None:
    assert _found(text) == [("country", code)]


@pytest.mark.parametrize(
    "text", ["help us please", "i am in Cambodia", "di kamboja", "niger-like", "so man, listen"]
)
def test_other_words_are_no_countries(text: str) -> None:
    assert ("country", "US") not in _found(text)
    assert ("country", "KH") not in _found(text)
    assert ("country", "IM") not in _found(text)


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("im in sihanouk ville", "Sihanoukville"),
        ("di sihanukville", "Sihanoukville"),
        ("我在西港", "Sihanoukville"),
        ("near pnom penh", "Phnom Penh"),
        ("Poi Pet border", "Poipet"),
        ("O'Smach", "O'Smach"),
        ("bavet", "Bavet"),
        ("siam reap", "Siem Reap"),
    ],
)
def test_a_town_is_found_in_its_usual_misspellings(text: str, town: str) -> None:
    assert _found(text) == [("city", town)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("call 012 345 678", "+85512345678"),
        ("wa +62 812-3456-7890 ya", "+6281234567890"),
        ("+855 97 123 4567", "+855971234567"),
    ],
)
def test_a_phone_number_is_e164(text: str, number: str) -> None:
    assert ("phone", number) in _found(text)


def test_offsets_are_code_points_of_the_text() -> None:
    text = "😭😭 I'm in Phnom  Penh, from Nepal, +85512345678"
    for entity in GAZETTEER.find(text):
        assert text[entity.start : entity.end] in {"Phnom  Penh", "Nepal", "+85512345678"}


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=400))
def test_no_text_breaks_the_finder(text: str) -> None:
    for entity in GAZETTEER.find(text):
        assert 0 <= entity.start < entity.end <= len(text)


def test_a_very_long_text_takes_no_long_time() -> None:
    started = time.perf_counter()
    GAZETTEER.find("1" * 100_000)
    GAZETTEER.find("012 345 678 " * 10_000)
    GAZETTEER.find("(" * LONGEST)
    assert time.perf_counter() - started < 5


def test_every_country_with_a_name_in_cldr_is_known() -> None:
    for name, code in (
        ("Kyrgyzstan", "KG"),
        ("Timor-Leste", "TL"),
        ("Eswatini", "SZ"),
        ("Yunani", "GR"),
    ):
        assert _found(name) == [("country", code)]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GazetteerError, match=r"countries\.yml"):
        Gazetteer.load(tmp_path)
