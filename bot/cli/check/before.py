"""Compares flows with those of an earlier git revision, from which conversations may still run."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from bot.cli.store import RefusedError
from bot.domain.problems import Problem, Severity
from bot.flows import loading, successors
from bot.flows.definition import FlowError, FlowLibrary

PATIENCE = 30
"""Seconds until git must have answered."""


def compare(flows: Path, revision: str, now: FlowLibrary) -> Iterator[Problem]:
    """Find the questions that conversations may wait at and that are gone without a successor.

    Raises:
        RefusedError: git does not know the revision, or there is no git.
    """
    try:
        old = loading.load(_texts(flows, revision))
    except FlowError as error:
        # The format has changed since: such conversations are led on by the bot's own upgrade.
        what = f"the flows of `{revision}` cannot be read any more, so nothing was compared"
        mend = f"first: {error.problems[0]}"
        yield Problem("flows", 0, what, mend, Severity.WARNING)
        return
    yield from successors.check(old, now)


def _texts(flows: Path, revision: str) -> dict[str, str]:
    if revision.startswith("-"):
        raise RefusedError(f"{revision} is no revision")
    names = _git(flows, "ls-tree", "-r", "-z", "--name-only", revision, "./").split("\0")
    found = [name for name in names if name.endswith(".yml")]
    if not found:
        raise RefusedError(f"{revision} has no flows in {flows}")
    return {f"{flows.name}/{name}": _git(flows, "show", f"{revision}:./{name}") for name in found}


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the revision is a word of its own
            ["git", "-C", str(folder), *words],  # noqa: S607 - whichever git the editor uses
            capture_output=True,
            check=True,
            timeout=PATIENCE,
        )
    except FileNotFoundError:
        raise RefusedError("--against needs git, and there is none") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise RefusedError(f"git cannot show that: {said}") from None
    except subprocess.TimeoutExpired:
        raise RefusedError(f"git did not answer within {PATIENCE} s") from None
    return done.stdout.decode()
