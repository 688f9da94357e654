"""Reads one record of a content file key by key, and collects what is wrong instead of stopping."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from babel import Locale

from bot.domain.yaml_source import Node, SourceError

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")
_EMAIL: Final = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_WEBSITE: Final = re.compile(r"https?://[A-Za-z0-9.-]+(/[\w./%?=&~#-]*)?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STAMP: Final = re.compile(r"[0-9a-f]{8}")
_TERRITORIES: Final = Locale("en").territories


class Record:
    """A mapping of a file that is being read."""

    def __init__(self, node: Node, errors: list[SourceError]) -> None:
        self.node = node
        self.sound = True
        """Whether nothing was found wrong so far."""
        self._errors = errors
        try:
            node.mapping()
        except SourceError as error:
            self.report(error)

    def report(self, error: SourceError) -> None:
        """Note that something is wrong."""
        self.sound = False
        self._errors.append(error)

    def known(self, *keys: str) -> None:
        """Report every key that is not among these."""
        if isinstance(self.node.value, tuple | str) or not self.sound:
            return
        for error in self.node.unknown_keys(*keys):
            self.report(error)

    def take(self, key: str, read: Callable[[Node], T], default: T) -> T:
        """Read a key that may be absent."""
        try:
            found = self.node.get(key)
            return default if found is None else read(found)
        except SourceError as error:
            self.report(error)
            return default

    def need(self, key: str, read: Callable[[Node], T], default: T) -> T:
        """Read a key that must be there; the default only stands in until the end of the file."""
        try:
            return read(self.node.require(key))
        except SourceError as error:
            if self.sound or self.node.kind == "keys with values":
                self.report(error)
            return default

    def listed(self, key: str) -> tuple[Node, ...]:
        """Read a list that must be there."""
        nothing: tuple[Node, ...] = ()
        return self.need(key, Node.sequence, nothing)

    def keyed(self, key: str) -> Mapping[str, Node]:
        """Read a mapping that must be there."""
        nothing: Mapping[str, Node] = {}
        return self.need(key, Node.mapping, nothing)


def identifier(node: Node) -> str:
    """Read a name of ours: small letters, digits and `_`."""
    return _matching(node, _IDENTIFIER, "no proper id", "use small letters, digits and _")


def email(node: Node) -> str:
    """Read an e-mail address."""
    return _matching(node, _EMAIL, "no e-mail address", "write name@host")


def website(node: Node) -> str:
    """Read the address of a web site."""
    return _matching(node, _WEBSITE, "no web address", "begin with https:// and leave out spaces")


def line_of_text(node: Node) -> str:
    """Read a text of one line without Markdown or HTML, fit to stand inside a sentence."""
    text = node.text().strip()
    if any(mark in text for mark in ("\n", "<", ">", "*", "`", "{", "}")):
        raise node.error("line breaks, < > * ` { } cannot stand here", "write one plain line")
    return text


def localized_text(node: Node) -> dict[str, str]:
    """Read a plain line, or one for each language with English among them."""
    if isinstance(node.value, str):
        return {"en": line_of_text(node)}
    texts = {language: line_of_text(text) for language, text in node.items()}
    if "en" not in texts:
        raise node.error("the English text is missing", "add a line `en: ...`")
    return texts


def day(node: Node) -> date:
    """Read a date."""
    text = _matching(node, _DAY, "no date", "write it as 2026-11-23")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise node.error("no day of the calendar", "write it as 2026-11-23") from None


def country(node: Node) -> str:
    """Read an ISO 3166-1 alpha-2 code."""
    text = node.text()
    if len(text) != 2 or not text.isalpha() or text not in _TERRITORIES:  # noqa: PLR2004 - alpha-2
        raise node.error("no country code", "use two capital letters of ISO 3166-1")
    return text


def stamp(node: Node) -> str:
    """Read the stamp of the English that a text was translated from (`bot/content/stamps.py`)."""
    # A stamp without a letter in it is a whole number to the reader of YAML.
    value = str(node.value) if isinstance(node.value, int) else node.text()
    if not _STAMP.fullmatch(value):
        mend = "remove the line; `helpline content import` and `unchanged` write it"
        raise node.error("no stamp of an English text", mend)
    return value


def member(kinds: type[E]) -> Callable[[Node], E]:
    """Make a reader of one of the words of an enumeration."""

    def read(node: Node) -> E:
        try:
            return kinds(node.text())
        except ValueError:
            words = ", ".join(kinds)
            raise node.error("the word is not known here", f"use one of: {words}") from None

    return read


def one_or_more(read: Callable[[Node], T]) -> Callable[[Node], tuple[T, ...]]:
    """Make a reader of one value or a list of them."""

    def read_all(node: Node) -> tuple[T, ...]:
        nodes = node.value if isinstance(node.value, tuple) else (node,)
        if not nodes:
            raise node.error("the list is empty", "leave the key out instead")
        return tuple(read(item) for item in nodes)

    return read_all


def _matching(node: Node, pattern: re.Pattern[str], what: str, mend: str) -> str:
    text = node.text()
    if not pattern.fullmatch(text):
        raise node.error(what, mend)
    return text
