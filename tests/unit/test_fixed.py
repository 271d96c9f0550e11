"""Fixed width: places in characters, records of several kinds and of one, lengths, writing, and what goes back to the sender."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from gateway.documents import LineUpdate, Shipment, ShipmentLine
from gateway.mapping import Mapping, identify
from tests.house import House, found

KINDS = """
    mapping: kinds
    version: 1
    document: shipment
    format: fixed
    options:
      kind: 3-4
      head: FH
      tail: FT
      layout: {OH: [OL], OL: [OS]}
      length: {FH: 20, OH: 40, OL: 24, OS: 14, FT: 14}
      columns: {OH: {po: 5-16, via: 17-20}, OL: {line: 5-8, qty: 9-16}, OS: {serial: 5-14}}
    head: {FH/5-14: envelope.sender}
    fields:
      po: order_number
      via: carrier
      21-30: {field: shipped_on, as: date(DD.MM.YYYY)}
      31-40: {field: weight, as: pad(10 0) implied(3)}
      OL:
        each: lines
        fields:
          line: {field: number, as: pad(4 0) int}
          qty: {field: quantity, as: pad(8 0) whole(3)}
          17-24: lot
          OH/po: {field: package, only: read}
          OS/serial: {each: serials}
    tail:
      FT/5-8: {count: documents, as: pad(4 0) int}
      FT/9-14: {total: documents.lines.quantity, as: pad(6 0)}
"""
ROWS = """
    mapping: rows
    version: 1
    document: line_update
    format: fixed
    options: {length: 30, columns: {Order No: 1-10, line: 11-13}}
    fields:
      order no: order_number
      line: line
      14-17: action
      18-30: reason
"""
SPLIT = """
    mapping: split
    version: 1
    document: shipment
    format: fixed
    options: {columns: {po: 1-6, via: 7-9}}
    split: {by: [po]}
    fields:
      po: order_number
      via: carrier
      "*":
        each: lines
        fields: {10-12: number, 13-17: quantity}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def kinds(house: House) -> Mapping:
    return house.mapping(KINDS, "kinds")


@pytest.fixture
def rows(house: House) -> Mapping:
    return house.mapping(ROWS, "rows")


def lines(*records: tuple[str, int]) -> str:
    """Records filled up to their length."""
    return "".join(f"{text:<{length}}\n" for text, length in records)


HEAD, FIRST, SECOND = ("  FHACME", 20), ("01OHAB10747     DHL 22.06.20220000001500", 40), ("01OHAB10748     UPS ", 40)
TWO = lines(
    HEAD,
    FIRST,
    ("02OL000100002000LOT-1", 24),
    ("  OSS1", 14),
    ("  OSS2", 14),
    ("02OL000200001000", 24),
    SECOND,
    ("02OL000100004000", 24),
    ("  FT0002000007", 14),
)


# --- records of several kinds


def test_records_stand_under_their_kinds_and_cells_in_their_places(house: House, kinds: Mapping) -> None:
    assert house.preflight(kinds, TWO).is_go
    first, second = house.read(kinds, TWO)
    assert first.document.lines[0] == ShipmentLine(number=1, quantity=2, lot="LOT-1", package="AB10747", serials=("S1", "S2"))
    assert (first.document.carrier, str(first.document.shipped_on), str(first.document.weight)) == ("DHL", "2022-06-22", "1.500")
    assert (second.document.order_number, second.document.envelope.sender, second.where, second.rows) == ("AB10748", "ACME", "record 7", 2)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (("02XX0001", 24), "record 3"),
        (("  OSS1", 14), "record 3"),
        (("02OL000100002000", 23), "record 3"),
        (("02OL000100002000", 25), "record 3"),
        (("02", 2), "record 3"),
    ],
)
def test_an_unknown_misplaced_short_or_long_record_spoils_its_document(
    house: House, kinds: Mapping, wrong: tuple[str, int], where: str
) -> None:
    readings = house.read(kinds, lines(HEAD, FIRST, wrong, ("02OL000200001000", 24), SECOND, ("02OL000100004000", 24)))
    assert [reading.is_good for reading in readings] == [False, True]
    assert [place for _, place, _ in found(readings)] == [where]


def test_a_record_of_another_length_is_told_with_both_lengths(house: House, kinds: Mapping) -> None:
    (reading,) = house.read(kinds, lines(HEAD, ("01OHAB10747", 39)))
    assert [issue.text for issue in reading.issues] == ["OH has 39 characters, 40 are expected", "OL is missing"]


def test_a_trailer_that_does_not_hold_refuses_the_file(house: House, kinds: Mapping) -> None:
    assert [issue.kind for issue in house.preflight(kinds, TWO.replace("FT0002", "FT0003")).issues] == ["count_differs"]
    assert [issue.kind for issue in house.preflight(kinds, TWO.replace("000007", "000008")).issues] == ["total_differs"]


def test_records_are_written_in_the_order_of_the_layout_and_filled_with_blanks(house: House, kinds: Mapping) -> None:
    documents = [reading.document for reading in house.read(kinds, TWO)]
    text, issues = house.write(kinds, *documents)
    assert issues == ()
    assert text == TWO.replace("\n02", "\n  ").replace("\n01", "\n  ")


