"""What a due post of a case's room shows, made from the rows that it names."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from bot import logs
from bot.content.voice import Voice
from bot.domain.messages import Address, Button, InboundMessage, Kind, OutboundMessage
from bot.handoff.desk import Copied, Entry
from bot.handoff.paging.timing import RING_NOTICE
from bot.handoff.rooms import card, transcript
from bot.handoff.rooms.card import CaseView
from bot.handoff.rooms.transcript import Said
from bot.storage import conversations, messages, posts
from bot.storage.encryption import Unreadable
from bot.storage.messages import Message, Status
from bot.storage.operators import Operator
from bot.storage.posts import Post, PostKind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.handoff.parts import Parts
    from bot.storage.cases import Case
    from bot.storage.conversations import OpenConversation

log = logs.get()

HISTORY: Final = 20
"""Newest messages, of both sides, with which a room begins."""
BUTTONS_KNOWN: Final = 40
"""Newest messages among which the title of a pressed button is looked for."""
COPIED_FROM: Final = "telegram"
"""The one channel whose media a desk can copy; of others they are named."""
LOUD: Final = frozenset({RING_NOTICE, "desk_handed_to_you"})
"""Notices that make a sound though what is urgent goes before them."""
NEVER_SHOWN: Final = frozenset({Status.STORED.value})
"""Of a contact's messages: their turn adds a post of their own."""
NEVER_LEFT: Final = frozenset({Status.DROPPED.value, Status.FAILED.value})


@dataclass(frozen=True, slots=True)
class Show:
    """Post an entry; where the desk refuses it, the plain one."""

    entry: Entry
    plain: Entry


@dataclass(frozen=True, slots=True)
class Mark:
    """Mark an operator's message."""

    reference: str
    delivered: bool


@dataclass(frozen=True, slots=True)
class Revise:
    """Change what was posted; where that is not possible, post it anew."""

    reference: str
    entry: Entry
    anew: Show


Plan: TypeAlias = Show | Mark | Revise
"""What the desk is asked to do for a post."""


def notice(name: str, values: Mapping[str, Any], voice: Voice, view: CaseView | None) -> Entry:
    """A sentence of ours. Slots `number` and `name` are the case's, unless given."""
    known = {"number": view.number, "name": view.pseudonym} if view is not None else {}
    slots = {
        key: _worded(key, value, voice)
        for key, value in {**known, **values}.items()
        if key not in {"buttons", "reference"}
    }
    phrase = voice.library.phrase(name, voice.language)
    if phrase is None:
        log.error("phrase_missing", kind=name)
    text = phrase.fill(slots) if phrase is not None else name.replace("_", " ")
    return Entry(
        text=text,
        buttons=card.rows([Button(title, payload) for title, payload in values.get("buttons", ())]),
        reply_to=values.get("reference"),
    )


def _worded(key: str, value: object, voice: Voice) -> str:
    """A value as operators read it."""
    if value is None:
        return "–"
    text = card.plain(str(value))
    reading: dict[str, Callable[[str, Voice], str]] = {
        "tier": card.tier,
        "reason": card.why,
        "language": card.language,
        "country": card.country,
        "outcome": card.outcome,
    }
    return reading[key](text, voice) if key in reading else text


