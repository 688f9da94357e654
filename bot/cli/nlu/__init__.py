"""`helpline nlu`: what is done with the model; `evaluate` measures it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

USAGE = """\
helpline nlu: what is done with the model

  helpline nlu evaluate   measure it on labelled sentences that it was not taught (--help)
"""

COMMANDS = ("evaluate",)
"""Each is a module here, with a `main` that takes the words after its name."""


def main(arguments: Sequence[str]) -> int:
    """Run a command; its exit status."""
    name = arguments[0] if arguments else ""
    if name not in COMMANDS:
        asked = name in {"", "-h", "--help", "help"}
        (sys.stdout if asked else sys.stderr).write(USAGE)
        return 0 if asked else 2
    status: int = importlib.import_module(f"bot.cli.nlu.{name}").main(arguments[1:])
    return status
