"""What is told of values: one that stands several times is one warning, a wrong one is named by the address that held it."""

from __future__ import annotations

from io import BytesIO

from gateway.documents import Order
from gateway.mapping import Library, Values
from tests.commands import ROOT
from tests.interchanges import edifact, message

BODY = ["BGM+220+D1+9", "DTM+137:20260622:102", "DTM+137:20260623:102", "DTM+137:20260624:102", "LIN+1++S-1:IN", "QTY+21:1", "UNS+S"]


def test_a_value_that_stands_three_times_is_told_once() -> None:
    sent = edifact(message(body=BODY, type_="ORDERS:D:96A:UN"))
    (reading,) = Library(ROOT / "mappings").get("edifact-orders").read(BytesIO(sent), Values())
    told = [issue.text for issue in reading.issues if issue.code == "MAP-30"]
    assert told == ["DTM[137] stands 3 times, the first is taken; behind it comes '20260623' (segment 4 DTM, element 01)"]


def test_a_wrong_value_is_told_by_the_address_that_held_it() -> None:
    sent = (ROOT / "samples/x12-856.edi").read_bytes().replace(b"DTM*011*20260624", b"DTM*011*2026X")
    found = list(Library(ROOT / "mappings").get("x12-856-004010").read(BytesIO(sent), Values(partner={"carrier": "50"})))
    told = {issue.text for reading in found for issue in reading.issues if issue.is_error}
    assert told == {"HL[S]/DTM[011]: '2026X' is not a date of the form YYYYMMDD or YYMMDD"}


def test_a_value_that_the_guide_refuses_and_a_rule_only_warns_of_is_told_once() -> None:
    sent = (ROOT / "samples/x12-855.edi").read_bytes().replace(b"EA*", b"EA*x", 1)
    reading, *_ = Library(ROOT / "mappings").get("x12-855-004010").read(BytesIO(sent), Values())
    told = [(issue.is_error, issue.text.partition(" ")[0]) for issue in reading.issues if issue.code == "MAP-15"]
    assert told == [(True, "PO104")]


def test_a_text_longer_than_a_message_may_be_goes_on_in_the_next_one() -> None:
    words = " ".join(["Please ring"] * 23)
    sent = (ROOT / "samples/x12-850.edi").read_bytes().replace(b"Happy birthday, Alex", words[:263].encode())
    library, values = Library(ROOT / "mappings"), Values(partner={"carrier": "50", "system": "OMS"})
    readings = list(library.get("x12-850-004010").read(BytesIO(sent), values))
    for reading in readings:
        assert isinstance(reading.document, Order)
        assert [len(text) for text in reading.document.gift_messages] == [251, 11]
        assert " ".join(reading.document.gift_messages) == words[:263]
    lines = [("word " * 14)[:70].rstrip() for _ in range(5)]
    told = edifact(
        message(body=["BGM+220+D1+9", "DTM+137:20260622:102", "FTX+AAI+++" + ":".join(lines), *BODY[4:]], type_="ORDERS:D:96A:UN")
    )
    (reading,) = library.get("edifact-orders").read(BytesIO(told), values)
    assert not [issue for issue in reading.issues if issue.field.startswith("messages")]


def test_an_element_that_guide_and_rule_miss_is_told_once_in_the_words_of_the_business_at_its_place() -> None:
    sent = (ROOT / "samples/x12-850.edi").read_bytes()
    broken = sent.replace(b"DS*AB10747*", b"DS**", 1).replace(b"PO1*1*2*", b"PO1*1**")
    reading, *_ = Library(ROOT / "mappings").get("x12-850-004010").read(BytesIO(broken), Values(partner={"carrier": "50"}))
    told = [(issue.code, issue.where.partition(", byte")[0]) for issue in reading.issues if issue.text.startswith(("BEG03", "PO102"))]
    assert sorted(told) == [("DSO-101", "set 0001, segment 2 BEG, element 03"), ("DSO-121", "set 0001, segment 24 PO1, element 02")]


def test_numbers_of_edifact_may_have_a_decimal_comma_whatever_una_says() -> None:
    def bill(comma: str) -> bytes:
        told = [
            "BGM+380+INV{n}+9",
            "DTM+137:20260622:102",
            "RFF+ON:AB1",
            "ALC+C++++FC",
            "MOA+8:2.5",
            "LIN+1",
            "QTY+47:3.0",
            "PRI+AAA:898:::100",
        ]
        sent = [[it.format(n=n).replace(".", comma) for it in (*told, f"MOA+203:{n}6.94", "UNS+S", f"MOA+77:{n}9.44")] for n in range(30)]
        return b"UNA:+,? '" + edifact(*(message(str(n), body, type_="INVOIC:D:96A:UN") for n, body in enumerate(sent, 1)))

    mapping = Library(ROOT / "mappings").get("edifact-invoic")
    commas, points = ([*mapping.read(BytesIO(bill(mark)), Values(partner={"vendor": "257"}))] for mark in (",", "."))
    assert [it.document for it in commas] == [it.document for it in points]
    assert [len(it.issues) for it in commas] == [len(it.issues) for it in points]
    assert (len(commas), [str(issue) for issue in commas[7].issues if issue.is_error]) == (30, [])