def test_a_file_fits_by_the_kind_of_its_first_record(kinds: Mapping) -> None:
    assert kinds.fits(identify(TWO.encode(), "x.dat"), TWO.encode()) is None
    assert identify(TWO.encode(), "x.dat").format == "fixed"
    assert kinds.fits(identify(b"  ZZ\n", "x.dat"), b"  ZZ\n") == "the first record is 'ZZ', not FH or OH"


def test_a_last_record_without_line_end_is_whole_when_its_length_is_known(house: House, kinds: Mapping) -> None:
    assert [issue.kind for issue in house.preflight(kinds, TWO.removesuffix("\n")).issues] == []
    unmeasured = house.mapping(KINDS.replace("length: {FH: 20, OH: 40, OL: 24, OS: 14, FT: 14}", "length: {FH: 20}"), "kinds")
    assert [issue.kind for issue in house.preflight(unmeasured, TWO.removesuffix("\n")).issues] == ["bad_form"]


def test_places_are_counted_in_characters_of_the_encoding(house: House) -> None:
    mapping = house.mapping(
        """
        document: line_update
        format: fixed
        options: {length: 12, encoding: cp1252, line_end: crlf}
        fields: {1-6: order_number, 7-10: action, 11-12: reason}
        """
    )
    data = "A1    noteÄÖ\r\nA2    note€\u00a0\r\n".encode("cp1252")
    readings = list(mapping.read(BytesIO(data), house.values))
    assert [reading.document.reason for reading in readings] == ["ÄÖ", "€"]
    target = BytesIO()
    assert mapping.write([reading.document for reading in readings], target, house.values) == ()
    assert target.getvalue() == "A1    noteÄÖ\r\nA2    note€ \r\n".encode("cp1252")


def test_a_replacement_character_does_not_shift_what_stands_behind_it(house: House, rows: Mapping) -> None:
    (reading,) = house.read(rows, lines(("A1        001noteB\ufffdger", 30)))
    assert reading.document == LineUpdate(order_number="A1", line=1, action="note", reason="B\ufffdger")


# --- rows of one kind


def test_rows_are_documents_by_names_and_places(house: House, rows: Mapping) -> None:
    text = lines(("A1          1hold", 30), ("A2        002noteCall first", 30))
    readings = house.read(rows, text)
    assert [reading.document for reading in readings] == [
        LineUpdate(order_number="A1", line=1, action="hold"),
        LineUpdate(order_number="A2", line=2, action="note", reason="Call first"),
    ]
    assert readings[1].where == "row 2"
    assert house.write(rows, *[reading.document for reading in readings])[0] == text.replace("A1          1", "A1        1  ").replace(
        "002", "2  "
    )


def test_a_row_of_another_length_is_refused_and_its_neighbours_are_taken(house: House, rows: Mapping) -> None:
    readings = house.read(rows, lines(("A1        001hold", 30), ("A2        001hold", 29), ("A3        00xhold", 30)))
    assert found(readings) == [("bad_form", "row 2", ""), ("not_number", "row 3, column line", "line")]
    assert readings[1].issues[0].text == "the row has 29 characters, 30 are expected"
    assert [reading.is_good for reading in readings] == [True, False, False]


def test_rows_of_one_key_make_one_document(house: House) -> None:
    mapping = house.mapping(SPLIT, "split")
    text = "AB1   50   1    2\nAB1   50   2    1\nAB2   61   1    4\n"
    documents = [reading.document for reading in house.read(mapping, text)]
    assert documents == [
        Shipment(order_number="AB1", carrier="50", lines=(ShipmentLine(number=1, quantity=2), ShipmentLine(number=2, quantity=1))),
        Shipment(order_number="AB2", carrier="61", lines=(ShipmentLine(number=1, quantity=4),)),
    ]
    assert [reading.document for reading in house.read(mapping, house.write(mapping, *documents)[0])] == documents


def test_a_file_of_rows_fits_by_its_length_or_by_what_must_stand_there(house: House, rows: Mapping) -> None:
    short = lines(("A1        001hold", 29)).encode()
    assert rows.fits(identify(short, "x"), short) == "the first row has 29 characters, 30 are expected"
    mapping = house.mapping(SPLIT, "split")
    assert mapping.fits(identify(b"      50 \n", "x"), b"      50 \n") == "the first row has nothing at po"
    assert mapping.fits(identify(b"AB1   50   1    2\n", "x"), b"AB1   50   1    2\n") is None


# --- writing what does not fit


def test_a_value_longer_than_its_place_is_an_issue(house: House, rows: Mapping) -> None:
    _, issues = house.write(rows, LineUpdate(order_number="A1", action="release", reason="r"))
    assert [(issue.kind, issue.where, issue.value) for issue in issues] == [("too_long", "record 1, 14-17", "release")]
    assert issues[0].text == "'release' has 7 characters, 14-17 takes 4"


