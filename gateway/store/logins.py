"""How people show who they are: passwords, second factors, links that work once, and how long a failed try must wait.

The row of a login is also what holds an id: staff and users of vendors share one space of ids, and who has the row has the id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, to_builtins
from sqlalchemy import Connection, Row, case, delete, or_, select, update

from gateway.kernel.errors import StoreBusy
from gateway.kernel.typed import convert
from gateway.store.dialects import insert_missing, lock_rows
from gateway.store.session import Tx
from gateway.store.tables import login, login_failure, one_time_link

_COLUMNS = ("user_id", "password", "password_at", "factor", "factor_at", "factor_step", "taste", "demo", "last_at")
_FAILURE = ("kind", "subject", "failures", "last_at", "wait_until")

Subject = tuple[str, str]
"""Whose tries are counted: the kind (`account`, `source`, `both`) and its name."""


class Taste(Struct, frozen=True, kw_only=True):
    """How somebody likes to read; an empty word follows the organization, or the browser."""

    zone: str = ""
    dates: str = ""
    """Order of day, month and year: `iso`, `american`, `european`."""
    numbers: str = ""
    """Marks in numbers: `english`, `continental`, `swiss`, `french`."""
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

    def __repr__(self) -> str:
        """Without what must not be told: hash and secret."""
        return f"Login(user_id={self.user_id!r}, has_password={self.password is not None}, has_factor={self.has_factor})"

    @property
    def has_factor(self) -> bool:
        """Whether a second factor is in force."""
        return self.factor is not None and self.factor_at is not None


class Failures(Struct, frozen=True):
    """Failed tries of one account, source or both together."""

    failures: int
    last_at: datetime
    wait_until: datetime


def claim(tx: Tx, user_id: str) -> bool:
    """Take an id for somebody new; False when it is taken, also by whoever was added at the same time."""
    return bool(insert_missing(tx, login, ("user_id", "taste", "demo"), [(user_id, {}, False)], key=("user_id",), returning=("user_id",)))


def get(connection: Connection, user_id: str) -> Login | None:
    """What is kept of this person."""
    return _login(connection.execute(select(*(login.c[name] for name in _COLUMNS)).where(login.c.user_id == user_id)).one_or_none())


def locked(tx: Tx, user_id: str) -> Login | None:
    """The same, locked until the end of the transaction: nobody changes password, factor or rights meanwhile."""
    chosen = select(*(login.c[name] for name in _COLUMNS)).where(login.c.user_id == user_id).with_for_update()
    return _login(tx.connection.execute(chosen).one_or_none())


def lock(tx: Tx, user_ids: Iterable[str]) -> None:
    """Lock these people, always in the same order; whoever has no row yet gets one."""
    for user_id in sorted(user_ids):
        claim(tx, user_id)
        locked(tx, user_id)


def put(tx: Tx, user_id: str, **values: Any) -> None:
    """Set some of it; the row is made when it is the first time."""
    plain = {name: to_builtins(value) if isinstance(value, Taste) else value for name, value in values.items()}
    claim(tx, user_id)
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
    drop_links(tx, purpose=purpose, user_id=user_id)
    tx.connection.execute(one_time_link.insert().values(digest=digest, purpose=purpose, user_id=user_id, ends_at=ends_at))


def drop_links(tx: Tx, *, purpose: str, user_id: str) -> None:
    """Links of this purpose and person work no more."""
    tx.connection.execute(delete(one_time_link).where(one_time_link.c.purpose == purpose, one_time_link.c.user_id == user_id))


def link(connection: Connection, digest: str, *, purpose: str, now: datetime) -> str | None:
    """Whom the link is for; None when it does not work, or no more."""
    chosen = select(one_time_link.c.user_id).where(
        one_time_link.c.digest == digest, one_time_link.c.purpose == purpose, one_time_link.c.ends_at > now
    )
    return connection.execute(chosen).scalar_one_or_none()


def use_link(tx: Tx, digest: str, *, purpose: str, now: datetime) -> str | None:
    """Whom the link is for; it works no more from here on, and for nobody else at the same time."""
    user_id = link(tx.connection, digest, purpose=purpose, now=now)
    if user_id is None:
        return None
    gone = tx.connection.execute(delete(one_time_link).where(one_time_link.c.digest == digest)).rowcount
    return user_id if gone == 1 else None


def failures(tx: Tx, subjects: Iterable[Subject], *, at: datetime) -> dict[str, Failures]:
    """How often these failed and until when they wait, by kind; locked, so that tries made at the same time are counted one by one."""
    keys = list(subjects)
    insert_missing(tx, login_failure, _FAILURE, [(*key, 0, at, at) for key in keys], key=("kind", "subject"))
    rows = lock_rows(tx, login_failure, ("kind", "subject"), keys, _FAILURE)
    if len(rows) < len(set(keys)):
        raise StoreBusy("old failures were being forgotten: once more")
    return {row[0]: Failures(*row[2:]) for row in rows}


def count(tx: Tx, subject: Subject, *, failures: int, at: datetime, wait: timedelta) -> None:
    """One more try, which counts as failed until it has gone well."""
    tx.connection.execute(update(login_failure).where(_of(subject)).values(failures=failures, last_at=at, wait_until=at + wait))


def take_back(tx: Tx, subject: Subject, *, at: datetime) -> None:
    """The try of that instant has not failed; what failed before still counts."""
    wait_until = case((login_failure.c.last_at == at, at), else_=login_failure.c.wait_until)
    fewer = case((login_failure.c.failures > 0, login_failure.c.failures - 1), else_=0)
    tx.connection.execute(update(login_failure).where(_of(subject)).values(failures=fewer, wait_until=wait_until))


def forgive(tx: Tx, subject: Subject) -> None:
    """A try went well: what failed before counts no more."""
    tx.connection.execute(update(login_failure).where(_of(subject)).values(failures=0, wait_until=login_failure.c.last_at))


def sweep(tx: Tx, *, before: datetime, now: datetime) -> int:
    """Forget failures from before that wait for nothing any more, and links that have run out; gives how many."""
    over = delete(login_failure).where(login_failure.c.last_at < before, login_failure.c.wait_until <= now)
    ended = delete(one_time_link).where(one_time_link.c.ends_at <= now)
    return tx.connection.execute(over).rowcount + tx.connection.execute(ended).rowcount


def _of(subject: Subject) -> Any:
    kind, name = subject
    return (login_failure.c.kind == kind) & (login_failure.c.subject == name)


def _login(row: Row[Any] | None) -> Login | None:
    if row is None:
        return None
    told = dict(zip(_COLUMNS, row, strict=True))
    return Login(**(told | {"taste": convert(told["taste"], Taste)}))
