"""What senders really do: each oddity is answered with its letter, and its document taken or refused with words that name it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest

from gateway.documents import Invoice, Order, Shipment
from gateway.formats.edi.findings import LENIENT
from gateway.formats.edi.layout import EdiLayout
from gateway.formats.edi.reading import read
from gateway.formats.edi.verdict import reports
from gateway.mapping import Library, Values
from tests.commands import ROOT
from tests.interchanges import edifact, message
from tests.kitsune import x12

LIBRARY = Library(ROOT / "mappings")
VALUES = Values(partner={"brand": "1", "system": "OMS", "location": "1", "carrier": "50", "vendor": "257"})
TO = ["REF*CO*W1", "N1*ST*Kim Example", "N3*221B Baker Street", "N4*London**SE1 9GF*GB"]
LINE = "PO1*1*2*EA*8.98**SK*BX100"
CALLED = ["BGM+220+D1+9", "DTM+137:20260622:102", "NAD+DP+++Kim+Road+London++SE1+GB", "LIN+1++A:IN", "QTY+21:1", "PRI+AAA:5"]


def x850(*body: str, day: str = "20260622", line: str = LINE, to: Sequence[str] = TO) -> bytes:
    return x12(("850", [f"BEG*00*DS*AB1**{day}", to[0], *body, *to[1:], line, "CTT*1"]), kind="PO").encode()


def orders(*more: str, rest: str = "", type_: str = "ORDERS:D:96A:UN") -> bytes:
    return edifact(message(body=[*CALLED, *more], type_=type_), rest=rest)


CASES: dict[str, tuple[str, bytes, str, str]] = {
    "six digits where eight are due": ("x12-850-004010", x850(day="260622"), "E", ""),
    "nine digits": ("x12-850-004010", x850(day="202606222"), "R", "BEG05: '202606222' is not a date"),
    "a date with dashes": ("x12-850-004010", x850(day="2023-08-11"), "R", "BEG05: '2023-08-11' is not a date"),
    "words in place of a date": ("x12-850-004010", x850("DTM*106*PO DATE"), "E", "'PO DATE' is not a date"),
    "a date that is not there": ("x12-850-004010", x850("DTM*106"), "R", "DTM02 (date) is missing"),
    "a quantity that is not there": ("x12-850-004010", x850(line="PO1*1**EA*8.98**SK*A"), "R", "PO102 is missing"),
    "a count that is off by one": ("x12-850-004010", x850().replace(b"SE*9*", b"SE*8*"), "R", "SE01 says 8, but 9 segments were found"),
    "an asterisk in a text": ("x12-850-004010", x850("N9*ZZ*GIFT", "MSG*Love * kisses"), "E", ""),
    "a terminator in a text": ("x12-850-004010", x850("N9*ZZ*GIFT", "MSG*Love ~ me"), "R", "SE01 says 11, but 12 segments were found"),
    "a text as long as it may be": ("x12-850-004010", x850("N9*L1*NOTE", "MSG*" + ("word " * 53)[:263]), "A", ""),
    "a tag in small letters": ("x12-850-004010", x850(to=[TO[0], "n1*ST*Kim", *TO[2:]]), "E", "N1[ST] is missing"),
    "a blank in a tag": ("x12-850-004010", x850(to=[TO[0], "N1 *ST*Kim", *TO[2:]]), "E", "N1[ST] is missing"),
    "ids in another order": ("x12-850-004010", x850(line="PO1*1*2*EA*8.98**UP*012345678905*VN*V1*SK*A"), "A", ""),
    "an order that is cancelled": ("x12-850-004010", x850().replace(b"BEG*00", b"BEG*01"), "A", "comes as 860"),
    "a group for invoices": ("x12-850-004010", x850().replace(b"GS*PO", b"GS*IN"), "E", ""),
    "an agency in the place of a name": (
        "edifact-orders",
        orders("UNS+S").replace(b"LIN+1", b"NAD+SU+4711+9'\nLIN+1").replace(b"UNT+9", b"UNT+10"),
        "E",
        "",
    ),
    "a long date in UNB": ("edifact-orders", orders("UNS+S").replace(b"260622:0815", b"20260622:0815"), "A", ""),
    "no closing segments": ("edifact-orders", orders(), "E", ""),
    "another application in UNB": ("edifact-orders", orders("UNS+S", rest="++ORDRSP"), "A", ""),
    "a count with UNB and UNZ": (
        "edifact-orders",
        orders("UNS+S").replace(b"UNT+9+", b"UNT+11+"),
        "R",
        "UNT01 says 11, but 9 segments were found",
    ),
    "a price for a hundred": ("edifact-orders", orders("UNS+S").replace(b"AAA:5", b"AAA:500:::100"), "A", ""),
    "a release between those that are named": ("edifact-orders", orders("UNS+S", type_="ORDERS:D:97B:UN"), "A", ""),
}


@pytest.mark.parametrize("name", CASES)
def test_what_senders_really_do_has_its_answer(name: str) -> None:
    layout, sent, letter, words = CASES[name]
    mapping = LIBRARY.get(layout)
    assert isinstance(mapping.layout, EdiLayout)
    grown = mapping.layout.grown
    (report,) = reports(read(BytesIO(sent)), lambda one: (grown(one, LENIENT), ())[1])
    (reading,) = mapping.read(BytesIO(sent), VALUES)
    told = [issue.text for issue in reading.issues if issue.is_error]
    assert [one.judged.value for one in report.sets] == [letter]
    assert (reading.document is None) is bool(words), told
    assert not words or any(words in text for text in told), told


def test_a_day_behind_the_price_is_that_of_the_line() -> None:
    (reading,) = LIBRARY.get("edifact-orders").read(BytesIO(orders("DTM+2:20260701:102", "UNS+S")), VALUES)
    assert isinstance(reading.document, Order)
    assert [line.due_on for line in reading.document.lines] == [date(2026, 7, 1)]


def test_a_line_without_a_number_is_numbered_and_told() -> None:
    sent = x850(line="PO1*1*2*EA*8.98**SK*BX100~\nPO1**1*EA*5**SK*BX200").replace(b"SE*9", b"SE*10")
    (reading,) = LIBRARY.get("x12-850-004010").read(BytesIO(sent), VALUES)
    assert isinstance(reading.document, Order)
    assert [line.number for line in reading.document.lines] == [1, 2]
    (told,) = [issue for issue in reading.issues if "PO101" in issue.text]
    assert told.text == "PO101 is missing; 2 is taken, as the place of the line in the document"
    assert not told.is_error
    assert told.where


def test_a_notice_of_two_orders_becomes_two_shipments() -> None:
    orders_ = [
        segment
        for at, order in enumerate(("AB1", "AB2"))
        for segment in (
            f"HL*{at * 2 + 2}*1*O",
            f"PRF*{order}",
            f"HL*{at * 2 + 3}*{at * 2 + 2}*I",
            f"LIN*{at + 1}*SK*BX{at + 1}",
            f"SN1**{at + 3}*EA",
        )
    ]
    body = ["BSN*00*S-1*20260624*1700", "HL*1**S", "TD5**2*50", "REF*CN*1Z1", "DTM*011*20260624", *orders_, "CTT*5"]
    readings = list(LIBRARY.get("x12-856-004010").read(BytesIO(x12(("856", body), kind="SH").encode()), VALUES))
    found = [reading.document for reading in readings if isinstance(reading.document, Shipment)]
    assert [(it.order_number, it.tracking, [(line.number, line.quantity) for line in it.lines]) for it in found] == [
        ("AB1", ("1Z1",), [(1, 3)]),
        ("AB2", ("1Z1",), [(2, 4)]),
    ]


def test_an_invoice_for_two_orders_keeps_the_order_of_each_line_and_points_where_none_are_written() -> None:
    lines = [f"IT1*1*1*EA*{cost}**SK*BX1~\nREF*PO*{order}" for order, cost in (("AB1", "8.98"), ("AB2", "5"))]
    body = ["BIG*20260630*INV-1", *lines, "TDS*1648", "SAC*C*D240***250", "CTT*2"]
    sent = x12(("810", body), kind="IN").replace("SE*8", "SE*10").encode()
    (reading,) = LIBRARY.get("x12-810-004010").read(BytesIO(sent), VALUES)
    assert isinstance(reading.document, Invoice), reading.issues
    assert [line.order_number for line in reading.document.lines] == ["AB1", "AB2"]
    assert (reading.document.total, reading.document.charges[0].amount) == (Decimal("16.48"), Decimal("2.50"))
