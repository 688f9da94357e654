"""What an operator writes where a case is worked on: to the contact, to the team, or to the line.

Telegram tells bots of no deletions. What an operator deletes in their own app stays with the
contact; `/delete`, as an answer to the message, takes it back there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bot import queue
from bot.domain.acts import Commanded, Wrote
from bot.domain.messages import Kind, OutboundMessage
from bot.handoff.acts import buttons, lookup, presses
from bot.handoff.acts.buttons import Verb
from bot.handoff.acts.notes import without_notes
from bot.storage import deliveries, messages, posts
from bot.storage.messages import TAKEN_BACK, Message, Status
from bot.storage.operators import Role

if TYPE_CHECKING:
    from bot.handoff.acts.inhand import InHand

FIXED: Final = frozenset({Kind.STICKER, Kind.LOCATION, Kind.CONTACT, Kind.OTHER})
"""Kinds in which a contact sees no text that could be changed; a place that moves changes often."""
NOTED_ALBUMS: Final = "desk_album"
"""What is noted of several pictures at once whose words are a note."""


async def take(hand: InHand, done: Wrote | Commanded) -> None:
    """Do what was written in a case's room."""
    if isinstance(done, Commanded):
        await _commanded(hand, done)
    elif done.text and not without_notes(done.text):
        if done.edited:  # it was for the contact, and is for the team now
            await _take_back(hand, await _own(hand, done.place.reference))
        elif done.album is not None:
            await deliveries.is_new(hand.session, NOTED_ALBUMS, done.album)
    elif await _is_of_a_note(hand, done):
        pass
    elif not (done.edited and done.kind in FIXED):
        await _wrote(hand, done)
    await hand.done()


async def _is_of_a_note(hand: InHand, done: Wrote) -> bool:
    """Whether it is one of several pictures of which the first said that they are for the team.

    Apps put what is written under several pictures under the first, and send each by itself.
    """
    if done.album is None or done.text:
        return False
    return await deliveries.was_noted(hand.session, NOTED_ALBUMS, done.album)


async def _wrote(hand: InHand, done: Wrote) -> None:
    text, reference = without_notes(done.text), done.place.reference
    unfit = _barred(hand) or done.unfit or ("desk_unknown_command" if text[:1] == "/" else None)
    if unfit is not None:
        hand.fail(reference, unfit)
    elif done.edited:
        await _change(hand, done, text)
    else:
        await _send(hand, done, text)


def _barred(hand: InHand) -> str | None:
    """The phrase that says why this operator cannot write to this contact at all."""
    if hand.operator.role == Role.EDITOR.value:
        return "desk_editor"
    if hand.conversation is None:
        return "desk_gone"
    if hand.conversation.row.channel not in hand.parts.outbox.channels:
        return "desk_channel_off"
    return None


async def _send(hand: InHand, done: Wrote, text: str) -> None:
    """Let the contact have it, as it was written and from nobody by name."""
    place = done.place
    if not text and not done.medium:
        return
    if (refused := await hand.own()) is not None:
        hand.fail(place.reference, refused, values=await presses.owner(hand))
        return
    message = OutboundMessage(
        text,
        literal=True,
        copied=(place.chat, place.reference) if done.medium else None,
        reply_to=await _answered(hand, done.reply_to),
    )
    await hand.give([message], place.reference, done.kind)


async def _answered(hand: InHand, reference: str | None) -> str | None:
    """The stored message that stands at the desk under an id."""
    if reference is None or hand.conversation is None:
        return None
    found = await posts.showing(hand.session, hand.case.id, reference)
    if found is None:
        rows = await messages.written_as(hand.session, hand.conversation.row.id, reference)
        found = rows[-1].id if rows else None
    return str(found) if found is not None else None


async def _own(hand: InHand, reference: str) -> list[Message]:
    """What the operator sent with a message of theirs at the desk."""
    if hand.conversation is None:
        return []
    rows = await messages.written_as(hand.session, hand.conversation.row.id, reference)
    return [row for row in rows if row.operator_id == hand.operator.id]


