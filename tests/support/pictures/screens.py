"""Chats of the simulated Telegram as pages that look like a phone's messenger."""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.handoff.paging.rota import PHNOM_PENH
from tests.support.telegram_simulator.chats import GENERAL_TOPIC, Chat, StoredMessage, Topic

STYLE: Final = (Path(__file__).parent / "phone.css").read_text(encoding="utf-8")
SAID: Final = ("text", "photo")
"""Kinds that are drawn; the scene has no others."""
COLOURS: Final = ("#5b8a72", "#a35d3d", "#4d6fa8", "#8a5a8f", "#7c7434")
BOLD, CODE = "bold", "code"

_DRAWN: Final = '<svg viewBox="0 0 24 24" fill="none" stroke="#2f6b3a" stroke-width="2.4" '
MARKS: Final = {
    "👌": f'{_DRAWN}stroke-linecap="round"><circle cx="7.5" cy="12.5" r="4.3"/>'
    '<path d="M11.4 10.4L11.8 2M14.2 11.6L16.6 3M16.4 13.4L21 5.6M16.4 13.4L15.4 22M8.4 17L9 22"/>'
    "</svg>",
    "👎": '<svg viewBox="0 0 24 24" fill="#a3372c"><path d="M3 4h3.5v9.5H3zM8 4h8.2c1.1 0 2 .7 2.2 '
    "1.7l1.5 6c.3 1.4-.7 2.6-2.1 2.6h-4.1l.7 4c.2 1.3-.7 2.4-1.9 2.4-.7 0-1.3-.4-1.6-1L8 "
    '13.5z"/></svg>',
}
"""Drawn by hand: a machine without an emoji font draws the same."""
_PHOTO: Final = (
    '<span class="photo"><svg viewBox="0 0 24 24" fill="none" stroke="currentColor">'
    '<rect x="3" y="5" width="18" height="14" rx="2"/><circle cx="9" cy="10" r="1.6"/>'
    '<path d="M4 18l6-5 4 3 3-2.5 3 2.5"/></svg></span>'
)


def topics(chat: Chat, *, viewer: int) -> str:
    """The group's list of topics, the one with the newest message first, General on top."""
    found = []
    for topic in chat.topics.values():
        newest = _newest(chat.in_topic(topic.thread_id))
        if not topic.deleted and topic.thread_id != GENERAL_TOPIC and newest is not None:
            found.append((newest.date, newest.message_id, topic, newest))
    rows = [_row("#", "General", None, viewer)]
    for _, _, topic, newest in sorted(found, reverse=True, key=lambda item: item[:2]):
        rows.append(_row(topic.name.partition(" ")[2][:1], topic.name, newest, viewer))
    head = _head(chat.title or "", f"{len(chat.members)} members")
    return _page(head, f'<main class="topics">{"".join(rows)}</main>')


def topic(
    chat: Chat,
    shown: Topic,
    *,
    viewer: int,
    last: int = 0,
    since: StoredMessage | None = None,
) -> str:
    """A topic: its first `last` messages, or all since one."""
    said = _said(chat.in_topic(shown.thread_id))
    if since is not None:
        said = [message for message in said if message.message_id >= since.message_id]
    elif last:
        said = said[:last]
    pinned = [chat.store[number] for number in chat.pinned]
    card = next((one for one in pinned if one.topic_id == shown.thread_id), None)
    bar = ""
    if card is not None:
        bar = f'<div class="pinned"><b>Pinned message</b>{_in_one_line(card.text)}</div>'
    head = _head(shown.name, chat.title or "")
    return _page(head + bar, _conversation(said, viewer, shown.thread_id, named=True))


def private(chat: Chat, name: str, *, last: int = 0, since: str = "") -> str:
    """A chat of somebody with the line: its newest messages, or all since one with this text."""
    said = _said(chat.visible)
    if since:
        at = next(at for at, message in enumerate(said) if since in message.text)
        said = said[at:]
    owner = chat.person.user_id if chat.person is not None else 0
    return _page(_head(name, ""), _conversation(said[-last:], owner, None, named=False))


def _said(messages: Iterable[StoredMessage]) -> list[StoredMessage]:
    return [one for one in messages if not one.deleted and one.kind in SAID]


def _newest(messages: Iterable[StoredMessage]) -> StoredMessage | None:
    return next(reversed(_said(messages)), None)


def _page(head: str, body: str) -> str:
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{head}{body}'


