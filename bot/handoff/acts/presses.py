"""What the buttons of the desk do with a case, and the few words in which they answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bot import clock, queue
from bot.content import answers
from bot.domain import cases as rules
from bot.domain.cases import CaseStatus, IllegalMove, Move, Outcome
from bot.domain.events import Answered, HumanCalled
from bot.domain.messages import Kind
from bot.domain.understanding import Tier
from bot.handoff import cases as handoff
from bot.handoff import words
from bot.handoff.acts.buttons import Button, Verb
from bot.handoff.contact import feedback
from bot.handoff.rooms.card import Menu
from bot.storage import blocked, posts
from bot.storage.operators import Operator, Role
from bot.storage.posts import PostKind

if TYPE_CHECKING:
    from bot.handoff.acts.inhand import InHand


SENT: Final = "desk_press_sent"
"""The answer file is on its way."""
STILL_SENDING: Final = "desk_press_still_sending"
"""What they wrote has not gone yet: whoever leaves now takes it with them."""


@dataclass(frozen=True, slots=True)
class Short:
    """What whoever pressed is shown: the name of a phrase, and what fills it."""

    phrase: str
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    menu: Menu | None = None
    """The buttons that the card shows next; None for the usual ones."""


async def press(hand: InHand, button: Button, reference: str) -> Short:
    """Do what a button asks for. `reference` is the desk's id of the message it stands under.

    Raises:
        IllegalMove: the case does not allow it now, or not to them; nothing was changed.
    """
    if hand.conversation is None:
        return Short("desk_press_gone")
    if button.verb is Verb.ANSWER:
        return await answer(hand, button.argument, reference)
    return await _ACTS[button.verb](hand, button)


async def refusal(hand: InHand, error: IllegalMove) -> Short:
    """Say why a move was not made."""
    values = await owner(hand)
    if hand.conversation is None:
        phrase = "desk_press_gone"
    elif error.status is CaseStatus.RESOLVED:
        phrase = "desk_press_resolved"
    elif error.status is CaseStatus.WAITING:
        phrase = "desk_press_waiting"
    elif error.move is Move.REOPEN:
        phrase = "desk_press_open"
    elif hand.is_mine:
        phrase = "desk_press_yours"
    elif error.move is Move.TAKE_OVER:
        phrase = "desk_press_supervisors"
    else:
        phrase = "desk_press_quicker" if error.move is Move.CLAIM else "desk_press_not_yours"
    return Short(phrase, values)


async def owner(hand: InHand) -> dict[str, str]:
    """The name of who has the case, for operators only."""
    if hand.case.operator_id is None:
        return {"operator": "?"}
    row = await hand.session.get(Operator, hand.case.operator_id)
    return {"operator": row.name if row is not None else "?"}


async def answer(hand: InHand, topic: str, reference: str) -> Short:
    """Send an answer file to the contact, in their language and for their country.

    Its buttons are left out: they are the bot's, which is silent while an operator is there.
    """
    if hand.conversation is None or not hand.parts.content.answer_exists(topic):
        return Short("desk_press_gone")
    if (refused := await hand.own()) is not None:
        return Short(refused, await owner(hand))
    language = hand.conversation.row.language or words.FALLBACK_LANGUAGE
    events = (Answered(topic, country=hand.case.country), HumanCalled("handoff"))
    rendered = answers.render(hand.parts.content, events, language, clock.today())
    plain = [replace(message, buttons=()) for message in rendered]
    for row in await hand.give(plain, reference, Kind.TEXT):
        posts.add(hand.session, hand.case.id, PostKind.REPLY, case=hand.case.id, message=row.id)
    return Short(SENT)


async def _take(hand: InHand, _button: Button) -> Short:
    await hand.move(Move.CLAIM)
    await hand.tell("handoff_operator_here")
    return Short("desk_press_taken")


async def _seen(hand: InHand, _button: Button) -> Short:
    if hand.case.status != CaseStatus.WAITING.value:
        raise IllegalMove(Move.CLAIM, CaseStatus(hand.case.status), hand.actor.part_in(hand.case))
    await handoff.acknowledge(hand.parts.queue, hand.session, hand.case.id, hand.actor)
    return Short("desk_press_seen")


async def _release(hand: InHand, _button: Button) -> Short:
    if await hand.is_speaking():
        return Short(STILL_SENDING)
    await hand.move(Move.RELEASE)
    await hand.tell("handoff_released")
    return Short("desk_press_released")


async def _take_over(hand: InHand, _button: Button) -> Short:
    await hand.move(Move.TAKE_OVER)
    await hand.tell("handoff_other_operator")
    return Short("desk_press_taken")


async def _hand(hand: InHand, button: Button) -> Short:
    before = CaseStatus(hand.case.status)
    if not button.argument:
        rules.check(Move.HAND_OVER, before, hand.actor.part_in(hand.case))
        return Short("desk_press_choose", menu=Menu.HAND)
    to = await hand.session.get(Operator, button.operator)
    if to is None or not to.active or to.account_hash is None or to.role == Role.EDITOR.value:
        return Short("desk_press_nobody", menu=Menu.HAND)
    if to.id == hand.case.operator_id:
        return Short("desk_press_theirs", {"operator": to.name})
    if await hand.is_speaking():
        return Short(STILL_SENDING, menu=Menu.HAND)
    await hand.move(Move.HAND_OVER, to=to.id)
    waited = before is CaseStatus.WAITING
    await hand.tell("handoff_operator_here" if waited else "handoff_other_operator")
    if to.id != hand.operator.id:
        await _let_know(hand, to)
    return Short("desk_press_handed", {"operator": to.name})


async def _let_know(hand: InHand, to: Operator) -> None:
    """Tell an operator, in their own room, that they have been given a case."""
    urgent = hand.case.tier == Tier.CRITICAL.value
    values = {"number": hand.case.number}
    posts.add(
        hand.session, to.id, PostKind.NOTICE,
        case=hand.case.id, urgent=urgent, text="desk_handed_to_you", values=values,
    )  # fmt: skip
    await queue.defer(
        hand.parts.queue, hand.session, queue.Job.POST, row=to.id, priority=queue.PRIORITY_CRITICAL
    )


async def _up(hand: InHand, _button: Button) -> Short:
    if hand.case.tier == Tier.CRITICAL.value:
        return Short("desk_press_urgent_already")
    await hand.move(Move.RAISE)
    return Short("desk_press_raised")


async def _down(hand: InHand, _button: Button) -> Short:
    if hand.case.tier != Tier.CRITICAL.value:
        return Short("desk_press_lowered")
    await hand.move(Move.LOWER)
    return Short("desk_press_lowered")


async def _resolve(hand: InHand, button: Button) -> Short:
    if not button.argument:
        status = CaseStatus(hand.case.status)
        rules.check(Move.RESOLVE, status, hand.actor.part_in(hand.case))
        return Short("desk_press_how", menu=Menu.RESOLVE)
    if await hand.is_speaking():
        return Short(STILL_SENDING, menu=Menu.RESOLVE)
    outcome = button.outcome
    await hand.move(Move.RESOLVE, outcome=outcome)
    # Who wrote in bad faith, or not at all, is not asked how it was.
    asked = outcome not in {Outcome.ABUSE, Outcome.NO_ANSWER, Outcome.NOT_FOR_US}
    if asked:
        await hand.tell("handoff_resolved", feedback.choices(hand.case.number))
    else:
        await hand.tell("handoff_ended")
    return Short("desk_press_done")


async def _reopen(hand: InHand, _button: Button) -> Short:
    if await hand.newer_case_is_open():
        return Short("desk_press_newer")
    await hand.move(Move.REOPEN)
    return Short("desk_press_reopened")


async def _block(hand: InHand, button: Button) -> Short:
    """What a blocked contact writes is kept, not answered, and calls nobody."""
    block = button.verb is Verb.BLOCK
    if not hand.may_lead:
        return Short("desk_press_not_yours", await owner(hand))
    if hand.conversation is not None and hand.conversation.row.blocked is not block:
        row = hand.conversation.row
        row.blocked = block
        if not block and row.address_hash is not None:
            await blocked.drop(hand.session, row.channel, row.address_hash)
        hand.case.card_stale = True
        hand.audit("contact_block" if block else "contact_unblock")
    return Short("desk_press_blocked" if block else "desk_press_unblocked")


async def _more(_hand: InHand, _button: Button) -> Short:
    return Short("", menu=Menu.MORE)


async def _back(_hand: InHand, _button: Button) -> Short:
    return Short("")


_ACTS: Final[Mapping[Verb, Callable[[InHand, Button], Awaitable[Short]]]] = MappingProxyType(
    {
        Verb.TAKE: _take,
        Verb.SEEN: _seen,
        Verb.RELEASE: _release,
        Verb.HAND: _hand,
        Verb.UP: _up,
        Verb.DOWN: _down,
        Verb.RESOLVE: _resolve,
        Verb.TAKE_OVER: _take_over,
        Verb.REOPEN: _reopen,
        Verb.BLOCK: _block,
        Verb.UNBLOCK: _block,
        Verb.MORE: _more,
        Verb.BACK: _back,
    }
)