def test_a_line_break_in_a_value_is_an_issue(house: House, rows: Mapping) -> None:
    _, issues = house.write(rows, LineUpdate(order_number="A1", action="note", reason="a\nb"))
    assert [issue.kind for issue in issues] == ["bad_character"]


def test_two_values_for_the_same_characters_are_an_issue(house: House) -> None:
    mapping = house.mapping(ROWS.replace("18-30: reason", "18-30: reason\n      16-18: extra.more"), "rows")
    update = LineUpdate(order_number="A1", action="note", extra={"more": "tex"})
    assert [issue.kind for issue in house.write(mapping, update)[1]] == ["differs"]


def test_more_entries_than_a_place_has_room_for_are_an_issue(house: House) -> None:
    mapping = house.mapping(
        KINDS.replace("      OL:\n", "      17-20: {each: tracking}\n      OL:\n").replace("      via: carrier\n", ""), "kinds"
    )
    shipment = Shipment(order_number="A1", tracking=("1Z1",), lines=(ShipmentLine(number=1, quantity=1),))
    assert house.write(mapping, shipment)[1] == ()
    _, issues = house.write(mapping, msgspec.structs.replace(shipment, tracking=("1Z1", "1Z2")))
    assert [issue.text for issue in issues] == ["17-20 has room for 1 of the 2 entries of tracking"]


def test_a_record_may_be_the_line_itself(house: House) -> None:
    mapping = house.mapping(
        """
        document: shipment
        format: fixed
        options: {kind: 1, layout: {S: []}, length: {S: 20}}
        fields:
          2-9: order_number
          .: {each: lines, fields: {10-12: number, 13-16: quantity}}
        """
    )
    text = "SA1      1  2       \nSA2      1  4       \n"
    documents = [reading.document for reading in house.read(mapping, text)]
    assert [document.lines for document in documents] == [(ShipmentLine(number=1, quantity=2),), (ShipmentLine(number=1, quantity=4),)]
    assert house.write(mapping, *documents)[0] == text


# --- what is wrong with a layout


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("{length: many}", "must be a number of characters"),
        ("{columns: {po: 9-3}}", "'9-3' is no place"),
        ("{columns: {po: first}}", "po: must be a place"),
        ("{columns: {po: 1-10, line: 10-12}}", "po (1-10) and line (10-12) share characters"),
        ("{length: 20, columns: {po: 1-21}}", "po (1-21) ends behind the record, which has 20 characters"),
        ("{columns: po line}", "must be a table of names and places"),
        ("{head: FH}", "say kind, where it stands, and layout"),
        ("{kind: first, layout: {H: [D]}}", "must be a place"),
        ("{kind: 1, layout: {H: [D]}, columns: {X: {a: 2-3}}}", "unknown kind 'X'"),
        ("{kind: 1, layout: {H: [D]}, length: {X: 20}}", "unknown kind 'X'"),
        ("{kind: 1, layout: {H: [D]}, columns: H}", "must be a table of kinds"),
    ],
)
def test_a_mistake_in_the_options_is_told(house: House, options: str, says: str) -> None:
    problems = house.problems(f"document: line_update\nformat: fixed\noptions: {options}\nfields: {{1-10: order_number, 11-14: action}}")
    assert any(says in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("prder no", "'prder no' is not among the columns Order No, line"),
        ("29-31", "'29-31' ends behind the record, which has 30 characters"),
        ("0-3", "'0-3' is no place"),
    ],
)
def test_an_address_that_cannot_be_is_told(house: House, address: str, says: str) -> None:
    problems = house.problems(ROWS.replace("18-30: reason", f"{address}: reason"), "rows")
    assert any(says in problem for problem in problems), problems


def test_a_key_that_is_no_column_is_told(house: House) -> None:
    assert any("split by 'order'" in problem for problem in house.problems(SPLIT.replace("by: [po]", "by: [order]"), "split"))


# --- what goes back to the sender


def test_refused_documents_go_back_with_all_of_their_records_unchanged(house: House) -> None:
    text = (
        KINDS.replace("      head: FH\n      tail: FT\n", "")
        .partition("    tail:\n")[0]
        .replace("    head: {FH/5-14: envelope.sender}\n", "")
    )
    mapping = house.mapping(text.replace("FH: 20, ", "").replace(", FT: 14", ""), "kinds")
    first = lines(FIRST, ("02OL000100002000LOT-1", 24))
    second = lines(SECOND, ("02OL00010000x000 unread", 24))
    target = BytesIO()
    assert mapping.can_sift
    mapping.sift(lambda: BytesIO((first + second).encode()), {"record 4": "wrong"}, target)
    assert target.getvalue().decode() == second


def test_refused_rows_go_back_unchanged(house: House, rows: Mapping) -> None:
    text = lines(("A1        001hold", 30), ("A2", 12), ("A3        00xhold", 30))
    target = BytesIO()
    rows.sift(lambda: BytesIO(text.encode()), {"row 2": "short", "row 3": "wrong"}, target)
    assert target.getvalue().decode() == text.partition("\n")[2]
