"""Sessions of people in a browser: only the hash of a token is kept, and whoever may can end one at once."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, or_, select, update

from gateway.store.session import Tx
from gateway.store.tables import web_session

PASSWORD, FULL = "password", "full"
_COLUMNS = ("id", "user_id", "form_token", "step", "made_at", "seen_at", "ends_at", "source", "agent", "offered")


class Session(Struct, frozen=True, kw_only=True):
    """One session; `step` says whether the second factor is still to come."""

    id: int
    user_id: str
    form_token: str
    step: str
    made_at: datetime
    seen_at: datetime
    ends_at: datetime
    source: str
    agent: str
    offered: str | None = None
    """The secret of a second factor that was shown in this session and is not in force."""

    def __repr__(self) -> str:
        """Without what must not be told: token and secret."""
        return f"Session(id={self.id}, user_id={self.user_id!r}, step={self.step!r})"

    @property
    def is_full(self) -> bool:
        """Whether everything that was asked for was shown."""
        return self.step == FULL


def add(tx: Tx, digest: str, session: Session) -> int:
    """Begin a session; gives its id."""
    values = {name: getattr(session, name) for name in _COLUMNS if name != "id"}
    return int(tx.connection.execute(web_session.insert().values(digest=digest, **values).returning(web_session.c.id)).scalar_one())


def get(connection: Connection, digest: str) -> Session | None:
    """The session of this token, whether it has run out or not."""
    row = connection.execute(select(*(web_session.c[name] for name in _COLUMNS)).where(web_session.c.digest == digest)).one_or_none()
    return None if row is None else Session(**dict(zip(_COLUMNS, row, strict=True)))


def of_user(connection: Connection, user_id: str) -> tuple[Session, ...]:
    """All sessions of somebody, the newest first."""
    chosen = select(*(web_session.c[name] for name in _COLUMNS)).where(web_session.c.user_id == user_id)
    rows = connection.execute(chosen.order_by(web_session.c.id.desc()))
    return tuple(Session(**dict(zip(_COLUMNS, row, strict=True))) for row in rows)


def seen(tx: Tx, session_id: int, *, at: datetime) -> None:
    """Somebody was here."""
    tx.connection.execute(update(web_session).where(web_session.c.id == session_id, web_session.c.seen_at < at).values(seen_at=at))


def offer(tx: Tx, session_id: int, secret: str) -> str | None:
    """The secret that this session offers: this one, unless there is one already; None when the session has ended."""
    empty = (web_session.c.id == session_id) & web_session.c.offered.is_(None)
    tx.connection.execute(update(web_session).where(empty).values(offered=secret))
    return tx.connection.execute(select(web_session.c.offered).where(web_session.c.id == session_id)).scalar_one_or_none()


def end(tx: Tx, session_id: int, *, user_id: str | None = None) -> bool:
    """End one session, perhaps only if it is this user's; False when it had ended."""
    gone = delete(web_session).where(web_session.c.id == session_id)
    if user_id is not None:
        gone = gone.where(web_session.c.user_id == user_id)
    return tx.connection.execute(gone).rowcount == 1


def end_all(tx: Tx, user_id: str, *, but: int | None = None) -> int:
    """End all sessions of somebody, perhaps but this one; gives how many."""
    gone = delete(web_session).where(web_session.c.user_id == user_id)
    if but is not None:
        gone = gone.where(web_session.c.id != but)
    return tx.connection.execute(gone).rowcount


def sweep(tx: Tx, *, now: datetime, idle_since: datetime) -> int:
    """Forget what has run out."""
    return tx.connection.execute(delete(web_session).where(or_(web_session.c.ends_at <= now, web_session.c.seen_at < idle_since))).rowcount
