"""CSV: dialects, rows with exact places, rows cut into documents, records of several kinds, and writing."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.documents import Invoice, InvoiceLine, LineUpdate, Shipment, ShipmentLine
from gateway.mapping import Mapping, Values, identify
from tests.house import House, found

UPDATES = """
    mapping: updates
    version: 1
    document: line_update
    format: csv
    fields:
      Order No:  order_number
      Line:      line
      Action:    action
      Reason:    reason
"""
SPLIT = """
    mapping: shipments
    version: 1
    document: shipment
    format: csv
    split: {by: [PO]}
    fields:
      PO:       order_number
      Via:      carrier
      '*':
        each: lines
        fields: {Line: number, Qty: quantity}
"""
KINDS = """
    mapping: kinds
    version: 1
    document: shipment
    format: csv
    options:
      kind: 1
      head: FH
      tail: FT
      layout: {H: [D], D: [S]}
      columns: {FH: type sender, H: type po via, D: type line qty, S: type serial, FT: type orders pieces}
    head: {FH/sender: envelope.sender}
    fields:
      po: order_number
      via: carrier
      D:
        each: lines
        fields:
          line: number
          qty: quantity
          H/po: {field: package, only: read}
          S/serial: {each: serials}
    tail:
      FT/orders: {count: documents}
      FT/pieces: {total: documents.lines.quantity}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def updates(house: House) -> Mapping:
    return house.mapping(UPDATES, "updates")


def with_options(text: str, options: str) -> str:
    return text.replace("format: csv\n", f"format: csv\n    options: {options}\n")


# --- rows and columns


def test_headings_are_found_in_any_order_case_and_spacing(house: House, updates: Mapping) -> None:
    readings = house.read(updates, "ACTION,order  no,LINE\nhold,a1,1\nnote,A2,2\n")
    assert [reading.document for reading in readings] == [
        LineUpdate(order_number="A1", line=1, action="hold"),
        LineUpdate(order_number="A2", line=2, action="note"),
    ]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("{delimiter: tab}", "Order No\tAction\nA1\thold\n"),
        ("{delimiter: ';'}", "Order No;Action\r\nA1;hold\r\n"),
        ("{delimiter: '|', quote: none}", "Order No|Action\nA1|hold\n"),
        ('{quote: "\'"}', "Order No,Action\n'A1','hold'\n"),
        ("{header: false, columns: [Order No, Action, Line, Reason]}", "A1,hold,,\n"),
        ("{header: false, columns: 'x y'}", None),
        ("{encoding: cp1252}", "Order No,Action\nA1,hold\n"),
    ],
)
def test_the_declared_dialect_is_read(house: House, options: str, text: str | None) -> None:
    if text is None:
        assert "is not among the columns" in house.problems(with_options(UPDATES, options), "updates")[0]
        return
    mapping = house.mapping(with_options(UPDATES, options), "updates")
    assert [reading.document for reading in house.read(mapping, text)] == [LineUpdate(order_number="A1", action="hold")]


def test_columns_are_also_addressed_by_number(house: House) -> None:
    mapping = house.mapping("document: line_update\nformat: csv\noptions: {header: false}\nfields: {1: order_number, 3: action}\n")
    assert house.read(mapping, "A1,x,hold\n")[0].document == LineUpdate(order_number="A1", action="hold")


def test_a_byte_order_mark_and_quoted_line_ends_and_delimiters_are_taken(house: House, updates: Mapping) -> None:
    (reading,) = house.read(updates, '\ufeffOrder No,Action,Reason\nA1,note,"one,\r\ntwo ""x"""\n')
    assert reading.document.reason == 'one,\r\ntwo "x"'


def test_blank_lines_are_passed_over_and_rows_are_counted_from_the_first_data_row(house: House, updates: Mapping) -> None:
    readings = house.read(updates, "Order No,Action\n\nA1,hold\n\nA2,bad\n")
    assert found(readings) == [("bad_form", "row 2, column Action", "action")]
    assert [reading.where for reading in readings] == ["row 1", "row 2"]


