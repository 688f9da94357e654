"""What operators do at the desk reaches contacts, or moves a case: each act once, and whole.

An act's whole effect is one transaction, committed before the update that told of it is
acknowledged: a message to the contact is stored and its sending deferred, a move is made, the desk
is told what came of it. Only registered, active operators act; of anybody else nothing leaves.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from bot import clock, logs, queue
from bot.content.voice import Voice
from bot.domain.acts import Commanded, LinkFollowed, OperatorAct, Pressed, Wrote
from bot.domain.cases import IllegalMove
from bot.handoff.acts import answering, buttons, presses
from bot.handoff.acts.inhand import InHand, take_up
from bot.handoff.acts.presses import Short
from bot.storage import cases, deliveries, installation, messages, operators, posts
from bot.storage.operators import Role
from bot.storage.posts import EVERYBODY, PostKind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.handoff.parts import Parts
    from bot.storage.operators import Operator

log = logs.get()

DELIVERIES: Final = "desk"
"""What the desk's updates are noted under, so that none is acted on twice."""
STRANGERS: Final = "desk_stranger"
"""The audit trail's word for somebody at the desk who is no operator, and their deliveries'."""


async def follow_link(parts: Parts, link: LinkFollowed) -> bool:
    """Bind an account to the operator whose one-time link this is; False for a link of nobody.

    A link that is wrong, old or used is no business of operators: whoever sent it is a contact.
    """
    async with parts.database.transaction() as session:
        operator = await operators.bind(session, parts.keyring, link.secret, link.account)
        if operator is None:
            # Given twice by Telegram, it was used by the first; then it must stay one.
            return await deliveries.was_noted(session, DELIVERIES, link.update_id)
        await deliveries.is_new(session, DELIVERIES, link.update_id)
        posts.add(session, operator.id, PostKind.NOTICE, text="desk_bound")
        installation.audit(session, "operator_bind", str(operator.id), operator.id)
        await queue.defer(parts.queue, session, queue.Job.POST, row=operator.id)
    log.info("operator_bound")
    return True


async def is_operator(parts: Parts, account: str) -> bool:
    """Whether an account is a registered, active operator's."""
    async with parts.database.transaction() as session:
        return await operators.by_account(session, parts.keyring, account) is not None


async def act(parts: Parts, done: OperatorAct) -> str | None:
    """Do what somebody at the desk asks for; a few words for whoever pressed a button."""
    async with parts.database.transaction() as session:
        if not await deliveries.is_new(session, DELIVERIES, done.update_id):
            return None
        operator = await operators.by_account(session, parts.keyring, done.account)
        if operator is None:
            await _report_stranger(parts, session, done)
            return _words(parts, Short("desk_press_stranger"))
        if isinstance(done, Pressed):
            return _words(parts, await _pressed(parts, session, operator, done))
        hand = await _case_at(parts, session, operator, done)
        if hand is not None:
            await answering.take(hand, done)
        elif isinstance(done, Commanded) and done.name == "help":
            await _help_everybody(parts, session, done)
    return None


def _words(parts: Parts, short: Short) -> str | None:
    if not short.phrase:
        return None
    return Voice(parts.content, parts.desk_language, clock.today()).say(
        short.phrase, **short.values
    )


async def _report_stranger(parts: Parts, session: AsyncSession, done: OperatorAct) -> None:
    """Say, once an hour, that somebody who is no operator is at the desk; nothing of it leaves."""
    who = parts.keyring.look_up("operator", done.account).hex()
    hour = clock.this_hour().isoformat()
    if not await deliveries.is_new(session, STRANGERS, f"{who}:{hour}"):
        return
    values = {"reference": done.place.reference}
    posts.add(session, EVERYBODY, PostKind.NOTICE, text="desk_stranger", values=values)
    installation.audit(session, STRANGERS, "stranger", None)
    log.warning("stranger_at_the_desk")
    await queue.defer(parts.queue, session, queue.Job.POST, row=EVERYBODY)


async def _help_everybody(parts: Parts, session: AsyncSession, done: Commanded) -> None:
    values = {"reference": done.place.reference}
    posts.add(session, EVERYBODY, PostKind.NOTICE, text="desk_help", values=values)
    await queue.defer(parts.queue, session, queue.Job.POST, row=EVERYBODY)


async def _pressed(parts: Parts, session: AsyncSession, operator: Operator, done: Pressed) -> Short:
    button = buttons.read(done.payload)
    case = await cases.by_number(session, button.number) if button is not None else None
    if button is None or case is None:
        return Short("desk_press_gone")
    if operator.role == Role.EDITOR.value:
        return Short("desk_press_editor")
    try:
        hand = await take_up(parts, session, operator, case.id)
    except LookupError:
        return Short("desk_press_gone")
    try:
        short = await presses.press(hand, button, done.place.reference)
    except IllegalMove as error:
        short = await presses.refusal(hand, error)
    await hand.done(short.menu)
    return short


async def _case_at(
    parts: Parts, session: AsyncSession, operator: Operator, done: Wrote | Commanded
) -> InHand | None:
    """The case that is worked on where something was written; None for talk of the team.

    In a forum a case has a topic. In a plain group only an answer to something of the case is
    meant for it.
    """
    found = None
    if done.place.room is not None:
        case = await cases.by_topic(session, done.place.room)
        # A room that was deleted since may still be told of: its number is a message's.
        left = await posts.case_shown_as(session, str(done.place.room)) if case is None else None
        found = case.id if case is not None else left
    elif not done.place.has_rooms and done.reply_to is not None:
        found = await _case_of(session, done.reply_to)
    if found is None:
        return None
    with suppress(LookupError):
        return await take_up(parts, session, operator, found)
    return None


async def _case_of(session: AsyncSession, reference: str) -> uuid.UUID | None:
    """The case of what stands in the group: of a post, or of what an operator wrote."""
    found = await posts.case_shown_as(session, reference)
    if found is not None:
        return found
    conversation = await messages.conversation_written_to(session, reference)
    return await cases.newest_of(session, conversation) if conversation is not None else None
