"""Shows what an import would change, entry by entry, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.cli import tables
from bot.cli.directory.comparing import Change, Comparison, Difference, Kind

_TITLES: Final = {
    Kind.ADDED: "New",
    Kind.CHANGED: "Changed",
    Kind.REMOVED: "Removed",
}
_SINGULAR: Final = {"missions": "mission", "services": "service", "figures": "figure"}


def notes(texts: Iterable[str]) -> None:
    """Write what the reader should know before anything else."""
    for text in texts:
        tables.say(f"Note: {text}")


def show(comparison: Comparison) -> None:
    """Write the differences, then what else the reader should know."""
    for difference in comparison.differences:
        _show(difference, _TITLES[difference.kind], "in the spreadsheet")
    for text in comparison.told:
        tables.say(f"Note: {text}")
    if comparison.told:
        tables.say("")
    for conflict in comparison.conflicts:
        _show(conflict, "NOT TAKEN, changed in the files since the export:", "in the spreadsheet")
    for name in comparison.vanished:
        tables.say(
            f"NOT TAKEN: `{name}` is in the files no more: somebody removed it since the export. "
            "To add it again, empty its hidden cell `as_of`"
        )


def _show(difference: Difference, title: str, new: str) -> None:
    console = tables.console()
    kind = _SINGULAR[difference.sheet]
    console.print(
        tables.shown(f"{title} {kind} {difference.id} ({difference.title})", "bold"), soft_wrap=True
    )
    table = tables.table("field", "in the files", new)
    for change in difference.changes:
        table.add_row(
            _field(change), tables.shown(change.old or "-"), tables.shown(change.new or "-")
        )
    console.print(table)
    console.print()


def _field(change: Change) -> str:
    """Name a cell as an editor knows it: `phone 2: number`, `name (id)`."""
    path = change.path
    if len(path) == 1:
        return path[0]
    if len(path) == 2:  # noqa: PLR2004 - a field and a language
        return f"{path[0]} ({path[1]})"
    return f"{path[0].removesuffix('s')} {int(path[1]) + 1}: {path[2]}"
