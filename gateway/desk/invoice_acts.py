"""What people do with invoices: made from shipments, edited, handed in, approved or rejected, deleted, posted again (sdf 4.4, 4.5)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from gateway.booking import Concern, Known, act_in
from gateway.desk.acting import Desk, Mode, perform
from gateway.desk.invoices import find, missing
from gateway.domain import invoicing
from gateway.domain.balance import total_of
from gateway.domain.bill_shipments import Chosen, Ending, create
from gateway.domain.invoice_edit import InvoiceEdit
from gateway.domain.invoice_values import latest_day
from gateway.domain.outcome import (
    InvoiceChanged,
    InvoiceDeleted,
    InvoiceDocument,
    InvoiceEvent,
    InvoiceState,
    NewInvoice,
    Outcome,
    Verdict,
)
from gateway.domain.reference import Vendor
from gateway.kernel.errors import NotFound, RuleBroken, StoreBusy
from gateway.store import BadData, Rule, Tx, loads
from gateway.store.queries import find_invoices

Step = Callable[[InvoiceDocument, Known], Outcome]


class InvoiceStep(Struct, frozen=True, kw_only=True):
    """What an act did to an invoice, or would do; `before` is None when it is made, `after` when it is deleted."""

    number: str
    vendor: str
    before: InvoiceState | None
    after: InvoiceState | None
    mode: Mode
    total: Decimal
    currency: str
    why: str = ""
    """The reason in the history: what was changed, or what holds the invoice."""
    changed: bool = True
    """False for an edit that says what is so already."""


def make(desk: Desk, chosen: Chosen, *, vendor: str, mode: Mode = Mode.EARNEST) -> InvoiceStep:
    """An invoice from shipments nobody has billed: saved as New, or handed in."""

    def work(tx: Tx) -> Outcome:
        used = find_invoices(tx.connection, chosen.number, vendor=vendor)
        orders = loads.orders_of_shipments(tx.connection, chosen.shipments)
        concern = Concern(orders=tuple(orders), invoices=tuple(used.values()), vendors=(vendor,))
        return act_in(tx, concern, rule, origin=desk.origin, master=desk.master, at=desk.clock.now())

    def rule(known: Known) -> Outcome:
        billing = _vendor(known, vendor)
        return create(
            chosen,
            vendor=billing,
            orders=known.orders,
            shipments={order_id: [it.record for it in found] for order_id, found in known.shipments.items()},
            existing=known.invoices.get((vendor, chosen.number)),
            latest=latest_day(billing, known.reference.organization, known.at),
            origin=desk.origin,
            at=known.at,
        )

    return _told(_performed(desk, work, mode), None, mode)


def edit(
    desk: Desk,
    number: str,
    changes: InvoiceEdit,
    *,
    vendor: str | None = None,
    ending: Ending = Ending.SAVE,
    mode: Mode = Mode.EARNEST,
) -> InvoiceStep:
    """A new or rejected invoice gets other values, and is handed in with them where that is the ending."""

    def step(it: InvoiceDocument, known: Known) -> Outcome:
        billing = _vendor(known, it.vendor)
        latest = latest_day(billing, known.reference.organization, known.at)
        if ending is Ending.SUBMIT:
            return invoicing.edit_and_submit(
                it, changes, vendor=billing, orders=known.orders, latest=latest, origin=desk.origin, at=known.at
            )
        return invoicing.edit(it, changes, orders=known.orders, latest=latest, origin=desk.origin, at=known.at)

    return _step(desk, number, vendor, mode, step)


def submit(desk: Desk, number: str, *, vendor: str | None = None, mode: Mode = Mode.EARNEST) -> InvoiceStep:
    """A new or rejected invoice is handed in: Approved when it balances, else Held."""

    def step(it: InvoiceDocument, known: Known) -> Outcome:
        return invoicing.submit(it, vendor=_vendor(known, it.vendor), orders=known.orders, origin=desk.origin, at=known.at)

    return _step(desk, number, vendor, mode, step)


def approve(desk: Desk, number: str, *, reason: str, vendor: str | None = None, mode: Mode = Mode.EARNEST) -> InvoiceStep:
    """A held invoice is approved; the next posting holds it."""
    return _step(desk, number, vendor, mode, lambda it, known: invoicing.approve(it, reason=reason, origin=desk.origin, at=known.at))


def reject(desk: Desk, number: str, *, reason: str, vendor: str | None = None, mode: Mode = Mode.EARNEST) -> InvoiceStep:
    """A held invoice goes back to the vendor."""
    return _step(desk, number, vendor, mode, lambda it, known: invoicing.reject(it, reason=reason, origin=desk.origin, at=known.at))


def repost(desk: Desk, number: str, *, reason: str, vendor: str | None = None, mode: Mode = Mode.EARNEST) -> InvoiceStep:
    """A posted invoice goes out again, marked as sent before, with the next posting."""
    return _step(desk, number, vendor, mode, lambda it, known: invoicing.repost(it, reason=reason, origin=desk.origin, at=known.at))


def delete(desk: Desk, number: str, *, vendor: str | None = None, mode: Mode = Mode.EARNEST) -> InvoiceStep:
    """A new or rejected invoice goes; its number and its shipments are free again."""
    return _step(desk, number, vendor, mode, lambda it, known: invoicing.delete(it, orders=known.orders, origin=desk.origin, at=known.at))


def _step(desk: Desk, number: str, vendor: str | None, mode: Mode, step: Step) -> InvoiceStep:
    """Lock, load, decide, write: all in one transaction. A refusal is raised with its issues."""
    invoice_id = find(desk.store, number, vendor)
    seen: list[InvoiceDocument] = []

    def rule(known: Known) -> Outcome:
        found = known.invoice(invoice_id)
        if found is None:
            raise missing(number, vendor)
        seen[:] = [found]
        return step(found, known)

    def work(tx: Tx) -> Outcome:
        return act_in(tx, Concern(invoices=(invoice_id,)), rule, origin=desk.origin, master=desk.master, at=desk.clock.now())

    return _told(_performed(desk, work, mode), seen, mode)


def _performed(desk: Desk, work: Callable[[Tx], Outcome], mode: Mode) -> Outcome:
    """The outcome, or why not."""
    try:
        outcome = perform(desk.store, work, mode)
    except BadData as error:
        if error.rule is not Rule.UNIQUE:
            raise
        text = "somebody else made an invoice of this number, or billed one of these shipments, at the same moment"
        raise StoreBusy(text) from error
    if outcome.verdict is Verdict.REFUSED:
        raise RuleBroken(outcome.issues)
    return outcome


def _told(outcome: Outcome, seen: list[InvoiceDocument] | None, mode: Mode) -> InvoiceStep:
    before = seen[0] if seen else None
    after, event = _reached(outcome)
    it = after or before
    if it is None:
        raise RuleBroken(outcome.issues)
    gone = event is not None and event.to_state is None
    return InvoiceStep(
        number=it.number,
        vendor=it.vendor,
        before=before.state if before else None,
        after=None if gone else it.state,
        mode=mode,
        total=total_of(it),
        currency=it.currency,
        why=event.reason if event else "",
        changed=event is not None,
    )


def _reached(outcome: Outcome) -> tuple[InvoiceDocument | None, InvoiceEvent | None]:
    """The invoice as the outcome leaves it, and the last entry of its history."""
    for change in outcome.changes:
        match change:
            case NewInvoice() | InvoiceChanged() | InvoiceDeleted():
                return change.invoice, change.events[-1]
            case _:
                continue
    return None, None


def _vendor(known: Known, code: str) -> Vendor:
    found = known.reference.vendors.get(code)
    if found is None:
        raise NotFound(f"there is no vendor {code}", remedy="See which there are: gateway vendor list")
    return found
