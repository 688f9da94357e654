"""Message entities: offsets in UTF-16, and those that Telegram finds in plain text by itself."""

import re
from dataclasses import dataclass

from tests.support.telegram_simulator.wire import JsonObject

FOUND_IN_TEXT = (
    ("url", re.compile(r"https?://[^\s<>\"]+|(?<![\w@.])(?:www\.|t\.me/)[^\s<>\"]+")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")),
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?\b")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z]\w{3,31}\b")),
    ("hashtag", re.compile(r"(?<![\w&#])#\w*[^\W\d_]\w*")),
    ("phone_number", re.compile(r"(?<!\w)\+\d[\d\s().-]{6,18}\d\b")),
)


@dataclass(frozen=True)
class FormattedText:
    """A text without its markup, and the entities that the markup meant."""

    text: str
    entities: list[JsonObject]


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def entity(kind: str, text: str, start: int, end: int, **details: object) -> JsonObject:
    """An entity over text[start:end], measured as Telegram measures."""
    return {
        "type": kind,
        "offset": utf16_length(text[:start]),
        "length": utf16_length(text[start:end]),
        **details,
    }


def found_in(text: str) -> list[JsonObject]:
    """Commands, links, mentions and the like; where two overlap, the first named above wins."""
    taken: list[tuple[int, int]] = []
    found: list[JsonObject] = []
    for kind, pattern in FOUND_IN_TEXT:
        for match in pattern.finditer(text):
            start, end = match.span()
            if all(end <= low or start >= high for low, high in taken):
                taken.append((start, end))
                found.append(entity(kind, text, start, end))
    return sorted(found, key=_position)


def trimmed(formatted: FormattedText) -> FormattedText:
    """Without white space at either end, as Telegram stores it; entities follow."""
    text = formatted.text.rstrip()
    lead = utf16_length(text) - utf16_length(text.lstrip())
    text = text.lstrip()
    size = utf16_length(text)
    kept: list[JsonObject] = []
    for item in formatted.entities:
        start = max(0, item["offset"] - lead)
        end = min(size, item["offset"] - lead + item["length"])
        if end > start:
            kept.append({**item, "offset": start, "length": end - start})
    return FormattedText(text, kept)


def with_found(formatted: FormattedText) -> FormattedText:
    """Adds what Telegram finds by itself wherever no markup is."""
    extra = [
        item
        for item in found_in(formatted.text)
        if not any(_overlap(item, given) for given in formatted.entities)
    ]
    return FormattedText(formatted.text, sorted([*formatted.entities, *extra], key=_position))


def _overlap(one: JsonObject, other: JsonObject) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"]
        and other["offset"] < one["offset"] + one["length"]
    )


def _position(item: JsonObject) -> tuple[int, int]:
    return item["offset"], -item["length"]