def test_every_bad_cell_is_told_with_row_column_field_value_and_rule(house: House, updates: Mapping) -> None:
    (reading,) = house.read(updates, "Order No,Line,Action\nA1,x,hold\n")
    (issue,) = reading.issues
    assert (issue.kind, issue.where, issue.field, issue.value) == ("not_number", "row 1, column Line", "line", "x")
    assert issue.text == "Line: 'x' is not a whole number"
    assert issue.rule == "updates v1 line 8"
    assert issue.key == "A1"


def test_a_row_of_another_width_is_refused_with_its_document_and_the_rest_is_taken(house: House, updates: Mapping) -> None:
    readings = house.read(updates, "Order No,Action\nA1\nA2,hold\nA3,hold,x\n")
    assert [reading.is_good for reading in readings] == [False, True, False]
    assert found(readings) == [("bad_form", "row 1", ""), ("bad_form", "row 3", "")]


def test_a_doubled_heading_needs_a_number(house: House, updates: Mapping) -> None:
    assert "stands twice" in house.read(updates, "Order No,Action,Action\nA1,hold,note\n")[0].issues[0].text
    mapping = house.mapping(UPDATES.replace("Action: ", "'Action[#2]':"), "updates")
    assert house.read(mapping, "Order No,Action,Action\nA1,hold,note\n")[0].document.action == "note"


def test_columns_that_no_rule_reads_are_told_once(house: House, updates: Mapping) -> None:
    readings = house.read(updates, "Order No,Action,Colour\nA1,hold,red\nA2,hold,blue\n")
    assert found(readings) == [("unread", "heading", "")]
    refusing = house.mapping(UPDATES + "    unread: refuse\n", "updates")
    assert not house.read(refusing, "Order No,Action,Colour\nA1,hold,red\n")[0].is_good


@pytest.mark.parametrize(
    ("mapping", "text", "sifted"),
    [
        (UPDATES, "Order No,Action\nA1,hold\n", "Order No,Action,problem\nA1,hold,new\n"),
        (UPDATES, "Order No,Action,problem\nA1,hold,old\n", "Order No,Action,problem\nA1,hold,new\n"),
        (UPDATES, "problem,Order No,problem,Action\nold,A1,old,hold\n", "Order No,Action,problem\nA1,hold,new\n"),
        (UPDATES, "Order No,Action,problem\nA1\n", "Order No,Action,problem\nA1,,new\n"),
        (UPDATES.replace("Reason:", "problem:"), "Order No,Action,problem\nA1,hold,mine\n", "Order No,Action,problem\nA1,hold,mine\n"),
    ],
)
def test_what_is_wrong_stands_in_one_column_however_often_a_file_comes_back(house: House, mapping: str, text: str, sifted: str) -> None:
    target = BytesIO()
    house.mapping(mapping, "updates").sift(lambda: BytesIO(text.encode()), {"row 1": "new"}, target)
    assert target.getvalue().decode() == sifted


def test_the_column_of_what_was_wrong_is_passed_over(house: House, updates: Mapping) -> None:
    text = "Order No,Action,problem\nA1,hold,old\n"
    assert found(house.read(updates, text)) == []
    assert found(house.read(updates, text.replace("problem", "Problems"))) == [("unread", "heading", "")]
    refusing = house.mapping(UPDATES + "    unread: refuse\n", "updates")
    assert found(house.read(refusing, text)) == [("unread", "heading", "")]
    keeping = house.mapping(UPDATES + "    unread: keep\n", "updates")
    assert house.read(keeping, text)[0].document.extra == {}
    reading = house.mapping(UPDATES.replace("Reason:", "problem:"), "updates")
    assert house.read(reading, text)[0].document.reason == "old"


