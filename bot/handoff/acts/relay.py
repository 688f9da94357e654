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
from bot.domain.acts import Commanded, LinkFollowed, OperatorAct, Pressed, RoomClosed, Wrote
from bot.domain.cases import CaseStatus, IllegalMove
from bot.handoff.acts import answering, blocking, buttons, presses
from bot.handoff.acts.inhand import InHand, take_up
from bot.handoff.acts.presses import Short
from bot.handoff.paging import team
from bot.handoff.paging.timing import Circle
from bot.handoff.rooms import everybody
from bot.storage import cases, deliveries, installation, messages, operators, posts
from bot.storage.cases import Case
from bot.storage.operators import Role
from bot.storage.posts import EVERYBODY, PostKind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.handoff.parts import Parts
    from bot.storage.operators import Operator

log = logs.get()

DELIVERIES: Final = "desk"
"""What the desk's updates are noted under, so that none is acted on twice."""
UNBLOCK: Final = "unblock"
"""The command that is not about the case in whose room it is written."""
_MOST_DIGITS: Final = 18
STRANGERS: Final = "desk_stranger"
"""The audit trail's word for somebody at the desk who is no operator, and their deliveries'."""
_RIGHTS: Final = {False: "desk_not_administrator", True: "desk_administrator_again"}
"""What is said of whether the line is an administrator of the desk's group."""


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
        if isinstance(done, RoomClosed):
            await _keep_open(parts, session, done)
            return None
        operator = await operators.by_account(session, parts.keyring, done.account)
        if operator is None:
            await _report_stranger(parts, session, done)
            return _words(parts, Short("desk_press_stranger"))
        if isinstance(done, Pressed):
            return _words(parts, await _pressed(parts, session, operator, done))
        await _wrote(parts, session, operator, done)
    return None


async def _wrote(
    parts: Parts, session: AsyncSession, operator: Operator, done: Wrote | Commanded
) -> None:
    if isinstance(done, Commanded) and done.name == UNBLOCK:
        await _unblock(parts, session, operator, done)
        return
    hand = await _case_at(parts, session, operator, done)
    if hand is not None:
        _note_talk(session, hand.case.id, done)
        await answering.take(hand, done)
        return
    await _note_answer_to_talk(session, done)
    if isinstance(done, Commanded) and done.name == "help":
        await everybody.tell(parts.queue, session, "desk_help", reference=done.place.reference)


def _words(parts: Parts, short: Short) -> str | None:
    if not short.phrase:
        return None
    return Voice(parts.content, parts.desk_language, clock.today()).say(
        short.phrase, **short.values
    )


async def _report_stranger(
    parts: Parts, session: AsyncSession, done: Wrote | Commanded | Pressed
) -> None:
    """Say, once an hour, that somebody who is no operator is at the desk; nothing of it leaves."""
    who = parts.keyring.look_up("operator", done.account).hex()
    hour = clock.this_hour().isoformat()
    is_new = await deliveries.is_new(session, STRANGERS, f"{who}:{hour}")
    if not isinstance(done, Pressed):
        await _mark_a_strangers(parts, session, done, say_why=is_new)
    if not is_new:
        return
    await everybody.tell(parts.queue, session, "desk_stranger", reference=done.place.reference)
    installation.audit(session, STRANGERS, "stranger", None)
    log.warning("stranger_at_the_desk")


async def _mark_a_strangers(
    parts: Parts, session: AsyncSession, done: Wrote | Commanded, *, say_why: bool
) -> None:
    """Show whoever wrote to a contact, and may think that they are known, that it has not gone."""
    edited = isinstance(done, Wrote) and done.edited
    case = await _case_id_at(session, done) if not edited else None
    if case is None:
        return
    values = {"reference": done.place.reference}
    posts.add(session, case, PostKind.MARK, case=case, text="failed", values=values)
    if say_why:
        posts.add(session, case, PostKind.NOTICE, case=case, text="desk_stranger", values=values)
    await queue.defer(parts.queue, session, queue.Job.POST, row=case)


