"""What is to be shown at the desk, in order, room by room; and what was, so that it can be undone.

A room is a case's, an operator's own (direct messages), the editors', or everybody's. Posts name
what they show by its row, so that no text of a contact is stored a second time, and a lost room is
filled again.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot import clock
from bot.storage.cases import Case
from bot.storage.database import Base

EVERYBODY = uuid.UUID(int=0)
"""The room of what belongs to no case: the group's general topic."""

EDITORS = uuid.UUID(int=1)
"""The room of those who keep the answers: a topic of its own."""

ROOM_LEFT = "room_left"
"""A notice that is never shown: its reference is a room that was the case's before."""

TEAM_WROTE = "team_wrote"
"""Another one: its reference is what somebody of the team wrote about the case, a note perhaps."""


class PostKind(StrEnum):
    """What a post shows."""

    PAGE = "page"
    """The call of a case. In its room: with the message that made it. In an operator's own room:
    one list of all that wait."""
    MESSAGE = "message"
    """A message of the contact, copied."""
    REPLY = "reply"
    """What the line has answered, for whoever takes the case."""
    HISTORY = "history"
    """The conversation so far, when a room is opened or filled again."""
    NOTICE = "notice"
    """A sentence of ours (`text` is its name, `values` what it is filled with)."""
    MARK = "mark"
    """Whether an operator's message reached the contact: a reaction to it."""
    REVISE = "revise"
    """A contact has changed a message that stands in the room."""


class PostStatus(StrEnum):
    """What became of a post."""

    DUE = "due"
    POSTED = "posted"
    UNPOSTED = "unposted"
    """There is no desk, or nothing left to show."""


class Post(Base):
    """One thing to show at the desk. `number` gives the order within a room."""

    __tablename__ = "desk_posts"
    __table_args__ = (
        sa.Index("posts_due", "room", "number", postgresql_where=sa.text("status = 'due'")),
        sa.Index("posts_of_case", "case_id"),
        sa.Index("posts_of_message", "message_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), unique=True)
    room: Mapped[uuid.UUID]
    """Id of the case or of the operator, or EVERYBODY."""
    case_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("cases.id", ondelete="CASCADE"))
    kind: Mapped[str]
    urgent: Mapped[bool] = mapped_column(default=False)
    """It goes before what other rooms wait to show."""
    message_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("messages.id", ondelete="SET NULL")
    )
    """Null once the message is erased: what showed it is still to be taken from the desk."""
    text: Mapped[str | None]
    """Name of the sentence of a NOTICE; of a MARK `delivered` or `failed`."""
    values: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """What fills it. Never a word of a contact."""
    status: Mapped[str] = mapped_column(default=PostStatus.DUE.value)
    attempts: Mapped[int] = mapped_column(default=0)
    references: Mapped[list[str] | None] = mapped_column(sa.JSON)
    """The desk's ids of what was posted, to reply to, change or delete it."""
    hour: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class DeskRoom(Base):
    """A room at the desk that is no case's: whoever changes it, or what it shows next, locks it."""

    __tablename__ = "desk_rooms"

    room: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    topic: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The desk's number of it; null until it is opened, or where the desk has no rooms."""


