"""What senders are told: entries, counts, status, header (sdf 2.5), and that every code has its meaning."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.documents import Envelope
from gateway.domain import entry, refused_file, result
from gateway.domain.outcome import Verdict
from gateway.kernel.codes import CODES
from gateway.kernel.issues import Issue
from tests.business import AT

HEADER = Envelope(sender="OMS", receiver="LOCATE", version="16.0", reference="M-1")
QUANTITY = Issue("DSO-121", "quantity must be a whole number of at least 1", where="line 2", field="quantity", line=2)

B, D, C, R, E = Verdict.BOOKED, Verdict.DUPLICATE, Verdict.CONFLICT, Verdict.REFUSED, Verdict.EARLY
FILES = [
    ([B, B], "ACCEPTED", (2, 2, 0, 0)),
    ([B, R], "PARTIAL", (2, 1, 0, 1)),
    ([B, C, D], "PARTIAL", (3, 1, 1, 1)),
    ([D], "ACCEPTED", (1, 0, 1, 0)),
    ([R, C], "REJECTED", (2, 0, 0, 2)),
    ([E], "ACCEPTED", (1, 0, 0, 0)),
    ([D, R], "PARTIAL", (2, 0, 1, 1)),
]


@pytest.mark.parametrize(("verdicts", "status", "counts"), FILES)
def test_the_answer_counts_what_became_of_the_file(verdicts: list[Verdict], status: str, counts: tuple[int, int, int, int]) -> None:
    entries = [entry(verdict, kind="order", key=str(place)) for place, verdict in enumerate(verdicts)]
    answer = result("CDSO_1.xml", entries, envelope=HEADER, at=AT, account="LOCATE")
    assert (answer.status, (answer.received, answer.created, answer.duplicate, answer.rejected)) == (status, counts)


def test_two_wrong_lines_of_one_document_count_once() -> None:
    entries = [entry(B, kind="shipment", key="A", row=1), *(entry(R, kind="shipment", key="B", row=2, line=line) for line in (1, 99))]
    answer = result("ship.json", entries, envelope=HEADER, at=AT, account="LOCATE")
    assert (answer.status, answer.received, answer.created, answer.rejected, len(answer.entries)) == ("PARTIAL", 2, 1, 1, 3)


def test_a_duplicate_with_the_word_of_the_first_answer_counts_as_a_duplicate_alone() -> None:
    entries = [
        entry(B, kind="change", key="A"),
        *(entry(Verdict.DUPLICATE, kind="change", key="A", result=word) for word in ("PENDING", "REJECTED")),
    ]
    answer = result("c.xml", entries, envelope=HEADER, at=AT, account="LOCATE", again={1, 2})
    assert (answer.received, answer.created, answer.duplicate, answer.rejected, answer.pending) == (3, 1, 2, 0, 0)
    assert (answer.status, [it.result for it in answer.entries]) == ("PARTIAL", ["APPLIED", "PENDING", "REJECTED"])


def test_a_field_that_place_and_text_name_stands_there_once() -> None:
    issue = Issue("INV-07", "date: '31.02.' is not a date", where="date, document 3, line 1")
    assert issue.sentence == "date, document 3, line 1: '31.02.' is not a date"
    inside = Issue("3042", "poLineNo: 'x' is not a whole number", where="lines[1]/poLineNo, document 1, line 1")
    assert inside.sentence == "lines[1]/poLineNo, document 1, line 1: 'x' is not a whole number"


@pytest.mark.parametrize(
    ("kind", "word"),
    [("order", "CREATED"), ("invoice", "CREATED"), ("shipment", "APPLIED"), ("batch_acknowledgement", "APPLIED")],
)
def test_what_brings_something_new_is_created_and_the_rest_is_applied(kind: str, word: str) -> None:
    assert entry(Verdict.BOOKED, kind=kind, key="1").result == word
    assert entry(Verdict.DUPLICATE, kind=kind, key="1").result == "DUPLICATE"


def test_the_header_of_the_answer_is_the_header_turned_round() -> None:
    answer = result("f", [], envelope=HEADER, at=AT, account="LOCATE").envelope
    assert (answer.sender, answer.receiver, answer.version, answer.sent_at) == ("LOCATE", "OMS", "16.0", AT)
    assert result("f", [], envelope=Envelope(), at=AT, account="LOCATE").envelope.sender == "LOCATE"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x" * 255, "x" * 255),
        ("x" * 256, "x" * 254 + "…"),
        ("many words " * 30, ("many words " * 23)[:-1] + "…"),
        (("a " * 128)[:-1] + "b", ("a " * 127)[:-1] + "…"),
    ],
)
def test_a_text_that_is_too_long_ends_at_a_word_with_an_ellipsis(text: str, told: str) -> None:
    (error,) = entry(R, kind="order", key="A", issues=[Issue("DSO-121", text)]).errors
    assert len(error.text) <= 255
    assert error.text == told


def test_an_entry_names_line_and_field_of_each_fault() -> None:
    told = entry(Verdict.REFUSED, kind="order", key="10748", issues=[QUANTITY], row=3, line=2, quantity=0)
    assert (told.result, told.key, told.row, told.line, told.quantity) == ("REJECTED", "10748", 3, 2, 0)
    [error] = told.errors
    assert (error.code, error.line, error.field, error.text) == ("DSO-121", 2, "quantity", "quantity must be a whole number of at least 1")


def test_a_fault_without_a_line_tells_its_place_in_words() -> None:
    [error] = entry(Verdict.REFUSED, kind="order", key="", issues=[Issue("INV-04", "x" * 300, where="detail 2")]).errors
    assert (error.text[:11], len(error.text)) == ("detail 2: x", 255)


def test_t25_a_file_whose_trailer_does_not_match_is_rejected_whole() -> None:
    fault = Issue("DSO-005", "the trailer says po_count 2, the file has 1")
    answer = refused_file("CDSO_1.xml", [fault], envelope=HEADER, at=AT, account="LOCATE")
    assert (answer.status, answer.created, [it.code for it in answer.entries[0].errors]) == ("REJECTED", 0, ["DSO-005"])


def test_every_code_the_rules_tell_is_in_the_table_of_codes() -> None:
    folder = Path(__file__).parents[2] / "gateway" / "domain"
    told = {code for file in folder.glob("*.py") for code in re.findall(r'"((?:DSO|INV|DSC|SHP)-\d+|3\d{3})"', file.read_text())}
    assert told
    assert told <= set(CODES)


def test_every_code_has_a_meaning_and_a_remedy() -> None:
    assert all(it.meaning and it.remedy for it in CODES.values())
    orders = {f"DSO-{number:03}" for number in (*range(1, 7), *range(101, 107), 110, 111, *range(120, 124), 130)}
    vendors = "3000 3001 3002 3003 3004 3005 3007 3008 3009 3020 3021 3031 3032 3033 3034 3035 3036 3037 3038 3042 3043 3044 3046 3050"
    assert orders | set(vendors.split()) | {f"INV-{number:02}" for number in range(1, 15)} <= set(CODES)
    assert {f"DSC-{number}" for number in range(201, 208)} <= set(CODES)
