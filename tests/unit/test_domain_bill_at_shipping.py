"""Shipments confirmed under an invoice number: what is billed, what joins, what waits, and what refuses the confirmation (sdf 4.4)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.documents import Shipment, ShipmentLine
from gateway.domain.invoicing import delete
from gateway.domain.order import LineStatus
from gateway.domain.outcome import InvoiceChanged, InvoiceState, NewInvoice, Outcome, Verdict
from gateway.kernel.issues import Severity
from tests.business import AT, MESSAGE, ORDER, RETAILER, SCREEN, TODAY, UPLOAD, World, a_detail, a_shipment, an_invoice, codes, with_vendor


def printed(**preferences: object) -> World:
    """Three orders whose lines are In Process, the last one of another system."""
    world = World(with_vendor(**{"require_acknowledgement": False, "invoice_number_length": 10, **preferences}))
    world.receive()
    world.receive(replace(ORDER, number="MORE"))
    world.receive(replace(ORDER, number="CWD1", system="CWD", location="300"), replace(RETAILER, system="CWD"))
    world.cut()
    return world


@pytest.fixture
def world() -> World:
    return printed()


def confirmation(*lines: tuple[int, int], number: str = "RP-1", tracking: str = "A", order: str = "AB10747") -> Shipment:
    parcels = [ShipmentLine(number=line, quantity=quantity) for line, quantity in lines]
    return a_shipment(*parcels, number=order, tracking=tracking, invoice_number=number)


def steps(outcome: Outcome) -> list[tuple[str, InvoiceState | None, InvoiceState | None, str]]:
    changes = [it for it in outcome.changes if isinstance(it, NewInvoice | InvoiceChanged)]
    return [(it.action, it.from_state, it.to_state, it.reason) for change in changes for it in change.events]


def test_what_leaves_is_billed_and_saved_for_changes(world: World) -> None:
    outcome = world.ship(confirmation((1, 3), (2, 1)))
    assert steps(outcome) == [("Created", None, InvoiceState.NEW, "")]
    invoice = world.invoice("RP-1")
    assert [(it.order_line, it.quantity, it.unit_cost) for it in invoice.lines] == [(1, 3, Decimal("8.98")), (2, 1, Decimal("21.50"))]
    assert (invoice.date, invoice.system, invoice.currency) == (TODAY, "OMS", "USD")
    assert [world.line(n).invoiced for n in (1, 2)] == [3, 1]
    assert {it.invoice_id for it in world.shipments} == {invoice.id}


def test_it_is_handed_in_at_once_for_a_vendor_that_wants_no_changes() -> None:
    world = printed(submit_at_shipping=True, unit_cost_threshold=Decimal(0))
    assert steps(world.ship(confirmation((1, 3)))) == [("Created", None, InvoiceState.APPROVED, "")]
    again = world.ship(confirmation((2, 1), tracking="B"))
    assert (again.verdict, codes(again)) == (Verdict.REFUSED, ["INV-08"])
    assert again.issues[0].text == "number RP-1 is used by an invoice that is Approved"


@pytest.mark.parametrize("origin", [MESSAGE, UPLOAD, SCREEN])
def test_every_way_of_confirming_may_tell_a_number(world: World, origin: object) -> None:
    world.ship(confirmation((1, 3)), origin)  # type: ignore[arg-type]  # one of the three
    assert world.invoice("RP-1").state is InvoiceState.NEW


def test_further_shipments_join_it(world: World) -> None:
    world.ship(confirmation((1, 3)))
    joined = world.ship(confirmation((2, 1), tracking="B"))
    assert steps(joined) == [("Lines added", InvoiceState.NEW, InvoiceState.NEW, "order AB10747 line 2: nothing, now 1 at 21.50")]
    world.ship(confirmation((1, 3), tracking="C", order="MORE"))
    assert [(it.line_no, it.order_number, it.order_line) for it in world.invoice("RP-1").lines] == [
        (1, "AB10747", 1),
        (2, "AB10747", 2),
        (3, "MORE", 1),
    ]


def test_a_part_waits_for_the_shipment_that_completes_its_line(world: World) -> None:
    part = world.ship(confirmation((1, 2), (2, 1)))
    assert (part.verdict, [(it.code, it.severity) for it in part.issues]) == (Verdict.BOOKED, [("INV-13", Severity.WARNING)])
    assert part.issues[0].text == (
        "line 1 of order AB10747 is In Process and not billed yet; it is, with the shipment that completes it under number RP-1"
    )
    assert [(it.order_line, it.quantity) for it in world.invoice("RP-1").lines] == [(2, 1)]
    world.ship(confirmation((1, 1), tracking="B"))
    assert [(it.order_line, it.quantity) for it in world.invoice("RP-1").lines] == [(2, 1), (1, 2), (1, 1)]


def test_a_part_under_another_number_stays_uninvoiced(world: World) -> None:
    nothing = world.ship(confirmation((1, 2), number="RP-0"))
    assert steps(nothing) == []
    world.ship(confirmation((1, 1), tracking="B"))
    assert [(it.order_line, it.quantity) for it in world.invoice("RP-1").lines] == [(1, 1)]
    assert [it.invoice_id for it in world.shipments] == [None, 1]


def test_a_part_is_billed_where_the_vendor_may() -> None:
    world = printed(invoice_partial_shipments=True)
    outcome = world.ship(confirmation((1, 2)))
    assert (outcome.issues, world.line(1).invoiced, world.line(1).status) == ((), 2, LineStatus.IN_PROCESS)


def test_a_vendor_without_invoicing_keeps_the_number_with_the_shipment() -> None:
    world = printed(uses_invoicing=False)
    outcome = world.ship(confirmation((1, 3)))
    assert (outcome.verdict, codes(outcome), world.invoices) == (Verdict.BOOKED, ["INV-15"], {})
    assert world.shipments[0].invoice_number == "RP-1"


def test_a_shipment_without_a_number_bills_nothing(world: World) -> None:
    world.ship(a_shipment(ShipmentLine(number=1, quantity=3)))
    assert world.invoices == {}


REFUSED: dict[str, tuple[Shipment, list[str]]] = {
    "too long": (confirmation((1, 3), number="RP-12345678"), ["INV-08"]),
    "used by a held invoice": (confirmation((1, 3), number="HELD"), ["INV-08"]),
    "another system": (confirmation((1, 3), order="CWD1", number="SAVED"), ["INV-16"]),
    "with faults of the shipment": (confirmation((1, 9), number="HELD"), ["3044", "INV-08"]),
    "an unknown order tells nothing of numbers": (confirmation((1, 3), order="X", number="HELD"), ["3031"]),
}


@pytest.mark.parametrize(("document", "told"), REFUSED.values(), ids=REFUSED)
def test_a_number_that_cannot_be_used_refuses_the_confirmation(world: World, document: Shipment, told: list[str]) -> None:
    world.ship(a_shipment(ShipmentLine(number=2, quantity=1), tracking="H"))
    world.bill(an_invoice(a_detail(2, 1, "99"), number="HELD"))
    world.ship(confirmation((2, 1), number="SAVED", tracking="S", order="MORE"))
    before = dict(world.invoices), list(world.shipments)
    outcome = world.ship(document)
    assert (outcome.verdict, codes(outcome)) == (Verdict.REFUSED, told)
    assert (dict(world.invoices), list(world.shipments)) == before


def test_a_confirmation_told_again_bills_nothing_again(world: World) -> None:
    world.ship(confirmation((1, 3)))
    assert world.ship(confirmation((1, 3))).verdict is Verdict.DUPLICATE
    assert len(world.invoice("RP-1").lines) == 1


def test_a_deleted_invoice_leaves_its_shipments_to_the_next(world: World) -> None:
    world.ship(confirmation((1, 3)))
    world.apply(delete(world.invoice("RP-1"), orders=world.orders, origin=SCREEN, at=AT))
    world.ship(confirmation((2, 1), tracking="B"))
    assert [it.order_line for it in world.invoice("RP-1").lines] == [2]
