"""Reads labelled sentences, and says of what is wrong in them where it stands and how to mend it.

A file of them is `language: xx` and `sentences:`, a list of `text`, `intents` (those that are
acceptable, the best first) and `urgent` (whether an operator would want to be called at once).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.yaml_source import Node, SourceError, load_yaml, read_source
from bot.settings import ROOT

DEVELOPMENT = ROOT / "tests" / "nlu" / "development"
"""The sentences of the repository that no model may be trained on."""

_CODE = re.compile("[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and what people say it means."""

    text: str = field(repr=False)
    intents: tuple[str, ...]
    """Those that are acceptable, the best first; at least one."""
    urgent: bool
    language: str
    """ISO 639 code."""
    place: str
    """`file:line` of its entry."""


class SentencesError(Exception):
    """Labelled sentences can't be read; each problem names file, line, entry and mend."""

    def __init__(self, problems: Sequence[SourceError]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def read(paths: Sequence[Path], intents: Collection[str]) -> tuple[Sentence, ...]:
    """The sentences of files, and of every `*.yml` of directories; each file is read once.

    `intents` are those that a label may name. Raises SentencesError with all that is wrong.
    """
    found: list[Sentence] = []
    problems: list[SourceError] = []
    for path in _files(paths, problems):
        try:
            source = load_yaml(read_source(path, path.parent), _name(path))
            found += _sentences(source, intents, problems)
        except SourceError as error:
            problems.append(error)
    if problems:
        raise SentencesError(problems)
    return tuple(found)


def _files(paths: Sequence[Path], problems: list[SourceError]) -> tuple[Path, ...]:
    files: dict[Path, None] = {}
    for given in paths:
        path = given.resolve()
        inside = sorted(path.glob("*.yml")) if path.is_dir() else [path]
        if not path.exists() or not inside:
            what = "no *.yml file in it" if path.exists() else "it is not there"
            mend = "name a file of labelled sentences, or a directory of them"
            problems.append(SourceError(_name(path), 0, what, mend))
            continue
        files.update(dict.fromkeys(file.resolve() for file in inside))
    return tuple(files)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def _sentences(
    source: Node, intents: Collection[str], problems: list[SourceError]
) -> Iterator[Sentence]:
    language = source.require("language")
    if not _CODE.fullmatch(language.text()):
        raise language.error(f"{language.text()!r} is no language", "write an ISO 639 code: `hi`")
    entries = source.require("sentences").sequence()
    if not entries:
        raise source.key_error("sentences", "there are no sentences", "write one, or remove it")
    for number, entry in enumerate(entries, 1):
        try:
            yield _sentence(entry, language.text(), intents)
        except SourceError as error:
            what = f"entry {number}: {error.what}"
            problems.append(SourceError(error.file, error.line, what, error.mend))


def _sentence(entry: Node, language: str, intents: Collection[str]) -> Sentence:
    for unknown in entry.unknown_keys("text", "intents", "urgent"):
        raise unknown
    names = entry.require("intents")
    if not names.sequence():
        raise names.error("no intent is acceptable", "name at least one")
    for name in names.sequence():
        if name.text() not in intents:
            mend = "use one of nlu/domain.yml that the export was trained on"
            raise name.error(f"the intent {name.text()!r} is not known", mend)
    return Sentence(
        text=entry.require("text").text(),
        intents=names.texts(),
        urgent=entry.require("urgent").boolean(),
        language=language,
        place=f"{entry.file}:{entry.line}",
    )
