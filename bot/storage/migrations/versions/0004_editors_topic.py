"""Rooms at the desk that are no case's: the editors' topic."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "desk_rooms",
        sa.Column("room", sa.Uuid, primary_key=True),
        sa.Column("topic", sa.BigInteger),
    )


def downgrade() -> None:
    op.drop_table("desk_rooms")
