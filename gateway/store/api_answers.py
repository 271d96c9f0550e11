"""Answers to requests that were made with an idempotency key, so that the same request is not done twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from gateway.store.session import Tx
from gateway.store.tables import api_answer


def sweep(tx: Tx, *, before: datetime) -> int:
    """Forget answers from before; gives how many."""
    return tx.connection.execute(delete(api_answer).where(api_answer.c.made_at < before)).rowcount
