"""`helpline directory`: the facts as a spreadsheet, and back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cli import chosen

USAGE = """\
helpline directory: embassies, services, numbers and prices as a spreadsheet

  helpline directory export   write them to an XLSX or CSV file (--help)
  helpline directory import   show what a changed file would change, then take it over (--help)
"""

MODULES = {
    "export": "bot.cli.directory.exporting",
    "import": "bot.cli.directory.importing",
}


def main(arguments: Sequence[str]) -> int:
    """Run a command; its exit status."""
    return chosen.run(MODULES, USAGE, arguments)
