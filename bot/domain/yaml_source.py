"""Reads the project's YAML files strictly, and remembers the line of everything in them.

YAML here is the plain core of the language: mappings with text keys, lists, text, whole and
decimal numbers, `true`, `false`, `null`. Refused, each with file and line: keys given twice,
anchors and aliases (a few hundred bytes of them can stand for millions of values), tags,
several documents, deep nesting, and more than one megabyte. `no`, `yes`, `on` and dates are
text, so that the country code NO stays one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

import yaml

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 1_000_000
"""Largest file that is read, in bytes. Our own bound: the largest file we keep is a tenth of it."""
MAX_DEPTH: Final = 24
"""Deepest nesting of mappings and lists. Our own bound: flows need about ten."""

Scalar: TypeAlias = str | int | float | bool | None


class SourceError(ValueError):
    """Something in a file that we keep is wrong: where, what, and how to mend it."""

    def __init__(self, file: str, line: int, what: str, mend: str) -> None:
        super().__init__(f"{file}:{line}: {what} ({mend})")
        self.file = file
        self.line = line
        """Line in the file, from 1; 0 when the file as a whole is meant."""
        self.what = what
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a file and where it stands."""

    file: str
    line: int
    value: Scalar | tuple[Node, ...] | Mapping[str, Node] = field(repr=False)
    key_lines: Mapping[str, int] = field(default_factory=dict, repr=False)
    """For a mapping: the line of each key (`line` of the value can be further down)."""

    def error(self, what: str, mend: str) -> SourceError:
        """Make the error to raise (or collect) about this value."""
        return SourceError(self.file, self.line, what, mend)

    def key_error(self, key: str, what: str, mend: str) -> SourceError:
        """Make the error about one key of this mapping, at the key's own line."""
        return SourceError(self.file, self.key_lines.get(key, self.line), what, mend)

    def mapping(self) -> Mapping[str, Node]:
        """Give the mapping.

        Raises:
            SourceError: it is something else.
        """
        if isinstance(self.value, Mapping):
            return self.value
        raise self.error(
            f"expected keys with values, found {self.kind}", "write `key: value` lines"
        )

    def sequence(self) -> tuple[Node, ...]:
        """Give the items of the list.

        Raises:
            SourceError: it is something else.
        """
        if isinstance(self.value, tuple):
            return self.value
        raise self.error(f"expected a list, found {self.kind}", "write lines that begin with `- `")

    def text(self) -> str:
        """Give the text.

        Raises:
            SourceError: it is something else, or empty.
        """
        if isinstance(self.value, str):
            if self.value.strip():
                return self.value
            raise self.error("the text is empty", "write a text or leave the key out")
        raise self.error(f"expected a text, found {self.kind}", "write it in quotes")

    def texts(self) -> tuple[str, ...]:
        """Give a list of texts; raises `SourceError` as `sequence` and `text` do."""
        return tuple(item.text() for item in self.sequence())

    def boolean(self) -> bool:
        """Give true or false.

        Raises:
            SourceError: it is something else.
        """
        if isinstance(self.value, bool):
            return self.value
        raise self.error(f"expected true or false, found {self.kind}", "write `true` or `false`")

    def scalar(self) -> Scalar:
        """Give a text, number, true, false or null.

        Raises:
            SourceError: it is a list or a mapping.
        """
        if isinstance(self.value, tuple | Mapping):
            raise self.error(f"expected one value, found {self.kind}", "write a single value")
        return self.value

    def get(self, key: str) -> Node | None:
        """Give the value of a key of this mapping, or None when the key is absent."""
        return self.mapping().get(key)

    def require(self, key: str) -> Node:
        """Give the value of a key that must be there.

        Raises:
            SourceError: the key is missing, or this is no mapping.
        """
        found = self.mapping().get(key)
        if found is None:
            raise self.error(f"the key `{key}` is missing", f"add a line `{key}: ...`")
        return found

    def items(self) -> Iterator[tuple[str, Node]]:
        """Give the keys and values of this mapping in the order of the file."""
        return iter(self.mapping().items())

    def unknown_keys(self, *known: str) -> tuple[SourceError, ...]:
        """Give one error for each key of this mapping that is not among `known`."""
        return tuple(
            self.key_error(
                key, f"the key `{key}` is not known here", f"use one of: {', '.join(known)}"
            )
            for key in self.mapping()
            if key not in known
        )

    def plain(self) -> object:
        """Give the value as plain dicts, lists and scalars."""
        if isinstance(self.value, tuple):
            return [item.plain() for item in self.value]
        if isinstance(self.value, Mapping):
            return {key: item.plain() for key, item in self.value.items()}
        return self.value

    @property
    def kind(self) -> str:
        """What sort of value this is, in words for an error."""
        value = self.value
        if value is None:
            return "nothing"
        for sort, word in _KINDS:
            if isinstance(value, sort):
                return word
        return "keys with values"


