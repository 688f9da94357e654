"""Whether the line works, for machines: `/healthz` and `/metrics`. Counts only, no ids.

They stand at the port of the web chat, which strangers reach: how many cases there are and how long
they wait would tell whoever holds people when help is slow, and that somebody has just called. So a
stranger learns of `/healthz` whether this process can serve, as a container's check and a balancer
have to, and of `/metrics` nothing. All else is for who shows `HELPLINE_METRICS_TOKEN`; while none
is set, for whoever sits at this machine, as long as nobody else can come in. Behind a proxy
everybody comes from this machine: what one has passed on is a stranger's.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import prometheus_client
import sqlalchemy as sa
from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from bot import clock, queue

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.publishing.edition import Press
    from bot.runtime import Runtime
    from bot.settings import Settings

TIMEOUT: Final = 5.0
"""Seconds in which the database must answer."""
UNHEARD: Final = 600.0
"""Seconds after which a critical case that nobody has seen is an alarm: five rings."""
POSTS_LATE: Final = 60.0
"""Seconds after which what the desk was to be shown is late."""
CLOCKS_APART: Final = 60.0
"""Seconds by which our clock and the database's differ that is an alarm: one of them is wrong."""
HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
"""Names of this machine that no other one can mean."""
PASSED_ON: Final = frozenset(
    {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
)
"""Headers by which a proxy says that it asks for somebody else."""
BROKEN: Final = frozenset({"database", "worker"})
"""What a process cannot serve with: 503. All else people have to mend, and the line goes on."""

_TIERS = "(VALUES ('critical'), ('elevated')) AS wanted (tier)"
COUNTS: Final = {
    "helpline_messages": (
        "Messages by direction and status",
        ("direction", "status"),
        """SELECT CASE WHEN inbound THEN 'in' ELSE 'out' END, status, count(*)
           FROM messages GROUP BY 1, 2""",
    ),
    "helpline_doubtful_messages": (
        "Messages that may have arrived twice",
        (),
        "SELECT count(*) FROM messages WHERE doubtful",
    ),
    "helpline_cases": (
        "Cases by tier and status",
        ("tier", "status"),
        "SELECT tier, status, count(*) FROM cases GROUP BY 1, 2",
    ),
    "helpline_cases_waiting": (
        "Cases that nobody has taken, by tier",
        ("tier",),
        f"""SELECT wanted.tier, count(cases.id) FROM {_TIERS}
            LEFT JOIN cases ON cases.tier = wanted.tier AND cases.status = 'waiting'
            GROUP BY 1""",  # noqa: S608 - a constant of ours
    ),
    "helpline_oldest_waiting_seconds": (
        "How long the oldest case that nobody has taken has waited, by tier; 0 when none waits",
        ("tier",),
        f"""SELECT wanted.tier,
                   coalesce(max(extract(epoch FROM :now - cases.waiting_since)), 0)
            FROM {_TIERS}
            LEFT JOIN cases ON cases.tier = wanted.tier AND cases.status = 'waiting'
            GROUP BY 1""",  # noqa: S608 - a constant of ours
    ),
    "helpline_oldest_unanswered_seconds": (
        "How long a contact has waited for the operator who has the case; 0 when none does",
        ("tier",),
        f"""SELECT wanted.tier,
                   coalesce(max(extract(epoch FROM :now - cases.unanswered_since)), 0)
            FROM {_TIERS}
            LEFT JOIN cases ON cases.tier = wanted.tier AND cases.status = 'claimed'
            GROUP BY 1""",  # noqa: S608 - a constant of ours
    ),
    "helpline_outcomes": (
        "Resolved cases by how they ended",
        ("outcome",),
        "SELECT outcome, count(*) FROM cases WHERE outcome IS NOT NULL GROUP BY 1",
    ),
    "helpline_feedback": (
        "What contacts said of the help",
        ("feedback",),
        "SELECT feedback, count(*) FROM cases WHERE feedback IS NOT NULL GROUP BY 1",
    ),
    "helpline_pages": (
        "Pages by tier",
        ("tier",),
        "SELECT tier, count(*) FROM pages GROUP BY 1",
    ),
    "helpline_posts_due": (
        "What the desk is still to be shown, by urgency",
        ("urgent",),
        """SELECT CASE WHEN wanted.urgent THEN 'yes' ELSE 'no' END, count(desk_posts.id)
           FROM (VALUES (true), (false)) AS wanted (urgent)
           LEFT JOIN desk_posts ON desk_posts.urgent = wanted.urgent AND desk_posts.status = 'due'
           GROUP BY 1""",
    ),
    "helpline_blocked": (
        "Contacts whom operators have blocked",
        (),
        "SELECT count(*) FROM conversations WHERE blocked",
    ),
    "helpline_retention_held": (
        "Conversations older than they may be, by a clock that has jumped: see helpline retention",
        (),
        "SELECT coalesce((SELECT held FROM clock_stretches ORDER BY began DESC LIMIT 1), 0)",
    ),
    "helpline_operators": (
        "Operators who can be called",
        (),
        "SELECT count(*) FROM operators WHERE active AND account_hash IS NOT NULL",
    ),
    "helpline_jobs": (
        "Jobs by task and status",
        ("task", "status"),
        "SELECT task_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2",
    ),
    "helpline_parked_updates": (
        "Updates that could not be read",
        (),
        "SELECT count(*) FROM parked_updates",
    ),
}
"""Metric, its help, its labels, and the query that counts it; `:now` is the clock's."""

STEPS: Final = (30, 60, 120, 300, 600, 900, 1800, 3600, 4 * 3600, 24 * 3600)
"""Upper bounds, in seconds, of how long things take: dense where the rings are."""
DURATIONS: Final = {
    "helpline_seconds_to_acknowledge": ("Until an operator had seen it", "seconds_to_acknowledge"),
    "helpline_seconds_to_claim": ("Until an operator had taken it", "seconds_to_claim"),
    "helpline_seconds_to_resolve": ("Until it was resolved", "seconds_to_resolve"),
}
"""Metric, its help, and the column of cases that it counts; from the first wait on, by tier."""


def routes(
    runtime: Runtime, is_token_refused: Callable[[], bool] = lambda: False
) -> list[web.RouteDef]:
    """The routes for machines. `is_token_refused` says whether a channel does not know us."""

    def is_ours(request: web.Request) -> bool:
        token = runtime.settings.metrics_token
        if token is None:
            return _is_at_home(request, runtime.settings)
        return _shows(request, token.get_secret_value())

    async def healthz(request: web.Request) -> web.Response:
        told = is_ours(request)
        problems = await ailments(runtime, _ALARMS if told else BROKEN)
        status = 503 if BROKEN & set(problems) else 200
        if not told:
            return web.json_response({"ok": not problems}, status=status)
        if is_token_refused():
            problems.append("telegram_token")
        press = runtime.press
        content = {
            "version": press.edition.version,
            "since": press.since.isoformat(timespec="seconds"),
            "refused": len(press.refused),
        }
        body = {"ok": not problems, "problems": problems, "content": content}
        return web.json_response(body, status=status)

    async def metrics(request: web.Request) -> web.Response:
        if not is_ours(request):
            raise web.HTTPNotFound
        body = await count(runtime)
        return web.Response(
            body=body, headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST}
        )

    return [web.get("/healthz", healthz), web.get("/metrics", metrics)]


