"""The language of conditions in flow files: reads them, and says whether they hold.

The grammar, a subset of Rasa's (see flows/README.md)::

    condition = term { "and" term } | term { "or" term }      never both on one level
    term      = "not" term | "(" condition ")" | operand [ test ]
    test      = ("=" | "==" | "is" | "!=" | "is not" | "<" | "<=" | ">" | ">=") operand
              | ("=" | "==" | "is" | "!=" | "is not") "empty"
              | "contains" operand | "matches" string
    operand   = ("slots." | "context.") name | string | number | true | false | null | { ... }
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from bot.domain.events import SlotValue
from bot.flows.patterns import ConditionError, compile_safe

MAX_LENGTH: Final = 500
"""Longest condition, in characters. Our own bound: the longest in flows/ is a third of it."""
MAX_DEPTH: Final = 20
"""Deepest nesting of parentheses and `not`. Our own bound."""
MAX_MATCHED: Final = 200
"""Characters of a value that `matches` looks at; the rest is not searched."""
CONTEXT_NAMES: Final = frozenset({"flow_id", "step_id", "intent", "reason"})
"""What can stand after `context.`: the flow, its step, the intent that started it, and why."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The values that a condition sees."""

    slots: Mapping[str, SlotValue] = field(repr=False)
    context: Mapping[str, SlotValue] = field(default_factory=dict)


class Condition(Protocol):
    """A condition that was read."""

    def holds(self, scope: Scope) -> bool:
        """Say whether it holds. Never raises: what cannot be compared does not hold."""
        ...


@dataclass(frozen=True, slots=True)
class Parsed:
    """A condition, its text, and the slots that it names."""

    source: str
    root: Condition
    slots: frozenset[str]

    def holds(self, scope: Scope) -> bool:
        """Say whether the condition holds."""
        return self.root.holds(scope)


def parse(source: str | bool) -> Parsed:  # noqa: FBT001 - `if: false` is a condition
    """Read a condition.

    Raises:
        ConditionError: it is not in the language; what and mend say why.
    """
    if isinstance(source, bool):
        return Parsed(str(source).lower(), _Truth(_Constant(source)), frozenset())
    if len(source) > MAX_LENGTH:
        raise ConditionError(f"longer than {MAX_LENGTH} characters", "split it over two branches")
    reader = _Reader(_tokens(source))
    root = reader.condition(0)
    reader.end()
    return Parsed(source, root, frozenset(reader.slots))


