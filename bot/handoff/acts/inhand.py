"""A case in an operator's hands, locked for one transaction: what every act at the desk does."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot import logs
from bot.domain.cases import CaseStatus, Move, Outcome
from bot.handoff import cases as handoff
from bot.handoff import words
from bot.storage import cases, conversations, installation, messages, posts
from bot.storage.encryption import Unreadable
from bot.storage.messages import Author, Message
from bot.storage.operators import Role
from bot.storage.posts import PostKind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.domain.events import Choice
    from bot.domain.messages import Kind, OutboundMessage
    from bot.handoff.parts import Parts
    from bot.handoff.rooms.card import Menu
    from bot.storage.cases import Case
    from bot.storage.conversations import OpenConversation
    from bot.storage.operators import Operator

log = logs.get()


@dataclass(frozen=True, slots=True)
class InHand:
    """An operator, and a case that nobody else changes meanwhile."""

    parts: Parts = field(repr=False)
    session: AsyncSession = field(repr=False)
    operator: Operator = field(repr=False)
    case: Case = field(repr=False)
    conversation: OpenConversation | None = field(repr=False)
    """None when it was erased, is being erased, or its key is lost: nobody can be reached."""

    @property
    def is_mine(self) -> bool:
        """Whether the operator has the case."""
        return self.case.operator_id == self.operator.id

    @property
    def is_supervisor(self) -> bool:
        """Whether they may do what only the owner of a case may."""
        return self.operator.role == Role.SUPERVISOR.value

    @property
    def actor(self) -> handoff.Actor:
        """The operator, as moves and the audit trail have them."""
        return handoff.Actor(self.operator.id, str(self.operator.id), self.is_supervisor)

    @property
    def may_lead(self) -> bool:
        """Whether they decide in this case: it is theirs, or nobody's, or they supervise."""
        return self.is_supervisor or self.case.operator_id in {None, self.operator.id}

    async def move(
        self, move: Move, *, to: uuid.UUID | None = None, outcome: Outcome | None = None
    ) -> None:
        """Make a move with the case.

        Raises:
            IllegalMove: it does not allow it now, or not to them.
        """
        await handoff.move(
            self.parts.queue, self.session, self.case.id, move, self.actor, to=to, outcome=outcome
        )

    async def is_speaking(self) -> bool:
        """Whether what they wrote is still on its way, and would be dropped if they left now.

        What Telegram did not take at once may take long: it keeps nobody in a case.
        """
        if not self.is_mine or self.conversation is None:
            return False
        return await messages.is_on_its_way(
            self.session, self.conversation.row.id, self.operator.id
        )

    async def own(self) -> str | None:
        """Make the operator the owner, if the case is free; else the phrase that says why not."""
        case, status = self.case, CaseStatus(self.case.status)
        if status is CaseStatus.CLAIMED:
            return None if self.is_mine else "desk_not_yours"
        if status is CaseStatus.RESOLVED:
            if await self.newer_case_is_open():
                return "desk_newer_case"
            await self.move(Move.REOPEN)
        await self.move(Move.CLAIM)
        await self.tell("handoff_operator_here")
        log.info("case_claimed_by_answer", case=case.number, tier=case.tier)
        return None

    async def newer_case_is_open(self) -> bool:
        """Whether the contact has another case by now, which is open."""
        if self.case.conversation_id is None:
            return False
        return await cases.has_open(self.session, self.case.conversation_id)

    async def give(
        self, written: Sequence[OutboundMessage], reference: str | None, kind: Kind
    ) -> tuple[Message, ...]:
        """Let the contact have what the operator wrote; nobody waits for an answer any more."""
        if self.conversation is None:
            return ()
        rows = await self.parts.outbox.enqueue(
            self.session,
            self.conversation,
            written,
            turn_id=None,
            by=Author(self.operator.id, reference, kind),
        )
        self.case.unanswered_since, self.case.reminders = None, 0
        self.audit("case_answered")
        log.info("case_answered", case=self.case.number, kind=kind.value, count=len(rows))
        return rows

    async def tell(self, phrase: str, choices: Sequence[Choice] = ()) -> None:
        """Let the line itself say something to the contact, if they may be written to unasked."""
        conversation = self.conversation
        if conversation is None or not conversation.row.reachable or conversation.row.blocked:
            return
        if conversation.row.channel not in self.parts.outbox.channels:
            return
        if not words.asked_for_silence(conversation):
            await words.say(self.parts, self.session, conversation, phrase, choices=choices)

    def notice(
        self,
        phrase: str,
        *,
        reference: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Say something to the operators in the case's room, as an answer to what was written."""
        shown = {"number": self.case.number, "reference": reference, **(values or {})}
        posts.add(
            self.session, self.case.id, PostKind.NOTICE,
            case=self.case.id, text=phrase, values=shown,
        )  # fmt: skip

    def fail(self, reference: str, phrase: str, *, values: Mapping[str, Any] | None = None) -> None:
        """Mark what an operator wrote as not delivered, and say why."""
        posts.add(
            self.session, self.case.id, PostKind.MARK,
            case=self.case.id, text="failed", values={"reference": reference},
        )  # fmt: skip
        self.notice(phrase, reference=reference, values=values)

    def audit(self, event: str) -> None:
        """Note in the audit trail that the operator did something with the case."""
        installation.audit(self.session, event, str(self.operator.id), self.case.id)

    async def done(self, menu: Menu | None = None) -> None:
        """Let the room and the case's timers follow, and the card where it shows other buttons.

        Moves have marked the card already; an answer changes nothing on it, and redrawing it
        would use up the little that a group takes.
        """
        wanted = menu.value if menu is not None else None
        if self.case.menu != wanted:
            self.case.menu, self.case.card_stale = wanted, True
        await handoff.wake(self.parts.queue, self.session, self.case)


async def take_up(
    parts: Parts, session: AsyncSession, operator: Operator, case_id: uuid.UUID
) -> InHand:
    """Lock a case for an operator's act.

    Raises:
        LookupError: there is no such case any more.
    """
    row, case = await handoff.locked(session, case_id)
    conversation = None
    if row is not None and not row.wiping:
        try:
            conversation = await conversations.load(session, parts.keyring, row.id)
        except Unreadable:
            log.error("conversation_unreadable", conversation=str(row.id))
    return InHand(parts, session, operator, case, conversation)
