"""Telegram's cloud seen from one bot: chats, updates, files, limits and profile."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.telegram_simulator.arguments import Call
from tests.support.telegram_simulator.chats import GENERAL_TOPIC, Chat, Person, StoredMessage, World
from tests.support.telegram_simulator.clock import Signal, SimulatorClock
from tests.support.telegram_simulator.entities import found_in
from tests.support.telegram_simulator.errors import ApiError, bad_request, forbidden
from tests.support.telegram_simulator.files import FileStore
from tests.support.telegram_simulator.keyboards import is_inline
from tests.support.telegram_simulator.limits import Limits
from tests.support.telegram_simulator.recording import LedgerWriter
from tests.support.telegram_simulator.updates import UpdateQueue
from tests.support.telegram_simulator.wire import JsonObject


@dataclass
class CallbackQuery:
    """A press of a button that waits for its answer."""

    query_id: str
    data: str
    person_id: int
    chat_id: int
    message_id: int
    pressed_at: float
    answered: bool = False
    answer_text: str = ""
    show_alert: bool = False


@dataclass
class WebhookSettings:
    """Where the bot wants its updates."""

    url: str
    secret_token: str = ""
    max_connections: int = 40
    allowed_updates: list[str] | None = None
    last_error_date: int | None = None
    last_error_message: str | None = None


@dataclass
class Profile:
    """What the bot said about itself, by language."""

    commands: dict[tuple[str, str], list[JsonObject]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)


class Telegram:
    """The state that the methods of the API read and change."""

    def __init__(self, token: str, clock: SimulatorClock, ledger: LedgerWriter) -> None:
        self.token = token
        self.bot_id = int(token.split(":", 1)[0])
        self.username = "helpline_test_bot"
        self.first_name = "Helpline"
        self.clock = clock
        self.ledger = ledger
        self.world = World()
        self.files = FileStore()
        self.limits = Limits(clock, ledger)
        self.updates = UpdateQueue(clock, ledger)
        self.profile = Profile()
        self.webhook: WebhookSettings | None = None
        self.webhook_changed: Callable[[], None] = lambda: None
        self.queries: dict[str, CallbackQuery] = {}
        self.polling_turn = 0
        self.logged_out = False
        self.changed = Signal()

    def as_user(self) -> JsonObject:
        return {
            "id": self.bot_id,
            "is_bot": True,
            "first_name": self.first_name,
            "username": self.username,
        }

    def chat_for(self, call: Call, name: str = "chat_id") -> Chat:
        """The chat that a call names, if the bot may act in it."""
        given = call.text(name).strip()
        if not given:
            message = f"{name} is empty"
            raise bad_request(message)
        if given.startswith("@"):
            chat = self.world.by_username(given)
        else:
            chat = self.world.chats.get(call.integer(name))
        if chat is None or (chat.person is not None and not chat.person.started):
            message = "chat not found"
            raise bad_request(message)
        check_membership(chat)
        return chat

    def message_for(self, call: Call, chat: Chat, purpose: str) -> StoredMessage:
        """The message that a call names in a chat, while it is still there."""
        number = call.integer("message_id")
        if not number:
            message = "message identifier is not specified"
            raise bad_request(message)
        found = chat.alive(number)
        if found is None:
            message = f"message to {purpose} not found"
            raise bad_request(message)
        return found

    def post(
        self,
        chat: Chat,
        content: JsonObject,
        *,
        author: Person | None,
        thread_id: int | None = None,
        reply_to: StoredMessage | None = None,
        markup: JsonObject | None = None,
        protect: bool = False,
    ) -> StoredMessage:
        """Put a message into a chat; without an author it is the bot's own."""
        body: JsonObject = {"message_id": self.world.next_message_id(chat)}
        body |= self._sender(chat, author)
        body |= {"chat": chat.as_chat(), "date": self.clock.date()}
        if chat.is_forum and thread_id not in {None, GENERAL_TOPIC}:
            body |= {"message_thread_id": thread_id, "is_topic_message": True}
            reply_to = reply_to or chat.store.get(thread_id or 0)
        if reply_to is not None:
            body["reply_to_message"] = without_reply(reply_to.body)
        body |= content
        if is_inline(markup) and markup is not None and markup["inline_keyboard"]:
            body["reply_markup"] = markup
        if protect:
            body["has_protected_content"] = True
        stored = StoredMessage(
            body,
            from_bot=author is None,
            author_id=author.user_id if author else self.bot_id,
            keyboard=None if is_inline(markup) else markup,
        )
        chat.store[stored.message_id] = stored
        self.changed.notify()
        return stored

    def announce(self, chat: Chat, message: StoredMessage, *, edited: bool = False) -> None:
        """Queue the update that tells the bot of a message."""
        kind = "channel_post" if chat.kind == "channel" else "message"
        if not self._hears(chat, message):
            return
        self.updates.push(
            f"edited_{kind}" if edited else kind,
            message.body,
            queue=f"chat {chat.chat_id}",
            chat_id=chat.chat_id,
        )

    def service(
        self, chat: Chat, content: JsonObject, author: Person | None, thread_id: int | None
    ) -> StoredMessage:
        """A service message; the bot is told even of its own."""
        message = self.post(chat, content, author=author, thread_id=thread_id)
        self.announce(chat, message)
        return message

    def tell_membership(self, chat: Chat, by: JsonObject, old: JsonObject, new: JsonObject) -> None:
        update = {
            "chat": chat.as_chat(),
            "from": by,
            "date": self.clock.date(),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        self.updates.push(
            "my_chat_member", update, queue=f"member {chat.chat_id}", chat_id=chat.chat_id
        )

    def text_content(self, text: str) -> JsonObject:
        """What a person's client makes of typed text."""
        entities = found_in(text)
        return {"text": text, "entities": entities} if entities else {"text": text}

    def _sender(self, chat: Chat, author: Person | None) -> JsonObject:
        if chat.kind == "channel":
            return {"sender_chat": chat.as_chat()}
        return {"from": author.as_user() if author is not None else self.as_user()}

    def _hears(self, chat: Chat, message: StoredMessage) -> bool:
        """Plain members among bots hear only commands, replies and service messages."""
        if chat.private or chat.bot_status == "administrator":
            return True
        if chat.bot_status != "member":
            return False
        replied = message.body.get("reply_to_message", {}).get("from", {}).get("id") == self.bot_id
        addressed = f"@{self.username}" in message.text
        return (
            message.text.startswith("/")
            or replied
            or addressed
            or message.kind not in {"text", "photo", "voice"}
        )


def check_membership(chat: Chat) -> None:
    """Refuse a call to a chat that would not have the bot."""
    if chat.migrated_to is not None:
        raise ApiError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=chat.migrated_to,
        )
    if chat.person is not None and chat.person.deactivated:
        message = "user is deactivated"
        raise forbidden(message)
    if chat.person is not None and chat.person.blocked_bot:
        message = "bot was blocked by the user"
        raise forbidden(message)
    if not chat.private and chat.bot_status in {"left", "kicked"}:
        kind = chat.kind if chat.kind == "group" else f"{chat.kind} chat"
        message = (
            f"bot was kicked from the {kind}"
            if chat.bot_status == "kicked"
            else f"bot is not a member of the {kind}"
        )
        raise forbidden(message)


def without_reply(body: JsonObject) -> JsonObject:
    """A message as it is quoted in another: without the one it replied to itself."""
    quoted = copy.deepcopy(body)
    quoted.pop("reply_to_message", None)
    return quoted