def test_columns_that_no_rule_reads_may_be_kept_with_their_row(house: House) -> None:
    keeping = house.mapping(UPDATES + "    unread: keep\n", "updates")
    readings = house.read(keeping, "Order No,Action,Colour\nA1,hold,red\nA2,hold,\n")
    assert [reading.document.extra for reading in readings] == [{"Colour": "red"}, {}]
    rows = house.mapping(SPLIT + "    unread: keep\n", "shipments")
    (reading,) = house.read(rows, "PO,Via,Line,Qty,Colour\nA1,50,1,2,red\nA1,50,2,3,blue\n")
    assert [line.extra for line in reading.document.lines] == [{"Colour": "red"}, {"Colour": "blue"}]
    assert not reading.issues


def test_a_column_that_is_only_read_is_not_written(house: House) -> None:
    mapping = house.mapping(
        UPDATES.replace("Reason:    reason", "Reason: {field: reason, only: read}\n      Why: {field: reason, only: write}"), "updates"
    )
    text, _ = house.write(mapping, LineUpdate(order_number="A1", action="note", reason="r"))
    assert text == "Order No,Line,Action,Why\nA1,,note,r\n"


def test_the_number_of_the_record_is_a_value(house: House) -> None:
    mapping = house.mapping(
        """
        document: shipment
        format: csv
        options: {kind: 1, layout: {H: [D]}, columns: {H: type po, D: type qty}}
        fields:
          po: order_number
          D: {each: lines, set: {number: $record}, fields: {qty: quantity}}
        """
    )
    readings = house.read(mapping, "H,A\nD,1\nD,1\nH,B\nD,1\n")
    assert [[line.number for line in reading.document.lines] for reading in readings] == [[2, 3], [5]]


def test_a_missing_last_line_break_is_taken_with_a_warning(house: House, updates: Mapping) -> None:
    preflight = house.preflight(updates, "Order No,Action\nA1,hold\nA2,hold")
    assert preflight.is_go
    assert preflight.documents == 2
    assert [(issue.where, issue.severity.value) for issue in preflight.issues] == [("row 2", "warning")]


HOSTILE = [
    (b"", "the file is empty", ""),
    (b"\xef\xbb\xbf", "no heading", ""),
    (b"Order No,Action\nA1,\x00hold\n", "control character", "line 2"),
    (b"Order No,Action\nA1,h\x1bold\n", "control character", "line 2"),
    (b"Order No,Action\nA1,caf\xe9\n", "not utf-8", "line 2"),
    (b'Order No,Action\nA1,hold\nA2,"hold\nA3,hold\n', "record 3: a quote is opened and never closed", "line 3"),
    (b'Order No,Action\nA1,"ho"ld\n', "record 2: something stands behind a closing quote", "line 2"),
    (b"Order No,Action\nA1," + b"x" * 70_000 + b"\n", "longer than 64 KB", "line 2"),
    (b'Order No,Action\nA1,"' + b"x\n" * 40_000, "never closes", "line 2"),
    (b"x" * 3_000_000, "a line is longer than 1024 KB", "line 1"),
]


@pytest.mark.parametrize(("data", "says", "where"), HOSTILE)
def test_a_hostile_file_is_refused_with_its_row(house: House, updates: Mapping, data: bytes, says: str, where: str) -> None:
    preflight = house.preflight(updates, data)
    assert not preflight.is_go
    assert says in preflight.issues[0].text
    assert preflight.issues[0].where == where
    assert house.read(updates, data)[-1].document is None


def test_a_late_fault_leaves_the_rows_before_it(house: House, updates: Mapping) -> None:
    readings = house.read(updates, 'Order No,Action\nA1,hold\nA2,"hold\n')
    assert readings[0].document == LineUpdate(order_number="A1", action="hold")
    assert readings[1].issues[0].kind == "unreadable"


def test_line_ends_other_than_feed_and_return_do_not_end_a_row(house: House, updates: Mapping) -> None:
    (reading,) = house.read(updates, "Order No,Action,Reason\nA1,note,a\u2028b\x85c\n")
    assert reading.document.reason == "a\u2028b\x85c"


