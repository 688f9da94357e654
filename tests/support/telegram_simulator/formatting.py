"""Turns the text or caption of a call into what Telegram would store, or refuses it."""

from tests.support.telegram_simulator.arguments import Call
from tests.support.telegram_simulator.entities import FormattedText, trimmed, with_found
from tests.support.telegram_simulator.errors import bad_request
from tests.support.telegram_simulator.html_text import parse_html
from tests.support.telegram_simulator.markdown_text import parse_markdown
from tests.support.telegram_simulator.wire import JsonObject

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024


def message_text(call: Call) -> JsonObject:
    """The `text` and `entities` of a message, within 1-4096 characters after parsing."""
    formatted = _formatted(call, "text", "entities")
    if not formatted.text:
        message = "message text is empty"
        raise bad_request(message)
    if len(formatted.text) > TEXT_LIMIT:
        message = "message is too long"
        raise bad_request(message)
    return _fields("text", "entities", formatted)


def message_caption(call: Call) -> JsonObject:
    """The `caption` and `caption_entities` of a medium; empty when there is none."""
    if not call.text("caption"):
        return {}
    formatted = _formatted(call, "caption", "caption_entities")
    if len(formatted.text) > CAPTION_LIMIT:
        message = "message caption is too long"
        raise bad_request(message)
    return _fields("caption", "caption_entities", formatted) if formatted.text else {}


def _fields(text_name: str, entities_name: str, formatted: FormattedText) -> JsonObject:
    fields: JsonObject = {text_name: formatted.text}
    if formatted.entities:
        fields[entities_name] = formatted.entities
    return fields


def _formatted(call: Call, text_name: str, entities_name: str) -> FormattedText:
    source = call.text(text_name)
    mode = call.text("parse_mode").lower()
    if mode == "html":
        parsed = parse_html(source)
    elif mode in {"markdownv2", "markdown"}:
        parsed = parse_markdown(source)
    elif mode:
        message = "unsupported parse_mode"
        raise bad_request(message)
    else:
        parsed = FormattedText(source, _given_entities(call, entities_name))
    return with_found(trimmed(parsed))


def _given_entities(call: Call, name: str) -> list[JsonObject]:
    given = call.structure(name)
    return [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []
