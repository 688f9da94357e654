"""Gives the new text of content files: what was translated is put in, every other byte stays."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from bot.cli.directory.rewriting import RewriteError, rewritten
from bot.domain.yaml_source import load_yaml

_BLOCK: Final = re.compile(r"([a-z_]+):")
_FENCE: Final = "---"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FROM_ENGLISH: Final = ("sources", "verified_on", "review_by", "buttons")
"""What a translation takes over from English that has changed: what it says rests on these."""
HEAD: Final = "# The English each text was made from: `helpline content import` writes this."


def answer_file(
    old: str | None, english: str, language: str, text: str | None, marks: Mapping[str, str]
) -> str:
    """Give an answer file with another text (None: the same) and other marks.

    `old` is the file as it is, if it is there; `english` the English one. `marks` are lines of
    the front matter, `english` and `reviewed`. A new file has everything else from the English
    one; and so has a file whose English has changed since, for sources, days and buttons.
    """
    of_english, _ = _split(english)
    if old is None:
        front, body = dict(of_english), ""
        front["language"] = f"language: {language}\n"
        front.pop("owner", None)
    else:
        front, body = _split(old)
    stamp = front.get("english", "").strip()
    if "english" in marks and stamp != f"english: {marks['english']}":
        for key in _FROM_ENGLISH:
            _put(front, key, of_english.get(key), after="country")
    for key in ("reviewed", "english"):
        if key in marks:
            _put(front, key, f"{key}: {marks[key]}\n", after="reviewed")
    body = body if text is None else f"{text}\n"
    return "".join((f"{_FENCE}\n", *front.values(), f"{_FENCE}\n", body))


@dataclass(frozen=True, slots=True)
class Phrases:
    """What a file of phrases shall have; what is not named stays."""

    texts: Mapping[str, str]
    stamps: Mapping[str, str]
    order: Sequence[str]
    """The English keys: a new phrase comes after the one it follows there."""
    reviewed: str | None = None
    """The value of `reviewed`, if it changes."""


def phrase_file(old: str | None, language: str, new: Phrases) -> str:
    """Give a file of phrases with these texts and stamps.

    Raises:
        RewriteError: the file is written in a way in which this cannot be done.
    """
    texts, stamps, order = new.texts, new.stamps, new.order
    if old is None:
        old = f"language: {language}\nreviewed: machine\nphrases:\n"
        old += "".join(f"  {key}: {_quoted(texts[key])}\n" for key in order if key in texts)
    file = _File(old if old.endswith("\n") else f"{old}\n")
    file.entries("phrases", {key: _quoted(text) for key, text in texts.items()}, order)
    if stamps and not file.has("english"):
        listed = [f"  {key}: {stamps[key]}" for key in order if key in stamps]
        file.append("\n".join((HEAD, "english:", *listed)) + "\n")
    else:
        file.entries("english", stamps, order)
    if new.reviewed is not None:
        file.value("reviewed", new.reviewed)
    return _proven(file.text(), texts, stamps)


def directory_file(
    old: str, section: str, texts: Mapping[tuple[str, str], str], language: str
) -> str:
    """Give a file of the directory with these texts, by id of the record and field.

    Raises:
        RewriteError: the file is written in a way in which this cannot be done.
    """
    wanted: Any = load_yaml(old, section).plain()
    for record in wanted[section]:
        for name, value in record.items():
            if (record["id"], name) in texts:
                value[language] = texts[record["id"], name]
    return rewritten(old, wanted)


@dataclass(slots=True)
class _File:
    """A YAML file with edits that were not made yet."""

    source: str
    edits: list[tuple[int, int, str]] = field(default_factory=list)
    pairs: dict[str, tuple[yaml.Node, yaml.Node]] = field(init=False)

    def __post_init__(self) -> None:
        root = yaml.compose(self.source, Loader=_LOADER)
        if not isinstance(root, yaml.MappingNode):
            raise RewriteError("the file has no keys")
        self.pairs = {key.value: (key, value) for key, value in root.value}

    def has(self, key: str) -> bool:
        return key in self.pairs

    def value(self, key: str, text: str) -> None:
        start, node = self.pairs[key]
        self.edits.append((start.end_mark.index, self._end(node), f": {text}"))

    def append(self, lines: str) -> None:
        self.edits.append((len(self.source), len(self.source), lines))

    def entries(self, key: str, values: Mapping[str, str], order: Sequence[str]) -> None:
        if not values:
            return
        node = self.pairs[key][1]
        if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value:
            raise RewriteError(f"`{key}` is written in an unusual way: change it by hand")
        there = {name.value: value for name, value in node.value}
        first = node.value[0][0]
        indent = " " * first.start_mark.column
        # Before the first one, until one is passed that the file has.
        at = self.source.rindex("\n", 0, first.start_mark.index) + 1
        for name in dict.fromkeys((*order, *values)):
            if name in there:
                found = there[name]
                end = self._end(found)
                if name in values and self._written(found) != values[name]:
                    self.edits.append((found.start_mark.index, end, values[name]))
                at = self.source.index("\n", end) + 1
            elif name in values:
                self.edits.append((at, at, f"{indent}{name}: {values[name]}\n"))

    def text(self) -> str:
        made: list[str] = []
        done = 0
        # Sorting keeps the order of insertions at one place.
        for start, end, text in sorted(self.edits, key=lambda edit: edit[0]):
            made += (self.source[done:start], text)
            done = end
        return "".join((*made, self.source[done:]))

    def _written(self, node: yaml.Node) -> str:
        return self.source[node.start_mark.index : self._end(node)]

    def _end(self, node: yaml.Node) -> int:
        written = self.source[node.start_mark.index : node.end_mark.index]
        return node.start_mark.index + len(written.rstrip())


def _split(text: str) -> tuple[dict[str, str], str]:
    """Part the front matter by keys, each with its lines, from the body."""
    lines = text.split("\n")
    end = next(at for at, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE)
    front: dict[str, str] = {}
    key = ""
    for line in lines[1:end]:
        found = _BLOCK.match(line)
        key = found[1] if found else key
        front[key] = front.get(key, "") + f"{line}\n"
    return front, "\n".join(lines[end + 1 :])


def _put(front: dict[str, str], key: str, lines: str | None, *, after: str) -> None:
    """Set, add or remove the lines of a key; a new one comes after another, or at the end."""
    if lines is None:
        front.pop(key, None)
        return
    if key in front or after not in front:
        front[key] = lines
        return
    rest = list(front.items())
    front.clear()
    for name, written in rest:
        front[name] = written
        if name == after:
            front[key] = lines


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\ufeff", "\\ufeff")


def _proven(text: str, texts: Mapping[str, str], stamps: Mapping[str, str]) -> str:
    """Give the text back, when it reads as it should."""
    read: Any = load_yaml(text, "").plain()
    said = {key: str(read["phrases"].get(key)) for key in texts}
    stamped = {key: str(read.get("english", {}).get(key)) for key in stamps}
    if said != dict(texts) or stamped != dict(stamps):
        raise RewriteError("the file is written in an unusual way: change it by hand")
    return text
