"""Changes values in the text of a YAML file, and not one byte besides: comments and order stay.

A library that writes the whole file again breaks lines and quotes texts in its own way, so that
a change of one number would show as hundreds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from typing import Any, Final, cast

import yaml

from bot.domain.yaml_source import load_yaml

WIDTH: Final = 102
"""Columns after which a long text is broken, as the files have it."""
_UNBROKEN: Final = 1_000_000
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_KEYS: Final = frozenset({"verified_on", "review_by"})
_DASH: Final = re.compile(r"( *)- +")
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RewriteError(Exception):
    """The file is written in a way in which this change cannot be made."""


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


class _Dumper(yaml.SafeDumper):
    """Writes as the files are written: lists stand further in than their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's own
        super().increase_indent(flow, indentless=False)


def rewritten(text: str, wanted: object) -> str:
    """Give the text of the file with which it says what is wanted.

    Raises:
        RewriteError: it cannot be done; nothing is half done.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    newline = "\r\n" if "\r\n" in text else "\n"
    body = text.removeprefix("\ufeff")
    root = yaml.compose(body, Loader=_LOADER)
    if root is None:
        raise RewriteError("the file is empty")
    rewriting = _Rewriting(body)
    rewriting.value(root, load_yaml(body, "").plain(), wanted)
    for edit in sorted(rewriting.edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        body = body[: edit.start] + edit.text.replace("\n", newline) + body[edit.end :]
    if load_yaml(body, "").plain() != wanted:
        raise RewriteError("the file is written in an unusual way: change it by hand")
    return mark + body


@dataclass(slots=True)
class _Rewriting:
    text: str
    edits: list[_Edit] = field(default_factory=list)

    def value(self, node: yaml.Node, old: object, new: object) -> bool:
        """Note what makes the new value of the old one; say no when it must be written anew."""
        if old == new:
            return True
        if isinstance(node, yaml.CollectionNode) and node.flow_style:
            return False
        if isinstance(node, yaml.MappingNode) and isinstance(old, dict) and isinstance(new, dict):
            return self._mapping(node, old, new)
        if isinstance(node, yaml.SequenceNode) and isinstance(old, list) and isinstance(new, list):
            return self._sequence(node, old, new)
        return False

    def _mapping(self, node: yaml.MappingNode, old: dict[str, Any], new: dict[str, Any]) -> bool:
        pairs = {key.value: (key, value) for key, value in node.value}
        kept = [key for key in old if key in new]
        if kept != [key for key in new if key in old] or not kept:
            return False
        column = node.value[0][0].start_mark.column
        for key, before in old.items():
            if key not in new:
                self._take_out(*pairs[key])
            elif not self.value(pairs[key][1], before, new[key]):
                self._write_value(*pairs[key], new[key])
        after = kept[0]
        added: dict[str, list[str]] = {}
        for key, wanted in new.items():
            if key in old:
                after = key
            else:
                added.setdefault(after, []).append(_dumped({key: wanted}, column))
        for key, lines in added.items():
            self._insert_below(pairs[key][1], "".join(lines))
        return True

    def _sequence(self, node: yaml.SequenceNode, old: list[Any], new: list[Any]) -> bool:
        if not new:
            return False
        items = node.value
        before = items[0]
        blank = self._stands_alone(items)
        for kind, first, last, start, end in _aligned(old, new):
            pairs = min(last - first, end - start) if kind in {"equal", "replace"} else 0
            for step in range(pairs):
                item = items[first + step]
                if not self.value(item, old[first + step], new[start + step]):
                    self._write_item(item, new[start + step])
            for item in items[first + pairs : last]:
                self._cut(self._line_start(self._start(item)), self._below(item), items[-1] is item)
            added = new[start + pairs : end]
            if added:
                before = items[max(first + pairs - 1, 0)]
                written = [_dumped([item], self._dash(before)) for item in added]
                if first + pairs == 0:
                    top = self._line_start(self._start(before))
                    lines = "".join(f"{item}\n" if blank else item for item in written)
                    self.edits.append(_Edit(top, top, lines))
                else:
                    lines = "".join(f"\n{item}" if blank else item for item in written)
                    self._insert_below(before, lines)
        return True

    def _write_value(self, key: yaml.Node, value: yaml.Node, new: object) -> None:
        start, end = value.start_mark.index, self._end(value)
        column = key.start_mark.column
        one_line = "\n" not in self.text[key.start_mark.index : end]
        lines = _dumped({key.value: new}, column, _UNBROKEN if one_line else WIDTH)
        if isinstance(value, yaml.ScalarNode) and not isinstance(new, dict | list):
            # Only the value itself, so that a comment behind it stays.
            made = yaml.compose(lines, Loader=_LOADER)
            written = cast("yaml.MappingNode", made).value[0][1]
            scalar = lines[written.start_mark.index : written.end_mark.index].rstrip()
            self.edits.append(_Edit(start, end, scalar))
        else:
            self.edits.append(_Edit(key.start_mark.index, end, lines.strip()))

    def _write_item(self, item: yaml.Node, new: object) -> None:
        lines = _dumped([new], self._dash(item)).strip().removeprefix("- ")
        self.edits.append(_Edit(self._start(item), self._end(item), lines))

    def _take_out(self, key: yaml.Node, value: yaml.Node) -> None:
        start = self._line_start(key.start_mark.index)
        if self.text[start : key.start_mark.index].strip():
            raise RewriteError(f"the first line of an entry, `{key.value}`, cannot be taken out")
        self.edits.append(_Edit(start, self._below(value), ""))

    def _cut(self, start: int, end: int, at_end: bool) -> None:  # noqa: FBT001 - private
        """Take lines out with the empty ones that kept them apart from what follows."""
        rest = self.text[end:]
        followed = re.match(r"(?:[ \t]*\r?\n)*", rest)
        blank = followed.end() if followed else 0
        if not at_end:
            # Two items that stand apart stay apart.
            self.edits.append(_Edit(start, end + blank, ""))
            return
        ahead = self.text[:start]
        self.edits.append(_Edit(len(ahead.rstrip()) + _newline_after(ahead), end, ""))

    def _insert_below(self, node: yaml.Node, lines: str) -> None:
        at = self._below(node)
        if at and self.text[at - 1] != "\n":
            lines = "\n" + lines.rstrip("\n")
        self.edits.append(_Edit(at, at, lines))

    def _stands_alone(self, items: list[yaml.Node]) -> bool:
        """Whether empty lines keep the items apart."""
        if len(items) < 2:  # noqa: PLR2004 - two have something between them
            return False
        between = self.text[self._below(items[0]) : self._start(items[1])]
        return bool(re.match(r"[ \t]*\r?\n", between))

    def _dash(self, item: yaml.Node) -> int:
        start = self._start(item)
        found = _DASH.fullmatch(self.text[self._line_start(start) : start])
        if found is None:
            raise RewriteError("a list is written in an unusual way: change it by hand")
        return len(found[1])

    def _start(self, node: yaml.Node) -> int:
        return node.start_mark.index

    def _end(self, node: yaml.Node) -> int:
        """Where the last value in it ends; the parser counts what follows it, too."""
        while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            node = last[1] if isinstance(last, tuple) else last
        written = self.text[node.start_mark.index : node.end_mark.index]
        return node.start_mark.index + len(written.rstrip())

    def _below(self, node: yaml.Node) -> int:
        """Where the line after it begins."""
        found = self.text.find("\n", self._end(node))
        return len(self.text) if found < 0 else found + 1

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1


def _newline_after(ahead: str) -> int:
    """How long the line break after the last thing written is."""
    rest = ahead[len(ahead.rstrip()) :]
    return rest.find("\n") + 1


def _aligned(old: list[Any], new: list[Any]) -> Iterator[tuple[str, int, int, int, int]]:
    """Say which items are the same, by their id when they have one."""
    matcher = SequenceMatcher(a=[*map(_key, old)], b=[*map(_key, new)], autojunk=False)
    yield from matcher.get_opcodes()


def _key(item: object) -> str:
    named = item.get("id") if isinstance(item, dict) else None
    return str(named) if named else json.dumps(item, ensure_ascii=False)


def _dumped(value: object, column: int, width: int = WIDTH) -> str:
    text: str = yaml.dump(
        _with_days(value),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=max(width - column, 1),
    )
    return "".join(f"{' ' * column}{line}" if line.strip() else line for line in _lines(text))


def _lines(text: str) -> list[str]:
    return [f"{line}\n" for line in text.rstrip("\n").split("\n")]


def _with_days(value: object, key: str = "") -> object:
    """Make dates of the days, which are written without quotes."""
    if isinstance(value, dict):
        return {name: _with_days(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_days(item) for item in value]
    if key in _DAY_KEYS and isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    return value
