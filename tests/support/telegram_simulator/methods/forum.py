"""Methods about chats and the topics of forums."""

from tests.support.telegram_simulator.arguments import Call
from tests.support.telegram_simulator.chats import Chat, Person, Topic
from tests.support.telegram_simulator.errors import bad_request
from tests.support.telegram_simulator.telegram import Telegram
from tests.support.telegram_simulator.wire import JsonObject

NAME_LIMIT = 128
COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
    "can_send_welcome_messages",
)


def create_forum_topic(telegram: Telegram, call: Call) -> JsonObject:
    chat = _forum(telegram, call)
    _check_may_manage(chat, "create a topic")
    color = call.integer("icon_color") or COLORS[0]
    if color not in COLORS:
        reason = "TOPIC_ICON_COLOR_INVALID"
        raise bad_request(reason)
    name = _name(call)
    # "Creating a forum topic is sending a message about its creation" (levlam, as in changing.py).
    telegram.limits.check(chat.chat_id, group=True)
    return open_topic(
        telegram, chat, name, color, None, call.text("icon_custom_emoji_id") or None
    ).as_json()


def open_topic(  # noqa: PLR0917  # a topic has as many
    telegram: Telegram,
    chat: Chat,
    name: str,
    color: int,
    author: Person | None,
    emoji: str | None = None,
) -> Topic:
    """A new topic; its identifier is that of the service message which opens it."""
    created: JsonObject = {"name": name, "icon_color": color}
    if emoji:
        created["icon_custom_emoji_id"] = emoji
    message = telegram.post(chat, {"forum_topic_created": created}, author=author)
    message.body |= {"message_thread_id": message.message_id, "is_topic_message": True}
    topic = Topic(message.message_id, name, color, icon_custom_emoji_id=emoji)
    chat.topics[topic.thread_id] = topic
    telegram.announce(chat, message)
    return topic


def edit_forum_topic(telegram: Telegram, call: Call) -> bool:
    chat, topic = _topic(telegram, call, "edit the topic")
    name = _name(call) if call.has("name") and call.text("name") else topic.name
    emoji = (
        call.text("icon_custom_emoji_id")
        if call.has("icon_custom_emoji_id")
        else topic.icon_custom_emoji_id
    )
    if (name, emoji or None) == (topic.name, topic.icon_custom_emoji_id):
        reason = "TOPIC_NOT_MODIFIED"
        raise bad_request(reason)
    telegram.limits.check(chat.chat_id, group=True)
    topic.name, topic.icon_custom_emoji_id = name, emoji or None
    telegram.service(chat, {"forum_topic_edited": {"name": name}}, None, topic.thread_id)
    return True


def close_forum_topic(telegram: Telegram, call: Call) -> bool:
    chat, topic = _topic(telegram, call, "close the topic")
    _turn(telegram, chat, topic, closed=True)
    telegram.service(chat, {"forum_topic_closed": {}}, None, topic.thread_id)
    return True


def reopen_forum_topic(telegram: Telegram, call: Call) -> bool:
    chat, topic = _topic(telegram, call, "reopen the topic")
    _turn(telegram, chat, topic, closed=False)
    telegram.service(chat, {"forum_topic_reopened": {}}, None, topic.thread_id)
    return True


def delete_forum_topic(telegram: Telegram, call: Call) -> bool:
    chat, topic = _topic(telegram, call, "delete the topic")
    topic.deleted = True
    for message in chat.in_topic(topic.thread_id):
        message.deleted = True
    telegram.changed.notify()
    return True


def unpin_all_forum_topic_messages(telegram: Telegram, call: Call) -> bool:
    chat, topic = _topic(telegram, call, "unpin messages")
    inside = {message.message_id for message in chat.in_topic(topic.thread_id)}
    chat.pinned = [number for number in chat.pinned if number not in inside]
    return True


def get_chat(telegram: Telegram, call: Call) -> JsonObject:
    chat = telegram.chat_for(call)
    gifts = dict.fromkeys(
        (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        ),
        False,
    )
    info = {
        **chat.as_chat(),
        "accent_color_id": 3,
        "max_reaction_count": 11,
        "accepted_gift_types": gifts,
    }
    if chat.pinned:
        info["pinned_message"] = chat.store[chat.pinned[-1]].body
    if not chat.private:
        info["permissions"] = {"can_send_messages": True}
    return info


def get_chat_member(telegram: Telegram, call: Call) -> JsonObject:
    chat = telegram.chat_for(call)
    number = call.integer("user_id")
    if number == telegram.bot_id:
        return bot_as_member(telegram, chat.bot_status)
    person = telegram.world.people.get(number)
    if person is None:
        reason = "PARTICIPANT_ID_INVALID"
        raise bad_request(reason)
    if chat.private:
        return as_member(person.as_user(), "member" if chat.person is person else "left")
    return as_member(person.as_user(), chat.members.get(number, "left"))


def leave_chat(telegram: Telegram, call: Call) -> bool:
    chat = telegram.chat_for(call)
    if chat.private:
        reason = "chat member status can't be changed in private chats"
        raise bad_request(reason)
    old = bot_as_member(telegram, chat.bot_status)
    chat.bot_status = "left"
    telegram.tell_membership(chat, telegram.as_user(), old, bot_as_member(telegram, "left"))
    return True


def bot_as_member(telegram: Telegram, status: str) -> JsonObject:
    return as_member(telegram.as_user(), status)


def as_member(user: JsonObject, status: str) -> JsonObject:
    """A ChatMember of the given status."""
    member: JsonObject = {"status": status, "user": user}
    if status == "kicked":
        member["until_date"] = 0
    elif status == "creator":
        member["is_anonymous"] = False
    elif status == "administrator":
        member |= {"can_be_edited": False, "is_anonymous": False, **dict.fromkeys(RIGHTS, True)}
    return member


def _forum(telegram: Telegram, call: Call) -> Chat:
    chat = telegram.chat_for(call)
    if not chat.is_forum:
        reason = "the chat is not a forum"
        raise bad_request(reason)
    return chat


def _topic(telegram: Telegram, call: Call, purpose: str) -> tuple[Chat, Topic]:
    chat = _forum(telegram, call)
    topic = chat.topics.get(call.integer("message_thread_id"))
    if topic is None or topic.deleted:
        reason = "TOPIC_ID_INVALID"
        raise bad_request(reason)
    _check_may_manage(chat, purpose)
    return chat, topic


def _check_may_manage(chat: Chat, purpose: str) -> None:
    if chat.bot_status != "administrator":
        reason = f"not enough rights to {purpose}"
        raise bad_request(reason)


def _name(call: Call) -> str:
    name = call.text("name").strip()
    if not 1 <= len(name) <= NAME_LIMIT:
        reason = "TOPIC_TITLE_EMPTY" if not name else "topic name is too long"
        raise bad_request(reason)
    return name


def _turn(telegram: Telegram, chat: Chat, topic: Topic, *, closed: bool) -> None:
    if topic.closed is closed:
        reason = "TOPIC_NOT_MODIFIED"
        raise bad_request(reason)
    telegram.limits.check(chat.chat_id, group=True)
    topic.closed = closed
