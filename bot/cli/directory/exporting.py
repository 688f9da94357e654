"""`helpline directory export`: writes the directory as a workbook or as CSV files."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot import clock, settings
from bot.cli import tables
from bot.cli.directory import csv_files, laying_out, sources, workbook
from bot.cli.directory.grids import Refused

HELP = """\
Writes embassies, services, numbers, sources and prices for a spreadsheet program.
The first sheet tells how to use it; `helpline directory import` takes it back.
Nothing in content/ is changed."""


def main(words: Sequence[str]) -> int:
    """Export; its exit status."""
    parser = argparse.ArgumentParser(prog="helpline directory export", description=HELP)
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=Path("directory.xlsx"),
        help="FILE.xlsx, or a directory for CSV files, one for each sheet (directory.xlsx)",
    )
    parser.add_argument("--replace", action="store_true", help="overwrite an export that is there")
    options = parser.parse_args(words)
    target: Path = options.file
    if target.suffix.casefold() in {".csv", ".ods", ".xls"}:
        parser.error("name a .xlsx file, or a directory: CSV is one file for each sheet")
    try:
        files = sources.read(settings.read().content_dir)
        made = _made(target, files)
        there = [path for path in made if path.exists()]
        if there and not options.replace:
            sys.stderr.write(f"{there[0]} is there already. To overwrite it: --replace\n")
            return 1
        _write(made)
    except Refused as error:
        sys.stderr.write(f"Nothing was exported. First mend the files:\n{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{target} cannot be written: {error.strerror}\n")
        return 1
    tables.say(f"{len(files.entries)} entries were written to {target}.")
    return 0


def _made(target: Path, files: sources.Files) -> dict[Path, bytes]:
    grids = laying_out.grids(files)
    if target.suffix.casefold() != ".xlsx":
        return {target / f"{grid.name}.csv": csv_files.text_of(grid) for grid in grids}
    into = io.BytesIO()
    workbook.workbook(grids, clock.today()).save(into)
    return {target: into.getvalue()}


def _write(made: Mapping[Path, bytes]) -> None:
    for path, content in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        try:
            beside.write_bytes(content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
