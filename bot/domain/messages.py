"""What comes in from a channel and what goes out to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing a contact sent."""

    TEXT = "text"
    COMMAND = "command"
    BUTTON = "button"
    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    STICKER = "sticker"
    DOCUMENT = "document"
    LOCATION = "location"
    CONTACT = "contact"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a contact can be reached: a channel's name and the channel's own id for them.

    The value is never printed: `repr` leaves it out, so that no log or traceback shows it.
    """

    channel: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message of a contact, as its channel understood it.

    Texts, ids and payloads are left out of `repr`. `update_id` is the channel's own number
    of the delivery (unique per channel): a second delivery with the same number is dropped.
    """

    address: Address
    update_id: str = field(repr=False)
    kind: Kind
    text: str = field(default="", repr=False)
    """The text, the caption of a medium, or the arguments of a command."""
    command: str | None = None
    """Name of the command without its slash, when `kind` is COMMAND."""
    payload: str | None = field(default=None, repr=False)
    """Payload of the pressed button, when `kind` is BUTTON."""
    reference: str | None = field(default=None, repr=False)
    """The channel's id of this message, needed to delete it later."""
    attachment: dict[str, str] = field(default_factory=dict, repr=False)
    """What is needed to fetch or show a medium later: file id, position, phone number."""
    language_hint: str | None = None
    """Language of the contact's app, an ISO 639 code, when the channel tells it."""
    edited: bool = False
    reply_to: str | None = field(default=None, repr=False)
    """The channel's id of the message that this one answers, when the contact chose one."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message. `payload` comes back unchanged when it is pressed."""

    title: str = field(repr=False)
    payload: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to a contact, in the language it will be read in.

    `text` is Markdown of a small subset: paragraphs, `**bold**`, bare links and lists that
    begin with `- `. Each channel renders it its own way. `buttons` are rows of buttons.
    """

    text: str = field(repr=False)
    buttons: tuple[tuple[Button, ...], ...] = field(default=(), repr=False)
    literal: bool = False
    """A person wrote the text: it is shown as it stands, and nothing in it is Markdown."""
    copied: tuple[str, str] | None = field(default=None, repr=False)
    """A medium: the chat at the desk and the message there that is copied; `text` is its caption,
    or what stands for it where no media can be shown."""
    reply_to: str | None = None
    """Id of the stored message that it answers."""
