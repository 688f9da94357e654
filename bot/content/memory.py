"""Remembers from one reading to the next what came of which values, and works out only the rest."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Values = TypeVarTuple("Values")


class Memory:
    """What was worked out at the last reading, under a name for each piece of work.

    Work is remembered together with all values that it was given, and is done again when one of
    them is no longer equal. So nothing has to be forgotten when a file changes, as long as `work`
    looks at nothing but its values; what it finds is shared, and must not be changed.

    There is one piece for each name, and `forget`, at the end of a reading that went through, drops
    the names that are no longer asked for: so a memory does not grow with the number of readings.
    """

    def __init__(self) -> None:
        self._pieces: dict[Hashable, tuple[tuple[object, ...], Any]] = {}
        self._asked: set[Hashable] = set()

    def ask(self, name: Hashable, work: Callable[[*Values], T], *values: *Values) -> T:
        """Give what `work` makes of these values; only if they are others than before, do it."""
        self._asked.add(name)
        piece = self._pieces.get(name)
        if piece is None or piece[0] != values:
            piece = self._pieces[name] = (values, work(*values))
        found: T = piece[1]
        return found

    def same(self, name: Hashable, value: T) -> T:
        """Give the value of before if it is equal: what is identical is compared in no time."""
        return self.ask(name, _itself, value)

    def forget(self) -> None:
        """Drop what was not asked for since this was called before."""
        asked, self._asked = self._asked, set()
        for name in self._pieces.keys() - asked:
            del self._pieces[name]


def _itself(value: T) -> T:
    return value
