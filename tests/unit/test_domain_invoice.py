"""Invoices: every code of sdf 4.6 the rules decide, matching to shipments, balance, and each step of 4.5."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.documents import Charge, Invoice, InvoiceLine, ShipmentLine
from gateway.domain import is_out_of_balance, total_of
from gateway.domain.invoice_edit import InvoiceEdit, LineEdit
from gateway.domain.invoice_number import number_issues
from gateway.domain.invoicing import approve, delete, edit, edit_and_submit, is_due, post, posting, reject, repost, submit
from gateway.domain.outcome import InvoiceChanged, InvoiceDocument, InvoiceState, Missing, NewInvoice, Outcome, Verdict
from tests.business import AT, MESSAGE, ORDER, RETAILER, SCREEN, TODAY, UPLOAD, World, a_detail, a_shipment, an_invoice, codes, with_vendor

BILLING = {"require_acknowledgement": False, "uses_invoicing": True}


def delivered(**preferences: object) -> World:
    """Line 1 shipped in parcels of 2 (shipment 1001) and 1 (1002), line 2 still In Process."""
    world = World(with_vendor(**{**BILLING, **preferences}))
    world.receive()
    world.receive(replace(ORDER, number="OTHER", vendor="11"))
    world.cut()
    world.ship(a_shipment(ShipmentLine(number=1, quantity=2), tracking="A"))
    world.ship(a_shipment(ShipmentLine(number=1, quantity=1), tracking="B"))
    return world


@pytest.fixture
def world() -> World:
    return delivered()


def billed(outcome: Outcome) -> InvoiceDocument:
    [change] = [it for it in outcome.changes if isinstance(it, NewInvoice)]
    return change.invoice


REFUSED: dict[str, tuple[Invoice, list[tuple[str, str]]]] = {
    "INV-01": (an_invoice(a_detail(1, 2, "8.98"), discount_days=1000), [("INV-01", "")]),
    "INV-02": (an_invoice(a_detail(1, 2, "8.98"), gross_days=-1), [("INV-02", "")]),
    "INV-03": (an_invoice(a_detail(1, 2, "8.98"), discount_percent=Decimal("100.01")), [("INV-03", "")]),
    "INV-04 in the header": (an_invoice(a_detail(1, 2, "8.98"), freight=None), [("INV-04", "header")]),
    "INV-04 in a detail": (an_invoice(a_detail(1, 2, "8.98", freight=None)), [("INV-04", "detail 1")]),
    "INV-05": (an_invoice(a_detail(1, 2, "8.98"), handling=None), [("INV-05", "header")]),
    "INV-06": (an_invoice(a_detail(1, 2, "8.98"), other=None), [("INV-06", "header")]),
    "INV-04 below 0": (an_invoice(a_detail(1, 2, "8.98"), freight=Decimal("-4.50")), [("INV-04", "header")]),
    "INV-05 below 0 in a detail": (an_invoice(a_detail(1, 2, "8.98", handling=Decimal("-0.01"))), [("INV-05", "detail 1")]),
    "INV-06 below 0": (
        an_invoice(a_detail(1, 2, "8.98", other=Decimal(-1)), other=Decimal(-2)),
        [("INV-06", "header"), ("INV-06", "detail 1")],
    ),
    "INV-06 a charge below 0": (
        an_invoice(a_detail(1, 2, "8.98"), charges=(Charge(kind="tax", amount=Decimal(-1)),)),
        [("INV-06", "header")],
    ),
    "INV-07 ahead": (replace(an_invoice(a_detail(1, 2, "8.98")), date=date(2022, 6, 24)), [("INV-07", "")]),
    "INV-07 of another century": (replace(an_invoice(a_detail(1, 2, "8.98")), date=date(1999, 12, 31)), [("INV-07", "")]),
    "INV-08 missing": (an_invoice(a_detail(1, 2, "8.98"), number=""), [("INV-08", "")]),
    "INV-08 too long": (an_invoice(a_detail(1, 2, "8.98"), number="RP-12345678"), [("INV-08", "")]),
    "INV-09": (replace(an_invoice(a_detail(1, 2, "8.98")), type="CR"), [("INV-09", "")]),
    "INV-10": (an_invoice(a_detail(1, 2, "-1")), [("INV-10", "detail 1")]),
    "INV-12 unknown order": (an_invoice(a_detail(1, 2, "8.98", number="X")), [("INV-12", "detail 1")]),
    "INV-12 another vendor's order": (an_invoice(a_detail(1, 2, "8.98", number="OTHER")), [("INV-12", "detail 1")]),
    "INV-12 unknown line": (an_invoice(a_detail(9, 2, "8.98")), [("INV-12", "detail 1")]),
    "INV-12 unknown item": (an_invoice(a_detail(1, 2, "8.98")), [("INV-12", "detail 1")]),
    "INV-12 unknown shipment": (an_invoice(a_detail(1, 2, "8.98", shipment="77")), [("INV-12", "detail 1")]),
    "INV-12 quantity 0": (an_invoice(a_detail(1, 0, "8.98")), [("INV-12", "detail 1")]),
    "INV-13 not shipped": (an_invoice(a_detail(2, 1, "21.50")), [("INV-13", "detail 1")]),
    "INV-13 more than shipped": (an_invoice(a_detail(1, 4, "8.98")), [("INV-13", "detail 1")]),
    "INV-13 the same shipment twice": (an_invoice(a_detail(1, 2, "8.98"), a_detail(1, 2, "8.98")), [("INV-13", "detail 2")]),
    "INV-13 other quantity of a shipment": (an_invoice(a_detail(1, 1, "8.98", shipment="1001")), [("INV-13", "detail 1")]),
    "INV-14": (an_invoice(), [("INV-14", "")]),
    "INV-16": (an_invoice(a_detail(1, 2, "8.98"), currency="EUR"), [("INV-16", "")]),
    "all together": (
        an_invoice(a_detail(9, 1, "1"), a_detail(1, 2, "8.98", freight=None), gross_days=1000),
        [("INV-02", ""), ("INV-04", "detail 2"), ("INV-12", "detail 1")],
    ),
}
BY_ITEM = InvoiceLine(quantity=2, unit_cost=Decimal("8.98"), item="X", freight=Decimal(0), handling=Decimal(0), other=Decimal(0))
REFUSED["INV-12 unknown item"] = (an_invoice(BY_ITEM, order_number="AB10747"), [("INV-12", "detail 1")])


@pytest.mark.parametrize(("document", "told"), REFUSED.values(), ids=REFUSED)
def test_a_faulty_invoice_is_refused_with_every_fault(document: Invoice, told: list[tuple[str, str]]) -> None:
    world = delivered(invoice_number_length=10)
    outcome = world.bill(document)
    assert outcome.verdict is Verdict.REFUSED
    assert [(issue.code, issue.where) for issue in outcome.issues] == told
    assert world.line(1).invoiced == 0


def test_a_vendor_without_invoicing_cannot_bill() -> None:
    assert codes(delivered(uses_invoicing=False).bill(an_invoice(a_detail(1, 2, "8.98")))) == ["INV-15"]


def test_a_vendor_bills_for_itself_alone(world: World) -> None:
    assert codes(world.bill(an_invoice(a_detail(1, 2, "8.98"), vendor="11"))) == ["3005"]


def test_orders_of_two_systems_need_two_invoices() -> None:
    world = delivered()
    cwd = replace(RETAILER, system="CWD")
    world.receive(replace(ORDER, number="C1", system="CWD", location="300"), cwd)
    world.cut()
    world.ship(a_shipment(ShipmentLine(number=2, quantity=1), number="C1"))
    outcome = world.bill(an_invoice(a_detail(1, 2, "8.98"), a_detail(2, 1, "21.50", number="C1")))
    assert codes(outcome) == ["INV-16"]


def test_a_charge_with_a_percent_alone_is_that_much_of_the_goods(world: World) -> None:
    five = Charge(kind="freight", percent=Decimal(5))
    document = an_invoice(
        replace(a_detail(1, 2, "8.99"), charges=(Charge(kind="discount", allowance=True, percent=Decimal("2.5")),)), charges=(five,)
    )
    made = billed(world.bill(document))
    assert (made.freight, made.lines[0].other) == (Decimal("0.90"), Decimal("-0.45"))


def test_a_message_tells_only_the_charges_there_are(world: World) -> None:
    bare = InvoiceLine(order_number="AB10747", number=1, quantity=2, unit_cost=Decimal("8.98"))
    charges = (Charge(kind="freight", amount=Decimal(5)), Charge(kind="discount", allowance=True, amount=Decimal(2)), Charge(kind="tax"))
    document = Invoice(number="M1", type="DR", date=ORDER.entered_on, lines=(bare,), charges=charges)
    invoice = billed(world.bill(document, MESSAGE))
    assert (invoice.freight, invoice.handling, invoice.other) == (Decimal(5), Decimal(0), Decimal(-2))
    assert total_of(invoice) == Decimal("20.96")


MATCHES: dict[str, tuple[InvoiceLine, list[int]]] = {
    "by quantity": (a_detail(1, 1, "8.98"), [1002]),
    "by shipment": (a_detail(1, 2, "8.98", shipment="1001"), [1001]),
    "a bare number that is a shipment": (a_detail(1, 1002, "8.98"), [1002]),
    "the oldest together": (a_detail(1, 3, "8.98", freight=Decimal(4)), [1001, 1002]),
}


@pytest.mark.parametrize(("detail", "shipments"), MATCHES.values(), ids=MATCHES)
def test_a_detail_finds_its_shipments(world: World, detail: InvoiceLine, shipments: list[int]) -> None:
    invoice = billed(world.bill(an_invoice(detail)))
    assert [line.shipment_id for line in invoice.lines] == shipments
    assert [line.line_no for line in invoice.lines] == list(range(1, len(shipments) + 1))
    assert sum(line.freight for line in invoice.lines) == detail.freight
    assert world.line(1).invoiced == sum(line.quantity for line in invoice.lines)


def test_a_quantity_that_no_shipments_make_up_is_refused(world: World) -> None:
    world.bill(an_invoice(a_detail(1, 2, "8.98"), number="ONE"))
    outcome = world.bill(an_invoice(a_detail(1, 2, "8.98"), number="TWO"))
    assert outcome.issues[0].text == "no uninvoiced shipment of 2 on line 1 of order AB10747; uninvoiced: 1"
    assert codes(world.bill(an_invoice(a_detail(1, 2, "8.98", shipment="1001"), number="THREE"))) == ["INV-13"]


WAITS: dict[str, tuple[Invoice, Missing | None]] = {
    "an unknown order": (an_invoice(a_detail(1, 1, "1", number="X")), Missing(kind="order", org="1", order_number="X")),
    "a line not shipped": (an_invoice(a_detail(2, 1, "21.50")), Missing(kind="shipment", org="1", order_number="AB10747")),
    "an order before a shipment": (
        an_invoice(a_detail(2, 1, "21.50"), a_detail(1, 1, "1", number="X")),
        Missing(kind="order", org="1", order_number="X"),
    ),
    "a line not shipped, with a fault besides": (an_invoice(a_detail(2, 1, "21.50"), gross_days=-1), None),
    "more than was ever ordered": (an_invoice(a_detail(1, 9, "8.98")), None),
}


@pytest.mark.parametrize(("document", "missing"), WAITS.values(), ids=WAITS)
def test_an_invoice_waits_for_what_time_may_mend(world: World, document: Invoice, missing: Missing | None) -> None:
    assert world.bill(document).missing == missing


def test_partial_shipments_may_be_billed_where_the_vendor_may() -> None:
    world = World(with_vendor(**BILLING, invoice_partial_shipments=True))
    world.receive()
    world.cut()
    world.ship(a_shipment(ShipmentLine(number=1, quantity=2)))
    assert world.bill(an_invoice(a_detail(1, 2, "8.98"))).verdict is Verdict.BOOKED
    more = world.bill(an_invoice(a_detail(1, 1, "8.98"), number="RP-2"))
    assert (codes(more), more.missing) == (["INV-13"], Missing(kind="shipment", org="1", order_number="AB10747"))


def test_the_same_invoice_again_changes_nothing(world: World) -> None:
    document = an_invoice(a_detail(1, 3, "8.98", freight=Decimal(4)))
    world.bill(document)
    again = world.bill(document)
    assert (again.verdict, codes(again), again.changes) == (Verdict.DUPLICATE, ["INV-08"], ())


@pytest.mark.parametrize(
    "document",
    [
        an_invoice(a_detail(1, 3, "8.99")),
        an_invoice(a_detail(1, 2, "8.98")),
        an_invoice(a_detail(1, 3, "8.98"), freight=Decimal(1)),
        an_invoice(a_detail(1, 3, "8.98"), a_detail(2, 1, "21.50")),
    ],
)
def test_a_used_number_with_other_content_is_a_conflict(world: World, document: Invoice) -> None:
    world.bill(an_invoice(a_detail(1, 3, "8.98")))
    outcome = world.bill(document)
    assert (outcome.verdict, codes(outcome)) == (Verdict.CONFLICT, ["INV-08"])


BALANCE = [
    ("8.98", "9.87", 10, False),
    ("8.98", "9.88", 10, True),
    ("10.00", "11.00", 10, False),
    ("10.00", "9.00", 10, False),
    ("10.00", "8.99", 10, True),
    ("10.00", "99.00", None, False),
    ("10.00", "10.00", 0, False),
    ("10.00", "10.0001", 0, True),
    ("0", "0", 10, False),
    ("0", "0.01", 10, True),
    ("0", "0.01", None, False),
]


@pytest.mark.parametrize(("po_unit_cost", "unit_cost", "threshold", "out"), BALANCE)
def test_the_balance_is_tested_exactly(po_unit_cost: str, unit_cost: str, threshold: int | None, out: bool) -> None:
    assert is_out_of_balance(Decimal(po_unit_cost), Decimal(unit_cost), None if threshold is None else Decimal(threshold)) is out


def test_one_line_out_of_balance_holds_the_invoice_whatever_it_charges() -> None:
    world = delivered()
    world.ship(a_shipment(ShipmentLine(number=2, quantity=1)))
    held = world.bill(an_invoice(a_detail(1, 3, "8.98"), a_detail(2, 1, "30.00")))
    assert billed(held).state is InvoiceState.HELD


def test_charges_do_not_put_an_invoice_out_of_balance(world: World) -> None:
    assert billed(world.bill(an_invoice(a_detail(1, 3, "8.98", freight=Decimal(500)), freight=Decimal(900)))).state is InvoiceState.APPROVED


def test_the_total_holds_lines_and_all_charges(world: World) -> None:
    detail = a_detail(1, 2, "8.9850", freight=Decimal(1), handling=Decimal(2), other=Decimal(3))
    document = an_invoice(detail, freight=Decimal("0.10"), handling=Decimal("0.20"), other=Decimal("0.30"))
    assert total_of(billed(world.bill(document))) == Decimal("24.57")


def test_a_number_holds_what_people_see(world: World) -> None:
    vendor = world.reference.vendors["257"]
    assert [it.code for number in ("A\r\nB", "A\u202eB", "") for it in number_issues(number, vendor)] == ["INV-08"] * 3
    assert number_issues("RP-1 Ä", vendor) == []


Act = Callable[[InvoiceDocument, World], Outcome]
ACTS: dict[str, Act] = {
    "submit": lambda it, world: submit(it, vendor=world.reference.vendors["257"], orders=world.orders, origin=SCREEN, at=AT),
    "edit": lambda it, world: edit(it, InvoiceEdit(description="x"), orders=world.orders, latest=TODAY, origin=SCREEN, at=AT),
    "approve": lambda it, _: approve(it, reason="fine", origin=RETAILER, at=AT),
    "reject": lambda it, _: reject(it, reason="dear", origin=RETAILER, at=AT),
    "delete": lambda it, world: delete(it, orders=world.orders, origin=SCREEN, at=AT),
    "post": lambda it, _: post(it, origin=RETAILER, at=AT),
    "repost": lambda it, _: repost(it, origin=RETAILER, at=AT),
}
NEW, HELD, REJECTED = InvoiceState.NEW, InvoiceState.HELD, InvoiceState.REJECTED
APPROVED, POSTED = InvoiceState.APPROVED, InvoiceState.POSTED
POSSIBLE: dict[tuple[InvoiceState, str], InvoiceState | None] = {
    (NEW, "submit"): APPROVED,
    (NEW, "edit"): NEW,
    (NEW, "delete"): None,
    (HELD, "approve"): APPROVED,
    (HELD, "reject"): REJECTED,
    (REJECTED, "submit"): APPROVED,
    (REJECTED, "edit"): REJECTED,
    (REJECTED, "delete"): None,
    (APPROVED, "post"): POSTED,
    (POSTED, "repost"): POSTED,
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", InvoiceState)
def test_every_state_allows_its_acts_and_no_other(world: World, state: InvoiceState, act: str) -> None:
    world.bill(an_invoice(a_detail(1, 3, "8.98")))
    invoice = replace(world.invoices["257", "RP-2201"], state=state, posted_at=AT if state is POSTED else None)
    outcome = ACTS[act](invoice, world)
    if (state, act) not in POSSIBLE:
        assert (outcome.verdict, codes(outcome)) == (Verdict.REFUSED, ["INV-20"])
        return
    assert outcome.verdict is Verdict.BOOKED
    [event] = outcome.changes[0].events
    assert (event.from_state, event.to_state, event.at) == (state, POSSIBLE[state, act], AT)


@pytest.mark.parametrize("act", [approve, reject])
def test_a_decision_needs_a_reason_and_keeps_it(world: World, act: Callable[..., Outcome]) -> None:
    invoice = replace(billed(world.bill(an_invoice(a_detail(1, 3, "9.88")))), id=1)
    assert codes(act(invoice, reason="  ", origin=RETAILER, at=AT)) == ["INV-21"]
    [event] = act(invoice, reason=" agreed by phone ", origin=RETAILER, at=AT).changes[0].events
    assert (event.actor, event.reason) == ("oms", "agreed by phone")


def test_a_submission_is_judged_by_the_costs_of_its_moment(world: World) -> None:
    world.bill(an_invoice(a_detail(1, 3, "9.88")))
    rejected = replace(world.invoices["257", "RP-2201"], state=REJECTED)
    world.put(replace(world.line(1), unit_cost=Decimal("9.88")))
    outcome = submit(rejected, vendor=world.reference.vendors["257"], orders=world.orders, origin=SCREEN, at=AT)
    [change] = outcome.changes
    assert isinstance(change, InvoiceChanged)
    assert (change.invoice.state, change.invoice.lines[0].po_unit_cost, change.events[0].action) == (
        APPROVED,
        Decimal("9.88"),
        "Resubmitted",
    )


def test_an_edit_that_hands_in_does_both_or_neither(world: World) -> None:
    world.bill(an_invoice(a_detail(1, 3, "9.88"), number="E"))
    rejected = replace(world.invoices["257", "E"], state=REJECTED)
    given = {"vendor": world.reference.vendors["257"], "orders": world.orders, "latest": TODAY, "origin": SCREEN, "at": AT}
    assert codes(edit_and_submit(rejected, InvoiceEdit(gross_days=-1), **given)) == ["INV-02"]
    cheaper = InvoiceEdit(lines=(LineEdit(line_no=1, unit_cost=Decimal("8.98")),), drop=(2,))
    world.apply(edit_and_submit(rejected, cheaper, **given))
    after = world.invoices["257", "E"]
    assert (after.state, [line.quantity for line in after.lines], world.line(1).invoiced) == (APPROVED, [2], 2)
    outcome = edit_and_submit(replace(after, state=REJECTED), InvoiceEdit(), **given)
    assert [it.action for it in outcome.changes[0].events] == ["Resubmitted"]


def test_an_edit_changes_what_it_names_and_frees_what_it_drops(world: World) -> None:
    world.bill(an_invoice(a_detail(1, 3, "9.88"), number="E"))
    rejected = replace(world.invoices["257", "E"], state=REJECTED)
    changes = InvoiceEdit(gross_days=45, lines=(LineEdit(line_no=1, unit_cost=Decimal("8.98"), freight=Decimal(1)),), drop=(2,))
    world.apply(edit(rejected, changes, orders=world.orders, latest=TODAY, origin=SCREEN, at=AT))
    after = world.invoices["257", "E"]
    assert [(line.unit_cost, line.freight, line.quantity) for line in after.lines] == [(Decimal("8.98"), Decimal(1), 2)]
    assert (after.gross_days, after.state, world.line(1).invoiced) == (45, REJECTED, 2)
    assert [it.invoice_id for it in world.shipments] == [after.id, None]


FAULTY_EDITS: dict[str, tuple[InvoiceEdit, list[str]]] = {
    "days": (InvoiceEdit(discount_days=1000, gross_days=-1), ["INV-01", "INV-02"]),
    "percent": (InvoiceEdit(discount_percent=Decimal(101)), ["INV-03"]),
    "unknown lines": (InvoiceEdit(lines=(LineEdit(line_no=7),), drop=(8,)), ["INV-12", "INV-12"]),
    "negative cost": (InvoiceEdit(lines=(LineEdit(line_no=1, unit_cost=Decimal(-1)),)), ["INV-10"]),
    "no line left": (InvoiceEdit(drop=(1, 2)), ["INV-14"]),
}


@pytest.mark.parametrize(("changes", "told"), FAULTY_EDITS.values(), ids=FAULTY_EDITS)
def test_a_faulty_edit_is_refused(world: World, changes: InvoiceEdit, told: list[str]) -> None:
    world.bill(an_invoice(a_detail(1, 3, "9.88")))
    rejected = replace(world.invoices["257", "RP-2201"], state=REJECTED)
    assert codes(edit(rejected, changes, orders=world.orders, latest=TODAY, origin=SCREEN, at=AT)) == told


def test_a_posting_tells_the_whole_invoice(world: World) -> None:
    world.bill(an_invoice(a_detail(1, 2, "8.98")))
    stored = world.invoices["257", "RP-2201"]
    assert is_due(stored)
    told = posting(stored, at=AT)
    assert (told.vendor, told.number, told.total, told.currency, told.resend, told.gross_days) == (
        "257",
        "RP-2201",
        Decimal("17.96"),
        "USD",
        False,
        30,
    )
    [line] = told.lines
    assert (line.order_number, line.number, line.item, line.quantity) == ("AB10747", 1, "BX100 RED", 2)
    assert (line.po_unit_cost, line.unit_cost, line.shipped_on) == (Decimal("8.98"), Decimal("8.98"), AT.date())


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.lists(st.integers(1, 8), min_size=1, max_size=8))
def test_never_more_is_invoiced_than_was_shipped(parcels: list[int], bills: list[int]) -> None:
    world = World(with_vendor(**BILLING, invoice_partial_shipments=True))
    [tote, _] = ORDER.lines
    world.receive(replace(ORDER, lines=(replace(tote, quantity=sum(parcels) + 1),)))
    world.cut()
    for place, quantity in enumerate(parcels):
        world.ship(a_shipment(ShipmentLine(number=1, quantity=quantity), tracking=f"T{place}"))
    for place, quantity in enumerate(bills):
        world.bill(an_invoice(a_detail(1, quantity, "8.98"), number=f"I{place}"), UPLOAD)
    assert world.line(1).invoiced == sum(it.quantity for it in world.shipments if it.invoice_id)
    assert world.line(1).invoiced <= sum(parcels)
