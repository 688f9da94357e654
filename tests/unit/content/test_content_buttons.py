"""Many buttons stay on a small screen, and a human is never below the languages."""

from __future__ import annotations

from datetime import date

from bot.content.answers import HUMAN_PAYLOAD, render
from bot.domain.events import Choice, Said
from tests.support.walks import texts

TODAY = date(2026, 11, 24)


def _rows(phrase: str) -> list[tuple[str, ...]]:
    languages = texts().offered_languages()
    choices = tuple(Choice(f"/SetSlots(language={code})", title=name) for code, name in languages)
    [message] = render(texts(), [Said(phrase, {}, choices)], "en", TODAY)
    return [tuple(button.payload for button in row) for row in message.buttons]


def test_the_human_stands_above_the_languages_that_are_offered() -> None:
    assert _rows("choose_language")[0] == (HUMAN_PAYLOAD,)
    assert _rows("ask_language")[-1] == (HUMAN_PAYLOAD,)


def test_many_buttons_take_half_a_small_screen() -> None:
    assert sum(map(len, _rows("ask_language"))) == len(tuple(texts().offered_languages())) + 1
    assert len(_rows("ask_language")) <= 8
