"""Which function answers which method."""

from collections.abc import Awaitable, Callable

from tests.support.telegram_simulator.arguments import Call
from tests.support.telegram_simulator.methods import changing, forum, profile, receiving, sending
from tests.support.telegram_simulator.telegram import Telegram

Handler = Callable[[Telegram, Call], object | Awaitable[object]]

HANDLERS: dict[str, Handler] = {
    "getMe": profile.get_me,
    "logOut": profile.log_out,
    "close": profile.close,
    "getUpdates": receiving.get_updates,
    "setWebhook": receiving.set_webhook,
    "deleteWebhook": receiving.delete_webhook,
    "getWebhookInfo": receiving.get_webhook_info,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendDocument": sending.send_document,
    "sendVoice": sending.send_voice,
    "sendVideo": sending.send_video,
    "sendSticker": sending.send_sticker,
    "sendLocation": sending.send_location,
    "sendContact": sending.send_contact,
    "copyMessage": sending.copy_message,
    "forwardMessage": sending.forward_message,
    "sendChatAction": sending.send_chat_action,
    "editMessageText": changing.edit_message_text,
    "editMessageCaption": changing.edit_message_caption,
    "editMessageReplyMarkup": changing.edit_message_reply_markup,
    "deleteMessage": changing.delete_message,
    "deleteMessages": changing.delete_messages,
    "answerCallbackQuery": changing.answer_callback_query,
    "setMessageReaction": changing.set_message_reaction,
    "pinChatMessage": changing.pin_chat_message,
    "unpinChatMessage": changing.unpin_chat_message,
    "getFile": profile.get_file,
    "getChat": forum.get_chat,
    "getChatMember": forum.get_chat_member,
    "leaveChat": forum.leave_chat,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyName": profile.set_my_name,
    "getMyName": profile.get_my_name,
    "setMyDescription": profile.set_my_description,
    "getMyDescription": profile.get_my_description,
    "setMyShortDescription": profile.set_my_short_description,
    "getMyShortDescription": profile.get_my_short_description,
    "createForumTopic": forum.create_forum_topic,
    "editForumTopic": forum.edit_forum_topic,
    "closeForumTopic": forum.close_forum_topic,
    "reopenForumTopic": forum.reopen_forum_topic,
    "deleteForumTopic": forum.delete_forum_topic,
    "unpinAllForumTopicMessages": forum.unpin_all_forum_topic_messages,
}
NAMES = {name.lower(): name for name in HANDLERS}
LIMITED = frozenset(name for name in HANDLERS if name.startswith(("send", "copy", "forward"))) - {
    "sendChatAction"
}
