"""The language is told by script, or by what was learned; when it can't be told, nobody guesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.embedded import Export
from bot.nlu.language import language_of, script_of
from bot.nlu.understand import EXPORT
from bot.settings import ROOT

CODES = ("am", "bn", "en", "fil", "fr", "hi", "id", "my", "ne", "sw", "th", "ur", "vi", "zh")


@pytest.fixture(scope="module")
def learned() -> Export:
    return Export.load(ROOT / "nlu" / EXPORT)


def _says(**probabilities: float) -> dict[str, float]:
    return dict.fromkeys(CODES, 0.01) | probabilities


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我被关在西港的园区里", "zh"),
        ("help 救命", "zh"),
        ("Poipet 的 number 求一个", "zh"),
        ("助けてください、閉じ込められています", "ja"),
        ("도와주세요 갇혀 있어요", "ko"),
        ("ช่วยด้วย ถูกขังอยู่", "th"),
        ("boss ขาย me พรุ่งนี้ ช่วยด้วย", "th"),
        ("ຊ່ວຍແດ່ ຖືກຂັງ", "lo"),
        ("ကူညီပါ ပိတ်လှောင်ထားတယ်", "my"),
        ("location ပို့ရင် လာကယ်နိုင်မလား", "my"),
        ("ជួយខ្ញុំផង", "km"),
        ("मुझे बचाओ, मैं बंद हूँ", "hi"),
        ("इंडिया का embassy कहाँ है", "hi"),
        ("मलाई बचाउनुहोस्, हामीलाई थुनेको छ", "ne"),
        ("इमिग्रेसनले नाम टिप्यो, फोटो खिच्यो", "ne"),
        ("গেট বন্ধ, passport নাই", "bn"),
        ("என்னை காப்பாற்றுங்கள்", "ta"),
        ("مجھے بچاؤ، میں یہاں پھنسا ہوا ہوں", "ur"),
        ("ساعدوني أنا محتجز", "ar"),
        ("من در کامبوج گیر افتادم", None),
        ("زه دلته بندي یم، مرسته راسره وکړئ", None),
        ("Помогите, меня заперли", "ru"),
        ("እርዱኝ እባካችሁ, boss ተናደደ", "am"),
        ("tôi bị nhốt ở đây, cứu tôi với", "vi"),
        ("", None),
        ("ok", None),
        ("hi", None),
        ("123 !!", None),
        ("😭😭", None),
        ("0 +855 12", None),
    ],
)
def test_a_script_tells_the_language_by_itself(text: str, language: str | None) -> None:
    assert language_of(text, {}) == language


@pytest.mark.parametrize(
    ("probabilities", "language"),
    [
        (_says(id=0.9), "id"),
        (_says(sw=0.6), "sw"),
        (_says(ur=0.7, hi=0.2), "ur"),
        (_says(hi=0.35, ur=0.15), "hi"),
        (_says(hi=0.4, ur=0.37), None),
        (_says(en=0.5, id=0.45), None),
        (_says(en=0.3), None),
        (_says(hi=0.3, ur=0.1, ne=0.3), None),
        ({}, None),
    ],
)
def test_a_latin_text_has_the_language_that_is_sure_and_alone(
    probabilities: dict[str, float], language: str | None
) -> None:
    assert language_of("kahani abc", probabilities) == language


def test_letters_of_other_languages_outweigh_what_was_learned() -> None:
    sure = _says(id=0.99)
    assert language_of("bir binada kilitli kalmak", sure) == "id"
    assert language_of("bir binada kilitli kaldım", sure) is None
    assert language_of("ik weet, straße", sure) is None


def test_the_head_helps_where_words_do_not_tell() -> None:
    assert language_of("बाहिर पहरा", {}) is None
    assert language_of("बाहिर पहरा", _says(ne=0.8, hi=0.1)) == "ne"
    assert language_of("बाहिर पहरा", _says(hi=0.8, ne=0.1)) == "hi"
    assert language_of("ایمبسی", {}) is None
    assert language_of("ایمبسی", _says(ur=0.8)) == "ur"


def test_words_of_hindi_outweigh_a_doubtful_head() -> None:
    assert language_of("मुझे नहीं पता कि मैं कहाँ हूँ", _says(ne=0.55, hi=0.45)) == "hi"


@pytest.mark.parametrize(
    ("text", "script"),
    [("abc", "latin"), ("abcd 救", "latin"), ("ab 救", "han"), ("ok ช่วย", "thai"), ("!?", None)],
)
def test_other_scripts_count_more_than_latin(text: str, script: str | None) -> None:
    assert script_of(text) == script


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("they locked us in and took our passports", "en"),
        ("tolong saya dikurung di sini, paspor diambil bos", "id"),
        ("mujhe bharat wapas jana hai, bhartiya dutavas ka pata bataiye", "hi"),
        ("amar passport niye geche, bari jete chai", "bn"),
        ("hamilai kotha ma thuneko chha, sahayog garnus", "ne"),
        ("tinulungan po ba nila kayo, nakakulong kami dito", "fil"),
        ("nimefungiwa ndani ya jengo, nisaidieni", "sw"),
        ("on nous a enfermés et ils ont pris nos passeports", "fr"),
        ("ho giu ho chieu cua em, em muon ve nha", "vi"),
        ("ebakachihu erdugn, passporte wesedubign", "am"),
    ],
)
def test_the_export_tells_languages_in_latin_letters(
    learned: Export, text: str, language: str
) -> None:
    assert language_of(text, learned.languages_of(text)) == language


@pytest.mark.parametrize(
    "text",
    [
        "quiero volver a mi país pero no tengo dinero",
        "ich möchte nach hause aber ich habe kein geld",
        "quero voltar para o brasil mas não tenho dinheiro",
        "lütfen yardım edin, pasaportumu aldılar",
        "jestem zamknięty w budynku i nie mogę wyjść",
    ],
)
def test_a_language_that_nobody_taught_is_none(learned: Export, text: str) -> None:
    assert language_of(text, learned.languages_of(text)) is None


@given(
    st.text(st.characters(codec=None, exclude_categories=()), max_size=300),
    st.dictionaries(st.sampled_from(CODES), st.floats(0, 1)),
)
def test_no_text_breaks_it(text: str, probabilities: dict[str, float]) -> None:
    language = language_of(text, probabilities)
    assert language is None or 2 <= len(language) <= 3
