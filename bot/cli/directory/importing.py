"""`helpline directory import`: shows what a spreadsheet would change, then writes it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bot import clock
from bot.cli import tables
from bot.cli.content import place, replacing
from bot.cli.directory import (
    checking,
    comparing,
    csv_files,
    given,
    showing,
    sources,
    workbook_files,
    writing,
)
from bot.cli.directory.grids import Grid, Refused
from bot.domain.yaml_source import SourceError
from bot.publishing.reading import Files

HELP = """\
Reads a changed export, checks every cell as `helpline check` does, and shows what would change
in content/directory/. It asks before it writes, writes all or nothing, and changes only the lines
of what changed. An entry that was changed in the files since the export is not taken.
A row that is missing changes nothing unless --remove names its entry.
Status: 0 all is in the files now, 1 something is not, 2 the command was not understood."""


def main(words: Sequence[str]) -> int:
    """Import; its exit status."""
    parser = argparse.ArgumentParser(prog="helpline directory import", description=HELP)
    parser.add_argument("file", type=Path, help="FILE.xlsx, or the directory of the CSV files")
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument(
        "--remove",
        action="append",
        default=[],
        metavar="ID",
        help="remove this entry, if its row is gone; or those rows of it that are gone",
    )
    options = parser.parse_args(words)
    if not options.file.exists():
        parser.error(f"there is no {options.file}")
    try:
        return _import(options, place.files())
    except Refused as error:
        sys.stderr.write(f"Nothing was written:\n{error}\n")
    except OSError as error:
        sys.stderr.write(f"Nothing was written: {error.filename}: {error.strerror}\n")
    return 1


def _import(options: argparse.Namespace, all_files: Files) -> int:
    files = sources.read(all_files.content)
    grids = _read(options.file, files)
    found = given.assemble(grids, files)
    comparison = comparing.compare(files, found, options.remove)
    if errors := checking.check(found, comparison.differences):
        raise Refused(errors)
    showing.notes(given.only_for_reading(grids, files, found))
    showing.show(comparison)
    left = 1 if comparison.conflicts or comparison.vanished else 0
    if left:
        tables.say("What was not taken: export again, and make the change in the new file.")
    if not comparison.differences:
        tables.say("Nothing to change.")
        return left
    showing.notes(
        f"a mission of {code} is known now; its code leaves `not_found`."
        for code in writing.countries_found(comparison)
        if code in files.directory.not_found
    )
    made = writing.changes(files, comparison)
    if problems := replacing.tried(all_files, made, clock.today()):
        raise Refused(
            SourceError(found.file, found.line, found.what, found.mend) for found in problems
        )
    if not _confirmed(comparison.count, asked=not options.yes):
        return 1
    try:
        replacing.write(files.root, made)
    except replacing.ChangedMeanwhileError as error:
        what = "somebody changed the file meanwhile"
        raise Refused([SourceError(str(error), 0, what, "import again")]) from None
    for change in made:
        tables.say(f"{files.root / change.name} was written.")
    return left


def _read(file: Path, files: sources.Files) -> dict[str, Grid]:
    if file.is_dir():
        return csv_files.read(file, files.languages)
    if file.suffix.casefold() == ".csv":
        what, mend = "one CSV file of several", f"name the directory that holds them: {file.parent}"
        raise Refused([SourceError(file.name, 0, what, mend)])
    return workbook_files.read(file, files.languages)


def _confirmed(count: int, *, asked: bool) -> bool:
    if not asked:
        return True
    if not sys.stdin.isatty():
        sys.stderr.write("Nothing was written: there is nobody to ask. To write it: --yes\n")
        return False
    sys.stdout.write(f"Write {'this change' if count == 1 else f'these {count} changes'}? [y/N] ")
    sys.stdout.flush()
    if sys.stdin.readline().strip().casefold() in {"y", "yes"}:
        return True
    tables.say("Nothing was written.")
    return False
