"""Master data that files created by themselves (sdf 2.1); what people declare stands in organization.yaml."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, PrimaryKeyConstraint, Table, Text

from gateway.store.tables.metadata import metadata
from gateway.store.types import Json, UtcDateTime

vendor = Table(
    "vendor",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("preferences", Json),
    Column("made_at", UtcDateTime, nullable=False),
)

carrier = Table(
    "carrier",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("requires_tracking", Boolean, nullable=False),
    Column("requires_weight", Boolean, nullable=False),
    Column("requires_freight", Boolean, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

item = Table(
    "item",
    metadata,
    Column("code", Text, primary_key=True),
    Column("description", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

vendor_item = Table(
    "vendor_item",
    metadata,
    Column("vendor", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("vendor_item", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("vendor", "item"),
)
