"""A partner's file against our lines, and the ages of what is open: every finding once, nothing guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.documents import Order, OrderLine, ShipmentLine
from gateway.domain.formats import DateFormat
from gateway.domain.outcome import BatchState, InvoiceState
from gateway.kernel.errors import ConfigError
from gateway.kernel.issues import Issue
from gateway.mapping import Reading
from gateway.reports import aging, item_status_frame, reconcile, theirs
from gateway.store.queries import BatchRow, InvoiceRow, ItemStatus
from tests.business import ORDER, REFERENCE, a_detail, a_shipment, an_invoice
from tests.unit.test_reports import LINE

OTHER = replace(LINE, line=2, item="KT200", ordered=1, shipped=0, printed=0, status="New Order", unit_cost=Decimal("21.50"))
THIRD = replace(LINE, order_number="AB10748", line=1, ordered=5, due_on=None)


def against(
    tmp_path: Path, text: str, *ours: ItemStatus, columns: dict[str, str] | None = None, dates: DateFormat = DateFormat.ISO
) -> list[tuple[object, ...]]:
    path = tmp_path / "theirs.csv"
    path.write_text(text)
    found = reconcile.compare(theirs.from_csv(path, columns=columns or {}, dates=dates), item_status_frame(ours, REFERENCE))
    names = ["finding", "order_number", "line", "field", "theirs", "ours"]
    return [tuple(row) for row in found[names].itertuples(index=False)]


def test_what_agrees_is_not_told(tmp_path: Path) -> None:
    first = "PO,Line,Item,Qty,Unit Cost,Status,Due\nab10747,1,BX100 RED,3,8.980,in process,2022-06-28\n"
    text = first + "AB10747,2,KT200,1,21.5,New Order,2022-06-28\n"
    assert against(tmp_path, text, LINE, OTHER) == []


def test_every_difference_is_told_field_by_field(tmp_path: Path) -> None:
    text = "po_number,po_line_number,ordered,shipped,unit_cost\nAB10747,1,4,1,9.98\nAB10747,3,1,0,1.00\n"
    assert against(tmp_path, text, LINE, OTHER) == [
        ("differs", "AB10747", 1, "ordered", 4, 3),
        ("differs", "AB10747", 1, "unit_cost", Decimal("9.98"), Decimal("8.98")),
        ("only ours", "AB10747", 2, None, None, None),
        ("only theirs", "AB10747", 3, None, None, None),
    ]


def test_a_value_that_cannot_be_read_and_a_line_told_twice_are_told(tmp_path: Path) -> None:
    text = "PO,Line,Qty,Due\nAB10747,1,three,06/28/2022\nAB10747,2,1,\nAB10747,2,7,\n"
    assert against(tmp_path, text, LINE, OTHER) == [
        ("cannot be read", "AB10747", 1, "due_on", "06/28/2022", None),
        ("cannot be read", "AB10747", 1, "ordered", "three", None),
        ("twice in the file", "AB10747", 2, None, None, None),
    ]


def test_dates_are_read_as_a_person_says_and_never_guessed(tmp_path: Path) -> None:
    text = "PO;Line;Due\nAB10747;1;28.06.2022\n"
    assert against(tmp_path, text, LINE, dates=DateFormat.DOTTED) == []
    assert against(tmp_path, text.replace("28.06.2022", "05/06/2022"), LINE, dates=DateFormat.DAY_FIRST) == [
        ("differs", "AB10747", 1, "due_on", date(2022, 6, 5), date(2022, 6, 28))
    ]


def test_a_file_without_line_numbers_is_compared_by_item_and_one_without_items_by_order(tmp_path: Path) -> None:
    assert against(tmp_path, "PO,SKU,Qty\nAB10747,BX100 RED,3\nAB10747,KT200,2\n", LINE, OTHER) == [
        ("differs", "AB10747", None, "ordered", 2, 1)
    ]
    assert against(tmp_path, "PO,Qty\nAB10747,1\nAB10747,4\n", LINE, OTHER) == [("differs", "AB10747", None, "ordered", 5, 4)]


def test_columns_can_be_named_and_strange_ones_are_told(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text("Bestellung,Pos,Menge,Farbe\nAB10747,1,3,rot\n")
    found = theirs.from_csv(path, columns=theirs.read_columns(["Bestellung=order_number", "Pos=line", "Menge=ordered"]))
    assert (found.fields, found.ignored) == (("order_number", "line", "ordered"), ("Farbe",))


@pytest.mark.parametrize(
    ("text", "columns", "words"),
    [
        ("Line,Qty\n1,3\n", [], "no column says which order"),
        ("PO\nAB1\n", [], "nothing to compare"),
        ("PO,Qty,Quantity\nAB1,1,1\n", [], "several columns mean ordered"),
        ("PO,Qty\nAB1,1\n", ["Menge=ordered"], "Menge"),
        ("PO,Qty\nAB1,1\n", ["Qty=orderd"], "ordered"),
        ("PO,Qty\nAB1,1\n", ["Qty"], "THEIRS=OURS"),
        ("", [], "cannot be read as CSV"),
    ],
)
def test_what_a_file_lacks_is_told(tmp_path: Path, text: str, columns: list[str], words: str) -> None:
    path = tmp_path / "theirs.csv"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        theirs.from_csv(path, columns=theirs.read_columns(columns))


def test_documents_that_a_mapping_reads_become_lines(tmp_path: Path) -> None:
    def reading(place: int, document: object) -> Reading:
        return Reading(place=place, where="", key="", document=document)  # type: ignore[arg-type]

    found = theirs.from_documents(
        [reading(1, ORDER), Reading(place=2, where="", key="", document=None, issues=(Issue("MAP-1", "bad"),))], tmp_path
    )
    assert [(row["order_number"], row["line"], row["ordered"]) for row in found.frame.to_dict("records")] == [
        ("AB10747", 1, 3),
        ("AB10747", 2, 1),
    ]
    assert [(it.row, it.field) for it in found.unread] == [(2, "document")]
    sent = [reading(n, a_shipment(ShipmentLine(number=1, quantity=n))) for n in (1, 2)]
    assert theirs.from_documents(sent, tmp_path).frame.to_dict("records") == [
        {"order_number": "AB10747", "line": 1, "shipped": 3, "row": 1}
    ]
    billed = [reading(1, an_invoice(a_detail(1, 2, "8.98"), a_detail(2, 1, "21.50")))]
    assert list(theirs.from_documents(billed, tmp_path).frame["invoiced"]) == [2, 1]
    with pytest.raises(ConfigError, match="no order, shipment or invoice"):
        theirs.from_documents([], tmp_path)


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 9)), max_size=8),
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 9)), max_size=8),
)
def test_the_comparison_is_that_of_two_tables(mine: list[tuple[int, int]], said: list[tuple[int, int]]) -> None:
    ours, told = dict(mine), dict(said)
    if not told:
        return
    orders = [
        Order(
            number="A1",
            entered_on=date(2022, 1, 1),
            lines=(OrderLine(number=n, item="I", quantity=q, unit_cost=Decimal(1), carrier="50"),),
            **FILL,
        )
        for n, q in told.items()
        if q
    ]
    if not orders:
        return
    readings = [Reading(place=n, where="", key="", document=order) for n, order in enumerate(orders, 1)]
    frame = item_status_frame([replace(LINE, order_number="A1", line=n, ordered=q) for n, q in ours.items()], REFERENCE)
    their = theirs.from_documents(readings, Path("x"))
    only = theirs.Theirs(their.frame[["order_number", "line", "ordered", "row"]], ("order_number", "line", "ordered"))
    found = reconcile.compare(only, frame)
    kept = {n: q for n, q in told.items() if q}
    want = {("only theirs", n) for n in kept.keys() - ours.keys()} | {("only ours", n) for n in ours.keys() - kept.keys()}
    want |= {("differs", n) for n in kept.keys() & ours.keys() if kept[n] != ours[n]}
    assert {(row["finding"], int(row["line"])) for row in found.to_dict("records")} == want


FILL = {
    "system": "OMS",
    "vendor": "257",
    "sales_order": "S",
    "brand": "1",
    "location": "100",
    "ship_to": ORDER.ship_to,
    "sold_to": ORDER.sold_to,
}


def test_open_lines_stand_in_their_bucket_with_what_is_left() -> None:
    done = replace(LINE, shipped=3)
    frame = aging.lines_frame([LINE, OTHER, THIRD, done], REFERENCE, today=date(2022, 7, 5), since=aging.Since.DUE, bounds=(7, 14))
    assert [(row["order_number"], row["line"], row["age"], row["bucket"], row["open"]) for row in frame.to_dict("records")] == [
        ("AB10747", 1, 7, "to 7", 2),
        ("AB10747", 2, 7, "to 7", 1),
    ]
    frame = aging.lines_frame([LINE, OTHER, THIRD], REFERENCE, today=date(2022, 7, 5), since=aging.Since.ENTERED, bounds=(7, 14))
    assert list(frame["bucket"]) == ["over 14"] * 3
    told = aging.summary(frame, (7, 14)).to_dict("records")
    assert [(row["status"], row["to 7"], row["over 14"], row["count"], row["oldest"], row["amount"]) for row in told] == [
        ("In Process", 0, 2, 2, 15, Decimal("53.88")),
        ("New Order", 0, 1, 1, 15, Decimal("21.50")),
    ]


@pytest.mark.parametrize(
    ("age", "bucket"), [(-3, "to 7"), (0, "to 7"), (7, "to 7"), (8, "8 to 14"), (14, "8 to 14"), (15, "over 14"), (9999, "over 14")]
)
def test_the_borders_of_buckets(age: int, bucket: str) -> None:
    row = InvoiceRow(
        id=1,
        vendor="257",
        number="R1",
        dated_on=date(2022, 7, 5),
        state=InvoiceState.HELD,
        system="OMS",
        lines=1,
        out_of_balance=True,
        total=Decimal("1.00"),
        currency="USD",
        posted_at=None,
    )
    today = date.fromordinal(date(2022, 7, 5).toordinal() + age)
    assert list(aging.invoices_frame([row], REFERENCE, today=today, bounds=(7, 14))["bucket"]) == [bucket]


def test_a_batch_counts_from_its_day_in_the_zone_of_the_business() -> None:
    row = BatchRow(
        number=74,
        channel="redpanda/orders",
        vendor="257",
        state=BatchState.OPEN,
        orders=1,
        lines=2,
        quantity=4,
        made_at=datetime(2022, 7, 5, 3, tzinfo=UTC),
        acknowledged_at=None,
        replaces=None,
        item_id=None,
    )
    frame = aging.batches_frame([row], REFERENCE, today=date(2022, 7, 5), zone=ZoneInfo("America/New_York"), bounds=aging.USUAL)
    assert (frame.iloc[0]["since"], frame.iloc[0]["age"]) == (date(2022, 7, 4), 1)


def test_nothing_open_is_an_empty_report() -> None:
    frame = aging.lines_frame([], REFERENCE, today=date(2022, 7, 5), since=aging.Since.DUE, bounds=aging.USUAL)
    assert len(frame) == 0
    assert len(aging.summary(frame, aging.USUAL)) == 0


@pytest.mark.parametrize("text", ["", "7,", "7,7", "14,7", "a", "-1", "7,99999"])
def test_wrong_buckets_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^buckets: "):
        aging.read_bounds(text)


def test_a_row_whose_line_cannot_be_read_is_named_and_hides_nothing_of_the_others(tmp_path: Path) -> None:
    fourth = replace(THIRD, line=2, item="KT200", ordered=1)
    text = (
        "PO,Line,Item,Qty,Cost\n"
        "AB10747,1,BX100 RED,3,9.98\n"
        "AB10747,two,KT200,1,21.50\n"  # its item leaves one line
        "AB10748,1,BX100 RED,4,8.98\n"
        "AB10748,,,1,21.50\n"  # may be line 2
        ",1,BX100 RED,4,8.98\n"
        "NOPE,x,BX,1,1\n"
    )
    assert against(tmp_path, text, LINE, OTHER, THIRD, fourth) == [
        ("cannot be read", "AB10747", None, "line", "two", None),
        ("differs", "AB10747", 1, "unit_cost", Decimal("9.98"), Decimal("8.98")),
        ("cannot be read", "AB10748", None, "line", "", None),
        ("differs", "AB10748", 1, "ordered", 4, 5),
        ("only theirs", "NOPE", None, None, None, None),
        ("cannot be read", None, 1, "order_number", "", None),
    ]


def test_a_row_left_out_excuses_no_more_lines_than_it_can_be(tmp_path: Path) -> None:
    text = "PO,Line,Qty\nAB10747,x,1\nAB10748,1,5\n"
    assert against(tmp_path, text, LINE, OTHER, THIRD) == [
        ("cannot be read", "AB10747", None, "line", "x", None),
        ("only ours", "AB10747", 1, None, None, None),
        ("only ours", "AB10747", 2, None, None, None),
    ]


def test_a_row_is_not_placed_where_its_item_leaves_several_lines_or_one_that_is_named(tmp_path: Path) -> None:
    twin = replace(OTHER, line=3)
    text = "PO,Line,Item,Qty\nAB10747,1,BX100 RED,3\nAB10747,x,KT200,9\nAB10747,y,BX100 RED,9\n"
    assert [found[:4] for found in against(tmp_path, text, LINE, OTHER, twin)] == [
        ("cannot be read", "AB10747", None, "line"),
        ("cannot be read", "AB10747", None, "line"),
    ]
