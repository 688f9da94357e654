"""Whether the line works, for machines: `/healthz` and `/metrics`. Counts only, no ids."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import prometheus_client
import sqlalchemy as sa
from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy.exc import SQLAlchemyError

from bot import queue

if TYPE_CHECKING:
    from bot.runtime import Runtime

TIMEOUT = 5.0
"""Seconds in which the database must answer."""

COUNTS = {
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
    "helpline_pages": (
        "Pages by status",
        ("status",),
        "SELECT status, count(*) FROM pages GROUP BY 1",
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
"""Metric, its help, its labels, and the query that counts it."""


def routes(runtime: Runtime) -> list[web.RouteDef]:
    """The routes for machines."""

    async def healthz(_request: web.Request) -> web.Response:
        problems = await ailments(runtime)
        status = 503 if problems else 200
        return web.json_response({"ok": not problems, "problems": problems}, status=status)

    async def metrics(_request: web.Request) -> web.Response:
        body = await count(runtime)
        return web.Response(
            body=body, headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST}
        )

    return [web.get("/healthz", healthz), web.get("/metrics", metrics)]


async def ailments(runtime: Runtime) -> list[str]:
    """What is wrong, in a word each; empty when all is well."""
    try:
        async with asyncio.timeout(TIMEOUT), runtime.database.transaction() as session:
            alive = await session.scalar(
                sa.text(
                    "SELECT count(*) FROM procrastinate_workers "
                    "WHERE last_heartbeat > now() - make_interval(secs => :seconds)"
                ),
                {"seconds": queue.STALLED_AFTER},
            )
    except (SQLAlchemyError, TimeoutError, OSError):
        return ["database"]
    return [] if alive else ["worker"]


async def count(runtime: Runtime) -> bytes:
    """All counts as Prometheus reads them, from the store, so that every process says the same."""
    registry = CollectorRegistry()
    async with runtime.database.transaction() as session:
        for name, (text, labels, query) in COUNTS.items():
            gauge = Gauge(name, text, labels, registry=registry)
            for row in await session.execute(sa.text(query)):
                *values, number = row
                (gauge.labels(*values) if labels else gauge).set(number)
    return prometheus_client.generate_latest(registry)
