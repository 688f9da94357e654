"""Whatever a library logs, warns of or dies of: its text never reaches standard error."""

from __future__ import annotations

import json
import subprocess
import sys

from bot.settings import ROOT

CANARY = "qzv7xkw"

PROGRAM = f"""
import asyncio, logging, sys, warnings
from bot import logs

if "silent" in sys.argv:
    logs.configure("DEBUG")

import aiogram, procrastinate, pydantic, sqlalchemy  # some bring handlers of their own
from tests.safety.leaky_line import speak

text = "{CANARY}"
late = logging.getLogger("a.library.that.came.late")
late.error("what it was given: %s", text)

async def main():
    speak(text)
    asyncio.create_task(fail())  # an error that nobody ever asks for
    await asyncio.sleep(0.05)

async def fail():
    raise RuntimeError(text)

class Message(pydantic.BaseModel):
    number: int

asyncio.run(main())
logs.get().info("an_event", conversation="1", text=text)
try:
    Message(number=text)
except pydantic.ValidationError as error:
    raise ExceptionGroup(text, [error, ValueError(text)]) from KeyError(text)
"""


def _errors(*words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if "silent" in words:
        assert CANARY not in done.stdout
    return done.returncode, done.stderr


def test_no_text_of_a_library_reaches_standard_error() -> None:
    status, errors = _errors("silent")
    assert status == 1
    assert CANARY not in errors
    events = [json.loads(line) for line in errors.splitlines()]
    libraries = {event.get("library") for event in events}
    assert {"aiogram.event", "procrastinate.worker", "sqlalchemy", "asyncio"} <= libraries
    assert {"py.warnings", "a.library.that.came.late"} <= libraries
    assert [event["event"] for event in events].count("uncaught") == 3  # thread, __del__, the end


def test_what_is_silenced_is_loud_without_it() -> None:
    _, errors = _errors("loud")
    assert errors.count(CANARY) > 10


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    """A full disk or a log reader that died must not undo the storing of a call for help."""
    program = (
        "import os; r, w = os.pipe(); os.close(r); os.dup2(w, 2)\n"
        "import logging; from bot import logs; logs.configure('INFO')\n"
        "logs.get().info('message_stored'); logging.getLogger('x').error('y')\n"
        "print('goes on')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout == "goes on\n"
