"""What somebody speaks is no nationality; "safe" answers the question that has the word in it."""

from __future__ import annotations

import pytest

from tests.unit.nlu.test_entities import GAZETTEER


def _found(text: str, kind: str) -> list[str]:
    return [entity.value for entity in GAZETTEER.find(text) if entity.kind == kind]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ma langue est le francais", "fr"),
        ("je parle français", "fr"),
        ("I speak French", "fr"),
        ("tolong jawab bahasa indonesia", "id"),
        ("我说中文", "zh"),
        ("हिन्दी में बताइए", "hi"),
        ("میں اردو بولتا ہوں", "ur"),
        ("আমি বাংলা বলি", "bn"),
        ("म नेपाली बोल्छु", "ne"),
        ("tôi nói tiếng việt", "vi"),
        ("ตอบเป็นภาษาไทย", "th"),
        ("ဗမာစကားပြောတယ်", "my"),
        ("tagalog po salita ko", "fil"),
        ("lugha yangu ni kiswahili", "sw"),
        ("አማርኛ እናገራለሁ", "am"),
        ("mi idioma es español", "es"),
        ("eu falo portugues", "pt"),
        ("english only please", "en"),
    ],
)
def test_a_language_is_told_and_is_no_country(text: str, code: str) -> None:
    assert _found(text, "language") == [code]
    assert _found(text, "country") == []


@pytest.mark.parametrize(
    "text",
    [
        "i dont speak english",
        "saya bisa bahasa Inggris",
        "saya tidak bisa bahasa inggris tolong jawab bahasa indonesia",
        "hindi po",  # "no" in Filipino
        "i speak english and french",
    ],
)
def test_a_language_that_may_not_be_wanted_is_not_told(text: str) -> None:
    assert _found(text, "language") == []
    assert _found(text, "country") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("i am from france i speak french", "FR"),
        ("I am Thai", "TH"),
        ("i want to speak to the indonesian embassy", "ID"),
        ("je veux parler à l'ambassade de France", "FR"),
    ],
)
def test_a_nationality_beside_words_of_speaking_stays_one(text: str, code: str) -> None:
    assert _found(text, "country") == [code]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, "true") for text in ("safe", "Its safe sir", "aman", "安全", "an toàn ạ")),
        *((text, "true") for text in ("ปลอดภัยครับ", "ligtas naman po", "salama", "सुरक्षित छ")),
        *((text, "true") for text in ("محفوظ ہے", "নিরাপদ", "လုံခြုံတယ်", "ደህና ነው", "en sécurité")),
        *((text, "false") for text in ("not safe", "gak aman", "不安全", "không an toàn")),
        *((text, "false") for text in ("ไม่ปลอดภัย", "hindi po ligtas", "sio salama", "isn’t safe")),
    ],
)
def test_the_word_of_the_question_answers_it(text: str, value: str) -> None:
    assert _found(text, "safe") == [value]


@pytest.mark.parametrize("text", ["is it safe to go to embassy", "a safe place", "safe" * 30, ""])
def test_a_message_that_says_more_is_no_such_answer(text: str) -> None:
    assert _found(text, "safe") == []
