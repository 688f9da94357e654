"""Finds what is wrong with the facts: dead numbers, old facts, cards that cannot be shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from bot.content.card import mission_card
from bot.content.check_scope import Scope
from bot.content.directory import Figure, Mission, Service, Use
from bot.content.library import FALLBACK
from bot.content.markup import flaws
from bot.content.voice import Voice
from bot.domain.problems import Problem, Severity

_COUNTRY_BUTTON: Final = re.compile(r"country_([a-z]{2})")


def _numbers(scope: Scope) -> Iterator[Problem]:
    directory = scope.library.directory
    for entry in (*directory.all_missions, *directory.services.values()):
        for phone in entry.phones:
            if not phone.is_valid():
                what = "no such number exists in the numbering plan of its country"
                yield Problem(entry.file, phone.line, what, "check it with the source")


def _fallbacks(scope: Scope) -> Iterator[Problem]:
    """Whatever else is old, the emergency numbers must be there."""
    services = scope.library.directory.services.values()
    for service in services:
        if service.fallback and not service.phone(Use.EMERGENCY):
            what = f"`{service.id}` is a fallback and has no emergency number"
            mend = "add a number with `use: emergency`, or remove `fallback`"
            yield Problem(service.file, service.line, what, mend)
    if not any(service.fallback for service in services):
        what = "no emergency number is there to fall back to"
        mend = "write `fallback: true` at the police or the ambulance"
        yield Problem("content/directory/services.yml", 0, what, mend)


def _nationalities(scope: Scope) -> Iterator[Problem]:
    """Of every nationality that people are offered it must be known whether it has a mission."""
    directory = scope.library.directory
    found = directory.countries()
    file = "content/directory/missions.yml"
    for code in sorted({*directory.not_found} & {*found}):
        what = f"{code} stands in `not_found` and has a mission"
        yield Problem(file, 0, what, "remove it from `not_found`")
    english = scope.library.phrases.get(FALLBACK)
    for key, phrase in english.phrases.items() if english else ():
        button = _COUNTRY_BUTTON.fullmatch(key)
        if button and button[1].upper() not in {*found, *directory.not_found}:
            what = f"`{key}` is offered, and nobody has looked for a mission of {button[1].upper()}"
            mend = f"add one to {file}, or the code to its `not_found`"
            yield Problem(english.file if english else "", phrase.line, what, mend)


def _stale(scope: Scope) -> Iterator[Problem]:
    mend = "look again, then set verified_on and review_by"
    for fact in _facts(scope):
        if fact.evidence.is_past_review(scope.today):
            what = f"`{fact.id}` is past its review"
            yield Problem(fact.file, fact.line, what, mend, Severity.WARNING)
        for phone in () if isinstance(fact, Figure) else fact.phones:
            if phone.evidence.is_past_review(scope.today):
                what = f"a number of `{fact.id}` is past its review"
                yield Problem(fact.file, phone.line, what, mend, Severity.WARNING)


def _days(scope: Scope) -> Iterator[Problem]:
    for fact in _facts(scope):
        evidence = fact.evidence
        if wrong := scope.wrong_days(evidence.verified_on, evidence.review_by):
            yield Problem(fact.file, fact.line, f"`{fact.id}` {wrong[0]}", wrong[1])
            continue
        for phone in () if isinstance(fact, Figure) else fact.phones:
            evidence = phone.evidence
            if wrong := scope.wrong_days(evidence.verified_on, evidence.review_by):
                what = f"a number of `{fact.id}` {wrong[0]}"
                yield Problem(fact.file, phone.line, what, wrong[1])


def _facts(scope: Scope) -> tuple[Mission | Service | Figure, ...]:
    directory = scope.library.directory
    return (
        *directory.all_missions,
        *directory.services.values(),
        *directory.figures.values(),
    )


def _cards(scope: Scope) -> Iterator[Problem]:
    for mission in scope.library.directory.all_missions:
        for language in scope.offered():
            voice = Voice(scope.library, language, mission.evidence.verified_on)
            card = mission_card(mission, voice)
            for flaw in flaws(card):
                what = f"the card of `{mission.id}` has {flaw.what}"
                yield Problem(mission.file, mission.line, what, flaw.mend)
            for word in scope.danger(card, language):
                what = f"`{word}` stands in the first 40 characters of cards"
                yield Problem(mission.file, mission.line, what, "change the phrase mission_intro")


JUDGES: Final[tuple[Callable[[Scope], Iterator[Problem]], ...]] = (
    _numbers,
    _fallbacks,
    _nationalities,
    _stale,
    _days,
    _cards,
)
"""What looks at the directory; `check` asks them all."""
