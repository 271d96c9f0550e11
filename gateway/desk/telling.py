"""What people do to orders in place of a file: the same documents, the same rules, the same history; nobody needs a portal (sdf 4, 5.3)."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from gateway.booking import tell_in
from gateway.desk.acting import Desk, Mode, perform
from gateway.desk.slips import vendor_of
from gateway.documents import BatchAcknowledgement, ChangeRequest, ChangesRequest, Document, Shipment, VendorAction
from gateway.domain.batch import in_sequence, is_unsent
from gateway.domain.history import action, note
from gateway.domain.order import LineStatus, PurchaseOrder
from gateway.domain.origin import Origin, Source, Via
from gateway.domain.outcome import BatchLine, Outcome, Verdict
from gateway.kernel import Issue
from gateway.kernel.errors import NotFound, RuleBroken
from gateway.store import Tx, batches, loads
from gateway.store.queries import batch_view, find_order


class Happened(Struct, frozen=True, kw_only=True):
    """One entry of the history that an act has written, or would write."""

    line: int | None
    quantity: int | None
    action: str
    status: LineStatus | None
    note: str
    user: str
    source: Source


class Told(Struct, frozen=True, kw_only=True):
    """What became of an act: the word that a file would be answered with, and what it wrote into the history."""

    key: str
    result: str
    history: tuple[Happened, ...]
    issues: tuple[Issue, ...]
    """Why it was rejected, or which lines were; what was said before."""
    mode: Mode

    @property
    def is_rejected(self) -> bool:
        """Whether nothing of it could be done: only that it was asked is kept."""
        return self.result == "REJECTED"


class Going(Struct, frozen=True, kw_only=True):
    """An order that the wanted file would hold now."""

    order_number: str
    lines: int
    quantity: int


class Requested(Told, frozen=True, kw_only=True):
    """What became of the wish for a batch, and what goes."""

    orders: tuple[Going, ...]


def ask(desk: Desk, request: ChangeRequest, *, mode: Mode = Mode.EARNEST) -> Told:
    """The retailer cancels, or changes an address or a cost."""
    order_system = _order(desk, request.order_number)[1]
    origin = Origin(user=desk.user, via=Via.SCREEN, system=order_system)
    return _tell(desk, request, origin, mode)


def do(desk: Desk, said: VendorAction, *, mode: Mode = Mode.EARNEST) -> Told:
    """The order's vendor answers, notes, or takes a line."""
    return _tell(desk, said, _vendor(desk, _order(desk, said.order_number or "")[0]), mode)


def ship(desk: Desk, shipment: Shipment, *, mode: Mode = Mode.EARNEST) -> Told:
    """The order's vendor confirms what has left, at a screen: only lines In Process (sdf 3.6)."""
    return _tell(desk, shipment, _vendor(desk, _order(desk, shipment.order_number)[0]), mode)


def acknowledge(desk: Desk, batch: int, *, mode: Mode = Mode.EARNEST) -> Told:
    """The batch's vendor has it."""
    with desk.store.reading() as connection:
        found = batch_view(connection, batch)
    if found is None:
        raise NotFound(f"there is no batch {batch}", remedy="See which there are: gateway batch list")
    vendor = found.batch.vendor
    return _tell(desk, BatchAcknowledgement(vendor=vendor, batch=batch), _vendor(desk, vendor), mode)


def request_batch(desk: Desk, vendor: str, *, batch: int | None, most: int | None, mode: Mode = Mode.EARNEST) -> Requested:
    """The vendor wants a batch again as it is now, or what is new."""
    vendor_of(desk, vendor)
    going = _going(desk, vendor, batch=batch, most=most)
    try:
        told = _tell(desk, VendorAction(action="request_batch", batch=batch, quantity=most), _vendor(desk, vendor), mode)
    except RuleBroken as error:
        see = f"gateway batch list --vendor {vendor}" if batch is not None else f"gateway order list --vendor {vendor}"
        raise RuleBroken(error.issues, remedy=f"See what there is: {see}") from error
    return Requested(**asdict(told), orders=going)


def _going(desk: Desk, vendor: str, *, batch: int | None, most: int | None) -> tuple[Going, ...]:
    """The orders of the batch with the lines that are on it, or those that are new, at most as many as one batch holds."""
    known = desk.master.references.known.vendors.get(vendor)
    if known is None:
        return ()
    with desk.store.reading() as connection:
        if batch is not None:
            inside = loads.batch_lines(connection, [batch]).get(batch, [])
            orders = loads.orders(connection, {line.order_id for line in inside})
            of = {
                order.id: [line.quantity for line in inside if line.order_id == order.id and _stays(order, line)]
                for order in orders.values()
            }
        else:
            size = min(known.most_orders_a_batch, most or known.most_orders_a_batch)
            orders = loads.orders(connection, [it.order_id for it in batches.candidates(connection, vendor, most=size)])
            of = {order.id: [line.unprinted for line in order.lines if is_unsent(line)] for order in orders.values()}
    shown = in_sequence(order for order in orders.values() if of[order.id])
    return tuple(Going(order_number=it.number, lines=len(of[it.id]), quantity=sum(of[it.id])) for it in shown)


def _stays(order: PurchaseOrder, line: BatchLine) -> bool:
    """Whether the line belongs to the batch still: on it now, or shipped from it."""
    found = order.line(line.line_no)
    return line.live or (found is not None and found.shipped > 0)


def request_changes(desk: Desk, system: str, *, after: int, most: int | None, mode: Mode = Mode.EARNEST) -> Told:
    """The system gets its changes after that number again, under the numbers that they have."""
    return _tell(desk, ChangesRequest(after=after, most=most), Origin(user=desk.user, via=Via.SCREEN, system=system), mode)


def _tell(desk: Desk, document: Document, origin: Origin, mode: Mode) -> Told:
    """One transaction; a refusal is raised with everything that is wrong."""

    def work(tx: Tx) -> Outcome:
        return tell_in(tx, document, origin=origin, master=desk.master, at=desk.clock.now())

    outcome = perform(desk.store, work, mode)
    if outcome.verdict is not Verdict.BOOKED and outcome.verdict is not Verdict.DUPLICATE:
        raise RuleBroken(outcome.issues)
    desk.master.remember(outcome.reference if mode is Mode.EARNEST else ())
    return Told(
        key=outcome.key,
        result="DUPLICATE" if outcome.verdict is Verdict.DUPLICATE else outcome.result or "APPLIED",
        history=tuple(
            Happened(
                line=it.line_no,
                quantity=it.quantity,
                action=action(it.event),
                status=it.status_after,
                note=note(it),
                user=it.actor,
                source=it.source,
            )
            for it in outcome.history
        ),
        issues=outcome.issues,
        mode=mode,
    )


def _vendor(desk: Desk, vendor: str) -> Origin:
    """A person acts for the vendor."""
    return Origin(user=desk.user, via=Via.SCREEN, vendor=vendor)


def _order(desk: Desk, number: str) -> tuple[str, str]:
    """The vendor and the system of an order."""
    with desk.store.reading() as connection:
        order_id = find_order(connection, number, org=desk.master.organization)
        found = loads.orders(connection, [order_id]) if order_id is not None else {}
    if order_id is None or order_id not in found:
        remedy = f"Look for it: gateway order list --number {number[:4]}; or the file did not arrive: gateway message list"
        raise NotFound(f"there is no order {number}", remedy=remedy)
    return found[order_id].vendor, found[order_id].system
