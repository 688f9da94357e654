"""Reads the files of the directory with the lines, texts and entries that the round trip needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from bot.cli.directory.columns import ENTRY_SHEETS, EntrySheet
from bot.cli.directory.entries import Cells, Plain, cells_of, stamp
from bot.cli.directory.grids import Refused
from bot.content.directory import Directory
from bot.content.directory_files import read_directory
from bot.domain.yaml_source import Node, SourceError, load_yaml, read_source, source_name


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as a file has it."""

    sheet: EntrySheet
    id: str
    plain: Plain
    cells: Cells
    stamp: str


@dataclass(frozen=True, slots=True)
class File:
    """One file of the directory."""

    sheet: EntrySheet
    path: Path
    raw: bytes
    node: Node


@dataclass(frozen=True, slots=True)
class Files:
    """All of the directory, as it was when it was read."""

    root: Path
    files: tuple[File, ...]
    entries: Mapping[str, Kept]
    """By id, in the order of the files."""
    languages: tuple[str, ...]
    directory: Directory


def read(root: Path) -> Files:
    """Read the directory below `content/`.

    Raises:
        Refused: something is wrong in its files; mend them before a spreadsheet is used.
    """
    errors: list[SourceError] = []
    files = [found for sheet in ENTRY_SHEETS if (found := _file(root, sheet, errors))]
    if errors:
        raise Refused(errors)
    missions, services, figures = (file.node for file in files)
    directory = read_directory(missions, services, figures, errors)
    languages = _languages(root, errors)
    if errors:
        raise Refused(errors)
    entries: dict[str, Kept] = {}
    for kept in (kept for file in files for kept in _entries(file)):
        if kept.id in entries:
            what = f"the id `{kept.id}` stands in {entries[kept.id].sheet.name}.yml, too"
            name = f"content/directory/{kept.sheet.name}.yml"
            errors.append(SourceError(name, 0, what, "rename one"))
        entries[kept.id] = kept
    if errors:
        raise Refused(errors)
    used = {
        path[1]
        for kept in entries.values()
        for path in kept.cells
        if path[0] in kept.sheet.localised
    }
    every = tuple(dict.fromkeys(("en", *languages, *sorted(used))))
    return Files(root, tuple(files), entries, every, directory)


def _file(root: Path, sheet: EntrySheet, errors: list[SourceError]) -> File | None:
    path = root / "directory" / f"{sheet.name}.yml"
    try:
        text = read_source(path, root)
        return File(sheet, path, path.read_bytes(), load_yaml(text, source_name(path, root)))
    except SourceError as error:
        errors.append(error)
        return None


def _entries(file: File) -> Iterator[Kept]:
    for node in file.node.require(file.sheet.name).sequence():
        plain = cast("Plain", node.plain())
        cells = cells_of(file.sheet, plain)
        yield Kept(file.sheet, plain["id"], plain, cells, stamp(file.sheet, cells))


def _languages(root: Path, errors: list[SourceError]) -> tuple[str, ...]:
    path = root / "languages.yml"
    try:
        listed = load_yaml(read_source(path, root), source_name(path, root))
        return tuple(item.require("code").text() for item in listed.require("languages").sequence())
    except SourceError as error:
        errors.append(error)
        return ()
