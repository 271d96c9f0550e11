"""Invoices made from uninvoiced shipments: what can be chosen, what is refused, and how they begin (sdf 4.4)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.documents import ShipmentLine
from gateway.domain.bill_shipments import MOST, Chosen, Ending
from gateway.domain.invoice_edit import InvoiceEdit, LineEdit
from gateway.domain.outcome import InvoiceState, NewInvoice, Verdict
from tests.business import ORDER, RETAILER, TODAY, World, a_detail, a_shipment, an_invoice, codes, with_vendor

BILLING = {"require_acknowledgement": False, "uses_invoicing": True, "invoice_number_length": 10}


def delivered(**preferences: object) -> World:
    """Line 1 shipped in parcels 1001 (2) and 1002 (1), of line 2 nothing; a part of another order (1003); orders of others."""
    world = World(with_vendor(**{**BILLING, **preferences}))
    world.receive()
    world.receive(replace(ORDER, number="PART"))
    world.receive(replace(ORDER, number="CWD1", system="CWD", location="300"), replace(RETAILER, system="CWD"))
    world.receive(replace(ORDER, number="EUR1", currency="EUR"))
    world.cut()
    world.ship(a_shipment(ShipmentLine(number=1, quantity=2), tracking="A"))
    world.ship(a_shipment(ShipmentLine(number=1, quantity=1), tracking="B"))
    world.ship(a_shipment(ShipmentLine(number=1, quantity=1), number="PART", tracking="C"))
    world.ship(a_shipment(ShipmentLine(number=2, quantity=1), number="CWD1", tracking="D"))
    world.ship(a_shipment(ShipmentLine(number=2, quantity=1), number="EUR1", tracking="E"))
    return world


def chosen(*shipments: int, number: str = "RP-1", **values: object) -> Chosen:
    return replace(Chosen(number=number, date=TODAY, shipments=shipments), **values)


def test_an_invoice_is_saved_for_changes_or_handed_in() -> None:
    world = delivered()
    saved = world.create(chosen(1001))
    assert (world.invoice("RP-1").state, saved.changes[0].events[0].action) == (InvoiceState.NEW, "Created")
    world.create(chosen(1002, number="RP-2", ending=Ending.SUBMIT))
    assert world.invoice("RP-2").state is InvoiceState.APPROVED
    [line] = world.invoice("RP-2").lines
    assert (line.quantity, line.unit_cost, line.po_unit_cost, line.item) == (1, Decimal("8.98"), Decimal("8.98"), "BX100 RED")
    assert world.line(1).invoiced == 3


def test_other_costs_charges_and_terms_can_be_told_at_once() -> None:
    world = delivered()
    dear = LineEdit(line_no=2, unit_cost=Decimal("9.88"), freight=Decimal("1.50"))
    changes = InvoiceEdit(gross_days=30, freight=Decimal(4), description="June", lines=(dear,))
    outcome = world.create(chosen(1001, 1002, changes=changes, ending=Ending.SUBMIT))
    invoice = world.invoice("RP-1")
    assert (invoice.state, invoice.gross_days, invoice.freight, invoice.description) == (InvoiceState.HELD, 30, Decimal(4), "June")
    [made] = [it for it in outcome.changes if isinstance(it, NewInvoice)]
    assert made.events[0].reason == ("out of balance: line 2 (order AB10747 line 1): unit cost 9.88 against 8.98")


def test_a_dropped_line_is_not_billed() -> None:
    world = delivered()
    world.create(chosen(1001, 1002, changes=InvoiceEdit(drop=(1,))))
    assert [line.shipment_id for line in world.invoice("RP-1").lines] == [1002]
    assert world.line(1).invoiced == 1


def test_a_shipment_named_twice_is_billed_once() -> None:
    world = delivered()
    world.create(chosen(1001, 1001))
    assert len(world.invoice("RP-1").lines) == 1


REFUSED: dict[str, tuple[Chosen, dict[str, object], list[str]]] = {
    "INV-08 no number": (chosen(1001, number=""), {}, ["INV-08"]),
    "INV-08 too long": (chosen(1001, number="RP-12345678"), {}, ["INV-08"]),
    "INV-08 longer than any": (chosen(1001, number="R" * 23), {"invoice_number_length": None}, ["INV-08"]),
    "INV-12 unknown": (chosen(77), {}, ["INV-12"]),
    "INV-12 too many": (chosen(*range(2000, 2000 + MOST + 1)), {}, ["INV-12"] * (MOST + 2)),
    "INV-13 shipped in part": (chosen(1003), {}, ["INV-13"]),
    "INV-14 nothing": (chosen(), {}, ["INV-14"]),
    "INV-14 all dropped": (chosen(1001, changes=InvoiceEdit(drop=(1,))), {}, ["INV-14"]),
    "INV-15": (chosen(1001), {"uses_invoicing": False}, ["INV-15"]),
    "INV-16 two systems": (chosen(1001, 1004), {}, ["INV-16"]),
    "INV-16 two currencies": (chosen(1001, 1005), {}, ["INV-16"]),
    "INV-17": (chosen(1001, changes=InvoiceEdit(description="x" * 81)), {}, ["INV-17"]),
    "all together": (chosen(77, 1003, number=""), {"uses_invoicing": False}, ["INV-15", "INV-08", "INV-12", "INV-13"]),
}


@pytest.mark.parametrize(("asked", "preferences", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_billed_is_refused_with_every_fault(asked: Chosen, preferences: dict[str, object], told: list[str]) -> None:
    world = delivered(**preferences)
    outcome = world.create(asked)
    assert (outcome.verdict, codes(outcome), world.invoices) == (Verdict.REFUSED, told, {})


def test_a_part_may_be_billed_where_the_vendor_may() -> None:
    world = delivered(invoice_partial_shipments=True)
    assert world.create(chosen(1003)).verdict is Verdict.BOOKED


def test_a_used_number_and_a_billed_shipment_are_refused() -> None:
    world = delivered()
    world.create(chosen(1001))
    assert codes(world.create(chosen(1001))) == ["INV-08", "INV-13"]
    assert world.create(chosen(1002, number="RP-2")).verdict is Verdict.BOOKED


def test_another_vendors_shipment_is_not_known() -> None:
    world = delivered()
    assert codes(world.create(chosen(1001), vendor="11")) == ["INV-12"]


def test_a_shipment_billed_by_upload_cannot_be_chosen() -> None:
    world = delivered()
    world.bill(an_invoice(a_detail(1, 2, "8.98")))
    assert codes(world.create(chosen(1001))) == ["INV-13"]
