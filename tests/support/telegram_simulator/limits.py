"""Telegram's limits on sending, to be switched on: overall, per chat, and per group."""

from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.support.telegram_simulator.clock import SimulatorClock
from tests.support.telegram_simulator.errors import too_many_requests
from tests.support.telegram_simulator.recording import LedgerWriter

EVERYWHERE = "everywhere"


@dataclass
class Limits:
    """What may be sent in which time; off until switched on."""

    clock: SimulatorClock
    ledger: LedgerWriter
    enabled: bool = False
    per_second: int = 30
    chat_burst: int = 3
    """How many messages one chat takes at once before it is held to one a second."""
    group_per_minute: int = 20
    refused: int = 0
    broken_retry_after: int = 0
    """Calls that came before the wait asked for was over."""
    _overall: deque[float] = field(default_factory=deque)
    _tokens: dict[int, tuple[float, float]] = field(default_factory=dict)
    _groups: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _wait_until: dict[int | str, float] = field(default_factory=dict)
    _told_at: dict[int | str, float] = field(default_factory=dict)

    def enable(
        self, *, per_second: int = 30, chat_burst: int = 3, group_per_minute: int = 20
    ) -> None:
        self.enabled = True
        self.per_second = per_second
        self.chat_burst = chat_burst
        self.group_per_minute = group_per_minute

    def disable(self) -> None:
        self.enabled = False

    def ask_to_wait(self, seconds: float, chat_id: int | None = None) -> None:
        """Remember a wait that was asked for, so that calls which break it are counted."""
        scope = EVERYWHERE if chat_id is None else chat_id
        if self._left(scope) == 0:
            self._told_at[scope] = self.clock.now()  # told again while it lasts, it is one wait
        self._wait_until[scope] = self.clock.now() + seconds

    def note_early_call(self, method: str, chat_id: int | None) -> float:
        """Count a call that comes too early; the seconds it should still have waited."""
        scopes: list[int | str] = [EVERYWHERE] if chat_id is None else [EVERYWHERE, chat_id]
        scope = max(scopes, key=self._left)
        left = self._left(scope)
        if left > 0:
            self.broken_retry_after += 1
            self.ledger.write(
                "retry_after_broken",
                method=method,
                chat_id=chat_id,
                early_by=round(left, 3),
                after=round(self.clock.now() - self._told_at[scope], 3),
            )
        return left

    def check(self, chat_id: int, *, group: bool) -> None:
        """Let one message through or refuse it with the wait that would have done."""
        if not self.enabled:
            return
        now = self.clock.now()
        wait, scope = self._wait(chat_id, now, group=group)
        if wait > 0:
            error = too_many_requests(wait)
            self.refused += 1
            self.ask_to_wait(error.retry_after or wait, None if scope == EVERYWHERE else chat_id)
            raise error
        self._overall.append(now)
        tokens, _ = self._tokens_now(chat_id, now)
        self._tokens[chat_id] = (tokens - 1, now)
        if group:
            self._groups[chat_id].append(now)

    def _wait(self, chat_id: int, now: float, *, group: bool) -> tuple[float, int | str]:
        pending = max((self._left(EVERYWHERE), EVERYWHERE), (self._left(chat_id), "chat"))
        if pending[0] > 0:
            return pending
        _forget(self._overall, now - 1)
        if len(self._overall) >= self.per_second:
            return self._overall[0] + 1 - now, EVERYWHERE
        if group:
            minute = self._groups[chat_id]
            _forget(minute, now - 60)
            if len(minute) >= self.group_per_minute:
                return minute[0] + 60 - now, chat_id
        tokens, _ = self._tokens_now(chat_id, now)
        return (0.0, chat_id) if tokens >= 1 else (1 - tokens, chat_id)

    def _tokens_now(self, chat_id: int, now: float) -> tuple[float, float]:
        tokens, since = self._tokens.get(chat_id, (float(self.chat_burst), now))
        return min(float(self.chat_burst), tokens + now - since), now

    def _left(self, scope: int | str) -> float:
        return max(0.0, self._wait_until.get(scope, 0.0) - self.clock.now())


def _forget(moments: deque[float], before: float) -> None:
    while moments and moments[0] <= before:
        moments.popleft()
