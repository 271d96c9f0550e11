"""The end of a demo: what happened in numbers, and whether everything is as it must be, by the store and by the partners' own books."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Table, func, select

from gateway.app import Gateway
from gateway.domain.order import LineStatus
from gateway.simulator.cast import Cast
from gateway.store import tables
from gateway.store.consistency import differences
from gateway.store.messages import MessageState
from gateway.store.outbox import Ack, ItemState

MOST = 20
"""Findings told of one check."""


class Check(Struct, frozen=True):
    """One promise, and what was found against it."""

    promise: str
    found: tuple[str, ...]

    @property
    def is_kept(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.found


class Audit(Struct, frozen=True):
    """What happened, by its name, and the checks."""

    happened: Mapping[str, int]
    checks: tuple[Check, ...]

    @property
    def is_fine(self) -> bool:
        """Whether every promise was kept."""
        return all(check.is_kept for check in self.checks)


def audit(gateway: Gateway, cast: Cast, open_matters: Sequence[str]) -> Audit:
    """Look at everything once more, when nobody moves any more."""
    with gateway.store.reading() as connection:
        found = {
            "every order was shipped, billed and paid": [*_orders(connection, cast), *_money(gateway, cast)],
            "nothing came twice": _doubled(connection, cast),
            "every file is accounted for": [*_files_in(connection, cast), *_files_out(connection, cast)],
            "the partners understood everything": _faults(cast),
            "the store agrees with itself": [str(it) for it in differences(connection)],
            "nothing is left to do": open_matters,
        }
        return Audit(_numbers(connection), tuple(Check(promise, tuple(one)[:MOST]) for promise, one in found.items()))


def _numbers(connection: Connection) -> dict[str, int]:
    message, outbox, batch, line = tables.message.c, tables.outbox.c, tables.batch.c, tables.order_line.c
    return {
        "orders": _count(connection, tables.purchase_order),
        "order lines": _count(connection, tables.order_line),
        "lines shipped": _count(connection, tables.order_line, line.status == LineStatus.SHIPPED),
        "batches": _count(connection, tables.batch, batch.item_id.is_not(None)),
        "acknowledgements": _count(connection, tables.outbox, outbox.ack == Ack.ACCEPTED),
        "shipments": _count(connection, tables.shipment),
        "invoices": _count(connection, tables.invoice),
        "invoices posted": _count(connection, tables.invoice, tables.invoice.c.state == "Posted"),
        "posting runs": _count(connection, tables.posting_run, tables.posting_run.c.item_id.is_not(None)),
        "changes told": _count(connection, tables.change, tables.change.c.seq.is_not(None)),
        "files received": _count(connection, tables.message),
        "of them duplicates": _count(connection, tables.message, message.state == MessageState.DUPLICATE),
        "of them not taken whole": _count(connection, tables.message, message.state.in_(["parked", "refused", "partly_booked"])),
        "documents refused": _count(connection, tables.receipt, tables.receipt.c.verdict.in_(["refused", "conflict"])),
        "files sent": _count(connection, tables.outbox, outbox.state == ItemState.SENT),
    }


def _orders(connection: Connection, cast: Cast) -> Iterator[str]:
    key, line = tables.order_key.c, tables.order_line.c
    chosen = select(key.po_no, line.line_no, line.ordered, line.shipped, line.invoiced, line.status).join(
        tables.order_line, line.order_id == key.id
    )
    stored = {(row.po_no, row.line_no): row for row in connection.execute(chosen)}
    for retailer in cast.retailers.values():
        for number, placed in retailer.orders.items():
            if placed.result != "CREATED":
                yield f"{number} was answered {placed.result}"
            for wanted in placed.order.lines:
                row = stored.get((number, wanted.number))
                if row is None:
                    yield f"{number} line {wanted.number} is not in the store"
                elif (row.ordered, row.shipped, row.invoiced) != (wanted.quantity,) * 3:
                    told = f"ordered {row.ordered}, shipped {row.shipped}, billed {row.invoiced}"
                    yield f"{number} line {wanted.number} of {wanted.quantity}: {told}, {row.status}"
                if placed.shipped.get(wanted.number) != wanted.quantity:
                    yield f"{number} line {wanted.number}: the retailer knows of {placed.shipped.get(wanted.number, 0)} shipped"


def _money(gateway: Gateway, cast: Cast) -> Iterator[str]:
    posted = {(one.vendor, one.number): one.total for retailer in cast.retailers.values() for one in retailer.posted}
    for name, vendor in cast.vendors.items():
        code = gateway.workspace.connector(name).partner.vendor or ""
        for number, bill in vendor.bills.items():
            if posted.get((code, number)) != bill.total:
                yield f"invoice {number} asks for {bill.total}; {posted.get((code, number), 'nothing')} was posted"


def _doubled(connection: Connection, cast: Cast) -> Iterator[str]:
    for retailer in cast.retailers.values():
        bills = Counter((one.vendor, one.number) for one in retailer.posted)
        yield from (f"invoice {number} was posted {count} times" for (_, number), count in bills.items() if count > 1)
    line = tables.batch_line.c
    chosen = select(line.order_id, line.line_no).group_by(line.order_id, line.line_no).having(func.count() > 1)
    yield from (f"line {row.line_no} of order {row.order_id} is in several batches" for row in connection.execute(chosen))


def _files_in(connection: Connection, cast: Cast) -> Iterator[str]:
    """Every file of a partner is one message with the same bytes, and decided."""
    message = tables.message.c
    chosen = select(message.connector, message.channel, message.file_name, message.sha256, message.state)
    rows = connection.execute(chosen).all()
    known = Counter((row.connector, row.channel, bytes(row.file_name).decode(), row.sha256) for row in rows)
    for name, partner in cast.partners.items():
        for letter in partner.given:
            count = known.pop((name, letter.box, letter.name, hashlib.sha256(letter.body).hexdigest()), 0)
            if count != 1:
                yield f"{letter.name} of {name} was received {count} times"
    yield from (f"{name} of {connector} was received, and nobody sent it" for connector, _, name, _ in known)
    yield from (f"{bytes(row.file_name).decode()} of {row.connector} is undecided" for row in rows if row.state == MessageState.RECEIVED)


def _files_out(connection: Connection, cast: Cast) -> Iterator[str]:
    """Every item was sent, and its partner found it once, with the same bytes."""
    outbox = tables.outbox.c
    found = {(name, file): (partner, box) for name, partner in cast.partners.items() for box, file in partner.found}
    for row in connection.execute(select(outbox.connector, outbox.file_name, outbox.sha256, outbox.state)):
        file = bytes(row.file_name).decode()
        partner = found.pop((row.connector, file), None)
        if row.state != ItemState.SENT:
            yield f"{file} for {row.connector} is {row.state}"
        elif partner is None:
            yield f"{file} was sent to {row.connector}, who has not found it"
        elif hashlib.sha256(partner[0].mail.read(partner[1], file)).hexdigest() != row.sha256:
            yield f"{file} at {row.connector} has other bytes than were sent"
    yield from (f"{connector} found {file}, which nobody sent" for connector, file in found)


def _faults(cast: Cast) -> Iterator[str]:
    for name, partner in cast.partners.items():
        yield from partner.complaints
        yield from (f"{name}: {fault}" for fault in partner.mind.faults)


def _count(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())
