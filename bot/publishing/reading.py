"""Reads an edition from its files and judges it: the line and `helpline check` judge alike."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from bot import logs
from bot.content import check as content_check
from bot.content import library
from bot.content.check_scope import Scope
from bot.content.memory import Memory
from bot.content.problems import ContentError
from bot.domain.problems import Problem, Severity
from bot.domain.yaml_source import is_left_by_an_editor
from bot.flows import check as flow_check
from bot.flows import loading
from bot.flows.definition import FlowError
from bot.publishing.edition import Edition, EditionRefused

if TYPE_CHECKING:
    from bot.content.library import Library
    from bot.domain.understanding import Tier
    from bot.flows.definition import FlowLibrary

Signature: TypeAlias = frozenset[tuple[str, int, int, int, int]]
"""Of all files: name, time of the last change of any kind, size, inode and mode."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where an edition is read from, and what must be in it beside what its flows say."""

    content: Path
    flows: Path
    tiers: Mapping[str, Tier] = field(repr=False)
    """Every intent (nlu/tiers.yml)."""
    phrases: frozenset[str] = field(default=frozenset(), repr=False)
    """What code says by itself."""
    topics: frozenset[str] = field(default=frozenset(), repr=False)
    """Answers that code gives by itself."""

    def signature(self) -> Signature:
        """Look which files there are and when they were changed, without reading them."""
        return frozenset((*_traces(self.content), *_traces(self.flows)))


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in the files: an edition if they can be used at all, and what is wrong."""

    edition: Edition | None
    problems: tuple[Problem, ...]
    """Errors and warnings, sorted."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Give what keeps it from being published."""
        return tuple(found for found in self.problems if found.severity is Severity.ERROR)


def look(
    files: Files, today: date, judged: Collection[str] = (), memory: Memory | None = None
) -> Reading:
    """Read and judge. Whatever the files hold, it is a problem that is told, and never raised.

    `judged` are versions in which nothing was wrong before: they are not judged again. With the
    `memory` of an earlier look the same is found sooner: only what has changed is worked out anew.
    """
    found: list[Problem] = []
    edition = None
    memory = memory or Memory()
    try:
        edition = _load(files, found, memory)
        if edition is not None and edition.version not in judged:
            found.extend(_judge(files, edition, today, memory))
            memory.forget()
    except Exception as error:  # noqa: BLE001 - an edit that our own reading trips over is refused
        found.append(_unreadable(files, error))
    return Reading(edition, tuple(sorted(set(found))))


def find(files: Files, today: date) -> Iterator[Problem]:
    """Find all that is wrong, in the order of files and lines."""
    yield from look(files, today).problems


def read(files: Files, today: date) -> Edition:
    """Read an edition that may be published.

    Raises:
        EditionRefused: something in the files is wrong; it lists every error.
    """
    found = look(files, today)
    if found.errors or found.edition is None:
        raise EditionRefused(found.errors)
    return found.edition


def _load(files: Files, found: list[Problem], memory: Memory) -> Edition | None:
    flows: FlowLibrary | None = None
    content: Library | None = None
    try:
        flows = loading.load(files.flows)
    except FlowError as error:
        found.extend(error.problems)
    try:
        content = library.load(files.content, memory)
    except ContentError as error:
        found.extend(error.problems)
    return Edition(content, flows) if flows is not None and content is not None else None


def _judge(files: Files, edition: Edition, today: date, memory: Memory) -> Iterator[Problem]:
    content, flows, tiers = edition.content, edition.flows, files.tiers
    phrases = flow_check.needed_phrases(flows, tiers) | files.phrases
    topics = flow_check.needed_topics(flows, tiers) | files.topics
    scope = Scope(content, tiers, today, memory)
    yield from content_check.check_scope(scope, topics, phrases)
    texts = {
        code: {key: phrase.text for key, phrase in book.phrases.items()}
        for code, book in content.phrases.items()
    }
    yield from flow_check.check(flows, tiers, texts, content.topics())


def _unreadable(files: Files, error: Exception) -> Problem:
    """What is not a text that is wrong, but a file system or a reader that is."""
    if not isinstance(error, OSError) or not isinstance(error.filename, str | Path):
        what = f"checking stumbled over the last change ({logs.where(error)})"
        mend = "undo it, and tell the developers what it was"
        return Problem(files.content.name, 0, what, mend)
    path = Path(error.filename)
    name = path.as_posix()
    for root in (files.content, files.flows):
        if path.is_relative_to(root):
            name = path.relative_to(root.parent).as_posix()
    what = f"cannot be read: {error.strerror or type(error).__name__}"
    return Problem(name, 0, what, _MENDS.get(type(error), "put a text file here"))


def _traces(root: Path) -> Iterator[tuple[str, int, int, int, int]]:
    """Give what tells of each file below a directory; links are looked through."""
    waiting = [str(root)]
    depth = root.as_posix().count("/") + _DEEPEST
    while waiting:
        place = waiting.pop()
        try:
            entries = list(os.scandir(place))
        except OSError as error:
            yield (place, error.errno or 0, -1, 0, 0)
            continue
        for entry in entries:
            if is_left_by_an_editor(entry.name):
                continue
            try:
                seen = entry.stat()
            except OSError:  # a link to nowhere, or gone meanwhile
                yield (entry.path, 0, -1, entry.inode(), 0)
                continue
            if not entry.is_dir():
                yield (entry.path, seen.st_ctime_ns, seen.st_size, seen.st_ino, seen.st_mode)
                continue
            # Its times also tell of what is not looked at.
            yield (entry.path, 0, 0, seen.st_ino, seen.st_mode)
            if entry.path.count("/") < depth:
                waiting.append(entry.path)


_DEEPEST: Final = 8
"""Directories below the root that are looked into; a link may lead round in a circle."""
_MENDS: Final[Mapping[type[Exception], str]] = {
    PermissionError: "let the line read it: chmod a+r",
    FileNotFoundError: "put it back",
}
