"""The errors of content: one that lists all problems of the files, one of a template."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.problems import Problem
from bot.domain.yaml_source import SourceError


class ContentError(Exception):
    """The content cannot be loaded; `problems` lists everything that was found wrong."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RenderError(ValueError):
    """A template asks for something that is not there or not allowed; `line` is in its text."""

    def __init__(self, what: str, mend: str, line: int = 1) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        self.line = line


def problem_of(error: SourceError) -> Problem:
    """Make a problem of an error of the YAML reader."""
    return Problem(error.file, error.line, error.what, error.mend)
