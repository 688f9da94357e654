"""The queue of updates: numbered, kept until confirmed, expired as Telegram expires them."""

import asyncio
import copy
import heapq
import random
from dataclasses import dataclass, field

from tests.support.telegram_simulator.clock import Signal, SimulatorClock
from tests.support.telegram_simulator.recording import LedgerWriter
from tests.support.telegram_simulator.wire import JsonObject

DAY = 86_400
PRESS_LIFETIME = 150
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
FIRST_UPDATE_ID = 712_000_001


@dataclass(eq=False)
class PendingUpdate:
    """An update that waits to be confirmed."""

    update_id: int
    kind: str
    payload: JsonObject
    queue: str
    """Updates of one queue are given to a webhook one after the other."""
    chat_id: int | None
    expires_at: float
    copies: int = 1
    given: int = 0

    def as_json(self) -> JsonObject:
        return {"update_id": self.update_id, self.kind: self.payload}


@dataclass
class Disturbances:
    """What is wrong with the stream of updates just now."""

    copies: int = 1
    most_copies: int = 1
    chance: random.Random = field(default_factory=lambda: random.Random(0))  # repeatable on purpose
    window: int = 1
    hold_seconds: float = 0.5
    held: list[PendingUpdate] = field(default_factory=list)

    def copies_of_next(self) -> int:
        return self.chance.randint(self.copies, self.most_copies)


class UpdateQueue:
    """Everything that the bot has not confirmed yet."""

    def __init__(self, clock: SimulatorClock, ledger: LedgerWriter) -> None:
        self.undelivered: list[PendingUpdate] = []
        """What the webhook has not sorted into its queues yet."""
        self.repeats: list[PendingUpdate] = []
        self.disturbances = Disturbances()
        self.allowed: frozenset[str] | None = None
        self.arrived = Signal()
        self.left = Signal()
        self.next_id = FIRST_UPDATE_ID
        self.by_webhook = False
        self._waiting: dict[int, PendingUpdate] = {}
        self._earliest_expiry = float("inf")
        self._clock = clock
        self._ledger = ledger

    @property
    def pending(self) -> list[PendingUpdate]:
        """What is not confirmed yet, in the order of its arrival."""
        return list(self._waiting.values())

    def waits(self, update: PendingUpdate) -> bool:
        return id(update) in self._waiting

    def push(self, kind: str, payload: JsonObject, *, queue: str, chat_id: int | None) -> None:
        """Queue an update, if the bot asked for its kind."""
        if kind in NOT_BY_DEFAULT if self.allowed is None else kind not in self.allowed:
            return
        lifetime = PRESS_LIFETIME if kind == "callback_query" else DAY
        update = PendingUpdate(
            update_id=0,
            kind=kind,
            payload=copy.deepcopy(payload),
            queue=queue,
            chat_id=chat_id,
            expires_at=self._clock.now() + lifetime,
            copies=self.disturbances.copies_of_next(),
        )
        if self.by_webhook or self.disturbances.window <= 1:
            self._number(update)
        self.disturbances.held.append(update)
        if len(self.disturbances.held) >= self.disturbances.window:
            self.release_held()
        else:
            asyncio.get_running_loop().call_later(self.disturbances.hold_seconds, self.release_held)

    def release_held(self) -> None:
        """Let the updates of an unfinished window go, last come first."""
        held, self.disturbances.held = self.disturbances.held, []
        for update in reversed(held) if len(held) > 1 else held:
            if not update.update_id:
                self._number(update)
            self._waiting[id(update)] = update
            if self.by_webhook:
                self.undelivered.append(update)
            self._earliest_expiry = min(self._earliest_expiry, update.expires_at)
        if held:
            self.arrived.notify()

    def restart_ids(self, at: int) -> None:
        """Go on from another number, as Telegram does after a week of silence."""
        self.next_id = at

    def confirm_below(self, offset: int) -> None:
        confirmed = [update for update in self.pending if update.update_id < offset]
        for update in confirmed:
            self.confirm(update, via="polling")

    def confirm(self, update: PendingUpdate, via: str) -> None:
        if self._waiting.pop(id(update), None) is None:
            return
        self._write("update_confirmed", update, via)
        self.left.notify()
        if via == "polling" and update.copies > 1:
            update.copies -= 1
            self.repeats.append(update)
            self.arrived.notify()

    def keep_last(self, count: int) -> None:
        """A negative offset: forget all but the last few."""
        for update in self.pending[:-count]:
            self.confirm(update, via="polling")

    def take(self, limit: int) -> list[PendingUpdate]:
        """The next updates to give by polling: repeats first, so that offsets never run back."""
        self.expire()
        repeats, self.repeats = self.repeats[:limit], self.repeats[limit:]
        room = limit - len(repeats)
        fresh = heapq.nsmallest(room, self._waiting.values(), key=lambda update: update.update_id)
        self._repeat_later(repeats)
        taken = [*repeats, *fresh]
        for update in taken:
            self.mark_given(update, via="polling")
        return taken

    def mark_given(self, update: PendingUpdate, via: str) -> None:
        update.given += 1
        self._write("update_given", update, via)

    def expire(self) -> None:
        now = self._clock.now()
        if now < self._earliest_expiry:
            return
        for update in [update for update in self.pending if update.expires_at <= now]:
            del self._waiting[id(update)]
            self._write("update_expired", update, "")
            self.left.notify()
        self._earliest_expiry = min(
            (update.expires_at for update in self._waiting.values()), default=float("inf")
        )

    def drop_all(self) -> None:
        for update in self.pending:
            self._write("update_dropped", update, "")
        self._waiting.clear()
        self.repeats.clear()

    def _repeat_later(self, repeats: list[PendingUpdate]) -> None:
        for update in repeats:
            update.copies -= 1
            if update.copies >= 1:
                self.repeats.append(update)

    def _number(self, update: PendingUpdate) -> None:
        update.update_id = self.next_id
        self.next_id += 1
        self._write("update_created", update, "")

    def _write(self, event: str, update: PendingUpdate, via: str) -> None:
        facts: JsonObject = {} if event == "update_confirmed" else {"update": update.as_json()}
        self._ledger.write(
            event,
            update_id=update.update_id,
            kind=update.kind,
            chat_id=update.chat_id,
            via=via,
            attempt=update.given,
            **facts,
        )
