"""Replaces what was found in a text by placeholders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from bot.domain.understanding import Entity
from bot.nlu.entities.words import ascii_digits
from bot.nlu.scrub import codes, names
from bot.nlu.scrub.spans import TAKEN, Span
from bot.nlu.text import HEAD, normalise

LONGEST: Final = 500
"""Characters that are left of a text."""
PLACEHOLDERS: Final = ("link", "mail", "account", "code", "date", "number", "name")
"""What stands for something that was taken out, in brackets."""

_PLACES: Final = frozenset({"country", "city"})
_PLACEHOLDER: Final = re.compile(rf"\[(?:{'|'.join(PLACEHOLDERS)})\]")
_LAST_WORD: Final = re.compile(r"\S{1,40}$")
_OPEN: Final = re.compile(r"\[[a-z]{0,8}$")


def scrub(
    text: str,
    named: Callable[[str], Iterable[Entity]] = lambda _text: (),
    language: str | None = None,
) -> str:
    """Give a text without numbers, names and addresses, in the form in which texts are read.

    `named` finds places in a text, which are no names of people; `language` is the one that it is
    probably written in: some words introduce a name in one and mean something else in another.
    """
    text = normalise(text)
    if len(text) > HEAD:  # what is cut in two would not be known any more
        text = _LAST_WORD.sub("", text[:HEAD])
    places = [Span(found.start, found.end) for found in named(text) if found.kind in _PLACES]
    rest = ascii_digits(text)
    found: list[tuple[Span, str]] = []
    for kind, finder in codes.FINDERS:
        spans = [Span(*match.span()) for match in finder(rest)]
        found += [(span, kind) for span in spans]
        rest = _without(rest, spans)
    people = list(names.find(rest, places, language))
    found += [(span, "name") for span in _joined(people)]
    return _shortened(_replaced(text, sorted(found)))


def holds_placeholder(text: str) -> bool:
    """Say whether something was taken out of a text."""
    return _PLACEHOLDER.search(text) is not None


def without_placeholders(text: str) -> str:
    """Give what is left of a scrubbed text."""
    return _PLACEHOLDER.sub("", text)


def _without(text: str, spans: Iterable[Span]) -> str:
    """Hide what was found from those who look next; every offset stays."""
    for span in spans:
        text = text[: span.start] + TAKEN * (span.end - span.start) + text[span.end :]
    return text


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Make one of spans that overlap or have but a space between them."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end + 1:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def _replaced(text: str, found: Iterable[tuple[Span, str]]) -> str:
    pieces: list[str] = []
    place = 0
    for span, kind in found:
        pieces += (text[place : span.start], f"[{kind}]")
        place = span.end
    return "".join((*pieces, text[place:]))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else _OPEN.sub("", text[:LONGEST]).rstrip()
