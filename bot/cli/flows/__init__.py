"""`helpline flows`: what is done with the scripted dialogues."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cli import chosen

USAGE = """\
helpline flows: the scripted dialogues

  helpline flows draw   a picture of each flow (--help)
"""


def main(arguments: Sequence[str]) -> int:
    """Run a command; its exit status."""
    return chosen.run({"draw": "bot.cli.flows.draw"}, USAGE, arguments)