def _shows(request: web.Request, token: str) -> bool:
    """Whether a request carries the token, compared in a time that does not depend on it."""
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, f"Bearer {token}".encode())


def _is_at_home(request: web.Request, settings: Settings) -> bool:
    """Whether a request was written on this machine, to a line that only this machine reaches."""
    named = (settings.host, request.remote or "", request.url.host or "")
    passed_on = settings.public_url is not None or not PASSED_ON.isdisjoint(
        name.lower() for name in request.headers
    )
    return not passed_on and all(name in HERE for name in named)


async def ailments(runtime: Runtime, names: Collection[str] | None = None) -> list[str]:
    """What is wrong, in a word each, of all or of these; empty when all is well."""
    without = set() if names is None else _ALARMS.keys() - names
    if runtime.handoff.desk is None:
        without.update(_OF_A_DESK)
    if runtime.settings.database_url is None:
        without.update(_OF_TWO_CLOCKS)
    asked = {name: query for name, query in _ALARMS.items() if name not in without}
    values = {
        "alive": queue.STALLED_AFTER,
        "unheard": UNHEARD,
        "late": POSTS_LATE,
        "apart": CLOCKS_APART,
        "now": clock.now(),
    }
    try:
        async with asyncio.timeout(TIMEOUT), runtime.database.transaction() as session:
            return [
                name
                for name, query in asked.items()
                if await session.scalar(sa.text(f"SELECT {query}"), values)
            ]
    except (SQLAlchemyError, TimeoutError, OSError):
        return ["database"]


