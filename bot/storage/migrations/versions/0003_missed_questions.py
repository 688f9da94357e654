"""Missed questions, and the answer tasks that editors make of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "missed",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), unique=True, nullable=False),
        sa.Column(
            "conversation_id",
            sa.Uuid,
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column(
            "message_id",
            sa.Uuid,
            sa.ForeignKey("messages.id", ondelete="CASCADE"),
            unique=True,
            nullable=False,
        ),
        sa.Column("text_sealed", sa.LargeBinary, nullable=False),
        sa.Column("language", sa.String),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("intent", sa.String),
        sa.Column("topic", sa.String),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("missed_of_conversation", "missed", ["conversation_id"])
    op.create_table(
        "asked",
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("language", sa.String),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("made_on", sa.Date, nullable=False),
        sa.Column("done_on", sa.Date),
    )


def downgrade() -> None:
    op.drop_table("asked")
    op.drop_table("missed")
