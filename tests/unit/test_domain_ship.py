"""Shipments: every code of sdf 3.5, the events E5 to E7, duplicates, holds and implied acknowledgement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.documents import Envelope, Shipment, ShipmentLine
from gateway.domain import note, ship, status_change
from gateway.domain.order import LineStatus, OrderStatus, Stage
from gateway.domain.origin import Origin, Source
from gateway.domain.outcome import BatchState, LinesChanged, Missing, NewShipment, Outcome, Verdict
from gateway.domain.reference import Reference
from tests.business import AT, MESSAGE, ORDER, REFERENCE, RETAILER, SCREEN, TOTE, UPLOAD, World, a_shipment, codes, with_vendor

PLAIN = with_vendor(require_acknowledgement=False)


def printed(reference: Reference = PLAIN) -> World:
    """One order whose two lines are In Process in batch 74."""
    world = World(reference)
    world.receive()
    world.cut()
    if reference.vendors["257"].require_acknowledgement:
        world.acknowledge()
    return world


@pytest.fixture
def world() -> World:
    return printed()


def of(line: int = 1, quantity: int = 2, **values: object) -> ShipmentLine:
    return replace(ShipmentLine(number=line, quantity=quantity), **values)


FIELDS: dict[str, tuple[Shipment, Origin, list[tuple[str, int | None]]]] = {
    "3002 without vendor": (a_shipment(of(), vendor=None), MESSAGE, [("3002", None)]),
    "3002 nobody knows who speaks": (a_shipment(of(), vendor=None, envelope=Envelope()), RETAILER, [("3002", None)]),
    "3003 without vendor system": (a_shipment(of(), vendor_system=None), MESSAGE, [("3003", None)]),
    "3004 unknown system": (a_shipment(of(), vendor_system="vendorq"), MESSAGE, [("3004", None)]),
    "3005 originating system": (a_shipment(of(), vendor_system="OMS"), MESSAGE, [("3005", None)]),
    "3005 vendor in an upload must be the sender": (a_shipment(of(), vendor="11"), UPLOAD, [("3005", None)]),
    "3031 unknown order": (a_shipment(of(), number="724q"), MESSAGE, [("3031", None)]),
    "3032 unknown carrier": (a_shipment(of(), carrier="0"), MESSAGE, [("3032", None)]),
    "3032 inactive carrier on the screen": (a_shipment(of(), carrier="90"), SCREEN, [("3032", None)]),
    "3033 tracking": (a_shipment(of(), carrier="20", tracking=""), MESSAGE, [("3033", None)]),
    "3034 weight": (a_shipment(of(), carrier="20", weight=Decimal(0)), MESSAGE, [("3034", None)]),
    "3035 rate": (a_shipment(of(), carrier="20", freight=None), MESSAGE, [("3035", None)]),
    "3034 a negative weight": (a_shipment(of(), weight=Decimal(-1)), MESSAGE, [("3034", None)]),
    "3036 no ship date in a message": (a_shipment(of(), shipped_on=None), MESSAGE, [("3036", None)]),
    "3036 too far ahead": (a_shipment(of(), shipped_on=date(2022, 6, 24)), MESSAGE, [("3036", None)]),
    "3037 before the order": (a_shipment(of(), shipped_on=date(2022, 6, 19)), MESSAGE, [("3037", None)]),
    "3038 no carrier": (a_shipment(of(), of(2, 1), carrier=None), MESSAGE, [("3038", None)]),
    "3042 no such line": (a_shipment(of(99)), MESSAGE, [("3042", 99)]),
    "3042 line 0": (a_shipment(of(0)), MESSAGE, [("3042", 0)]),
    "3042 no such item": (a_shipment(ShipmentLine(item="X", quantity=1)), MESSAGE, [("3042", None)]),
    "3042 neither line nor item": (a_shipment(ShipmentLine(quantity=1)), MESSAGE, [("3042", None)]),
    "3042 not in that batch": (a_shipment(of(), batch=75), UPLOAD, [("3042", 1)]),
    "3043 quantity 0": (a_shipment(of(quantity=0)), MESSAGE, [("3043", 1)]),
    "3043 negative quantity": (a_shipment(of(quantity=-1)), MESSAGE, [("3043", 1)]),
    "3043 no lines": (a_shipment(), MESSAGE, [("3043", None)]),
    "3044 more than open": (a_shipment(of(quantity=4)), MESSAGE, [("3044", 1)]),
    "3044 more than open in two parts": (a_shipment(of(tracking=("A",)), of(tracking=("B",))), MESSAGE, [("3044", 1)]),
    "3050 a cancelled shipment": (a_shipment(of(), purpose="cancel"), MESSAGE, [("3050", None)]),
    "all of it at once": (
        a_shipment(of(99), of(1, 0), of(2, 5), carrier="0", shipped_on=date(2022, 6, 19)),
        MESSAGE,
        [("3042", 99), ("3032", None), ("3037", None), ("3043", 1), ("3044", 2)],
    ),
}


@pytest.mark.parametrize(("document", "origin", "told"), FIELDS.values(), ids=FIELDS)
def test_a_faulty_shipment_is_refused_whole_with_every_fault(
    document: Shipment, origin: Origin, told: list[tuple[str, int | None]]
) -> None:
    world = printed()
    outcome = world.ship(document, origin)
    assert outcome.verdict is Verdict.REFUSED
    assert [(issue.code, issue.line) for issue in outcome.issues] == told
    assert [line.shipped for line in world.order().lines] == [0, 0]


@pytest.mark.parametrize(
    ("shipment", "text"),
    [
        (a_shipment(of(), weight=Decimal(-1)), "the weight is -1; it must be at least 0"),
        (a_shipment(of(), carrier="20", weight=Decimal(-1)), "the weight is -1; it must be above 0"),
        (a_shipment(of(), carrier="20", weight=Decimal(0)), "carrier 20 requires a weight above 0"),
        (a_shipment(of(), freight=Decimal(-2)), "the freight rate is -2; it must be at least 0"),
    ],
)
def test_a_negative_amount_is_told_as_what_it_is(shipment: Shipment, text: str) -> None:
    assert [issue.text for issue in printed().ship(shipment, MESSAGE).issues] == [text]


FINE: dict[str, tuple[Shipment, Origin]] = {
    "shipped tomorrow": (a_shipment(of(), shipped_on=date(2022, 6, 23)), MESSAGE),
    "shipped on the day of the order": (a_shipment(of(), shipped_on=date(2022, 6, 20)), MESSAGE),
    "upload without a day": (a_shipment(of(), shipped_on=None), UPLOAD),
    "upload without vendor, system and header": (a_shipment(of(), vendor=None, vendor_system=None, envelope=Envelope()), UPLOAD),
    "inactive carrier in an upload": (a_shipment(of(), carrier="90"), UPLOAD),
    "strict carrier, all given": (a_shipment(of(), carrier="20"), MESSAGE),
    "strict carrier, all given by the line": (
        a_shipment(of(carrier="20", tracking=("T",), weight=Decimal(1), freight=Decimal(1)), weight=None, freight=None),
        MESSAGE,
    ),
    "by item": (a_shipment(ShipmentLine(item="BX100 RED", quantity=2)), MESSAGE),
    "by the vendor's item": (a_shipment(ShipmentLine(vendor_item="V1000", quantity=2)), MESSAGE),
    "in its batch": (a_shipment(of(), batch=74), UPLOAD),
    "small letters": (replace(a_shipment(of()), order_number="AB10747"), MESSAGE),
}


@pytest.mark.parametrize(("document", "origin"), FINE.values(), ids=FINE)
def test_a_proper_shipment_is_booked(document: Shipment, origin: Origin) -> None:
    world = printed()
    assert world.ship(document, origin).verdict is Verdict.BOOKED
    assert world.line(1).shipped == 2


def test_the_vendors_own_list_of_carriers_counts() -> None:
    world = printed(with_vendor(require_acknowledgement=False, carriers=("20",)))
    assert codes(world.ship(a_shipment(of()))) == ["3032"]


def test_a_vendor_may_have_to_give_an_invoice_number() -> None:
    world = printed(with_vendor(require_acknowledgement=False, require_invoice_number=True))
    assert codes(world.ship(a_shipment(of()))) == ["3036"]
    outcome = world.ship(a_shipment(of(), invoice_number="RP-9"))
    assert [it.invoice_number for it in outcome.changes if isinstance(it, NewShipment)] == ["RP-9"]


def test_an_unknown_order_and_another_vendors_are_told_apart_by_nothing(world: World) -> None:
    world.receive(replace(ORDER, number="OTHER", vendor="11"))
    document = a_shipment(of(), number="OTHER")
    drafted = replace(world.order("OTHER"), vendor="257", stage=Stage.DRAFT)
    answers = [
        ship(document, order, shipments=(), reference=REFERENCE, origin=MESSAGE, at=AT) for order in (None, world.order("OTHER"), drafted)
    ]
    assert answers[0] == answers[1] == answers[2]
    assert (codes(answers[0]), answers[0].missing) == (["3031"], Missing(kind="order", org="1", order_number="OTHER"))


def test_shipping_all_that_is_open_ends_the_line(world: World) -> None:
    world.ship(a_shipment(of(1, 3), of(2, 1)))
    assert [(line.status, line.printed, line.open) for line in world.order().lines] == [(LineStatus.SHIPPED, 0, 0)] * 2
    assert world.order().status is OrderStatus.SHIPPED
    assert not any(slip.live for slip in world.slips.values())
    assert world.batches[74].state is BatchState.CLOSED


def test_shipping_a_part_of_the_slip_leaves_the_rest_on_it(world: World) -> None:
    world.ship(a_shipment(of(1, 1)))
    line = world.line(1)
    assert (line.status, line.printed, line.open, line.batch) == (LineStatus.IN_PROCESS, 2, 2, 74)
    assert (world.slips[74, 1, 1].quantity, world.slips[74, 1, 1].live) == (2, True)


def reduced() -> World:
    """A reprint took one piece off the slip: two printed, one unprinted."""
    world = printed()
    world.slips[74, 1, 1] = replace(world.slips[74, 1, 1], quantity=2)
    world.put(replace(world.line(1), printed=2))
    return world


def test_shipping_all_that_was_printed_sends_the_rest_back_to_new_order() -> None:
    world = reduced()
    outcome = world.ship(a_shipment(of(1, 2)))
    line = world.line(1)
    assert (line.status, line.printed, line.open, line.batch) == (LineStatus.NEW, 0, 1, None)
    assert [(it.event, it.quantity, it.status_after, note(it)[:9]) for it in outcome.history] == [
        ("H6", 2, LineStatus.IN_PROCESS, "Ship Date"),
        ("H26", 1, LineStatus.NEW, ""),
    ]
    assert not world.slips[74, 1, 1].live
    assert outcome.feed[0].body["line_status"] == "New Order"
    assert world.cut().verdict is Verdict.BOOKED
    assert world.line(1).batch == 75


def test_shipping_more_than_was_printed_takes_from_the_unprinted_rest() -> None:
    world = reduced()
    outcome = world.ship(a_shipment(of(1, 3)))
    assert world.line(1).status is LineStatus.SHIPPED
    assert [it.event for it in outcome.history] == ["H6"]


def test_a_new_order_line_shipped_in_part_stays_new_with_its_batch() -> None:
    world = World()
    world.receive()
    world.cut()
    world.ship(a_shipment(of(1, 1)))
    line = world.line(1)
    assert (line.status, line.batch, line.printed, line.open) == (LineStatus.NEW, 74, 0, 2)
    assert world.slips[74, 1, 1].quantity == 2
    world.acknowledge()
    assert world.line(1).printed == 2


def test_a_new_order_line_is_not_shipped_from_the_screen() -> None:
    world = World()
    world.receive()
    assert codes(world.ship(a_shipment(of()), SCREEN)) == ["3050"]


def test_a_shipment_may_count_as_acknowledgement() -> None:
    world = World(with_vendor(implied_acknowledgement=True))
    world.receive()
    world.cut()
    outcome = world.ship(a_shipment(of(1, 1)))
    assert [(it.event, it.quantity, it.status_after) for it in outcome.history] == [
        ("H4", 3, LineStatus.IN_PROCESS),
        ("H6", 1, LineStatus.IN_PROCESS),
    ]
    assert [it.type for it in outcome.feed] == ["PULLED", "SHIPPED"]
    assert (world.line(1).printed, world.line(2).status) == (2, LineStatus.NEW)


HOLDS = [
    ("upload, allowed", UPLOAD, {}, []),
    ("upload, switched off", UPLOAD, {"ship_held_by_upload": False}, ["3050"]),
    ("message", MESSAGE, {}, ["3050"]),
    ("message, switched on", MESSAGE, {"ship_held_by_message": True}, []),
    ("screen", SCREEN, {"ship_held_by_message": True}, ["3050"]),
]


@pytest.mark.parametrize(("origin", "preferences", "told"), [row[1:] for row in HOLDS], ids=[row[0] for row in HOLDS])
def test_a_held_line_is_shipped_where_the_vendor_may(origin: Origin, preferences: dict[str, object], told: list[str]) -> None:
    world = printed(with_vendor(require_acknowledgement=False, **preferences))
    world.put(replace(world.line(1), status=LineStatus.HELD, pre_hold=LineStatus.IN_PROCESS, hold_reason="Backordered"))
    outcome = world.ship(a_shipment(of(1, 2)), origin)
    assert codes(outcome) == told
    if not told:
        assert (outcome.history[0].event, outcome.history[0].status_after) == ("H20", LineStatus.IN_PROCESS)
        assert [it.type for it in outcome.feed] == ["RELEASED", "SHIPPED"]
        assert (world.line(1).status, world.line(1).hold_reason) == (LineStatus.IN_PROCESS, "")


@pytest.mark.parametrize("status", [LineStatus.SHIPPED, LineStatus.CANCELLED])
def test_a_line_that_is_done_says_so(world: World, status: LineStatus) -> None:
    del world.slips[74, 1, 1]
    done = {"shipped": 3} if status is LineStatus.SHIPPED else {"cancelled": 3}
    world.put(replace(world.line(1), status=status, printed=0, **done))
    outcome = world.ship(a_shipment(of()))
    assert codes(outcome) == ["3044"]
    assert outcome.issues[0].text == f"2 shipped, 0 open; the line is {status}"


def test_rows_that_exceed_the_line_together_are_told_3046(world: World) -> None:
    world.ship(a_shipment(of(1, 2), tracking="A"), UPLOAD)
    assert codes(world.ship(a_shipment(of(1, 2), tracking="B"), UPLOAD, earlier={1: 2})) == ["3046"]
    assert codes(world.ship(a_shipment(of(1, 4), tracking="B"), UPLOAD, earlier={1: 2})) == ["3044"]


def test_the_same_shipment_again_changes_nothing(world: World) -> None:
    document = a_shipment(of(1, 1), of(1, 1), of(2, 1))
    assert world.ship(document).verdict is Verdict.BOOKED
    again = world.ship(document)
    assert (again.verdict, codes(again), again.changes) == (Verdict.DUPLICATE, ["SHP-01"] * 3, ())
    assert [line.shipped for line in world.order().lines] == [2, 1]


def test_the_same_row_on_a_later_day_is_the_same_when_it_tells_no_day(world: World) -> None:
    world.ship(a_shipment(of(), shipped_on=date(2022, 6, 21)), UPLOAD)
    assert world.ship(a_shipment(of(), shipped_on=None), UPLOAD).verdict is Verdict.DUPLICATE


def test_a_repeated_shipment_is_known_whatever_became_of_its_lines() -> None:
    world = reduced()
    by_item = a_shipment(ShipmentLine(item="BX100 RED", quantity=2), batch=74)
    assert world.ship(by_item, UPLOAD).verdict is Verdict.BOOKED
    assert world.line(1).batch is None
    assert world.ship(by_item, UPLOAD).verdict is Verdict.DUPLICATE
    assert world.ship(a_shipment(of(1, 2)), SCREEN).verdict is Verdict.DUPLICATE


def test_a_repeated_shipment_by_item_does_not_ship_the_next_line_of_that_item() -> None:
    world = World(PLAIN)
    world.receive(replace(ORDER, lines=(TOTE, replace(TOTE, number=2))))
    world.cut()
    document = a_shipment(ShipmentLine(item="BX100 RED", quantity=3))
    assert world.ship(document).verdict is Verdict.BOOKED
    assert world.ship(document).verdict is Verdict.DUPLICATE
    assert [line.shipped for line in world.order().lines] == [3, 0]


def test_a_repeated_line_does_not_hide_the_fault_of_another(world: World) -> None:
    world.ship(a_shipment(of(1, 2)))
    assert codes(world.ship(a_shipment(of(1, 2), of(99, 1)))) == ["3042"]


def test_a_repeated_shipment_sent_as_cancelled_is_refused(world: World) -> None:
    world.ship(a_shipment(of(1, 2)))
    assert codes(world.ship(a_shipment(of(1, 2), purpose="cancel"))) == ["3050"]


def test_only_the_new_lines_of_a_repeated_shipment_are_booked(world: World) -> None:
    world.ship(a_shipment(of(1, 2)))
    outcome = world.ship(a_shipment(of(1, 2), of(2, 1)))
    assert (outcome.verdict, codes(outcome)) == (Verdict.BOOKED, ["SHP-01"])
    assert [line.shipped for line in world.order().lines] == [2, 1]


def test_serial_numbers_that_are_not_one_a_piece_and_wrong_numbers_of_packages_are_booked_and_told(world: World) -> None:
    told = world.ship(
        a_shipment(of(1, 2, serials=("S1",), package="00106141412345678907"), of(2, 1, serials=("S9",), package="106141412345678908"))
    )
    assert (told.verdict, codes(told)) == (Verdict.BOOKED, ["SHP-04", "SHP-05"])
    assert told.issues[0].text == "1 serial number for 2 pieces; each piece has one of its own"
    fine = a_shipment(of(1, 1, serials=("S2",), package="CARTON 000000000000000001"), tracking="1Z2")
    assert codes(world.ship(fine)) == []


def test_another_item_than_the_ordered_one_is_booked_and_told(world: World) -> None:
    ordered = world.order().lines[0].item
    outcome = world.ship(a_shipment(of(1, 1, item="OTHER-1")))
    assert (outcome.verdict, codes(outcome)) == (Verdict.BOOKED, ["SHP-03"])
    assert outcome.issues[0].text == f"item 'OTHER-1' was shipped where '{ordered}' was ordered; it is booked as line 1"
    assert codes(world.ship(a_shipment(of(1, 1, item=ordered), tracking="1Z2"))) == []


CONFLICTS = {
    "other quantity": a_shipment(of(1, 1)),
    "other day": a_shipment(of(1, 2), shipped_on=date(2022, 6, 21)),
    "other carrier": a_shipment(of(1, 2), carrier="20"),
    "among several numbers": a_shipment(of(1, 1, tracking=("T2", "Track12155"))),
}


@pytest.mark.parametrize("document", CONFLICTS.values(), ids=CONFLICTS)
def test_a_tracking_number_told_again_with_other_content_is_a_conflict(world: World, document: Shipment) -> None:
    world.ship(a_shipment(of(1, 2)))
    outcome = world.ship(document)
    assert (outcome.verdict, codes(outcome)) == (Verdict.CONFLICT, ["SHP-02"])
    assert "told before with quantity 2, carrier 50, ship date 2022-06-22" in outcome.issues[0].text


def test_one_tracking_number_may_carry_several_lines(world: World) -> None:
    world.ship(a_shipment(of(1, 3)))
    assert world.ship(a_shipment(of(2, 1))).verdict is Verdict.BOOKED


def test_weight_and_freight_of_the_shipment_are_counted_once(world: World) -> None:
    outcome = world.ship(a_shipment(of(1, 1, weight=Decimal(5)), of(2, 1), of(1, 1)))
    booked = [(it.weight, it.freight) for it in outcome.changes if isinstance(it, NewShipment)]
    assert sorted(booked) == [(Decimal(0), Decimal(0)), (Decimal("2.34"), Decimal(0)), (Decimal(5), Decimal("1.23"))]


def test_of_several_slips_the_oldest_is_shipped_first() -> None:
    world = World(PLAIN)
    world.receive(replace(ORDER, lines=(replace(TOTE, number=1), replace(TOTE, number=2), replace(TOTE, number=3))))
    world.put(replace(world.line(1), status=LineStatus.HELD, pre_hold=LineStatus.NEW))
    world.cut()
    world.put(replace(world.line(1), status=LineStatus.NEW, pre_hold=None))
    world.cut()
    by_item = ShipmentLine(item="BX100 RED", quantity=3)
    shipped = [changed_line(world.ship(a_shipment(by_item, tracking=f"T{n}"), UPLOAD)) for n in range(3)]
    assert shipped == [2, 3, 1]


def changed_line(outcome: Outcome) -> int:
    [changed] = [it for it in outcome.changes if isinstance(it, LinesChanged)]
    [line] = changed.lines
    return line.number


def test_all_that_a_parcel_tells_is_kept(world: World) -> None:
    line = of(1, 2, package="SSCC", lot="L1", serials=("A", "B"), tracking=("T1", "T2"))
    outcome = world.ship(a_shipment(line, reference="ASN-1"), UPLOAD)
    [kept] = [it for it in outcome.changes if isinstance(it, NewShipment)]
    assert (kept.package, kept.lot, kept.serials, kept.tracking, kept.reference, kept.batch) == (
        "SSCC",
        "L1",
        ("A", "B"),
        ("T1", "T2"),
        "ASN-1",
        74,
    )
    [entry] = outcome.history
    assert (entry.event, entry.source, entry.parts.tracking) == ("H5", Source.UI, "T1")


def test_the_change_feed_tells_the_shipment(world: World) -> None:
    outcome = world.ship(a_shipment(of(1, 2)))
    change = status_change(outcome.feed[0], 902)
    assert (change.sequence, change.type, change.order_number, change.line, change.vendor) == (902, "SHIPPED", "AB10747", 1, "257")
    assert (change.quantity, change.carrier, change.tracking) == (2, "50", ("Track12155",))
    assert (change.weight, change.freight, change.shipped_on) == (Decimal("2.34"), Decimal("1.23"), date(2022, 6, 22))
    assert (change.line_status, change.user, change.changed_at) == ("In Process", "redpanda", AT)
