"""Compares a spreadsheet with the files: what it changes, what not, and what is to be told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.cli.directory.columns import AS_OF, ID, key_order
from bot.cli.directory.entries import Cells, Path, stamp
from bot.cli.directory.given import Given
from bot.cli.directory.grids import Refused, place
from bot.cli.directory.sources import Files, Kept
from bot.domain.yaml_source import SourceError


class Kind(StrEnum):
    """What happens to an entry."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One cell, as the files have it and as the spreadsheet does."""

    path: Path
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in one entry."""

    kind: Kind
    sheet: str
    id: str
    title: str
    changes: tuple[Change, ...]
    cells: Cells
    """The whole entry as it shall be."""

    @property
    def count(self) -> int:
        """How many changes it counts as."""
        return len(self.changes) if self.kind is Kind.CHANGED else 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that a spreadsheet would change."""

    differences: tuple[Difference, ...]
    conflicts: tuple[Difference, ...]
    """Entries that somebody changed in the files after the export, and the sheet changes, too."""
    vanished: tuple[str, ...]
    """Ids that the files had when the sheet was exported, and have no more."""
    told: tuple[str, ...]
    """What the reader should know, and what changes nothing."""

    @property
    def count(self) -> int:
        """How many changes there are."""
        return sum(difference.count for difference in self.differences)


def compare(files: Files, given: Mapping[str, Given], remove: Collection[str]) -> Comparison:
    """Compare; entries and rows that are gone are removed only if `remove` names their entry.

    Raises:
        Refused: it cannot be said what is meant.
    """
    comparing = _Comparing(files, remove)
    for entry in given.values():
        comparing.take(entry)
    for kept in files.entries.values():
        if kept.id not in given:
            comparing.gone(kept)
    left = [name for name in remove if name not in comparing.removed]
    for name in left:
        what = f"--remove {name}: all rows of it are there"
        if name not in files.entries:
            what = f"--remove {name}: the files have no such entry"
        comparing.errors.append(SourceError("command", 0, what, "delete the row that shall go"))
    if comparing.errors:
        raise Refused(comparing.errors)
    return Comparison(
        tuple(comparing.differences),
        tuple(comparing.conflicts),
        tuple(comparing.vanished),
        tuple(comparing.told),
    )


class _Comparing:
    def __init__(self, files: Files, remove: Collection[str]) -> None:
        self.files = files
        self.remove = remove
        self.removed: set[str] = set()
        self.differences: list[Difference] = []
        self.conflicts: list[Difference] = []
        self.vanished: list[str] = []
        self.told: list[str] = []
        self.errors: list[SourceError] = []
        self._stamps = {kept.stamp for kept in files.entries.values()}

    def take(self, given: Given) -> None:
        kept = self.files.entries.get(given.id)
        if kept is None:
            # A row that was copied, to be a new entry, has a copied stamp.
            if given.as_of and given.as_of not in self._stamps:
                self.vanished.append(given.id)
            else:
                self._add(given)
        elif kept.sheet is not given.sheet:
            what = f"`{given.id}` stands in {kept.sheet.name}"
            self._error(given, ID, what, f"leave it in the sheet {kept.sheet.name}")
        elif given.cells == kept.cells:
            return
        elif not given.as_of:
            what = f"`{given.id}` is in the files already, and the row does not say since when"
            self._error(given, AS_OF, what, "export again; a new entry needs an id of its own")
        elif stamp(given.sheet, given.cells) != given.as_of:
            self._change(kept, given)

    def gone(self, kept: Kept) -> None:
        if kept.id in self.remove:
            self.removed.add(kept.id)
            changes = _changes(kept.cells, {})
            self.differences.append(_difference(Kind.REMOVED, kept, changes, {}))
        else:
            self.told.append(
                f"`{kept.id}` has no row in the sheet {kept.sheet.name}: it stays as it is. "
                f"To remove it: --remove {kept.id}"
            )

    def _add(self, given: Given) -> None:
        changes = _changes({}, given.cells)
        title = given.cells.get((given.sheet.title, "en"), "")
        self.differences.append(
            Difference(Kind.ADDED, given.sheet.name, given.id, title, changes, given.cells)
        )

    def _change(self, kept: Kept, given: Given) -> None:
        if given.as_of != kept.stamp:
            changes = _changes(kept.cells, given.cells)
            self.conflicts.append(_difference(Kind.CHANGED, kept, changes, given.cells))
            return
        wanted = dict(given.cells)
        for path, text in kept.cells.items():
            if _row_of(path) in given.rows:
                continue
            if kept.id in self.remove:
                self.removed.add(kept.id)
            else:
                wanted[path] = text
        if kept.id not in self.remove:
            self.told.extend(_gone_rows(kept, given))
        changes = _changes(kept.cells, wanted)
        if changes:
            self.differences.append(_difference(Kind.CHANGED, kept, changes, wanted))
            self.told.extend(_not_called(kept, changes, wanted))

    def _error(self, given: Given, column: str, what: str, mend: str) -> None:
        where = place(given.sheet.name, column)
        self.errors.append(SourceError(where, given.rows[()], what, mend))


def _difference(kind: Kind, kept: Kept, changes: tuple[Change, ...], cells: Cells) -> Difference:
    title = kept.cells.get((kept.sheet.title, "en"), "")
    return Difference(kind, kept.sheet.name, kept.id, title, changes, cells)


def _changes(old: Cells, new: Cells) -> tuple[Change, ...]:
    return tuple(
        Change(path, old.get(path, ""), new.get(path, ""))
        for path in sorted(dict.fromkeys((*new, *old)), key=_order)
        if old.get(path, "") != new.get(path, "")
    )


def _order(path: Path) -> tuple[int, int, int]:
    """As the files have it: key, place in the list, key of the item; languages as they stand."""
    if len(path) < 3:  # noqa: PLR2004 - not of a list
        return key_order(path[0]), 0, 0
    name, at, column = path
    return key_order(name), int(at), key_order("use" if column == "uses" else column)


def _row_of(path: Path) -> Path:
    """The row in which a cell stands, as `Given.rows` names it."""
    return path[: len(path) - 1]


def _gone_rows(kept: Kept, given: Given) -> Iterator[str]:
    for row in dict.fromkeys(map(_row_of, kept.cells)):
        if row not in given.rows:
            what = _ITEM_WORDS.get(row[0], row[0])
            text = next(text for path, text in kept.cells.items() if _row_of(path) == row)
            yield (
                f"`{kept.id}`: the {what} `{text}` has no row any more: it stays. "
                f"To remove it: --remove {kept.id}"
            )


def _not_called(kept: Kept, changes: tuple[Change, ...], wanted: Cells) -> Iterator[str]:
    for change in changes:
        if change.path[0] != "phones" or change.path[-1] != "number" or not change.new:
            continue
        day = (*_row_of(change.path), "verified_on")
        before = kept.cells.get(day) or kept.cells[_DAY]
        # Who writes beside the number that somebody checked it, has been asked enough.
        checked = (*_row_of(change.path), "checked_by")
        if wanted.get(checked, "") != kept.cells.get(checked, ""):
            continue
        if change.old and (wanted.get(day) or wanted.get(_DAY)) == before:
            yield (
                f"`{kept.id}`: the number changed to {change.new}, but verified_on is still "
                f"{before}. Has somebody called it?"
            )


_DAY: Final = ("verified_on",)
_ITEM_WORDS: Final = {"phones": "number", "sources": "source"}
