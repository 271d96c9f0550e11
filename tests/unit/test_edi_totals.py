"""Closing totals: each way to count that senders have is right, anything else is told as the partner's strictness says."""

from __future__ import annotations

import pytest

from gateway.formats.edi.findings import LENIENT, Tolerance, Treat
from tests.edi_sets import edifact_message, findings, x12_set

ORDER = "BEG*00*DS*P**20260622\nPO1*1*2*EA\nPO1*2*1.5*EA\nCTT*{}"
NOTICE = """BSN*00*S-1*20260622*1200
    HL*1**S
    HL*2*1*O
    PRF*PO-77
    HL*3*2*I
    SN1**2*EA
    HL*4*3*P
    SN1**1*EA
    CTT*{}"""
STOCK = "BIA*00*SI*R-1*20260622\nLIN**VN*V-1\nQTY*33*12*EA\nLIN**VN*V-2\nQTY*33*4*EA\nCTT*{}"
MESSAGE = "BGM+220+P+9\nDTM+137:20260622:102\nLIN+1\nQTY+21:2\nQTY+59:12\nLIN+2\nQTY+21:1,5\nUNS+S\nCNT+{}"
RIGHT = [
    ("850", ORDER, "2"),
    ("850", ORDER, "000002*3.50"),
    ("856", NOTICE, "4"),
    ("856", NOTICE, "1"),
    ("856", NOTICE, "4*3"),
    ("856", NOTICE, "4*2"),
    ("846", STOCK, "2*16"),
]


@pytest.mark.parametrize(("kind", "body", "total"), RIGHT)
def test_every_usual_way_to_count_is_right(kind: str, body: str, total: str) -> None:
    assert not findings(x12_set(kind, body.format(total)))


WRONG = [
    ("850", ORDER, "3", "count_differs", "CTT says 3, there are 2 PO1"),
    ("850", ORDER, "2*9", "total_differs", "CTT says 9, there are 3.5 in all"),
    ("856", NOTICE, "3", "count_differs", "CTT says 3, there are 4 HL or 1 items"),
    ("846", STOCK, "1", "count_differs", "CTT says 1, there are 2 LIN"),
]


@pytest.mark.parametrize(("kind", "body", "total", "what", "text"), WRONG)
def test_a_total_that_counts_otherwise_is_told(kind: str, body: str, total: str, what: str, text: str) -> None:
    found = findings(x12_set(kind, body.format(total)))
    assert [(it.kind, it.text, it.is_error) for it in found] == [(what, text, False)]
    assert found[0].spot.tag == "CTT"


@pytest.mark.parametrize(("treat", "told"), [(Treat.REJECT, [True]), (Treat.WARN, [False]), (Treat.ACCEPT, [])])
def test_a_partner_decides_what_a_wrong_total_does(treat: Treat, told: list[bool]) -> None:
    assert [it.is_error for it in findings(x12_set("850", ORDER.format("3")), tolerance=Tolerance(totals=treat))] == told


@pytest.mark.parametrize("total", ["2:2", "1:3.5", "1:3,5", "7:99"])
def test_messages_count_lines_and_quantities(total: str) -> None:
    assert not findings(edifact_message("ORDERS", MESSAGE.format(total)))


@pytest.mark.parametrize(("total", "what"), [("2:3", "count_differs"), ("1:9", "total_differs")])
def test_a_message_that_counts_otherwise_is_told(total: str, what: str) -> None:
    assert [(it.kind, it.is_error) for it in findings(edifact_message("ORDERS", MESSAGE.format(total)), tolerance=LENIENT)] == [
        (what, False)
    ]
