"""Answers to requests that were made with an idempotency key, so that the same request is not done twice."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import delete, select, update

from gateway.store.dialects import insert_missing
from gateway.store.session import Tx
from gateway.store.tables import api_answer

UNDER_WAY = 0
"""The status of a request that has begun and is not answered."""
_COLUMNS = ("account", "key", "request", "status", "body", "made_at")
_KEY = ("account", "key")


class KeptAnswer(Struct, frozen=True):
    """What was answered to the request of this hash."""

    request: str
    status: int
    body: str

    @property
    def is_known(self) -> bool:
        """Whether the request was answered; else it is under way, or its process died over it."""
        return self.status != UNDER_WAY


def begin(tx: Tx, account: str, key: str, request: str, *, at: datetime) -> KeptAnswer | None:
    """Take the key for this request; what is kept under it when somebody was first."""
    if insert_missing(tx, api_answer, _COLUMNS, [(account, key, request, UNDER_WAY, "", at)], key=_KEY, returning=("key",)):
        return None
    chosen = select(api_answer.c.request, api_answer.c.status, api_answer.c.body)
    return KeptAnswer(*tx.connection.execute(chosen.where(api_answer.c.account == account, api_answer.c.key == key)).one())


def finish(tx: Tx, account: str, key: str, *, status: int, body: str) -> None:
    """The request was answered so."""
    here = (api_answer.c.account == account) & (api_answer.c.key == key)
    tx.connection.execute(update(api_answer).where(here).values(status=status, body=body))


def drop(tx: Tx, account: str, key: str) -> None:
    """Nothing was done: the key is free again."""
    tx.connection.execute(delete(api_answer).where(api_answer.c.account == account, api_answer.c.key == key))


def sweep(tx: Tx, *, before: datetime) -> int:
    """Forget answers from before; gives how many."""
    return tx.connection.execute(delete(api_answer).where(api_answer.c.made_at < before)).rowcount
