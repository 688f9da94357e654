"""Who read a text last, and when: a role, never the name of a person; or only a machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.content.records import Record, day, line_of_text
from bot.domain.yaml_source import Node, SourceError

MACHINE: Final = "machine"
HUMAN: Final = "human"
"""Somebody, on a day that nobody wrote down: the short form of old files."""


@dataclass(frozen=True, slots=True)
class Review:
    """Who read a text last."""

    by: str
    """A role, like `translator of Thai`, or `machine`, or `human`."""
    on: date | None = None

    @property
    def is_machine(self) -> bool:
        """Whether no person has read the text."""
        return self.by == MACHINE


def read_review(node: Node) -> Review:
    """Read `machine`, `human`, or `{by: <role>, on: <day>}`."""
    if isinstance(node.value, str) and node.value in {MACHINE, HUMAN}:
        return Review(node.value)
    if isinstance(node.value, tuple | str) or node.kind != "keys with values":
        mend = "use machine, human, or {by: <role>, on: 2026-11-23}"
        raise node.error("the word is not known here", mend)
    errors: list[SourceError] = []
    record = Record(node, errors)
    record.known("by", "on")
    review = Review(record.need("by", line_of_text, ""), record.need("on", day, date.min))
    if not errors and review.is_machine:
        errors.append(node.error("a machine is nobody's role", "write `reviewed: machine`"))
    if errors:
        raise errors[0]
    return review
