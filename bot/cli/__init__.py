"""The command `helpline`: one line for each thing it does."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Sequence

from bot.settings import SettingsError

BEGAN = time.monotonic()
"""When the program started, before it loaded anything large."""

USAGE = """\
helpline: a help line on messaging platforms

  helpline run          start everything: web chat, Telegram, jobs
  helpline chat         talk to the bot in this terminal
  helpline simulate     try the Telegram bot without Telegram
  helpline understand   one text a line in, one JSON object a line out
  helpline check        find what is wrong in flows and content
  helpline content      answers and phrases: preview, tasks, translations
  helpline flows        the scripted dialogues: draw them
  helpline directory    embassies, services, numbers: to a spreadsheet and back
  helpline missed       what people asked and the line did not answer
  helpline operator     the team: add, list, link, edit, remove, days off, rota
  helpline cases        who waits for a human, who has them; show, export, resolve
  helpline desk         the operators' group: find, check, rebuild
  helpline retention    when what is old was last erased, and whether a clock holds it back
  helpline nlu          what is done with the model: `helpline nlu evaluate` measures it

Settings come from the environment (HELPLINE_...) and .env; README.md lists them.
"""

COMMANDS = (
    "run", "chat", "simulate", "understand", "check", "content", "flows", "directory", "missed",
    "operator", "cases", "desk", "retention", "nlu",
)  # fmt: skip
"""Each is a module here, with a `main` that takes the words after its name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = words[0] if words else ""
    command = _command(name)
    if command is None:
        asked = name in {"", "-h", "--help", "help"}
        (sys.stdout if asked else sys.stderr).write(USAGE)
        return 0 if asked else 2
    try:
        return command(words[1:])
    except SettingsError as error:
        sys.stderr.write(f"The settings cannot be used:\n{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _command(name: str) -> Callable[[Sequence[str]], int] | None:
    """Find a command; imported only when it is asked for, so that each starts quickly."""
    if name not in COMMANDS:
        return None
    module = importlib.import_module(f"bot.cli.{name}")
    command: Callable[[Sequence[str]], int] = module.main
    return command
