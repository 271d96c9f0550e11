"""How people show who they are: passwords, second factors, links that work once, and how long a failed try must wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, convert, to_builtins
from sqlalchemy import Connection, delete, or_, select, update

from gateway.store.dialects import insert_missing
from gateway.store.session import Tx
from gateway.store.tables import login, login_failure, one_time_link

_COLUMNS = ("user_id", "password", "password_at", "factor", "factor_at", "factor_step", "taste", "demo", "last_at")


class Taste(Struct, frozen=True, kw_only=True):
    """How somebody likes to read; an empty word follows the organization, or the browser."""

    zone: str = ""
    language: str = ""
    dates: str = ""
    """Order of day, month and year: `iso`, `american`, `european`."""
    theme: str = ""
    """`light`, `dark`, or as the system says."""


class Login(Struct, frozen=True, kw_only=True):
    """What is kept of somebody who logs in."""

    user_id: str
    password: str | None = None
    password_at: datetime | None = None
    factor: str | None = None
    factor_at: datetime | None = None
    factor_step: int | None = None
    taste: Taste = Taste()
    demo: bool = False
    last_at: datetime | None = None

    @property
    def has_factor(self) -> bool:
        """Whether a second factor is in force."""
        return self.factor_at is not None


class Failures(Struct, frozen=True):
    """Failed tries of one account, source or both together."""

    failures: int
    last_at: datetime
    wait_until: datetime


def get(connection: Connection, user_id: str) -> Login | None:
    """What is kept of this person; None for one who never set a password."""
    row = connection.execute(select(*(login.c[name] for name in _COLUMNS)).where(login.c.user_id == user_id)).one_or_none()
    if row is None:
        return None
    told: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    return Login(**(told | {"taste": convert(told["taste"], Taste)}))


def put(tx: Tx, user_id: str, **values: Any) -> None:
    """Set some of it; the row is made when it is the first time."""
    plain = {name: to_builtins(value) if isinstance(value, Taste) else value for name, value in values.items()}
    insert_missing(tx, login, ("user_id", "taste", "demo"), [(user_id, {}, False)], key=("user_id",), returning=("user_id",))
    tx.connection.execute(update(login).where(login.c.user_id == user_id).values(**plain))


def use_factor_step(tx: Tx, user_id: str, step: int) -> bool:
    """A code of this step of time was given; False when it, or a later one, was used before."""
    unused = or_(login.c.factor_step.is_(None), login.c.factor_step < step)
    return tx.connection.execute(update(login).where(login.c.user_id == user_id, unused).values(factor_step=step)).rowcount == 1


def anybody(connection: Connection) -> bool:
    """Whether any password was ever set, other than those of a demonstration."""
    chosen = select(login.c.user_id).where(login.c.password.is_not(None), login.c.demo.is_(False)).limit(1)
    return connection.execute(chosen).first() is not None


def make_link(tx: Tx, digest: str, *, purpose: str, user_id: str, ends_at: datetime) -> None:
    """A link that works once until `ends_at`; an older one for the same purpose and person works no more."""
    tx.connection.execute(delete(one_time_link).where(one_time_link.c.purpose == purpose, one_time_link.c.user_id == user_id))
    tx.connection.execute(one_time_link.insert().values(digest=digest, purpose=purpose, user_id=user_id, ends_at=ends_at))


def link(connection: Connection, digest: str, *, purpose: str, now: datetime) -> str | None:
    """Whom the link is for; None when it does not work, or no more."""
    chosen = select(one_time_link.c.user_id).where(
        one_time_link.c.digest == digest, one_time_link.c.purpose == purpose, one_time_link.c.ends_at > now
    )
    return connection.execute(chosen).scalar_one_or_none()


def use_link(tx: Tx, digest: str, *, purpose: str, now: datetime) -> str | None:
    """Whom the link is for; it works no more from here on."""
    user_id = link(tx.connection, digest, purpose=purpose, now=now)
    if user_id is None:
        return None
    gone = tx.connection.execute(delete(one_time_link).where(one_time_link.c.digest == digest)).rowcount
    return user_id if gone == 1 else None


def failures(connection: Connection, kind: str, subject: str) -> Failures | None:
    """How often and until when."""
    chosen = select(login_failure.c.failures, login_failure.c.last_at, login_failure.c.wait_until)
    row = connection.execute(chosen.where(login_failure.c.kind == kind, login_failure.c.subject == subject)).one_or_none()
    return None if row is None else Failures(*row)


def fail(tx: Tx, kind: str, subject: str, *, failures: int, at: datetime, wait: timedelta) -> None:
    """One more failed try."""
    insert_missing(
        tx,
        login_failure,
        ("kind", "subject", "failures", "last_at", "wait_until"),
        [(kind, subject, 0, at, at)],
        key=("kind", "subject"),
        returning=("kind",),
    )
    here = (login_failure.c.kind == kind) & (login_failure.c.subject == subject)
    tx.connection.execute(update(login_failure).where(here).values(failures=failures, last_at=at, wait_until=at + wait))


def forgive(tx: Tx, kind: str, subject: str) -> None:
    """A try went well: what failed before counts no more."""
    tx.connection.execute(delete(login_failure).where(login_failure.c.kind == kind, login_failure.c.subject == subject))


def sweep(tx: Tx, *, before: datetime, now: datetime) -> None:
    """Forget failures from before, and links that have run out."""
    tx.connection.execute(delete(login_failure).where(login_failure.c.last_at < before))
    tx.connection.execute(delete(one_time_link).where(one_time_link.c.ends_at <= now))
