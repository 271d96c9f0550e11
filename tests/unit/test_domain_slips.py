"""Pack slips: what a person chooses, one batch a brand, every row of the table of void and reprint, the vectors T18 and T19."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from gateway.documents import ChangeRequest, Party, ShipmentLine
from gateway.domain import note
from gateway.domain.maintain import Note, Upkeep
from gateway.domain.order import LineStatus
from gateway.domain.origin import Source
from gateway.domain.outcome import BatchState, Outcome, Verdict
from gateway.domain.reference import Brand
from gateway.domain.request import RequestKind, RequestState, pending
from gateway.domain.slip import Selection, choose, not_chosen
from tests.business import ANVIL, ORDER, RED_PANDA, REFERENCE, SCREEN, UPLOAD, World, a_shipment, codes, with_vendor

NEW, PROCESS, HELD, SHIPPED, CANCELLED = LineStatus.NEW, LineStatus.IN_PROCESS, LineStatus.HELD, LineStatus.SHIPPED, LineStatus.CANCELLED
ELSEWHERE = Party(first_name="Ariel", last_name="Byrd", address1="9 New Road", city="London", postal_code="SE1 1AA", country="GB")


@pytest.fixture
def world() -> World:
    """One order of two lines, 3 and 1 ordered, printed in batch 74."""
    world = World()
    world.receive()
    world.print()
    return world


def state(world: World, line: int = 1) -> tuple[LineStatus | None, int, int | None]:
    it = world.line(line)
    return it.status, it.printed, it.batch


def told(outcome: Outcome) -> list[tuple[str, int | None, int | None, LineStatus | None, str]]:
    return [(str(it.event), it.line_no, it.quantity, it.status_after, note(it)) for it in outcome.history]


def asks_to_cancel(world: World, line: int = 1, quantity: int | None = None) -> None:
    world.ask(ChangeRequest(kind="cancel", order_number="AB10747", line=line, quantity=quantity))


def asks_to_move(world: World) -> None:
    world.ask(ChangeRequest(kind="address", order_number="AB10747", ship_to=ELSEWHERE))


def holds(world: World, line: int) -> None:
    world.maintain(Note(act=Upkeep.HOLD, line=line, reason="Backordered"))


def first(world: World, quantity: int) -> dict[tuple[int, int], int]:
    return {(world.order().id, 1): quantity}


# Choosing


@pytest.fixture
def shop() -> World:
    """Orders of two brands, of one line and of two, to two countries."""
    world = World(replace(REFERENCE, brands={**REFERENCE.brands, "2": Brand(code="2")}))
    one_line = ORDER.lines[1:]
    world.receive(replace(ORDER, number="A", entered_on=date(2022, 6, 21)))
    world.receive(replace(ORDER, number="B", entered_on=date(2022, 6, 20), brand="2", lines=one_line))
    world.receive(
        replace(ORDER, number="C", entered_on=date(2022, 6, 20), lines=one_line, ship_to=replace(ELSEWHERE, country="US", region="MA"))
    )
    world.receive(replace(ORDER, number="D", vendor="11"))
    return world


CHOICES: dict[str, tuple[Selection, list[str]]] = {
    "all": (Selection(), ["B", "C", "A"]),
    "at most two": (Selection(most=2), ["B", "C"]),
    "named, in small letters": (Selection(orders=("a", "b")), ["B", "A"]),
    "of one line": (Selection(single_line=True), ["B", "C"]),
    "of a brand": (Selection(brand="1"), ["C", "A"]),
    "to a country": (Selection(country="gb"), ["B", "A"]),
    "to a state": (Selection(country="US", region="ma"), ["C"]),
    "due by a day": (Selection(due_by=date(2022, 6, 28)), ["A"]),
    "with an item": (Selection(item="BX100 RED"), ["A"]),
    "with the vendor's number of an item": (Selection(item="V2000", single_line=True), ["B", "C"]),
}


@pytest.mark.parametrize(("wanted", "expected"), CHOICES.values(), ids=CHOICES)
def test_orders_are_chosen_by_what_is_asked_for(shop: World, wanted: Selection, expected: list[str]) -> None:
    found = choose(shop.orders.values(), vendor=RED_PANDA, wanted=wanted, ship_to=shop.ship_to)
    assert [order.number for order in found] == expected


def test_an_order_that_was_named_and_cannot_be_printed_is_told(shop: World) -> None:
    wanted = Selection(orders=("a", "d", "x"))
    found = choose(shop.orders.values(), vendor=RED_PANDA, wanted=wanted, ship_to=shop.ship_to)
    assert [(it.code, it.value) for it in not_chosen(wanted, found)] == [("3008", "D"), ("3008", "X")]


def test_held_lines_and_those_on_a_slip_stay_out(shop: World) -> None:
    line = shop.line(1, "A")
    shop.put(replace(line, status=HELD, pre_hold=NEW), order="A")
    shop.print(Selection(orders=("A",)))
    assert [(line.status, line.batch) for line in shop.order("A").lines] == [(HELD, None), (PROCESS, 74)]
    assert [order.number for order in choose(shop.orders.values(), vendor=RED_PANDA, ship_to=shop.ship_to)] == ["B", "C"]


def test_every_brand_has_a_batch_of_its_own(shop: World) -> None:
    assert [outcome.key for outcome in shop.print()] == ["74", "75"]
    assert {order.number: order.lines[0].batch for order in shop.orders.values()} == {"A": 75, "B": 74, "C": 75, "D": None}


def test_a_batch_has_at_most_as_many_orders_as_the_vendor_takes() -> None:
    world = World(with_vendor(most_orders_a_batch=2))
    for number in "ABC":
        world.receive(replace(ORDER, number=number))
    assert len(world.print()) == 2


def test_what_is_printed_goes_in_process_even_where_files_need_an_acknowledgement(world: World) -> None:
    assert RED_PANDA.require_acknowledgement
    assert (state(world, 1), state(world, 2)) == ((PROCESS, 3, 74), (PROCESS, 1, 74))
    printed = [it for it in world.history if it.event == "H2"]
    assert [(it.quantity, it.status_after, it.source, it.actor, note(it)) for it in printed] == [
        (3, PROCESS, Source.UI, "lee", "Batch ID (74)"),
        (1, PROCESS, Source.UI, "lee", "Batch ID (74)"),
    ]
    assert [it.type for it in world.feed] == ["PULLED", "PULLED"]


def test_another_vendors_orders_are_not_printed(shop: World) -> None:
    assert [order.number for order in choose(shop.orders.values(), vendor=ANVIL, ship_to=shop.ship_to)] == ["D"]


# Void and reprint, row by row (sdf 6.4)


def test_t18_a_void_takes_everything_back(world: World) -> None:
    outcome = world.void()
    assert told(outcome) == [("H25", 1, 3, NEW, "Batch ID (74)"), ("H25", 2, 1, NEW, "Batch ID (74)")]
    assert (state(world, 1), state(world, 2)) == ((NEW, 0, None), (NEW, 0, None))
    assert (world.batches[74].state, list(world.batches)) == (BatchState.VOID, [74])
    assert [(it.type, it.body["batch"]) for it in outcome.feed] == [("VOIDED", 74)] * 2


def test_t19_a_reprint_with_less_leaves_an_unprinted_rest(world: World) -> None:
    outcome = world.reprint(first(world, 2), only=(world.order().id,))
    assert told(outcome)[0] == ("H24", 1, 3, PROCESS, "Batch ID (75)")
    assert (state(world), world.line(1).unprinted) == ((PROCESS, 2, 75), 1)
    shipped = world.ship(a_shipment(ShipmentLine(number=1, quantity=2)), UPLOAD)
    assert [(str(it.event), it.quantity, it.status_after) for it in shipped.history] == [("H5", 2, PROCESS), ("H26", 1, NEW)]
    assert (state(world), world.line(1).open) == ((NEW, 0, None), 1)


def test_all_quantities_nought_is_a_void(world: World) -> None:
    order = world.order().id
    outcome = world.reprint({(order, 1): 0, (order, 2): 0})
    assert [event for event, *_ in told(outcome)] == ["H25", "H25"]
    assert list(world.batches) == [74]


def test_a_void_applies_a_waiting_cancel_and_then_the_address(world: World) -> None:
    asks_to_cancel(world, 1)
    asks_to_move(world)
    outcome = world.void()
    assert [(event, line, status) for event, line, _, status, _ in told(outcome)] == [
        ("H25", 1, NEW),
        ("H9", 1, CANCELLED),
        ("H25", 2, NEW),
        ("H15", 2, NEW),
    ]
    assert (state(world, 1), state(world, 2)) == ((CANCELLED, 0, None), (NEW, 0, None))
    assert world.ship_to[world.order().id].address1 == "9 New Road"
    assert not [it for it in world.requests.values() if it.state is RequestState.PENDING]


def test_a_void_applies_a_partial_cancel_to_what_is_left(world: World) -> None:
    asks_to_cancel(world, 1, 2)
    world.void()
    assert (state(world), world.line(1).cancelled, world.line(1).open) == ((NEW, 0, None), 2, 1)


def test_a_void_leaves_a_held_line_held_and_what_it_waits_for_waiting(world: World) -> None:
    holds(world, 1)
    asks_to_cancel(world, 1)
    outcome = world.void()
    assert told(outcome)[0] == ("H25", 1, 3, HELD, "Batch ID (74)")
    assert (state(world), world.line(1).pre_hold) == ((HELD, 0, None), NEW)
    assert pending(world.requests.values(), 1, RequestKind.CANCEL) is not None
    released = world.maintain(Note(act=Upkeep.RELEASE, line=1))
    assert [str(it.event) for it in released.history] == ["H20", "H9"]
    assert world.line(1).status is CANCELLED


def test_a_partial_reprint_takes_lines_off_and_renumbers_the_rest(world: World) -> None:
    asks_to_cancel(world, 1)
    outcome = world.reprint(first(world, 0))
    assert told(outcome) == [
        ("H25", 1, 3, NEW, "Batch ID (74)"),
        ("H9", 1, 3, CANCELLED, "Cancellation Approved"),
        ("H24", 2, 1, PROCESS, "Batch ID (75)"),
    ]
    assert (state(world, 1), state(world, 2)) == ((CANCELLED, 0, None), (PROCESS, 1, 75))
    assert (world.batches[74].state, world.batches[75].replaces) == (BatchState.VOID, 74)


def test_a_plain_reprint_keeps_every_quantity_and_gets_a_new_number(world: World) -> None:
    outcome = world.reprint()
    assert told(outcome) == [("H24", 1, 3, PROCESS, "Batch ID (75)"), ("H24", 2, 1, PROCESS, "Batch ID (75)")]
    assert (state(world, 1), state(world, 2)) == ((PROCESS, 3, 75), (PROCESS, 1, 75))
    assert not outcome.feed


def test_a_held_line_is_left_out_of_the_new_slip(world: World) -> None:
    holds(world, 1)
    outcome = world.reprint()
    assert [(event, line) for event, line, *_ in told(outcome)] == [("H25", 1), ("H24", 2)]
    assert (state(world, 1), world.line(1).pre_hold, state(world, 2)) == ((HELD, 0, None), NEW, (PROCESS, 1, 75))


def test_waiting_requests_warn_and_do_not_stop_a_reprint(world: World) -> None:
    asks_to_cancel(world, 1)
    outcome = world.reprint()
    assert (outcome.verdict, codes(outcome)) == (Verdict.BOOKED, ["ACT-308"])
    assert pending(world.requests.values(), 1, RequestKind.CANCEL) is not None


def test_what_has_shipped_stays_off_the_new_slip(world: World) -> None:
    world.ship(a_shipment(ShipmentLine(number=1, quantity=2)), UPLOAD)
    assert told(world.reprint())[0] == ("H24", 1, 1, PROCESS, "Batch ID (75)")
    world.ship(a_shipment(ShipmentLine(number=1, quantity=1), tracking="T2"), UPLOAD)
    assert [line for _, line, *_ in told(world.reprint(batch=75))] == [2]
    assert (world.line(1).status, state(world, 2)) == (SHIPPED, (PROCESS, 1, 76))


def test_one_order_of_a_batch_leaves_it_alone(shop: World) -> None:
    shop.print(Selection(brand="1"))
    shop.reprint(only=(shop.order("A").id,))
    assert (shop.line(1, "A").batch, shop.order("C").lines[0].batch) == (75, 74)
    assert shop.batches[74].state is BatchState.OPEN
    shop.void(only=(shop.order("C").id,))
    assert shop.batches[74].state is BatchState.VOID


def test_a_batch_that_is_sent_and_not_acknowledged_can_be_taken_back() -> None:
    world = World()
    world.receive()
    world.cut()
    outcome = world.void()
    assert told(outcome)[0] == ("H25", 1, 3, NEW, "Batch ID (74)")
    assert (state(world), outcome.feed) == ((NEW, 0, None), ())
    assert codes(world.acknowledge(74)) == ["3021"]


def test_a_batch_that_is_made_again_waits_for_its_own_acknowledgement() -> None:
    world = World()
    world.receive()
    world.cut()
    world.reprint()
    assert state(world) == (NEW, 0, 75)
    assert codes(world.acknowledge(75)) == []
    assert state(world) == (PROCESS, 3, 75)


FAULTS: dict[str, tuple[dict[int, int], list[str]]] = {
    "more than is on the slip": ({1: 4}, ["ACT-307"]),
    "less than nothing": ({1: -1}, ["ACT-307"]),
    "a line that is not on it": ({9: 1}, ["3042"]),
    "everything wrong at once": ({1: 4, 2: 7, 9: 1}, ["ACT-307", "ACT-307", "3042"]),
}


@pytest.mark.parametrize(("quantities", "expected"), FAULTS.values(), ids=FAULTS)
def test_quantities_that_cannot_be_are_refused_together(world: World, quantities: dict[int, int], expected: list[str]) -> None:
    before = world.order()
    order = before.id
    assert codes(world.reprint({(order, line): quantity for line, quantity in quantities.items()})) == expected
    assert world.order() == before


def test_a_held_line_cannot_be_asked_for(world: World) -> None:
    holds(world, 1)
    assert codes(world.reprint(first(world, 1))) == ["ACT-307"]


def test_less_of_a_line_cannot_be_printed_before_the_acknowledgement() -> None:
    world = World()
    world.receive()
    world.cut()
    assert codes(world.reprint(first(world, 2))) == ["ACT-307"]


def test_a_void_batch_a_finished_one_and_somebody_elses_are_refused(world: World) -> None:
    assert codes(world.void(origin=replace(SCREEN, vendor="11"))) == ["3020"]
    world.ship(a_shipment(ShipmentLine(number=1, quantity=3), ShipmentLine(number=2, quantity=1)), UPLOAD)
    assert codes(world.void()) == ["ACT-303"]
    world.receive(replace(ORDER, number="B"))
    world.print()
    world.void(75)
    assert codes(world.void(75)) == codes(world.reprint(batch=75)) == ["ACT-303"]