@given(st.text(st.sampled_from('AN1,hold"\n\r\t;é\x00 '), max_size=60))
def test_any_text_gives_readings_or_issues(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    mapping = FUZZED.get("updates")
    if mapping is None:
        mapping = FUZZED["updates"] = House(tmp_path_factory.mktemp("fuzz")).mapping(UPDATES, "updates")
    data = b"Order No,Action\n" + text.encode()
    for reading in mapping.read(BytesIO(data), Values()):
        assert reading.document is not None or reading.issues
    mapping.preflight(BytesIO(data), Values())


FUZZED: dict[str, Mapping] = {}


def test_a_file_fits_by_the_columns_of_mandatory_fields(house: House, updates: Mapping) -> None:
    good, bad = b"Action,Order No\n", b"Order No,Line\n"
    assert updates.fits(identify(good, "a.csv"), good) is None
    assert updates.fits(identify(bad, "a.csv"), bad) == "the heading has no column Action"
    assert updates.fits(identify(b"<a/>", "a.xml"), b"<a/>") is not None


@pytest.mark.parametrize(("sign", "told"), [(b";", "';'"), (b"\t", r"'\t'"), (b"|", "'|'")])
def test_a_file_with_another_delimiter_is_told_so(house: House, updates: Mapping, sign: bytes, told: str) -> None:
    other = sign.join((b"Action", b"Order No\n"))
    assert str(updates.fits(identify(other, "a.csv"), other)).endswith(f"; its columns seem to be parted by {told}")


# --- rows cut into documents


@pytest.fixture
def shipments(house: House) -> Mapping:
    return house.mapping(SPLIT, "shipments")


def test_rows_of_one_key_make_one_document(house: House, shipments: Mapping) -> None:
    readings = house.read(shipments, "PO,Via,Line,Qty\nA1,50,1,2\nA1,50,2,3\nB1,61,1,1\n")
    assert [reading.document for reading in readings] == [
        Shipment(order_number="A1", carrier="50", lines=(ShipmentLine(number=1, quantity=2), ShipmentLine(number=2, quantity=3))),
        Shipment(order_number="B1", carrier="61", lines=(ShipmentLine(number=1, quantity=1),)),
    ]
    assert [(reading.where, reading.rows) for reading in readings] == [("row 1", 2), ("row 3", 1)]


def test_rows_that_say_different_things_of_one_document_are_an_issue(house: House, shipments: Mapping) -> None:
    readings = house.read(shipments, "PO,Via,Line,Qty\nA1,50,1,2\nA1,61,2,3\n")
    assert found(readings) == [("differs", "row 2, column Via", "carrier")]
    assert readings[0].document is None


def test_rows_that_stand_apart_are_an_issue_joined_or_a_new_document(house: House, shipments: Mapping) -> None:
    text = "PO,Via,Line,Qty\nA1,50,1,2\nB1,50,1,1\nA1,50,2,3\n"
    assert [kind for kind, *_ in found(house.read(shipments, text))] == ["apart"]
    joined = house.mapping(SPLIT.replace("{by: [PO]}", "{by: [PO], apart: join}"), "shipments")
    assert [(one.key, len(one.document.lines)) for one in house.read(joined, text)] == [("A1", 2), ("B1", 1)]
    again = house.mapping(SPLIT.replace("{by: [PO]}", "{by: [PO], apart: again}"), "shipments")
    assert [one.key for one in house.read(again, text)] == ["A1", "B1", "A1"]


def test_a_broken_row_refuses_its_own_document_only(house: House, shipments: Mapping) -> None:
    readings = house.read(shipments, "PO,Via,Line,Qty\nA1,50,1,2\nA1,50\nB1,50,1,1\n")
    assert [(reading.key, reading.is_good) for reading in readings] == [("A1", False), ("B1", True)]


def test_without_keys_all_rows_are_one_document(house: House) -> None:
    mapping = house.mapping(SPLIT.replace("[PO]", "[]"), "shipments")
    (reading,) = house.read(mapping, "PO,Via,Line,Qty\nA1,50,1,2\nA1,50,2,3\n")
    assert len(reading.document.lines) == 2


def test_a_key_column_that_is_not_there_refuses_the_file(house: House, shipments: Mapping) -> None:
    assert "no column PO" in house.read(shipments, "Via,Line,Qty\n50,1,2\n")[0].issues[0].text


def test_columns_become_entries_of_a_list_by_what_they_set(house: House) -> None:
    mapping = house.mapping(
        """
        document: invoice
        format: csv
        set: {type: DR}
        fields:
          No: number
          Date: date
          Freight: {each: charges, field: amount, set: {kind: freight}}
          Discount: {each: charges, field: amount, set: {kind: discount, allowance: Y}}
          .:
            each: lines
            fields: {Qty: quantity, Cost: unit_cost}
        """
    )
    (reading,) = house.read(mapping, "No,Date,Freight,Discount,Qty,Cost\nI1,2022-06-22,4.50,,2,8.98\n")
    assert [(charge.kind, str(charge.amount)) for charge in reading.document.charges] == [("freight", "4.50")]
    assert house.write(mapping, reading.document)[0] == "No,Date,Freight,Discount,Qty,Cost\nI1,2022-06-22,4.50,,2,8.98\n"


# --- kinds


@pytest.fixture
def kinds(house: House) -> Mapping:
    return house.mapping(KINDS, "kinds")


TWO = "FH,ACME\nH,A1,50\nD,1,2\nS,X1\nS,X2\nD,2,1\nH,B1,61\nD,1,4\nFT,2,7\n"


def test_records_stand_under_their_kinds(house: House, kinds: Mapping) -> None:
    assert house.preflight(kinds, TWO).is_go
    first, second = house.read(kinds, TWO)
    assert first.document.lines[0] == ShipmentLine(number=1, quantity=2, package="A1", serials=("X1", "X2"))
    assert second.document.order_number == "B1"
    assert second.document.envelope.sender == "ACME"
    assert (second.where, second.rows) == ("record 7", 2)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("H,A1,50\nZ,1\nD,1,1\nH,B1,50\nD,1,1\n", "record 2"),
        ("H,A1,50\nS,1\nD,1,1\nH,B1,50\nD,1,1\n", "record 2"),
        ("H,A1\nD,1,1\nH,B1,50\nD,1,1\n", "record 1"),
        ("H,A1,50\nD,1\nH,B1,50\nD,1,1\n", "record 2"),
    ],
)
def test_an_unknown_misplaced_or_short_record_spoils_its_document(house: House, kinds: Mapping, text: str, where: str) -> None:
    readings = house.read(kinds, text)
    assert [reading.is_good for reading in readings] == [False, True]
    assert [place for _, place, _ in found(readings)] == [where]
    assert readings[0].key == "A1"


