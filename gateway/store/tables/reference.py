"""Master data in the store: what orders created by themselves (sdf 2.1), what people and CreateDSVendor set, and who did (sdf 8.1).

What people declare stands in organization.yaml, and wins.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Identity, Index, Integer, PrimaryKeyConstraint, Table, Text

from gateway.store.tables.metadata import check, metadata
from gateway.store.types import Day, Id, Json, UtcDateTime

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

master = Table(
    "master",
    metadata,
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("words", Json, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("kind", "code"),
)

master_history = Table(
    "master_history",
    metadata,
    Column("id", Id, Identity(always=False), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("word", Text),
    Column("before", Json),
    Column("after", Json),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("message_id", Id),
    Column("place", Integer),
    Index("master_history_of", "kind", "code", "id"),
    sqlite_autoincrement=True,
)

vendor_user = Table(
    "vendor_user",
    metadata,
    Column("id", Text, primary_key=True),
    Column("vendor", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("authorities", Json, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("vendor_user_vendor", "vendor", "id"),
)

stock = Table(
    "stock",
    metadata,
    Column("vendor", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("available", Integer, nullable=False),
    Column("as_of", UtcDateTime, nullable=False),
    Column("next_quantity", Integer),
    Column("next_on", Day),
    Column("status", Text, nullable=False),
    Column("message_id", Id),
    Column("place", Integer),
    PrimaryKeyConstraint("vendor", "item"),
    check("available", "available >= 0"),
)
