"""X12 and EDIFACT: the sets of what we send with the partner's verdicts on them, and the interchanges of what we receive."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from gateway.store.tables.metadata import metadata, one_of, ref
from gateway.store.types import Id, Json, UtcDateTime

SET_VERDICTS = ("accepted", "accepted_with_errors", "rejected")
INTERCHANGE_VERDICTS = ("taken", "answers", "resent", "refused")
CONTROL_LEVELS = ("group", "set")

# One row a set of an outgoing item; `document` is the key of what it tells, where that is one document.
edi_set = Table(
    "edi_set",
    metadata,
    ref("item_id", "outbox.id"),
    Column("place", Integer, nullable=False),
    Column("group_kind", Text, nullable=False),
    Column("group_number", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("document", Text),
    Column("verdict", String),
    Column("codes", Json),
    Column("told_at", UtcDateTime),
    Column("told_by", Id),
    PrimaryKeyConstraint("item_id", "place"),
    one_of("verdict", SET_VERDICTS),
)

# One row an interchange of a received file: where it lies in the bytes, and whether its sets are used.
edi_interchange = Table(
    "edi_interchange",
    metadata,
    ref("message_id", "message.id"),
    Column("place", Integer, nullable=False),
    Column("pair", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("begins", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("verdict", String, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("first_message_id", Id),
    Column("seen_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("message_id", "place"),
    one_of("verdict", INTERCHANGE_VERDICTS),
    Index("edi_interchange_number", "pair", "number"),
    Index("edi_interchange_control", "number", "message_id"),
)

# By which numbers of groups and sets a received file is found, each once, as `plain_number` writes them.
edi_control = Table(
    "edi_control",
    metadata,
    Column("number", Text, nullable=False),
    ref("message_id", "message.id"),
    Column("level", String, nullable=False),
    PrimaryKeyConstraint("number", "message_id", "level"),
    one_of("level", CONTROL_LEVELS),
)
