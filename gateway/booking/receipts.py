"""Receipts, one a document, and the tallies of their files; only booked and duplicate are final for a replay."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, tuple_

from gateway.booking.besides import placed
from gateway.booking.early import Aside
from gateway.booking.entry import Entry
from gateway.domain.outcome import Outcome, Verdict
from gateway.kernel.errors import LeaseLost
from gateway.store import messages, tables
from gateway.store.dialects import bulk_insert, fetch_rows
from gateway.store.messages import Count
from gateway.store.session import Tx

FINAL = frozenset({Verdict.BOOKED, Verdict.DUPLICATE, Verdict.EARLY})
"""Verdicts that stay when a file is read again; an early document has work of its own that decides it."""

_COLUMNS = ("message_id", "place", "kind", "verdict", "key", "order_id", "issue", "body", "result")
_KEY = ("message_id", "place")

Place = tuple[int, int]
"""A document: its message and its place there."""


class Receipts:
    """The receipts of one transaction: those that were there, and those it writes."""

    def __init__(self, tx: Tx, entries: Iterable[Entry]) -> None:
        self._tx = tx
        keys = [(entry.message_id, entry.place) for entry in entries]
        rows = fetch_rows(tx.connection, tables.receipt, _KEY, keys, (*_KEY, "verdict"))
        self._old: dict[Place, Verdict] = {(row.message_id, row.place): Verdict(row.verdict) for row in rows}
        self._new: dict[Place, tuple[Any, ...]] = {}
        self._counts: defaultdict[int, Counter[str]] = defaultdict(Counter)

    def is_final(self, entry: Entry) -> bool:
        """Whether this document needs no decision any more."""
        return self._old.get((entry.message_id, entry.place)) in FINAL

    def add(self, entry: Entry, outcome: Outcome) -> None:
        """What became of a document."""
        self._add(entry, outcome, outcome.order_id, None)

    def add_early(self, entry: Entry, outcome: Outcome, aside: Aside) -> None:
        """The document was set aside: its receipt keeps it, and names the order that it waits for."""
        self._add(entry, outcome, aside.order_id, aside.body)

    def write(self) -> None:
        """Replace the old ones, insert the new ones, add to the tallies."""
        replaced = sorted(self._old.keys() & self._new.keys())
        if replaced:
            self._remove(replaced)
        bulk_insert(self._tx, tables.receipt, _COLUMNS, list(self._new.values()))
        messages.count(self._tx, [Count(message_id, **counts) for message_id, counts in self._counts.items()])

    def _add(self, entry: Entry, outcome: Outcome, order_id: int | None, body: bytes | None) -> None:
        """Warnings of its reading are told too."""
        place = (entry.message_id, entry.place)
        issues = outcome.issues if entry.reading.document is None else (*entry.reading.issues, *placed(outcome.issues, entry.reading.where))
        self._new[place] = (
            *place,
            entry.kind,
            outcome.verdict,
            outcome.key or None,
            order_id,
            issues or None,
            body,
            outcome.result or None,
        )
        self._counts[entry.message_id][outcome.verdict] += 1

    def _remove(self, places: list[Place]) -> None:
        """Only as we have seen them; else somebody else has decided meanwhile."""
        receipt = tables.receipt.c
        here = tuple_(receipt.message_id, receipt.place).in_(places)
        gone = self._tx.connection.execute(delete(tables.receipt).where(here).returning(*_columns()))
        seen = {(row.message_id, row.place): Verdict(row.verdict) for row in gone}
        if seen != {place: self._old[place] for place in places}:
            raise LeaseLost("a document was decided by somebody else meanwhile")
        for (message_id, _), verdict in seen.items():
            self._counts[message_id][verdict] -= 1


def _columns() -> Iterable[Any]:
    return (tables.receipt.c.message_id, tables.receipt.c.place, tables.receipt.c.verdict)
