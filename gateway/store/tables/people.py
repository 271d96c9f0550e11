"""People who log in, programs with keys, what roles they have, their sessions, and the record of what concerns security.

Passwords, tokens and keys stand here as hashes only. The users of vendors are in `vendor_user`; the two share one space of ids.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from gateway.store.tables.metadata import metadata, one_of, row_id
from gateway.store.types import Json, UtcDateTime

PURPOSES = ("setup", "password")
STEPS = ("password", "full")

role = Table(
    "role",
    metadata,
    Column("name", Text, primary_key=True),
    Column("meaning", Text, nullable=False),
    Column("authorities", Json, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("roles", Json, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

# How somebody shows who they are, and how they like to read; one row a person, whether staff or of a vendor.
login = Table(
    "login",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("password", Text),
    Column("password_at", UtcDateTime),
    # The secret of the second factor in force.
    Column("factor", Text),
    Column("factor_at", UtcDateTime),
    # The step of time whose code was used last: no code counts twice.
    Column("factor_step", BigInteger),
    Column("taste", Json, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("last_at", UtcDateTime),
)

web_session = Table(
    "web_session",
    metadata,
    row_id(),
    Column("digest", String(64), nullable=False, unique=True),
    Column("user_id", Text, nullable=False),
    Column("form_token", Text, nullable=False),
    # Who has given the password alone may only give the second factor.
    Column("step", String, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("source", Text, nullable=False),
    Column("agent", Text, nullable=False),
    # The secret of a second factor that was shown in this session and is not in force: it dies with the session.
    Column("offered", Text),
    one_of("step", STEPS),
    Index("web_session_user", "user_id"),
    Index("web_session_ends", "ends_at"),
    sqlite_autoincrement=True,
)

# A link that works once: the first person of an installation, and who sets a password.
one_time_link = Table(
    "one_time_link",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("purpose", String, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    one_of("purpose", PURPOSES),
    Index("one_time_link_user", "user_id"),
)

api_key = Table(
    "api_key",
    metadata,
    row_id(),
    Column("digest", String(64), nullable=False, unique=True),
    # The first letters, so that a key can be recognized in a list.
    Column("head", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("authorities", Json, nullable=False),
    Column("vendor", Text),
    Column("made_by", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    sqlite_autoincrement=True,
)

# Failed logins by account, by source, and by both: each failure makes the next try wait longer, for a while.
login_failure = Table(
    "login_failure",
    metadata,
    Column("kind", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("wait_until", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("kind", "subject"),
    one_of("kind", ("account", "source", "both")),
    Index("login_failure_last", "last_at"),
)

# The answer to a request that was made with an idempotency key.
api_answer = Table(
    "api_answer",
    metadata,
    Column("account", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("account", "key"),
    Index("api_answer_made", "made_at"),
)

# Who did what that concerns security: each entry is chained to the one before. Only grows.
audit = Table(
    "audit",
    metadata,
    row_id(),
    Column("at", UtcDateTime, nullable=False),
    Column("event", String, nullable=False),
    Column("actor", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("detail", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Index("audit_actor", "actor", "id"),
    Index("audit_event", "event", "id"),
    Index("audit_about", "about", "id"),
    sqlite_autoincrement=True,
)
