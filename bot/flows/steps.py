"""Reads the steps of one flow: flattens nested ones, and refuses what would lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.domain.events import SlotValue
from bot.domain.yaml_source import Node
from bot.flows import actions
from bot.flows.definition import (
    END,
    ActionStep,
    Branch,
    CollectStep,
    LinkStep,
    NoopStep,
    Rejection,
    SetSlotsStep,
    Step,
)
from bot.flows.faults import Faults

NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
"""What a slot, an action, a phrase and a topic are called."""
IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
"""What a flow and a step are called; Rasa's rule."""


def read_steps(node: Node, faults: Faults) -> tuple[Mapping[str, Step], str]:
    """Read the list of steps of a flow: the steps by id, and the id of the first.

    What is wrong is noted in `faults`; the steps given back are then incomplete.
    """
    reader = _Reader(faults)
    with faults.caught():
        first = reader.sequence(node, after=END)
        reader.check_targets(first)
        ordered = sorted(reader.steps.values(), key=lambda step: step.line)
        return {step.id: step for step in ordered}, first
    return {}, END


_KINDS: Final = ("collect", "action", "set_slots", "link", "noop")
_MODIFIERS: Final = ("description", "ask_before_filling", "rejections", "utter")
_RESERVED: Final = frozenset({"START", "END"})
_REFUSED: Final = {
    "call": "flows cannot call each other yet: use `link`",
    "force_slot_filling": "a message about danger must break into any question: leave it out",
    "reset_after_flow_ends": "use `persisted_slots` of the flow",
    "silence_timeout": "there is no voice here: leave it out",
    "dtmf": "there is no voice here: leave it out",
    "if": "conditions of steps stand in `next`",
}

_REFUSED_OF_LINK: Final = {"next": "a `link` is the end of its branch: leave `next` out"}


