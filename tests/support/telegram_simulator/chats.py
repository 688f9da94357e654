"""People, chats, topics and messages, as Telegram's own cloud keeps them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.telegram_simulator.wire import JsonObject

CONTENT_KINDS = (
    "text",
    "photo",
    "voice",
    "video",
    "video_note",
    "audio",
    "animation",
    "sticker",
    "document",
    "location",
    "contact",
    "poll",
    "pinned_message",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "new_chat_members",
)
GENERAL_TOPIC = 1


@dataclass(frozen=True)
class Button:
    """One button under a message."""

    text: str
    data: str | None
    url: str | None
    row: int


@dataclass
class StoredMessage:
    """A message as it now stands in its chat."""

    body: JsonObject
    from_bot: bool
    author_id: int
    keyboard: JsonObject | None = None
    """The reply keyboard sent along, which is no part of the message itself."""
    deleted: bool = False
    earlier_texts: list[str] = field(default_factory=list)
    reactions: list[JsonObject] = field(default_factory=list)
    version: int = 0

    @property
    def message_id(self) -> int:
        return int(self.body["message_id"])

    @property
    def date(self) -> int:
        return int(self.body["date"])

    @property
    def text(self) -> str:
        return str(self.body.get("text", self.body.get("caption", "")))

    @property
    def topic_id(self) -> int | None:
        return self.body.get("message_thread_id")

    @property
    def kind(self) -> str:
        return next((kind for kind in CONTENT_KINDS if kind in self.body), "unknown")

    @property
    def edited(self) -> bool:
        return "edit_date" in self.body

    @property
    def protected(self) -> bool:
        return bool(self.body.get("has_protected_content"))

    @property
    def buttons(self) -> list[Button]:
        """The inline buttons from left to right, row by row."""
        rows = self.body.get("reply_markup", {}).get("inline_keyboard", [])
        return [
            Button(button["text"], button.get("callback_data"), button.get("url"), number)
            for number, row in enumerate(rows)
            for button in row
        ]

    @property
    def keyboard_labels(self) -> list[str]:
        """The labels of the reply keyboard, if one came along."""
        rows = (self.keyboard or {}).get("keyboard", [])
        return [
            button if isinstance(button, str) else str(button["text"])
            for row in rows
            for button in row
        ]

    def find_button(self, wanted: str | int) -> Button:
        """A button by its number from 1, its data, its whole label, or a part of it."""
        if isinstance(wanted, int):
            return self.buttons[wanted - 1]
        for matches in (
            lambda button: button.data == wanted,
            lambda button: button.text == wanted,
            lambda button: wanted in button.text,
        ):
            for button in self.buttons:
                if matches(button):
                    return button
        labels = [button.text for button in self.buttons]
        message = f"no button {wanted!r} under {self.text!r}: it has {labels}"
        raise LookupError(message)

    def as_json(self) -> JsonObject:
        """What the control endpoints show of a message."""
        return {
            "message_id": self.message_id,
            "from_bot": self.from_bot,
            "author_id": self.author_id,
            "date": self.date,
            "kind": self.kind,
            "text": self.text,
            "topic": self.topic_id,
            "buttons": [vars(button) for button in self.buttons],
            "keyboard": self.keyboard_labels,
            "deleted": self.deleted,
            "edited": self.edited,
            "protected": self.protected,
            "earlier_texts": self.earlier_texts,
            "reactions": self.reactions,
            "body": self.body,
        }


@dataclass
class Topic:
    """A topic of a forum."""

    thread_id: int
    name: str
    icon_color: int
    closed: bool = False
    deleted: bool = False
    icon_custom_emoji_id: str | None = None

    def as_json(self) -> JsonObject:
        topic: JsonObject = {
            "message_thread_id": self.thread_id,
            "name": self.name,
            "icon_color": self.icon_color,
        }
        if self.icon_custom_emoji_id:
            topic["icon_custom_emoji_id"] = self.icon_custom_emoji_id
        return topic


@dataclass
class Person:
    """A Telegram account of a human."""

    user_id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    started: bool = False
    blocked_bot: bool = False
    deactivated: bool = False

    def as_user(self) -> JsonObject:
        user: JsonObject = {"id": self.user_id, "is_bot": False, "first_name": self.first_name}
        for name in ("last_name", "username", "language_code"):
            if value := getattr(self, name):
                user[name] = value
        return user


@dataclass
class Chat:
    """A chat of any kind with everything said in it."""

    chat_id: int
    kind: str
    title: str | None = None
    person: Person | None = None
    is_forum: bool = False
    bot_status: str = "member"
    migrated_to: int | None = None
    members: dict[int, str] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    store: dict[int, StoredMessage] = field(default_factory=dict)
    last_id: int = 0
    actions: list[str] = field(default_factory=list)
    """Chat actions ("typing") that the bot has shown here."""

    @property
    def private(self) -> bool:
        return self.kind == "private"

    @property
    def messages(self) -> list[StoredMessage]:
        """Everything in order, deleted messages among them."""
        return [self.store[number] for number in sorted(self.store)]

    @property
    def from_bot(self) -> list[StoredMessage]:
        """What the bot said, in order, deleted or not."""
        return [message for message in self.messages if message.from_bot]

    @property
    def visible(self) -> list[StoredMessage]:
        return [message for message in self.messages if not message.deleted]

    def in_topic(self, thread_id: int) -> list[StoredMessage]:
        return [message for message in self.messages if message.topic_id == thread_id]

    def alive(self, message_id: int) -> StoredMessage | None:
        """The message, unless it never was or is gone."""
        message = self.store.get(message_id)
        return None if message is None or message.deleted else message

    def as_chat(self) -> JsonObject:
        chat: JsonObject = {"id": self.chat_id, "type": self.kind}
        if self.person is not None:
            user = self.person.as_user()
            chat |= {
                name: user[name] for name in ("first_name", "last_name", "username") if name in user
            }
        else:
            chat["title"] = self.title
        if self.is_forum:
            chat["is_forum"] = True
        return chat


@dataclass
class World:
    """All chats that the bot could know of, and the counters that name them."""

    people: dict[int, Person] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    shared_message_id: int = 0
    """Private chats and small groups share one count of messages."""
    _next_user: int = 7_000_000_001
    _next_group: int = 1

    def new_person(self, **details: object) -> Person:
        person = Person(self._next_user, **details)  # type: ignore[arg-type]  # checked by Person itself
        self._next_user += 1
        self.people[person.user_id] = person
        self.chats[person.user_id] = Chat(person.user_id, "private", person=person)
        return person

    def new_chat(
        self, kind: str, title: str, *, is_forum: bool = False, bot_status: str = "administrator"
    ) -> Chat:
        prefix = -4_000_000_000 if kind == "group" else -1_002_000_000_000
        chat = Chat(
            prefix - self._next_group, kind, title=title, is_forum=is_forum, bot_status=bot_status
        )
        chat.last_id = 0 if kind == "group" else 1  # its first message is its making
        self._next_group += 1
        self.chats[chat.chat_id] = chat
        return chat

    def next_message_id(self, chat: Chat) -> int:
        if chat.kind in {"private", "group"}:
            self.shared_message_id += 1
            chat.last_id = self.shared_message_id
        else:
            chat.last_id += 1
        return chat.last_id

    def by_username(self, username: str) -> Chat | None:
        wanted = username.removeprefix("@").lower()
        for chat in self.groups():
            if (chat.title or "").lower() == wanted:
                return chat
        return None

    def groups(self) -> Iterator[Chat]:
        return (chat for chat in self.chats.values() if not chat.private)
