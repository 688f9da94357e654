"""Reads flow files into a library, or lists everything that is wrong in all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from bot.domain.events import Choice, SlotValue
from bot.domain.problems import Problem
from bot.domain.yaml_source import (
    Node,
    SourceError,
    is_left_by_an_editor,
    load_yaml,
    read_source,
    source_name,
)
from bot.flows import payloads
from bot.flows.definition import (
    CollectStep,
    Flow,
    FlowError,
    FlowLibrary,
    Response,
    Slot,
    SlotMapping,
    SlotType,
    Source,
    Step,
    Trigger,
    Variation,
)
from bot.flows.faults import Faults
from bot.flows.references import References
from bot.flows.steps import IDENTIFIER, NAME, read_steps


def load(files: Path | Mapping[str, str]) -> FlowLibrary:
    """Read all flow files: a directory, or texts by file name.

    Raises:
        FlowError: something is wrong; it lists all problems of all files.
    """
    faults = Faults()
    texts = _texts(files, faults) if isinstance(files, Path) else dict(files)
    source = json.dumps(
        {name: text.replace("\r\n", "\n") for name, text in sorted(texts.items())},
        ensure_ascii=False,
        indent=0,
    )
    reader = _LibraryReader(faults)
    for name, text in sorted(texts.items()):
        with faults.caught():
            reader.file(load_yaml(text, name))
    reader.check()
    if not reader.flows and not faults.found:
        faults.found.append(Problem("flows", 0, "there is no flow", "write flows/<name>.yml"))
    if faults.found:
        raise FlowError(faults.found)
    version = hashlib.sha256(source.encode()).hexdigest()[:16]
    return FlowLibrary(
        reader.flows, reader.slots, reader.responses, source, version, reader.successors
    )


def parse(source: str) -> FlowLibrary:
    """Read a library back from its `source`.

    Raises:
        FlowError: the text is no source of a library, or no longer one that this code reads.
    """
    try:
        texts = json.loads(source)
    except ValueError:
        texts = None
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise FlowError([Problem("source", 0, "not the source of a library", "store it unchanged")])
    return load(texts)


def _texts(root: Path, faults: Faults) -> dict[str, str]:
    texts: dict[str, str] = {}
    for path in sorted(root.rglob("*")):
        if is_left_by_an_editor(path.name):
            continue
        name = source_name(path, root)
        if path.suffix in {".yaml", ".json"}:
            faults.found.append(Problem(name, 0, "this file is not read", "name it `.yml`"))
        elif path.suffix == ".yml":
            with faults.caught():
                texts[name] = read_source(path, root)
    return texts


_FLOW_KEYS: Final = (
    "description",
    "name",
    "if",
    "nlu_trigger",
    "persisted_slots",
    "successors",
    "steps",
)
_FLOW_REFUSED: Final = {
    "translation": "texts stand in content/phrases: `name` is a key of theirs",
    "always_include_in_prompt": "there is no language model here: leave it out",
    "run_pattern_completed": "nothing is said after a flow by itself: leave it out",
}
_SLOT_KEYS: Final = ("type", "values", "initial_value", "mappings")
_SLOT_REFUSED: Final = {
    "validation": "use `rejections` of the question",
    "influence_conversation": "stories are not used here: leave it out",
    "shared_for_coexistence": "stories are not used here: leave it out",
}
_RESPONSE_REFUSED: Final = {
    "text": "texts stand in content/phrases: write `phrase: <key>`",
    "translation": "texts stand in content/phrases: write `phrase: <key>`",
    "channel": "channels render buttons themselves: leave it out",
    "image": "pictures are not sent: leave it out",
    "custom": "channels render messages themselves: leave it out",
    "metadata": "there is no language model here: leave it out",
}
_MAPPING_KEYS: Final[Mapping[Source, tuple[str, ...]]] = {
    Source.ENTITY: ("entity",),
    Source.INTENT: ("intent", "value"),
    Source.TEXT: (),
    Source.CONTROLLED: (),
}


class _LibraryReader:
    def __init__(self, faults: Faults) -> None:
        self.flows: dict[str, Flow] = {}
        self.slots: dict[str, Slot] = {}
        self.responses: dict[str, Response] = {}
        self._faults = faults
        self._conditions: list[tuple[Node, frozenset[str]]] = []
        self._active_flows: list[tuple[Node, str]] = []
        self._buttons: list[tuple[Node, payloads.SetSlots]] = []
        self.successors: dict[str, str] = {}
        self._heirs: list[tuple[Node, str | None]] = []

    def file(self, root: Node) -> None:
        """Read one file."""
        self._faults.unknown_keys(
            root, ("version", "flows", "slots", "responses", "successors"), {}
        )
        version = root.require("version")
        if version.value != "3.1":
            self._faults.add(version.error("this version is not read", 'write `version: "3.1"`'))
        for section, read in (
            ("slots", self._slot),
            ("responses", self._response),
            ("flows", self._flow),
        ):
            node = root.get(section)
            if node is None:
                continue
            with self._faults.caught():
                for name, item in node.items():
                    with self._faults.caught():
                        read(name, item, node.key_lines.get(name, item.line))
        if (heirs := root.get("successors")) is not None:
            with self._faults.caught():
                self._of_gone_flows(heirs)

    def check(self) -> None:
        """Check what only all files together can show: every name leads to something."""
        names = References(self.flows, self.slots, self.responses, self._faults)
        for flow in self.flows.values():
            names.check_flow(flow)
        for node, slots in self._conditions:
            names.check_slots(node, slots)
        for node, flow_id in self._active_flows:
            names.check_active_flow(node, flow_id)
        for node, payload in self._buttons:
            names.check_button(node, payload)
        for node, owner in self._heirs:
            names.check_successors(node, owner)

    def _flow(self, name: str, node: Node, line: int) -> None:
        if not IDENTIFIER.fullmatch(name):
            raise node.error(f"`{name}` cannot be the id of a flow", "letters, digits, _ and -")
        if name in self.flows:
            first = self.flows[name]
            raise SourceError(
                node.file, line, f"the flow `{name}` is there twice", f"see {_place(first)}"
            )
        self._faults.unknown_keys(node, _FLOW_KEYS, _FLOW_REFUSED)
        guard = node.get("if")
        label = node.get("name")
        triggers = node.get("nlu_trigger")
        persisted = node.get("persisted_slots")
        heirs = node.get("successors")
        if heirs is not None:
            self._heirs.append((heirs, name))
        before = len(self._faults.found)
        steps, first_step = read_steps(node.require("steps"), self._faults)
        condition = self._faults.condition(guard) if guard is not None else None
        if condition is not None and guard is not None:
            self._conditions.append((guard, condition.slots))
        if len(self._faults.found) == before:
            self._note_conditions(node.file, steps)
        self.flows[name] = Flow(
            id=name,
            file=node.file,
            line=line,
            description=node.require("description").text(),
            name=_name(label, "phrase") if label is not None else None,
            guard=condition,
            triggers=tuple(_trigger(item) for item in triggers.sequence()) if triggers else (),
            persisted=frozenset(persisted.texts()) if persisted else frozenset(),
            steps=steps,
            first=first_step,
            successors=_named_ids(heirs) if heirs is not None else {},
        )

    def _of_gone_flows(self, node: Node) -> None:
        for name, heir in _named_ids(node).items():
            if name in self.successors:
                raise node.key_error(name, f"the successor of `{name}` is there twice", "keep one")
            self.successors[name] = heir
        self._heirs.append((node, None))

    def _note_conditions(self, file: str, steps: Mapping[str, Step]) -> None:
        for step in steps.values():
            place = Node(file, step.line, None)
            for branch in step.branches:
                if branch.condition is not None:
                    self._conditions.append((place, branch.condition.slots))
            if isinstance(step, CollectStep):
                for rejection in step.rejections:
                    self._conditions.append((place, rejection.condition.slots))

    def _slot(self, name: str, node: Node, line: int) -> None:
        if not NAME.fullmatch(name):
            raise node.error(f"`{name}` cannot be a slot", "small letters, digits and _")
        if name in self.slots:
            first = self.slots[name]
            raise SourceError(
                node.file, line, f"the slot `{name}` is there twice", f"see {_place(first)}"
            )
        self._faults.unknown_keys(node, _SLOT_KEYS, _SLOT_REFUSED)
        told = node.require("type")
        if told.text() not in set(SlotType):
            raise told.error(
                f"slots of type `{told.text()}` are not known", f"one of: {', '.join(SlotType)}"
            )
        kind = SlotType(told.text())
        values = node.get("values")
        if (values is None) is (kind is SlotType.CATEGORICAL):
            raise node.error("`values` goes with `type: categorical`, and only with it", "mend it")
        mappings = node.require("mappings")
        bare = Slot(name, node.file, line, kind, values.texts() if values else ())
        initial = node.get("initial_value")
        self.slots[name] = Slot(
            name=name,
            file=node.file,
            line=line,
            type=kind,
            values=bare.values,
            initial=_fitting(bare, initial) if initial is not None else None,
            mappings=tuple(self._mapping(bare, item) for item in mappings.sequence()),
        )

    def _mapping(self, slot: Slot, node: Node) -> SlotMapping:
        told = node.require("type")
        if told.text() not in set(Source):
            raise told.error(
                f"mappings of type `{told.text()}` are not known", f"one of: {', '.join(Source)}"
            )
        source = Source(told.text())
        self._faults.unknown_keys(node, ("type", "conditions", *_MAPPING_KEYS[source]), {})
        needed = {key: node.require(key) for key in _MAPPING_KEYS[source]}
        conditions = node.get("conditions")
        return SlotMapping(
            source=source,
            entity=_name(needed["entity"], "entity") if "entity" in needed else None,
            intent=_name(needed["intent"], "intent") if "intent" in needed else None,
            value=_fitting(slot, needed["value"]) if "value" in needed else None,
            active_flows=frozenset(self._active(conditions)) if conditions else frozenset(),
        )

    def _active(self, node: Node) -> Iterable[str]:
        for item in node.sequence():
            self._faults.unknown_keys(item, ("active_flow",), {})
            flow = item.require("active_flow")
            self._active_flows.append((flow, flow.text()))
            yield flow.text()

    def _response(self, name: str, node: Node, line: int) -> None:
        if not NAME.fullmatch(name) or not name.startswith("utter_"):
            raise SourceError(
                node.file, line, f"`{name}` cannot be a response", "it begins with `utter_`"
            )
        if name in self.responses:
            first = self.responses[name]
            raise SourceError(
                node.file, line, f"the response `{name}` is there twice", f"see {_place(first)}"
            )
        variations = tuple(self._variation(item) for item in node.sequence())
        if not variations or variations[-1].condition is not None:
            raise node.error(
                "no variation is left when no condition holds", "end with one without `condition`"
            )
        if any(variation.condition is None for variation in variations[:-1]):
            raise node.error(
                "a variation without `condition` hides those after it", "put it at the end"
            )
        self.responses[name] = Response(name, node.file, line, variations)

    def _variation(self, node: Node) -> Variation:
        self._faults.unknown_keys(node, ("condition", "phrase", "buttons"), _RESPONSE_REFUSED)
        told = node.get("condition")
        condition = self._faults.condition(told) if told is not None else None
        if told is not None and condition is None:
            # The condition is refused already; an empty one would hide the variations after it.
            raise node.error("the variation has no condition that can be read", "mend it")
        if told is not None and condition is not None:
            self._conditions.append((told, condition.slots))
        buttons = node.get("buttons")
        choices = [self._button(item) for item in buttons.sequence()] if buttons else []
        return Variation(
            condition, _name(node.require("phrase"), "phrase"), tuple(choices), node.line
        )

    def _button(self, node: Node) -> Choice:
        self._faults.unknown_keys(node, ("title", "payload"), _RESPONSE_REFUSED)
        told = node.require("payload")
        payload = payloads.read(told.text())
        if payload is None:
            raise told.error(
                "this payload is not understood",
                f"`/SetSlots(a=b)`, `/intent` or `/answer(topic)`, {payloads.MAX_BYTES} bytes",
            )
        if isinstance(payload, payloads.SetSlots):
            self._buttons.append((told, payload))
        return Choice(told.text(), phrase=_name(node.require("title"), "phrase"))


def _trigger(node: Node) -> Trigger:
    item = node.require("intent")
    unknown = node.unknown_keys("intent")
    if unknown:
        raise unknown[0]
    if isinstance(item.value, str):
        return Trigger(_name(item, "intent"))
    unknown = item.unknown_keys("name", "confidence_threshold")
    if unknown:
        raise unknown[0]
    limit = item.get("confidence_threshold")
    if limit is None:
        return Trigger(_name(item.require("name"), "intent"))
    number = limit.value
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
        raise limit.error("a threshold lies between 0 and 1", "write for example 0.6")
    return Trigger(_name(item.require("name"), "intent"), float(number))


def _name(node: Node, what: str) -> str:
    name = node.text()
    if not NAME.fullmatch(name):
        raise node.error(f"`{name}` cannot be the name of a {what}", "small letters, digits and _")
    return name


def _named_ids(node: Node) -> dict[str, str]:
    return {name: heir.text() for name, heir in node.items()}


def _fitting(slot: Slot, node: Node) -> SlotValue:
    value = slot.accept(node.scalar())
    if value is None:
        raise node.error(f"the slot `{slot.name}` does not take this value", f"it is a {slot.type}")
    return value


def _place(found: Flow | Slot | Response) -> str:
    return f"{found.file}:{found.line}"
