"""Methods by which the bot gets its updates: long polling and the webhook's settings."""

import re
import time
from urllib.parse import urlsplit

from tests.support.telegram_simulator.arguments import Call
from tests.support.telegram_simulator.errors import (
    OTHER_POLLING,
    WEBHOOK_ACTIVE,
    bad_request,
    conflict,
)
from tests.support.telegram_simulator.telegram import Telegram, WebhookSettings
from tests.support.telegram_simulator.wire import JsonObject

SECRET = re.compile(r"[A-Za-z0-9_-]*")
SECRET_LIMIT = 256
MOST_UPDATES = 100
LONGEST_POLL = 50
SET_WEBHOOK = "terminated by setWebhook request"


async def get_updates(telegram: Telegram, call: Call) -> list[JsonObject]:
    """Updates from the offset on, once there is one; a newer call ends an older."""
    if telegram.webhook is not None:
        raise conflict(WEBHOOK_ACTIVE)
    telegram.polling_turn += 1
    turn = telegram.polling_turn
    telegram.updates.arrived.notify()
    _set_allowed(telegram, call)
    _confirm(telegram, call.integer("offset"))
    limit = call.integer("limit", MOST_UPDATES)
    limit = limit if 1 <= limit <= MOST_UPDATES else MOST_UPDATES
    until = time.monotonic() + max(0, min(LONGEST_POLL, call.integer("timeout")))
    while True:
        if telegram.polling_turn != turn:
            raise conflict(OTHER_POLLING)
        if telegram.webhook is not None:
            raise conflict(SET_WEBHOOK)
        taken = telegram.updates.take(limit)
        if taken or time.monotonic() >= until:
            return [update.as_json() for update in taken]
        await telegram.updates.arrived.wait(until - time.monotonic())


def set_webhook(telegram: Telegram, call: Call) -> bool:
    url = call.text("url")
    secret = call.text("secret_token")
    if not url:
        return delete_webhook(telegram, call)
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        reason = "bad webhook: An HTTPS URL must be provided for webhook"
        raise bad_request(reason)
    if len(secret) > SECRET_LIMIT:
        reason = "secret token is too long"
        raise bad_request(reason)
    if not SECRET.fullmatch(secret):
        reason = "secret token contains unallowed characters"
        raise bad_request(reason)
    if call.boolean("drop_pending_updates"):
        telegram.updates.drop_all()
    _set_allowed(telegram, call)
    allowed = telegram.updates.allowed
    telegram.webhook = WebhookSettings(
        url=url,
        secret_token=secret,
        max_connections=min(100, max(1, call.integer("max_connections", 40))),
        allowed_updates=sorted(allowed) if allowed else None,
    )
    telegram.updates.by_webhook = True
    telegram.updates.arrived.notify()
    telegram.webhook_changed()
    return True


def delete_webhook(telegram: Telegram, call: Call) -> bool:
    if call.boolean("drop_pending_updates"):
        telegram.updates.drop_all()
    telegram.webhook = None
    telegram.updates.by_webhook = False
    telegram.webhook_changed()
    return True


def get_webhook_info(telegram: Telegram, call: Call) -> JsonObject:  # every method has this shape
    webhook = telegram.webhook
    info: JsonObject = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(telegram.updates.pending),
    }
    if webhook is not None:
        info["max_connections"] = webhook.max_connections
        optional = {
            "last_error_date": webhook.last_error_date,
            "last_error_message": webhook.last_error_message,
            "allowed_updates": webhook.allowed_updates,
        }
        info |= {name: value for name, value in optional.items() if value is not None}
    return info


def _confirm(telegram: Telegram, offset: int) -> None:
    if offset > 0:
        telegram.updates.confirm_below(offset)
    elif offset < 0:
        telegram.updates.keep_last(-offset)


def _set_allowed(telegram: Telegram, call: Call) -> None:
    """Not given: as before; an empty list: all but those that must be asked for."""
    if not call.has("allowed_updates"):
        return
    wanted = call.structure("allowed_updates")
    if isinstance(wanted, list):
        telegram.updates.allowed = frozenset(map(str, wanted)) or None
