"""Finds two needs in one message: cuts a text into clauses, and weighs what was made of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.understanding import Intent, Piece, Tier, Understanding
from bot.domain.weight import weight

MOST: Final = 3
"""Pieces of a text that are judged at most; each costs as much as a short message."""
FARTHEST: Final = 5000
"""Code points of a text that are looked at; Telegram sends 4,096 at most."""
LONG: Final = 36
"""Weight from which a text is cut; two needs take more words than this."""
ENOUGH: Final = 12
"""Weight from which a piece can hold a need by itself."""
CLOSING: Final = 7
"""The same of an end like "he beats me" that would else not be judged apart from the rest.

All short ends by themselves: a second need was offered for 14 of 271 messages with one, not 13.
"""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a message asks for: the need to answer first, and another one to offer."""

    lead: Intent
    """The most dangerous need that is clear; the whole message's own intent when none is."""
    also: str | None = None
    """The intent of a second clear need."""


def split(text: str) -> tuple[str, ...]:
    """The pieces of a text that may hold a need each; empty unless there are two or more.

    At most MOST, in the order of the text: the last one, and those with the most letters.
    """
    text = text[:FARTHEST]
    if weight(text) < LONG:
        return ()
    pieces = _merged(_CUTS.split(text))
    if len(pieces) > MOST:
        before = sorted(range(len(pieces) - 1), key=lambda place: -weight(pieces[place]))
        pieces = [*(pieces[place] for place in sorted(before[: MOST - 1])), pieces[-1]]
    return tuple(pieces) if len(pieces) > 1 else ()


def weigh(
    understanding: Understanding,
    tiers: Mapping[str, Tier],
    *,
    bar: float,
    unsure: float,
    first: Collection[str] = (),
) -> Needs:
    """The need that leads and the one to offer; `bar` and `unsure` are confidences, 0 to 1.

    A piece counts from `bar` on. The more dangerous tier leads; of equal ones the whole
    message's own intent does, unless its confidence is below `unsure`: two needs blur each
    other, and a clause by itself is clearer. Intents of tier dialogue are no needs. A message
    whose own intent is among `first` (the wish for a human) is led by no clause.
    """
    whole = understanding.intent
    clear = _clear(understanding.pieces, tiers, bar)
    if whole.name in first and whole.confidence >= unsure:
        return Needs(whole, _first_other([need.name for need in clear], whole.name))
    named = _tier(whole, tiers) is not Tier.DIALOGUE
    if not clear or (named and whole.confidence >= unsure and _outranks(whole, clear[0], tiers)):
        others = [need.name for need in clear]
        return Needs(whole, _first_other(others, whole.name) if named else None)
    lead = clear[0]
    others = [need.name for need in clear[1:]]
    if named and whole.confidence >= bar:
        others.append(whole.name)
    return Needs(lead, _first_other(others, lead.name))


_RANK: Final = {Tier.DIALOGUE: 0, Tier.INFO: 1, Tier.ELEVATED: 2, Tier.CRITICAL: 3}

_ENDS: Final = r"[.!?…。！？｡؟۔।॥။።፧។៕;；\r\n]+"
# Not commas: cutting there too offered a second need for 9 % of messages with one, not 2 %, and
# found no more of those with two (measured on tests/nlu/development).
# Words that join two statements and hardly ever stand inside a name or a phrase. Left out as
# unsafe: fil "at" (English), sw "na" and my "နဲ့" (also "with"), th "แต่" (part of other words).
_SPACED: Final = (
    *("and", "also", "but", "plus", "dan", "tapi", "tetapi", "terus", "lalu"),  # en id
    *("और", "लेकिन", "तथा", "मगर", "اور", "لیکن", "مگر", "এবং", "কিন্তু", "আর"),  # hi ur bn
    *("तर", "अनि", "साथै", "र", "và", "nhưng", "ngoài ra"),  # ne vi
    *("tapos", "pero", "saka", "lakini", "halafu", "እና", "ግን", "et", "mais"),  # fil sw am fr
)
_ANYWHERE: Final = (
    *("而且", "并且", "但是", "可是", "还有", "另外"),  # zh
    *("และ", "แล้วก็", "ပြီးတော့", "ပေမယ့်", "ဒါ့အပြင်"),  # th my
)
_CUTS: Final = re.compile(
    rf"{_ENDS}|(?<=[\s,،၊፣])(?:{'|'.join(_SPACED)})(?=\s)|{'|'.join(_ANYWHERE)}", re.IGNORECASE
)


def _merged(parts: Sequence[str]) -> list[str]:
    """Join parts that say too little to what follows; the last of them to what goes before."""
    pieces: list[str] = []
    held = ""
    for part in parts:
        held = f"{held} {part.strip()}".strip()
        if weight(part) >= ENOUGH:
            pieces.append(held)
            held = ""
    if weight(held) >= (CLOSING if len(pieces) == 1 else ENOUGH):
        pieces.append(held)
    elif held and pieces:
        pieces[-1] = f"{pieces[-1]} {held}"
    return pieces


def _clear(pieces: Sequence[Piece], tiers: Mapping[str, Tier], bar: float) -> list[Intent]:
    """The needs that pieces are sure of, each once, the most dangerous first."""
    found: dict[str, Intent] = {}
    for piece in pieces:
        name, confidence = piece.intent.name, piece.intent.confidence
        if confidence < bar or tiers.get(name, Tier.DIALOGUE) is Tier.DIALOGUE:
            continue
        if name not in found or confidence > found[name].confidence:
            found[name] = piece.intent
    return sorted(found.values(), key=lambda need: (-_RANK[_tier(need, tiers)], -need.confidence))


def _outranks(whole: Intent, piece: Intent, tiers: Mapping[str, Tier]) -> bool:
    return _RANK[_tier(whole, tiers)] >= _RANK[_tier(piece, tiers)]


def _first_other(names: Sequence[str], name: str) -> str | None:
    return next((other for other in names if other != name), None)


def _tier(intent: Intent, tiers: Mapping[str, Tier]) -> Tier:
    return tiers.get(intent.name, Tier.DIALOGUE)
