"""PostgreSQL's own log quotes rows and statements unless it is told not to (threats.md, T5)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from bot.storage.database import (
    EMBEDDED_SETTINGS,
    MUST_HOLD,
    SESSION_SETTINGS,
    Database,
    DatabaseError,
    EmbeddedServer,
)

CANARY = "qzv7xkw"


def _log(url: str) -> str:
    return (Path(parse_qs(urlsplit(url).query)["host"][0]) / "log").read_text()


def _settings(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        found = {}
        for name in EMBEDDED_SETTINGS:
            row = connection.execute(f"SHOW {name}".encode()).fetchone()
            assert row is not None
            found[name] = row[0]
        return found


def test_the_embedded_server_has_every_setting(postgres: str) -> None:
    assert _settings(postgres) == EMBEDDED_SETTINGS


def test_what_is_asserted_of_every_server_is_what_ours_has() -> None:
    assert MUST_HOLD.items() <= EMBEDDED_SETTINGS.items()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO guests (name, room) VALUES (%s, 1)",
        "INSERT INTO guests (name, room) VALUES (%s, NULL)",
        "INSERT INTO guests (name, room) VALUES (%s, -5)",
    ],
    ids=["unique", "not null", "check"],
)
def test_a_violated_constraint_leaves_no_value_in_the_log(
    database_url: str, statement: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE guests (name text UNIQUE, room integer NOT NULL CHECK (room > 0))"
        )
        connection.execute("INSERT INTO guests VALUES (%s, 1)", [CANARY])
        before = _log(database_url).count("violates")
        with pytest.raises(psycopg.IntegrityError) as refused:
            connection.execute(statement.encode(), [CANARY])
    assert CANARY in str(refused.value)  # the server told the client what it must not write down
    assert _log(database_url).count("violates") == before + 1
    assert CANARY not in _log(database_url)


@pytest.mark.parametrize("name", ["log_statement", "log_error_verbosity"])
async def test_a_server_that_would_speak_is_refused(database_url: str, name: str) -> None:
    database = Database.open(database_url)
    await database.assert_safe()
    await database.close()
    value = {"log_statement": "all", "log_error_verbosity": "verbose"}[name]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            f"ALTER DATABASE {connection.info.dbname} SET {name} = '{value}'".encode()
        )
    with pytest.raises(DatabaseError, match=name):
        await database.assert_safe()
    await database.close()


def test_a_server_that_was_made_but_not_yet_told_is_told(data_dir: Path) -> None:
    """As after a kill between the making of the database and the writing of its settings."""
    first = EmbeddedServer(data_dir)
    first.start()
    first.stop()
    path = data_dir / "postgres" / "postgresql.conf"
    lines = [line for line in path.read_text().splitlines() if "log_" not in line]
    path.write_text("\n".join(lines))
    again = EmbeddedServer(data_dir)
    url = again.start()
    try:
        assert _settings(url) == EMBEDDED_SETTINGS
        size = path.stat().st_size
    finally:
        again.stop()
    EmbeddedServer(data_dir)._configure()
    assert path.stat().st_size == size  # and is told only once


async def test_a_session_that_hangs_is_ended_and_its_locks_with_it(database_url: str) -> None:
    database = Database.open(database_url)
    async with database.engine.connect() as connection:
        for name, wanted in SESSION_SETTINGS.items():
            shown = (await connection.exec_driver_sql(f"SHOW {name}")).scalar_one()
            assert shown in {wanted, "1min" if wanted == "60s" else wanted}
    async with database.engine.connect() as connection:
        await connection.exec_driver_sql("SET idle_in_transaction_session_timeout = '100ms'")
        await asyncio.sleep(0.4)
        with pytest.raises(Exception, match="IdleInTransactionSessionTimeout"):
            await connection.exec_driver_sql("SELECT 1")
        await connection.invalidate()
    await database.close()
