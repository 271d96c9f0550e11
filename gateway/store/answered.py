"""What vendors have answered to orders: each answer that was taken, newest last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.domain.order_answer import LastAnswer
from gateway.domain.origin import Origin
from gateway.domain.outcome import AnswerTold
from gateway.store.dialects import bulk_insert, fetch_rows
from gateway.store.session import Tx
from gateway.store.tables import order_answer

_ROW = ("order_id", "vendor", "digest", "at", "vendor_order", "answered_on", "about_change", "message_id", "place")


class AnswerRow(Struct, frozen=True, kw_only=True):
    """One answer; `vendor_order` is the number that the vendor gave the order."""

    at: datetime
    vendor_order: str
    answered_on: date | None
    about_change: bool
    message_id: int | None


class AnswerEffects:
    """Collects what vendors answer."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._rows: list[tuple[Any, ...]] = []

    def told(self, it: AnswerTold, origin: Origin) -> None:
        """One more."""
        said = (it.order_id, it.vendor, it.digest, it.at, it.vendor_order, it.answered_on, it.is_about_change)
        self._rows.append((*said, origin.message_id, origin.place))

    def write(self) -> None:
        """All of them."""
        bulk_insert(self._tx, order_answer, _ROW, self._rows)


def last(connection: Connection, order_ids: Iterable[int]) -> dict[int, LastAnswer]:
    """The newest answer to each of these orders."""
    rows = fetch_rows(connection, order_answer, ("order_id",), [(it,) for it in order_ids], ("id", "order_id", "digest", "at"))
    return {row.order_id: LastAnswer(row.digest, row.at) for row in sorted(rows, key=lambda row: int(row.id))}


def of_order(connection: Connection, order_id: int) -> list[AnswerRow]:
    """All answers to an order, oldest first."""
    columns = (order_answer.c[name] for name in AnswerRow.__struct_fields__)
    rows = connection.execute(select(*columns).where(order_answer.c.order_id == order_id).order_by(order_answer.c.id))
    return [AnswerRow(**row._asdict()) for row in rows]