def test_a_record_before_any_document_is_refused_alone(house: House, kinds: Mapping) -> None:
    readings = house.read(kinds, "D,1,1\nH,B1,50\nD,1,1\n")
    assert [reading.is_good for reading in readings] == [False, True]


@pytest.mark.parametrize(("text", "kind"), [(TWO.replace("FT,2", "FT,3"), "count_differs"), (TWO.replace(",7\n", ",8\n"), "total_differs")])
def test_a_trailer_that_does_not_hold_refuses_the_file(house: House, kinds: Mapping, text: str, kind: str) -> None:
    assert [issue.kind for issue in house.preflight(kinds, text).issues] == [kind]


def test_a_total_over_values_that_cannot_be_read_is_not_compared(house: House, kinds: Mapping) -> None:
    assert house.preflight(kinds, TWO.replace("D,2,1", "D,2,x")).is_go


def test_records_are_written_in_the_order_of_the_layout(house: House, kinds: Mapping) -> None:
    documents = [reading.document for reading in house.read(kinds, TWO)]
    assert house.write(kinds, *documents)[0] == TWO


PIPES = """
    document: order
    format: csv
    options: {delimiter: "|", quote: none, kind: 1, head: [ORDERS], layout: {ORD: [DTM, FTX, NAD, LIN], LIN: [QTY, PRI]}}
    set: {brand: $partner.brand, system: $partner.system, location: $partner.location, vendor: $partner.vendor, carrier: $partner.carrier}
    fields:
      2: {field: [number, sales_order], as: split(/)}
      DTM/2: {field: entered_on, as: date(YYYYMMDD)}
      DTM/3: {field: due_on, as: date(YYYYMMDD)}
      DTM/4: {const: X}
      FTX[2=DEL]/3: shipping_instructions
      FTX[2=AAI|ZZZ]/3: {each: messages}
      NAD[2=DP]: {into: ship_to, fields: {3: company, 4: address1}}
      LIN:
        each: lines
        fields:
          2: number
          3: item
          QTY/2: quantity
          PRI[2=AAA]/3 | PRI[#1]/3: unit_cost
"""


