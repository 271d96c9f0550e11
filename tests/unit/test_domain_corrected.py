"""An invoice that comes under the number of a New or Rejected one takes its place and is handed in; any other is a double or a conflict."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.documents import Invoice, ShipmentLine
from gateway.domain.bill_shipments import Chosen
from gateway.domain.invoicing import reject
from gateway.domain.outcome import InvoiceChanged, InvoiceState, Outcome, Verdict
from tests.business import AT, ORDER, RETAILER, TODAY, World, a_detail, a_shipment, an_invoice, codes, with_vendor

DEAR = an_invoice(a_detail(1, 2, "9.88"), a_detail(2, 1, "21.50"))


@pytest.fixture
def world() -> World:
    """Everything of one order shipped: parcels 1001 (2) and 1002 (1) of line 1, 1003 (1) of line 2, and 1004 of another order."""
    world = World(with_vendor(require_acknowledgement=False))
    world.receive()
    world.receive(replace(ORDER, number="MORE"))
    world.cut()
    world.ship(a_shipment(ShipmentLine(number=1, quantity=2), tracking="A"))
    world.ship(a_shipment(ShipmentLine(number=1, quantity=1), tracking="B"))
    world.ship(a_shipment(ShipmentLine(number=2, quantity=1), tracking="C"))
    world.ship(a_shipment(ShipmentLine(number=1, quantity=3), number="MORE", tracking="D"))
    return world


@pytest.fixture
def rejected(world: World) -> World:
    world.bill(DEAR)
    world.apply(reject(world.invoice(), reason="too dear", origin=RETAILER, at=AT))
    return world


def steps(outcome: Outcome) -> list[tuple[str, InvoiceState | None, InvoiceState | None, str]]:
    [change] = [it for it in outcome.changes if isinstance(it, InvoiceChanged)]
    return [(it.action, it.from_state, it.to_state, it.reason) for it in change.events]


def test_a_corrected_invoice_is_edited_and_handed_in_again(rejected: World) -> None:
    outcome = rejected.bill(an_invoice(a_detail(1, 2, "8.98"), a_detail(2, 1, "21.50"), freight=Decimal(4)))
    assert (outcome.verdict, outcome.result, rejected.invoice().state) == (Verdict.BOOKED, "APPLIED", InvoiceState.APPROVED)
    changed = "freight: 0.00, now 4.00; order AB10747 line 1 unit_cost: 9.88, now 8.98"
    assert steps(outcome) == [
        ("Edited", InvoiceState.REJECTED, InvoiceState.REJECTED, changed),
        ("Resubmitted", InvoiceState.REJECTED, InvoiceState.APPROVED, ""),
    ]
    assert [rejected.line(n).invoiced for n in (1, 2)] == [2, 1]


def test_a_correction_that_does_not_balance_is_held_again(rejected: World) -> None:
    outcome = rejected.bill(an_invoice(a_detail(1, 2, "9.90"), a_detail(2, 1, "21.50")))
    assert [it[2] for it in steps(outcome)] == [InvoiceState.REJECTED, InvoiceState.HELD]


def test_a_correction_may_bill_other_shipments(rejected: World) -> None:
    """Its own are as free to it as those nobody has billed, of whatever order."""
    outcome = rejected.bill(an_invoice(a_detail(1, 1, "8.98"), a_detail(1, 3, "8.98", number="MORE")))
    assert outcome.verdict is Verdict.BOOKED
    assert [line.shipment_id for line in rejected.invoice().lines] == [1002, 1004]
    assert (rejected.line(1).invoiced, rejected.line(2).invoiced, rejected.line(1, "MORE").invoiced) == (1, 0, 3)
    assert [it.invoice_id for it in rejected.shipments] == [None, 1, None, 1]


def test_a_faulty_correction_leaves_the_invoice_as_it_is(rejected: World) -> None:
    before = rejected.invoice()
    outcome = rejected.bill(an_invoice(a_detail(1, 2, "8.98"), a_detail(2, 9, "21.50"), gross_days=1000))
    assert (outcome.verdict, codes(outcome), rejected.invoice()) == (Verdict.REFUSED, ["INV-02", "INV-13"], before)


def test_the_same_again_is_a_double_and_says_that_it_was_rejected(rejected: World) -> None:
    again = rejected.bill(DEAR)
    assert (again.verdict, codes(again), again.changes) == (Verdict.DUPLICATE, ["INV-08"], ())
    assert again.issues[0].text == "invoice RP-2201 came before with the same content; it was rejected: correct it, or delete it"
    assert rejected.invoice().state is InvoiceState.REJECTED


def test_the_same_again_is_handed_in_where_the_order_costs_that_much_now(rejected: World) -> None:
    rejected.put(replace(rejected.line(1), unit_cost=Decimal("9.88")))
    assert steps(rejected.bill(DEAR)) == [("Resubmitted", InvoiceState.REJECTED, InvoiceState.APPROVED, "")]


def test_a_saved_invoice_is_handed_in_by_its_upload(world: World) -> None:
    world.create(Chosen(number="RP-2201", date=TODAY, shipments=(1001,)))
    outcome = world.bill(an_invoice(a_detail(1, 2, "8.98"), gross_days=0))
    assert steps(outcome) == [("Submitted", InvoiceState.NEW, InvoiceState.APPROVED, "")]
    assert world.line(1).invoiced == 2


@pytest.mark.parametrize("state", [InvoiceState.HELD, InvoiceState.APPROVED, InvoiceState.POSTED])
@pytest.mark.parametrize(("document", "verdict"), [(DEAR, Verdict.DUPLICATE), (replace(DEAR, freight=Decimal(1)), Verdict.CONFLICT)])
def test_what_is_handed_in_cannot_be_corrected(world: World, state: InvoiceState, document: Invoice, verdict: Verdict) -> None:
    world.bill(DEAR)
    world.invoices["257", "RP-2201"] = replace(world.invoice(), state=state)
    outcome = world.bill(document)
    assert (outcome.verdict, outcome.changes) == (verdict, ())
