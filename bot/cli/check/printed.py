"""How the report of a check looks: file by file for people, one JSON object for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Final

from rich.console import Console
from rich.text import Text

from bot.cli import tables
from bot.cli.check.report import Report
from bot.content.coverage import Part
from bot.content.tasks import SOON, TaskKind
from bot.domain.problems import Problem, Severity

SHOWN: Final = 3
"""Files that are named of those with one and the same problem; the rest is counted."""
_STYLES: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}
_KINDS: Final = (
    (TaskKind.STALE, "past review"),
    (TaskKind.DUE, f"to review within {SOON.days} days"),
    (TaskKind.UNCONFIRMED, "not confirmed"),
    (TaskKind.MISSING, "missing"),
    (TaskKind.CHANGED, "changed in English"),
    (TaskKind.UNREVIEWED, "languages not read by a person"),
)


def as_json(report: Report) -> None:
    """Write one object."""
    whole = {
        "ok": not report.errors,
        "errors": report.errors,
        "warnings": report.warnings,
        "problems": [asdict(problem) for problem in report.problems],
        "checked": report.checked(),
        "languages": {found.code: asdict(found) for found in report.languages()},
        "tasks": {kind.value: count for kind, count in sorted(report.tasks().items())},
        "seconds": round(report.seconds, 2),
    }
    sys.stdout.write(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")


def as_text(report: Report) -> None:
    """Write what is wrong, errors first, and then what was looked at; in colour on a terminal."""
    console = tables.console()
    for severity in (Severity.ERROR, Severity.WARNING):
        problems = [problem for problem in report.problems if problem.severity is severity]
        _everywhere(problems, console)
        _by_file(problems, console)
    if report.edition is not None:
        _coverage(report, console)
        _summary(report, console)
    verdict = f"{_count(report.errors, 'error')}, {_count(report.warnings, 'warning')}"
    style = "bold red" if report.errors else "bold green"
    line = Text.assemble(
        ("Flows and content: ", ""), (verdict, style), f" ({report.seconds:.1f} s)"
    )
    _line(line, console)


def _by_file(problems: list[Problem], console: Console) -> None:
    common = {_said(problem) for problem, _ in _repeated(problems)}
    own = [problem for problem in problems if _said(problem) not in common]
    for file, found in groupby(own, key=lambda problem: problem.file):
        _line(tables.shown(file, "bold"), console)
        for problem in found:
            where = f"line {problem.line}: " if problem.line else ""
            _line(Text("  ").append_text(_problem(problem, where)), console)
        _line(Text(), console)


def _everywhere(problems: list[Problem], console: Console) -> None:
    """Say once what is the same in many files: a hundred texts grow old on one day."""
    for problem, files in _repeated(problems):
        names = ", ".join(files[:SHOWN])
        _line(tables.shown(f"{names} and {len(files) - SHOWN} more files", "bold"), console)
        _line(Text("  ").append_text(_problem(problem, "")), console)
        _line(Text(), console)


def _repeated(problems: list[Problem]) -> Iterator[tuple[Problem, list[str]]]:
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault(_said(problem), []).append(problem)
    for found in groups.values():
        files = list(dict.fromkeys(problem.file for problem in found))
        if len(files) > SHOWN:
            yield found[0], files


def _said(problem: Problem) -> tuple[str, str]:
    return problem.what, problem.mend


def _problem(problem: Problem, where: str) -> Text:
    severity = (f"{problem.severity.value}: ", _STYLES[problem.severity])
    told = tables.printable(f"{where}{problem.what}")
    return Text.assemble(severity, told, (f"\n    {tables.printable(problem.mend)}", "dim"))


def _coverage(report: Report, console: Console) -> None:
    table = tables.table(
        "language", "#answers", "#variants", "#phrases", "#directory", "#read by a person"
    )
    for found in report.languages():
        name = found.name if found.offered else f"{found.name} (not offered)"
        table.add_row(
            Text(name),
            _part(found.answers),
            Text(str(found.variants or "")),
            _part(found.phrases),
            _part(found.names),
            _part(found.read),
        )
    console.print(table)
    _line(Text(), console)


def _part(part: Part) -> Text:
    if part.is_whole:
        return Text(str(part.done))
    return Text(f"{part.done} of {part.whole}", "yellow")


def _summary(report: Report, console: Console) -> None:
    checked = ", ".join(_count(number, word) for word, number in report.checked().items())
    _line(Text(f"Looked at {checked}."), console)
    counts = report.tasks()
    todo = ", ".join(f"{counts[kind]} {words}" for kind, words in _KINDS if counts[kind])
    if todo:
        _line(Text(f"For editors: {todo}. `helpline content tasks` lists them."), console)


def _count(number: int, word: str) -> str:
    """`1 error`, `2 errors`: words are given in the singular."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _line(text: Text, console: Console) -> None:
    # Not broken by us: a terminal does it, and a program that reads it wants whole lines.
    console.print(text, soft_wrap=True)
