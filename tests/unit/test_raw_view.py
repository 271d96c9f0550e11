"""A file as people look at it: its rows and parts, the place of an issue, and what of it is hidden."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from gateway.desk.hiding import HIDDEN, OPEN, Known, known_of, tells_of_persons
from gateway.desk.raw import RawPage, laid_out
from gateway.desk.syntax import rows, syntax_of
from gateway.kernel import Issue
from gateway.mapping import Library, Values

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
LIBRARY = Library(ROOT / "mappings")


def shown(sample: str, known: Known, *issues: Issue) -> RawPage:
    body = (SAMPLES / sample).read_bytes()
    syntax = syntax_of(body, sample)
    return laid_out(list(rows(BytesIO(body), syntax)), syntax, issues, known)


def text_of(page: RawPage) -> str:
    return "\n".join("".join(part.text for part in row.parts) for row in page.rows)


@pytest.mark.parametrize(
    ("sample", "format_"),
    [
        ("createdsorder.xml", "xml"),
        ("shipments.csv", "csv"),
        ("shipments.json", "json"),
        ("x12-850.edi", "x12"),
        ("edifact-orders.edi", "edifact"),
        ("wamas-order.txt", "fixed"),
    ],
)
def test_a_file_is_shown_whole_where_nothing_is_hidden(sample: str, format_: str) -> None:
    page = shown(sample, OPEN)
    assert (page.format, page.hides, page.elsewhere) == (format_, False, ())
    told = "".join(text_of(page).split())
    assert told == "".join((SAMPLES / sample).read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("sample", "mapping", "seen"),
    [
        ("createdsorder.xml", "createdsorder", ("po_no", "AB10747", "2022-06-20")),
        ("x12-850.edi", "x12-850-004010", ("BEG*00*DS*AB10747", "PO1*1*2*EA*8.98", "ISA*00*")),
        ("edifact-orders.edi", "edifact-orders", ("BGM+220+AB10747",)),
        ("ubl-order.xml", "ubl-order", ("<cbc:ID>UB-20011", '<?xml version="1.0" encoding="UTF-8"?>')),
        ("ediversa-order.txt", "ediversa-order", ("ORD|AB10747|220",)),
    ],
)
def test_nothing_of_a_person_is_seen_and_numbers_are(sample: str, mapping: str, seen: tuple[str, ...]) -> None:
    with (SAMPLES / sample).open("rb") as source:
        documents = [one.said for one in LIBRARY.get(mapping).read(source, Values(file={"name": sample}, message={"id": 0}))]
    known = known_of(document for document in documents if document is not None)
    text = text_of(shown(sample, known))
    assert known.personal
    assert [
        word for word in known.personal if len(word) > 3 and not word.isdigit() and word in text.lower() and word not in known.plain
    ] == []
    assert [word for word in seen if word.lower() not in text.lower()] == []
    assert HIDDEN in text


def test_what_no_layout_reads_is_hidden_but_short_words_and_amounts() -> None:
    page = shown("wamas-order.txt", Known())
    values = [part.text for row in page.rows for part in row.parts if part.look == "value"]
    assert HIDDEN in values
    assert [it for it in values if it != HIDDEN and len(it) > 14] == []


def test_a_short_name_in_a_file_that_nobody_can_read_does_not_show() -> None:
    body = b"<order><no>A1</no><unit>EA</unit><first_name>KIM</first_name><who>Zoe</who><first"
    syntax = syntax_of(body)
    text = text_of(laid_out(list(rows(BytesIO(body), syntax)), syntax, (), Known()))
    assert "<no>A1</no><unit>EA</unit>" in text
    assert "KIM" not in text
    assert "Zoe" not in text


def test_an_issue_stands_at_its_row_or_beside_the_file() -> None:
    issues = [Issue("3043", "no", where="row 1, column ship_qty", field="quantity"), Issue("DSO-001", "broken", where="")]
    page = shown("shipments.csv", OPEN, *issues)
    assert [row.number for row in page.rows if row.issues] == [2]
    assert [it.code for it in page.elsewhere] == ["DSO-001"]
    at_segment = Issue("EDI-02", "no", where="set 0001, segment 2 BEG, element 03, byte 182")
    page = shown("x12-850.edi", OPEN, at_segment)
    assert ["".join(it.text for it in row.parts)[:4] for row in page.rows if row.issues] == ["BEG*"]
    page = shown("createdsorder.xml", OPEN, Issue("DSO-121", "no", where="/CreateDSOrders/purchase_order[2], line 8"))
    assert [row.number for row in page.rows if row.issues] == [8]


def test_kinds_that_tell_of_persons_are_known_by_their_fields() -> None:
    assert {kind: tells_of_persons(kind) for kind in ("order", "change", "shipment", "inventory", "batch_acknowledgement")} == {
        "order": True,
        "change": True,
        "shipment": False,
        "inventory": False,
        "batch_acknowledgement": False,
    }