def add(  # noqa: PLR0913 - what a post is
    session: AsyncSession,
    room: uuid.UUID,
    kind: PostKind,
    *,
    case: uuid.UUID | None = None,
    urgent: bool = False,
    message: uuid.UUID | None = None,
    text: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> Post:
    """Add a post that is due; whoever adds it defers `Job.POST` for its room."""
    post = Post(
        id=uuid.uuid4(),
        room=room,
        case_id=case,
        kind=kind.value,
        urgent=urgent,
        message_id=message,
        text=text,
        values=dict(values or {}),
        status=PostStatus.DUE.value,
        attempts=0,
        hour=clock.this_hour(),
    )
    session.add(post)
    return post


async def locked_room(session: AsyncSession, room: uuid.UUID) -> DeskRoom:
    """A room that is no case's, locked until the transaction ends."""
    await session.execute(insert(DeskRoom).values(room=room).on_conflict_do_nothing())
    return await session.get_one(DeskRoom, room, with_for_update=True)


async def next_due(session: AsyncSession, room: uuid.UUID) -> Post | None:
    """The oldest post that is due in a room, locked."""
    found: Post | None = await session.scalar(
        sa.select(Post)
        .where(Post.room == room, Post.status == PostStatus.DUE.value)
        .order_by(Post.number)
        .limit(1)
        .with_for_update()
    )
    return found


async def all_due(session: AsyncSession, room: uuid.UUID) -> Sequence[Post]:
    """All posts that are due in a room, oldest first."""
    found = await session.scalars(
        sa.select(Post)
        .where(Post.room == room, Post.status == PostStatus.DUE.value)
        .order_by(Post.number)
    )
    return found.all()


async def has_urgent(session: AsyncSession, room: uuid.UUID) -> bool:
    """Whether something urgent is due in a room."""
    found = await session.scalar(
        sa.select(Post.id)
        .where(Post.room == room, Post.status == PostStatus.DUE.value, Post.urgent)
        .limit(1)
    )
    return found is not None


async def with_references(session: AsyncSession, room: uuid.UUID) -> Sequence[Post]:
    """What was posted in a room and can be taken back, oldest first."""
    found = await session.scalars(
        sa.select(Post).where(Post.room == room, Post.references.is_not(None)).order_by(Post.number)
    )
    return found.all()


async def rooms_waiting(session: AsyncSession) -> list[tuple[uuid.UUID, bool]]:
    """Rooms with a due post or a stale card, and whether something urgent waits there."""
    due = sa.select(Post.room, sa.func.bool_or(Post.urgent)).where(
        Post.status == PostStatus.DUE.value
    )
    found = {room: bool(urgent) for room, urgent in await session.execute(due.group_by(Post.room))}
    stands = sa.or_(Case.card.is_not(None), Case.topic.is_not(None))
    stale = sa.select(Case.id).where(Case.card_stale, stands)
    for case in await session.scalars(stale):
        found.setdefault(case, False)
    return sorted(found.items(), key=lambda item: not item[1])


async def shown(session: AsyncSession, message: uuid.UUID) -> Post | None:
    """The newest post that shows a message at the desk."""
    found: Post | None = await session.scalar(
        sa.select(Post)
        .where(
            Post.message_id == message,
            Post.kind.in_([PostKind.MESSAGE.value, PostKind.PAGE.value, PostKind.REPLY.value]),
            Post.status == PostStatus.POSTED.value,
        )
        .order_by(Post.number.desc())
        .limit(1)
    )
    return found


async def showing(session: AsyncSession, case: uuid.UUID, reference: str) -> uuid.UUID | None:
    """The message that one of the desk's ids in a case's room shows; None when it shows none."""
    rows = await session.execute(
        sa.select(Post.message_id, Post.references).where(
            Post.case_id == case, Post.message_id.is_not(None), Post.references.is_not(None)
        )
    )
    for message, references in rows:
        if reference in (references or ()):
            return message
    return None


async def has(session: AsyncSession, room: uuid.UUID, message: uuid.UUID, *kinds: PostKind) -> bool:
    """Whether a room shows a message by a post of these kinds, or will."""
    found = await session.scalar(
        sa.select(Post.id)
        .where(
            Post.room == room,
            Post.message_id == message,
            Post.kind.in_([kind.value for kind in kinds]),
        )
        .limit(1)
    )
    return found is not None


async def revisions_due(session: AsyncSession, room: uuid.UUID, message: uuid.UUID) -> int:
    """How often a room is still to be told that a message was changed."""
    count = await session.scalar(
        sa.select(sa.func.count())
        .select_from(Post)
        .where(
            Post.room == room,
            Post.message_id == message,
            Post.kind == PostKind.REVISE.value,
            Post.status == PostStatus.DUE.value,
        )
    )
    return int(count or 0)


async def case_shown_as(session: AsyncSession, reference: str) -> uuid.UUID | None:
    """The case to which something belongs that stands at the desk, its card and old rooms too.

    What the team wrote is not of the line: an answer to a note is for whoever wrote the note.
    """
    found: uuid.UUID | None = await session.scalar(
        sa.select(Post.case_id)
        .where(
            _mentions(reference),
            Post.room == Post.case_id,  # in operators' own chats other messages have these ids
            Post.text.is_distinct_from(TEAM_WROTE),
        )
        .order_by(Post.number.desc())  # a group that became a supergroup counts from 1 again
        .limit(1)
    )
    if found is None:
        found = await session.scalar(sa.select(Case.id).where(Case.card == reference))
    return found


async def case_talked_of(session: AsyncSession, reference: str) -> uuid.UUID | None:
    """The case about which somebody of the team wrote a message at the desk."""
    found: uuid.UUID | None = await session.scalar(
        sa.select(Post.case_id).where(_mentions(reference), Post.text == TEAM_WROTE).limit(1)
    )
    return found


def note_talk(session: AsyncSession, case: uuid.UUID, reference: str) -> None:
    """Note that somebody of the team wrote about a case, so that it can be deleted with it."""
    post = add(session, case, PostKind.NOTICE, case=case, text=TEAM_WROTE)
    post.status, post.references = PostStatus.UNPOSTED.value, [reference]


def _mentions(reference: str) -> sa.ColumnElement[bool]:
    return sa.cast(Post.references, JSONB).contains([reference])


async def newest_notice(session: AsyncSession, room: uuid.UUID, *names: str) -> Post | None:
    """The newest notice with one of these names in a room that was shown, or is to be."""
    found: Post | None = await session.scalar(
        sa.select(Post)
        .where(
            Post.room == room,
            Post.kind == PostKind.NOTICE.value,
            Post.text.in_(names),
            Post.status != PostStatus.UNPOSTED.value,
        )
        .order_by(Post.number.desc())
        .limit(1)
    )
    return found


async def supersede(session: AsyncSession, room: uuid.UUID, notice: str) -> None:
    """Let notices of this name that are still due in a room go unshown: a newer one says more."""
    await session.execute(
        sa.update(Post)
        .where(
            Post.room == room,
            Post.kind == PostKind.NOTICE.value,
            Post.text == notice,
            Post.status == PostStatus.DUE.value,
        )
        .values(status=PostStatus.UNPOSTED.value)
    )


async def refill(session: AsyncSession, case: Case) -> None:
    """Let a case's lost room be filled again: a new card, the conversation so far, what was due.

    Messages and replies that were due are part of the conversation; calls and notices come after.
    What was written in the lost room and is read only now is still meant for this case.
    """
    if case.topic is not None:
        left = add(session, case.id, PostKind.NOTICE, case=case.id, text=ROOM_LEFT)
        left.status, left.references = PostStatus.UNPOSTED.value, [str(case.topic)]
    case.topic = case.card = None
    case.card_stale = True
    await session.execute(
        sa.delete(Post).where(
            Post.room == case.id,
            Post.kind.in_([PostKind.MESSAGE.value, PostKind.REPLY.value, PostKind.HISTORY.value]),
        )
    )
    waiting = await all_due(session, case.id)
    add(session, case.id, PostKind.HISTORY, case=case.id)
    await session.flush()
    for post in waiting:  # after what was said before it: numbers only grow
        add(
            session,
            case.id,
            PostKind(post.kind),
            case=post.case_id,
            urgent=post.urgent,
            message=post.message_id,
            text=post.text,
            values=post.values,
        )
        await session.delete(post)
        await session.flush()


async def references_of(session: AsyncSession, conversation: uuid.UUID) -> list[str]:
    """The desk's ids of all that stands there about a conversation: cards, posts, the team's words.

    What was written to operators in their own chats is not among it. Its cases stay locked until
    the transaction ends: nothing more is noted as posted meanwhile.
    """
    locked = list(
        await session.scalars(
            sa.select(Case).where(Case.conversation_id == conversation).with_for_update()
        )
    )
    of_cases = [case.id for case in locked]
    found: Sequence[list[str] | None] = (
        await session.scalars(
            sa.select(Post.references).where(Post.room.in_(of_cases), Post.references.is_not(None))
        )
    ).all()
    cards = [case.card for case in locked if case.card is not None]
    return [*cards, *(reference for references in found for reference in references or ())]


async def forget(session: AsyncSession, conversation: uuid.UUID) -> None:
    """Forget what was posted about a conversation; it is gone from the desk."""
    of_conversation = sa.select(Case.id).where(Case.conversation_id == conversation)
    await session.execute(sa.delete(Post).where(Post.case_id.in_(of_conversation)))
