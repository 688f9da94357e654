"""The language is told by script, or by what was learned; when it can't be told, nobody guesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.embedded import Export
from bot.nlu.language import language_of
from bot.nlu.understand import EXPORT
from bot.settings import ROOT

LEARNED = Export.load(ROOT / "nlu" / EXPORT)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我被关在西港的园区里", "zh"),
        ("help 救命", "zh"),
        ("助けてください、閉じ込められています", "ja"),
        ("도와주세요 갇혀 있어요", "ko"),
        ("ช่วยด้วย ถูกขังอยู่", "th"),
        ("ຊ່ວຍແດ່ ຖືກຂັງ", "lo"),
        ("ကူညီပါ ပိတ်လှောင်ထားတယ်", "my"),
        ("ជួយខ្ញុំផង", "km"),
        ("मुझे बचाओ, मैं बंद हूँ", "hi"),
        ("मलाई बचाउनुहोस्, हामीलाई थुनेको छ", "ne"),
        ("আমাকে বাঁচান", "bn"),
        ("என்னை காப்பாற்றுங்கள்", "ta"),
        ("مجھے بچاؤ، میں یہاں پھنسا ہوا ہوں", "ur"),
        ("ساعدوني أنا محتجز", "ar"),
        ("Помогите, меня заперли", "ru"),
        ("እርዱኝ እባካችሁ", "am"),
        ("they locked us in and took our passports", "en"),
        ("tolong saya dikurung di sini, paspor diambil bos", "id"),
        ("", None),
        ("ok", None),
        ("123 !!", None),
        ("😭😭", None),
    ],
)
def test_the_language_of_a_text(text: str, language: str | None) -> None:
    assert language_of(text, LEARNED.languages_of(text)) == language


def test_an_even_match_is_no_answer() -> None:
    assert language_of("hallo", {"en": 0.5, "id": 0.5}) is None
    assert language_of("hallo", {}) is None


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    language = language_of(text, LEARNED.languages_of(text))
    assert language is None or len(language) == 2
