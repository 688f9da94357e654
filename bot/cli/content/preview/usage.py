"""Which facts of the directory a text shows, and which answers show a fact or a number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from bot.content.directory import Directory, Evidence, Figure, Mission, Phone, Service, Use
from bot.content.library import Library
from bot.content.problems import RenderError
from bot.content.render import render_answer
from bot.content.voice import Voice

PHONES: Final[Mapping[str, tuple[Use, ...]]] = {
    "phone": (Use.EMERGENCY, Use.OFFICE),
    "contact": (Use.EMERGENCY, Use.OFFICE),
    "emergency": (Use.EMERGENCY,),
    "whatsapp": (Use.WHATSAPP,),
    "telegram": (Use.TELEGRAM,),
}
"""Fields of a placeholder that give a number: the first one of these uses."""


@dataclass(frozen=True, slots=True)
class Used:
    """An answer that shows something, and the languages in which it does."""

    topic: str
    languages: tuple[str, ...]


@lru_cache(maxsize=4096)
def mentions(body: str) -> tuple[tuple[str, str, str], ...]:
    """Give the placeholders of a text as group, id, field; of `mission` the id is empty."""
    found = (match.group(1, 2, 3) for match in _PLACE.finditer(body))
    return tuple(dict.fromkeys(_place(*parts) for parts in found))


def evidence_of(body: str, directory: Directory) -> Iterator[Evidence]:
    """Give the evidence of what a text shows to everybody: a doubt about it is shown with it."""
    for group, identity, field in mentions(body):
        if group == "figures" and identity in directory.figures:
            yield directory.figures[identity].evidence
        elif group == "services" and identity in directory.services and field in PHONES:
            phone = directory.services[identity].phone(*PHONES[field])
            if phone is not None:
                yield phone.evidence


def used_by(
    library: Library, fact: Mission | Service | Figure, day: date, phone: Phone | None = None
) -> tuple[Used, ...]:
    """Give the answers that show a fact, or one number of it, on a day.

    Those of a mission are what people of its country are shown. A number counts where it is
    read, so that one that gives way to another on that day does not.
    """
    country = fact.country if isinstance(fact, Mission) else None
    found: dict[str, list[str]] = {}
    for topic in sorted(library.topics()):
        for language in (known.code for known in library.languages):
            answer = library.answers.get((topic, language, country))
            answer = answer or library.answers.get((topic, language, None))
            if answer is None or not _mentions(answer.body, fact):
                continue
            if phone is not None:
                try:
                    text = render_answer(answer, Voice(library, language, day), country)
                except RenderError:
                    continue
                if not _is_read(phone, text):
                    continue
            found.setdefault(topic, []).append(language)
    return tuple(Used(topic, tuple(languages)) for topic, languages in found.items())


def _mentions(body: str, fact: Mission | Service | Figure) -> bool:
    group = {Mission: "mission", Service: "services", Figure: "figures"}[type(fact)]
    identity = "" if isinstance(fact, Mission) else fact.id
    return any(found[:2] == (group, identity) for found in mentions(body))


def _is_read(phone: Phone, text: str) -> bool:
    number = re.escape(phone.international())
    return re.search(rf"(?<!\d){number}(?!\d)", text) is not None


def _place(group: str, identity: str | None, field: str | None) -> tuple[str, str, str]:
    if group == "mission":
        return group, "", identity or ""
    return group, identity or "", field or ""


_PLACE: Final = re.compile(
    r"(?<![\w.])(services|figures|mission)(?:\.([a-z0-9_]+))?(?:\.([a-z0-9_]+))?(?=[^{}]*[%}]\})"
)