async def _keep_open(parts: Parts, session: AsyncSession, done: RoomClosed) -> None:
    """Open the room of a case that is not done again: in a closed one nobody can answer."""
    room = done.place.room
    case = await cases.by_topic(session, room) if room is not None else None
    if case is None or case.status == CaseStatus.RESOLVED.value:
        return
    case.card_stale = True  # with its card a room is opened
    posts.add(session, case.id, PostKind.NOTICE, case=case.id, text="desk_closed_by_hand")
    await queue.defer(
        parts.queue, session, queue.Job.POST, row=case.id, priority=queue.PRIORITY_ELEVATED
    )
    log.info("room_closed_by_hand", case=case.number)


async def note_rights(parts: Parts, update_id: str, *, administrator: bool) -> None:
    """Say that the line no longer reads what operators write, or does again.

    Nobody would see it otherwise: what is not read is not marked, and a contact goes on waiting.
    """
    async with parts.database.transaction() as session:
        if not await deliveries.is_new(session, DELIVERIES, update_id):
            return
        last = await posts.newest_notice(session, EVERYBODY, *_RIGHTS.values())
        known = last is None or last.text == _RIGHTS[True]
        if known is administrator:
            return
        people = await team.load(session, clock.now())
        called = people.called(Circle.ALL, None, critical=True)
        phrase = _RIGHTS[administrator]
        for room in (EVERYBODY, *called):
            posts.add(session, room, PostKind.NOTICE, urgent=not administrator, text=phrase)
            await queue.defer(
                parts.queue, session, queue.Job.POST, row=room, priority=queue.PRIORITY_PAGE
            )
        installation.audit(session, phrase, "bot", None)
    if administrator:
        log.info("desk_is_read_again")
    else:
        log.error("desk_is_not_read")


async def _unblock(
    parts: Parts, session: AsyncSession, operator: Operator, done: Commanded
) -> None:
    """Lift the block of somebody whose case was erased, and with it the card that has a button."""
    number = done.text.removeprefix("#")
    known = number.isdecimal() and len(number) < _MOST_DIGITS and operator.role != Role.EDITOR.value
    lifted = known and await blocking.unblock(session, int(number), str(operator.id))
    phrase = "desk_unblocked" if lifted else "desk_unblock_whom"
    await everybody.tell(
        parts.queue, session, phrase, reference=done.place.reference, number=number
    )


def _note_talk(session: AsyncSession, case: uuid.UUID, done: Wrote | Commanded) -> None:
    """Keep the desk's id of what is written about a case: it goes when its contact wants all gone.

    A room goes as a whole; where cases share one chat, only what we know the id of.
    """
    if not done.place.has_rooms and not (isinstance(done, Wrote) and done.edited):
        posts.note_talk(session, case, done.place.reference)


async def _note_answer_to_talk(session: AsyncSession, done: Wrote | Commanded) -> None:
    """What answers the team's own words on a case is for nobody else, and goes with them."""
    if done.place.has_rooms or done.reply_to is None:
        return
    case = await posts.case_talked_of(session, done.reply_to)
    if case is not None:
        _note_talk(session, case, done)


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

    In a forum a case has a topic, if we may make any. Where it has none, only an answer to
    something of the case is meant for it.
    """
    found = await _case_id_at(session, done)
    if found is None:
        return None
    with suppress(LookupError):
        return await take_up(parts, session, operator, found)
    return None


async def _case_id_at(session: AsyncSession, done: Wrote | Commanded) -> uuid.UUID | None:
    """The id of that case, for whoever it is that wrote."""
    if done.place.room is not None:
        case = await cases.by_topic(session, done.place.room)
        if case is not None:
            return case.id
        # A room that was deleted since may still be told of: its number is a message's.
        return await posts.case_shown_as(session, str(done.place.room))
    if done.reply_to is None:
        return None
    found = await _case_of(session, done.reply_to)
    if found is not None and done.place.has_rooms:
        # Opened when we might make no topic, it stands where everybody talks.
        case = await session.get(Case, found)
        return found if case is not None and case.topic is None else None
    return found


async def _case_of(session: AsyncSession, reference: str) -> uuid.UUID | None:
    """The case of what stands in the group: of a post, or of what an operator wrote."""
    found = await posts.case_shown_as(session, reference)
    if found is not None:
        return found
    conversation = await messages.conversation_written_to(session, reference)
    return await cases.newest_of(session, conversation) if conversation is not None else None
