"""`helpline cases export`: counts and codes for people who count; no text, no name, no id."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import sys
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path

from bot.cli import store
from bot.cli.operator import read
from bot.cli.store import ACTOR, RefusedError
from bot.handoff.paging.rota import PHNOM_PENH
from bot.storage import cases, installation
from bot.storage.cases import Case

COLUMNS = (
    "number", "tier", "status", "outcome", "reason", "language", "country", "opened_hour",
    "resolved_hour", "reopened", "pages", "feedback", "seconds_to_acknowledge",
    "seconds_to_claim", "seconds_to_resolve",
)  # fmt: skip
"""New ones are added at the end: people compare one export with the next."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet calculate, and fetch, instead of show (CWE-1236)."""

Value = str | int | None


async def export(options: argparse.Namespace) -> int:
    """Write all cases, or those since a day, into a file, by number."""
    path = Path(options.file)
    write = as_csv if options.file == OUTPUT else WRITERS.get(path.suffix.lower())
    if write is None:
        raise RefusedError("The file's ending says what is written: give one in .csv or .json")
    since = _since(options.since)
    async with store.opened() as open_store, open_store.database.transaction() as session:
        pages = await cases.pages(session)
        rows = [values(case, pages) for case in await cases.all_since(session, since)]
        installation.audit(session, "cases_export", ACTOR, None)
    if options.file == OUTPUT:
        sys.stdout.write(write(rows))
        return 0
    try:
        _write(path, write(rows))
    except OSError as error:
        raise RefusedError(f"{path} cannot be written: {error.strerror}", 1) from None
    sys.stdout.write(f"{len(rows)} cases are in {path}: counts and codes, hours in UTC.\n")
    return 0


def values(case: Case, pages: Mapping[uuid.UUID, int]) -> dict[str, Value]:
    """What is exported of a case."""
    found: dict[str, Value] = {
        name: getattr(case, name, None)
        for name in COLUMNS
        if name not in {"opened_hour", "resolved_hour", "pages"}
    }
    found["opened_hour"] = _hour(case.opened_hour)
    found["resolved_hour"] = _hour(case.resolved_hour)
    found["pages"] = pages.get(case.id, 0)
    return {name: found[name] for name in COLUMNS}


def as_csv(rows: Sequence[Mapping[str, Value]]) -> str:
    """Rows as CSV; what a spreadsheet would take for a formula is shown as it is."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([[_cell(row[name]) for name in COLUMNS] for row in rows])
    return file.getvalue()


def as_json(rows: Sequence[Mapping[str, Value]]) -> str:
    """Rows as a JSON array of objects, a line for each field."""
    return json.dumps([dict(row) for row in rows], ensure_ascii=False, indent=1) + "\n"


OUTPUT = "-"
"""The standard output, in place of a file: CSV."""
WRITERS = {".csv": as_csv, ".json": as_json}


def _cell(value: Value) -> Value:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _hour(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:00Z}" if moment is not None else None


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    return datetime.combine(read.day(text), time(), PHNOM_PENH)


def _write(path: Path, text: str) -> None:
    """Replace the file as one step; readable by nobody else, for what is rare tells who it was."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
