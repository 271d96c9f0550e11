"""Purchase orders made by hand: the form, its history, goods received, the steps of a workflow; and the day after which to cancel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types
from gateway.store.dialects.guards import guards

revision = "0013"
down_revision = "0012"

APPEND_ONLY = ("hand_event",)


def upgrade() -> None:
    """Only new tables, and an index over a column that is there: older programs go on beside it."""
    op.create_table(
        "hand_order",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("form", types.Json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("cancel_after", types.Day(), nullable=True),
        sa.Column("order_id", types.Id, nullable=True),
        sa.Column("cloned_from", sa.Text(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.Column("cancelled_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_hand_order_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_order")),
        sa.UniqueConstraint("order_id", name=op.f("uq_hand_order_order_id")),
        sa.UniqueConstraint("org", "number", name=op.f("uq_hand_order_org_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "hand_order_cancel_after",
        "hand_order",
        ["cancel_after"],
        unique=False,
        sqlite_where=sa.text("cancel_after is not null and cancelled_at is null"),
        postgresql_where=sa.text("cancel_after is not null and cancelled_at is null"),
    )
    op.create_table(
        "goods_receipt",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("hand_id", types.Id, nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("received_on", types.Day(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", types.UtcDateTime(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("serial = '' or quantity = 1", name=op.f("ck_goods_receipt_serial")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_goods_receipt_quantity")),
        sa.ForeignKeyConstraint(["hand_id"], ["hand_order.id"], name=op.f("fk_goods_receipt_hand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_receipt")),
        sqlite_autoincrement=True,
    )
    op.create_index("goods_receipt_order", "goods_receipt", ["hand_id"], unique=False)
    op.create_table(
        "hand_event",
        sa.Column("hand_id", types.Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("parts", types.Json(), nullable=True),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_hand_event_seq")),
        sa.ForeignKeyConstraint(["hand_id"], ["hand_order.id"], name=op.f("fk_hand_event_hand_id")),
        sa.PrimaryKeyConstraint("hand_id", "seq", name=op.f("pk_hand_event")),
    )
    op.create_table(
        "hand_step",
        sa.Column("hand_id", types.Id, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('waiting', 'asked', 'done', 'failed')", name=op.f("ck_hand_step_state")),
        sa.ForeignKeyConstraint(["hand_id"], ["hand_order.id"], name=op.f("fk_hand_step_hand_id")),
        sa.PrimaryKeyConstraint("hand_id", "place", name=op.f("pk_hand_step")),
    )
    op.create_index(
        "hand_step_asked",
        "hand_step",
        ["hand_id"],
        unique=True,
        sqlite_where=sa.text("state = 'asked'"),
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index(
        "purchase_order_cancel_after",
        "purchase_order",
        ["cancel_after"],
        unique=False,
        sqlite_where=sa.text("cancel_after is not null"),
        postgresql_where=sa.text("cancel_after is not null"),
    )
    for statement in guards(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)
