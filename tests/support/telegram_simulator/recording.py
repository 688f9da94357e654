"""Writes the ledger: one JSON line for every update given and every call received."""

import json
import time
from pathlib import Path
from typing import TextIO

from tests.support.telegram_simulator.clock import SimulatorClock
from tests.support.telegram_simulator.wire import JsonObject


class LedgerWriter:
    """Appends to the ledger on disk, line by line, so that it outlives what it watches."""

    def __init__(self, path: Path, clock: SimulatorClock) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._clock = clock
        self._sequence = 0
        self._file: TextIO = path.open("a", encoding="utf-8")

    def write(self, event: str, **facts: object) -> None:
        if self._file.closed:
            return
        self._sequence += 1
        line: JsonObject = {
            "seq": self._sequence,
            "time": round(self._clock.now(), 6),
            "monotonic": round(time.monotonic(), 6),
            "event": event,
            **facts,
        }
        self._file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()
