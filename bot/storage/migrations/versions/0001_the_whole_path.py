"""The whole path: conversations, messages, cases, pages, the queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from procrastinate import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    _queue()
    _conversations()
    _cases()
    _installation()


def downgrade() -> None:
    for table in ("audit", "flow_versions", "installation", "pages", "cases", "parked_updates",
                  "messages", "deliveries", "conversations"):  # fmt: skip
        op.drop_table(table)


def _queue() -> None:
    script = schema.SchemaManager.get_schema()
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))


def _hour(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("address_hash", sa.LargeBinary),
        sa.Column("address_sealed", sa.LargeBinary, nullable=False),
        sa.Column("key_wrapped", sa.LargeBinary, nullable=False),
        sa.Column("key_epoch", sa.String, nullable=False),
        sa.Column("language", sa.String),
        sa.Column("language_chosen", sa.Boolean, nullable=False),
        sa.Column("state_sealed", sa.LargeBinary),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("reachable", sa.Boolean, nullable=False),
        sa.Column("wiping", sa.Boolean, nullable=False),
        _hour("begun_hour"),
        _hour("last_hour"),
        sa.UniqueConstraint("channel", "address_hash"),
    )
    op.create_table(
        "deliveries",
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("update_id", sa.String, primary_key=True),
        _hour("hour"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), unique=True, nullable=False),
        sa.Column(
            "conversation_id",
            sa.Uuid,
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("inbound", sa.Boolean, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("body_sealed", sa.LargeBinary, nullable=False),
        sa.Column("references_sealed", sa.LargeBinary),
        sa.Column("turn_id", sa.Uuid),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        sa.Column("failure", sa.String),
        _hour("hour"),
    )
    op.create_index("messages_in_order", "messages", ["conversation_id", "number"])
    op.create_index(
        "messages_waiting",
        "messages",
        ["conversation_id", "inbound", "number"],
        postgresql_where=sa.text("status IN ('stored', 'queued', 'sending')"),
    )
    op.create_table(
        "parked_updates",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("key_wrapped", sa.LargeBinary, nullable=False),
        sa.Column("key_epoch", sa.String, nullable=False),
        sa.Column("cause", sa.String, nullable=False),
        _hour("hour"),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), unique=True, nullable=False),
        sa.Column(
            "conversation_id", sa.Uuid, sa.ForeignKey("conversations.id", ondelete="SET NULL")
        ),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("tier", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("language", sa.String),
        _hour("opened_hour"),
    )
    op.create_index(
        "one_open_case",
        "cases",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'resolved'"),
    )
    op.create_table(
        "pages",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "case_id", sa.Uuid, sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("turn_id", sa.Uuid, unique=True),
        sa.Column("tier", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("desk_references", sa.JSON),
        _hour("hour"),
    )


def _installation() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("keyring", sa.String, nullable=False),
    )
    op.create_table(
        "flow_versions",
        sa.Column("version", sa.String, primary_key=True),
        sa.Column("source", sa.String, nullable=False),
        _hour("stored_hour"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("subject", sa.Uuid),
        _hour("hour"),
    )
