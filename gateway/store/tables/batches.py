"""What leaves: batches and their lines, outgoing items with fixed bytes and numbers, the change feed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, Index, Integer, PrimaryKeyConstraint, String, Table, Text, text

from gateway.domain.outcome import BatchState, Wish
from gateway.store.tables.metadata import check, metadata, one_of, ref, row_id, words
from gateway.store.types import Bytes, Id, Json, UtcDateTime

ITEM_STATES = ("waiting", "blessed", "sent", "conflict", "held", "parked", "cancelled")
ACK_STATES = ("none", "due", "accepted", "accepted_with_errors", "rejected", "overdue")

counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("most", BigInteger, nullable=False),
    check("last", "last >= 0 and last <= most"),
)

batch = Table(
    "batch",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),
    Column("channel", Text, nullable=False),
    Column("vendor", Text, nullable=False),
    Column("state", String, nullable=False),
    ref("replaces", "batch.number", null=True),
    ref("item_id", "outbox.id", null=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("acknowledged_at", UtcDateTime),
    one_of("state", words(BatchState)),
    check("acknowledged", "state <> 'acknowledged' or acknowledged_at is not null"),
    # One reservation a channel: a crash keeps the number for the next cut.
    Index("batch_cutting", "channel", unique=True, sqlite_where=text("state = 'cutting'"), postgresql_where=text("state = 'cutting'")),
)

batch_line = Table(
    "batch_line",
    metadata,
    ref("batch_number", "batch.number"),
    Column("order_id", Id, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("live", Boolean, nullable=False),
    PrimaryKeyConstraint("batch_number", "order_id", "line_no"),
    ForeignKeyConstraint(["order_id", "line_no"], ["order_line.order_id", "order_line.line_no"]),
    check("quantity", "quantity > 0"),
    Index("batch_line_order", "order_id"),
    # A line is in one live batch.
    Index("batch_line_live", "order_id", "line_no", unique=True, sqlite_where=text("live"), postgresql_where=text("live")),
)

# What a partner asks for beyond the timetable: a batch (again), or changes from a number on. One file answers one row.
partner_request = Table(
    "partner_request",
    metadata,
    row_id(),
    Column("kind", String, nullable=False),
    Column("partner", Text, nullable=False),
    Column("number", BigInteger),
    Column("most", Integer),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("message_id", Id),
    Column("place", Integer),
    Column("done_at", UtcDateTime),
    ref("item_id", "outbox.id", null=True),
    one_of("kind", words(Wish)),
    check("most", "most > 0"),
    Index("partner_request_open", "kind", "partner", sqlite_where=text("done_at is null"), postgresql_where=text("done_at is null")),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    row_id(),
    Column("idem", Text, nullable=False, unique=True),
    Column("connector", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("file_name", Bytes, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("archive_key", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("ack", String, nullable=False, server_default=text("'none'")),
    Column("round", Integer, nullable=False, server_default=text("1")),
    # The highest fence of a work row that is gone; the next row goes on from it, so temporary names never repeat.
    Column("fence", Integer, nullable=False, server_default=text("0")),
    Column("blessed_name", Bytes),
    Column("known", String),
    Column("made_at", UtcDateTime, nullable=False),
    Column("give_up_at", UtcDateTime),
    Column("ack_due_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("issue", Json),
    one_of("state", ITEM_STATES),
    check("blessed", "state <> 'blessed' or blessed_name is not null"),
    check("unblessed", "state not in ('waiting', 'cancelled') or blessed_name is null"),
    check("sent_known", "(state = 'sent') = (known is not null)"),
    one_of("known", ("seen", "inferred")),
    check("sent_at", "state <> 'sent' or sent_at is not null"),
    one_of("ack", ACK_STATES),
    check("ack_sent", "ack in ('none', 'due') or state = 'sent'"),
    # A name is never used twice.
    Index(
        "outbox_name",
        "connector",
        "channel",
        "file_name",
        unique=True,
        sqlite_where=text("state <> 'cancelled'"),
        postgresql_where=text("state <> 'cancelled'"),
    ),
    Index("outbox_file", "file_name"),
    # What needs somebody is counted whenever somebody looks; what is sent is nearly everything.
    Index(
        "outbox_unfinished",
        "connector",
        "state",
        "made_at",
        sqlite_where=text("state not in ('sent', 'cancelled')"),
        postgresql_where=text("state not in ('sent', 'cancelled')"),
    ),
    Index("outbox_overdue", "connector", sqlite_where=text("ack = 'overdue'"), postgresql_where=text("ack = 'overdue'")),
    Index(
        "outbox_watch",
        "ack_due_at",
        sqlite_where=text("ack = 'due' and state = 'sent'"),
        postgresql_where=text("ack = 'due' and state = 'sent'"),
    ),
    sqlite_autoincrement=True,
)

# No number is given twice.
outbox_number = Table(
    "outbox_number",
    metadata,
    Column("counter", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    ref("item_id", "outbox.id"),
    PrimaryKeyConstraint("counter", "number"),
    Index("outbox_number_item", "item_id"),
)

outbox_attempt = Table(
    "outbox_attempt",
    metadata,
    ref("item_id", "outbox.id"),
    Column("fence", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("run", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("result", String),
    Column("words", Text),
    PrimaryKeyConstraint("item_id", "fence"),
)

outbox_event = Table(
    "outbox_event",
    metadata,
    row_id(),
    ref("item_id", "outbox.id"),
    Column("at", UtcDateTime, nullable=False),
    Column("event", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("detail", Json),
    Index("outbox_event_list", "item_id", "id"),
    sqlite_autoincrement=True,
)

# The change feed: rows commit without number; the exporter numbers them under the feed row.
change = Table(
    "change",
    metadata,
    row_id(),
    Column("system", Text, nullable=False),
    Column("seq", BigInteger),
    ref("order_id", "purchase_order.id"),
    Column("line_no", Integer),
    Column("type", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("body", Json, nullable=False),
    Index("change_order", "order_id"),
    Index("change_seq", "system", "seq", unique=True, sqlite_where=text("seq is not null"), postgresql_where=text("seq is not null")),
    Index("change_new", "system", "id", sqlite_where=text("seq is null"), postgresql_where=text("seq is null")),
    sqlite_autoincrement=True,
)

feed = Table(
    "feed",
    metadata,
    Column("system", Text, primary_key=True),
    Column("last", BigInteger, nullable=False, server_default=text("0")),
    Column("exported", BigInteger, nullable=False, server_default=text("0")),
    Column("confirmed", BigInteger, nullable=False, server_default=text("0")),
    check("order", "confirmed <= exported and exported <= last"),
)
