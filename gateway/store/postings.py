"""Runs that post invoices to their originating system: number reserved early, an invoice in one unsent run (sdf 4.7).

That an invoice becomes Posted when its run was sent is an outcome like any other and is written by `effects`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from gateway.domain.outcome import InvoiceState
from gateway.kernel.errors import LeaseLost
from gateway.store import counters
from gateway.store.counters import Outdated
from gateway.store.session import Tx
from gateway.store.tables import counter, invoice, posting_line, posting_run

COUNTER = "posting"


class Due(Struct, frozen=True, gc=False):
    """An invoice to be posted, and its version when it was looked at; `resend` when it was posted before."""

    invoice_id: int
    version: int
    resend: bool


def due(connection: Connection, system: str, *, most: int) -> list[Due]:
    """Invoices of the system that are approved, or posted with their date cleared, and in no unsent run; oldest first."""
    states = (InvoiceState.APPROVED.value, InvoiceState.POSTED.value)
    in_a_run = select(posting_line.c.invoice_id).where(posting_line.c.invoice_id == invoice.c.id, posting_line.c.live).exists()
    found = (
        select(invoice.c.id, invoice.c.version, invoice.c.state)
        .where(invoice.c.system == system, invoice.c.state.in_(states), invoice.c.posted_at.is_(None), ~in_a_run)
        .order_by(invoice.c.id)
        .limit(most)
    )
    return [Due(row.id, row.version, row.state == InvoiceState.POSTED.value) for row in connection.execute(found)]


def reserve(tx: Tx, *, system: str, now: datetime) -> int:
    """The number of the system's next run, in a short transaction of its own; a reservation that a crash left is used first."""
    counters.ensure(tx, COUNTER)
    tx.connection.execute(select(counter.c.last).where(counter.c.name == COUNTER).with_for_update()).all()
    kept = select(posting_run.c.run).where(posting_run.c.system == system, posting_run.c.state == "making")
    left = tx.connection.execute(kept).scalar_one_or_none()
    if left is not None:
        return int(left)
    run = counters.take(tx, COUNTER)
    tx.connection.execute(insert(posting_run).values(run=run, system=system, state="making", made_at=now))
    return run


def made(tx: Tx, run: int, invoices: Sequence[Due], *, item_id: int, now: datetime) -> None:
    """The run has its file; Outdated when an invoice has changed since it was read, or sits in another run."""
    for one in sorted(invoices, key=lambda it: it.invoice_id):
        same = (invoice.c.id == one.invoice_id) & (invoice.c.version == one.version) & invoice.c.posted_at.is_(None)
        if tx.connection.execute(select(invoice.c.id).where(same).with_for_update()).first() is None:
            raise Outdated(f"invoice {one.invoice_id} changed while its posting was rendered")
    making = update(posting_run).where(posting_run.c.run == run, posting_run.c.state == "making")
    if tx.connection.execute(making.values(state="made", item_id=item_id, made_at=now)).rowcount != 1:
        raise LeaseLost(f"posting run {run} was made by somebody else")
    rows = [{"run": run, "invoice_id": one.invoice_id, "live": True, "resend": one.resend} for one in invoices]
    tx.connection.execute(insert(posting_line), rows)


def of_item(connection: Connection, item_id: int) -> int | None:
    """The run whose file this item is."""
    return connection.execute(select(posting_run.c.run).where(posting_run.c.item_id == item_id)).scalar_one_or_none()


def item_of(connection: Connection, run: int, *, system: str) -> int | None:
    """The item that a run of this system has become."""
    mine = (posting_run.c.run == run) & (posting_run.c.system == system)
    return connection.execute(select(posting_run.c.item_id).where(mine)).scalar_one_or_none()


def settled(tx: Tx, run: int) -> list[int]:
    """The run was sent or cancelled: its invoices are free for another run. Answers those that were in it until now."""
    live = (posting_line.c.run == run) & posting_line.c.live
    return sorted(tx.connection.execute(update(posting_line).where(live).values(live=False).returning(posting_line.c.invoice_id)).scalars())
