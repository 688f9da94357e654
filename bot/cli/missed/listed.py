"""`helpline missed` and `helpline missed show`: groups of questions, and what stands in one."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from rich.text import Text

from bot import clock
from bot.cli import store, tables
from bot.cli.missed import groups
from bot.cli.missed.groups import Group, Question
from bot.storage.missed import KEPT

EXAMPLES = 3
_INDENT = "      "
_LONGEST = 150
WARNING = """\
What follows was written in confidence; names and numbers that could be recognised
were taken out. That you read it is noted in the audit trail. Do not copy it.

"""
NEXT = "Next: helpline missed show N, train N INTENT, ask N WHAT, or drop N (--help tells more)."


async def show(options: argparse.Namespace) -> int:
    """Print all groups, the largest first."""
    async with store.opened() as open_store:
        found = list(_wanted(await groups.read(open_store, "missed_listed"), options))
    if not found:
        tables.say("Nothing was missed that you asked for.")
        return 0
    warn()
    console = tables.console()
    for group in sorted(found, key=lambda each: (-len(each.questions), each.number)):
        console.print(Text(f"#{group.number}  {_size(group)}  ", "bold"), end="")
        console.print(tables.shown(_facts(group)), soft_wrap=True)
        for text in _examples(group):
            console.print(tables.shown(f"{_INDENT}{text}"), soft_wrap=True)
    total = sum(len(group.questions) for group in found)
    console.print(f"\n{total} questions in {len(found)} groups. ", end="")
    console.print("A task is shown by `helpline missed tasks`.")
    tables.say(NEXT)
    return 0


async def show_group(options: argparse.Namespace) -> int:
    """Print every question of a group."""
    async with store.opened() as open_store:
        group = await groups.one(open_store, options.number)
    warn()
    sys.stdout.write(f"Group {group.number}: {_size(group)}, {_facts(group)}\n\n")
    for question in group.questions:
        about = f", {question.about}" if question.about else ""
        head = f"{question.language}, {_reason(question)}{about}, {tables.hour(question.hour)}"
        sys.stdout.write(f"#{question.number}  {tables.printable(head)}\n")
        sys.stdout.write(f"{_INDENT}{tables.printable(question.text)}\n")
    return 0


def warn() -> None:
    """Say, before anything is shown, what it is."""
    sys.stdout.flush()
    sys.stderr.write(WARNING)
    sys.stderr.flush()


def _wanted(found: list[Group], options: argparse.Namespace) -> Iterator[Group]:
    """Leave out what was not asked for; a group keeps its number."""
    # Nothing is older than it is kept, whatever number was typed.
    days = min(options.days, KEPT.days) if options.days else None
    since = clock.now() - timedelta(days=days) if days else None
    for group in found:
        if any(
            options.language in {None, question.language}
            and (since is None or question.hour >= since)
            for question in group.questions
        ):
            yield group


def _size(group: Group) -> str:
    count = len(group.questions)
    return f"{count} question" if count == 1 else f"{count} questions"


def _facts(group: Group) -> str:
    languages = _counted(group.languages())
    reasons = _counted(Counter(map(_reason, group.questions)))
    about = Counter(question.about for question in group.questions if question.about)
    guess = f"; perhaps {about.most_common(1)[0][0]}" if about else ""
    return f"{languages}; {reasons}{guess}"


def _reason(question: Question) -> str:
    return question.reason.replace("_", " ")


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


def _examples(group: Group) -> list[str]:
    """The first texts, as different ones as there are."""
    texts = list(dict.fromkeys(question.text for question in group.questions))
    return [textwrap.shorten(text, _LONGEST, placeholder=" ...") for text in texts[:EXAMPLES]]
