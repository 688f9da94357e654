"""Checks all that the simulator itself has said against the official schema."""

from tests.support.telegram_simulator.schema import load_schema
from tests.support.telegram_simulator.simulator import TelegramSimulator

RESULTS = {
    "getMe": "User",
    "getWebhookInfo": "WebhookInfo",
    "copyMessage": "MessageId",
    "getFile": "File",
    "getChat": "ChatFullInfo",
    "getChatMember": "ChatMember",
    "createForumTopic": "ForumTopic",
    "getUpdates": "Array of Update",
    "getMyCommands": "Array of BotCommand",
}
NEWER_THAN_THE_SCHEMA = "can_send_welcome_messages"
"""Of Bot API 10.3, without which aiogram 3.31 cannot read an administrator."""
MESSAGES = ("send", "forward", "edit")


def wrong_in_what_was_emitted(simulator: TelegramSimulator) -> list[str]:
    """What the simulator said otherwise than the schema has it; empty without a schema."""
    schema = load_schema()
    if schema is None:
        return []
    wrong: list[str] = []
    for entry in simulator.ledger.updates_given():
        wrong += schema.check_object("Update", entry.update)
    for call in simulator.ledger.calls(accepted=True):
        kind = RESULTS.get(call.method)
        if (
            kind is None
            and call.method.startswith(MESSAGES)
            and isinstance(call.answer["result"], dict)
        ):
            kind = "Message"
        wrong += schema.check_object(kind, call.answer["result"]) if kind else []
    return [what for what in wrong if NEWER_THAN_THE_SCHEMA not in what]
