"""Parses Telegram's MarkdownV2, enough to refuse what Telegram would refuse."""

import re

from tests.support.telegram_simulator.entities import FormattedText, entity
from tests.support.telegram_simulator.errors import ApiError, bad_request
from tests.support.telegram_simulator.wire import JsonObject

TOKENS = (
    ("```", "pre", "PreCode"),
    ("`", "code", "Code"),
    ("||", "spoiler", "Spoiler"),
    ("__", "underline", "Underline"),
    ("_", "italic", "Italic"),
    ("*", "bold", "Bold"),
    ("~", "strikethrough", "Strikethrough"),
)
RESERVED = "_*[]()~`>#+-=|{}.!"
LINK_TARGET = re.compile(r"\]\(((?:\\.|[^)\\])*)\)")


def parse_markdown(source: str) -> FormattedText:
    """The text and its entities; raises as Telegram does on unescaped or unclosed marks."""
    text = ""
    entities: list[JsonObject] = []
    open_marks: list[tuple[str, str, str, int, int]] = []
    position = 0
    while position < len(source):
        verbatim = bool(open_marks) and open_marks[-1][1] in {"pre", "code"}
        if source[position] == "\\" and position + 1 < len(source):
            text += source[position + 1]
            position += 2
            continue
        if open_marks and source.startswith(open_marks[-1][0], position):
            mark, kind, _, start, _ = open_marks.pop()
            position, details = _after(mark, source, position)
            if len(text) > start:
                entities.append(entity(kind, text, start, len(text), **details))
            continue
        opening = None if verbatim else _opening(source, position)
        if opening is not None:
            mark, kind, name = opening
            open_marks.append((mark if mark != "[" else "](", kind, name, len(text), position))
            position += len(mark)
            continue
        if not verbatim and source[position] in RESERVED and not _quotes(source, position):
            message = f"Character '{source[position]}' is reserved and must be escaped"
            raise _refused(f"{message} with the preceding '\\'")
        if not _quotes(source, position) or verbatim:
            text += source[position]
        position += 1
    if open_marks:
        _, _, name, _, begin = open_marks[-1]
        message = f"Can't find end of {name} entity at byte offset {len(source[:begin].encode())}"
        raise _refused(message)
    return FormattedText(text, sorted(entities, key=lambda item: (item["offset"], -item["length"])))


def _opening(source: str, position: int) -> tuple[str, str, str] | None:
    for mark, kind, name in (*TOKENS, ("[", "text_link", "TextUrl")):
        if source.startswith(mark, position):
            return mark, kind, name
    return None


def _after(mark: str, source: str, position: int) -> tuple[int, JsonObject]:
    if mark != "](":
        return position + len(mark), {}
    target = LINK_TARGET.match(source, position)
    if target is None:
        message = f"Can't find end of a URL at byte offset {len(source[:position].encode())}"
        raise _refused(message)
    return target.end(), {"url": re.sub(r"\\(.)", r"\1", target.group(1))}


def _quotes(source: str, position: int) -> bool:
    return source[position] == ">" and (position == 0 or source[position - 1] == "\n")


def _refused(why: str) -> ApiError:
    return bad_request(f"can't parse entities: {why}")
