"""Documents that could be read but for some fields: what is left of them, how it travels, and what the business may add."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from gateway.booking.besides import besides, placed
from gateway.documents import ChangeRequest, Document, Invoice, Order, Shipment, ShipmentLine, VendorAction
from gateway.domain.invoice_number import USED
from gateway.domain.outcome import Outcome, Verdict
from gateway.intake import rest
from gateway.intake.kept import Spooled
from gateway.kernel import Issue
from gateway.kernel.issues import Severity
from gateway.mapping import Library, Reading, Values

LIBRARY = Library(Path(__file__).parents[2] / "mappings")
ACTION = "request_id,action,po_number,po_line_number,batch_id,invoice_number,quantity,date,reason\n"
SHIPPED = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
CANCEL = '<SetDSCancel><message_header source="OMS"/><cancel po_no="NOPE" po_line_no="9" cancel_qty="{}" request_id="C-1"/></SetDSCancel>'
COST = (
    '<SetDSCostChange><message_header source="OMS"/><cost_change po_no="A1" po_line_no="9" po_unit_price="abc" request_id="C-1"/>'
    "</SetDSCostChange>"
)
ROW = Shipment(order_number="A1", carrier="77", lines=(ShipmentLine(number=2, quantity=0),))


def read(mapping: str, text: str) -> Reading:
    (reading,) = LIBRARY.get(mapping).read(io.BytesIO(text.encode()), Values())
    return reading


@pytest.mark.parametrize(
    ("mapping", "text", "draft"),
    [
        ("vendor-actions-csv", f"{ACTION}R1,due_date,A1,1,,,,2026-02-30,\n", VendorAction(action="due_date", order_number="A1", line=1)),
        ("vendor-actions-csv", f"{ACTION}R1,hold,A1,x,,,y,,late\n", VendorAction(action="hold", order_number="A1", reason="late")),
        ("vendor-actions-csv", f"{ACTION}R1,,A1,x,,,,,\n", VendorAction(action="", order_number="A1")),
        ("vendor-actions-csv", f"{ACTION}R1,hold,A1\n", None),
        ("shipments-csv", f"{SHIPPED}A1,2,0,77,,x,y,\n", ROW),
        ("shipments-csv", f"{SHIPPED}A1,2,x,77,,1,1,\n", replace(ROW, weight=Decimal(1), freight=Decimal(1))),
        ("setdscancel", CANCEL.format("x"), ChangeRequest(kind="cancel", order_number="NOPE", line=9)),
        ("setdscancel", CANCEL.format("1"), None),
        ("setdscostchange", COST, ChangeRequest(kind="cost", order_number="A1", line=9)),
    ],
)
def test_a_draft_is_the_document_with_nothing_in_place_of_its_wrong_fields(mapping: str, text: str, draft: Document | None) -> None:
    found = read(mapping, text)
    plain = found.draft and replace(found.draft, envelope=VendorAction(action="").envelope)
    if isinstance(plain, VendorAction | ChangeRequest):
        plain = replace(plain, request_id=None)
    assert plain == draft


@pytest.mark.parametrize("row", ["R1,request_batch,,,,,,,", "R1,request_batch,,,,,x,,", "R1,hold,,,,,,,late"])
def test_a_row_that_names_no_order_has_an_empty_key(row: str) -> None:
    assert not read("vendor-actions-csv", f"{ACTION}{row}\n").key


def test_drafts_travel_between_processes_and_stay_out_of_what_is_left_of_erased_files(tmp_path: Path) -> None:
    reading = read("vendor-actions-csv", f"{ACTION}R1,due_date,A1,1,,,,never,\n")
    assert reading.draft is not None
    kept = Spooled("vendor_action", tmp_path)
    kept.add(reading)
    assert list(kept) == [reading]
    body = io.BytesIO()
    rest.write(rest.Head("vendor-actions-csv", "vendor_action"), [reading], body, lambda _, document: document is None)
    assert len(msgspec.json.decode(body.getvalue().splitlines()[1])) == 7


NO_ROW = Reading(1, None)


def refused(*issues: Issue, verdict: Verdict = Verdict.REFUSED) -> Outcome:
    return Outcome(verdict=verdict, key="A1", issues=issues)


DATE = Issue("ACT-304", "is no date", field="on", kind="not_date")
LINE = Issue("3042", "is no number", field="line", kind="not_number")
REASON = Issue("ACT-302", "needs a reason", field="reason", kind="missing")


@pytest.mark.parametrize(
    ("told", "outcome", "codes"),
    [
        (DATE, refused(REASON), ["ACT-302"]),
        (DATE, refused(REASON, Issue("ACT-304", "needs a date", field="date", kind="missing")), ["ACT-302"]),
        (DATE, refused(Issue("ACT-303", "not possible", field="action")), ["ACT-303"]),
        (DATE, refused(replace(REASON, severity=Severity.WARNING), verdict=Verdict.BOOKED), []),
        (LINE, refused(Issue("ACT-303", "not possible", field="action")), []),
        (LINE, refused(Issue("3009", "nothing new")), []),
        (LINE, refused(Issue("3031", "not known", field="order_number")), ["3031"]),
        (DATE, refused(Issue("DSC-207", "was made before with other content", field="request_id"), verdict=Verdict.CONFLICT), []),
        (Issue("3034", "x", field="weight"), refused(Issue("3034", "y", field="weight"), Issue("3043", "z", field="quantity")), ["3043"]),
    ],
)
def test_only_what_the_missing_fields_cannot_have_brought_about_is_added(told: Issue, outcome: Outcome, codes: list[str]) -> None:
    assert [issue.code for issue in besides(replace(NO_ROW, issues=(told,)), outcome)] == codes


INVOICE = "HEADER,257,,DR,soon,,0,0,0,,0,0,0\nDETAIL,A1,1,x,8.98,0,0,0,\nDETAIL,A1,2,0,8.98,0,,0,\nDETAIL,A1,three,1,8.98,0,0,0,\n"


def test_holes_are_named_and_nothing_stands_in_them() -> None:
    found = read("invoices-csv", INVOICE)
    assert set(found.holes) == {"number", "date", "lines#1.quantity", "lines#2.handling", "lines#3.number"}
    assert isinstance(found.draft, Invoice)
    assert (found.draft.number, found.draft.date, found.draft.lines[0].quantity) == ("", date(1970, 1, 1), 0)


@pytest.mark.parametrize(
    ("issue", "is_told"),
    [
        (Issue("INV-07", "is long ago", field="date"), False),
        (Issue("INV-12", "no quantity", where="detail 1", field="quantity"), False),
        (Issue("INV-12", "no quantity", where="detail 2", field="quantity"), True),
        (Issue("INV-01", "too many", field="discount_days"), True),
    ],
)
def test_a_hole_in_one_entry_says_nothing_of_the_others(issue: Issue, is_told: bool) -> None:
    reading = replace(read("invoices-csv", INVOICE.replace("257,,", "257,RP-1,").replace("three", "3")), issues=())
    assert (besides(reading, refused(issue)) == [issue]) is is_told


def test_rows_under_a_broken_header_are_judged_as_those_of_the_vendor_of_the_connection() -> None:
    reading = read("invoices-csv", INVOICE.replace("257,,DR,soon,,0,0,0,,0,0,0", "257,RP-1,DR,soon"))
    assert reading.key == "RP-1"
    assert {"vendor", "number", "date", "freight"} <= set(reading.holes)
    assert [issue.code for issue in reading.issues] == ["INV-11", "INV-12", "INV-05", "INV-12"]
    used, unknown = Issue("INV-08", "used", field="number", kind=USED), Issue("INV-12", "no order", where="detail 2", field="order_number")
    outcome = refused(used, unknown, Issue("INV-07", "is long ago", field="date"))
    assert besides(reading, outcome) == []
    assert besides(reading, outcome, speaks_for="257") == [unknown]


def test_a_key_that_cannot_be_read_is_told_as_it_stands() -> None:
    assert read("shipments-csv", f"{SHIPPED}Aü1,2,1,77,,1,1,\n").key == "Aü1"
    assert not read("invoices-csv", INVOICE).key


def test_a_line_without_a_number_is_told_by_its_place() -> None:
    issue = Issue("DSO-122", "the item is missing", where="line -2", field="item", line=-2)
    assert [(it.where, it.line) for it in placed([issue], "record 3")] == [("record 3, entry 2", None)]


NAMED = [
    (Issue("DSO-102", "x", field="number"), "po_no"),
    (Issue("DSO-120", "x", field="number", where="line 2", line=2), "po_line_no"),
    (Issue("DSO-121", "x", field="quantity", where="record 1, entry 2"), "po_qty_ordered"),
    (Issue("DSO-106", "x", field="ship_to.address1"), "ship_to/address_line_1"),
    (Issue("DSO-106", "x", field="sold_to.address1"), "sold_to/address_line_1"),
    (Issue("DSO-105", "x", field="nothing_of_ours"), "nothing_of_ours"),
]


@pytest.mark.parametrize(("issue", "name"), NAMED)
def test_a_field_is_called_as_its_sender_calls_it(issue: Issue, name: str) -> None:
    assert LIBRARY.get("createdsorder").names.of(issue) == name


def test_the_rule_that_tells_an_issue_names_its_field() -> None:
    order = (Path(__file__).parents[2] / "samples/createdsorder.xml").read_text()
    found = read("createdsorder", order.replace("<po_line_no>1<", "<po_line_no>one<"))
    (issue,) = found.issues
    assert LIBRARY.get("createdsorder").names.of(issue) == "po_line_no"
    assert found.holes == ("lines#1.number",)
    assert isinstance(found.draft, Order)
    assert found.draft.lines[0].number == -1
