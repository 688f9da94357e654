"""`helpline nlu`: what is done with the model; `evaluate` measures it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cli import chosen

USAGE = """\
helpline nlu: what is done with the model

  helpline nlu evaluate   measure it on labelled sentences that it was not taught (--help)
"""


def main(arguments: Sequence[str]) -> int:
    """Run a command; its exit status."""
    return chosen.run({"evaluate": "bot.cli.nlu.evaluate"}, USAGE, arguments)
