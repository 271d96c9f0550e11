"""What a retailer asks and a vendor answers: every cell of sdf 4.1, the events E8 to E21, the vectors T9 to T17."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.documents import ChangeRequest, Party, ShipmentLine
from gateway.domain import note
from gateway.domain.formats import Formats
from gateway.domain.history import Event, Parts, note_of
from gateway.domain.maintain import Note, Upkeep
from gateway.domain.order import LineStatus, OrderStatus
from gateway.domain.origin import Origin, Source, Via
from gateway.domain.outcome import Verdict
from gateway.domain.reply import Reply
from gateway.domain.request import RequestKind, RequestState
from tests.business import ORDER, RETAILER, SCREEN, UPLOAD, World, a_shipment, codes, with_vendor

ELSEWHERE = Party(first_name="Ariel", last_name="Byrd", address1="9 New Road", city="London", postal_code="SE1 1AA", country="GB")
THERE = replace(ELSEWHERE, address1="10 New Road")
NEW, PROCESS, HELD, SHIPPED, CANCELLED = LineStatus.NEW, LineStatus.IN_PROCESS, LineStatus.HELD, LineStatus.SHIPPED, LineStatus.CANCELLED


def cancel(line: int | None = 1, quantity: int | None = None, request_id: str | None = None, number: str = "AB10747") -> ChangeRequest:
    return ChangeRequest(kind="cancel", order_number=number, line=line, quantity=quantity, request_id=request_id)


def address(ship_to: Party = ELSEWHERE, request_id: str | None = None) -> ChangeRequest:
    return ChangeRequest(kind="address", order_number="AB10747", ship_to=ship_to, request_id=request_id)


def cost(unit_cost: str | None, line: int | None = 1) -> ChangeRequest:
    return ChangeRequest(kind="cost", order_number="AB10747", line=line, unit_cost=None if unit_cost is None else Decimal(unit_cost))


def ships(line: int, quantity: int, tracking: str = "T1") -> object:
    return a_shipment(ShipmentLine(number=line, quantity=quantity), tracking=tracking)


def world_with(first: LineStatus, second: LineStatus | None = None) -> World:
    """One order of two lines, 3 and 1 ordered, brought into these states by events."""
    world = World(with_vendor(require_acknowledgement=False))
    world.receive()
    wanted = {1: first, 2: second or first}
    if set(wanted.values()) - {NEW, CANCELLED, HELD}:
        world.cut()
        for number, status in wanted.items():
            if status is NEW:
                line = world.line(number)
                world.put(replace(line, status=NEW, printed=0, batch=None))
    for number, status in wanted.items():
        if status is SHIPPED:
            world.ship(ships(number, world.line(number).open, tracking=f"T{number}"))
        if status is CANCELLED and world.ask(cancel(number)).result == "PENDING":
            world.reply(Reply(kind=RequestKind.CANCEL, is_accepted=True, line=number))
        if status is HELD:
            world.maintain(Note(act=Upkeep.HOLD, line=number, reason="Backordered"))
    world.requests.clear()
    world.history.clear()
    world.feed.clear()
    return world


CELLS: dict[str, tuple[LineStatus, ChangeRequest, Verdict, str, list[Event], LineStatus]] = {
    "cancel, New Order": (NEW, cancel(), Verdict.BOOKED, "", [Event.CANCELLED], CANCELLED),
    "cancel, In Process": (PROCESS, cancel(), Verdict.BOOKED, "PENDING", [Event.CANCEL_REQUESTED], PROCESS),
    "cancel, Held": (HELD, cancel(), Verdict.BOOKED, "PENDING", [Event.CANCEL_REQUESTED], HELD),
    "cancel, Shipped": (SHIPPED, cancel(), Verdict.BOOKED, "REJECTED", [Event.CANCEL_AUTO_REJECTED], SHIPPED),
    "cancel, Cancelled": (CANCELLED, cancel(), Verdict.BOOKED, "REJECTED", [Event.CANCEL_AUTO_REJECTED], CANCELLED),
    "address, New Order": (NEW, address(), Verdict.BOOKED, "", [Event.ADDRESS_APPLIED] * 2, NEW),
    "address, In Process": (PROCESS, address(), Verdict.BOOKED, "PENDING", [Event.ADDRESS_REQUESTED] * 2, PROCESS),
    "address, Held": (HELD, address(), Verdict.BOOKED, "PENDING", [Event.ADDRESS_REQUESTED] * 2, HELD),
    "address, Shipped": (SHIPPED, address(), Verdict.BOOKED, "REJECTED", [], SHIPPED),
    "address, Cancelled": (CANCELLED, address(), Verdict.BOOKED, "REJECTED", [], CANCELLED),
    "cost, New Order": (NEW, cost("9.98"), Verdict.BOOKED, "", [Event.COST_CHANGED], NEW),
    "cost, In Process": (PROCESS, cost("9.98"), Verdict.BOOKED, "", [Event.COST_CHANGED], PROCESS),
    "cost, Held": (HELD, cost("9.98"), Verdict.BOOKED, "", [Event.COST_CHANGED], HELD),
    "cost, Shipped and not invoiced": (SHIPPED, cost("9.98"), Verdict.BOOKED, "", [Event.COST_CHANGED], SHIPPED),
    "cost as it is": (NEW, cost("8.98"), Verdict.DUPLICATE, "APPLIED", [], NEW),
    "cost as it is, Cancelled": (CANCELLED, cost("8.98"), Verdict.BOOKED, "REJECTED", [], CANCELLED),
    "cost, Cancelled": (CANCELLED, cost("9.98"), Verdict.BOOKED, "REJECTED", [], CANCELLED),
}
"""The table of sdf 4.1: what each change does, by the status of the line."""


@pytest.mark.parametrize(("status", "asked", "verdict", "result", "events", "after"), CELLS.values(), ids=CELLS)
def test_what_a_change_does_depends_on_the_status_of_the_line(
    status: LineStatus, asked: ChangeRequest, verdict: Verdict, result: str, events: list[Event], after: LineStatus
) -> None:
    world = world_with(status)
    outcome = world.ask(asked)
    assert (outcome.verdict, outcome.result) == (verdict, result)
    assert [entry.event for entry in world.history] == events
    assert world.line(1).status is after
    assert codes(outcome) == (["DSC-203"] * len({1, 2} if asked.kind == "address" else {1}) if result == "REJECTED" else [])
    assert {(entry.actor, entry.source) for entry in world.history} <= {("Admin", Source.WS)}


PERSON = Origin(user="lee", via=Via.SCREEN, system="OMS")
BY: dict[str, tuple[LineStatus, ChangeRequest, Event]] = {
    "cancelled": (NEW, cancel(), Event.CANCELLED),
    "a cancel that waits": (PROCESS, cancel(), Event.CANCEL_REQUESTED),
    "a cancel too late": (SHIPPED, cancel(), Event.CANCEL_AUTO_REJECTED),
    "a cancel of too many": (PROCESS, cancel(1, 4), Event.CANCEL_AUTO_REJECTED),
    "an address": (NEW, address(), Event.ADDRESS_APPLIED),
    "an address that waits": (PROCESS, address(), Event.ADDRESS_REQUESTED),
    "a cost": (NEW, cost("9.98"), Event.COST_CHANGED),
}


@pytest.mark.parametrize(
    ("origin", "who"),
    [(RETAILER, ("Admin", Source.WS)), (replace(RETAILER, via=Via.UPLOAD), ("Admin", Source.WS)), (PERSON, ("lee", Source.UI))],
    ids=["a file", "a file in place of an upload", "a person"],
)
@pytest.mark.parametrize(("status", "asked", "event"), BY.values(), ids=BY)
def test_a_person_stands_in_the_history_by_name_and_a_file_as_the_retailers_system(
    status: LineStatus, asked: ChangeRequest, event: Event, origin: Origin, who: tuple[str, Source]
) -> None:
    world = world_with(status)
    world.ask(asked, origin)
    assert {(entry.event, entry.actor, entry.source) for entry in world.history} == {(event, *who)}


def test_a_cancel_that_the_shipment_of_a_person_ends_is_the_retailers() -> None:
    world = world_with(PROCESS)
    world.ask(cancel())
    world.ship(ships(1, 3), SCREEN)  # type: ignore[arg-type]
    ended = [(entry.actor, entry.source) for entry in world.history if entry.event is Event.CANCEL_AUTO_REJECTED]
    assert ended == [("Admin", Source.WS)]


def test_a_cost_that_it_is_already_keeps_the_id_of_its_request() -> None:
    world = world_with(NEW)
    asked = replace(cost("8.98"), request_id="K-1")
    assert codes(world.ask(asked)) == []
    world.ask(cost("9.98"))
    assert codes(world.ask(asked)) == ["DSC-207"]
    assert world.line(1).unit_cost == Decimal("9.98")


FAULTS: dict[str, tuple[ChangeRequest, list[str]]] = {
    "unknown order": (cancel(number="X1"), ["DSC-201"]),
    "unknown line": (cancel(9), ["DSC-202"]),
    "more than is open": (cancel(1, 4), ["DSC-204"]),
    "nothing": (cancel(1, 0), ["DSC-204"]),
    "a quantity without its line": (cancel(None, 1), ["DSC-202"]),
    "half an address": (address(replace(ELSEWHERE, city=None, country=None)), ["DSC-205", "DSC-205"]),
    "no address at all": (ChangeRequest(kind="address", order_number="AB10747"), ["DSC-205"] * 5),
    "a negative cost": (cost("-1"), ["DSC-206"]),
    "no cost": (cost(None), ["DSC-206"]),
    "a cost without its line": (cost("1", None), ["DSC-202"]),
}


@pytest.mark.parametrize(("asked", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_request_is_told_with_everything_that_is_wrong(asked: ChangeRequest, expected: list[str]) -> None:
    assert codes(world_with(NEW).ask(asked)) == expected


def test_an_order_of_another_system_is_not_known() -> None:
    outcome = world_with(NEW).ask(cancel(), Origin(user="cwd", system="CWD"))
    assert (codes(outcome), outcome.missing is not None) == (["DSC-201"], True)


def test_part_of_a_new_line_is_cancelled_at_once_and_the_rest_stays() -> None:
    world = world_with(NEW)
    world.ask(cancel(1, 2))
    assert (world.line(1).status, world.line(1).cancelled, world.line(1).open) == (NEW, 2, 1)
    assert [(entry.event, entry.quantity) for entry in world.history] == [(Event.CANCELLED, 2)]


def test_a_request_id_that_comes_again_is_answered_as_the_first_time() -> None:
    world = world_with(PROCESS)
    world.ask(cancel(1, 1, "C-1"))
    again = world.ask(cancel(1, 1, "C-1"))
    assert (again.verdict, again.result, codes(again)) == (Verdict.DUPLICATE, "PENDING", ["DSC-207"])
    world.reply(Reply(kind=RequestKind.CANCEL, is_accepted=False, line=1))
    assert world.ask(cancel(1, 1, "C-1")).result == "REJECTED"
    other = world.ask(cancel(1, 2, "C-1"))
    assert (other.verdict, codes(other)) == (Verdict.CONFLICT, ["DSC-207"])
    assert len(world.requests) == 1


def test_what_waits_to_be_cancelled_already_is_named_when_nothing_is_left_for_another_cancel() -> None:
    world = world_with(PROCESS)
    world.ask(cancel(1, 3, "C-1"))
    told = world.ask(cancel(1, 1, "C-2"))
    assert [issue.text for issue in told.issues] == ["1 to cancel, 3 open, of which 3 wait to be cancelled already (C-1)"]


def test_a_name_that_only_we_give_is_taken_from_nobody_but_for_a_request_that_has_it() -> None:
    world = world_with(PROCESS)
    assert codes(world.ask(cancel(1, 1, "GW-17"))) == ["DSC-208"]
    assert codes(world.ask(cancel(1, 1, "gw-17"))) == ["DSC-208"]
    assert codes(world.ask(cancel(1, 1, "GW-17a"))) == []
    (asked,) = world.requests.values()
    world.requests[asked.id] = replace(asked, request_id="GW-1")
    assert codes(world.ask(cancel(1, 1, "GW-1"))) == ["DSC-207"]


def test_a_second_cancel_adds_to_the_one_that_waits_unless_it_is_too_much() -> None:
    world = world_with(PROCESS)
    world.ask(cancel(1, 1, "C-1"))
    assert codes(world.ask(cancel(1, 3, "C-2"))) == ["DSC-204"]
    world.ask(cancel(1, 1, "C-3"))
    world.reply(Reply(kind=RequestKind.CANCEL, is_accepted=True, line=1))
    assert (world.line(1).cancelled, world.line(1).printed, world.line(1).status) == (2, 1, PROCESS)
    assert [it.state for it in world.requests.values()] == [RequestState.ACCEPTED, RequestState.REJECTED, RequestState.ACCEPTED]
    told = [(entry.type, entry.body.get("request_id"), entry.body["quantity"]) for entry in world.feed]
    assert told == [("CANCEL_REJECTED", "C-2", 3), ("CANCEL_ACCEPTED", "C-1", 1), ("CANCEL_ACCEPTED", "C-3", 1)]


@pytest.mark.parametrize(("is_accepted", "word"), [(True, "APPLIED"), (False, "REJECTED")])
def test_cancels_that_were_added_up_are_each_answered_again_and_end_together(is_accepted: bool, word: str) -> None:
    world = world_with(PROCESS)
    for request in ("C-1", "C-3"):
        world.ask(cancel(1, 1, request))
    again = [world.ask(cancel(1, 1, request)) for request in ("C-1", "C-3")]
    assert [(it.verdict, it.result) for it in again] == [(Verdict.DUPLICATE, "PENDING")] * 2
    assert world.ask(cancel(1, 2, "C-3")).verdict is Verdict.CONFLICT
    assert world.reply(Reply(kind=RequestKind.CANCEL, is_accepted=is_accepted, line=1, request_id="C-1")).verdict is Verdict.BOOKED
    assert [world.ask(cancel(1, 1, request)).result for request in ("C-1", "C-3")] == [word] * 2
    assert [entry.body["request_id"] for entry in world.feed] == ["C-1", "C-3"]


def test_what_left_before_the_answer_is_taken_off_the_last_cancel() -> None:
    world = world_with(PROCESS)
    for request in ("C-1", "C-3"):
        world.ask(cancel(1, 1, request))
    world.ship(a_shipment(ShipmentLine(number=1, quantity=2)))
    world.reply(Reply(kind=RequestKind.CANCEL, is_accepted=True, line=1))
    told = [(entry.type, entry.body["request_id"]) for entry in world.feed if entry.type.startswith("CANCEL")]
    assert told == [("CANCEL_ACCEPTED", "C-1"), ("CANCEL_REJECTED", "C-3")]


def test_a_vendor_declines_and_later_accepts_a_cancel() -> None:
    """T9 and T10."""
    world = world_with(PROCESS)
    world.ask(cancel(2))
    world.reply(Reply(kind=RequestKind.CANCEL, is_accepted=False, line=2))
    assert world.line(2).status is PROCESS
    world.ask(cancel(2))
    world.reply(Reply(kind=RequestKind.CANCEL, is_accepted=True, line=2))
    assert (world.line(2).status, world.line(2).printed) == (CANCELLED, 0)
    assert world.order().status is OrderStatus.OPEN
    assert [str(entry.event) for entry in world.history] == ["H8", "H10", "H8", "H9"]
    assert [(entry.actor, entry.source) for entry in world.history] == [("Admin", Source.WS), ("redpanda", Source.UI)] * 2
    assert [told.type for told in world.feed] == ["CANCEL_REJECTED", "CANCEL_ACCEPTED"]


def test_a_second_address_takes_the_place_of_the_first_and_shipping_ends_it_once() -> None:
    """T11 to T13."""
    world = world_with(PROCESS, CANCELLED)
    world.ask(address(ELSEWHERE, "A-1"))
    world.ask(address(THERE, "A-2"))
    assert [(it.line_no, it.request_id, it.state) for it in world.requests.values()] == [
        (1, "A-1", RequestState.REPLACED),
        (2, "A-1", RequestState.REJECTED),
        (1, "A-2", RequestState.PENDING),
        (2, "A-2", RequestState.REJECTED),
    ]
    world.ship(ships(1, 3))
    assert [str(entry.event) for entry in world.history] == ["H13", "H13", "H6", "H16"]
    assert world.order().status is OrderStatus.COMPLETE
    assert world.ship_to[1].address1 == "1 Quay Road"
    world.ask(cancel(1))
    assert str(world.history[-1].event) == "H11"


def test_only_the_first_item_of_a_shipment_tells_that_the_address_came_too_late() -> None:
    world = world_with(PROCESS)
    world.ask(address())
    world.ship(a_shipment(ShipmentLine(number=1, quantity=3), ShipmentLine(number=2, quantity=1)))
    assert [str(entry.event) for entry in world.history][2:] == ["H6", "H16", "H6"]
    assert {it.state for it in world.requests.values()} == {RequestState.REJECTED}


def test_a_hold_ends_and_the_cancel_that_came_meanwhile_applies_by_itself() -> None:
    """T14 and T15."""
    world = world_with(NEW)
    world.maintain(Note(act=Upkeep.HOLD, line=1, reason="Backordered"))
    world.ask(cancel(1))
    world.maintain(Note(act=Upkeep.RELEASE, line=1, reason="never shown"))
    assert [str(entry.event) for entry in world.history] == ["H19", "H8", "H20", "H9"]
    assert [note(entry) for entry in world.history] == ["Held: Backordered", "Cancel Requested", "Released", "Cancellation Approved"]
    assert world.line(1).status is CANCELLED
    assert [told.type for told in world.feed] == ["HELD", "RELEASED", "CANCEL_ACCEPTED"]
    assert world.feed[-1].body["automatic"] is True


def test_an_address_applies_when_its_line_is_new_again_after_a_part_was_shipped() -> None:
    world = world_with(PROCESS)
    world.slips[74, 1, 1] = replace(world.slips[74, 1, 1], quantity=2)  # an earlier reprint had less on the slip
    world.put(replace(world.line(1), printed=2))
    world.ask(address())
    world.ship(ships(1, 2))
    assert [str(entry.event) for entry in world.history][2:] == ["H6", "H26", "H15"]
    assert world.ship_to[1] == ELSEWHERE
    assert world.line(1).status is NEW


def test_a_release_into_process_lets_the_request_wait() -> None:
    world = world_with(PROCESS)
    world.maintain(Note(act=Upkeep.HOLD, line=1, reason="no stock"))
    world.ask(cancel(1))
    world.maintain(Note(act=Upkeep.RELEASE, line=1))
    assert world.line(1).status is PROCESS
    assert world.requests[1].state is RequestState.PENDING


TEXTS: dict[str, tuple[Note, str, str]] = {
    "T16": (
        Note(act=Upkeep.DUE_DATE, line=1, due_on=date(2022, 6, 28), reason="Delay"),
        "H21",
        "Maintenance Delay Revised Due Date: 06/28/2022",
    ),
    "a reason": (Note(act=Upkeep.REASON, line=1, reason="Expected next week"), "H22", "Maintenance Expected next week"),
    "no reason any more": (Note(act=Upkeep.REASON, line=1), "H23", "Maintenance"),
    "a hold": (Note(act=Upkeep.HOLD, line=1, reason="Backordered"), "H19", "Held: Backordered"),
}


@pytest.mark.parametrize(("said", "event", "text"), TEXTS.values(), ids=TEXTS)
def test_what_a_vendor_notes_stands_in_the_history_word_for_word(said: Note, event: str, text: str) -> None:
    world = world_with(NEW)
    world.put(replace(world.line(1), reason="earlier", due_on=date(2022, 6, 1)))
    assert world.maintain(said).verdict is Verdict.BOOKED
    assert [(str(entry.event), note(entry), entry.source) for entry in world.history] == [(event, text, Source.UI)]


def test_a_cost_change_is_told_before_and_after() -> None:
    """T17."""
    world = world_with(NEW)
    world.ask(cost("9.98"))
    assert (note(world.history[0]), world.order().total) == ("Before $ 8.98 - After $ 9.98", Decimal("51.44"))


WRONG: dict[str, tuple[LineStatus, Callable[[World], object], str]] = {
    "a hold without a reason": (NEW, lambda it: it.maintain(Note(act=Upkeep.HOLD, line=1)), "ACT-302"),
    "a due date without a reason": (NEW, lambda it: it.maintain(Note(act=Upkeep.DUE_DATE, line=1, due_on=date(2022, 7, 1))), "ACT-302"),
    "a due date without a date": (NEW, lambda it: it.maintain(Note(act=Upkeep.DUE_DATE, line=1, reason="late")), "ACT-304"),
    "a hold of a held line": (HELD, lambda it: it.maintain(Note(act=Upkeep.HOLD, line=1, reason="x")), "ACT-303"),
    "a release of a line that is not held": (PROCESS, lambda it: it.maintain(Note(act=Upkeep.RELEASE, line=1)), "ACT-303"),
    "a reason for a shipped line": (SHIPPED, lambda it: it.maintain(Note(act=Upkeep.REASON, line=1, reason="x")), "ACT-303"),
    "a line that there is not": (NEW, lambda it: it.maintain(Note(act=Upkeep.RELEASE, line=9)), "3042"),
    "a cancel nobody asked for": (PROCESS, lambda it: it.reply(Reply(kind=RequestKind.CANCEL, is_accepted=True, line=1)), "ACT-305"),
    "an address nobody asked for": (PROCESS, lambda it: it.reply(Reply(kind=RequestKind.ADDRESS, is_accepted=False)), "ACT-305"),
}


@pytest.mark.parametrize(("status", "act", "code"), WRONG.values(), ids=WRONG)
def test_what_is_not_possible_says_why_and_changes_nothing(status: LineStatus, act: Callable[[World], object], code: str) -> None:
    world = world_with(status)
    assert codes(act(world)) == [code]  # type: ignore[arg-type]  # every act answers an outcome
    assert (world.history, world.feed) == ([], [])


def test_an_answer_that_comes_again_changes_nothing() -> None:
    world = world_with(PROCESS)
    world.ask(cancel(1, 1))
    said = Reply(kind=RequestKind.CANCEL, is_accepted=True, line=1)
    assert [world.reply(said).verdict, world.reply(said).verdict] == [Verdict.BOOKED, Verdict.DUPLICATE]


def test_an_address_is_answered_line_by_line() -> None:
    world = world_with(PROCESS)
    world.ask(address())
    world.reply(Reply(kind=RequestKind.ADDRESS, is_accepted=True, line=1))
    assert world.ship_to[1] == ELSEWHERE
    world.reply(Reply(kind=RequestKind.ADDRESS, is_accepted=False, line=2))
    assert [str(entry.event) for entry in world.history] == ["H13", "H13", "H15", "H14"]
    assert world.order().changed_since_sent


def test_a_change_of_a_sent_order_is_marked_for_the_vendor() -> None:
    world = World()
    world.receive(ORDER, RETAILER)
    world.cut()  # sent, not acknowledged: New Order, and the vendor has a copy
    world.ask(address())
    assert world.order().changed_since_sent
    assert world.ship_to[1] == ELSEWHERE


def test_notes_follow_the_formats_of_their_reader() -> None:
    parts = Parts(before=Decimal("8.98"), after=Decimal("9.98"), currency="EUR")
    german = Formats(date="DD.MM.YYYY", number="1.234,56").note_style
    assert note_of(Event.COST_CHANGED, parts, german) == "Before € 8,98 - After € 9,98"
    assert note_of(Event.DUE_DATE_REVISED, Parts(due_on=date(2022, 6, 28)), german) == "Maintenance Revised Due Date: 28.06.2022"


def asked_both(first: LineStatus) -> World:
    """An order of which line 1 has an address and a cancel of everything waiting."""
    world = world_with(first)
    world.ask(address())
    world.ask(cancel(1))
    return world


LEFT_ALONE: dict[str, tuple[Callable[[World], object], RequestState]] = {
    "the vendor accepts the cancel": (
        lambda it: it.reply(Reply(kind=RequestKind.CANCEL, is_accepted=True, line=1)),
        RequestState.ACCEPTED,
    ),
    "the slip is voided": (lambda it: it.void(), RequestState.APPLIED),
}


@pytest.mark.parametrize(("act", "state"), LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_the_address_of_a_line_that_is_cancelled_waits_no_more_and_the_retailer_is_told(
    act: Callable[[World], object], state: RequestState
) -> None:
    world = asked_both(PROCESS)
    act(world)
    ended = {it.kind: it.state for it in world.requests.values() if it.line_no == 1}
    assert ended == {RequestKind.ADDRESS: RequestState.REJECTED, RequestKind.CANCEL: state}
    assert [entry.type for entry in world.feed if entry.line_no == 1 and entry.type != "VOIDED"] == ["CANCEL_ACCEPTED", "ADDRESS_REJECTED"]
    assert [str(entry.event) for entry in world.history if entry.line_no == 1 and entry.event in {"H14", "H15", "H16"}] == []


def test_a_cancel_is_told_with_what_was_left_to_cancel() -> None:
    world = world_with(PROCESS)
    world.ask(cancel(1, 3))
    world.ship(ships(1, 2))  # type: ignore[arg-type]
    world.reply(Reply(kind=RequestKind.CANCEL, is_accepted=True, line=1))
    assert (world.line(1).cancelled, world.line(1).status) == (1, SHIPPED)
    assert [entry.body["quantity"] for entry in world.feed if entry.type == "CANCEL_ACCEPTED"] == [1]


def test_an_upload_that_takes_a_hold_off_a_line_of_an_unacknowledged_batch_lets_what_waits_apply_to_the_rest() -> None:
    world = World()
    world.receive()
    world.cut()
    world.maintain(Note(act=Upkeep.HOLD, line=1, reason="Backordered"))
    world.ask(cancel(1, 2))
    world.ship(ships(1, 1), UPLOAD)  # type: ignore[arg-type]
    assert (world.line(1).shipped, world.line(1).cancelled, world.line(1).status) == (1, 2, SHIPPED)
    assert world.events()[-4:] == ["H8", "H20", "H5", "H9"]


def test_the_first_address_that_a_shipment_rejects_is_told_although_another_line_has_taken_its_own() -> None:
    world = world_with(PROCESS)
    world.ask(address())
    world.reprint(quantities={(1, 1): 2})
    world.ship(a_shipment(ShipmentLine(number=1, quantity=2), ShipmentLine(number=2, quantity=1)))
    assert [(entry.line_no, str(entry.event)) for entry in world.history if str(entry.event) in {"H15", "H16"}] == [(1, "H15"), (2, "H16")]


def test_what_is_to_stay_of_a_line_says_how_much_is_cancelled() -> None:
    world = world_with(LineStatus.IN_PROCESS)
    stay = ChangeRequest(kind="cancel", order_number="AB10747", line=1, new_quantity=1, request_id="C-1")
    assert world.ask(stay).result == "PENDING"
    (request,) = world.requests.values()
    assert (request.quantity, request.for_vendor) == (2, "257")
    assert codes(world.ask(replace(stay, request_id="C-2"))) == ["DSC-204"]
    assert codes(world.ask(replace(stay, new_quantity=5, request_id="C-3"))) == ["DSC-204"]
    assert codes(world.ask(replace(stay, line=None, request_id="C-4"))) == ["DSC-202"]


def test_a_line_is_told_as_it_is_to_be_and_what_is_so_changes_nothing() -> None:
    world = world_with(LineStatus.IN_PROCESS)
    told = ChangeRequest(kind="line", order_number="AB10747", line=1, new_quantity=2, unit_cost=Decimal("9.98"), request_id="L-1")
    assert world.ask(told).result == "PENDING"
    assert [(it.kind.value, it.quantity, it.state.value) for it in world.requests.values()] == [
        ("cancel", 1, "pending"),
        ("cost", None, "applied"),
    ]
    assert world.line(1).unit_cost == Decimal("9.98")
    same = world.ask(replace(told, request_id="L-2"))
    assert (same.verdict, same.result) == (Verdict.DUPLICATE, "APPLIED")
    assert codes(world.ask(replace(told, new_quantity=9, unit_cost=Decimal(1), request_id="L-3"))) == ["DSC-204"]
    assert world.line(1).unit_cost == Decimal("9.98")
    assert codes(world.ask(replace(told, line=7, request_id="L-4"))) == ["DSC-202"]
    nothing = world.ask(ChangeRequest(kind="none", order_number="AB10747", line=1))
    assert (nothing.verdict, nothing.result) == (Verdict.DUPLICATE, "APPLIED")
    assert codes(world.ask(ChangeRequest(kind="none", order_number="NOPE", line=1))) == ["DSC-201"]
    world.ask(ChangeRequest(kind="delete", order_number="AB10747", line=2, new_quantity=1))
    assert [it.quantity for it in world.requests.values() if it.line_no == 2] == [1]
    assert codes(world.ask(ChangeRequest(kind="delete", order_number="AB10747"))) == ["DSC-202"]


def test_lines_of_one_message_have_its_id_and_come_again_as_they_were() -> None:
    world = world_with(LineStatus.IN_PROCESS)
    for _ in range(2):
        for number in (1, 2):
            world.ask(ChangeRequest(kind="delete", order_number="AB10747", line=number, request_id="CH-7"))
    assert [(it.line_no, it.request_id) for it in world.requests.values()] == [(1, "CH-7"), (2, "CH-7")]
