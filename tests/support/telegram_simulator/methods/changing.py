"""Methods that change what is already said: edits, deletions, pins and reactions."""

import copy

from tests.support.telegram_simulator.arguments import Call
from tests.support.telegram_simulator.chats import Chat, StoredMessage
from tests.support.telegram_simulator.errors import NOT_MODIFIED, QUERY_TOO_OLD, bad_request
from tests.support.telegram_simulator.formatting import message_caption, message_text
from tests.support.telegram_simulator.keyboards import is_inline, read_markup
from tests.support.telegram_simulator.methods.sending import CAPTIONED
from tests.support.telegram_simulator.telegram import Telegram, without_reply
from tests.support.telegram_simulator.updates import PRESS_LIFETIME
from tests.support.telegram_simulator.wire import JsonObject

DELETABLE_FOR = 48 * 3600
MOST_DELETED_AT_ONCE = 100
ANSWER_LIMIT = 200
REACTIONS = frozenset(
    "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾😡"
)


def edit_message_text(telegram: Telegram, call: Call) -> JsonObject:
    message = _own_message(telegram, call)
    if message.kind != "text":
        reason = "there is no text in the message to edit"
        raise bad_request(reason)
    content = message_text(call)
    markup = read_markup(call)
    old = {name: message.body[name] for name in ("text", "entities") if name in message.body}
    if content == old and _shown(markup) == message.body.get("reply_markup"):
        raise bad_request(NOT_MODIFIED)
    _check_group_limit(telegram, call)
    message.earlier_texts.append(message.text)
    message.body.pop("entities", None)
    message.body.update(content)
    return _edited(telegram, message, markup)


def edit_message_caption(telegram: Telegram, call: Call) -> JsonObject:
    message = _own_message(telegram, call)
    if message.kind not in CAPTIONED:
        reason = "there is no caption in the message to edit"
        raise bad_request(reason)
    content = message_caption(call)
    markup = read_markup(call)
    names = ("caption", "caption_entities")
    old = {name: message.body[name] for name in names if name in message.body}
    if content == old and _shown(markup) == message.body.get("reply_markup"):
        raise bad_request(NOT_MODIFIED)
    _check_group_limit(telegram, call)
    message.earlier_texts.append(message.text)
    for name in names:
        message.body.pop(name, None)
    message.body.update(content)
    return _edited(telegram, message, markup)


def edit_message_reply_markup(telegram: Telegram, call: Call) -> JsonObject:
    message = _own_message(telegram, call)
    markup = read_markup(call)
    if _shown(markup) == message.body.get("reply_markup"):
        raise bad_request(NOT_MODIFIED)
    _check_group_limit(telegram, call)
    return _edited(telegram, message, markup)


def delete_message(telegram: Telegram, call: Call) -> bool:
    chat = telegram.chat_for(call)
    message = telegram.message_for(call, chat, "delete")
    _check_deletable(telegram, chat, message)
    _delete(telegram, message)
    return True


def delete_messages(telegram: Telegram, call: Call) -> bool:
    """Skips what is not there; refuses all when one is there but too old."""
    chat = telegram.chat_for(call)
    numbers = call.structure("message_ids")
    if not isinstance(numbers, list) or not numbers:
        reason = "message identifiers are not specified"
        raise bad_request(reason)
    if len(numbers) > MOST_DELETED_AT_ONCE:
        reason = "too many message identifiers specified"
        raise bad_request(reason)
    found = [message for number in numbers if (message := chat.alive(int(number))) is not None]
    for message in found:
        _check_deletable(telegram, chat, message)
    for message in found:
        _delete(telegram, message)
    return True


def answer_callback_query(telegram: Telegram, call: Call) -> bool:
    query = telegram.queries.get(call.text("callback_query_id"))
    if query is None or telegram.clock.now() - query.pressed_at > PRESS_LIFETIME:
        raise bad_request(QUERY_TOO_OLD)
    if len(call.text("text")) > ANSWER_LIMIT:
        reason = "MESSAGE_TOO_LONG"
        raise bad_request(reason)
    query.answered = True
    query.answer_text = call.text("text")
    query.show_alert = call.boolean("show_alert")
    telegram.changed.notify()
    return True


def set_message_reaction(telegram: Telegram, call: Call) -> bool:
    chat = telegram.chat_for(call)
    message = telegram.message_for(call, chat, "react")
    wanted = call.structure("reaction") or []
    if not isinstance(wanted, list):
        reason = "can't parse reaction type: Expected an Array"
        raise bad_request(reason)
    if len(wanted) > 1:
        reason = "REACTIONS_TOO_MANY"
        raise bad_request(reason)
    for reaction in wanted:
        if (
            reaction.get("type") == "emoji"
            and reaction.get("emoji", "").rstrip("\ufe0f") not in REACTIONS
        ):
            reason = "REACTION_INVALID"
            raise bad_request(reason)
    message.reactions = list(wanted)
    telegram.changed.notify()
    return True


def pin_chat_message(telegram: Telegram, call: Call) -> bool:
    chat = telegram.chat_for(call)
    message = telegram.message_for(call, chat, "pin")
    _check_may_pin(chat)
    if message.message_id not in chat.pinned:
        _check_group_limit(telegram, call)
        chat.pinned.append(message.message_id)
        telegram.service(
            chat, {"pinned_message": without_reply(message.body)}, None, message.topic_id
        )
    return True


def unpin_chat_message(telegram: Telegram, call: Call) -> bool:
    chat = telegram.chat_for(call)
    _check_may_pin(chat)
    number = call.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if chat.alive(number) is None:
        reason = "message to unpin not found"
        raise bad_request(reason)
    if number in chat.pinned:
        chat.pinned.remove(number)
    return True


def _check_group_limit(telegram: Telegram, call: Call) -> None:
    """Edits share a group's limit with messages (levlam, github.com/tdlib/td/issues/2592)."""
    chat = telegram.chat_for(call)
    if not chat.private:
        telegram.limits.check(chat.chat_id, group=True)


def _own_message(telegram: Telegram, call: Call) -> StoredMessage:
    message = telegram.message_for(call, telegram.chat_for(call), "edit")
    if not message.from_bot or "forward_origin" in message.body:
        reason = "message can't be edited"
        raise bad_request(reason)
    return message


def _shown(markup: JsonObject | None) -> JsonObject | None:
    return (
        markup if is_inline(markup) and markup is not None and markup["inline_keyboard"] else None
    )


def _edited(telegram: Telegram, message: StoredMessage, markup: JsonObject | None) -> JsonObject:
    message.body.pop("reply_markup", None)
    if shown := _shown(markup):
        message.body["reply_markup"] = shown
    message.body["edit_date"] = telegram.clock.date()
    message.version += 1
    telegram.changed.notify()
    return copy.deepcopy(message.body)


def _check_deletable(telegram: Telegram, chat: Chat, message: StoredMessage) -> None:
    too_old = telegram.clock.now() - message.date >= DELETABLE_FOR
    others = not message.from_bot and not chat.private and chat.bot_status != "administrator"
    if too_old or others:
        reason = (
            "message can't be deleted for everyone"
            if chat.private or too_old
            else "message can't be deleted"
        )
        raise bad_request(reason)


def _delete(telegram: Telegram, message: StoredMessage) -> None:
    message.deleted = True
    telegram.changed.notify()


def _check_may_pin(chat: Chat) -> None:
    if not chat.private and chat.bot_status != "administrator":
        reason = "not enough rights to manage pinned messages in the chat"
        raise bad_request(reason)
