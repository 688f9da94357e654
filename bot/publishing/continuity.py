"""What an edit must leave standing for conversations that began before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from bot.content.library import FALLBACK
from bot.domain.problems import Problem
from bot.flows import check as flow_check
from bot.flows import successors

if TYPE_CHECKING:
    from bot.domain.understanding import Tier
    from bot.flows.definition import FlowLibrary
    from bot.publishing.edition import Edition


def broken(old: FlowLibrary, new: Edition, tiers: Mapping[str, Tier]) -> list[Problem]:
    """List what conversations that began with `old` would miss when `new` goes live."""
    english = new.content.phrases[FALLBACK]
    folder = english.file.partition("/")[0]
    found: list[Problem] = []
    for key in flow_check.needed_phrases(old, tiers) - english.phrases.keys():
        what = f"the phrase `{key}` is gone, but {_BEGUN} can still say it"
        found.append(Problem(english.file, 0, what, f"put it back; {_LATER}"))
    for topic in flow_check.needed_topics(old, tiers) - new.content.topics():
        what = f"the answer `{topic}` is gone, but {_BEGUN} can still lead to it"
        file = f"{folder}/answers/{topic}/{FALLBACK}.md"
        found.append(Problem(file, 0, what, f"put it back; {_LATER}"))
    return sorted({*found, *successors.check(old, new.flows)})


def newly_broken(
    held: Iterable[FlowLibrary], live: Edition, new: Edition, tiers: Mapping[str, Tier]
) -> tuple[Problem, ...]:
    """List what an edit would break, for all versions that conversations may hold.

    What is broken already, by the edition that is live, does not keep editors from going on.
    """
    found: set[Problem] = set()
    for old in held:
        before = {(problem.file, problem.what) for problem in broken(old, live, tiers)}
        found.update(
            problem
            for problem in broken(old, new, tiers)
            if (problem.file, problem.what) not in before
        )
    return tuple(sorted(found))


_BEGUN = "conversations that began before this edit"
_LATER = "remove it when the flows have not named it for the days that conversations are kept"
