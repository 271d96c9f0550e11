"""Endpoints that cannot be reached."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Endpoints that cannot be reached."""
    op.create_table(
        "breaker",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", types.UtcDateTime(), nullable=False),
        sa.Column("opened_at", types.UtcDateTime(), nullable=True),
        sa.Column("probe_at", types.UtcDateTime(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (opened_at is not null and probe_at is not null)", name=op.f("ck_breaker_open")),
        sa.CheckConstraint("state in ('failing', 'open')", name=op.f("ck_breaker_state")),
        sa.PrimaryKeyConstraint("endpoint", name=op.f("pk_breaker")),
    )
