"""Handing over: operators, the course of a case, what is shown at the desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TIMES = (
    "waiting_since", "acknowledged_at", "unanswered_since", "watch_at", "rang_at", "resolved_hour",
    "first_waited_at", "claimed_at",
)  # fmt: skip
_COUNTS = ("rings", "words", "reminders", "reopened")
_SECONDS = ("seconds_to_acknowledge", "seconds_to_claim", "seconds_to_resolve")
_TEXTS = ("country", "outcome", "feedback", "card", "menu")


def upgrade() -> None:
    _operators()
    _cases()
    _posts()
    op.add_column("messages", sa.Column("operator_id", sa.Uuid))
    op.add_column("messages", sa.Column("desk_reference", sa.String))
    op.add_column(
        "conversations", sa.Column("blocked", sa.Boolean, server_default=sa.false(), nullable=False)
    )
    op.alter_column("conversations", "blocked", server_default=None)


def downgrade() -> None:
    op.drop_column("conversations", "blocked")
    op.drop_column("messages", "desk_reference")
    op.drop_column("messages", "operator_id")
    op.add_column("pages", sa.Column("status", sa.String, server_default="posted", nullable=False))
    op.add_column("pages", sa.Column("attempts", sa.Integer, server_default="0", nullable=False))
    op.add_column("pages", sa.Column("desk_references", sa.JSON))
    op.drop_table("desk_posts")
    op.drop_constraint("open_has_timer", "cases")
    op.drop_constraint("claimed_has_operator", "cases")
    op.drop_index("cases_to_watch", "cases")
    for name in (
        *_TIMES,
        *_COUNTS,
        *_SECONDS,
        *_TEXTS,
        "operator_id",
        "topic",
        "card_stale",
        "nobody_said",
    ):
        op.drop_column("cases", name)
    op.drop_table("days_off")
    op.drop_table("operators")


def _operators() -> None:
    op.create_table(
        "operators",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String, unique=True, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("languages", sa.JSON, nullable=False),
        sa.Column("rota", sa.String, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("account_hash", sa.LargeBinary, unique=True),
        sa.Column("account_sealed", sa.LargeBinary),
        sa.Column("key_wrapped", sa.LargeBinary),
        sa.Column("key_epoch", sa.String),
        sa.Column("link_hash", sa.LargeBinary),
        sa.Column("link_until", sa.DateTime(timezone=True)),
        sa.Column("created_hour", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "days_off",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("operator_id", sa.Uuid, sa.ForeignKey("operators.id", ondelete="CASCADE")),
        sa.UniqueConstraint("day", "operator_id", postgresql_nulls_not_distinct=True),
    )


def _cases() -> None:
    for name in _TIMES:
        op.add_column("cases", sa.Column(name, sa.DateTime(timezone=True)))
    for name in _COUNTS:
        op.add_column("cases", sa.Column(name, sa.Integer, server_default="0", nullable=False))
        op.alter_column("cases", name, server_default=None)
    for name in _SECONDS:
        op.add_column("cases", sa.Column(name, sa.Integer))
    for name in _TEXTS:
        op.add_column("cases", sa.Column(name, sa.String))
    op.add_column("cases", sa.Column("operator_id", sa.Uuid, sa.ForeignKey("operators.id")))
    op.add_column("cases", sa.Column("topic", sa.BigInteger))
    op.add_column(
        "cases", sa.Column("card_stale", sa.Boolean, server_default=sa.true(), nullable=False)
    )
    op.alter_column("cases", "card_stale", server_default=None)
    op.add_column(
        "cases", sa.Column("nobody_said", sa.Boolean, server_default=sa.false(), nullable=False)
    )
    op.alter_column("cases", "nobody_said", server_default=None)
    # Cases that waited before there were timers are looked at as soon as the line starts.
    op.execute(
        "UPDATE cases SET watch_at = now(), waiting_since = opened_hour, "
        "first_waited_at = opened_hour WHERE status <> 'resolved'"
    )
    op.create_check_constraint(
        "claimed_has_operator", "cases", "(status = 'claimed') = (operator_id IS NOT NULL)"
    )
    op.create_check_constraint(
        "open_has_timer", "cases", "status = 'resolved' OR watch_at IS NOT NULL"
    )
    op.create_index(
        "cases_to_watch",
        "cases",
        ["watch_at"],
        postgresql_where=sa.text("status <> 'resolved'"),
    )
    for name in ("status", "attempts", "desk_references"):
        op.drop_column("pages", name)


def _posts() -> None:
    op.create_table(
        "desk_posts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), unique=True, nullable=False),
        sa.Column("room", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, sa.ForeignKey("cases.id", ondelete="CASCADE")),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("message_id", sa.Uuid, sa.ForeignKey("messages.id", ondelete="SET NULL")),
        sa.Column("text", sa.String),
        sa.Column("values", sa.JSON, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("references", sa.JSON),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "posts_due",
        "desk_posts",
        ["room", "number"],
        postgresql_where=sa.text("status = 'due'"),
    )
    op.create_index("posts_of_case", "desk_posts", ["case_id"])
    op.create_index("posts_of_message", "desk_posts", ["message_id"])
