"""Printed documents: what is to be made of a batch for each brand, how far it has come, where its bytes lie and how long."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from gateway.store.tables.metadata import check, metadata, one_of, ref, row_id
from gateway.store.types import Json, UtcDateTime

DOCUMENT_KINDS = ("slips", "pull_sheet", "csv")
DOCUMENT_STATES = ("waiting", "ready", "failed", "expired")

slip_document = Table(
    "slip_document",
    metadata,
    row_id(),
    ref("batch_number", "batch.number"),
    Column("brand", Text, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("made_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("archive_key", Text),
    Column("size", BigInteger),
    Column("pages", Integer),
    Column("issue", Json),
    UniqueConstraint("batch_number", "brand", "kind"),
    one_of("kind", DOCUMENT_KINDS),
    one_of("state", DOCUMENT_STATES),
    check("ready", "(state = 'ready') = (archive_key is not null)"),
    Index(
        "slip_document_expires",
        "expires_at",
        sqlite_where=text("state = 'ready'"),
        postgresql_where=text("state = 'ready'"),
    ),
    sqlite_autoincrement=True,
)