async def _change(hand: InHand, done: Wrote, text: str) -> None:
    """Let the contact see what an operator made of their message."""
    reference = done.place.reference
    sent = [row for row in await _own(hand, reference) if row.status in _CHANGEABLE]
    if not sent or hand.conversation is None:
        hand.fail(reference, "desk_edit_not_sent")
        return
    row = sent[-1]
    before = messages.read_outbound(hand.conversation, row)
    if before.text == text:  # Telegram tells of changes that nobody sees
        return
    if not hand.is_mine:
        hand.fail(reference, "desk_edit_not_yours")
        return
    messages.rewrite(hand.conversation, row, replace(before, text=text))
    hand.audit("case_answer_changed")
    if row.status == Status.SENT.value:  # else it goes as it is now, or the outbox sees to it
        await _revise(hand, row)


_CHANGEABLE: Final = (Status.QUEUED.value, Status.SENDING.value, Status.SENT.value)


async def _take_back(hand: InHand, rows: Sequence[Message]) -> None:
    """Let messages to the contact not be sent, or be deleted where they arrived."""
    for row in rows:
        if row.status not in _CHANGEABLE:
            continue
        if row.status == Status.SENT.value:
            row.failure = TAKEN_BACK
            await _revise(hand, row)
        elif row.status == Status.QUEUED.value:
            hand.notice("desk_taken_back", reference=row.desk_reference)
        row.status = Status.DROPPED.value  # of one that is being sent, the outbox sees to the rest
        hand.audit("case_answer_taken_back")


async def _revise(hand: InHand, row: Message) -> None:
    await queue.defer(
        hand.parts.queue,
        hand.session,
        queue.Job.REVISE,
        row=row.id,
        priority=queue.PRIORITY_CRITICAL,
    )


async def _commanded(hand: InHand, done: Commanded) -> None:
    """What the line does not know as a command never goes to a contact."""
    run = _COMMANDS.get(done.name)
    barred = _barred(hand) if run is not _help else None
    if run is None:
        hand.fail(done.place.reference, "desk_unknown_command")
    elif barred is not None:
        hand.fail(done.place.reference, barred)
    else:
        await run(hand, done)


async def _help(hand: InHand, done: Commanded) -> None:
    hand.notice("desk_help", reference=done.place.reference)


async def _delete(hand: InHand, done: Commanded) -> None:
    rows = await _own(hand, done.reply_to) if done.reply_to is not None else []
    shown = await _answered(hand, done.reply_to)
    if not rows and shown is not None:  # an answer file that they sent, as the desk shows it
        row = await hand.session.get(Message, shown, with_for_update=True)
        rows = [row] if row is not None and row.operator_id == hand.operator.id else []
    if not rows:
        hand.fail(done.place.reference, "desk_delete_what")
    await _take_back(hand, rows)


async def _answer(hand: InHand, done: Commanded) -> None:
    """Send the answer file that a few letters mean, or show which ones they may mean."""
    reference = done.place.reference
    hits = lookup.find(hand.parts.content, done.text, hand.parts.desk_language)
    if not hits:
        hand.fail(reference, "desk_answer_none" if done.text else "desk_answer_letters")
    elif len(hits) == 1:
        short = await presses.answer(hand, hits[0].topic, reference)
        if short.phrase != presses.SENT:
            hand.fail(reference, short.phrase, values=short.values)
    else:
        choices = buttons.as_values(
            # Titles were made for contacts, and two may be alike.
            (f"{hit.title} · {hit.topic}", buttons.write(hand.case.number, Verb.ANSWER, hit.topic))
            for hit in hits[: lookup.MOST]
        )
        many = len(hits) > lookup.MOST
        phrase = "desk_answer_many" if many else "desk_answer_choose"
        hand.notice(phrase, reference=reference, values={"buttons": choices})


_COMMANDS: Final[Mapping[str, Callable[[InHand, Commanded], Awaitable[None]]]] = MappingProxyType(
    {"help": _help, "delete": _delete, "a": _answer}
)
"""Commands in a case's room; `desk_help` explains them."""
