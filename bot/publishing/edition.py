"""What the line speaks from at one time, and who holds the one that is live now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from bot.content.library import Library
    from bot.domain.problems import Problem
    from bot.flows.definition import FlowLibrary

EARLIER: Final = 16
"""Versions of the flows that are kept in memory for conversations that began with them."""


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """The content and the flows that belong together. Two of them are never mixed in one turn."""

    content: Library = field(repr=False)
    flows: FlowLibrary = field(repr=False)

    @property
    def version(self) -> str:
        """A short name that tells it from every other: it changes with every change of a file."""
        return f"{self.content.version}-{self.flows.version[:8]}"


class EditionRefused(Exception):
    """The files cannot be published; `problems` lists what is wrong in them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(slots=True, eq=False)
class Press:
    """Holds the edition that is live in this process; `bot.publishing.watching` changes it.

    Whoever wants to hear of it adds a function to `listeners` before the watch begins (in
    `bot.app` or above). Each is awaited with this press once at the beginning, then after an
    edition went live, after an edit was refused for other reasons than before, and after what was
    refused was mended. When one raises, all are called again a second later, so that each may
    hear the same twice. Every process of a line has a press of its own, and all of them hear of
    the same edits: what must be said once needs a key, for example a hash of the problems.
    """

    edition: Edition
    since: datetime
    """When this edition went live in this process."""
    refused: tuple[Problem, ...] = ()
    """Why the newest files are not live; empty when they are. Errors only, sorted."""
    listeners: list[Listener] = field(default_factory=list, repr=False)
    _earlier: dict[str, FlowLibrary] = field(default_factory=dict, repr=False)

    def publish(self, edition: Edition, now: datetime) -> None:
        """Make an edition live: whatever begins from now on speaks from it."""
        self.remember(self.edition.flows)
        self.edition, self.since, self.refused = edition, now, ()

    def one_edition(self) -> Press:
        """Give a press that stays with the edition that is live now, for the length of a turn."""
        return Press(self.edition, self.since, self.refused, [], self._earlier)

    def flows_of(self, version: str) -> FlowLibrary | None:
        """Give the flows of a version, if they are at hand."""
        if version == self.edition.flows.version:
            return self.edition.flows
        return self._earlier.get(version)

    def remember(self, flows: FlowLibrary) -> None:
        """Keep an earlier version of the flows at hand."""
        self._earlier.pop(flows.version, None)
        self._earlier[flows.version] = flows
        while len(self._earlier) > EARLIER:
            del self._earlier[next(iter(self._earlier))]


Listener: TypeAlias = Callable[[Press], Awaitable[None]]
