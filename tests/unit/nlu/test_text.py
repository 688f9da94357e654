"""The reading of a text is the same everywhere, bounded, and safe for an engine written in C."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from hypothesis import example, given
from hypothesis import strategies as st

from bot.nlu import text as ours
from bot.settings import ROOT

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=300)


def _of_rasa() -> ModuleType:
    path = Path(ROOT / "nlu" / "components" / "text.py")
    spec = importlib.util.spec_from_file_location("text_of_rasa", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


THEIRS = _of_rasa()


@given(ANY_TEXT)
@example("/held_captive")
@example("\ud800")
@example("ﷺ" * 600)
def test_rasa_and_the_bot_read_a_text_alike(text: str) -> None:
    assert ours.normalise(text) == THEIRS.normalise(text)
    assert ours.char_ngrams(text) == THEIRS.char_ngrams(text)


@given(ANY_TEXT)
def test_reading_twice_changes_nothing(text: str) -> None:
    once = ours.normalise(text)
    assert ours.normalise(once) == once


@given(ANY_TEXT)
def test_what_is_read_is_bounded_and_safe(text: str) -> None:
    read = ours.normalise(text * 20)
    assert len(read) <= ours.HEAD + 1 + ours.TAIL
    assert "\0" not in read
    read.encode("utf-8")


def test_no_text_reaches_rasa_as_a_command() -> None:
    for text in ("/restart", "  //held_captive", "/ /greet", "\u200b/greet", "\u2060 / /x"):
        assert not ours.normalise(text).startswith(("/", " "))


def test_the_beginning_and_the_end_of_a_long_text_are_read() -> None:
    read = ours.normalise("first " + "x" * 100_000 + " last")
    assert read.startswith("first ")
    assert read.endswith(" last")
