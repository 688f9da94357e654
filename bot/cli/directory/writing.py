"""Gives the new texts of the files of the directory that an import changes."""

from __future__ import annotations

from typing import Final, cast

from bot.cli.content.replacing import Change
from bot.cli.directory.comparing import Comparison, Kind
from bot.cli.directory.entries import Plain, changed
from bot.cli.directory.grids import Refused
from bot.cli.directory.rewriting import RewriteError, rewritten
from bot.cli.directory.sources import File, Files
from bot.domain.yaml_source import SourceError


def changes(files: Files, comparison: Comparison) -> tuple[Change, ...]:
    """Make the new text of each file that changes.

    Raises:
        Refused: a file is written in a way in which the change cannot be made.
    """
    made: list[Change] = []
    for file in files.files:
        wanted = _wanted(file, comparison)
        try:
            text = rewritten(file.raw.decode(), wanted).encode()
        except RewriteError as error:
            raise Refused([SourceError(file.node.file, 0, str(error), "change it there")]) from None
        if text != file.raw:
            made.append(Change(file.path.relative_to(files.root).as_posix(), file.raw, text))
    return tuple(made)


def countries_found(comparison: Comparison) -> tuple[str, ...]:
    """Give the countries of the missions that are added or changed: theirs is not unknown."""
    return tuple(
        found.cells[_COUNTRY]
        for found in comparison.differences
        if found.kind is not Kind.REMOVED and _COUNTRY in found.cells
    )


def _wanted(file: File, comparison: Comparison) -> Plain:
    """Give the whole file as it shall be."""
    document = cast("Plain", file.node.plain())
    mine = [found for found in comparison.differences if found.sheet == file.sheet.name]
    changes = {found.id: found for found in mine}
    entries: list[Plain] = []
    for entry in document[file.sheet.name]:
        found = changes.get(entry["id"])
        if found is None:
            entries.append(entry)
        elif found.kind is not Kind.REMOVED:
            told = {change.path: change.new for change in found.changes}
            entries.append(changed(file.sheet, entry, told))
    entries += [
        changed(file.sheet, {"id": found.id}, {change.path: change.new for change in found.changes})
        for found in mine
        if found.kind is Kind.ADDED
    ]
    whole: Plain = {**document, file.sheet.name: entries}
    if _NOT_FOUND in document:
        found_now = set(countries_found(comparison))
        whole[_NOT_FOUND] = [code for code in document[_NOT_FOUND] if code not in found_now]
    return whole


_NOT_FOUND: Final = "not_found"
_COUNTRY: Final = ("country",)
"""The column of a mission that says whose it is."""