def test_records_below_are_told_apart_by_what_they_show(house: House) -> None:
    mapping = house.mapping(PIPES)
    text = (
        "ORD|A1/S1\nDTM|20220620|20220630|X\nFTX|DEL|At noon\nFTX|AAI|one\nFTX|AAI|two\nNAD|DP|Byrd|Quay 1\n"
        "LIN|1|BX\nQTY|3\nPRI|AAA|8.98\nLIN|2|KT\nQTY|1\nPRI|AAA|2.05\n"
    )
    (reading,) = house.read(mapping, "ORDERS\n" + text.replace("FTX|AAI|two", "FTX|ZZZ|two").replace("PRI|AAA|2.05", "PRI|AAB|2.05"))
    order = reading.document
    assert reading.issues == ()
    assert (order.shipping_instructions, order.messages, order.ship_to.company) == ("At noon", ("one", "two"), "Byrd")
    assert [(line.item, line.quantity, str(line.unit_cost)) for line in order.lines] == [("BX", 3, "8.98"), ("KT", 1, "2.05")]
    assert house.write(mapping, order)[0] == text


def test_of_several_records_below_where_one_is_wanted_the_first_is_taken_with_a_warning(house: House) -> None:
    mapping = house.mapping(PIPES)
    text = "ORD|A1/S1\nDTM|20220620\nDTM|20220621\nNAD|DP|Byrd|Quay 1\nLIN|1|BX\nQTY|3\nPRI|AAB|8.98\nPRI|AAA|9.00\n"
    (reading,) = house.read(mapping, text)
    assert [(issue.kind, issue.is_error) for issue in reading.issues] == [("repeated", False)]
    assert (str(reading.document.entered_on), str(reading.document.lines[0].unit_cost)) == ("2022-06-20", "9.00")


def test_columns_of_records_that_no_rule_reads_are_told_once_kept_or_refused(house: House) -> None:
    text = KINDS.replace("type line qty", "type line qty colour").replace("S: type serial", "S: type serial note")
    data = "FH,ACME\nH,A1,50\nD,1,2,red\nS,X1,new\nD,2,1,blue\nFT,1,3\n"
    (told,) = house.read(house.mapping(text, "kinds"), data)
    assert [(issue.where, issue.text, issue.is_error) for issue in told.issues] == [
        ("record 3", "D/colour is read by no rule", False),
        ("record 4", "S/note is read by no rule", False),
    ]
    (kept,) = house.read(house.mapping(text + "    unread: keep\n", "kinds"), data)
    assert [line.extra for line in kept.document.lines] == [{"colour": "red", "S/note": "new"}, {"colour": "blue"}]
    (refused,) = house.read(house.mapping(text + "    unread: refuse\n", "kinds"), data)
    assert [issue.where for issue in refused.issues if issue.is_error] == ["record 3", "record 4", "record 5"]
    (ignored,) = house.read(house.mapping(text + "    unread: ignore\n", "kinds"), data)
    assert ignored.issues == ()


