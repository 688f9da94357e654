"""Runs one of several commands of a group: each is a module, imported only when it is asked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence


def run(modules: Mapping[str, str], usage: str, arguments: Sequence[str]) -> int:
    """Run the command that the first word names with the words after it; its exit status.

    `modules` gives for each command the module whose `main` takes those words. Without a known
    command the usage is shown: asked for, with status 0, else with 2.
    """
    name = arguments[0] if arguments else ""
    if name not in modules:
        asked = name in {"", "-h", "--help", "help"}
        (sys.stdout if asked else sys.stderr).write(usage)
        return 0 if asked else 2
    status: int = importlib.import_module(modules[name]).main(arguments[1:])
    return status
