"""Reads the ledger: what Telegram gave, what was confirmed, and what the bot asked of it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.telegram_simulator.wire import JsonObject


@dataclass(frozen=True)
class UpdateEntry:
    """One update, as it was made, given or confirmed."""

    sequence: int
    time: float
    monotonic: float
    update_id: int
    kind: str
    chat_id: int | None
    via: str
    attempt: int
    update: JsonObject = field(repr=False)


@dataclass(frozen=True)
class CallEntry:
    """One call of a method, with the answer it got."""

    sequence: int
    time: float
    monotonic: float
    method: str
    parameters: JsonObject
    chat_id: int | str | None
    accepted: bool
    answered: bool
    fault: str | None
    answer: JsonObject

    @property
    def message_id(self) -> int | None:
        result = self.answer.get("result")
        found = result.get("message_id") if isinstance(result, dict) else None
        return found if isinstance(found, int) else None


class Ledger:
    """The ledger at a path; every question reads the file afresh, so it may still be growing."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def lines(self) -> Iterator[JsonObject]:
        """Every whole line; a last line still being written is left for the next reading."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                if line.endswith("\n"):
                    yield json.loads(line)

    def updates_created(self) -> list[UpdateEntry]:
        return [_update(line) for line in self._events("update_created")]

    def updates_given(self) -> list[UpdateEntry]:
        """Each time an update was handed out, so repeats appear again."""
        return [_update(line) for line in self._events("update_given")]

    def updates_confirmed(self) -> list[UpdateEntry]:
        return [_update(line) for line in self._events("update_confirmed")]

    def updates_expired(self) -> list[UpdateEntry]:
        return [_update(line) for line in self._events("update_expired")]

    def confirmed_ids(self) -> set[int]:
        return {entry.update_id for entry in self.updates_confirmed()}

    def unconfirmed_ids(self) -> set[int]:
        """Given at least once and never acknowledged."""
        return {entry.update_id for entry in self.updates_given()} - self.confirmed_ids()

    def times_given(self) -> Counter[int]:
        return Counter(entry.update_id for entry in self.updates_given())

    def calls(self, method: str | None = None, *, accepted: bool | None = None) -> list[CallEntry]:
        """Calls in the order received; names compare without case, as in the API."""
        found = [_call(line) for line in self._events("call")]
        if method is not None:
            found = [call for call in found if call.method.lower() == method.lower()]
        if accepted is not None:
            found = [call for call in found if call.accepted is accepted]
        return found

    def delivered(self, chat_id: int) -> list[CallEntry]:
        """What reached a chat, in order, whether or not the bot was told so."""
        return [
            call
            for call in self.calls(accepted=True)
            if call.chat_id == chat_id and _makes_a_message(call.method)
        ]

    def texts_delivered(self, chat_id: int) -> list[str]:
        return [
            str(call.parameters.get("text", call.parameters.get("caption", "")))
            for call in self.delivered(chat_id)
        ]

    def updates_of_chat(self, chat_id: int) -> list[UpdateEntry]:
        return [entry for entry in self.updates_created() if entry.chat_id == chat_id]

    def answered_in_time(self, within: float) -> float:
        """The share of updates confirmed within this many seconds of being given."""
        given = {entry.update_id: entry.monotonic for entry in reversed(self.updates_given())}
        confirmed = [entry for entry in self.updates_confirmed() if entry.update_id in given]
        if not confirmed:
            return 1.0
        return sum(entry.monotonic - given[entry.update_id] <= within for entry in confirmed) / len(
            confirmed
        )

    def retry_after_broken(self, on_its_way: float = 0.5) -> int:
        """How many calls came before the wait that a 429 had asked for was over.

        Not those of the first `on_its_way` seconds: they were sent before anybody could know.
        """
        return sum(found["after"] >= on_its_way for found in self._events("retry_after_broken"))

    def violations(self) -> list[str]:
        return [str(line["what"]) for line in self._events("violation")]

    def _events(self, name: str) -> Iterator[JsonObject]:
        return (line for line in self.lines() if line["event"] == name)


def _makes_a_message(method: str) -> bool:
    return method.startswith(("send", "copy", "forward")) and method != "sendChatAction"


def _update(line: JsonObject) -> UpdateEntry:
    return UpdateEntry(
        sequence=line["seq"],
        time=line["time"],
        monotonic=line["monotonic"],
        update_id=line["update_id"],
        kind=line["kind"],
        chat_id=line["chat_id"],
        via=line.get("via", ""),
        attempt=line.get("attempt", 0),
        update=line.get("update", {}),
    )


def _call(line: JsonObject) -> CallEntry:
    return CallEntry(
        sequence=line["seq"],
        time=line["time"],
        monotonic=line["monotonic"],
        method=line["method"],
        parameters=line["parameters"],
        chat_id=line["chat_id"],
        accepted=line["accepted"],
        answered=line["answered"],
        fault=line["fault"],
        answer=line["answer"],
    )
