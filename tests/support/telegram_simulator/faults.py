"""What goes wrong on demand: refusals, time-outs, resets, outages and odd updates."""

import random
from dataclasses import dataclass, field
from enum import StrEnum

from tests.support.telegram_simulator.clock import SimulatorClock
from tests.support.telegram_simulator.updates import UpdateQueue

ANY = "*"
DEFAULT_HANG = 75.0


class FaultKind(StrEnum):
    """How a call goes wrong."""

    REFUSE = "refuse"
    TIME_OUT_BEFORE = "time_out_before"
    TIME_OUT_AFTER = "time_out_after"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"


@dataclass
class Fault:
    """Something that goes wrong with the next calls of a method."""

    kind: FaultKind
    method: str = ANY
    times: int = 1
    code: int = 500
    description: str | None = None
    retry_after: int | None = None
    hang_seconds: float = DEFAULT_HANG
    html: bool = False
    """Answer with a proxy's HTML page instead of JSON."""
    chat_id: int | None = None
    """Only calls to this chat."""

    @property
    def accepts(self) -> bool:
        return self.kind in {FaultKind.TIME_OUT_AFTER, FaultKind.RESET_AFTER}

    @property
    def name(self) -> str:
        return f"refuse {self.code}" if self.kind is FaultKind.REFUSE else str(self.kind)

    def strikes(self, method: str, chat_id: int | None) -> bool:
        same = self.method in {ANY, method} or self.method.lower() == method.lower()
        return self.times > 0 and same and self.chat_id in {None, chat_id}


@dataclass
class RandomFaults:
    """A share of the calls goes wrong, in ways drawn with a seed."""

    share: float
    faults: list[Fault]
    methods: frozenset[str]
    chance: random.Random

    def draw(self, method: str) -> Fault | None:
        if (self.methods and method not in self.methods) or self.chance.random() >= self.share:
            return None
        return self.chance.choice(self.faults)


@dataclass
class Faults:
    """The faults now in force; a test sets them and takes them away."""

    clock: SimulatorClock
    updates: UpdateQueue
    struck: int = 0
    """How many calls a fault has hit: the proof that it took place."""
    _planned: list[Fault] = field(default_factory=list)
    _random: RandomFaults | None = None
    _down_until: float = 0.0

    def fail(
        self,
        method: str = ANY,
        code: int = 500,
        *,
        times: int = 1,
        description: str | None = None,
        retry_after: int | None = None,
        html: bool = False,
        chat_id: int | None = None,
    ) -> None:
        """The next calls are refused with this status code."""
        self.plan(
            Fault(
                FaultKind.REFUSE,
                method,
                times,
                code=code,
                description=description,
                retry_after=retry_after,
                html=html,
                chat_id=chat_id,
            )
        )

    def time_out_before(
        self, method: str = ANY, *, times: int = 1, hang_seconds: float = DEFAULT_HANG
    ) -> None:
        """The next calls hang and then lose their connection; nothing of them takes effect."""
        self.plan(Fault(FaultKind.TIME_OUT_BEFORE, method, times, hang_seconds=hang_seconds))

    def time_out_after(
        self, method: str = ANY, *, times: int = 1, hang_seconds: float = DEFAULT_HANG
    ) -> None:
        """The next calls take effect, but their answers never come."""
        self.plan(Fault(FaultKind.TIME_OUT_AFTER, method, times, hang_seconds=hang_seconds))

    def reset_connection(
        self, method: str = ANY, *, times: int = 1, after_acceptance: bool = False
    ) -> None:
        """The next calls get a TCP reset instead of an answer."""
        self.plan(
            Fault(
                FaultKind.RESET_AFTER if after_acceptance else FaultKind.RESET_BEFORE, method, times
            )
        )

    def plan(self, fault: Fault) -> None:
        self._planned.append(fault)

    def fail_share(
        self, share: float, faults: list[Fault], *, methods: list[str] | None = None, seed: int = 0
    ) -> None:
        """From now on this share of calls goes wrong, in ways drawn from the list."""
        chance = random.Random(seed)  # repeatable on purpose
        self._random = RandomFaults(share, faults, frozenset(methods or ()), chance)

    def go_down(self, seconds: float = 1e9) -> None:
        """All calls fail with 502, and no webhook is called, for this long."""
        self._down_until = self.clock.now() + seconds

    def come_back(self) -> None:
        self._down_until = 0.0

    @property
    def down(self) -> bool:
        return self.clock.now() < self._down_until

    def duplicate_updates(self, copies: int = 2, most: int | None = None, *, seed: int = 0) -> None:
        """Updates made from now on are given this often, or between `copies` and `most` times."""
        disturbances = self.updates.disturbances
        disturbances.copies, disturbances.most_copies = copies, max(copies, most or copies)
        disturbances.chance = random.Random(seed)  # repeatable on purpose

    def reorder_updates(self, window: int = 2, *, hold_seconds: float = 0.5) -> None:
        """Give each so many updates last first; a window that does not fill is let go."""
        self.updates.disturbances.window = window
        self.updates.disturbances.hold_seconds = hold_seconds

    def skip_update_ids(self, count: int) -> None:
        """Leave a gap in the numbers of updates."""
        self.updates.next_id += count

    def restart_update_ids(self, at: int) -> None:
        """Number the coming updates from here on, above or below what was."""
        self.updates.restart_ids(at)

    def clear(self) -> None:
        """Everything works again."""
        self._planned.clear()
        self._random = None
        self._down_until = 0.0
        disturbances = self.updates.disturbances
        disturbances.copies = disturbances.most_copies = disturbances.window = 1
        self.updates.release_held()

    def next_for(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that hits this call, used up by one."""
        if self.down:
            self.struck += 1
            return Fault(FaultKind.REFUSE, code=502)
        for fault in self._planned:
            if fault.strikes(method, chat_id):
                fault.times -= 1
                self.struck += 1
                self._planned = [planned for planned in self._planned if planned.times > 0]
                return fault
        drawn = self._random.draw(method) if self._random else None
        self.struck += drawn is not None
        return drawn