_Value: TypeAlias = SlotValue | frozenset[str | float]
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<string>'[^']*'|"[^"]*")
      | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
      | (?P<name>[A-Za-z_]\w*(?:\.\w+)*)
      | (?P<sign>!=|<=|>=|==|=|<|>|[(){}])
    )""",
    re.VERBOSE | re.ASCII,
)
_EQUALS: Final = frozenset({"=", "==", "is"})
_ORDERS: Final = frozenset({"<", "<=", ">", ">="})
_CONSTANTS: Final[Mapping[str, SlotValue]] = {
    "true": True,
    "false": False,
    "null": None,
    "undefined": None,
}
_WORDS: Final = frozenset({"and", "or", "not", "is", "contains", "matches", "empty", *_CONSTANTS})


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(source: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    text = source.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise ConditionError(
                f"cannot read it from `{text[place : place + 12].strip()}`",
                "texts stand in quotes, sets as {'a' 'b'} without commas",
            )
        word = match.group(match.lastgroup)
        kind = match.lastgroup
        if kind == "name" and word.lower() in _WORDS:
            word, kind = word.lower(), "word"
        found.append(_Token(kind, word))
        place = match.end()
    if not found:
        raise ConditionError("the condition is empty", "write a condition, or `else`")
    return found


class _Operand(Protocol):
    def value(self, scope: Scope) -> _Value: ...


@dataclass(frozen=True, slots=True)
class _Constant:
    constant: _Value

    def value(self, scope: Scope) -> _Value:
        del scope
        return self.constant


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str

    def value(self, scope: Scope) -> _Value:
        return scope.slots.get(self.name)


@dataclass(frozen=True, slots=True)
class _Context:
    name: str

    def value(self, scope: Scope) -> _Value:
        return scope.context.get(self.name)


@dataclass(frozen=True, slots=True)
class _Truth:
    operand: _Operand

    def holds(self, scope: Scope) -> bool:
        return bool(self.operand.value(scope))


@dataclass(frozen=True, slots=True)
class _Not:
    inner: Condition

    def holds(self, scope: Scope) -> bool:
        return not self.inner.holds(scope)


@dataclass(frozen=True, slots=True)
class _All:
    parts: tuple[Condition, ...]

    def holds(self, scope: Scope) -> bool:
        return all(part.holds(scope) for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Any:
    parts: tuple[Condition, ...]

    def holds(self, scope: Scope) -> bool:
        return any(part.holds(scope) for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Equal:
    left: _Operand
    right: _Operand

    def holds(self, scope: Scope) -> bool:
        left, right = self.left.value(scope), self.right.value(scope)
        return _sort(left) == _sort(right) and left == right


@dataclass(frozen=True, slots=True)
class _Empty:
    operand: _Operand

    def holds(self, scope: Scope) -> bool:
        value = self.operand.value(scope)
        return value is None or value in ("", frozenset())


@dataclass(frozen=True, slots=True)
class _Order:
    left: _Operand
    sign: str
    right: _Operand

    def holds(self, scope: Scope) -> bool:
        left, right = self.left.value(scope), self.right.value(scope)
        if isinstance(left, str) and isinstance(right, str):
            return _ordered(left < right, left == right, self.sign)
        if _is_number(left) and _is_number(right):
            return _ordered(left < right, left == right, self.sign)  # type: ignore[operator]
        return False


@dataclass(frozen=True, slots=True)
class _Contains:
    left: _Operand
    right: _Operand

    def holds(self, scope: Scope) -> bool:
        left, right = self.left.value(scope), self.right.value(scope)
        if isinstance(left, frozenset):
            return any(_sort(item) == _sort(right) and item == right for item in left)
        return isinstance(left, str) and isinstance(right, str) and right in left


@dataclass(frozen=True, slots=True)
class _Matches:
    operand: _Operand
    pattern: re.Pattern[str]

    def holds(self, scope: Scope) -> bool:
        value = self.operand.value(scope)
        return isinstance(value, str) and self.pattern.search(value[:MAX_MATCHED]) is not None


def _is_number(value: _Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _sort(value: _Value) -> str:
    # In Python true equals 1; in a flow file the two are different things.
    return "number" if _is_number(value) else type(value).__name__


def _ordered(less: bool, equal: bool, sign: str) -> bool:  # noqa: FBT001 - two facts, one sign
    if sign.startswith("<"):
        return less or (equal and sign == "<=")
    return (not less and not equal) or (equal and sign == ">=")


class _Reader:
    """Reads tokens by recursive descent; one method for each rule of the grammar."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.slots: set[str] = set()
        self._tokens = tokens
        self._place = 0

    def condition(self, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            raise ConditionError(f"nested deeper than {MAX_DEPTH}", "use several branches")
        parts = [self._term(depth)]
        joint = self._peek("word", "and", "or")
        while joint and self._take("word", joint):
            parts.append(self._term(depth))
        if joint and self._peek("word", "and", "or"):
            raise ConditionError(
                "`and` and `or` stand on one level", "write parentheses: `(a and b) or c`"
            )
        if not joint:
            return parts[0]
        return _All(tuple(parts)) if joint == "and" else _Any(tuple(parts))

    def end(self) -> None:
        if self._place < len(self._tokens):
            text = self._tokens[self._place].text
            raise ConditionError(f"`{text}` is not expected here", "join tests by `and` or `or`")

    def _term(self, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            raise ConditionError(f"nested deeper than {MAX_DEPTH}", "use several branches")
        if self._take("word", "not"):
            return _Not(self._term(depth + 1))
        if self._take("sign", "("):
            inner = self.condition(depth + 1)
            if not self._take("sign", ")"):
                raise ConditionError("a `)` is missing", "close every parenthesis")
            return inner
        return self._test(self._operand())

    def _test(self, left: _Operand) -> Condition:
        if sign := self._comparison():
            if sign in _ORDERS:
                return _Order(left, sign, self._operand())
            same = _Empty(left) if self._take("word", "empty") else _Equal(left, self._operand())
            return same if sign == "=" else _Not(same)
        if self._take("word", "contains"):
            return _Contains(left, self._operand())
        if self._take("word", "matches"):
            return _Matches(left, self._pattern())
        return _Truth(left)

    def _comparison(self) -> str | None:
        if self._take("word", "is"):
            return "!=" if self._take("word", "not") else "="
        sign = self._peek("sign", "=", "==", "!=", *_ORDERS)
        if sign is None:
            return None
        self._place += 1
        return "=" if sign in _EQUALS else sign

    def _operand(self) -> _Operand:
        token = self._next()
        if token.kind == "string":
            return _Constant(token.text[1:-1])
        if token.kind == "number":
            return _Constant(float(token.text))
        if token.kind == "word" and token.text in _CONSTANTS:
            return _Constant(_CONSTANTS[token.text])
        if token.kind == "name":
            return self._name(token.text)
        if token.text == "{":
            return _Constant(self._set())
        raise ConditionError(
            f"`{token.text}` is not expected here", "a value, `slots.name` or `context.name`"
        )

    def _name(self, name: str) -> _Operand:
        where, _, rest = name.partition(".")
        if where == "slots" and rest and "." not in rest:
            self.slots.add(rest)
            return _Slot(rest)
        if where == "context" and rest in CONTEXT_NAMES:
            return _Context(rest)
        if where == "context":
            known = ", ".join(sorted(CONTEXT_NAMES))
            raise ConditionError(f"`{name}` is not known", f"after `context.`: {known}")
        raise ConditionError(f"the word `{name}` has no quotes", f"write '{name}' or slots.{name}")

    def _set(self) -> frozenset[str | float]:
        items: set[str | float] = set()
        while not self._take("sign", "}"):
            token = self._next()
            if token.kind == "string":
                items.add(token.text[1:-1])
            elif token.kind == "number":
                items.add(float(token.text))
            else:
                raise ConditionError(
                    f"`{token.text}` stands in a set", "only texts and numbers: {'a' 'b'}"
                )
        return frozenset(items)

    def _pattern(self) -> re.Pattern[str]:
        token = self._next()
        if token.kind != "string":
            raise ConditionError(
                f"`matches` needs a text, not `{token.text}`", 'write matches "^a$"'
            )
        return compile_safe(token.text[1:-1])

    def _next(self) -> _Token:
        if self._place >= len(self._tokens):
            raise ConditionError("the condition ends too early", "write the missing value")
        self._place += 1
        return self._tokens[self._place - 1]

    def _peek(self, kind: str, *texts: str) -> str | None:
        if self._place < len(self._tokens):
            token = self._tokens[self._place]
            if token.kind == kind and token.text in texts:
                return token.text
        return None

    def _take(self, kind: str, text: str) -> bool:
        if self._peek(kind, text) is None:
            return False
        self._place += 1
        return True
