"""What a contact says of the help when a case is done: one tap, and a second one for the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot import logs
from bot.domain.cases import CaseStatus
from bot.domain.events import Choice, Said
from bot.storage import cases, installation

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.domain.events import Event
    from bot.storage.conversations import Conversation

log = logs.get()

_SAID: Final = ("button_feedback", "feedback_why", "feedback_thanks")
GOOD: Final = "good"
BAD: Final = "bad"
SKIP: Final = "skip"
"""In place of a reason: what was said first stays as it is."""
REASONS: Final = {
    GOOD: ("solved", "fast", "kind"),
    BAD: ("unsolved", "slow", "unclear"),
}
"""What the second tap may say."""
PHRASES: Final = (
    "feedback_old",
    "button_skip",
    *(f"{phrase}_{verdict}" for phrase in _SAID for verdict in REASONS),
    *(f"button_feedback_{verdict}_{why}" for verdict, whys in REASONS.items() for why in whys),
)
"""What is said to contacts here."""

_PAYLOAD: Final = re.compile(r"/feedback\(([1-9][0-9]{0,17}),(good|bad)(?:_([a-z]{1,12}))?\)")


@dataclass(frozen=True, slots=True)
class Feedback:
    """A pressed button: of which case, whether it helped, and why."""

    number: int
    verdict: str
    why: str | None = None

    @property
    def stored(self) -> str:
        """As `Case.feedback` has it."""
        return self.verdict if self.why in {None, SKIP} else f"{self.verdict}_{self.why}"


def read(payload: str | None) -> Feedback | None:
    """Read a button's payload; None when it is no feedback."""
    match = _PAYLOAD.fullmatch(payload or "")
    if match is None or match[3] not in {None, SKIP, *REASONS[match[2]]}:
        return None
    return Feedback(int(match[1]), match[2], match[3])


def choices(number: int) -> tuple[Choice, ...]:
    """Give the buttons under the question whether the help was of use."""
    return tuple(
        Choice(f"/feedback({number},{verdict})", phrase=f"button_feedback_{verdict}")
        for verdict in (GOOD, BAD)
    )


async def take(
    session: AsyncSession, conversation: Conversation, given: Feedback
) -> tuple[Event, ...]:
    """Store what was said of a resolved case of this contact; what is to be said to it.

    The conversation's row must be locked by the session. A number that is somebody else's, or of
    a case that is open again, changes nothing.
    """
    case = await cases.own(session, conversation.id, given.number)
    if case is None or case.status != CaseStatus.RESOLVED.value:
        return (Said("feedback_old"),)
    if given.why != SKIP:
        case.feedback = given.stored
        installation.audit(session, "case_feedback", "contact", case.id)
        log.info("case_feedback", case=case.number, tier=case.tier, kind=given.verdict)
    if given.why is None:
        return (Said(f"feedback_why_{given.verdict}", {}, _reasons(given)),)
    return (Said(f"feedback_thanks_{given.verdict}"),)


def _reasons(given: Feedback) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            f"/feedback({given.number},{given.verdict}_{why})",
            phrase=f"button_feedback_{given.verdict}_{why}" if why != SKIP else "button_skip",
        )
        for why in (*REASONS[given.verdict], SKIP)
    )
