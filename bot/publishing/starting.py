"""Decides what a starting line speaks from: its files, or the last good copy of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bot import logs
from bot.publishing import continuity, reading
from bot.publishing.edition import Edition, EditionRefused

if TYPE_CHECKING:
    from bot.domain.problems import Problem
    from bot.publishing.reading import Files, Reading, Signature
    from bot.publishing.shelf import Shelf

log = logs.get()


@dataclass(frozen=True, slots=True)
class Start:
    """What the line begins with."""

    edition: Edition
    refused: tuple[Problem, ...]
    """Why the files are not what it speaks from; empty when they are."""
    seen: Signature
    """How the files looked when they were read."""
    flaws: tuple[Problem, ...] = ()
    """Errors in what is spoken from, when there was nothing better."""


def begin(files: Files, shelf: Shelf, today: date) -> Start:
    """Choose the edition to start with, and keep a copy of it if it is sound.

    Best are files in which nothing is wrong; then the last edition in which nothing was. Without
    one, as at the first start, files that can be loaded do: one bad text must not silence the line.

    Raises:
        EditionRefused: neither the files nor any copy can be loaded; it lists what is wrong.
    """
    seen = files.signature()
    versions = shelf.versions()
    found = reading.look(files, today, versions)
    good = found.edition if not found.errors else None
    if good is not None and versions[:1] == [good.version]:
        return Start(good, (), seen)
    last = _last(files, shelf, today)
    errors = found.errors
    if good is not None and last is not None and not last.errors and last.edition is not None:
        errors = tuple(continuity.broken(last.edition.flows, good, files.tiers))
    if good is not None and not errors:
        shelf.keep(files, good.version, seen)
        return Start(good, (), seen)
    if last is not None and last.edition is not None and not last.errors:
        return Start(last.edition, errors, seen)
    if found.edition is not None:
        log.error("edition_flawed", version=found.edition.version, count=len(errors))
        return Start(found.edition, (), seen, errors)
    if last is not None and last.edition is not None:
        return Start(last.edition, errors, seen, last.errors)
    raise EditionRefused(errors)


def _last(files: Files, shelf: Shelf, today: date) -> Reading | None:
    """Read the newest copy that is whole and sound, else the newest that can be loaded."""
    usable: Reading | None = None
    for version in shelf.versions():
        found = reading.look(shelf.files(version, files), today)
        if found.edition is None:
            continue
        if not found.errors and found.edition.version == version:
            return found
        if usable is None:
            usable = found
    return usable