class _Reader:
    def __init__(self, faults: Faults) -> None:
        self.steps: dict[str, Step] = {}
        self._faults = faults
        self._lines: dict[str, int] = {}
        self._jumps: list[tuple[Node, str]] = []
        self._file = ""

    def sequence(self, node: Node, after: str | None) -> str:
        """Read steps that follow each other; `after` comes behind the last (None: nothing may)."""
        self._file = node.file
        items = node.sequence()
        if not items:
            raise node.error("the list of steps is empty", "write a step that begins with `- `")
        names = [self._name(item) for item in items]
        for item, name, following in zip(items, names, [*names[1:], after], strict=True):
            with self._faults.caught():
                self._step(item, name, following)
        return names[0]

    def check_targets(self, first: str) -> None:
        """Refuse jumps to steps that are not there, and steps that nothing reaches."""
        for node, target in self._jumps:
            if target != END and target not in self._lines:
                self._faults.add(
                    node.error(f"there is no step `{target}` in this flow", "mend the id, or END")
                )
        reached: set[str] = set()
        waiting = [first]
        while waiting:
            name = waiting.pop()
            step = self.steps.get(name)
            if step is None and name != END:
                return  # A step could not be read: what follows it is not known.
            if step is not None and name not in reached:
                reached.add(name)
                waiting.extend(branch.target for branch in step.branches)
        for name in self.steps.keys() - reached:
            place = Node(self._file, self._lines[name], None)
            self._faults.add(
                place.error(f"nothing leads to the step `{name}`", "remove it or jump to it")
            )

    def _name(self, item: Node) -> str:
        """Give the step's own id, or make one of its kind and value: the same at each reading."""
        keys = item.value if isinstance(item.value, Mapping) else {}
        own = keys.get("id")
        if own is not None:
            return self._own_name(own)
        kind = next((key for key in _KINDS if key in keys), "step")
        told = keys[kind].value if kind in keys else None
        named = isinstance(told, str) and kind in {"collect", "action", "link"}
        stem = f"{told}" if named and kind == "action" else f"{kind}_{told}" if named else kind
        name, number = stem, 1
        while name in self._lines:
            number += 1
            name = f"{stem}_{number}"
        self._lines[name] = item.line
        return name

    def _own_name(self, own: Node) -> str:
        name = str(own.value)
        with self._faults.caught():
            name = own.text()
            if not IDENTIFIER.fullmatch(name) or name in _RESERVED:
                raise own.error(f"`{name}` cannot be the id of a step", "letters, digits, _ and -")
            if name in self._lines:
                raise own.error(
                    f"the id `{name}` is used twice (line {self._lines[name]})", "rename one"
                )
        self._lines.setdefault(name, own.line)
        return name

    def _step(self, item: Node, name: str, following: str | None) -> None:
        keys = item.mapping()
        kinds = [key for key in _KINDS if key in keys]
        if len(kinds) != 1:
            self._faults.unknown_keys(item, (*_KINDS, "id", "next", *_MODIFIERS), _REFUSED)
            found = ", ".join(kinds) or "none"
            raise item.error(f"a step has one kind, found {found}", f"one of: {', '.join(_KINDS)}")
        kind = kinds[0]
        known = (kind, "id", *(() if kind == "link" else ("next",)))
        extra = _MODIFIERS if kind == "collect" else ()
        refused = {**_REFUSED, **_REFUSED_OF_LINK} if kind == "link" else _REFUSED
        self._faults.unknown_keys(item, (*known, *extra), refused)
        branches = self._branches(item, kind, following)
        step = self._make(kind, item, name, branches)
        self.steps[name] = step

    def _make(self, kind: str, item: Node, name: str, branches: tuple[Branch, ...]) -> Step:
        value = item.require(kind)
        if kind == "collect":
            return self._collect(item, name, branches)
        if kind == "action":
            return ActionStep(name, item.line, branches, _action(value))
        if kind == "set_slots":
            return SetSlotsStep(name, item.line, branches, self._values(value))
        if kind == "link":
            return LinkStep(name, item.line, (), value.text())
        if value.value is not True:
            raise value.error("`noop` has one value", "write `noop: true`")
        if "next" not in item.mapping():
            raise item.error("a `noop` without `next` does nothing", "write `next`")
        return NoopStep(name, item.line, branches)

    def _collect(self, item: Node, name: str, branches: tuple[Branch, ...]) -> CollectStep:
        slot = _named(item.require("collect"), NAME, "slot")
        ask = item.get("ask_before_filling")
        utter = item.get("utter")
        asking = f"action_ask_{slot}"
        prompt = asking if asking in actions.ACTIONS else f"utter_ask_{slot}"
        if utter is not None:
            prompt = _utter(utter)
        if description := item.get("description"):
            description.text()
        rejections = item.get("rejections")
        return CollectStep(
            id=name,
            line=item.line,
            branches=branches,
            slot=slot,
            prompt=prompt,
            ask_before_filling=ask.boolean() if ask is not None else False,
            rejections=self._rejections(rejections) if rejections is not None else (),
        )

    def _rejections(self, node: Node) -> tuple[Rejection, ...]:
        found: list[Rejection] = []
        for item in node.sequence():
            self._faults.unknown_keys(item, ("if", "utter"), {})
            condition = self._faults.condition(item.require("if"))
            utter = _utter(item.require("utter"))
            if condition is not None:
                found.append(Rejection(condition, utter))
        return tuple(found)

    def _values(self, node: Node) -> tuple[tuple[str, SlotValue], ...]:
        found: list[tuple[str, SlotValue]] = []
        for item in node.sequence():
            pairs = list(item.items())
            if len(pairs) != 1:
                raise item.error("one slot in each line of `set_slots`", "write `- slot: value`")
            slot, value = pairs[0]
            found.append((slot, value.scalar()))
        if not found:
            raise node.error("`set_slots` is empty", "write `- slot: value`")
        return tuple(found)

    def _branches(self, item: Node, kind: str, following: str | None) -> tuple[Branch, ...]:
        node = item.get("next")
        if kind == "link":
            return ()
        if node is None:
            if following is None:
                raise item.error(
                    "the last step of a branch leads nowhere", "write `next: END` or a `link`"
                )
            return (Branch(None, following),)
        if not isinstance(node.value, tuple):
            return (Branch(None, self._target(node)),)
        return self._choices(node)

    def _choices(self, node: Node) -> tuple[Branch, ...]:
        items = node.sequence()
        if not items:
            raise node.error("the list of branches is empty", "write `if`, `then` and `else`")
        found: list[Branch] = []
        for place, item in enumerate(items):
            last = place == len(items) - 1
            keys = set(item.mapping())
            if last and keys != {"else"}:
                raise item.error("the branches have no `else`", "end them with `- else: ...`")
            if not last and keys != {"if", "then"}:
                raise item.error(
                    "a branch has `if` and `then`; `else` is the last", "write `- if:` and `then:`"
                )
            condition = None if last else self._faults.condition(item.require("if"))
            target = self._target(item.require("else" if last else "then"))
            if last or condition is not None:
                found.append(Branch(condition, target))
        return tuple(found)

    def _target(self, node: Node) -> str:
        if isinstance(node.value, tuple):
            return self.sequence(node, after=None)
        target = node.text()
        self._jumps.append((node, target))
        return target


def _named(node: Node, pattern: re.Pattern[str], what: str) -> str:
    name = node.text()
    if not pattern.fullmatch(name):
        raise node.error(f"`{name}` cannot be the name of a {what}", "small letters, digits and _")
    return name


def _utter(node: Node) -> str:
    name = _named(node, NAME, "response")
    if not name.startswith("utter_"):
        raise node.error(f"`{name}` is no response", "its name begins with `utter_`")
    return name


def _action(node: Node) -> str:
    name = _named(node, NAME, "action")
    if name.startswith(("utter_", "answer_")):
        return name
    if name not in actions.ACTIONS:
        raise node.error(
            f"there is no action `{name}`", "`utter_...`, `answer_...`, or one of flows/README.md"
        )
    return name
