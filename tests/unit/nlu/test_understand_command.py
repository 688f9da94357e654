"""`helpline understand` answers every line, one object a line, whatever the line holds."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from typing import Any

import pytest

from bot.settings import ROOT

KEYS = {"text", "intent", "confidence", "ranking", "language", "urgency", "decision", "entities"}
LOCKED = "the guards lock the gate, we cannot leave, we are from Nepal"


def _understand(stdin: bytes, *, fails: bool = False) -> list[dict[str, Any]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    run = subprocess.run(
        [sys.executable, "-c", "import bot.cli.understand as u; raise SystemExit(u.main([]))"],
        input=stdin,
        capture_output=True,
        check=not fails,
        env=environment,
        timeout=120,
        cwd=ROOT,
    )
    assert run.stderr == b""
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_each_line_gets_its_object() -> None:
    answers = _understand(f"{LOCKED}\r\nhalo kak\nterima kasih banyak".encode())
    assert [answer["text"] for answer in answers] == [
        LOCKED,
        "halo kak",
        "terima kasih banyak",
    ]
    assert [answer["intent"] for answer in answers] == ["held_captive", "greet", "thanks"]
    assert answers[0]["decision"] == "page"
    assert answers[0]["language"] == "en"
    assert answers[0]["entities"] == [{"kind": "country", "value": "NP", "start": 55, "end": 60}]
    for answer in answers:
        assert answer.keys() >= KEYS
        assert 0 <= answer["urgency"] <= 1
        assert answer["decision"] in {"page", "ask", "none"}
        assert answer["ranking"][0] == {
            "intent": answer["intent"],
            "confidence": answer["confidence"],
        }


def test_odd_lines_are_answered_not_crashed_on() -> None:
    rng = random.Random(7)
    noise = bytes(rng.choice([b for b in range(256) if b != 0x0A]) for _ in range(5000))
    lines = [
        b"",
        b"a" * 100_000,
        noise,
        b"\x00",
        b"\xff\xfe\xfd",
        b"\xed\xa0\x80",  # a surrogate
        "\ufdfa".encode() * 30_000,
        "😭".encode() * 25_000,
        b"   ",
        b"/held_captive",
        b"\r",
        b'{"text": 1}',
        b"1" * 100_000,
    ]
    answers = _understand(b"\n".join(lines) + b"\n")
    assert len(answers) == len(lines)
    assert all(answer.keys() >= KEYS for answer in answers)


def test_no_line_no_answer() -> None:
    assert _understand(b"") == []


def test_a_last_line_without_an_end_is_a_line() -> None:
    assert [answer["text"] for answer in _understand(b"hello\n\nbye")] == ["hello", "", "bye"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end differently there")
def test_a_reader_that_leaves_ends_it_quietly() -> None:
    program = "import bot.cli.understand as u; raise SystemExit(u.main([]))"
    command = f"yes hello | head -200 | {sys.executable} -c '{program}' | head -1"
    run = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        check=True,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert json.loads(run.stdout)["text"] == "hello"
    assert b"Traceback" not in run.stderr
