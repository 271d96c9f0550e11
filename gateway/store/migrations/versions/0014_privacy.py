"""What the erasure of personal data needs: what was asked and done, its runs, and the files that are still to be scrubbed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types
from gateway.store.dialects.guards import erasable, guards

revision = "0014"
down_revision = "0013"

APPEND_ONLY = ("privacy_act",)


def upgrade() -> None:
    """New tables; and growing tables let an erasure overwrite what people wrote in them: older programs go on beside it."""
    op.create_table(
        "erasing",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasing")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "privacy_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("done_at", types.UtcDateTime(), nullable=True),
        sa.Column("whole", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=True),
        sa.Column("issue", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_privacy_file")),
    )
    op.create_index(
        "privacy_file_due",
        "privacy_file",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("done_at is null"),
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_table(
        "privacy_run",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("beat_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=False),
        sa.Column("cutoff", types.UtcDateTime(), nullable=False),
        sa.Column("reached", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("files", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("issue", types.Json(), nullable=True),
        sa.CheckConstraint("state in ('running', 'success', 'failed', 'error', 'paused')", name=op.f("ck_privacy_run_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_run")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "privacy_act",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("run_id", types.Id, nullable=True),
        sa.CheckConstraint("act in ('read', 'erased')", name=op.f("ck_privacy_act_act")),
        sa.ForeignKeyConstraint(["run_id"], ["privacy_run.id"], name=op.f("fk_privacy_act_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_act")),
        sqlite_autoincrement=True,
    )
    op.create_index("privacy_act_subject", "privacy_act", ["kind", "subject"], unique=False)
    for statement in (*guards(op.get_bind().dialect.name, APPEND_ONLY), *erasable(op.get_bind().dialect.name)):
        op.execute(statement)
