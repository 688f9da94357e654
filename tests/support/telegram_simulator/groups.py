"""Groups, forums and channels that the bot is in."""

from tests.support.telegram_simulator.chats import Chat, StoredMessage, Topic
from tests.support.telegram_simulator.expecting import Expectations, Predicate
from tests.support.telegram_simulator.methods.forum import (
    COLORS,
    as_member,
    bot_as_member,
    open_topic,
)
from tests.support.telegram_simulator.people import SimulatedUser
from tests.support.telegram_simulator.telegram import CallbackQuery, Telegram


class SimulatedGroup:
    """A group of any kind; its members write in it, and in its topics if it is a forum."""

    def __init__(self, telegram: Telegram, chat: Chat) -> None:
        self._telegram = telegram
        self.chat = chat
        self._expectations = Expectations(telegram, chat)

    @property
    def id(self) -> int:
        return self.chat.chat_id

    @property
    def topics(self) -> dict[int, Topic]:
        return self.chat.topics

    def topic_named(self, part: str) -> Topic:
        """The newest living topic with this in its name."""
        for topic in reversed(self.topics.values()):
            if part in topic.name and not topic.deleted:
                return topic
        failure = f"no topic named {part!r} among {[topic.name for topic in self.topics.values()]}"
        raise LookupError(failure)

    async def join(self, user: SimulatedUser, status: str = "member") -> None:
        old = self.chat.members.get(user.id, "left")
        self.chat.members[user.id] = status
        update = {
            "chat": self.chat.as_chat(),
            "from": user.person.as_user(),
            "date": self._telegram.clock.date(),
            "old_chat_member": as_member(user.person.as_user(), old),
            "new_chat_member": as_member(user.person.as_user(), status),
        }
        self._telegram.updates.push(
            "chat_member", update, queue=f"member {self.id}", chat_id=self.id
        )

    async def leave(self, user: SimulatedUser) -> None:
        await self.join(user, "left")

    async def send(
        self,
        user: SimulatedUser,
        text: str,
        *,
        topic: int | None = None,
        reply_to: int | None = None,
    ) -> StoredMessage:
        return await user.send(text, chat=self.chat, topic=topic, reply_to=reply_to)

    async def press(
        self, user: SimulatedUser, message: StoredMessage | int, button: str | int
    ) -> CallbackQuery:
        return await user.press(message, button, chat=self.chat)

    async def create_topic(self, user: SimulatedUser, name: str) -> Topic:
        """A member opens a topic by hand."""
        return open_topic(self._telegram, self.chat, name, COLORS[0], user.person)

    async def close_topic(self, user: SimulatedUser, topic: int) -> None:
        """A member closes a topic by hand."""
        self.chat.topics[topic].closed = True
        self._telegram.service(self.chat, {"forum_topic_closed": {}}, user.person, topic)

    async def delete_topic(self, topic: int) -> None:
        """Somebody deletes a topic; bots are never told."""
        self.chat.topics[topic].deleted = True
        for message in self.chat.in_topic(topic):
            message.deleted = True

    async def set_bot_status(self, by: SimulatedUser, status: str) -> None:
        """Promote, demote, remove or kick the bot: administrator, member, left, kicked."""
        old = bot_as_member(self._telegram, self.chat.bot_status)
        self.chat.bot_status = status
        self._telegram.tell_membership(
            self.chat, by.person.as_user(), old, bot_as_member(self._telegram, status)
        )

    async def upgrade(self, by: SimulatedUser) -> "SimulatedGroup":
        """The small group becomes a supergroup with another identifier."""
        title = self.chat.title or ""
        bigger = self._telegram.world.new_chat("supergroup", title, bot_status=self.chat.bot_status)
        bigger.members = self.chat.members
        self._telegram.service(self.chat, {"migrate_to_chat_id": bigger.chat_id}, by.person, None)
        self.chat.migrated_to = bigger.chat_id
        self._telegram.service(bigger, {"migrate_from_chat_id": self.id}, by.person, None)
        return SimulatedGroup(self._telegram, bigger)

    async def expect(self, wanted: str | Predicate = "", *, timeout: float = 5.0) -> StoredMessage:  # noqa: ASYNC109  # how a test says it
        """Wait for a message of the bot in this group; each answers once."""
        return await self._expectations.expect(wanted, timeout=timeout)

    async def expect_silence(self, seconds: float = 0.2) -> None:
        await self._expectations.expect_silence(seconds)


class SimulatedChannel(SimulatedGroup):
    """A channel in which the bot is an administrator."""

    async def post(self, user: SimulatedUser, text: str) -> StoredMessage:
        message = self._telegram.post(
            self.chat, self._telegram.text_content(text), author=user.person
        )
        self._telegram.announce(self.chat, message)
        return message
