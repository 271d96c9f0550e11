"""What a vendor's answer to an order, or to changes of it, does to the lines, the history and the feed (sdf 3.9)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.documents import Answer, AnswerLine, ChangeRequest, OrderAnswer, OrderLine
from gateway.domain.maintain import Note, Upkeep
from gateway.domain.order import LineStatus
from gateway.domain.outcome import AnswerTold, BatchState, Verdict
from gateway.domain.request import RequestState
from tests.business import KETTLE, ORDER, RETAILER, SHIP_TO, TOTE, World, codes

LATER = date(2022, 7, 10)
SOLD = replace(SHIP_TO, postal_code="SE1 9GF", country="GB")


def world(*lines: OrderLine, acknowledged: bool = False) -> World:
    """The order of sdf 2.4, with 3 pieces of line 1 and 1 of line 2, in a batch that waits for its acknowledgement."""
    found = World()
    found.receive(replace(ORDER, lines=lines or ORDER.lines))
    found.cut()
    if acknowledged:
        found.acknowledge()
    found.feed.clear()
    return found


def said(status: str, quantity: int | None = None, **values: object) -> Answer:
    return Answer(status=status, quantity=quantity, **values)  # type: ignore[arg-type]  # the struct checks


def line(number: int | None, *answers: Answer, **values: object) -> AnswerLine:
    return AnswerLine(number=number, answers=answers, **values)  # type: ignore[arg-type]  # the struct checks


def answer(*lines: AnswerLine, status: str | None = None, **values: object) -> OrderAnswer:
    return OrderAnswer(order_number="AB10747", status=status, lines=lines, **values)  # type: ignore[arg-type]  # the struct checks


def state(it: World, number: int = 1) -> str:
    found = it.line(number)
    return " ".join(part for part in (str(found.status), found.hold_reason, found.reason) if part)


def told(it: World) -> list[tuple[str, int]]:
    return [(entry.type, entry.line_no) for entry in it.feed]


WHOLE = (
    ("accepted", "In Process"),
    ("rejected", "Held Rejected"),
    ("held", "Held Held"),
    ("backordered", "Held Backordered"),
)


@pytest.mark.parametrize(("status", "comes"), WHOLE)
def test_the_status_of_the_order_speaks_for_all_lines_when_no_line_is_answered(status: str, comes: str) -> None:
    it = world()
    assert it.answer(answer(line(1), status=status)).verdict is Verdict.BOOKED
    assert [state(it, 1), state(it, 2)] == [comes, comes]
    assert it.batches[74].state is BatchState.ACKNOWLEDGED
    assert it.events()[-4:].count("H4") == 2


def test_the_lines_speak_whatever_the_status_of_the_order_is() -> None:
    it = world()
    it.answer(answer(line(1, said("accepted", 3)), line(2, said("rejected", 1, reason="Gone")), status="accepted"))
    assert [state(it, 1), state(it, 2)] == ["In Process", "Held Rejected: Gone"]
    assert told(it) == [("PULLED", 1), ("PULLED", 2), ("HELD", 2)]


PARTS = (
    ((said("accepted", 1), said("accepted", 2)), "In Process"),
    ((said("accepted", 1), said("backordered", 2)), "In Process 1 accepted, 2 backordered"),
    ((said("accepted", 1), said("backordered")), "In Process 1 accepted, 2 backordered"),
    ((said("part", 2),), "In Process 2 accepted, 1 backordered"),
    ((said("changed", 2, change="quantity"),), "In Process 2 accepted, 1 short"),
    ((said("changed", 0, change="quantity"),), "Held Short"),
    ((said("accepted", 2),), "In Process 2 accepted, 1 not confirmed"),
    ((said("accepted", 1), said("rejected", 2, reason="Gone")), "In Process 1 accepted, 2 rejected: Gone"),
    ((said("backordered", 1), said("rejected", 2, reason="Gone")), "Held 1 backordered, 2 rejected: Gone"),
    ((said("changed", 3, change="substitution"),), "In Process another item is offered"),
    ((said("changed", 3, change="price"),), "In Process cost differs, but is not told"),
    ((said("held", 3, reason="Credit"),), "Held Held: Credit"),
    ((said("rejected", 0),), "Held Rejected"),
    ((said("none", 3),), "New Order"),
    ((said("accepted", 3), said("backordered", 0)), "In Process"),
    ((said("accepted", 2), said("rejected", 0)), "In Process 2 accepted, 1 rejected"),
)


@pytest.mark.parametrize(("answers", "comes"), PARTS)
def test_the_answers_of_a_line_add_up_and_what_is_not_as_ordered_is_told(answers: tuple[Answer, ...], comes: str) -> None:
    it = world()
    it.answer(answer(line(1, *answers), line(2, said("accepted", 1))))
    assert state(it) == comes
    assert it.line(1).open == 3


def test_entries_that_name_a_line_twice_belong_together() -> None:
    it = world()
    it.answer(answer(line(1, said("accepted", 1)), line(1, said("backordered", 2, on=LATER)), line(2, said("accepted", 1))))
    assert state(it) == "In Process 1 accepted, 2 backordered until 2022-07-10"
    assert it.line(1).due_on == LATER
    assert told(it) == [("PULLED", 1), ("DUE_DATE", 1), ("PULLED", 2)]


def test_a_backordered_line_gets_its_date_and_is_held() -> None:
    it = world()
    it.answer(answer(line(1, said("backordered", 3, on=LATER))))
    assert state(it) == "Held Backordered Backordered"
    assert it.line(1).due_on == LATER
    assert it.events()[-3:] == ["H4", "H21", "H19"]


DATES = (
    (said("accepted", 3, on=date(2022, 6, 25)), date(2022, 6, 28)),
    (said("accepted", 3, on=LATER), LATER),
    (said("changed", 3, change="date", on=date(2022, 6, 25)), date(2022, 6, 25)),
)


@pytest.mark.parametrize(("one", "due_on"), DATES)
def test_another_date_counts_when_it_is_later_or_meant_as_another(one: Answer, due_on: date) -> None:
    it = world()
    it.answer(answer(line(1, one)))
    assert it.line(1).due_on == due_on
    assert it.line(1).status is LineStatus.IN_PROCESS


def test_another_cost_is_told_and_the_cost_of_the_order_stays() -> None:
    it = world()
    outcome = it.answer(answer(line(1, said("changed", 3, change="price"), unit_cost=Decimal("9.50")), line(2, said("accepted", 1))))
    assert it.line(1).unit_cost == Decimal("8.98")
    assert state(it) == "In Process cost differs: 9.50 told, 8.98 ordered"
    assert codes(outcome) == ["ANS-06"]
    assert ("NOTE", 1) in told(it)


def test_the_cost_of_what_is_not_taken_is_nobodys_business() -> None:
    it = world()
    outcome = it.answer(answer(line(1, said("rejected", 0), unit_cost=Decimal(0)), line(2, said("accepted", 1))))
    assert (codes(outcome), state(it)) == ([], "Held Rejected")


def test_what_is_not_answered_stays_open_and_is_told() -> None:
    it = world()
    outcome = it.answer(answer(line(1, said("accepted", 2))))
    assert [(issue.code, issue.line) for issue in outcome.issues] == [("ANS-05", 1), ("ANS-05", 2)]
    assert it.line(2).status is LineStatus.NEW
    assert it.batches[74].state is BatchState.OPEN


ITEMS = (
    ({"item": "KT200"}, 2),
    ({"vendor_item": "V2000"}, 2),
    ({"gtin": "00012345678905"}, 2),
    ({"item": "unknown", "vendor_item": "V2000"}, 2),
)


@pytest.mark.parametrize(("named", "number"), ITEMS)
def test_a_line_without_its_number_is_known_by_its_item(named: dict[str, str], number: int) -> None:
    it = world(TOTE, replace(KETTLE, gtin="00012345678905"))
    it.answer(answer(line(None, said("held", 1, reason="Why"), **named)))
    assert state(it, number) == "Held Held: Why"


FAULTS = (
    ((line(9, said("accepted", 1)),), ["3042"]),
    ((line(None, said("accepted", 1), item="BX100 RED"),), ["ANS-02"]),
    ((line(None, said("accepted", 1), item="nobody's"),), ["ANS-02"]),
    ((line(None, said("accepted", 1)),), ["ANS-02"]),
    ((line(3, said("accepted", 1), item="BX100 RED"),), ["ANS-02"]),
    ((line(1, said("accepted", 4)),), ["ANS-03"]),
    ((line(1, said("accepted", -1)),), ["ANS-03"]),
    ((line(1, said("accepted"), said("held")),), ["ANS-03"]),
    ((line(1, said("backordered", 3, on=date(1999, 1, 1))), line(8, said("held"))), ["3042", "ACT-304"]),
    ((), ["ANS-01"]),
    ((line(1),), ["ANS-01"]),
)


@pytest.mark.parametrize(("lines", "found"), FAULTS)
def test_an_answer_is_taken_whole_or_not_at_all(lines: tuple[AnswerLine, ...], found: list[str]) -> None:
    it = world(TOTE, replace(TOTE, number=2), replace(KETTLE, number=3))
    outcome = it.answer(answer(*lines, status="lines"))
    assert (outcome.verdict, codes(outcome)) == (Verdict.REFUSED, found)
    assert {state(it, number) for number in (1, 2, 3)} == {"New Order"}


def test_another_vendors_order_and_an_unknown_one_get_the_same_words() -> None:
    it = world()
    outcome = it.answer(replace(answer(status="accepted"), order_number="NOPE"))
    assert codes(outcome) == ["3031"]
    assert outcome.missing is not None
    assert codes(it.answer(answer(status="accepted"), origin=replace(RETAILER, system=None, vendor="11"))) == ["3031"]


def test_what_is_wrong_whatever_the_order_is_comes_with_the_unknown_order_or_request() -> None:
    it = world()
    wrong = answer(line(1, said("accepted", -1), said("backordered", 1, on=date(1900, 1, 1))))
    outcome = it.answer(replace(wrong, order_number="NOPE"))
    assert (codes(outcome), outcome.missing) == (["3031", "ANS-03", "ACT-304"], None)
    assert codes(it.answer(replace(answer(status="changed"), order_number="NOPE"))) == ["3031", "ANS-01"]
    assert codes(it.answer(replace(wrong, request_id="C-9"))) == ["ACT-305", "ANS-03", "ACT-304"]


def test_the_same_answer_again_is_a_duplicate_and_another_counts() -> None:
    it = world()
    first = answer(line(1, said("backordered", 3)), vendor_order="SO-9")
    assert it.answer(first).verdict is Verdict.BOOKED
    before = len(it.history)
    assert it.answer(replace(first, extra={"note": "resent"})).verdict is Verdict.DUPLICATE
    assert len(it.history) == before
    later = it.answer(answer(line(1, said("accepted", 3)), line(2, said("accepted", 1))))
    assert later.verdict is Verdict.BOOKED
    assert [state(it, 1), state(it, 2)] == ["In Process", "In Process"]
    (kept,) = [change for change in later.changes if isinstance(change, AnswerTold)]
    assert (kept.order_id, kept.vendor) == (1, "257")


def test_a_held_line_that_is_still_backordered_has_its_new_date_told() -> None:
    it = world()
    it.answer(answer(line(1, said("backordered", 3))))
    it.answer(answer(line(1, said("backordered", 3, on=LATER))))
    assert (it.line(1).status, it.line(1).due_on) == (LineStatus.HELD, LATER)
    assert it.events()[-1] == "H21"


def test_what_was_cancelled_stays_so_and_the_vendor_is_told() -> None:
    it = world()
    it.ask(ChangeRequest(kind="cancel", order_number="AB10747", line=1))
    outcome = it.answer(answer(status="accepted"))
    assert (outcome.verdict, codes(outcome)) == (Verdict.BOOKED, ["ANS-04"])
    assert [state(it, 1), state(it, 2)] == ["Cancelled", "In Process"]


def test_a_line_that_was_not_sent_or_has_left_cannot_be_answered_otherwise() -> None:
    new = World()
    new.receive()
    assert codes(new.answer(answer(status="accepted"))) == ["ACT-303", "ACT-303"]


def asked(it: World, *kinds: str, quantity: int | None = None) -> None:
    for number, kind in enumerate(kinds, start=1):
        ship_to = replace(SOLD, address1="9 New Road") if kind == "address" else None
        of_line = 1 if kind == "cancel" else None
        it.ask(ChangeRequest(kind=kind, order_number="AB10747", line=of_line, ship_to=ship_to, request_id=f"R-{number}", quantity=quantity))


def requests(it: World) -> list[str]:
    return [str(request.state) for request in it.requests.values()]


def test_an_answer_to_the_order_leaves_what_the_retailer_has_asked_since() -> None:
    it = world(acknowledged=True)
    asked(it, "cancel")
    it.answer(answer(status="accepted", about="order"))
    assert requests(it) == ["pending"]
    assert it.line(1).status is LineStatus.IN_PROCESS


def test_an_answer_to_changes_accepts_or_declines_what_waits_on_its_lines() -> None:
    it = world(acknowledged=True)
    asked(it, "cancel")
    it.answer(answer(line(1, said("accepted", 3)), about="change"))
    assert requests(it) == ["accepted"]
    assert it.line(1).status is LineStatus.CANCELLED
    assert told(it) == [("CANCEL_ACCEPTED", 1)]


def test_a_refusal_declines_and_its_reason_stands_at_the_line() -> None:
    it = world(acknowledged=True)
    asked(it, "cancel")
    it.answer(answer(line(1, said("rejected", reason="Packed already")), about="change"))
    assert requests(it) == ["declined"]
    assert state(it) == "In Process Rejected: Packed already"
    assert told(it) == [("CANCEL_REJECTED", 1), ("NOTE", 1)]


def test_a_header_answers_all_that_waits_and_nothing_else() -> None:
    it = world(acknowledged=True)
    asked(it, "address")
    it.answer(answer(status="accepted", about="change"))
    assert requests(it) == ["accepted", "accepted"]
    assert it.ship_to[1].address1 == "9 New Road"


def test_a_request_id_says_what_is_meant() -> None:
    it = world(acknowledged=True)
    asked(it, "cancel", "address")
    it.answer(answer(line(1, said("rejected")), request_id="R-1"))
    states = {(request.kind.value, request.line_no): request.state for request in it.requests.values()}
    assert states["cancel", 1] is RequestState.DECLINED
    assert states["address", 1] is RequestState.PENDING


def test_the_same_words_answer_something_new() -> None:
    it = world(acknowledged=True)
    asked(it, "cancel")
    first = answer(line(1, said("rejected")), about="change")
    it.answer(first)
    it.ask(ChangeRequest(kind="cancel", order_number="AB10747", line=1, request_id="R-9"))
    assert it.answer(first).verdict is Verdict.BOOKED
    assert requests(it) == ["declined", "declined"]
    assert it.answer(first).verdict is Verdict.DUPLICATE


def test_a_request_is_accepted_or_rejected_and_nothing_between() -> None:
    it = world(acknowledged=True)
    asked(it, "cancel")
    outcome = it.answer(answer(line(1, said("backordered", 3)), about="change"))
    assert codes(outcome) == ["ANS-07"]
    assert requests(it) == ["pending"]


def test_a_change_that_nobody_asked_for_is_a_proposal() -> None:
    it = world(acknowledged=True)
    it.answer(answer(line(1, said("changed", 2, change="quantity", on=LATER)), about="change"))
    assert it.line(1).ordered == 3
    assert state(it) == "In Process 2 accepted, 1 short"
    assert it.line(1).due_on == LATER


def test_a_request_without_an_id_of_the_retailer_is_named_by_ours() -> None:
    it = world(acknowledged=True)
    it.ask(ChangeRequest(kind="cancel", order_number="AB10747", line=1))
    it.ask(ChangeRequest(kind="cancel", order_number="AB10747", line=2))
    it.answer(answer(status="rejected", request_id="GW-2"))
    assert requests(it) == ["pending", "declined"]


def test_an_id_that_nobody_gave_answers_nothing_and_the_number_of_the_order_is_none() -> None:
    it = world(acknowledged=True)
    asked(it, "address")
    assert codes(it.answer(answer(status="accepted", request_id="R-7"))) == ["ACT-305"]
    assert requests(it) == ["pending", "pending"]
    it.answer(answer(status="accepted", request_id="AB10747"))
    assert requests(it) == ["accepted", "accepted"]


@pytest.mark.parametrize("quantity", [None, 0, 1, 2])
def test_of_an_answer_to_a_request_the_words_count_and_not_the_quantities(quantity: int | None) -> None:
    it = world(acknowledged=True)
    asked(it, "cancel", quantity=1)
    outcome = it.answer(answer(line(1, said("accepted", quantity)), about="change"))
    assert (codes(outcome), requests(it)) == ([], ["accepted"])
    assert it.line(1).open == 2


def test_an_answer_that_comes_again_holds_no_line() -> None:
    it = world(acknowledged=True)
    asked(it, "cancel", "address")
    no = answer(status="rejected", request_id="R-1")
    it.answer(no)
    assert it.answer(no).verdict is Verdict.DUPLICATE
    it.answer(answer(status="accepted", request_id="R-2"))
    before = len(it.history)
    assert it.answer(no).verdict is Verdict.BOOKED
    assert len(it.history) == before
    assert codes(it.answer(answer(status="accepted", request_id="R-1"))) == ["ACT-305"]
    assert [state(it, 1), state(it, 2)] == ["In Process", "In Process"]


def test_what_waits_applies_when_an_answer_to_the_order_ends_a_hold_of_an_unsent_line() -> None:
    it = World()
    it.receive()
    it.maintain(Note(act=Upkeep.HOLD, line=1, reason="Checking"))
    it.ask(ChangeRequest(kind="cancel", order_number="AB10747", line=1, request_id="C-1"))
    it.answer(answer(line(1, said("accepted", 3))))
    assert requests(it) == ["applied"]
    assert it.line(1).status is LineStatus.CANCELLED
