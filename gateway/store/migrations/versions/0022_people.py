"""People who log in, their roles and sessions, keys of programs, and the record of what concerns security."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store import types
from gateway.store.dialects.guards import guards

revision = "0022"
down_revision = "0021"

APPEND_ONLY = ("audit",)


def upgrade() -> None:
    """Only new tables: older programs go on beside them."""
    op.create_table(
        "role",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("authorities", types.Json(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_role")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("roles", types.Json(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
    )
    op.create_table(
        "login",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("password_at", types.UtcDateTime(), nullable=True),
        sa.Column("factor", sa.Text(), nullable=True),
        sa.Column("factor_at", types.UtcDateTime(), nullable=True),
        sa.Column("factor_step", sa.BigInteger(), nullable=True),
        sa.Column("taste", types.Json(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("last_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_login")),
    )
    op.create_table(
        "web_session",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("form_token", sa.Text(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("ends_at", types.UtcDateTime(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("offered", sa.Text(), nullable=True),
        sa.CheckConstraint("step in ('password', 'full')", name=op.f("ck_web_session_step")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_web_session_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index("web_session_ends", "web_session", ["ends_at"], unique=False)
    op.create_index("web_session_user", "web_session", ["user_id"], unique=False)
    op.create_table(
        "one_time_link",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("ends_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("purpose in ('setup', 'password')", name=op.f("ck_one_time_link_purpose")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_one_time_link")),
    )
    op.create_index("one_time_link_user", "one_time_link", ["user_id"], unique=False)
    op.create_table(
        "api_key",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("authorities", types.Json(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.Column("ends_at", types.UtcDateTime(), nullable=False),
        sa.Column("used_at", types.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "login_failure",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", types.UtcDateTime(), nullable=False),
        sa.Column("wait_until", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind in ('account', 'source', 'both')", name=op.f("ck_login_failure_kind")),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_login_failure")),
    )
    op.create_index("login_failure_last", "login_failure", ["last_at"], unique=False)
    op.create_table(
        "api_answer",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", "key", name=op.f("pk_api_answer")),
    )
    op.create_index("api_answer_made", "api_answer", ["made_at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", types.Id, sa.Identity(always=False), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("detail", types.Json(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_about", "audit", ["about", "id"], unique=False)
    op.create_index("audit_actor", "audit", ["actor", "id"], unique=False)
    op.create_index("audit_event", "audit", ["event", "id"], unique=False)
    for statement in guards(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)
