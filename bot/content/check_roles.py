"""Finds names of people where a role stands: who keeps a text, has read it, has called a number."""

from __future__ import annotations

from collections.abc import Iterator

from bot.content import roles
from bot.content.check_scope import Scope
from bot.content.directory import Figure, Mission, Service
from bot.domain.problems import Problem


def judge(scope: Scope) -> Iterator[Problem]:
    """Tell of each key whose role looks like a name, and where it stands."""
    for file, line, key, role in _roles(scope):
        if roles.looks_like_a_name(role):
            what = f"`{role}` in `{key}` looks like the name of a person"
            yield Problem(file, line, what, roles.MEND)


def _roles(scope: Scope) -> Iterator[tuple[str, int, str, str]]:
    library, directory = scope.library, scope.library.directory
    for answer in library.answers.values():
        yield answer.file, 0, "reviewed", answer.reviewed.by
        yield answer.file, 0, "owner", answer.owner
    for book in library.phrases.values():
        yield book.file, 0, "reviewed", book.reviewed.by
    facts: tuple[Mission | Service | Figure, ...] = (
        *directory.all_missions,
        *directory.services.values(),
        *directory.figures.values(),
    )
    for fact in facts:
        yield fact.file, fact.line, "checked_by", fact.evidence.checked_by
        yield fact.file, fact.line, "owner", fact.evidence.owner
        for phone in () if isinstance(fact, Figure) else fact.phones:
            if phone.evidence.checked_by != fact.evidence.checked_by:
                yield fact.file, phone.line, "checked_by", phone.evidence.checked_by
