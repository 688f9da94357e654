"""Structured logs that hold a constant event and identifiers, never text, names or addresses."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

FIELDS = frozenset(
    {
        "event", "level", "time", "case", "conversation", "message", "job", "task", "channel",
        "kind", "tier", "decision", "failure", "cause", "seconds", "count", "attempt", "status",
        "method", "route", "engine", "version", "epoch", "language", "where", "library", "host",
        "port", "state",
    }
)  # fmt: skip
"""All that a log line may hold. A field that is not here is dropped, and its name is shown."""

_Event = MutableMapping[str, Any]


def configure(level: str = "INFO") -> None:
    """Send our events, and a bare trace of every library's, to standard error as JSON lines."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _only_known_fields,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.WriteLoggerFactory(_Unfailing(sys.stderr)),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    logging.raiseExceptions = False  # or a record that can't be written is printed with its text
    handler = logging.StreamHandler(_Unfailing(sys.stderr))
    handler.setFormatter(_LibraryFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    for name in logging.Logger.manager.loggerDict:  # libraries that brought handlers of their own
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread
    sys.unraisablehook = _log_unraisable


def get() -> structlog.typing.FilteringBoundLogger:
    """The logger of the project: `logs.get().info("event_name", conversation=...)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger


def where(error: BaseException) -> str:
    """The class of an error and the last place of ours it passed, without its message.

    The message is left out because libraries quote what they were given in it.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/bot/" in frame.filename] or list(frames)
    place = f" at {ours[-1].filename.rpartition('/bot/')[2]}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}"


def _only_known_fields(_logger: object, _name: str, event: _Event) -> _Event:
    unknown = sorted(set(event) - FIELDS)
    for name in unknown:
        del event[name]
    if unknown:
        event["dropped"] = unknown
    return event


def _log_uncaught(kind: type[BaseException], error: BaseException, _trace: object) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    get().error("uncaught", cause=where(error))


def _log_uncaught_in_thread(given: threading.ExceptHookArgs) -> None:
    if given.exc_value is not None and not issubclass(given.exc_type, SystemExit):
        get().error("uncaught", cause=where(given.exc_value))


def _log_unraisable(given: sys.UnraisableHookArgs) -> None:
    """An error where nobody can catch it, as in `__del__`; Python would print it and the object."""
    if given.exc_value is not None:
        get().error("uncaught", cause=where(given.exc_value))


class _Unfailing:
    """A stream that drops what cannot be written.

    A full disk, or a log reader that died, must not undo the storing of a call for help.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, or drop."""
        with contextlib.suppress(OSError, ValueError):  # ValueError: it was closed
            self._stream.write(text)

    def flush(self) -> None:
        """Flush, or leave it."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


class _LibraryFormatter(logging.Formatter):
    """Of a library's record: who, where, how bad and which error, never its message.

    Procrastinate logs every argument of a job, aiogram whole updates, pydantic the input
    that it refuses (shared/threats.md, trial T5); no list of bad messages is ever complete.
    """

    def format(self, record: logging.LogRecord) -> str:
        event: _Event = {
            "event": "library_event",
            "level": record.levelname.lower(),
            "library": record.name,
            "where": f"{record.module}:{record.lineno}",
        }
        if record.exc_info and record.exc_info[1] is not None:
            event["cause"] = where(record.exc_info[1])
        rendered = structlog.processors.JSONRenderer(ensure_ascii=True)(None, "", event)
        return rendered if isinstance(rendered, str) else rendered.decode()
