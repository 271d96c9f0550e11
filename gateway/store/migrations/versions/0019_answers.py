"""What vendors answer to orders, and which requests of the retailer they are told by file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0019"
down_revision = "0018"

_UNTOLD = "for_vendor is not null and item_id is null and state in ('pending', 'applied')"
_OF_WHOM = """
update change_request set for_vendor = (select vendor from purchase_order where purchase_order.id = change_request.order_id)
where state = 'pending'
"""


def upgrade() -> None:
    """New tables and columns that may be empty: older programs go on beside it. What waits is told once a channel does that."""
    op.create_table(
        "order_answer",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("order_id", types.Id, nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("vendor_order", sa.Text(), nullable=False),
        sa.Column("answered_on", types.Day(), nullable=True),
        sa.Column("about_change", sa.Boolean(), nullable=False),
        sa.Column("message_id", types.Id, nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["purchase_order.id"], name=op.f("fk_order_answer_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_answer")),
        sqlite_autoincrement=True,
    )
    op.create_index("order_answer_order", "order_answer", ["order_id", "id"], unique=False)
    op.create_table(
        "request_feed",
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vendor", name=op.f("pk_request_feed")),
    )
    op.add_column("change_request", sa.Column("for_vendor", sa.Text(), nullable=True))
    op.add_column("change_request", sa.Column("item_id", types.Id, nullable=True))
    op.execute(_OF_WHOM)
    op.create_index(
        "change_request_untold",
        "change_request",
        ["for_vendor", "id"],
        unique=False,
        sqlite_where=sa.text(_UNTOLD),
        postgresql_where=sa.text(_UNTOLD),
    )
