"""Replaces files of the content all together or not at all, and only by content that is sound."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bot.domain.problems import Problem
from bot.publishing import reading
from bot.publishing.reading import Files


@dataclass(frozen=True, slots=True)
class Change:
    """What a file shall be."""

    name: str
    """Its path below `content/`."""
    before: bytes | None
    """What it was when it was read; None when there was none."""
    after: bytes


class ChangedMeanwhileError(Exception):
    """Somebody else changed a file while we worked: nothing was written."""


def tried(files: Files, changes: Sequence[Change], today: date) -> tuple[Problem, ...]:
    """Give the errors that these changes would bring, after trying them on a copy.

    An error that is there already does not count: it is not of these changes.
    """
    with tempfile.TemporaryDirectory(prefix="helpline-") as place:
        copy = Path(place) / files.content.name
        # Links are followed: through one that is copied, the trial would write into the content.
        shutil.copytree(files.content, copy, ignore_dangling_symlinks=True)
        for change in changes:
            target = copy / change.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(change.after)
        after = reading.look(replace(files, content=copy), today)
    if not after.errors:
        return ()
    known = {(problem.file, problem.what) for problem in reading.look(files, today).errors}
    return tuple(found for found in after.errors if (found.file, found.what) not in known)


def write(root: Path, changes: Sequence[Change]) -> None:
    """Write the files. Each is replaced in one step: the running line never reads half of one.

    Raises:
        ChangedMeanwhileError: a file is not what it was when it was read.
        OSError: a file cannot be written; those before it are as they were.
    """
    for change in changes:
        if _present(root / change.name) != change.before:
            raise ChangedMeanwhileError(change.name)
    done: list[Change] = []
    try:
        for change in changes:
            _replace(root / change.name, change.after)
            done.append(change)
    except BaseException:  # also when somebody ends the command
        for change in done:
            _put_back(root / change.name, change.before)
        raise


def _present(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _replace(path: Path, raw: bytes) -> None:
    # A link stays a link: what it leads to is replaced.
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    # Names that begin with a dot are nobody's: the line does not look at them.
    new = target.with_name(f".{target.name}.new")
    try:
        with new.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, new)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def _put_back(path: Path, raw: bytes | None) -> None:
    with contextlib.suppress(OSError):
        if raw is None:
            path.unlink()
        else:
            _replace(path, raw)
