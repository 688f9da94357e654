"""What operators see of a case: its card, the name of its room, its buttons, its line in a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from babel import Locale
from babel.dates import format_datetime, format_skeleton

from bot.content.answers import SHORT_TITLE
from bot.content.voice import Voice
from bot.domain.cases import CaseStatus, Outcome
from bot.domain.messages import Button
from bot.domain.understanding import Tier
from bot.handoff.desk import Entry
from bot.handoff.floods import ONE_OF_MANY
from bot.handoff.paging.rota import PHNOM_PENH

LONGEST_TITLE: Final = 128
"""Bot API: a topic's name has 1-128 characters."""
LONGEST_NAME: Final = 30
"""Characters of an operator's name in a title."""
ANSWERS: Final = 3
"""Newest replies of the line that a card names."""
LONGEST_ANSWER: Final = 80
"""Characters of each."""
IN_HOURS: Final = 120
"""From so many minutes on a wait is told in hours."""
MARKS: Final = {Tier.CRITICAL.value: "‼", Tier.ELEVATED.value: "!"}
"""Of the tiers: told apart by their number of strokes, whatever colours somebody sees."""
DONE: Final = "✓"

_MARKUP: Final = re.compile(r"[*`\s]+")


class Menu(StrEnum):
    """Which buttons a card shows."""

    MAIN = "main"
    MORE = "more"
    HAND = "hand"
    """To whom to hand the case."""
    RESOLVE = "resolve"
    """How it ended."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as operators may know it: nothing here tells who the contact is."""

    number: int
    status: CaseStatus
    tier: str
    reason: str
    """Intent, or what else opened it."""
    pseudonym: str
    language: str | None = None
    country: str | None = None
    waiting_since: datetime | None = None
    seen: bool = False
    operator: str | None = None
    """Name of who has it."""
    claimed_at: datetime | None = None
    unanswered_since: datetime | None = None
    """Since when the contact waits for an answer of who has it."""
    reopened: int = 0
    outcome: str | None = None
    blocked: bool = False
    answered: tuple[str, ...] = field(default=(), repr=False)
    """What the line has answered, newest last."""


def title(view: CaseView) -> str:
    """The name of the room: "#12 ‼ Amber Kite · id · Rina"."""
    resolved = view.status is CaseStatus.RESOLVED
    parts = [f"#{view.number} {DONE if resolved else mark(view.tier)} {view.pseudonym}"]
    if view.language:
        parts.append(view.language)
    if view.operator:
        parts.append(_cut(plain(view.operator), LONGEST_NAME))
    return " · ".join(parts)[:LONGEST_TITLE]


def card(
    view: CaseView,
    voice: Voice,
    now: datetime,
    *,
    menu: Menu = Menu.MAIN,
    people: Sequence[tuple[str, str]] = (),
) -> Entry:
    """The head of a case; `people` are ids (32 hex digits) and names for `Menu.HAND`."""
    status = voice.say(f"desk_status_{view.status.value}")
    lines = [
        f"**#{view.number} {mark(view.tier)} {tier(view.tier, voice)} · {status}**",
        f"**{view.pseudonym}**",
        voice.say("desk_card_why", why=why(view.reason, voice)),
        voice.say("desk_card_language", language=language(view.language, voice)),
        voice.say("desk_card_country", country=country(view.country, voice)),
        *_standing(view, voice, now),
    ]
    answered = [_first_line(text) for text in view.answered]
    answered = [line for line in answered if line][-ANSWERS:]
    if answered:
        lines.append(f"\n{voice.say('desk_card_answered')}")
    return Entry(
        text="\n".join(lines),
        literal="\n".join(f"• {line}" for line in answered),
        buttons=buttons(view, voice, menu=menu, people=people),
    )


def buttons(
    view: CaseView,
    voice: Voice,
    *,
    menu: Menu = Menu.MAIN,
    people: Sequence[tuple[str, str]] = (),
) -> tuple[tuple[Button, ...], ...]:
    """What can be done with a case now. The moves themselves say who may."""

    def button(act: str) -> Button:
        return Button(voice.say(f"desk_button_{act}"), f"case:{view.number}:{act}")

    back = button("back")
    if menu is Menu.HAND:
        names = [
            Button(_cut(plain(name), LONGEST_NAME), f"case:{view.number}:hand:{identity}")
            for identity, name in people
        ]
        return rows([*names, back])
    if menu is Menu.RESOLVE:
        ends = [
            Button(outcome(end.value, voice), f"case:{view.number}:resolve:{end.value}")
            for end in Outcome
            if end is not Outcome.ERASED
        ]
        return rows([*ends, back])
    block = "unblock" if view.blocked else "block"
    if menu is Menu.MORE:
        claimed = view.status is CaseStatus.CLAIMED
        return rows([button("takeover" if claimed else "resolve"), button(block), back])
    urgency = "down" if view.tier == Tier.CRITICAL.value else "up"
    acts = {
        CaseStatus.WAITING: ("take", "seen", "hand", urgency, "more"),
        CaseStatus.CLAIMED: ("release", "hand", urgency, "resolve", "more"),
        CaseStatus.RESOLVED: ("reopen", block),
    }
    return rows([button(act) for act in acts[view.status]])


