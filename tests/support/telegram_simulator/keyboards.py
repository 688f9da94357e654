"""Checks reply markup, and splits what shows on a message from what shows under the text field."""

from urllib.parse import urlsplit

from tests.support.telegram_simulator.arguments import Call
from tests.support.telegram_simulator.errors import bad_request
from tests.support.telegram_simulator.wire import JsonObject

DATA_LIMIT = 64
BUTTON_LIMIT = 100
LINK_SCHEMES = frozenset({"http", "https", "tg", "ton", ""})
KINDS_OF_BUTTON = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


def read_markup(call: Call) -> JsonObject | None:
    """The reply markup of a call, if it has one that Telegram would take."""
    if not call.has("reply_markup"):
        return None
    try:
        markup = call.structure("reply_markup")
    except Exception as error:
        message = "can't parse reply keyboard markup JSON object"
        raise bad_request(message) from error
    if markup is None:
        return None
    if not isinstance(markup, dict):
        message = "object expected as reply markup"
        raise bad_request(message)
    if "inline_keyboard" in markup:
        return _inline(markup["inline_keyboard"])
    if "keyboard" in markup:
        _check_keyboard(markup["keyboard"])
    return markup


def is_inline(markup: JsonObject | None) -> bool:
    return bool(markup) and "inline_keyboard" in (markup or {})


def _inline(rows: object) -> JsonObject:
    checked: list[list[JsonObject]] = []
    for row in _rows(rows, "inline keyboard"):
        buttons = [_inline_button(button) for button in row]
        if buttons:
            checked.append(buttons)
    if sum(map(len, checked)) > BUTTON_LIMIT:
        message = "reply markup is too long"
        raise bad_request(message)
    return {"inline_keyboard": checked}


def _rows(rows: object, what: str) -> list[list[object]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        message = f"can't parse {what}: Field must be of type Array"
        raise bad_request(message)
    return rows


def _inline_button(button: object) -> JsonObject:
    if not isinstance(button, dict) or not str(button.get("text", "")).strip():
        message = 'can\'t parse inline keyboard button: Field "text" must be of type String'
        raise bad_request(message)
    kinds = [kind for kind in KINDS_OF_BUTTON if button.get(kind) is not None]
    if not kinds:
        message = (
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
        raise bad_request(message)
    if "callback_data" in kinds:
        size = len(str(button["callback_data"]).encode())
        if not 1 <= size <= DATA_LIMIT:
            message = "BUTTON_DATA_INVALID"
            raise bad_request(message)
    if "url" in kinds:
        _check_link(str(button["url"]))
    return button


def _check_link(link: str) -> None:
    parts = urlsplit(link)
    if parts.scheme not in LINK_SCHEMES:
        message = f"inline keyboard button URL '{link}' is invalid: Unsupported URL protocol"
        raise bad_request(message)
    if not parts.netloc and "." not in parts.path:
        message = f"inline keyboard button URL '{link}' is invalid: Wrong HTTP URL"
        raise bad_request(message)


def _check_keyboard(rows: object) -> None:
    for row in _rows(rows, "keyboard"):
        for button in row:
            label = (
                button
                if isinstance(button, str)
                else button.get("text")
                if isinstance(button, dict)
                else None
            )
            if not isinstance(label, str) or not label:
                message = 'can\'t parse keyboard button: Field "text" must be of type String'
                raise bad_request(message)