def _head(title: str, below: str) -> str:
    small = f"<small>{html.escape(below)}</small>" if below else ""
    return (
        f'<header><div class="round">{html.escape(_initial(title))}</div>'
        f"<div><b>{html.escape(title)}</b>{small}</div></header>"
    )


def _initial(title: str) -> str:
    return next((sign for sign in title if sign.isalpha()), "#")


def _row(initial: str, name: str, newest: StoredMessage | None, viewer: int) -> str:
    letter = _initial(name) if initial != "#" else "#"
    colour = COLOURS[sum(map(ord, name.partition(" ")[0])) % len(COLOURS)]
    time = f'<span class="time">{_clock(newest)}</span>' if newest else ""
    said = f"{_who(newest, viewer)}: {_in_one_line(newest.text)}" if newest else "Talk of the team"
    return (
        f'<div class="row"><div class="round" style="background:{colour}">{letter}</div>'
        f"<div>{time}<b>{html.escape(name)}</b><p>{said}</p></div></div>"
    )


def _conversation(
    said: Sequence[StoredMessage], viewer: int, thread: int | None, *, named: bool
) -> str:
    bubbles = [_bubble(one, viewer, thread, named=named) for one in said]
    return f'<main><span class="day">Today</span>{"".join(bubbles)}</main><footer>Message</footer>'


def _bubble(message: StoredMessage, viewer: int, thread: int | None, *, named: bool) -> str:
    own = message.author_id == viewer
    who = ""
    if named and not own:
        name = _who(message, viewer)
        colour = COLOURS[len(name) % len(COLOURS)]
        who = f'<span class="who" style="color:{colour}">{html.escape(name)}</span>'
    quoted = message.body.get("reply_to_message", {})
    quote = ""
    if quoted and quoted["message_id"] != thread:
        by = "You" if quoted["from"]["id"] == viewer else quoted["from"]["first_name"]
        line = _in_one_line(str(quoted.get("text", quoted.get("caption", ""))))
        quote = f'<span class="quote"><b>{html.escape(str(by))}</b>{line}</span>'
    photo = _PHOTO if message.kind == "photo" else ""
    marks = "".join(MARKS[one["emoji"]] for one in message.reactions)
    mark = f'<span class="mark">{marks}</span>' if marks else ""
    edited = "edited " if message.edited and not message.buttons and own else ""
    return (
        f'<div class="said{" own" if own else ""}"><div class="bubble">{who}{quote}{photo}'
        f'{_marked_up(message)}<span class="end">{mark}<span class="time">{edited}'
        f"{_clock(message)}</span></span></div>"
        f"{_keys(message)}</div>"
    )


def _keys(message: StoredMessage) -> str:
    rows: dict[int, list[str]] = {}
    for button in message.buttons:
        rows.setdefault(button.row, []).append(f"<span>{html.escape(button.text)}</span>")
    if not rows:
        return ""
    laid = "".join(f"<div>{''.join(row)}</div>" for row in rows.values())
    return f'<div class="keys">{laid}</div>'


def _marked_up(message: StoredMessage) -> str:
    """The text with its entities, whose places are counted in UTF-16."""
    text = message.text.encode("utf-16-le")
    found = message.body.get("entities") or message.body.get("caption_entities") or []
    spans = [(2 * one["offset"], 2 * (one["offset"] + one["length"]), one["type"]) for one in found]
    cuts = sorted({0, len(text), *(cut for start, end, _ in spans for cut in (start, end))})
    parts = []
    for start, end in itertools.pairwise(cuts):
        part = html.escape(text[start:end].decode("utf-16-le"))
        kinds = {kind for begin, stop, kind in spans if begin <= start and end <= stop}
        if BOLD in kinds:
            part = f"<b>{part}</b>"
        if CODE in kinds:
            part = f"<code>{part}</code>"
        elif kinds - {BOLD}:
            part = f'<span class="link">{part}</span>'
        parts.append(part)
    return "".join(parts)


def _in_one_line(text: str) -> str:
    """A text as it is quoted; what does not fit is cut off by the style."""
    return html.escape(" ".join(text.split()))


def _who(message: StoredMessage, viewer: int) -> str:
    if message.author_id == viewer:
        return "You"
    return str(message.body["from"]["first_name"])


def _clock(message: StoredMessage) -> str:
    return datetime.fromtimestamp(message.date, PHNOM_PENH).strftime("%H:%M")
