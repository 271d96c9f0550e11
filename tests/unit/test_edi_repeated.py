"""A value that stands several times is one warning, which says how often and what comes behind the first."""

from __future__ import annotations

from io import BytesIO

from gateway.mapping import Library, Values
from tests.commands import ROOT
from tests.interchanges import edifact, message

BODY = ["BGM+220+D1+9", "DTM+137:20260622:102", "DTM+137:20260623:102", "DTM+137:20260624:102", "LIN+1++S-1:IN", "QTY+21:1", "UNS+S"]


def test_a_value_that_stands_three_times_is_told_once() -> None:
    sent = edifact(message(body=BODY, type_="ORDERS:D:96A:UN"))
    (reading,) = Library(ROOT / "mappings").get("edifact-orders").read(BytesIO(sent), Values())
    told = [issue.text for issue in reading.issues if issue.code == "MAP-30"]
    assert told == ["DTM[137] stands 3 times, the first is taken; behind it comes '20260623' (segment 4 DTM, element 01)"]
