"""What commands print is obeyed by no terminal, and says how long things have taken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cli import tables


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59, milliseconds=900), "59 s"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=3, minutes=5), "3 h 05"),
        (timedelta(days=2, hours=4, minutes=59), "2 d 4 h"),
        (timedelta(days=7), "7 d"),
    ],
)
def test_durations_have_their_two_largest_units(passed: timedelta, said: str) -> None:
    assert tables.duration(passed) == said


def test_texts_of_people_are_shown_in_every_script_and_without_commands() -> None:
    kept = "ជួយ\tကူညီ\n👩‍⚕️ क्षि \u200fسلام"
    assert tables.printable(kept) == kept
    assert tables.printable("\x1b[31m\x07\x9b\r\u202e\u2066\ud800") == "\ufffd[31m" + "\ufffd" * 6


def test_sentences_fit_into_80_columns_and_are_not_broken_within_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = "helpline-operator-link-" + "x" * 70
    tables.say(f"{'word ' * 40} {command} end")
    lines = capsys.readouterr().out.splitlines()
    assert command in lines
    assert all(len(line) <= tables.WIDTH for line in lines if line != command)