_ALARMS: Final = {
    "worker": """NOT EXISTS (
        SELECT FROM procrastinate_workers
        WHERE last_heartbeat > now() - make_interval(secs => :alive))""",
    "page_unacknowledged": """EXISTS (
        SELECT FROM cases
        WHERE status = 'waiting' AND tier = 'critical' AND acknowledged_at IS NULL
        AND waiting_since < CAST(:now AS timestamptz) - make_interval(secs => :unheard)
        AND NOT EXISTS (
            SELECT FROM conversations
            WHERE conversations.id = cases.conversation_id AND conversations.blocked))""",
    "no_operator": """NOT EXISTS (
        SELECT FROM operators WHERE active AND account_hash IS NOT NULL AND role <> 'editor')""",
    # Posts keep the hour; their jobs know the moment.
    "desk_posts": """EXISTS (
        SELECT FROM procrastinate_jobs AS job
        JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'
        JOIN desk_posts AS post ON job.lock = 'post:' || post.room AND post.status = 'due'
        WHERE job.task_name = 'post' AND job.status IN ('todo', 'doing')
        AND event.at < now() - make_interval(secs => :late))""",
    "retention_held": """coalesce(
        (SELECT held > 0 FROM clock_stretches ORDER BY began DESC LIMIT 1), false)""",
    "clock": """abs(extract(epoch FROM
        clock_timestamp() - CAST(:now AS timestamptz))) > CAST(:apart AS double precision)""",
}
"""Condition in SQL by the word for it."""
_OF_A_DESK: Final = ("page_unacknowledged", "no_operator", "desk_posts")
_OF_TWO_CLOCKS: Final = ("clock",)


async def count(runtime: Runtime) -> bytes:
    """All counts as Prometheus reads them, from the store, so that every process says the same;
    but of the edition that is live, each says its own.
    """
    registry = CollectorRegistry()
    now = clock.now()
    async with runtime.database.transaction() as session:
        for name, (text, labels, query) in COUNTS.items():
            gauge = Gauge(name, text, labels, registry=registry)
            for row in await session.execute(*_asked(query, now)):
                *values, number = row
                (gauge.labels(*values) if labels else gauge).set(number)
        for name, (text, column) in DURATIONS.items():
            registry.register(_Duration(name, text, await _durations(session, column)))
    _count_edition(runtime.press, registry)
    return prometheus_client.generate_latest(registry)


def _count_edition(press: Press, registry: CollectorRegistry) -> None:
    """What this process speaks from: alike in all of them, or an edit has not reached one."""
    text = "The content and flows that are live in this process"
    gauge = Gauge("helpline_edition", text, ("version",), registry=registry)
    gauge.labels(press.edition.version).set(1)
    text = "When they went live in this process, in seconds since 1970"
    Gauge("helpline_edition_since_seconds", text, registry=registry).set(press.since.timestamp())
    text = "Errors that keep the newest files from going live; 0 when they are"
    Gauge("helpline_edition_refused", text, registry=registry).set(len(press.refused))


def _asked(query: str, now: datetime) -> tuple[Any, ...]:
    statement = sa.text(query)
    if ":now" not in query:
        return (statement,)
    return (statement.bindparams(sa.bindparam("now", now, sa.DateTime(timezone=True))),)


async def _durations(session: AsyncSession, column: str) -> list[tuple[str, list[int], int]]:
    """By tier: how many took at most each of `STEPS`, then how many in all, and their sum."""
    steps = ", ".join(f"count(*) FILTER (WHERE {column} <= {step})" for step in STEPS)
    query = f"""SELECT tier, {steps}, count(*), coalesce(sum({column}), 0)
                FROM cases WHERE {column} IS NOT NULL GROUP BY 1"""  # noqa: S608 - ours
    rows = await session.execute(sa.text(query))
    return [(tier, list(counts), total) for tier, *counts, total in rows]


@dataclass(frozen=True, slots=True, eq=False)
class _Duration(Collector):
    """A histogram that the database has counted."""

    name: str
    text: str
    counted: Iterable[tuple[str, list[int], int]]

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Give it as Prometheus wants it."""
        family = HistogramMetricFamily(self.name, self.text, labels=["tier"])
        bounds = [*(f"{step}.0" for step in STEPS), "+Inf"]
        for tier, counts, total in self.counted:
            family.add_metric([tier], list(zip(bounds, counts, strict=True)), total)
        yield family
