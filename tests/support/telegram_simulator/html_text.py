"""Parses Telegram's HTML markup, and refuses it in Telegram's own words."""

import re
from dataclasses import dataclass, field

from tests.support.telegram_simulator.entities import FormattedText, entity
from tests.support.telegram_simulator.errors import ApiError, bad_request
from tests.support.telegram_simulator.wire import JsonObject

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]+));?")
ATTRIBUTE = re.compile(r"\s*([^\s=>/]*)\s*(=?)\s*(\"[^\"]*\"|'[^']*'|[\w.\-]*)")


@dataclass
class OpenTag:
    """A tag that still waits for its end."""

    name: str
    at: int
    attributes: dict[str, str]


@dataclass
class Reading:
    """Where the parser stands."""

    source: str
    position: int = 0
    text: str = ""
    open: list[OpenTag] = field(default_factory=list)
    entities: list[JsonObject] = field(default_factory=list)


def parse_html(source: str) -> FormattedText:
    """The text and its entities; raises as Telegram does on anything it would not take."""
    reading = Reading(source)
    while reading.position < len(source):
        character = source[reading.position]
        if character == "&":
            _reference(reading)
        elif character != "<":
            reading.text += character
            reading.position += 1
        elif source.startswith("</", reading.position):
            _end(reading)
        else:
            _start(reading)
    if reading.open:
        message = f'Can\'t find end tag corresponding to start tag "{reading.open[-1].name}"'
        raise _refused(message)
    ordered = sorted(reading.entities, key=lambda item: (item["offset"], -item["length"]))
    return FormattedText(reading.text, ordered)


def unescape(source: str) -> str:
    return REFERENCE.sub(lambda match: _decoded(match) or match.group(), source)


def _decoded(match: re.Match[str]) -> str | None:
    decimal, hexadecimal, name = match.groups()
    if name:
        return NAMED.get(name)
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code < 0x10FFFF else None


def _reference(reading: Reading) -> None:
    match = REFERENCE.match(reading.source, reading.position)
    decoded = _decoded(match) if match else None
    reading.text += decoded or "&"
    reading.position = match.end() if match and decoded else reading.position + 1


def _start(reading: Reading) -> None:
    source, begin = reading.source, reading.position
    end = begin + 1
    while end < len(source) and not source[end].isspace() and source[end] != ">":
        end += 1
    if end == len(source):
        message = f"Unclosed start tag at byte offset {_bytes(source, begin)}"
        raise _refused(message)
    name = source[begin + 1 : end].lower()
    if name not in KINDS:
        message = f'Unsupported start tag "{name}" at byte offset {_bytes(source, begin)}'
        raise _refused(message)
    attributes, reading.position = _attributes(source, end, name, begin)
    if name == "span" and attributes.get("class") != "tg-spoiler":
        message = f'Tag "span" must have class "tg-spoiler" at byte offset {_bytes(source, begin)}'
        raise _refused(message)
    reading.open.append(OpenTag(name, len(reading.text), attributes))


def _attributes(source: str, position: int, name: str, begin: int) -> tuple[dict[str, str], int]:
    attributes: dict[str, str] = {}
    while True:
        while position < len(source) and source[position].isspace():
            position += 1
        if position >= len(source):
            message = f"Unclosed start tag at byte offset {_bytes(source, begin)}"
            raise _refused(message)
        if source[position] == ">":
            return attributes, position + 1
        match = ATTRIBUTE.match(source, position)
        if match is None or not match.group(1):
            message = (
                f'Empty attribute name in the tag "{name}" at byte offset {_bytes(source, begin)}'
            )
            raise _refused(message)
        key, equals, value = match.groups()
        bare = name == "blockquote" and key.lower() == "expandable"
        if not equals and not bare:
            message = (
                f"Expected equal sign in declaration of an attribute of the tag "
                f'"{name}" at byte offset {_bytes(source, begin)}'
            )
            raise _refused(message)
        attributes[key.lower()] = unescape(value.strip("\"'"))
        position = match.end()


def _end(reading: Reading) -> None:
    source, begin = reading.source, reading.position
    end = source.find(">", begin)
    name = source[begin + 2 : end if end >= 0 else len(source)].strip().lower()
    if not reading.open:
        message = f"Unexpected end tag at byte offset {_bytes(source, begin)}"
        raise _refused(message)
    if end < 0:
        message = f"Unclosed end tag at byte offset {_bytes(source, begin)}"
        raise _refused(message)
    tag = reading.open.pop()
    if name and name != tag.name:
        tags = f'expected "</{tag.name}>", found "</{name}>"'
        message = f"Unmatched end tag at byte offset {_bytes(source, begin)}, {tags}"
        raise _refused(message)
    reading.position = end + 1
    if len(reading.text) > tag.at:
        _close(reading, tag)


def _close(reading: Reading, tag: OpenTag) -> None:
    kind = KINDS[tag.name]
    details: JsonObject = {}
    if tag.name == "a":
        link = tag.attributes.get("href") or reading.text[tag.at :]
        if "." not in link and ":" not in link:
            return
        details["url"] = link if ":" in link else f"http://{link}/"
    elif tag.name == "tg-emoji":
        details["custom_emoji_id"] = tag.attributes.get("emoji-id", "")
    elif tag.name == "blockquote" and "expandable" in tag.attributes:
        kind = "expandable_blockquote"
    elif tag.name == "tg-time":
        details["unix_time"] = int(tag.attributes.get("unix", "0") or 0)
    elif tag.name == "code" and reading.open and reading.open[-1].name == "pre":
        language = tag.attributes.get("class", "").removeprefix("language-")
        reading.open[-1].attributes["language"] = language
        return
    elif tag.name == "pre" and tag.attributes.get("language"):
        details["language"] = tag.attributes["language"]
    reading.entities.append(entity(kind, reading.text, tag.at, len(reading.text), **details))


def _bytes(source: str, position: int) -> int:
    return len(source[:position].encode())


def _refused(why: str) -> ApiError:
    return bad_request(f"can't parse entities: {why}")
