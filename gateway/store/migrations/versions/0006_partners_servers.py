"""Remember what partners' servers can do and which host keys they show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Remember what partners' servers can do and which host keys they show."""
    op.create_table(
        "endpoint_ability",
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("found_at", types.UtcDateTime(), nullable=False),
        sa.Column("ability", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("connector", name=op.f("pk_endpoint_ability")),
    )
    op.create_table(
        "host_key_seen",
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("first_at", types.UtcDateTime(), nullable=False),
        sa.Column("last_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("connector", "fingerprint", name=op.f("pk_host_key_seen")),
    )
    op.create_table(
        "host_key_trust",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_key_trust")),
        sa.UniqueConstraint("connector", "address", "fingerprint", name=op.f("uq_host_key_trust_connector_address_fingerprint")),
        sqlite_autoincrement=True,
    )
