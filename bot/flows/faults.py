"""Collects everything that is wrong in flow files, so that an author sees all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.problems import Problem
from bot.domain.yaml_source import Node, SourceError
from bot.flows.conditions import Parsed, parse
from bot.flows.patterns import ConditionError


class Faults:
    """The problems found so far."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, error: SourceError) -> None:
        """Note one problem."""
        self.found.append(Problem(error.file, error.line, error.what, error.mend))

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Note the problem that ends this block, and go on after it."""
        try:
            yield
        except SourceError as error:
            self.add(error)

    def unknown_keys(self, node: Node, known: tuple[str, ...], refused: dict[str, str]) -> None:
        """Note each key that is not known; `refused` says why some of Rasa's keys are not."""
        for key in node.mapping():
            if key in refused:
                self.add(node.key_error(key, f"the key `{key}` is not used here", refused[key]))
            elif key not in known:
                listed = ", ".join(known)
                self.add(
                    node.key_error(key, f"the key `{key}` is not known here", f"one of: {listed}")
                )

    def condition(self, node: Node) -> Parsed | None:
        """Read a condition; None, and a problem noted, when it cannot be read."""
        value = node.value
        try:
            return parse(value if isinstance(value, bool) else node.text())
        except ConditionError as error:
            self.add(node.error(f"condition: {error.what}", error.mend))
        except SourceError as error:
            self.add(error)
        return None
