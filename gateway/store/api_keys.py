"""Keys of programs: shown once, kept as hashes, bound to authorities and perhaps to one vendor, and ending some day."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, to_builtins
from sqlalchemy import Connection, Row, select, update

from gateway.domain.access import Account, Authority
from gateway.kernel.typed import convert
from gateway.store.session import Tx
from gateway.store.tables import api_key

_COLUMNS = ("id", "head", "name", "authorities", "vendor", "made_by", "made_at", "ends_at", "used_at", "revoked_at")


class ApiKey(Struct, frozen=True, kw_only=True):
    """A key as it is listed; its secret is not among it."""

    id: int
    head: str
    name: str
    authorities: tuple[Authority, ...]
    vendor: str | None
    made_by: str
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def account(self, now: datetime) -> Account | None:
        """Who acts with it; None when it works no more."""
        if self.revoked_at is not None or self.ends_at <= now:
            return None
        return Account(id=f"key:{self.name}", name=self.name, authorities=frozenset(self.authorities), vendor=self.vendor, key=self.id)


def add(tx: Tx, digest: str, key: ApiKey) -> int:
    """Store a new key; gives its id."""
    values = {name: to_builtins(getattr(key, name)) if name == "authorities" else getattr(key, name) for name in _COLUMNS if name != "id"}
    return int(tx.connection.execute(api_key.insert().values(digest=digest, **values).returning(api_key.c.id)).scalar_one())


def get(connection: Connection, digest: str) -> ApiKey | None:
    """The key of this secret, whether it still works or not."""
    row = connection.execute(select(*(api_key.c[name] for name in _COLUMNS)).where(api_key.c.digest == digest)).one_or_none()
    return None if row is None else _key(row)


def found(connection: Connection) -> tuple[ApiKey, ...]:
    """All keys, the newest first."""
    return tuple(_key(row) for row in connection.execute(select(*(api_key.c[name] for name in _COLUMNS)).order_by(api_key.c.id.desc())))


def used(tx: Tx, key_id: int, *, at: datetime) -> None:
    """A program was here."""
    tx.connection.execute(update(api_key).where(api_key.c.id == key_id).values(used_at=at))


def revoke(tx: Tx, key_id: int, *, at: datetime) -> bool:
    """It works no more; False when there is none, or it was revoked before."""
    live = (api_key.c.id == key_id) & api_key.c.revoked_at.is_(None)
    return tx.connection.execute(update(api_key).where(live).values(revoked_at=at)).rowcount == 1


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    told = dict(zip(_COLUMNS, row, strict=True))
    return ApiKey(**(told | {"authorities": convert(told["authorities"], tuple[Authority, ...])}))  # type: ignore[arg-type]
