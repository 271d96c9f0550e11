"""Any sequence of events keeps the quantities of sdf 5.1: `World` checks them after each one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from gateway.documents import ChangeRequest, ShipmentLine
from gateway.domain.invoicing import approve, delete, is_due, post, reject, repost
from gateway.domain.order import LineStatus
from gateway.domain.outcome import BatchState, InvoiceState, Verdict
from tests.business import AT, MESSAGE, ORDER, RETAILER, SCREEN, TODAY, UPLOAD, World, a_detail, a_shipment, an_invoice, with_vendor

LINES = st.integers(1, 2)
QUANTITIES = st.integers(0, 4)
PARCEL = st.builds(lambda line, quantity: ShipmentLine(number=line, quantity=quantity), LINES, QUANTITIES)


class Business(RuleBasedStateMachine):
    """One order of two lines, its batches, shipments and invoices, in whatever sequence."""

    @initialize(ordered=st.tuples(st.integers(1, 6), st.integers(1, 6)), flags=st.lists(st.booleans(), min_size=4, max_size=4))
    def begin(self, ordered: tuple[int, int], flags: list[bool]) -> None:
        acknowledged, implied, held, partial = flags
        preferences = {"require_acknowledgement": acknowledged, "implied_acknowledgement": implied, "ship_held_by_message": held}
        self.world = World(with_vendor(**preferences, invoice_partial_shipments=partial))
        first, second = (replace(line, quantity=quantity) for line, quantity in zip(ORDER.lines, ordered, strict=True))
        self.world.receive(replace(ORDER, lines=(first, second)))
        self.count = 0

    @rule(origin=st.sampled_from([MESSAGE, SCREEN]))
    def cut(self, origin: object) -> None:
        self.world.cut(origin=origin)  # type: ignore[arg-type]  # one of the two

    @rule()
    def acknowledge(self) -> None:
        newest = max(self.world.batches, default=74)
        before = self.world.batches.get(newest)
        outcome = self.world.acknowledge(newest)
        assert (outcome.verdict is Verdict.DUPLICATE) or before is None or before.acknowledged_at is None

    @rule(line=LINES)
    def hold(self, line: int) -> None:
        found = self.world.line(line)
        if found.status in {LineStatus.NEW, LineStatus.IN_PROCESS}:
            self.world.put(replace(found, status=LineStatus.HELD, pre_hold=found.status))

    @rule(line=LINES)
    def release(self, line: int) -> None:
        found = self.world.line(line)
        if found.status is LineStatus.HELD:
            self.world.put(replace(found, status=found.pre_hold, pre_hold=None))

    @rule()
    def print(self) -> None:
        self.world.print()

    @rule(line=LINES, quantity=QUANTITIES)
    def ask_to_cancel(self, line: int, quantity: int) -> None:
        self.count += 1
        self.world.ask(ChangeRequest(kind="cancel", order_number="AB10747", line=line, quantity=quantity, request_id=f"C{self.count}"))

    @precondition(lambda self: self.world.batches)
    @rule(quantities=st.dictionaries(LINES, QUANTITIES), origin=st.sampled_from([SCREEN, UPLOAD]))
    def reprint(self, quantities: dict[int, int], origin: object) -> None:
        before, batches = self.world.order(), len(self.world.batches)
        outcome = self.world.reprint({(before.id, line): n for line, n in quantities.items()}, max(self.world.batches), origin)  # type: ignore[arg-type]  # one of the two
        if outcome.verdict is not Verdict.BOOKED:
            assert (self.world.order(), len(self.world.batches)) == (before, batches)

    @precondition(lambda self: self.world.batches)
    @rule(newest=st.booleans())
    def void(self, newest: bool) -> None:
        number = max(self.world.batches) if newest else min(self.world.batches)
        outcome = self.world.void(number)
        if outcome.verdict is Verdict.BOOKED:
            assert self.world.batches[number].state is BatchState.VOID
            assert not [line for line in self.world.order().lines if line.batch == number and line.open]

    @rule(
        parcels=st.lists(PARCEL, min_size=1, max_size=3),
        origin=st.sampled_from([MESSAGE, UPLOAD, SCREEN]),
        days=st.integers(-2, 1),
        fresh=st.booleans(),
    )
    def ship(self, parcels: list[ShipmentLine], origin: object, days: int, fresh: bool) -> None:
        self.count += fresh
        before = self.world.order()
        document = a_shipment(*parcels, tracking=f"T{self.count}", shipped_on=TODAY + timedelta(days=days))
        outcome = self.world.ship(document, origin)  # type: ignore[arg-type]  # one of the three
        if outcome.verdict is not Verdict.BOOKED:
            assert self.world.order() == before
        else:
            assert self.world.ship(document, origin).verdict is Verdict.DUPLICATE  # type: ignore[arg-type]

    @rule(line=LINES, quantity=QUANTITIES, unit_cost=st.sampled_from(["8.98", "99"]))
    def bill(self, line: int, quantity: int, unit_cost: str) -> None:
        self.count += 1
        self.world.bill(an_invoice(a_detail(line, quantity, unit_cost), number=f"I{self.count}"))

    @rule(line=LINES)
    def ship_all_that_is_open(self, line: int) -> None:
        self.count += 1
        self.world.ship(a_shipment(ShipmentLine(number=line, quantity=self.world.line(line).open), tracking=f"T{self.count}"), UPLOAD)

    @precondition(lambda self: any(line.shipped for line in self.world.order().lines))
    @rule(unit_cost=st.sampled_from(["8.98", "99"]))
    def bill_all_that_left(self, unit_cost: str) -> None:
        self.count += 1
        free = [it for it in self.world.shipments if not it.invoice_id]
        details = [a_detail(it.line_no, it.quantity, unit_cost, shipment=str(it.id)) for it in free]
        self.world.bill(an_invoice(*details, number=f"I{self.count}"))

    @precondition(lambda self: self.world.invoices)
    @rule()
    def reject_and_delete(self) -> None:
        self.move_an_invoice("reject")
        self.move_an_invoice("delete")

    @precondition(lambda self: self.world.invoices)
    @rule(step=st.sampled_from(["approve", "reject", "delete", "post", "repost"]))
    def move_an_invoice(self, step: str) -> None:
        invoice = next(reversed(self.world.invoices.values()))
        outcome = {
            "approve": lambda: approve(invoice, reason="ok", origin=RETAILER, at=AT),
            "reject": lambda: reject(invoice, reason="no", origin=RETAILER, at=AT),
            "delete": lambda: delete(invoice, orders=self.world.orders, origin=SCREEN, at=AT),
            "post": lambda: post(invoice, origin=RETAILER, at=AT),
            "repost": lambda: repost(invoice, origin=RETAILER, at=AT),
        }[step]()
        self.world.apply(outcome)

    @rule()
    def receive_again(self) -> None:
        stored = self.world.documents["AB10747"]
        assert self.world.receive(replace(stored, number="ab10747")).verdict is Verdict.DUPLICATE

    @invariant()
    def shipments_make_up_what_is_shipped(self) -> None:
        for line in self.world.order().lines:
            of_line = [it for it in self.world.shipments if it.line_no == line.number]
            assert sum(it.quantity for it in of_line) == line.shipped
            assert sum(it.quantity for it in of_line if it.invoice_id) == line.invoiced

    @invariant()
    def a_posted_date_stands_on_posted_invoices_alone(self) -> None:
        for invoice in self.world.invoices.values():
            assert invoice.posted_at is None or invoice.state is InvoiceState.POSTED
            assert not is_due(invoice) or invoice.posted_at is None
            assert all(line.unit_cost in {Decimal("8.98"), Decimal(99)} for line in invoice.lines)

    @invariant()
    def a_closed_batch_has_no_live_line(self) -> None:
        for number, batch in self.world.batches.items():
            live = [it for it in self.world.slips.values() if it.batch == number and it.live]
            assert bool(live) is not (batch.state in {BatchState.CLOSED, BatchState.VOID})

    @invariant()
    def the_last_entry_of_a_line_tells_its_status(self) -> None:
        for line in self.world.order().lines:
            if line.status is LineStatus.SHIPPED:
                last = [it for it in self.world.history if it.line_no == line.number][-1]
                assert last.status_after is LineStatus.SHIPPED


Business.TestCase.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
TestAnySequence = Business.TestCase
