"""The list of cases that wait, as every operator who is called gets it: one message for all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.content.voice import Voice
from bot.domain.cases import CaseStatus
from bot.domain.messages import Button
from bot.domain.understanding import Tier
from bot.handoff.desk import Entry
from bot.handoff.rooms import card
from bot.handoff.rooms.card import CaseView

MOST: Final = 15
"""Cases of a list, unless more than that are critical."""
MOST_CRITICAL: Final = 40
"""Critical cases of a list: as many lines as one message holds (Bot API: 4096 characters)."""
WITH_BUTTONS: Final = 5
"""Cases that have buttons, from the first: more would fill a phone's screen."""


def waiting_list(
    waiting: Sequence[CaseView], own: Sequence[CaseView], voice: Voice, now: datetime
) -> Entry | None:
    """All that waits, the most urgent and oldest first as given; None when nothing does.

    `own` are the cases of the operator whose contacts wait for an answer.
    """
    if not waiting and not own:
        return None
    lines = [_own_line(view, voice, now) for view in own]
    shown = _shown(waiting)
    if waiting:
        count = str(len(waiting))
        head = voice.say("desk_list_one" if len(waiting) == 1 else "desk_list", count=count)
        lines += [f"**{head}**", *(_line(view, voice, now) for view in shown)]
    if len(waiting) > len(shown):
        lines.append(voice.say("desk_list_more", count=str(len(waiting) - len(shown))))
    return Entry(
        text="\n".join(lines),
        buttons=tuple(_row(view, voice) for view in shown[:WITH_BUTTONS]),
        silent=False,
    )


def _shown(waiting: Sequence[CaseView]) -> list[CaseView]:
    critical = sum(view.tier == Tier.CRITICAL.value for view in waiting)
    return list(waiting[: max(MOST, min(critical, MOST_CRITICAL))])


def _line(view: CaseView, voice: Voice, now: datetime) -> str:
    parts = [
        f"{card.mark(view.tier)} #{view.number} {view.pseudonym}",
        card.language(view.language, voice),
        card.why(view.reason, voice),
    ]
    if view.waiting_since is not None:
        parts.append(card.span(view.waiting_since, now, voice))
    if view.seen and view.status is CaseStatus.WAITING:
        parts.append(voice.say("desk_list_seen"))
    return " · ".join(parts)


def _own_line(view: CaseView, voice: Voice, now: datetime) -> str:
    since = view.unanswered_since or now
    return voice.say(
        "desk_list_own",
        number=str(view.number),
        name=view.pseudonym,
        waited=card.span(since, now, voice),
    )


def _row(view: CaseView, voice: Voice) -> tuple[Button, ...]:
    return tuple(
        Button(f"{voice.say(f'desk_button_{act}')} #{view.number}", f"case:{view.number}:{act}")
        for act in ("take", "seen")
    )
