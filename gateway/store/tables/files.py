"""Received files: messages, their documents' receipts, the keys that make doubles visible, and what happened to them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text, text

from gateway.domain.outcome import Verdict
from gateway.store.tables.metadata import check, metadata, one_of, ref, row_id, words
from gateway.store.types import Bytes, Id, Json, UtcDateTime

MESSAGE_STATES = ("received", "duplicate", "parked", "booked", "partly_booked", "refused")

message = Table(
    "message",
    metadata,
    row_id(),
    Column("connector", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("file_name", Bytes, nullable=False),
    # The unique name the file got when it was taken: an orphan that has a message is recorded once.
    Column("taken_name", Bytes),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("archive_key", Text, nullable=False),
    Column("mapping", Text),
    Column("mapping_version", Integer),
    Column("state", String, nullable=False),
    ref("first_message_id", "message.id", null=True),
    Column("total", Integer),
    *(Column(verdict, Integer, nullable=False, server_default=text("0")) for verdict in words(Verdict)),
    Column("issues", Json),
    Column("received_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    # What the version number leaves open: the fingerprint of the layout that reads the file, so that a changed one is noticed.
    Column("mapping_mark", Text),
    # The layout a person has picked for this reading; else the channel's layouts are tried.
    Column("picked_mapping", Text),
    # The message whose bytes are read once more here, as documents of their own.
    Column("reprocess_of", Id),
    one_of("state", MESSAGE_STATES),
    check("first", "(state = 'duplicate') = (first_message_id is not null)"),
    check("counts", "booked >= 0 and duplicate >= 0 and conflict >= 0 and refused >= 0 and early >= 0"),
    check("total", "total is null or booked + duplicate + conflict + refused + early <= total"),
    check("all_booked", "state <> 'booked' or (conflict = 0 and refused = 0 and early = 0)"),
    Index("message_list", "connector", "channel", "id"),
    Index("message_hash", "sha256"),
    Index("message_name", "file_name"),
    Index(
        "message_reprocess",
        "reprocess_of",
        sqlite_where=text("reprocess_of is not null"),
        postgresql_where=text("reprocess_of is not null"),
    ),
    Index(
        "message_taken",
        "connector",
        "channel",
        "taken_name",
        unique=True,
        sqlite_where=text("taken_name is not null"),
        postgresql_where=text("taken_name is not null"),
    ),
    sqlite_autoincrement=True,
)

# Level 1: the same bytes from the same connector.
content_key = Table(
    "content_key",
    metadata,
    Column("connector", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    ref("message_id", "message.id"),
    PrimaryKeyConstraint("connector", "sha256"),
)

# Level 2: ISA13, GS06 with GS01, UNB 0020; the window is judged by seen_at.
interchange = Table(
    "interchange",
    metadata,
    Column("pair", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    ref("message_id", "message.id"),
    Column("seen_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("pair", "level", "number"),
)

# Level 3: shipments, invoices, requests, acknowledgements. Orders have order_key.
document_key = Table(
    "document_key",
    metadata,
    Column("scope", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("digest", Text, nullable=False),
    ref("message_id", "message.id"),
    Column("place", Integer, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("scope", "kind", "key"),
)

receipt = Table(
    "receipt",
    metadata,
    ref("message_id", "message.id"),
    Column("place", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("verdict", String, nullable=False),
    Column("key", Text),
    ref("order_id", "order_key.id", null=True),
    Column("issue", Json),
    Column("body", Bytes),
    Column("result", Text),
    PrimaryKeyConstraint("message_id", "place"),
    one_of("verdict", words(Verdict)),
    check("body", "(verdict = 'early') = (body is not null)"),
    Index("receipt_order", "order_id"),
)

UNANSWERED_EVENT = "event = 'unanswered'"
"""In these very words a query must say it, or the databases do not see that `message_event_unanswered` serves it."""

message_event = Table(
    "message_event",
    metadata,
    row_id(),
    ref("message_id", "message.id"),
    Column("at", UtcDateTime, nullable=False),
    Column("event", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("detail", Json),
    Index("message_event_list", "message_id", "id"),
    # Answers that could not be made: nearly none, and asked for by every first page.
    Index("message_event_unanswered", "message_id", sqlite_where=text(UNANSWERED_EVENT), postgresql_where=text(UNANSWERED_EVENT)),
    sqlite_autoincrement=True,
)
