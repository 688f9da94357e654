"""The time that is known to have passed, and the addresses that stay blocked after a wipe."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "clock_stretches",
        sa.Column("began", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
    )
    # A line that is updated knows of one hour in which it ran: the newest that it stored.
    op.execute(
        "INSERT INTO clock_stretches (began, until, held) "
        "SELECT max(hour), max(hour), 0 FROM "
        "(SELECT last_hour AS hour FROM conversations UNION ALL SELECT hour FROM audit) AS stored "
        "HAVING max(hour) IS NOT NULL"
    )
    op.create_table(
        "blocked_addresses",
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("address_hash", sa.LargeBinary, primary_key=True),
        sa.Column("case_number", sa.BigInteger),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("blocked_addresses")
    op.drop_table("clock_stretches")