@pytest.mark.parametrize(
    ("address", "says"),
    [("NAT/3", "unknown kind 'NAT'"), ("NAD[party=DP]/3", "unknown column of NAD 'party'"), ("LIN/PRI/3", "LIN")],
)
def test_an_address_of_records_that_cannot_be_is_told(house: House, address: str, says: str) -> None:
    assert any(says in problem for problem in house.problems(PIPES.replace("DTM/3", address)))


def test_a_file_fits_by_its_first_record(kinds: Mapping) -> None:
    assert kinds.fits(identify(b"FH,A\n", "x.csv"), b"FH,A\n") is None
    assert kinds.fits(identify(b"Q,A\n", "x.csv"), b"Q,A\n") == "the first record is 'Q', not FH or H"


# --- writing


def test_rows_are_written_in_the_declared_dialect(house: House) -> None:
    mapping = house.mapping(with_options(UPDATES, "{bom: true, quote: all, line_end: crlf, delimiter: ';'}"), "updates")
    text, issues = house.write(mapping, LineUpdate(order_number="A1", line=1, action="note", reason='a "b"'))
    assert not issues
    assert text == '\ufeff"Order No";"Line";"Action";"Reason"\r\n"A1";"1";"note";"a ""b"""\r\n'


def test_a_character_that_the_encoding_lacks_is_an_issue(house: House) -> None:
    mapping = house.mapping(with_options(UPDATES, "{encoding: cp1252}"), "updates")
    _, issues = house.write(mapping, LineUpdate(order_number="A1", action="note", reason="日本"))
    assert [(issue.kind, issue.value) for issue in issues] == [("bad_character", "日本")]


def test_what_is_too_long_is_an_issue_or_cut_with_a_warning(house: House) -> None:
    document = LineUpdate(order_number="A1", action="note", reason="a long reason")
    refusing = house.mapping(UPDATES.replace("reason", "{field: reason, as: text(6)}"), "updates")
    assert [issue.kind for issue in house.write(refusing, document)[1]] == ["too_long"]
    cutting = house.mapping(UPDATES.replace("reason", "{field: reason, as: cut(6)}"), "updates")
    text, issues = house.write(cutting, document)
    assert "note,a long\n" in text
    assert [(issue.kind, issue.is_error) for issue in issues] == [("cut", False)]


def test_head_and_tail_records_stand_around_rows(house: House) -> None:
    mapping = house.mapping(
        """
        document: line_update
        format: csv
        options: {head: HD, tail: [TR]}
        head: {HD/2: envelope.sender}
        fields: {Order No: order_number, Action: action}
        tail: {TR/2: {count: documents}}
        """
    )
    text = "HD,OMS\nOrder No,Action\nA1,hold\nA2,hold\nTR,2\n"
    documents = [reading.document for reading in house.read(mapping, text)]
    assert [document.envelope.sender for document in documents] == ["OMS", "OMS"]
    assert house.write(mapping, *documents)[0] == text
    assert house.preflight(mapping, text).is_go
    assert not house.preflight(mapping, text.replace("TR,2", "TR,1")).is_go


def test_writing_an_invoice_and_reading_it_back_gives_the_same(house: House) -> None:
    mapping = house.mapping(
        """
        document: invoice
        format: csv
        options: {kind: 1, layout: {H: [D]}, columns: {H: type no date, D: type po qty cost}}
        set: {type: DR}
        fields:
          no: number
          date: {field: date, as: date(MM/DD/YYYY)}
          D: {each: lines, fields: {po: order_number, qty: quantity, cost: unit_cost}}
        """
    )
    line = InvoiceLine(order_number="A1", quantity=2, unit_cost="8.98")
    import datetime as dt
    from decimal import Decimal

    from msgspec.structs import replace

    document = Invoice(number="I1", type="DR", date=dt.date(2022, 6, 2), lines=(replace(line, unit_cost=Decimal("8.98")),))
    text, issues = house.write(mapping, document)
    assert not issues
    assert text == "H,I1,06/02/2022\nD,A1,2,8.98\n"
    assert house.read(mapping, text)[0].document == document
