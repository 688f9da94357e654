"""A circuit breaker: after a run of failures, leave a server alone for a while."""

from __future__ import annotations

from collections.abc import Callable

FAILURES = 5
"""How many failures in a row open the circuit."""

REST = 15.0
"""Seconds for which an open circuit lets nothing through."""


class Breaker:
    """Closed: calls pass. Open: none does. After the rest one call is tried, and decides.

    `clock` gives seconds that only grow; a test hands in its own.
    """

    def __init__(
        self, clock: Callable[[], float], *, failures: int = FAILURES, rest: float = REST
    ) -> None:
        """Start closed."""
        self._clock = clock
        self._limit = failures
        self._rest = rest
        self._failures = 0
        self._shut_until: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether the server is being left alone."""
        return self._shut_until is not None

    def may_call(self) -> bool:
        """Whether a call may be made now; a caller told so must report how it ended."""
        if self._shut_until is None:
            return True
        if self._trying or self._clock() < self._shut_until:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        """The call was answered well: close."""
        self._failures = 0
        self._shut_until = None
        self._trying = False

    def failed(self) -> None:
        """The call failed: open if that is the last straw, or if it was the trial."""
        self._failures += 1
        if self._trying or self._failures >= self._limit:
            self._shut_until = self._clock() + self._rest
        self._trying = False

    def abandoned(self) -> None:
        """The call was given up by the caller; it says nothing about the server."""
        self._trying = False
