"""What senders really do: each oddity is answered with its letter, and its document taken or refused with words that name it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO

import pytest

from gateway.documents import Order
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
