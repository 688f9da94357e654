"""`helpline missed train`: an editor's own sentence teaches the line what a group asked for.

What contacts wrote is never copied: the training data is public, for good.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from bot.cli import store, tables, tiers
from bot.cli.missed import groups, listed
from bot.cli.missed.corpus import Corpus, UnfitError
from bot.cli.missed.groups import Group
from bot.cli.store import RefusedError
from bot.nlu.entities import Gazetteer
from bot.nlu.scrub import scrub
from bot.settings import ROOT

PUBLIC = (
    "These sentences will stand in a public repository, for good. Write them as anybody might, and "
    "leave out whatever could tell who somebody is:"
)
AFTER = (
    "The group is forgotten. Now `make refit` (about six minutes), look at the figures, `make "
    "test`, and commit the data together with nlu/model/."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sentence that is to be added."""

    text: str
    language: str


async def train(options: argparse.Namespace) -> int:
    """Add sentences to the training data after they were looked at; the group is forgotten."""
    tier = _tier_of(options.intent)
    corpus = Corpus()
    if not corpus.languages():
        raise RefusedError("There is no training data here (nlu/data): do this in a checkout", 1)
    async with store.opened() as open_store:
        group = await groups.one(open_store, options.number)
        listed.warn()
        wanted = list(_given(options, group, corpus))
        _show(wanted, options.intent, tier)
        if not options.yes and not _confirmed():
            return 1
        for line in _write(corpus, wanted, options.intent):
            sys.stdout.write(f"{line}\n")
        await groups.forget(open_store, group.numbers, "missed_trained")
    tables.say(AFTER)
    return 0


def _tier_of(intent: str) -> str:
    known = tiers.read()
    if intent not in known:
        raise RefusedError(f"There is no intent {intent}. There are: {', '.join(known)}")
    return known[intent].value


def _given(options: argparse.Namespace, group: Group, corpus: Corpus) -> Iterator[Wanted]:
    """The editor's own sentences: each must do, or nothing is written."""
    languages = list(group.languages())
    language = options.sentence_language or (languages[0] if len(languages) == 1 else None)
    if language is None:
        raise RefusedError(
            f"The group is in {', '.join(languages)}: say with --language in which your sentence is"
        )
    seen: set[str] = set()
    written = {" ".join(question.text.split()).casefold() for question in group.questions}
    for text in options.sentences:
        try:
            sentence = corpus.check(text, language)
        except UnfitError as error:
            raise RefusedError(f"Nothing was written. Your sentence does not do: {error}") from None
        if sentence.casefold() in written:
            raise RefusedError(
                "Nothing was written. That is what a contact wrote, letter for letter, and would "
                "be public for good: say it in other words"
            )
        if sentence.casefold() not in seen:
            seen.add(sentence.casefold())
            yield Wanted(sentence, language)


def _show(wanted: list[Wanted], intent: str, tier: str) -> None:
    tables.say(PUBLIC)
    named = Gazetteer.load(ROOT / "nlu" / "entities").find
    for sentence in wanted:
        whole = scrub(sentence.text, named, sentence.language) == sentence.text
        mark = "" if whole else "   <- a name or a number?"
        sys.stdout.write(f"  {sentence.language}  {tables.printable(sentence.text)}{mark}\n")
    critical = tier == "critical"
    urgency = " It is critical: messages like these will call a human at once." if critical else ""
    tables.say(f"They will mean {intent}.{urgency}")


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        sys.stderr.write("Nothing was written: there is nobody to ask. To write it: --yes\n")
        return False
    sys.stdout.write("Write them? [y/N] ")
    sys.stdout.flush()
    if sys.stdin.readline().strip().casefold() in {"y", "yes"}:
        return True
    tables.say("Nothing was written.")
    return False


def _write(corpus: Corpus, wanted: list[Wanted], intent: str) -> Iterator[str]:
    by_language: dict[str, list[str]] = defaultdict(list)
    for sentence in wanted:
        by_language[sentence.language].append(sentence.text)
    for language, texts in by_language.items():
        try:
            path = corpus.add(texts, intent, language)
        except UnfitError as error:
            raise RefusedError(f"Not written: {error}", 1) from None
        yield f"{len(texts)} under {intent} in {path.parent.name}/{path.name} of nlu/data"
