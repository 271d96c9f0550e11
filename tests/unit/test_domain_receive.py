"""Orders coming in: every code of sdf 2.5, the defaults, and what is created along the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.documents import Envelope, Order, OrderLine, Party
from gateway.domain import create, difference, digest_of, file_rules
from gateway.domain.origin import Origin
from gateway.domain.outcome import NewItem, NewOrder, NewVendorItem, Outcome, Verdict
from gateway.domain.receive import with_defaults
from gateway.domain.reference import Carrier, Reference, Vendor
from gateway.kernel.issues import Difference
from tests.business import AT, KETTLE, MESSAGE, ORDER, REFERENCE, RETAILER, SOLD_TO, TOTE, World, codes, key

ANYBODY = Origin(user="api")


def received(document: Order, reference: Reference = REFERENCE, origin: Origin = RETAILER) -> Outcome:
    return create(document, key(document), reference=reference, origin=origin, at=AT)


def stored(outcome: Outcome) -> NewOrder:
    [change] = outcome.changes
    assert isinstance(change, NewOrder)
    return change


def with_line(**values: object) -> Order:
    return replace(ORDER, lines=(replace(TOTE, **values), KETTLE))


REFUSED: dict[str, tuple[Order, list[tuple[str, str, int | None]]]] = {
    "no number": (replace(ORDER, number=""), [("DSO-101", "number", None)]),
    "no sales order": (replace(ORDER, sales_order=""), [("DSO-101", "sales_order", None)]),
    "no brand": (replace(ORDER, brand=""), [("DSO-101", "brand", None)]),
    "no vendor": (replace(ORDER, vendor=""), [("DSO-101", "vendor", None)]),
    "no location": (replace(ORDER, location=""), [("DSO-101", "location", None)]),
    "discount over 100 percent": (replace(ORDER, discount_percent=Decimal("100.01")), [("DSO-102", "discount_percent", None)]),
    "discount below 0": (replace(ORDER, discount_percent=Decimal(-1)), [("DSO-102", "discount_percent", None)]),
    "negative unit cost": (with_line(unit_cost=Decimal("-0.01")), [("DSO-102", "unit_cost", 1)]),
    "more than any line can hold": (with_line(quantity=2**31), [("DSO-102", "quantity", 1)]),
    "unknown brand": (replace(ORDER, brand="9"), [("DSO-103", "brand", None)]),
    "unknown location": (replace(ORDER, location="9"), [("DSO-104", "location", None)]),
    "location of another system": (replace(ORDER, location="300"), [("DSO-104", "location", None)]),
    "inactive vendor": (replace(ORDER, vendor="404"), [("DSO-105", "vendor", None)]),
    "ship-to without city": (replace(ORDER, ship_to=replace(ORDER.ship_to, city=None)), [("DSO-106", "ship_to.city", None)]),
    "ship-to without country": (replace(ORDER, ship_to=replace(ORDER.ship_to, country=None)), [("DSO-106", "ship_to.country", None)]),
    "sold-to without address line 1": (replace(ORDER, sold_to=replace(SOLD_TO, address1="")), [("DSO-106", "sold_to.address1", None)]),
    "sold-to without postal code": (replace(ORDER, sold_to=replace(SOLD_TO, postal_code=None)), [("DSO-106", "sold_to.postal_code", None)]),
    "sold-to with a last name alone": (replace(ORDER, sold_to=replace(SOLD_TO, first_name=None)), [("DSO-106", "sold_to.last_name", None)]),
    "line number 0": (with_line(number=0), [("DSO-120", "number", 0)]),
    "line number twice": (with_line(number=2), [("DSO-120", "number", 2)]),
    "quantity 0": (with_line(quantity=0), [("DSO-121", "quantity", 1)]),
    "two of one serial number": (with_line(serial="S-1", quantity=2), [("DSO-121", "quantity", 1)]),
    "no item": (with_line(item=""), [("DSO-122", "item", 1)]),
    "no carrier": (with_line(carrier=""), [("DSO-123", "carrier", 1)]),
    "no lines": (replace(ORDER, lines=()), [("DSO-130", "lines", None)]),
    "everything at once": (
        replace(ORDER, brand="9", vendor="404", lines=(replace(TOTE, quantity=0, item=""),)),
        [("DSO-103", "brand", None), ("DSO-105", "vendor", None), ("DSO-121", "quantity", 1), ("DSO-122", "item", 1)],
    ),
}


@pytest.mark.parametrize(("document", "told"), REFUSED.values(), ids=REFUSED)
def test_a_faulty_order_is_refused_with_every_fault(document: Order, told: list[tuple[str, str, int | None]]) -> None:
    outcome = received(document)
    assert outcome.verdict is Verdict.REFUSED
    assert [(issue.code, issue.field, issue.line) for issue in outcome.issues] == told
    assert not outcome.changes


def test_an_unknown_system_is_refused() -> None:
    outcome = received(replace(ORDER, system="XYZ", location="100"), origin=ANYBODY)
    assert codes(outcome) == ["DSO-104", "DSO-104"]


def test_a_connector_speaks_for_its_own_system_alone() -> None:
    assert codes(received(replace(ORDER, system="CWD", location="300"))) == ["DSO-004"]


HEADERS: dict[str, tuple[Envelope, Origin, list[str]]] = {
    "as it should be": (Envelope(sender="OMS", receiver="locate", version="16.0"), RETAILER, []),
    "no header": (Envelope(), RETAILER, []),
    "no version": (Envelope(sender="OMS", receiver="LOCATE"), RETAILER, []),
    "no destination": (Envelope(sender="OMS", version="16.0"), RETAILER, ["DSO-002"]),
    "other destination": (Envelope(sender="OMS", receiver="locateq"), RETAILER, ["DSO-002"]),
    "lower version": (Envelope(sender="OMS", receiver="LOCATE", version="4.4"), RETAILER, ["DSO-003"]),
    "lowest version": (Envelope(sender="OMS", receiver="LOCATE", version="4.5"), RETAILER, []),
    "version that is none": (Envelope(sender="OMS", receiver="LOCATE", version="new"), RETAILER, ["DSO-003"]),
    "other source": (Envelope(sender="CWD", receiver="LOCATE"), RETAILER, ["DSO-004"]),
    "source in small letters": (Envelope(sender="oms", receiver="LOCATE"), RETAILER, []),
    "all wrong": (Envelope(sender="CWD", receiver="X", version="1"), RETAILER, ["DSO-002", "DSO-003", "DSO-004"]),
    "vendor, other destination": (Envelope(receiver="locateq", version="5.0"), MESSAGE, ["3000"]),
    "vendor, no destination": (Envelope(version="5.0"), MESSAGE, ["3000"]),
    "vendor, lower version": (Envelope(receiver="locate", version="4.4"), MESSAGE, ["3001"]),
    "vendor, no version": (Envelope(receiver="locate"), MESSAGE, ["3001"]),
    "vendor, any source": (Envelope(sender="X", receiver="LOCATE", version="4.5"), MESSAGE, []),
}


@pytest.mark.parametrize(("envelope", "origin", "told"), HEADERS.values(), ids=HEADERS)
def test_a_header_is_judged_before_the_file(envelope: Envelope, origin: Origin, told: list[str]) -> None:
    assert [issue.code for issue in file_rules(envelope, reference=REFERENCE, origin=origin)] == told


def test_a_version_may_be_made_mandatory() -> None:
    reference = replace(REFERENCE, organization=replace(REFERENCE.organization, version_mandatory=True))
    [issue] = file_rules(Envelope(receiver="LOCATE"), reference=reference, origin=RETAILER)
    assert issue.code == "DSO-003"


def test_what_is_absent_gets_its_default() -> None:
    bare = replace(
        ORDER,
        currency=None,
        sold_to=SOLD_TO,
        ship_to=Party(),
        carrier="20",
        lines=(replace(TOTE, carrier="", due_on=None),),
        freight=Decimal("6.945"),
    )
    change = stored(received(bare))
    [line] = change.order.lines
    assert (line.carrier, line.due_on, line.first_due_on) == ("20", date(2022, 6, 27), date(2022, 6, 27))
    assert change.document.ship_to == SOLD_TO
    assert (change.order.currency, change.document.freight, change.order.number) == ("USD", Decimal("6.95"), "AB10747")


def test_the_due_date_of_the_header_serves_lines_without_one() -> None:
    bare = replace(ORDER, due_on=date(2022, 8, 1), lines=(replace(TOTE, due_on=None), KETTLE))
    assert [line.due_on for line in stored(received(bare)).order.lines] == [date(2022, 8, 1), KETTLE.due_on]


def test_an_unknown_vendor_and_carrier_are_created() -> None:
    outcome = received(replace(ORDER, vendor="500", vendor_name=None, vendor_email="a@b.example", lines=(replace(TOTE, carrier="77"),)))
    vendor = next(it for it in outcome.reference if isinstance(it, Vendor))
    assert (vendor.code, vendor.name, vendor.email, vendor.active) == ("500", "500", "a@b.example", True)
    assert (vendor.generate_format, vendor.pdf_form, vendor.carriers, vendor.unit_cost_threshold) == ("both", "graphical", (), None)
    assert Carrier(code="77") in outcome.reference
    assert NewVendorItem("500", "BX100 RED", "V1000", "Tote bag, red") in outcome.reference


def test_an_inactive_carrier_is_accepted_and_not_created() -> None:
    outcome = received(replace(ORDER, lines=(replace(TOTE, carrier="90"),)))
    assert outcome.verdict is Verdict.BOOKED
    assert not any(isinstance(it, Carrier) for it in outcome.reference)


def test_products_are_created_for_the_default_system_alone() -> None:
    reference = replace(REFERENCE, locations={"100": replace(REFERENCE.locations["100"], system="")})
    own = received(replace(ORDER, system="VENDOR"), reference, ANYBODY)
    assert NewItem("BX100 RED", "Tote bag, red") in own.reference
    assert not any(isinstance(it, NewItem) for it in received(ORDER).reference)


def test_what_is_known_is_not_created_again() -> None:
    reference = replace(REFERENCE, vendor_items=frozenset({("257", "BX100 RED"), ("257", "KT200")}))
    assert received(ORDER, reference).reference == ()


def test_the_same_number_with_faults_is_told_its_faults(world: World) -> None:
    world.receive()
    assert codes(world.receive(replace(ORDER, brand="9"))) == ["DSO-103"]


@pytest.fixture
def world() -> World:
    return World()


def test_a_conflict_shows_every_difference() -> None:
    other = replace(
        ORDER,
        freight=Decimal(7),
        ship_to=replace(ORDER.ship_to, city="Leeds"),
        messages=("Hello",),
        lines=(replace(TOTE, quantity=4), replace(KETTLE, number=3)),
    )
    shown = difference(with_defaults(ORDER, REFERENCE), with_defaults(other, REFERENCE))
    assert [str(it) for it in shown[:3]] == [
        "freight: 6.95, now 7.00",
        "messages: Thank you for your order. | Questions? Call customer service., now Hello",
        "ship_to city: London, now Leeds",
    ]
    assert [(it.path, it.booked == "nothing", it.sent == "nothing") for it in shown[3:5]] == [
        ("line 2", False, True),
        ("line 3", True, False),
    ]
    assert shown[5] == Difference("line 1 quantity", "3", "4")


def test_what_a_layout_does_not_know_is_compared_name_by_name() -> None:
    before, after = replace(TOTE, extra={"colour": "red", "size": "L"}), replace(TOTE, extra={"size": "L", "cut": "wide"})
    found = difference(replace(ORDER, lines=(before,)), replace(ORDER, lines=(after,)))
    assert found == (Difference("line 1 extra colour", "red", "nothing"), Difference("line 1 extra cut", "nothing", "wide"))


def test_lines_in_another_order_are_other_content() -> None:
    turned = replace(ORDER, lines=(KETTLE, TOTE))
    assert digest_of(turned) != digest_of(ORDER)
    assert difference(ORDER, turned) == (Difference("order of lines", "1, 2", "2, 1"),)


SAME = {
    "another envelope": replace(ORDER, envelope=Envelope(sender="X")),
    "capital letters": replace(ORDER, number="AB10747", ship_to=replace(ORDER.ship_to, postal_code="SE1 9GF")),
    "trailing zeros": replace(ORDER, freight=Decimal("6.9500"), lines=(replace(TOTE, unit_cost=Decimal("8.980")), KETTLE)),
    "zero for absent": replace(ORDER, discount=Decimal("0.00"), gift=False, lines=(TOTE, replace(KETTLE, tax=Decimal(0), gift_wrap=False))),
    "carrier told by the header": replace(ORDER, carrier="50", lines=(replace(TOTE, carrier=""), replace(KETTLE, carrier=""))),
}


@pytest.mark.parametrize("document", SAME.values(), ids=SAME)
def test_the_same_content_in_other_words_has_the_same_digest(document: Order) -> None:
    assert digest_of(document) == digest_of(ORDER)


@given(
    st.sampled_from(
        ["sales_order", "buyer", "tender", "shipping_instructions", "vendor_name", "paid", "freight_tax", "entered_on", "gift_messages"]
    ),
    st.integers(1, 999),
)
def test_any_other_value_has_another_digest(field: str, number: int) -> None:
    values: dict[str, object] = {"paid": Decimal(number), "freight_tax": Decimal(number), "entered_on": date(2000 + number, 1, 1)}
    other = values.get(field, (f"X{number}",) if field == "gift_messages" else f"X{number}")
    assert digest_of(replace(ORDER, **{field: other})) != digest_of(ORDER)


@given(st.lists(st.tuples(st.integers(1, 10_000), st.decimals(0, 10_000, places=4)), min_size=1, max_size=20))
def test_the_total_is_the_sum_over_all_lines_rounded_half_up(rows: list[tuple[int, Decimal]]) -> None:
    lines = [
        OrderLine(number=place, item="I", quantity=quantity, unit_cost=cost, carrier="50") for place, (quantity, cost) in enumerate(rows, 1)
    ]
    order = stored(received(replace(ORDER, lines=tuple(lines)))).order
    exact = sum(quantity * cost for quantity, cost in rows)
    assert abs(order.total - exact) <= Decimal("0.005")
    assert [line.ordered for line in order.lines] == [quantity for quantity, _ in rows]
