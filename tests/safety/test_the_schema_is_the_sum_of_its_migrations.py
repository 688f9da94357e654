from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.storage import cases, conversations, installation, messages, missed
from bot.storage.database import Base, sqlalchemy_url


def test_the_schema_is_the_sum_of_its_migrations(database_url: str) -> None:
    # Their tables are registered.
    assert all((cases, conversations, installation, messages, missed))
    engine = sa.create_engine(sqlalchemy_url(database_url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
        assert compare_metadata(context, Base.metadata) == []


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and (name or "").startswith("procrastinate"))