@dataclass(frozen=True, slots=True)
class PostMaker:
    """Makes what one due post of a case's room shows."""

    parts: Parts = field(repr=False)
    session: AsyncSession = field(repr=False)
    case: Case = field(repr=False)
    post: Post = field(repr=False)
    view: CaseView = field(repr=False)
    voice: Voice = field(repr=False)

    async def plan(self) -> Plan | None:
        """What to do; None when there is nothing left to show."""
        kind = PostKind(self.post.kind)
        if kind is PostKind.NOTICE:
            entry = notice(self.post.text or "", self.post.values, self.voice, self.view)
            loud = self.post.urgent or self.post.text in LOUD
            return self._shown(replace(entry, silent=not loud))
        if kind is PostKind.MARK:
            return await self._mark()
        try:
            conversation = await self._open()
            if kind is PostKind.PAGE:
                return await self._page(conversation, self.post.values)
            return await self._of(kind, conversation) if conversation is not None else None
        except Unreadable:  # a call without its words is better than none
            log.error("post_unreadable", case=self.case.number, kind=kind.value)
            text = self.voice.say("desk_unreadable")
            return self._shown(Entry(text=text, silent=not self.post.urgent))

    async def _open(self) -> OpenConversation | None:
        owner = self.case.conversation_id
        if owner is None:
            return None
        return await conversations.load(self.session, self.parts.keyring, owner)

    async def _of(self, kind: PostKind, conversation: OpenConversation) -> Plan | None:
        makers: dict[PostKind, Callable[[OpenConversation], Awaitable[Plan | None]]] = {
            PostKind.MESSAGE: self._message,
            PostKind.REPLY: self._reply,
            PostKind.HISTORY: self._history,
            PostKind.REVISE: self._revise,
        }
        return await makers[kind](conversation)

    def _shown(self, entry: Entry, plain: Entry | None = None) -> Show:
        """Where the room is everybody's, all is headed by the case's number."""
        plain = plain or replace(entry, buttons=(), reply_to=None)
        if self.case.topic is not None:
            return Show(entry, plain)
        return Show(self._numbered(entry), self._numbered(plain))

    def _numbered(self, entry: Entry) -> Entry:
        number, name = f"#{self.view.number}", f"**{self.view.pseudonym}**"
        if entry.text.startswith(name):
            named = f"**{number} {entry.text.removeprefix('**')}"
        else:
            named = f"**{number}** {entry.text}"
        return replace(entry, text=named)

    async def _mark(self) -> Mark | None:
        row = await self._row()
        reference = self.post.values.get("reference") or (row.desk_reference if row else None)
        if not reference:
            return None
        return Mark(reference, delivered=self.post.text == "delivered")

    async def _page(self, conversation: OpenConversation | None, values: Mapping[str, Any]) -> Show:
        """The call, with sound, and the message that made it."""
        tier = str(values.get("tier", self.view.tier))
        why = card.why(str(values.get("reason", self.view.reason)), self.voice)
        head = f"**{card.mark(tier)} {card.tier(tier, self.voice)}: {card.plain(why)}**"
        entry = Entry(text=head, buttons=card.page_buttons(self.view, self.voice), silent=False)
        row = await self._row()
        if conversation is None or row is None or not row.inbound:
            return self._shown(entry)
        try:
            inbound = messages.read_inbound(conversation, row)
        except Unreadable:
            return self._shown(replace(entry, literal=self.voice.say("desk_unreadable")))
        if inbound.edited:
            entry = replace(entry, text=f"{head} {self.voice.say('desk_edited')}")
        return await self._of_contact(conversation, inbound, entry)

    async def _message(self, conversation: OpenConversation) -> Show | None:
        """A message of the contact, as an answer to what it answers."""
        row = await self._row()
        if row is None:
            return None
        inbound = messages.read_inbound(conversation, row)
        entry = Entry(
            text=self._head(inbound),
            silent=not self.post.urgent,
            reply_to=await self._answered(conversation, inbound),
        )
        return await self._of_contact(conversation, inbound, entry)

    async def _reply(self, conversation: OpenConversation) -> Show | None:
        """What the line has answered."""
        row = await self._row()
        if row is None or row.inbound:
            return None
        outbound = messages.read_outbound(conversation, row)
        who = await self._speaker(row)
        if outbound.literal or row.operator_id is not None:
            said = transcript.operator_said(outbound, Kind(row.kind), self.voice)
            return self._shown(Entry(text=f"**{who}**", literal=said))
        return self._shown(Entry(text=f"**{who}**\n{outbound.text}"))

    async def _history(self, conversation: OpenConversation) -> Show | None:
        """The conversation so far, without what other posts of this room will still show."""
        due = await posts.all_due(self.session, self.post.room)
        coming = {post.message_id for post in due if post.kind in _SHOWING}
        said, heard = [], False
        earlier: list[OutboundMessage] = []
        for row in await messages.newest(self.session, conversation.row.id, BUTTONS_KNOWN):
            try:
                one = await self._said(conversation, row, earlier)
            except Unreadable:
                one = Said("?", self.voice.say("desk_unreadable"))
            if one is not None and row.id not in coming:
                said.append(one)
                heard = heard or row.inbound or row.operator_id is not None
        # What the line alone has said is not worth one of the few messages that the desk takes.
        if not heard:
            return None
        head = self.voice.say("desk_history")
        return self._shown(Entry(text=f"**{head}**", literal=transcript.history(said[-HISTORY:])))

    async def _revise(self, conversation: OpenConversation) -> Plan | None:
        """A message that its contact has changed."""
        row = await self._row()
        if row is None:
            return None
        inbound = replace(messages.read_inbound(conversation, row), edited=True)
        before = await posts.shown(self.session, row.id)
        here = before is not None and before.room == self.case.id
        references = (before.references or []) if before is not None and here else []
        anew = self._shown(
            Entry(
                text=self._head(inbound),
                literal=transcript.contact_said(inbound, self.voice),
                reply_to=references[0] if references else None,
            )
        )
        if before is None or len(references) != 1:
            return anew
        if before.kind == PostKind.PAGE.value:
            now = await self._page(conversation, before.values)
        else:
            now = await self._of_contact(conversation, inbound, Entry(text=self._head(inbound)))
        # The text under a medium is not the desk's to change.
        return anew if now.entry.copied else Revise(references[0], now.entry, anew)

    async def _of_contact(
        self, conversation: OpenConversation, inbound: InboundMessage, entry: Entry
    ) -> Show:
        """An entry with a contact's message: its words as they are, its medium copied."""
        said = transcript.contact_said(
            inbound, self.voice, await self._earlier(conversation, inbound)
        )
        copied = self._copy_of(conversation.address, inbound)
        if copied is None:
            return self._shown(replace(entry, literal=said))
        # In a room of its own a medium needs no head: all but operators' own is the contact's.
        bare = PostKind(self.post.kind) is PostKind.MESSAGE and self.case.topic is not None
        text = "" if bare and not inbound.edited else entry.text
        return self._shown(
            replace(entry, text=text, copied=copied),
            # Refused, it is most likely gone there; what is known of it is shown.
            self._shown(replace(entry, literal=said)).entry,
        )

    def _copy_of(self, address: Address, inbound: InboundMessage) -> Copied | None:
        medium = inbound.kind in transcript.MEDIA and inbound.reference is not None
        if not medium or address.channel != COPIED_FROM or inbound.reference is None:
            return None
        return Copied(address.value, inbound.reference)

    def _head(self, inbound: InboundMessage) -> str:
        edited = f" {self.voice.say('desk_edited')}" if inbound.edited else ""
        return f"**{self.view.pseudonym}**{edited}"

    async def _answered(
        self, conversation: OpenConversation, inbound: InboundMessage
    ) -> str | None:
        """The desk's id of the message that a contact answers, if it stands in this room."""
        if inbound.reply_to is None:
            return None
        row = await messages.referred_to(self.session, conversation, inbound.reply_to)
        if row is None:
            return None
        if row.desk_reference is not None:
            return row.desk_reference
        post = await posts.shown(self.session, row.id)
        if post is None or post.room != self.case.id or not post.references:
            return None
        return post.references[0]

    async def _earlier(
        self, conversation: OpenConversation, inbound: InboundMessage
    ) -> list[OutboundMessage]:
        """What the line said before a button was pressed."""
        if inbound.kind is not Kind.BUTTON:
            return []
        rows = await messages.newest(self.session, conversation.row.id, BUTTONS_KNOWN)
        return [messages.read_outbound(conversation, row) for row in rows if not row.inbound]

    async def _said(
        self, conversation: OpenConversation, row: Message, earlier: list[OutboundMessage]
    ) -> Said | None:
        """One message of the history, or None; what the line said is added to `earlier`."""
        if row.inbound:
            if row.status in NEVER_SHOWN:
                return None
            inbound = messages.read_inbound(conversation, row)
            who = self.voice.say("desk_who_contact")
            return Said(who, transcript.contact_said(inbound, self.voice, earlier))
        if row.status in NEVER_LEFT:
            return None
        outbound = messages.read_outbound(conversation, row)
        earlier.append(outbound)
        who = await self._speaker(row)
        if row.operator_id is not None:
            return Said(who, transcript.operator_said(outbound, Kind(row.kind), self.voice))
        return Said(who, transcript.line_said(outbound))

    async def _speaker(self, row: Message) -> str:
        """Who wrote a message to the contact: an operator by name, or the line."""
        if row.operator_id is None:
            return self.voice.say("desk_who_line")
        operator = await self.session.get(Operator, row.operator_id)
        return card.plain(operator.name) if operator else self.voice.say("desk_who_operator")

    async def _row(self) -> Message | None:
        identity: uuid.UUID | None = self.post.message_id
        return await self.session.get(Message, identity) if identity is not None else None


_SHOWING: Final = frozenset({PostKind.MESSAGE.value, PostKind.PAGE.value, PostKind.REPLY.value})
