"""`helpline content`: what editors and translators do with answers and phrases."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cli import chosen

USAGE = """\
helpline content: answers and phrases, for editors and translators

  helpline content preview     a page on this machine: every answer, as a phone shows it
  helpline content tasks       what to do next: stale facts, changed English, missing texts
  helpline content export      what is missing or changed in one language, as a PO file
  helpline content import      take a translated PO file back, checked
  helpline content unchanged   say that translations still hold after a change of the English

Each has --help. docs/editors.md tells how they go together.
"""

MODULES = {
    "preview": "bot.cli.content.preview",
    "tasks": "bot.cli.content.tasks",
    "export": "bot.cli.content.exporting",
    "import": "bot.cli.content.importing",
    "unchanged": "bot.cli.content.unchanged",
}


def main(arguments: Sequence[str]) -> int:
    """Run a command; its exit status."""
    return chosen.run(MODULES, USAGE, arguments)
