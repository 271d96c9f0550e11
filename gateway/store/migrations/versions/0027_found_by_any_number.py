"""Outgoing files are found by their names, interchanges, groups and sets by their numbers, orders by every tracking number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0027"
down_revision = "0026"

OF_SQLITE = """insert into tracking_number (shipment_id, place, order_id, number)
    select shipment.id, told.key, shipment.order_id, told.value from shipment, json_each(shipment.tracking) told
    where shipment.tracking like '%,%' and told.key > 0"""
OF_POSTGRESQL = """insert into tracking_number (shipment_id, place, order_id, number)
    select shipment.id, told.place - 1, shipment.order_id, told.number
    from shipment, json_array_elements_text(shipment.tracking) with ordinality told (number, place)
    where cast(shipment.tracking as text) like '%,%' and told.place > 1"""
"""What is behind the first number of shipments that have several; they are few."""


def upgrade() -> None:
    """Only tables and indexes: older programs go on beside them. What they take in meanwhile is not found by numbers in the new tables."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_index("outbox_file", "outbox", ["file_name"], unique=False)
    op.create_index("edi_interchange_control", "edi_interchange", ["number", "message_id"], unique=False)
    op.create_table(
        "edi_control",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("message_id", types.Id, nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.CheckConstraint("level in ('group', 'set')", name=op.f("ck_edi_control_level")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_edi_control_message_id")),
        sa.PrimaryKeyConstraint("number", "message_id", "level", name=op.f("pk_edi_control")),
    )
    op.create_table(
        "tracking_number",
        sa.Column("shipment_id", types.Id, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("order_id", types.Id, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_tracking_number_shipment_id")),
        sa.PrimaryKeyConstraint("shipment_id", "place", name=op.f("pk_tracking_number")),
        sa.CheckConstraint("place > 0", name=op.f("ck_tracking_number_place")),
    )
    op.execute(f"create index tracking_number_begins on tracking_number (lower(number){' text_pattern_ops' if is_postgresql else ''})")
    op.execute(OF_POSTGRESQL if is_postgresql else OF_SQLITE)
