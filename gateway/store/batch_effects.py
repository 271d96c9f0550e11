"""How batches change: states by guard, lines that enter, change or leave, and the closing of a batch whose last line left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import exists, literal, select, update

from gateway.domain.order import LineStatus
from gateway.domain.origin import Origin
from gateway.domain.outcome import Batch, BatchAnswered, BatchChanged, BatchLine, BatchLinesChanged, BatchState
from gateway.kernel.errors import StoreBusy
from gateway.store import outbox
from gateway.store.dialects import bulk_insert, bulk_update, fetch_rows, lock_rows
from gateway.store.outbox import Ack
from gateway.store.session import Tx
from gateway.store.tables import batch, batch_line, order_line

Values = tuple[Any, ...]

_LINE_KEY = ("batch_number", "order_id", "line_no")
_LINE = (*_LINE_KEY, "quantity", "live")
_FROM: Mapping[BatchState, tuple[BatchState, ...]] = MappingProxyType(
    {
        BatchState.OPEN: (BatchState.CUTTING,),
        BatchState.ACKNOWLEDGED: (BatchState.OPEN,),
        BatchState.CLOSED: (BatchState.OPEN, BatchState.ACKNOWLEDGED, BatchState.CLOSED),
        BatchState.VOID: (BatchState.OPEN, BatchState.ACKNOWLEDGED),
    }
)
"""The states from which a batch may come into a state (store.md 6)."""


class BatchEffects:
    """Collects changes of batches and writes them."""

    def __init__(self, tx: Tx, *, at: datetime) -> None:
        self._tx = tx
        self._at = at
        self._batches: dict[int, Batch] = {}
        self._actors: dict[int, str] = {}
        self._lines: dict[tuple[int, int, int], BatchLine] = {}
        self._answered: dict[int, BatchAnswered] = {}

    def changed(self, change: BatchChanged, origin: Origin) -> None:
        """A batch has a new state."""
        self._batches[change.batch.number] = change.batch
        self._actors[change.batch.number] = origin.user

    def lines_changed(self, change: BatchLinesChanged, _: Origin) -> None:
        """Lines enter batches, or change in them; the last word in a transaction counts."""
        for line in change.lines:
            self._lines[line.batch, line.order_id, line.line_no] = line

    def answered(self, change: BatchAnswered, _: Origin) -> None:
        """A line of the batch was acknowledged by itself."""
        self._answered[change.number] = change

    def write(self) -> None:
        """Lines first, then states, last the batches that nothing is left in."""
        self._write_lines()
        for number in sorted(self._batches):
            self._write_state(self._batches[number])
        self._acknowledge(self._answered)
        left = {line.batch for line in self._lines.values() if not line.live}
        if left:
            self._close(left)

    def _write_lines(self) -> None:
        """Lines that leave come first: a line may be in one live batch only."""
        if not self._lines:
            return
        there = {tuple(row) for row in fetch_rows(self._tx.connection, batch_line, _LINE_KEY, self._lines, _LINE_KEY)}
        rows: list[Values] = [(*key, line.quantity, line.live) for key, line in self._lines.items()]
        for live in (False, True):
            bulk_update(self._tx, batch_line, _LINE_KEY, ("quantity", "live"), [row for row in rows if row[:3] in there and row[4] is live])
        bulk_insert(self._tx, batch_line, _LINE, [row for row in rows if row[:3] not in there])

    def _write_state(self, it: Batch) -> None:
        """One row, or somebody was faster."""
        values = {
            "state": it.state,
            "channel": it.channel,
            "acknowledged_at": it.acknowledged_at,
            "made_at": it.made_at,
            "replaces": it.replaces,
        }
        if it.item_id is not None:
            values["item_id"] = it.item_id
        statement = update(batch).where(batch.c.number == it.number, batch.c.state.in_(_FROM[it.state])).values(values)
        if self._tx.connection.execute(statement).rowcount != 1:
            raise StoreBusy(f"batch {it.number} has changed meanwhile")
        if it.state is BatchState.ACKNOWLEDGED and it.item_id is not None and it.acknowledged_at is not None:
            # Not yet marked as sent: then the mark itself sees that the batch is acknowledged.
            outbox.acknowledged(self._tx, it.item_id, Ack.ACCEPTED, now=it.acknowledged_at)

        if it.state is BatchState.VOID and it.item_id is not None:
            why = f"batch {it.number} was taken back"
            outbox.not_awaited(self._tx, it.item_id, actor=self._actors[it.number], now=self._at, why=why)

    def _acknowledge(self, answered: Mapping[int, BatchAnswered]) -> None:
        """Batches of which no line waits any more; locked first, as `_close` does, for the same reason."""
        if not answered:
            return
        lock_rows(self._tx, batch, ("number",), [(number,) for number in answered], ("number",))
        waits = (order_line.c.printed == 0) & order_line.c.status.in_((LineStatus.NEW, LineStatus.HELD))
        for number, it in sorted(answered.items()):
            left = exists(select(literal(1)).where(order_line.c.batch_number == number, waits))
            values = {"state": BatchState.ACKNOWLEDGED, "acknowledged_at": it.at}
            open_ = update(batch).where(batch.c.number == number, batch.c.state == BatchState.OPEN, ~left)
            item = self._tx.connection.execute(open_.values(values).returning(batch.c.item_id)).scalar_one_or_none()
            if item is not None:
                outbox.acknowledged(self._tx, item, Ack.ACCEPTED, now=it.at)

    def _close(self, numbers: set[int]) -> None:
        """Lock first, look then: two transactions that take the last two lines would else both see the other's."""
        lock_rows(self._tx, batch, ("number",), [(number,) for number in numbers], ("number",))
        live = exists(select(literal(1)).where(batch_line.c.batch_number == batch.c.number, batch_line.c.live))
        open_states = (BatchState.OPEN, BatchState.ACKNOWLEDGED)
        statement = update(batch).where(batch.c.number.in_(sorted(numbers)), batch.c.state.in_(open_states), ~live)
        self._tx.connection.execute(statement.values(state=BatchState.CLOSED))
