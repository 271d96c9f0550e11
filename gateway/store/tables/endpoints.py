"""What is known about partners' servers: what they can do, which host keys they showed, which ones a person trusts, refused logins."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from gateway.store.tables.metadata import metadata, row_id
from gateway.store.types import Json, UtcDateTime

# The last trial of a connector's server; an address that is no longer the connector's makes it worthless.
endpoint_ability = Table(
    "endpoint_ability",
    metadata,
    Column("connector", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("ability", Json, nullable=False),
)

host_key_seen = Table(
    "host_key_seen",
    metadata,
    Column("connector", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
)

# Logins refused in a row, by all processes together; a row is there only until one is accepted.
refused_login = Table(
    "refused_login",
    metadata,
    Column("connector", Text, primary_key=True),
    Column("times", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
)

# Never changed: who trusted which key, when and why. It counts beside the pins of the connector, for that address only.
host_key_trust = Table(
    "host_key_trust",
    metadata,
    row_id(),
    Column("connector", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("connector", "address", "fingerprint"),
    sqlite_autoincrement=True,
)
