"""The queue and the clockwork: work rows, leases, slots of timed jobs, nodes, pauses, breakers, alarms."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, Text, UniqueConstraint, text

from gateway.store.tables.metadata import check, metadata, one_of, row_id
from gateway.store.types import Id, Json, UtcDateTime

KINDS = ("book", "bulk", "redo", "answer", "cut", "post", "feed", "deliver", "job")

# Live work only: small and hot. No column that a lease touches is indexed, so claims, renewals and progress stay in their page (HOT).
work = Table(
    "work",
    metadata,
    row_id(),
    Column("kind", String, nullable=False),
    Column("subject", BigInteger, nullable=False),
    Column("place", Integer, nullable=False, server_default=text("0")),
    Column("connector", Text, nullable=False),
    Column("lane", Text),
    Column("priority", SmallInteger, nullable=False, server_default=text("5")),
    Column("due_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),
    Column("holder", Text),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_place", Integer, nullable=False, server_default=text("0")),
    Column("waits_for", Id, ForeignKey("order_key.id")),
    Column("issue", Json),
    UniqueConstraint("kind", "subject", "place"),
    one_of("kind", KINDS),
    check("waits", "waits_for is null or kind = 'redo'"),
    Index("work_due", "kind", "connector", "priority", "due_at", "id"),
    Index("work_lane", "lane", "id", sqlite_where=text("lane is not null"), postgresql_where=text("lane is not null")),
    Index("work_wait", "waits_for", sqlite_where=text("waits_for is not null"), postgresql_where=text("waits_for is not null")),
    sqlite_autoincrement=True,
    postgresql_with={
        "fillfactor": 50,
        "autovacuum_vacuum_scale_factor": 0.01,
        "autovacuum_vacuum_threshold": 500,
        "autovacuum_vacuum_cost_delay": 0,
    },
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    Column("until", UtcDateTime),
    Column("fine_at", UtcDateTime),
    postgresql_with={"fillfactor": 50},
)

slot = Table(
    "slot",
    metadata,
    row_id(),
    Column("job", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", String, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("done", Integer),
    Column("failed", Integer),
    Column("issue", Json),
    # Who asked for it, where it was not the clock; and the run of a process that did it.
    Column("actor", Text),
    Column("run", Text),
    UniqueConstraint("job", "due_at"),
    Index("slot_list", "job", "id"),
    one_of("state", ("waiting", "running", "success", "failed", "error")),
    sqlite_autoincrement=True,
)

node = Table(
    "node",
    metadata,
    Column("run", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("beat_at", UtcDateTime, nullable=False),
    Column("beat", BigInteger, nullable=False, server_default=text("0")),
    Column("roles", Text),
    Column("knows", Text),
)

# What the installation remembers about its own database.
installation = Table("installation", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

# What a person must release: an endpoint whose login was refused, a channel whose outbound side is on hold.
pause = Table(
    "pause",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("issue", Json),
)

# Who stopped it, who let it go on, and why; the row of a pause is gone once it is lifted.
pause_event = Table(
    "pause_event",
    metadata,
    row_id(),
    Column("name", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("event", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("pause_event_list", "name", "id"),
    sqlite_autoincrement=True,
)

# An endpoint that could not be reached lately, for all nodes together; no row means that nothing is wrong with it.
breaker = Table(
    "breaker",
    metadata,
    Column("endpoint", Text, primary_key=True),
    Column("state", String, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("opened_at", UtcDateTime),
    Column("probe_at", UtcDateTime),
    Column("holder", Text),
    Column("reason", Text, nullable=False),
    one_of("state", ("failing", "open")),
    check("open", "(state = 'open') = (opened_at is not null and probe_at is not null)"),
)

# What somebody is to be told by e-mail; written with what it tells of, gone into a mail once `told_at` is there.
notice = Table(
    "notice",
    metadata,
    row_id(),
    Column("kind", String, nullable=False),
    Column("vendor", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("message_id", Id),
    Column("fact", Json, nullable=False),
    Column("told_at", UtcDateTime),
    Column("item_id", Id),
    Index("notice_waiting", "id", sqlite_where=text("told_at is null"), postgresql_where=text("told_at is null")),
    sqlite_autoincrement=True,
)
# What people must be told once for each cause: raised, shown until it is mended, kept afterwards.
alarm = Table(
    "alarm",
    metadata,
    row_id(),
    Column("about", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("connector", Text),
    Column("channel", Text),
    Column("vendor", Text),
    Column("missing", Integer),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("cleared_at", UtcDateTime),
    Column("cleared_by", Text),
    Column("reason", Text),
    Column("issue", Json, nullable=False),
    Column("detail", Json),
    UniqueConstraint("about", "subject"),
    check("cleared", "(cleared_at is null) = (cleared_by is null)"),
    Index("alarm_open", "about", "id", sqlite_where=text("cleared_at is null"), postgresql_where=text("cleared_at is null")),
    sqlite_autoincrement=True,
)

# How far a channel that something is expected from has been judged.
expectation = Table(
    "expectation",
    metadata,
    Column("connector", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("judged_at", UtcDateTime, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("highest", BigInteger),
)
