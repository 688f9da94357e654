"""Decides whether a message calls a human at once, asks one plain question, or neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from bot.domain.understanding import Assessment, Decision, Tier, Understanding


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the lines are, from 0 to 1; training chose them (nlu/README.md, "Thresholds")."""

    page: float
    """Urgency from which a human is called at once."""
    ask: float
    """Urgency from which the contact is asked whether they are in danger now."""
    unsure: float
    """Confidence of the intent below which the bot asks "did you mean"."""
    lost: float | None = None
    """Confidence below which it does not guess at all; None: `LOST_SHARE` of `unsure`."""
    second: float = 0.75
    """Confidence from which a clause of a longer message is a need of its own (`nlu/needs.py`)."""

    @property
    def guess(self) -> float:
        """Confidence from which a message is guessed at; below it the menu and a human."""
        return self.unsure * LOST_SHARE if self.lost is None else self.lost


LOST_SHARE = 0.5
"""Of `unsure`: where `lost` is when training did not say. On the development set 15 % of the
messages fall between the two, and for 81 % of those the need is among the three buttons; 2 % fall
below.
"""
MARGIN = 0.2
"""Above `page`: up to there a name that answers a question is not taken for an alarm."""
FEW_LETTERS = 12
"""Weight beside a name up to which an answer with it ("we are in Bavet") says hardly more."""
QUIET = 1 / 3
"""Of `ask`: an urgency below this is a model sure that nothing is urgent."""
CERTAIN = 0.8
"""Confidence from which even an answer to a question pages by its intent."""


class Reply(IntEnum):
    """How much a message says beside the names (places, dates, numbers) that answer a question."""

    NO = 0
    """It is no such answer."""
    SHORT = 1
    """A few words more: "in Bavet, near the river"."""
    BARE = 2
    """Nothing more: "Bavet"."""


def reply_of(beside: int | None) -> Reply:
    """Say what a message is that says so much beside the names that answer; None: it has none."""
    if beside is None or beside > FEW_LETTERS:
        return Reply.NO
    return Reply.SHORT if beside else Reply.BARE


def assess(
    understanding: Understanding,
    tiers: Mapping[str, Tier],
    thresholds: Thresholds,
    reply: Reply = Reply.NO,
) -> Assessment:
    """Weigh intent, urgency, clauses and danger words; the strongest of four voices decides.

    - The urgency: page from the upper threshold, ask from the lower.
    - The intent: one of tier critical that the bot is sure of pages, unless the urgency is below
      the lower threshold (a danger that is past, or denied): then it asks. One that it is not
      sure of asks.
    - The clauses of a longer message: a critical or urgent one asks. It never pages: torn out of
      its message, "if they beat me" is "they beat me".
    - The danger words: whatever they ask for. They can only raise.

    Where the urgency is below QUIET of `ask`, only a page is heard: on the development set that
    spares 68 people a needless question, and one in danger of 740 is not asked. Without a model
    all are heard.

    A `reply` that names what was asked for (the town, in "where are you?") is weighed lower, since
    the model was never taught bare names: one with a few more words asks instead of paging, and a
    bare one does neither. Not so with danger words, an urgency of MARGIN above `page`, or, with
    more words, a critical intent that is CERTAIN.

    Missing a person in danger is the worst that can happen; crying wolf is the second, for
    operators who are called for nothing stop coming.
    """
    intent = understanding.intent
    tier = tiers.get(intent.name, Tier.DIALOGUE)
    voices = [
        (_of_urgency(understanding.urgency, thresholds), "urgency"),
        (_of_pieces(understanding, tiers, thresholds), "clause"),
        (_of_intent(understanding, tier, thresholds), intent.name),
    ]
    if _is_calm(understanding, tier, thresholds, reply):
        most = Decision.ASK if reply is Reply.SHORT else Decision.NONE
        voices = [(min(said, most, key=_STRENGTH.__getitem__), name) for said, name in voices]
    voices.append((understanding.danger_words, "danger_words"))
    if _is_quiet(understanding, thresholds):
        voices = [(said, name) for said, name in voices if said is not Decision.ASK]
    # Of equal voices the later is named: a danger word is the plainest reason, a number the least.
    silent = (Decision.NONE, intent.name)
    decision, reason = max(reversed([silent, *voices]), key=lambda voice: _STRENGTH[voice[0]])
    return Assessment(tier, decision, reason if decision is not Decision.NONE else intent.name)


_STRENGTH = {Decision.NONE: 0, Decision.ASK: 1, Decision.PAGE: 2}


def _of_urgency(urgency: float, thresholds: Thresholds) -> Decision:
    if urgency >= thresholds.page:
        return Decision.PAGE
    return Decision.ASK if urgency >= thresholds.ask else Decision.NONE


def _of_intent(understanding: Understanding, tier: Tier, thresholds: Thresholds) -> Decision:
    if tier is not Tier.CRITICAL:
        return Decision.NONE
    past_or_denied = understanding.urgency < thresholds.ask
    sure = understanding.intent.confidence >= thresholds.unsure
    return Decision.PAGE if sure and not past_or_denied else Decision.ASK


def _of_pieces(
    understanding: Understanding, tiers: Mapping[str, Tier], thresholds: Thresholds
) -> Decision:
    grave = any(
        piece.urgency >= thresholds.page
        or (
            tiers.get(piece.intent.name) is Tier.CRITICAL
            and piece.intent.confidence >= thresholds.second
        )
        for piece in understanding.pieces
    )
    return Decision.ASK if grave else Decision.NONE


def _is_quiet(understanding: Understanding, thresholds: Thresholds) -> bool:
    return bool(understanding.ranking) and understanding.urgency < thresholds.ask * QUIET


def _is_calm(
    understanding: Understanding, tier: Tier, thresholds: Thresholds, reply: Reply
) -> bool:
    if reply is Reply.NO or understanding.urgency >= thresholds.page + MARGIN:
        return False
    certain = tier is Tier.CRITICAL and understanding.intent.confidence >= CERTAIN
    return reply is Reply.BARE or not certain
