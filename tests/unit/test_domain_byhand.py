"""Orders made by hand: what each stage allows, what approval asks for, what follows, as tables (sdf 10.7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.documents import Party
from gateway.documents.form import FormLine, FormReference, OrderForm
from gateway.domain.byhand import Decided, GoodsReceipt, HandAct, HandEvent, HandOrder
from gateway.domain.drafting import clone, draft, form_of, save
from gateway.domain.form import read_part
from gateway.domain.goods import Arrival, receive, withdraw
from gateway.domain.handover import approve, cancel, lapse, order_told, release
from gateway.domain.history import Event
from gateway.domain.order import LineStatus, OrderKey, OrderStatus, PurchaseOrder, Stage
from gateway.domain.origin import Origin, Source, Via
from gateway.domain.outcome import LinesChanged, NewOrder, RequestsChanged
from gateway.domain.privacy import MASK, masked
from gateway.domain.request import RequestState
from gateway.domain.workflow import StepState, batches_of, next_step, steps_of
from tests.business import AT, RED_PANDA, REFERENCE, TODAY

KIM = Origin(user="kim", via=Via.SCREEN)
KEY = OrderKey(id=1, org="1", number="M000001")
LINE = FormLine(number=1, item="BX100 RED", variant="red", quantity=3, unit_cost=Decimal("8.98"), carrier="50", lot="L1")
KETTLE = FormLine(number=2, item="KT200", quantity=1, unit_cost=Decimal("21.50"), carrier="50", serial="S1")
FORM = OrderForm(
    entered_on=TODAY,
    vendor="257",
    warehouse="100",
    brand="1",
    source="Phone",
    reference="R-1",
    purchase_order="B-9",
    requested_ship_on=date(2022, 7, 1),
    cancel_after=date(2022, 7, 15),
    ship_to=Party(company="Byrd", address1="1 Quay Road", city="London", postal_code="se1 9gf", country="GB"),
    lines=(LINE, KETTLE),
    references=(FormReference(name="container", value="C-77"),),
)
DRAFT = HandOrder(id=7, org="1", number="M000001", form=FORM)


def codes(decided: Decided) -> list[str]:
    return [issue.code for issue in decided.issues]


def approved(to: Stage = Stage.RELEASED, order: HandOrder = DRAFT) -> tuple[HandOrder, PurchaseOrder]:
    decided = approve(order, KEY, to=to, reference=REFERENCE, origin=KIM, at=AT)
    assert decided.outcome is not None, decided.issues
    (new,) = decided.outcome.changes
    assert isinstance(new, NewOrder)
    return decided.order, new.order


def at_stage(stage: Stage) -> tuple[HandOrder, PurchaseOrder | None]:
    match stage:
        case Stage.DRAFT:
            return DRAFT, None
        case Stage.CANCELLED:
            return replace(DRAFT, stage=Stage.CANCELLED), None
        case _:
            return approved(stage)


def does_save(stage: Stage, told: object) -> Decided:
    return save(at_stage(stage)[0], read_part(told)[0], reference=REFERENCE, today=TODAY, origin=KIM, at=AT)


def does_approve(stage: Stage) -> Decided:
    return approve(at_stage(stage)[0], KEY, to=Stage.RELEASED, reference=REFERENCE, origin=KIM, at=AT)


def does_release(stage: Stage) -> Decided:
    order, stored = at_stage(stage)
    return release(order, stored or approved()[1], origin=KIM, at=AT)


def does_cancel(stage: Stage) -> Decided:
    order, stored = at_stage(stage)
    return cancel(order, stored, reason="no need", ship_to=None, requests=[], reference=REFERENCE, origin=KIM, at=AT)


def does_receive(stage: Stage) -> Decided:
    order, stored = at_stage(stage)
    told = order_told(DRAFT, REFERENCE)[0] if stored else None
    return receive(order, told, Arrival(line=1, quantity=1), receipts=[], today=TODAY, origin=KIM, at=AT)


WHAT_EACH_STAGE_ALLOWS: list[tuple[str, Callable[[Stage], Decided], str]] = [
    # act, how, and whether draft, approved, released, cancelled allow it
    ("save a field", lambda stage: does_save(stage, {"source": "Fax"}), "yes no no no"),
    ("save a line", lambda stage: does_save(stage, {"lines": [{"number": 1, "quantity": 9}]}), "yes no no no"),
    ("renumber", lambda stage: does_save(stage, {"number": "P-9"}), "yes no no no"),
    ("save references", lambda stage: does_save(stage, {"references": {"pallet": "9"}}), "yes yes yes no"),
    ("save the day to cancel after", lambda stage: does_save(stage, {"cancel_after": "2022-08-01"}), "yes yes yes no"),
    ("approve", does_approve, "yes no no no"),
    ("release", does_release, "no yes no no"),
    ("cancel", does_cancel, "yes yes yes no"),
    ("receive goods", does_receive, "no yes yes no"),
]


@pytest.mark.parametrize(("act", "does", "allowed"), WHAT_EACH_STAGE_ALLOWS, ids=lambda it: it if isinstance(it, str) else "")
def test_what_each_stage_allows(act: str, does: Callable[[Stage], Decided], allowed: str) -> None:
    found = [does(stage) for stage in Stage if stage in (Stage.DRAFT, Stage.APPROVED, Stage.RELEASED, Stage.CANCELLED)]
    assert ["no" if it.is_refused else "yes" for it in found] == allowed.split()
    assert {code for it in found for code in codes(it)} <= {"MAN-04"}


def test_a_new_draft_has_its_day_and_its_entry() -> None:
    part, _ = read_part({"vendor": "257"})
    made = draft(part, number="M000001", org="1", reference=REFERENCE, today=TODAY, origin=KIM, at=AT)
    assert (made.order.stage, made.order.form.entered_on) == (Stage.DRAFT, TODAY)
    assert [(it.act, it.actor, it.action, it.note) for it in made.events] == [(HandAct.DRAFTED, "kim", "Draft Created", "")]


UNSAVABLE = [
    ({"vendor": "258"}, "MAN-09", "vendor 258 is not known; did you mean '257'?"),
    ({"vendor": "404"}, "MAN-09", "vendor 404 is inactive"),
    ({"warehouse": "999"}, "MAN-09", "warehouse 999 is not known"),
    ({"brand": "7"}, "MAN-09", "brand 7 is not known"),
    ({"system": "XYZ"}, "MAN-09", "system XYZ is not known"),
    ({"carrier": "77"}, "MAN-09", "carrier 77 is not known"),
    ({"lines": [{"number": 1, "carrier": "77"}]}, "MAN-09", "carrier 77 is not known"),
    ({"lines": [{"number": 2, "quantity": "2"}]}, "MAN-06", "a line with a serial number has a quantity of 1, found 2"),
    ({"lines": [{"item": "KT200", "serial": "S1"}]}, "MAN-07", "serial number S1 of item KT200 stands in line 2 already"),
    ({"number": "a b"}, "MAN-03", "number is 1 to 30 letters, digits and - _ . / without blanks"),
    ({"number": "../x"}, "MAN-03", "begins with a letter or a digit"),
    ({"lines": [{"number": 9, "remove": "true"}]}, "MAN-03", "there is no line 9 to take out"),
    ({"lines": [{"item": "A", "remove": True}]}, "MAN-03", "a line that is taken out is named by its number"),
]


@pytest.mark.parametrize(("told", "code", "words"), UNSAVABLE)
def test_what_cannot_be_is_not_even_saved(told: object, code: str, words: str) -> None:
    refused = does_save(Stage.DRAFT, told)
    assert codes(refused) == [code]
    assert words in refused.issues[0].text
    assert refused.order == DRAFT


def test_a_day_to_cancel_after_that_has_passed_is_told_and_saved() -> None:
    saved = does_save(Stage.DRAFT, {"cancel_after": "2022-01-31"})
    assert [(it.code, it.severity) for it in saved.issues] == [("MAN-16", "warning")]
    assert saved.order.form.cancel_after == date(2022, 1, 31)
    assert not does_save(Stage.DRAFT, {"cancel_after": TODAY.isoformat()}).issues


def test_what_is_saved_after_approval_is_not_called_a_draft() -> None:
    saved = does_save(Stage.APPROVED, {"references": {"pallet": "9"}})
    assert [f"{it.action}: {it.note}" for it in saved.events] == ["Order Saved: Changed: references"]


def test_the_history_names_what_was_changed_and_never_a_value() -> None:
    saved = does_save(
        Stage.DRAFT, {"source": "Fax", "ship_to": {"last_name": "Byrd"}, "lines": [{"number": 2, "lot": "L2"}], "number": "P-1"}
    )
    assert [f"{it.action}: {it.note}" for it in saved.events] == [
        "Draft Saved: Changed: source, ship_to, line 2",
        "Number Changed: Before M000001 - After P-1",
    ]
    assert not does_save(Stage.DRAFT, {"source": "Phone"}).events


LACKING = [
    ({"vendor": None}, ["DSO-101"], "vendor"),
    ({"warehouse": None}, ["DSO-101", "DSO-101"], "system warehouse"),
    ({"ship_to": None}, ["DSO-106"] * 5, "ship_to.address1 ship_to.city ship_to.postal_code ship_to.country ship_to.last_name"),
    ({"lines": ()}, ["DSO-130"], "lines"),
    ({"lines": (replace(LINE, quantity=None),)}, ["DSO-121"], "quantity"),
    ({"lines": (replace(LINE, item=None),)}, ["DSO-122"], "item"),
    ({"lines": (replace(LINE, carrier=None),)}, ["DSO-123"], "carrier"),
    ({"lines": (replace(LINE, unit_cost=None),)}, ["MAN-08"], "unit_cost"),
    ({"vendor": "404"}, ["MAN-09"], "vendor"),
    ({"vendor": "999"}, ["MAN-09"], "vendor"),
    ({"currency": "US"}, ["DSO-102"], "currency"),
]


@pytest.mark.parametrize(("values", "told", "fields"), LACKING)
def test_approval_tells_everything_that_is_missing(values: dict[str, object], told: list[str], fields: str) -> None:
    lacking = replace(DRAFT, form=replace(FORM, **values))
    refused = approve(lacking, KEY, to=Stage.RELEASED, reference=REFERENCE, origin=KIM, at=AT)
    assert codes(refused) == told
    assert [issue.field for issue in refused.issues] == fields.split()


def test_approval_refuses_a_number_that_an_order_has_taken_meanwhile() -> None:
    taken = replace(KEY, digest="d")
    assert codes(approve(DRAFT, taken, to=Stage.RELEASED, reference=REFERENCE, origin=KIM, at=AT)) == ["MAN-01"]


def test_an_approved_and_released_order_is_like_one_that_came_by_file() -> None:
    decided = approve(DRAFT, KEY, to=Stage.RELEASED, reference=REFERENCE, origin=KIM, at=AT)
    assert decided.outcome is not None
    (new,) = decided.outcome.changes
    assert isinstance(new, NewOrder)
    order, told = new.order, new.document
    assert (order.stage, order.status, order.number, order.system, order.location) == (
        Stage.RELEASED,
        OrderStatus.NEW,
        "M000001",
        "OMS",
        "100",
    )
    assert [(it.number, it.ordered, it.status, it.due_on, it.serial) for it in order.lines] == [
        (1, 3, LineStatus.NEW, date(2022, 7, 1), ""),
        (2, 1, LineStatus.NEW, date(2022, 7, 1), "S1"),
    ]
    assert (told.sales_order, told.warehouse, told.reference, told.source) == ("B-9", "100", "R-1", "Phone")
    assert (told.cancel_after, told.requested_ship_on, told.extra) == (date(2022, 7, 15), date(2022, 7, 1), {"purchase_order": "B-9"})
    assert told.ship_to.postal_code == "SE1 9GF"
    assert (told.lines[0].variant, told.lines[0].lot) == ("red", "L1")
    entries = [(it.event, it.line_no, it.quantity, it.status_after, it.actor, it.source) for it in decided.outcome.history]
    assert entries == [(Event.CREATED, n, quantity, LineStatus.NEW, "kim", Source.UI) for n, quantity in ((1, 3), (2, 1))]
    assert [it.act for it in decided.events] == [HandAct.APPROVED, HandAct.RELEASED]
    assert decided.order.form.ship_to is None  # the order holds it now


def test_the_pipeline_approves_first_and_its_vendor_sees_nothing_of_it() -> None:
    order, stored = approved(Stage.APPROVED)
    assert (stored.stage, stored.status, [it.status for it in stored.lines]) == (Stage.APPROVED, None, [None, None])
    decided = release(order, stored, origin=KIM, at=AT)
    assert decided.outcome is not None
    (change,) = decided.outcome.changes
    assert isinstance(change, LinesChanged)
    assert (change.order.stage, change.order.status) == (Stage.RELEASED, OrderStatus.NEW)
    assert [it.event for it in decided.outcome.history] == [Event.CREATED, Event.CREATED]


SYSTEMS = [
    ({}, "OMS"),  # of the warehouse
    ({"source": "CWD", "warehouse": "300"}, "CWD"),
    ({"system": "CWD", "source": "OMS", "warehouse": "300"}, "CWD"),
    ({"source": "Phone", "warehouse": "300"}, "CWD"),
]


@pytest.mark.parametrize(("values", "system"), SYSTEMS)
def test_the_originating_system_is_told_named_by_the_source_or_that_of_the_warehouse(values: dict[str, object], system: str) -> None:
    told, issues = order_told(replace(DRAFT, form=replace(FORM, **values)), REFERENCE)
    assert (told.system, issues) == (system, ())


def test_where_there_is_no_choice_nothing_has_to_be_told() -> None:
    reference = REFERENCE.with_vendor(replace(RED_PANDA, carriers=("50",)))
    form = replace(FORM, brand=None, purchase_order=None, lines=(replace(LINE, carrier=None),))
    told, issues = order_told(replace(DRAFT, form=form), reference)
    assert (told.brand, told.sales_order, told.lines[0].carrier, issues) == ("1", "M000001", "50", ())


def test_cancelling_a_draft_leaves_nothing_in_the_store() -> None:
    decided = does_cancel(Stage.DRAFT)
    assert (decided.order.stage, decided.outcome) == (Stage.CANCELLED, None)
    assert decided.events[0].note == "Cancelled: no need"


def test_cancelling_an_approved_order_cancels_its_lines() -> None:
    decided = does_cancel(Stage.APPROVED)
    assert decided.outcome is not None
    (change,) = decided.outcome.changes
    assert isinstance(change, LinesChanged)
    assert (change.order.stage, change.order.status, change.order.is_closed) == (Stage.CANCELLED, OrderStatus.CANCELLED, True)
    assert {(it.event, it.actor) for it in decided.outcome.history} == {(Event.CANCELLED, "kim")}


def test_cancelling_a_released_order_asks_the_vendor_about_what_is_under_way() -> None:
    order, stored = approved()
    (first, second) = stored.lines
    under_way = stored.with_lines([replace(second, status=LineStatus.IN_PROCESS, batch=74, printed=1)])
    decided = cancel(order, under_way, reason="no need", ship_to=None, requests=[], reference=REFERENCE, origin=KIM, at=AT)
    assert decided.outcome is not None
    assert [(it.event, it.line_no, it.actor) for it in decided.outcome.history] == [
        (Event.CANCELLED, first.number, "kim"),
        (Event.CANCEL_REQUESTED, second.number, "kim"),
    ]
    assert decided.events[0].note == "Vendor Asked to Cancel: no need"
    gone = stored.with_lines([replace(line, status=LineStatus.SHIPPED, shipped=line.ordered) for line in stored.lines])
    assert codes(cancel(order, gone, reason="x", ship_to=None, requests=[], reference=REFERENCE, origin=KIM, at=AT)) == ["DSC-203"] * 2


def test_after_its_day_what_is_still_new_ends_and_the_rest_goes_on() -> None:
    _, stored = approved()
    (first, second) = stored.lines
    under_way = stored.with_lines([replace(second, status=LineStatus.IN_PROCESS, batch=74, printed=1)])
    outcome = lapse(under_way, TODAY, requests=[], ship_to=None, reference=REFERENCE, at=AT)
    (changed,) = [it for it in outcome.changes if isinstance(it, LinesChanged)]
    assert [it.status for it in changed.order.lines] == [LineStatus.CANCELLED, LineStatus.IN_PROCESS]
    assert [it.number for it in changed.lines] == [first.number]
    assert [(it.event, it.actor, it.source) for it in outcome.history] == [(Event.CANCELLED, "Admin", Source.WS)]
    (asked,) = [it for it in outcome.changes if isinstance(it, RequestsChanged)]
    assert [(it.state, it.reason) for it in asked.requests] == [(RequestState.APPLIED, f"cancel after {TODAY}")]


def test_a_clone_is_a_draft_without_days_and_serial_numbers() -> None:
    made = clone(DRAFT, None, number="M000002", today=date(2022, 8, 1), origin=KIM, at=AT)
    form = made.order.form
    assert (made.order.number, made.order.stage, made.order.cloned_from) == ("M000002", Stage.DRAFT, "M000001")
    assert (form.entered_on, form.requested_ship_on, form.cancel_after) == (date(2022, 8, 1), None, None)
    assert [(it.item, it.quantity, it.lot, it.serial) for it in form.lines] == [("BX100 RED", 3, "L1", None), ("KT200", 1, None, None)]
    assert made.events[0].note == "Cloned from M000001"


def test_a_clone_of_what_was_erased_has_none_of_the_asterisks_and_is_not_approved() -> None:
    words = replace(FORM, sold_to=Party(company="Byrd"), messages=("Ring twice",), shipping_instructions="Beware of the dog")
    erased = replace(DRAFT, form=masked(words))
    assert MASK in str(erased.form)
    made = clone(erased, None, number="M000002", today=TODAY, origin=KIM, at=AT).order
    form = made.form
    assert (form.ship_to, form.sold_to, form.messages, form.shipping_instructions) == (None, None, (), None)
    assert (form.purchase_order, form.references, len(form.lines)) == ("B-9", FORM.references, 2)
    for order in (made, erased):
        refused = approve(replace(order, number="M000001"), KEY, to=Stage.RELEASED, reference=REFERENCE, origin=KIM, at=AT)
        assert set(codes(refused)) == {"DSO-106"}
        assert {issue.field for issue in refused.issues} >= {"ship_to.address1", "ship_to.city"}


def test_an_order_number_in_extra_is_not_masked() -> None:
    told, _ = order_told(DRAFT, REFERENCE)
    gone = masked(replace(told, extra={**told.extra, "colour of the door": "red"}))
    assert gone.extra == {"purchase_order": "B-9", "colour of the door": MASK}
    assert gone.sales_order == "B-9"


def test_a_stored_order_read_as_a_form_says_what_the_form_said() -> None:
    told, _ = order_told(DRAFT, REFERENCE)
    kept = OrderForm(references=FORM.references)
    assert form_of(told, kept) == replace(FORM, system="OMS")


ARRIVALS = [
    (Arrival(line=1, quantity=3, lot="L1"), []),
    (Arrival(line=2, quantity=1, serial="S1"), []),
    (Arrival(line=9, quantity=1), ["MAN-12"]),
    (Arrival(line=1, quantity=0), ["MAN-12"]),
    (Arrival(line=1, quantity=1, received_on=date(2022, 6, 23)), ["MAN-12"]),
    (Arrival(line=1, quantity=2, serial="S9"), ["MAN-06"]),
    (Arrival(line=1, quantity=4), ["MAN-13"]),
    (Arrival(line=1, quantity=1, lot="L2"), ["MAN-13"]),
    (Arrival(line=2, quantity=1, serial="S2"), ["MAN-13"]),
]


@pytest.mark.parametrize(("said", "told"), ARRIVALS)
def test_goods_are_held_against_their_line(said: Arrival, told: list[str]) -> None:
    order, _ = approved()
    decided = receive(order, order_told(DRAFT, REFERENCE)[0], said, receipts=[], today=TODAY, origin=KIM, at=AT)
    assert codes(decided) == told
    assert decided.is_refused == bool(set(told) - {"MAN-13"})
    assert len(decided.receipts) == (not decided.is_refused)


def test_a_piece_comes_in_once_until_its_receipt_is_withdrawn() -> None:
    order, _ = approved()
    told = order_told(DRAFT, REFERENCE)[0]
    first = GoodsReceipt(id=5, line=2, quantity=1, received_on=TODAY, at=AT, actor="kim", serial="S1")
    said = Arrival(line=2, quantity=1, serial="S1")
    assert codes(receive(order, told, said, receipts=[first], today=TODAY, origin=KIM, at=AT)) == ["MAN-14"]
    gone = withdraw(order, 5, reason="wrong order", receipts=[first], origin=KIM, at=AT)
    assert gone.events[0].note == "Receipt 5, line 2: 1: wrong order"
    assert not codes(receive(order, told, said, receipts=gone.receipts, today=TODAY, origin=KIM, at=AT))
    assert codes(withdraw(order, 5, reason="x", receipts=gone.receipts, origin=KIM, at=AT)) == ["MAN-14"]
    assert codes(withdraw(order, 6, reason="x", receipts=[], origin=KIM, at=AT)) == ["MAN-12"]


def test_the_steps_of_a_workflow_are_those_of_its_vendor_and_go_in_their_order() -> None:
    steps = steps_of(replace(RED_PANDA, workflow=("approve", "batch")))
    assert [(it.place, str(it.step), it.state) for it in steps] == [(1, "approve", StepState.WAITING), (2, "batch", StepState.WAITING)]
    assert next_step((steps[0].ended(StepState.DONE, "", at=AT), steps[1])) == steps[1]
    assert next_step([it.ended(StepState.DONE, "", at=AT) for it in steps]) is None
    assert steps_of(None) == steps_of(RED_PANDA) == ()


def test_an_order_is_in_its_batches_when_no_line_waits_for_one() -> None:
    _, stored = approved()
    (first, second) = stored.lines
    assert batches_of(approved(Stage.APPROVED)[1]) is None
    assert batches_of(stored) is None
    assert batches_of(stored.with_lines([replace(first, batch=4)])) is None
    assert batches_of(stored.with_lines([replace(first, batch=4), replace(second, batch=5)])) == (4, 5)
    gone = replace(second, status=LineStatus.CANCELLED, cancelled=1)
    assert batches_of(stored.with_lines([replace(first, batch=4), gone])) == (4,)


TEXTS = [
    (HandAct.DRAFTED, {}, "Draft Created", ""),
    (HandAct.CLONED, {"number": "M000001"}, "Draft Created", "Cloned from M000001"),
    (HandAct.SAVED, {"words": "vendor, line 1"}, "Draft Saved", "Changed: vendor, line 1"),
    (HandAct.CHANGED, {"words": "references"}, "Order Saved", "Changed: references"),
    (HandAct.RENUMBERED, {"before": "M000001", "after": "PO-1"}, "Number Changed", "Before M000001 - After PO-1"),
    (HandAct.APPROVED, {}, "Approved", ""),
    (HandAct.RELEASED, {"vendor": "257"}, "Released to Vendor", "Vendor 257"),
    (
        HandAct.STEP_ASKED,
        {"step": "batch", "words": "asked redpanda/orders for a batch"},
        "Workflow",
        "Step batch: asked redpanda/orders for a batch",
    ),
    (HandAct.STEP_DONE, {"step": "batch", "words": "in batch 7"}, "Workflow", "Step batch: in batch 7"),
    (
        HandAct.STEP_FAILED,
        {"step": "approve", "words": "the order has no lines"},
        "Workflow Stopped",
        "Step approve: the order has no lines",
    ),
    (HandAct.CANCELLED, {"words": "Cancelled", "reason": "no need"}, "Cancel", "Cancelled: no need"),
    (HandAct.RECEIVED, {"line": "1", "quantity": "3", "marks": ", lot L1"}, "Goods Received", "Line 1: 3, lot L1"),
    (
        HandAct.WITHDRAWN,
        {"receipt": "5", "line": "1", "quantity": "3", "reason": "counted twice"},
        "Receipt Withdrawn",
        "Receipt 5, line 1: 3: counted twice",
    ),
]


@pytest.mark.parametrize(("act", "parts", "action", "note"), TEXTS)
def test_the_texts_of_the_history_by_hand(act: HandAct, parts: dict[str, str], action: str, note: str) -> None:
    entry = HandEvent(act=act, at=AT, actor="kim", parts=parts)
    assert (entry.action, entry.note) == (action, note)


def test_every_act_by_hand_has_its_text() -> None:
    assert {act for act, *_ in TEXTS} == set(HandAct)