def load_yaml(text: str, name: str, first_line: int = 1) -> Node:
    """Read one YAML document; `name` stands for the file in errors.

    `first_line` is the line at which the text begins in its file (front matter begins at 2).

    Raises:
        SourceError: the text is no YAML that we accept.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise SourceError(name, 0, f"the file is larger than {MAX_BYTES} bytes", "split it")
    builder = _Builder(name, first_line - 1)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise SourceError(name, line, f"not valid YAML: {error.problem}", _SYNTAX_MEND) from None
    except (yaml.YAMLError, UnicodeEncodeError):
        # The C parser says the second, the Python one the first: NUL, control characters, halves
        # of surrogate pairs.
        line = first_line + _line_of_bad_character(text)
        raise SourceError(name, line, "a character that YAML forbids", "remove it") from None
    if builder.root is None:
        raise SourceError(name, first_line, "the file is empty", "write something or remove it")
    return builder.root


def read_source(path: Path, root: Path) -> str:
    """Read a UTF-8 file that lies, links followed, inside `root`.

    Raises:
        SourceError: it lies outside, is too large, is no file or not ours to read, is not UTF-8.
    """
    name = source_name(path, root)
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            raise SourceError(
                name, 0, "the link leads out of the directory", "put the file itself here"
            )
        if not path.is_file():
            raise SourceError(name, 0, "not a file that can be read", "put a text file here")
        with path.open("rb") as file:
            # One byte more than allowed is enough to know; a huge file is never read whole.
            raw = file.read(MAX_BYTES + 1)
    except PermissionError:
        raise SourceError(name, 0, "may not be read", "let the line read it: chmod a+r") from None
    except (OSError, RuntimeError):  # a link that leads to itself is the second
        raise SourceError(name, 0, "cannot be read", "put a text file here") from None
    if len(raw) > MAX_BYTES:
        raise SourceError(name, 0, f"the file is larger than {MAX_BYTES} bytes", "split it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SourceError(name, line, "not UTF-8 text", "save the file as UTF-8") from None


def is_left_by_an_editor(name: str) -> bool:
    """Say whether a file is what an editing program puts beside the one that is edited."""
    return _LEFT.fullmatch(name) is not None


def source_name(path: Path, root: Path) -> str:
    """Give the name of a file in errors: its path below the parent of `root`, as proper text."""
    try:
        name = path.relative_to(root.parent).as_posix()
    except ValueError:
        name = path.name
    return name.encode(errors="backslashreplace").decode()


_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SYNTAX_MEND: Final = "check indentation, colons and quotes near this line"
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_FORBIDDEN: Final = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\ud800-\udfff]")
_LEFT: Final = re.compile(
    r"\..*|#.*#|.*~|.*\.(?:tmp|bak|orig|rej|sw[a-z])|.*___jb_(?:tmp|old)___", re.DOTALL
)
"""Names as vim, Emacs, VS Code, JetBrains, LibreOffice, git and sync programs leave them."""
_NULLS: Final = frozenset({"", "~", "null"})
_TRUTHS: Final = {"true": True, "false": False}
_KINDS: Final = (
    (str, "a text"),
    (bool, "true or false"),
    (int | float, "a number"),
    (tuple, "a list"),
)


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end was not reached yet."""

    line: int
    is_mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)
    key: str | None = None


class _Builder:
    """Makes nodes of parser events without recursion, so that depth is bounded by us alone."""

    def __init__(self, name: str, offset: int) -> None:
        self.root: Node | None = None
        self._name = name
        self._offset = offset
        self._open: list[_Open] = []

    def take(self, event: yaml.Event) -> None:
        mark = event.start_mark
        line = (mark.line if mark else 0) + 1 + self._offset
        self._refuse(event, line)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(line, is_mapping=isinstance(event, yaml.MappingStartEvent))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            closed = self._open.pop()
            value = MappingProxyType(closed.entries) if closed.is_mapping else tuple(closed.items)
            self._place(Node(self._name, closed.line, value, MappingProxyType(closed.key_lines)))

    def _refuse(self, event: yaml.Event, line: int) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self._error(
                line, "anchors and aliases are not allowed", "write the value out each time"
            )
        if getattr(event, "tag", None) is not None:
            raise self._error(
                line, "tags (`!name`) are not allowed", "remove the tag or use quotes"
            )
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise self._error(line, "more than one document", "remove the line `---`")

    def _begin(self, line: int, *, is_mapping: bool) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self._error(line, f"nested deeper than {MAX_DEPTH} levels", "make it flatter")
        if self._open and self._open[-1].is_mapping and self._open[-1].key is None:
            raise self._error(line, "a list or mapping as a key", "use a text as the key")
        self._open.append(_Open(line, is_mapping))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if self._open and self._open[-1].is_mapping and self._open[-1].key is None:
            self._take_key(event.value, line)
            return
        plain = event.style is None or event.style == ""
        value = _resolve(event.value) if plain and event.implicit[0] else event.value
        self._place(Node(self._name, line, value))

    def _take_key(self, key: str, line: int) -> None:
        into = self._open[-1]
        if key in into.key_lines:
            first = into.key_lines[key]
            raise self._error(
                line, f"the key `{key}` stands here twice (first in line {first})", "keep one"
            )
        if key == "<<":
            raise self._error(line, "merge keys are not allowed", "write the keys out")
        into.key = key
        into.key_lines[key] = line

    def _place(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        into = self._open[-1]
        if not into.is_mapping:
            into.items.append(node)
        elif into.key is not None:
            into.entries[into.key] = node
            into.key = None

    def _error(self, line: int, what: str, mend: str) -> SourceError:
        return SourceError(self._name, line, what, mend)


def _resolve(text: str) -> Scalar:
    if text in _NULLS:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def _line_of_bad_character(text: str) -> int:
    """Find the line, from 0, of the first control character or surrogate half."""
    return text.count("\n", 0, found.start()) if (found := _FORBIDDEN.search(text)) else 0
