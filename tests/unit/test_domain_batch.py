"""Batches: selection, cut, request, extract and acknowledgement (sdf 3.1 to 3.3, E2 to E4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.documents import BatchAcknowledgement, Envelope, OrderRequest, ShipmentLine
from gateway.domain import acknowledge, again, cut, extract, note, request, select
from gateway.domain.order import LineStatus
from gateway.domain.origin import Origin, Source
from gateway.domain.outcome import Batch, BatchLine, BatchState, Missing, Verdict
from tests.business import AT, HEADER, MESSAGE, ORDER, RED_PANDA, REFERENCE, RETAILER, SCREEN, World, a_shipment, codes, with_vendor

HELD = {"status": LineStatus.HELD, "pre_hold": LineStatus.NEW}


@pytest.fixture
def world() -> World:
    world = World()
    for number, day in (("C", 21), ("B", 20), ("A", 20), ("D", 19)):
        world.receive(replace(ORDER, number=number, entered_on=date(2022, 6, day)))
    return world


@pytest.fixture
def plain() -> World:
    """One order; acknowledgement is not required."""
    world = World(with_vendor(require_acknowledgement=False))
    world.receive()
    return world


def chosen(world: World, most: int | None = None) -> list[str]:
    return [order.number for order in select(world.orders.values(), vendor=RED_PANDA, most=most)]


def test_the_oldest_orders_go_first_then_by_number(world: World) -> None:
    assert chosen(world) == ["D", "A", "B", "C"]


def test_the_smaller_of_the_asked_and_the_vendors_size_counts(world: World) -> None:
    assert chosen(world, most=2) == ["D", "A"]
    limited = replace(RED_PANDA, most_orders_a_batch=3)
    assert len(select(world.orders.values(), vendor=limited, most=100)) == 3


def test_held_and_sent_lines_stay_out_but_their_order_goes_with_its_other_lines(world: World) -> None:
    world.put(replace(world.line(1, "A"), **HELD), order="A")
    world.put(*(replace(line, **HELD) for line in world.order("D").lines), order="D")
    assert chosen(world) == ["A", "B", "C"]
    world.cut()
    assert [line.batch for line in world.order("A").lines] == [None, 74]
    assert chosen(world) == []


def test_other_vendors_orders_are_not_chosen(world: World) -> None:
    world.receive(replace(ORDER, number="E", vendor="11"))
    assert "E" not in chosen(world)


def test_without_acknowledgement_lines_go_in_process_at_once(plain: World) -> None:
    outcome = plain.cut()
    assert [(line.status, line.printed, line.batch) for line in plain.order().lines] == [
        (LineStatus.IN_PROCESS, 3, 74),
        (LineStatus.IN_PROCESS, 1, 74),
    ]
    assert [(it.event, it.quantity, it.status_after, it.source) for it in outcome.history] == [
        ("H3", 3, LineStatus.IN_PROCESS, Source.WS),
        ("H3", 1, LineStatus.IN_PROCESS, Source.WS),
    ]
    assert [(it.type, it.system, it.line_no) for it in outcome.feed] == [("PULLED", "OMS", 1), ("PULLED", "OMS", 2)]
    assert plain.batches[74].state is BatchState.OPEN


def test_a_pack_slip_of_a_person_is_printed_from_the_screen(plain: World) -> None:
    outcome = plain.cut(origin=SCREEN)
    assert [(it.event, it.source, it.actor, note(it)) for it in outcome.history] == [("H2", Source.UI, "lee", "Batch ID (74)")] * 2


def test_a_batch_of_nothing_is_not_made(world: World) -> None:
    assert codes(cut((), number=74, channel="orders", vendor=RED_PANDA, origin=MESSAGE, at=AT)) == ["3009"]


REQUESTS: dict[str, tuple[dict[str, object], list[str]]] = {
    "all": ({"criteria": "all"}, []),
    "one item": ({"criteria": "item", "value": "KT200"}, []),
    "the vendor's own item": ({"criteria": "item", "value": "V2000"}, []),
    "one order, in small letters": ({"criteria": "order", "value": "a"}, []),
    "one order with a size": ({"criteria": "order", "value": "A", "batch_size": 0}, []),
    "no vendor": ({"criteria": "all", "vendor": ""}, ["3002"]),
    "no vendor system": ({"criteria": "all", "vendor_system": ""}, ["3003"]),
    "unknown system": ({"criteria": "all", "vendor_system": "vendorq"}, ["3004"]),
    "originating system instead of the vendor system": ({"criteria": "all", "vendor_system": "OMS"}, ["3005"]),
    "unknown vendor": ({"criteria": "all", "vendor": "12345"}, ["3005"]),
    "somebody else's vendor": ({"criteria": "all", "vendor": "11"}, ["3005"]),
    "other criterion": ({"criteria": "brand"}, ["3007"]),
    "no value": ({"criteria": "order"}, ["3008"]),
    "unknown order": ({"criteria": "order", "value": "X"}, ["3008"]),
    "another vendor's order": ({"criteria": "order", "value": "E"}, ["3008"]),
    "unknown item": ({"criteria": "item", "value": "X"}, ["3008"]),
    "unknown batch": ({"criteria": "batch", "value": "9"}, ["3008"]),
}


@pytest.mark.parametrize(("values", "told"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_is_answered_with_its_code(world: World, values: dict[str, object], told: list[str]) -> None:
    world.receive(replace(ORDER, number="E", vendor="11"))
    document = replace(OrderRequest(vendor="257", vendor_system="VENDOR", criteria="all", envelope=HEADER), **values)
    wanted = request(document, orders=world.orders.values(), batch=None, reference=REFERENCE, origin=MESSAGE)
    assert [issue.code for issue in wanted.issues] == told
    assert bool(wanted.orders) is not bool(told)


def test_a_request_without_any_vendor_is_answered_3002(world: World) -> None:
    document = OrderRequest(vendor="", vendor_system="VENDOR", criteria="all")
    wanted = request(document, orders=(), batch=None, reference=REFERENCE, origin=Origin(user="api"))
    assert [issue.code for issue in wanted.issues] == ["3002"]


def test_what_was_sent_already_is_answered_3009(world: World) -> None:
    world.cut()
    for values in ({"criteria": "item", "value": "KT200"}, {"criteria": "order", "value": "A"}):
        document = OrderRequest(vendor="257", vendor_system="VENDOR", **values)
        wanted = request(document, orders=world.orders.values(), batch=None, reference=REFERENCE, origin=MESSAGE)
        assert [issue.code for issue in wanted.issues] == ["3009"]


@pytest.mark.parametrize(("vendor", "state"), [("11", BatchState.OPEN), ("257", BatchState.CUTTING), ("257", BatchState.VOID)])
def test_a_batch_that_is_not_the_vendors_to_see_is_unknown(vendor: str, state: BatchState) -> None:
    batch = Batch(number=74, channel="orders", vendor=vendor, state=state, made_at=AT)
    document = OrderRequest(vendor="257", vendor_system="VENDOR", criteria="batch", value="74")
    wanted = request(document, orders=(), batch=batch, reference=REFERENCE, origin=MESSAGE)
    assert [issue.code for issue in wanted.issues] == ["3008"]


def test_an_extract_shows_current_data_of_this_batch_without_cancelled_lines(plain: World) -> None:
    plain.cut()
    cheaper = replace(plain.line(1), unit_cost=Decimal("8.00"), due_on=date(2022, 7, 9))
    gone = replace(plain.line(2), status=LineStatus.CANCELLED, cancelled=1, printed=0, batch=None)
    del plain.slips[74, 1, 2]
    plain.put(cheaper, gone)
    order = replace(plain.order(), changed_since_sent=True)
    slips = [*plain.slips.values(), BatchLine(74, 1, 2, 1, live=False), BatchLine(74, 99, 1, 5)]
    shown = extract(plain.documents["AB10747"], order, slips, reference=REFERENCE)
    [line] = shown.lines
    assert (line.number, line.to_ship, line.unit_cost, line.due_on, line.carrier_name) == (
        1,
        3,
        Decimal("8.00"),
        date(2022, 7, 9),
        "Home Delivery",
    )
    assert (shown.brand_name, shown.location_name, shown.vendor_name) == ("Red Panda", "Westborough", "Red Panda Outfitters")
    assert shown.extra == {"changed_since_sent": "Y"}
    assert again([order], slips) == (order,)


def test_an_order_whose_lines_of_the_batch_are_all_cancelled_is_not_shown_again(plain: World) -> None:
    gone = [replace(line, status=LineStatus.CANCELLED, cancelled=line.ordered) for line in plain.order().lines]
    plain.put(*gone)
    assert again(plain.orders.values(), [BatchLine(74, 1, 1, 3), BatchLine(74, 1, 2, 1)]) == ()


def test_an_acknowledgement_leaves_alone_what_changed_meanwhile(world: World) -> None:
    world.cut()
    world.put(replace(world.line(1, "A"), **HELD), order="A")
    world.slips.pop((74, world.order("A").id, 2))
    world.put(replace(world.line(2, "A"), status=LineStatus.CANCELLED, cancelled=1), order="A")
    world.ship(a_shipment(ShipmentLine(number=1, quantity=3), number="B"))
    outcome = world.acknowledge()
    held, cancelled = world.order("A").lines
    assert (held.status, held.pre_hold, held.printed) == (LineStatus.HELD, LineStatus.IN_PROCESS, 3)
    assert cancelled.status is LineStatus.CANCELLED
    assert world.line(1, "B").status is LineStatus.SHIPPED
    assert len([it for it in outcome.history if it.status_after is LineStatus.IN_PROCESS]) == 5
    assert len(outcome.feed) == 5


def test_an_acknowledgement_moves_only_lines_of_its_batch(world: World) -> None:
    world.put(replace(world.line(1, "A"), **HELD), order="A")
    world.cut()
    world.put(replace(world.line(1, "A"), status=LineStatus.NEW, pre_hold=None), order="A")
    world.acknowledge()
    assert [(line.status, line.batch) for line in world.order("A").lines] == [(LineStatus.NEW, None), (LineStatus.IN_PROCESS, 74)]


def test_a_line_whose_shipment_was_its_acknowledgement_is_not_acknowledged_again() -> None:
    world = World(with_vendor(implied_acknowledgement=True))
    world.receive()
    world.cut()
    world.ship(a_shipment(ShipmentLine(number=1, quantity=1)))
    world.put(replace(world.line(1), status=LineStatus.HELD, pre_hold=LineStatus.IN_PROCESS))
    outcome = world.acknowledge()
    assert [it.line_no for it in outcome.history] == [2]


def test_an_acknowledgement_after_everything_was_shipped_is_recorded(plain: World) -> None:
    world = World()
    world.receive()
    world.cut()
    world.ship(a_shipment(ShipmentLine(number=1, quantity=3), ShipmentLine(number=2, quantity=1)))
    assert world.batches[74].state is BatchState.CLOSED
    outcome = world.acknowledge()
    assert (outcome.verdict, outcome.history) == (Verdict.BOOKED, ())
    assert (world.batches[74].state, world.batches[74].acknowledged_at) == (BatchState.CLOSED, AT)
    assert codes(world.acknowledge()) == ["3021"]


def test_a_vendor_that_need_not_acknowledge_is_told_3021(plain: World) -> None:
    plain.cut()
    outcome = plain.acknowledge()
    assert (outcome.verdict, codes(outcome)) == (Verdict.DUPLICATE, ["3021"])


def test_a_batch_sent_before_the_requirement_ended_is_still_acknowledged(world: World) -> None:
    world.cut()
    world.reference = with_vendor(require_acknowledgement=False)
    assert world.acknowledge().verdict is Verdict.BOOKED


def test_an_unknown_batch_and_another_vendors_are_told_apart_by_nothing() -> None:
    other = Batch(number=74, channel="orders", vendor="11", state=BatchState.OPEN, made_at=AT)
    document = BatchAcknowledgement(vendor="257", batch=74)
    answers = [acknowledge(document, batch, orders=(), reference=REFERENCE, origin=MESSAGE, at=AT) for batch in (None, other)]
    assert answers[0] == answers[1]
    assert (codes(answers[0]), answers[0].missing) == (["3020"], Missing(kind="batch", org="1", batch=74))


ACKNOWLEDGEMENTS: dict[str, tuple[dict[str, object], Origin, list[str]]] = {
    "no vendor anywhere": ({"vendor": ""}, RETAILER, ["3002"]),
    "no vendor system in a message": ({"envelope": HEADER}, MESSAGE, ["3003", "3020"]),
    "no vendor system in a plain file": ({}, MESSAGE, ["3020"]),
    "unknown system": ({"vendor_system": "vendorq"}, MESSAGE, ["3004", "3020"]),
    "originating system": ({"vendor_system": "OMS"}, MESSAGE, ["3005", "3020"]),
    "somebody else": ({"vendor": "11"}, MESSAGE, ["3005", "3020"]),
}


@pytest.mark.parametrize(("values", "origin", "told"), ACKNOWLEDGEMENTS.values(), ids=ACKNOWLEDGEMENTS)
def test_an_acknowledgement_names_its_vendor(values: dict[str, object], origin: Origin, told: list[str]) -> None:
    document = replace(BatchAcknowledgement(vendor="257", batch=74, envelope=Envelope()), **values)
    assert codes(acknowledge(document, None, orders=(), reference=REFERENCE, origin=origin, at=AT)) == told
