"""Purchase orders made by hand: the form, its own history, goods received, and the steps of its workflow."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text, UniqueConstraint, text

from gateway.domain.workflow import StepState
from gateway.store.tables.metadata import check, metadata, one_of, ref, row_id, words
from gateway.store.types import Day, Json, UtcDateTime

# The paper an order was written on. Its stage is draft while `order_id` is null, cancelled with `cancelled_at`, else that of the order.
hand_order = Table(
    "hand_order",
    metadata,
    row_id(),
    Column("org", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("form", Json, nullable=False),
    Column("version", Integer, nullable=False),
    Column("vendor", Text),
    Column("cancel_after", Day),
    ref("order_id", "purchase_order.id", null=True),
    Column("cloned_from", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("cancelled_at", UtcDateTime),
    UniqueConstraint("org", "number"),
    UniqueConstraint("order_id"),
    # Drafts whose day may pass.
    Index(
        "hand_order_cancel_after",
        "cancel_after",
        sqlite_where=text("cancel_after is not null and cancelled_at is null"),
        postgresql_where=text("cancel_after is not null and cancelled_at is null"),
    ),
    sqlite_autoincrement=True,
)

hand_event = Table(
    "hand_event",
    metadata,
    ref("hand_id", "hand_order.id"),
    Column("seq", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", String, nullable=False),
    Column("parts", Json),
    PrimaryKeyConstraint("hand_id", "seq"),
    check("seq", "seq >= 1"),
)

goods_receipt = Table(
    "goods_receipt",
    metadata,
    row_id(),
    ref("hand_id", "hand_order.id"),
    Column("line_no", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("received_on", Day, nullable=False),
    Column("lot", Text, nullable=False),
    Column("serial", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("withdrawn_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    check("quantity", "quantity >= 1"),
    check("serial", "serial = '' or quantity = 1"),
    Index("goods_receipt_order", "hand_id"),
    sqlite_autoincrement=True,
)

hand_step = Table(
    "hand_step",
    metadata,
    ref("hand_id", "hand_order.id"),
    Column("place", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("state", String, nullable=False),
    Column("at", UtcDateTime),
    Column("words", Text, nullable=False),
    PrimaryKeyConstraint("hand_id", "place"),
    one_of("state", words(StepState)),
    # Workflows that somebody has to go on with.
    Index("hand_step_asked", "hand_id", sqlite_where=text("state = 'asked'"), postgresql_where=text("state = 'asked'"), unique=True),
)
