"""What a check found, and what it counted while it was there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.content import coverage
from bot.content.coverage import Coverage
from bot.content.tasks import TaskKind, tasks
from bot.domain.problems import Problem, Severity
from bot.domain.understanding import Tier
from bot.publishing.edition import Edition


@dataclass(frozen=True, slots=True)
class Report:
    """One look at everything."""

    problems: tuple[Problem, ...]
    edition: Edition | None
    """None when the files cannot even be loaded: then there is nothing to count."""
    tiers: Mapping[str, Tier]
    today: date
    seconds: float

    @property
    def errors(self) -> int:
        """How many keep the files from being published."""
        return sum(problem.severity is Severity.ERROR for problem in self.problems)

    @property
    def warnings(self) -> int:
        """How many should be mended some time."""
        return len(self.problems) - self.errors

    def checked(self) -> dict[str, int]:
        """How many there were of each thing, by its word."""
        if self.edition is None:
            return {}
        content, flows = self.edition.content, self.edition.flows
        directory = content.directory
        return {
            "answer": len(content.answers),
            "phrase": sum(len(book.phrases) for book in content.phrases.values()),
            "mission": len(directory.all_missions),
            "service": len(directory.services),
            "figure": len(directory.figures),
            "flow": len(flows.flows),
        }

    def languages(self) -> tuple[Coverage, ...]:
        """What each language has."""
        return coverage.coverage(self.edition.content) if self.edition else ()

    def tasks(self) -> Counter[TaskKind]:
        """How much there is to do for editors, by kind."""
        found = tasks(self.edition.content, self.tiers, self.today) if self.edition else []
        return Counter(task.kind for task in found)
