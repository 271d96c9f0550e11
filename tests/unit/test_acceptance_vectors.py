"""The acceptance vectors of sdf 13 that the rules alone decide: the order of 2.4, vendor 257 integrated, acknowledgement required."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.documents import OrderRequest, Shipment, ShipmentLine
from gateway.domain import again, invoicing, note, request
from gateway.domain.invoice_edit import InvoiceEdit, LineEdit
from gateway.domain.order import LineStatus, OrderStatus
from gateway.domain.origin import Source
from gateway.domain.outcome import InvoiceState, Outcome, Verdict
from tests.business import (
    AT,
    HEADER,
    KETTLE,
    MESSAGE,
    ORDER,
    REFERENCE,
    RETAILER,
    SCREEN,
    TODAY,
    TOTE,
    UPLOAD,
    World,
    a_detail,
    a_shipment,
    an_invoice,
    codes,
)

TWO_OF_LINE_ONE = ShipmentLine(number=1, quantity=2)


@pytest.fixture
def world() -> World:
    """T1: the sample is loaded."""
    world = World()
    world.receive()
    return world


@pytest.fixture
def acknowledged(world: World) -> World:
    """T3 and T6: batch 74 is sent and acknowledged."""
    world.cut()
    world.acknowledge()
    return world


def ask(world: World, criteria: str, value: str = "", size: int | None = None) -> list[str]:
    document = OrderRequest(vendor="257", vendor_system="VENDOR", criteria=criteria, value=value, batch_size=size, envelope=HEADER)
    batch = world.batches.get(int(value)) if criteria == "batch" else None
    wanted = request(document, orders=world.orders.values(), batch=batch, reference=REFERENCE, origin=MESSAGE)
    return [issue.code for issue in wanted.issues]


def test_t1_an_order_is_loaded(world: World) -> None:
    order = world.order("AB10747")
    assert [line.status for line in order.lines] == [LineStatus.NEW, LineStatus.NEW]
    assert [(entry.event, entry.actor, entry.source, entry.quantity) for entry in world.history] == [
        ("H1", "Admin", Source.WS, 3),
        ("H1", "Admin", Source.WS, 1),
    ]
    assert (order.total, order.ship_via, order.next_due_on) == (Decimal("48.44"), "50", date(2022, 6, 28))
    document = world.documents["AB10747"]
    assert (document.ship_to.postal_code, document.tax_total) == ("SE1 9GF", Decimal("1.12"))


def test_t2_the_same_content_is_a_duplicate_and_other_content_a_conflict(world: World) -> None:
    re_encoded = replace(ORDER, number="AB10747", freight=Decimal("6.950"), gift=False, envelope=HEADER)
    dearer = replace(ORDER, lines=(replace(TOTE, unit_cost=Decimal("9.00")), KETTLE))
    assert world.receive(re_encoded).verdict is Verdict.DUPLICATE
    conflict = world.receive(dearer)
    assert (conflict.verdict, codes(conflict)) == (Verdict.CONFLICT, ["DSO-111"])
    assert "line 1 unit_cost: 8.98, now 9.00" in conflict.issues[0].text
    assert len(world.history) == 2


def test_t3_a_sent_batch_waits_for_its_acknowledgement(world: World) -> None:
    outcome = world.cut()
    assert outcome.key == "74"
    assert [(line.status, line.batch, line.printed) for line in world.order().lines] == [(LineStatus.NEW, 74, 0), (LineStatus.NEW, 74, 0)]
    assert [(it.event, it.status_after, note(it)) for it in outcome.history] == [("H3", LineStatus.NEW, "Batch ID (74)")] * 2
    assert not world.feed


def test_t4_what_was_sent_is_not_sent_again(world: World) -> None:
    world.cut()
    assert ask(world, "all") == ["3009"]
    assert codes(world.cut()) == ["3009"]
    assert list(world.batches) == [74]


def test_t5_a_batch_is_shown_again_whole_whatever_size_is_asked_for(world: World) -> None:
    world.cut()
    before = world.order()
    assert ask(world, "batch", "74", size=1) == []
    assert again(world.orders.values(), world.slips.values()) == (before,)
    assert world.order() == before


def test_t6_only_its_vendor_acknowledges_a_batch_and_only_once(world: World) -> None:
    world.cut()
    other, first, second = world.acknowledge(origin=replace(MESSAGE, vendor="11")), world.acknowledge(), world.acknowledge()
    assert (codes(other), first.verdict, codes(second)) == (["3020"], Verdict.BOOKED, ["3021"])
    assert second.verdict is Verdict.DUPLICATE
    assert [(line.status, line.printed) for line in world.order().lines] == [(LineStatus.IN_PROCESS, 3), (LineStatus.IN_PROCESS, 1)]
    assert [it.event for it in first.history] == ["H4", "H4"]
    assert [(it.type, it.body["batch"], it.body["quantity"]) for it in world.feed] == [("PULLED", 74, 3), ("PULLED", 74, 1)]


def test_t7_a_part_of_a_line_is_shipped(acknowledged: World) -> None:
    outcome = acknowledged.ship(a_shipment(TWO_OF_LINE_ONE))
    line = acknowledged.line(1)
    assert (line.shipped, line.printed, line.status) == (2, 1, LineStatus.IN_PROCESS)
    assert acknowledged.order().status is OrderStatus.IN_PROCESS
    [entry] = outcome.history
    assert (entry.event, entry.quantity, entry.source, entry.actor) == ("H6", 2, Source.WS, "redpanda")
    assert note(entry) == "Ship Date: 06/22/2022, Carrier: 50, Tracking #: Track12155, Weight: 2.34, Rate: $ 1.23"


def test_t8_more_than_is_open_is_not_shipped(acknowledged: World) -> None:
    acknowledged.ship(a_shipment(TWO_OF_LINE_ONE))
    outcome = acknowledged.ship(a_shipment(TWO_OF_LINE_ONE, tracking="Track12156"))
    assert codes(outcome) == ["3044"]
    assert acknowledged.line(1).shipped == 2


@pytest.mark.parametrize(
    ("unit_cost", "state"),
    [
        ("9.87", InvoiceState.APPROVED),
        ("9.88", InvoiceState.HELD),
        ("8.98", InvoiceState.APPROVED),
        ("8.09", InvoiceState.APPROVED),
        ("8.08", InvoiceState.HELD),
    ],
)
def test_t20_an_invoice_is_held_when_a_cost_differs_by_more_than_the_threshold(
    acknowledged: World, unit_cost: str, state: InvoiceState
) -> None:
    acknowledged.ship(a_shipment(ShipmentLine(number=1, quantity=3)))
    acknowledged.bill(an_invoice(a_detail(1, 3, unit_cost)))
    assert acknowledged.invoices["257", "RP-2201"].state is state


def test_t21_a_held_invoice_is_rejected_mended_and_posted_twice(acknowledged: World) -> None:
    acknowledged.ship(a_shipment(ShipmentLine(number=1, quantity=3)))
    acknowledged.bill(an_invoice(a_detail(1, 3, "9.88")))
    vendor, orders = REFERENCE.vendors["257"], acknowledged.orders
    cheaper = InvoiceEdit(lines=(LineEdit(line_no=1, unit_cost=Decimal("8.98")),))

    def step(outcome: Outcome) -> InvoiceState:
        assert acknowledged.apply(outcome).issues == ()
        return acknowledged.invoices["257", "RP-2201"].state

    def invoice() -> invoicing.InvoiceDocument:
        return acknowledged.invoices["257", "RP-2201"]

    assert step(invoicing.reject(invoice(), reason="too dear", origin=RETAILER, at=AT)) is InvoiceState.REJECTED
    assert step(invoicing.edit(invoice(), cheaper, orders=orders, latest=TODAY, origin=SCREEN, at=AT)) is InvoiceState.REJECTED
    assert step(invoicing.submit(invoice(), vendor=vendor, orders=orders, origin=SCREEN, at=AT)) is InvoiceState.APPROVED
    assert step(invoicing.post(invoice(), origin=RETAILER, at=AT)) is InvoiceState.POSTED
    assert invoice().posted_at == AT
    assert not invoicing.is_due(invoice())
    assert step(invoicing.repost(invoice(), origin=RETAILER, at=AT)) is InvoiceState.POSTED
    assert invoicing.is_due(invoice())
    assert invoicing.posting(invoice(), at=AT).resend is True
    assert step(invoicing.post(invoice(), origin=RETAILER, at=datetime(2022, 7, 1, tzinfo=UTC))) is InvoiceState.POSTED


def test_t22_an_invoice_is_deleted_while_new_and_never_while_held(acknowledged: World) -> None:
    acknowledged.ship(a_shipment(ShipmentLine(number=1, quantity=3)))
    acknowledged.bill(an_invoice(a_detail(1, 3, "9.88")))
    held = acknowledged.invoices["257", "RP-2201"]
    assert codes(invoicing.delete(held, orders=acknowledged.orders, origin=SCREEN, at=AT)) == ["INV-20"]
    new = replace(held, state=InvoiceState.NEW)
    acknowledged.apply(invoicing.delete(new, orders=acknowledged.orders, origin=SCREEN, at=AT))
    assert acknowledged.line(1).invoiced == 0
    assert acknowledged.bill(an_invoice(a_detail(1, 3, "8.98"))).verdict is Verdict.BOOKED


def test_t23_an_invoice_with_a_blank_charge_leaves_its_neighbour_unharmed(acknowledged: World) -> None:
    acknowledged.ship(a_shipment(ShipmentLine(number=1, quantity=3), ShipmentLine(number=2, quantity=1)))
    good = acknowledged.bill(an_invoice(a_detail(1, 3, "8.98"), number="RP-1"))
    bad = acknowledged.bill(an_invoice(a_detail(2, 1, "21.50"), number="RP-2", freight=None))
    assert (good.verdict, codes(bad)) == (Verdict.BOOKED, ["INV-04"])
    assert list(acknowledged.invoices) == [("257", "RP-1")]


T26 = {
    "New Order line": (a_shipment(ShipmentLine(number=1, quantity=2)), [], 2),
    "unknown purchase order": (a_shipment(ShipmentLine(number=1, quantity=2), number="NOBODY"), ["3031"], 0),
    "line 0": (a_shipment(ShipmentLine(number=0, quantity=2)), ["3042"], 0),
    "quantity 0": (a_shipment(ShipmentLine(number=1, quantity=0)), ["3043"], 0),
    "inactive carrier": (a_shipment(ShipmentLine(number=1, quantity=2), carrier="90"), [], 2),
}


@pytest.mark.parametrize(("document", "told", "shipped"), T26.values(), ids=T26)
def test_t26_rows_of_a_shipment_upload(world: World, document: Shipment, told: list[str], shipped: int) -> None:
    assert codes(world.ship(document, UPLOAD)) == told
    assert world.line(1).shipped == shipped


def test_t26_a_held_line_is_released_and_shipped_by_upload(world: World) -> None:
    world.put(replace(world.line(1), status=LineStatus.HELD, pre_hold=LineStatus.NEW))
    outcome = world.ship(a_shipment(ShipmentLine(number=1, quantity=3)), UPLOAD)
    assert [(it.event, it.status_after, note(it)[:8]) for it in outcome.history] == [
        ("H20", LineStatus.NEW, "Released"),
        ("H5", LineStatus.SHIPPED, "Ship Dat"),
    ]
    assert world.line(1).status is LineStatus.SHIPPED