def page_buttons(view: CaseView, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    """What can be done at a call: nothing once somebody has the case."""
    if view.status is not CaseStatus.WAITING:
        return ()
    return rows(
        [
            Button(voice.say(f"desk_button_{act}"), f"case:{view.number}:{act}")
            for act in ("take", "seen")
        ]
    )


def rows(found: Sequence[Button]) -> tuple[tuple[Button, ...], ...]:
    """Lay buttons out: two in a row where both have short titles."""
    laid: list[tuple[Button, ...]] = []
    for one in found:
        last = laid[-1] if laid else ()
        if len(last) == 1 and all(len(each.title) <= SHORT_TITLE for each in (*last, one)):
            laid[-1] = (*last, one)
        else:
            laid.append((one,))
    return tuple(laid)


def mark(of_tier: str) -> str:
    """The sign of a tier."""
    return MARKS.get(of_tier, "·")


def tier(of_tier: str, voice: Voice) -> str:
    """The word for a tier."""
    known = of_tier in MARKS
    return voice.say(f"desk_tier_{of_tier}" if known else "desk_tier_ordinary")


def why(reason: str, voice: Voice) -> str:
    """Why a human is needed: the need as contacts are offered it, or what else it was."""
    plainly = reason.removesuffix(ONE_OF_MANY)
    said = plainly.replace("_", " ")
    for key in (f"desk_reason_{plainly}", f"intent_{plainly}"):
        if voice.library.phrase(key, voice.language) is not None:
            said = voice.say(key)
            break
    return f"{said} {voice.say('desk_one_of_many')}" if plainly != reason else said


def language(code: str | None, voice: Voice) -> str:
    """The name of a language, in the desk's."""
    if not code:
        return voice.say("desk_unknown")
    return Locale.parse(voice.language).languages.get(code) or code


def outcome(end: str | None, voice: Voice) -> str:
    """The word for how a case ended."""
    return voice.say(f"desk_outcome_{end}") if end else voice.say("desk_unknown")


def country(code: str | None, voice: Voice) -> str:
    """The name of a country, in the desk's language."""
    return voice.country(code) if code else voice.say("desk_unknown")


def span(since: datetime, now: datetime, voice: Voice) -> str:
    """How long something has lasted."""
    minutes = max(int((now - since) / timedelta(minutes=1)), 0)
    if minutes < IN_HOURS:
        return voice.say("desk_minutes", minutes=str(minutes))
    return voice.say("desk_hours", hours=str(minutes // 60))


def plain(text: str) -> str:
    """A name in one line, without what would format it."""
    return _MARKUP.sub(" ", text).strip()


def _standing(view: CaseView, voice: Voice, now: datetime) -> list[str]:
    """Who has it, since when, and what else whoever takes it has to know."""
    lines = []
    if view.status is CaseStatus.WAITING and view.waiting_since is not None:
        lines.append(voice.say("desk_card_waiting", time=_clock(view.waiting_since, now, voice)))
        if view.seen:
            lines.append(voice.say("desk_card_seen"))
    if view.status is CaseStatus.CLAIMED:
        since = view.claimed_at or now
        name = plain(view.operator or "?")
        lines.append(voice.say("desk_card_claimed", operator=name, time=_clock(since, now, voice)))
    if view.status is CaseStatus.RESOLVED:
        lines.append(voice.say("desk_card_outcome", outcome=outcome(view.outcome, voice)))
    if view.reopened:
        lines.append(voice.say("desk_card_reopened", count=str(view.reopened)))
    if view.blocked:
        lines.append(voice.say("desk_card_blocked"))
    return lines


def _clock(moment: datetime, now: datetime, voice: Voice) -> str:
    """A time of the day in Phnom Penh; with the day when it is not today. It stays true."""
    local, today = moment.astimezone(PHNOM_PENH), now.astimezone(PHNOM_PENH).date()
    at = format_datetime(local, "HH:mm", locale=voice.language)
    if local.date() == today:
        return at
    return f"{format_skeleton('MMMd', local, locale=voice.language)}, {at}"


def _first_line(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return _cut(plain(first), LONGEST_ANSWER)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
