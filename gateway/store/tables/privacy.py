"""The erasure of personal data: what was asked and done, the runs of the purge, files that are still to be scrubbed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, text

from gateway.store.tables.metadata import metadata, one_of, ref, row_id
from gateway.store.types import Json, UtcDateTime

RUN_STATES = ("running", "success", "failed", "error", "paused")

# A row stands here only inside the transaction of an erasure: it lets that transaction overwrite what people wrote in growing tables.
erasing = Table("erasing", metadata, row_id(), sqlite_autoincrement=True)

# The job log of the purge (sdf 7.2).
privacy_run = Table(
    "privacy_run",
    metadata,
    row_id(),
    Column("state", String, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("beat_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("actor", Text, nullable=False),
    Column("retention_days", Integer, nullable=False),
    Column("cutoff", UtcDateTime, nullable=False),
    # Where the run goes on: the highest first order of a sales order that it has looked at.
    Column("reached", BigInteger, nullable=False, server_default=text("0")),
    Column("done", Integer, nullable=False, server_default=text("0")),
    Column("failed", Integer, nullable=False, server_default=text("0")),
    Column("files", Integer, nullable=False, server_default=text("0")),
    Column("issue", Json),
    one_of("state", RUN_STATES),
    sqlite_autoincrement=True,
)

# Who looked at or erased what, and why; never the data itself. Only grows.
privacy_act = Table(
    "privacy_act",
    metadata,
    row_id(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("reason", Text, nullable=False),
    ref("run_id", "privacy_run.id", null=True),
    one_of("act", ("read", "erased")),
    Index("privacy_act_subject", "kind", "subject"),
    sqlite_autoincrement=True,
)

# Bytes in the archive that hold the data of an erased order; the row stays as the proof that they are gone.
privacy_file = Table(
    "privacy_file",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    # Nothing of it may be left: no order in it keeps its data.
    Column("whole", Boolean, nullable=False, server_default=text("false")),
    # Of so many documents their own words are left; those of orders that keep their data.
    Column("kept", Integer),
    Column("issue", Json),
    Index("privacy_file_due", "due_at", sqlite_where=text("done_at is null"), postgresql_where=text("done_at is null")),
)
