"""Checks calls and objects against the official schema, if it lies beside the checkout."""

import json
import re
import sys
from functools import cache
from pathlib import Path

from tests.support.telegram_simulator.arguments import Call
from tests.support.telegram_simulator.wire import JsonObject

SCHEMA_FILE = Path(__file__).resolve().parents[4] / "shared" / "telegram" / "bot-api-10.2.json"
BOOLEAN_WORDS = frozenset({"true", "false", "yes", "no", "1", "0"})
WHOLE = re.compile(r"-?\d+")
ALTERNATIVES = re.compile(r"^\s*- (\w+)", re.MULTILINE)
SEPARATOR = re.compile(r", | and | or ")


@cache
def load_schema() -> "Schema | None":
    """The schema, or nothing, which is said once."""
    if not SCHEMA_FILE.is_file():
        print(  # noqa: T201  # for whoever sits at the terminal
            f"No schema of Telegram at {SCHEMA_FILE}: calls go unchecked", file=sys.stderr
        )  # said once, to whoever runs the tests
        return None
    return Schema(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


class Schema:
    """Methods and types as the official documentation has them."""

    def __init__(self, document: JsonObject) -> None:
        self._methods: JsonObject = document["methods"]
        self._types: JsonObject = document["types"]
        self._names = {name.lower(): name for name in self._methods}

    def check_call(self, call: Call) -> list[str]:
        """What is wrong with a call, in words; nothing when it is as documented."""
        name = self._names.get(call.method.lower())
        if name is None:
            return [f"{call.method}: unknown method"]
        known = self._methods[name]["parameters"]
        attached = {
            value.removeprefix("attach://")
            for value in _strings(call.parameters)
            if value.startswith("attach://")
        }
        given = (*call.parameters, *(upload for upload in call.uploads if upload not in attached))
        wrong = [f"{name}: unknown parameter {one}" for one in given if one not in known]
        for parameter, facts in known.items():
            where = f"{name}.{parameter}"
            if facts["required"] and not call.has(parameter):
                wrong.append(f"{where}: required and missing")
            elif parameter in call.uploads:
                if "InputFile" not in facts["type"]:
                    wrong.append(f"{where}: a file where {facts['type']} is due")
            elif parameter in call.parameters:
                wrong += self._check_parameter(
                    facts["type"], call.parameters[parameter], where, typed=call.typed
                )
        return wrong

    def check_object(self, kind: str, value: object, where: str = "") -> list[str]:
        """What is wrong with an object that should be of this type."""
        where = where or kind
        if " or " in kind or (", " in kind and not kind.startswith("Array of ")):
            return self._check_any([part for part in SEPARATOR.split(kind) if part], value, where)
        if kind.startswith("Array of "):
            return self._check_array(kind.removeprefix("Array of "), value, where)
        simple = _check_simple(kind, value, where)
        if simple is not None:
            return simple
        return self._check_structure(kind, value, where)

    def _check_parameter(self, kind: str, value: object, where: str, *, typed: bool) -> list[str]:
        if typed or not isinstance(value, str):
            return self.check_object(kind, value, where)
        kinds = SEPARATOR.split(kind)
        if "String" in kinds:
            return []
        if kind == "Integer":
            return [] if WHOLE.fullmatch(value) else [f"{where}: {value!r} is no Integer"]
        if kind == "Boolean":
            return [] if value.lower() in BOOLEAN_WORDS else [f"{where}: {value!r} is no Boolean"]
        try:
            decoded = json.loads(value)
        except ValueError:
            return [f"{where}: {value!r} is not the JSON of {kind}"]
        return self.check_object(kind, decoded, where)

    def _check_any(self, kinds: list[str], value: object, where: str) -> list[str]:
        complaints = [self.check_object(kind, value, where) for kind in kinds]
        if not complaints or any(not complaint for complaint in complaints):
            return []
        return min(complaints, key=len)

    def _check_array(self, kind: str, value: object, where: str) -> list[str]:
        if not isinstance(value, list):
            return [f"{where}: no array"]
        return [
            wrong
            for index, item in enumerate(value)
            for wrong in self.check_object(kind, item, f"{where}[{index}]")
        ]

    def _check_structure(self, kind: str, value: object, where: str) -> list[str]:
        facts = self._types.get(kind)
        if facts is None:
            return [f"{where}: unknown type {kind}"]
        fields: JsonObject = facts["fields"]
        alternatives = [
            name for name in ALTERNATIVES.findall(facts["description"]) if name in self._types
        ]
        if not fields and alternatives:
            return self._check_any(alternatives, value, where)
        if not isinstance(value, dict):
            return [f"{where}: no {kind}"]
        wrong = [f"{where}.{name}: unknown field of {kind}" for name in value if name not in fields]
        for name, field in fields.items():
            if name in value:
                wrong += self.check_object(field["type"], value[name], f"{where}.{name}")
                wrong += _check_constant(field["description"], value[name], f"{where}.{name}")
            elif field["required"]:
                wrong.append(f"{where}.{name}: required in {kind} and missing")
        return wrong


def _check_simple(kind: str, value: object, where: str) -> list[str] | None:
    """For the types that JSON knows; None for those that it does not."""
    right = {
        "Integer": isinstance(value, int) and not isinstance(value, bool),
        "Float": isinstance(value, int | float) and not isinstance(value, bool),
        "String": isinstance(value, str),
        "Boolean": isinstance(value, bool),
        "True": value is True,
        "InputFile": False,
    }.get(kind)
    if right is None:
        return None
    return [] if right else [f"{where}: {value!r} is no {kind}"]


def _check_constant(description: str, value: object, where: str) -> list[str]:
    """Discriminating fields say which one value they always have."""
    match = re.search(r"(?:, always|must be) \W?(\w+)\W?\.?$", description)
    if match is None or not isinstance(value, str) or value == match.group(1):
        return []
    return [f"{where}: {value!r} instead of {match.group(1)!r}"]


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        if value.startswith(("{", "[")):
            return re.findall(r"attach://[\w.-]+", value)
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _strings(item)]
    return [text for item in value for text in _strings(item)] if isinstance(value, list) else []
