"""One interchange for several mappings: each set by its own, numbered through; damage stays with the set, group or interchange it hit."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from gateway.intake.kept import Spooled
from gateway.mapping import Library, Mapping, OneOrSeveral, Reading, Several, Values
from tests.interchanges import group, isa, order, x12

SHIPMENTS = """\
mapping: shipments
version: 1
document: shipment
format: x12
options: {set: "856", version: "004010", hierarchy: S-O-I}
split: {rows: "HL[I]", by: ["HL[O]/PRF01"]}
unread: ignore
fields:
  BSN02: reference
  HL[O]/PRF01: order_number
  "*": {each: lines, fields: {LIN(SK): item, SN102: quantity}}
"""
INVOICES = """\
mapping: invoices
version: 1
document: invoice
format: x12
options: {set: "810", version: "004010"}
set: {type: DR}
unread: ignore
fields:
  BIG01: date
  BIG02: number
  BIG04: order_number
  IT1: {each: lines, fields: {IT101: number, IT102: quantity, IT104: unit_cost}}
"""
ANSWERS = """\
mapping: answers
version: 1
document: order_answer
format: x12
options: {set: "855", version: "004010"}
unread: ignore
lookups: {states: {AT: accepted, RJ: rejected}}
fields:
  BAK02: {field: status, lookup: states}
  BAK03: order_number
"""


def shipment(control: str, *orders: str, **trailer: str) -> list[str]:
    """A ship notice with a piece of one item for each order."""
    body = ["BSN*00*SHIP-1*20260624*1700", "HL*1**S"]
    number = 1
    for name in orders:
        number += 2
        body += [f"HL*{number - 1}*1*O", f"PRF*{name}", f"HL*{number}*{number - 1}*I", "LIN**SK*S-1", "SN1**1*EA"]
    return order(control, [*body, f"CTT*{number}"], type_="856", **trailer)


def invoice(control: str, number: str) -> list[str]:
    """An invoice of one line."""
    return order(control, [f"BIG*20260630*{number}**AB1", "IT1*1*2*EA*8.98", "TDS*1796", "CTT*1"], type_="810")


def answer(control: str, number: str) -> list[str]:
    """An order that is accepted as it is."""
    return order(control, [f"BAK*00*AT*{number}*20260622"], type_="855")


def stock(control: str) -> list[str]:
    """A set that no mapping is for."""
    return order(control, ["BIA*00*SI*S-1*20260630", "LIN**SK*S-1", "QTY*33*1", "CTT*1"], type_="846")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("several") / "mappings"
    folder.mkdir()
    for name, text in (("shipments", SHIPMENTS), ("invoices", INVOICES), ("answers", ANSWERS)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Library(folder)


@pytest.fixture(scope="module")
def several(library: Library) -> Several:
    return Several([library.get(name) for name in ("answers", "shipments", "invoices")])


def all_of(mapping: OneOrSeveral, sent: bytes) -> list[Reading]:
    return list(mapping.read(BytesIO(sent), Values()))


def told(readings: list[Reading]) -> list[tuple[str, str, list[str]]]:
    """Kind, key and what refuses each document."""
    return [(one.kind, one.key, [issue.kind for issue in one.issues if issue.is_error]) for one in readings]


MIXED = x12(
    group(answer("0001", "AB1"), kind="PR"),
    group(shipment("0001", "AB1", "AB2"), control="8", kind="SH"),
    group(invoice("0001", "INV-1"), invoice("0002", "INV-2"), control="9", kind="IN"),
)


def test_each_set_goes_to_its_mapping_and_places_are_numbered_through(several: Several) -> None:
    readings = all_of(several, MIXED)
    assert [(one.place, one.kind, one.key) for one in readings] == [
        (1, "order_answer", "AB1"),
        (2, "shipment", "AB1"),
        (3, "shipment", "AB2"),
        (4, "invoice", "INV-1"),
        (5, "invoice", "INV-2"),
    ]
    assert all(one.is_good for one in readings)
    assert several.kinds == {"order_answer", "shipment", "invoice"}
    assert several.document == ""


def test_only_the_mappings_that_are_needed_read_the_file(several: Several) -> None:
    only = several.used(BytesIO(x12(group(invoice("0001", "INV-1"), kind="IN"))), Values())
    assert isinstance(only, Mapping)
    assert only.name == "invoices"
    both = several.used(BytesIO(x12(group(shipment("0001", "AB1"), invoice("0002", "INV-1"), kind="SH"))), Values())
    assert isinstance(both, Several)
    assert both.name == "shipments+invoices"
    assert several.used(BytesIO(x12(group(stock("0001"), kind="IB"))), Values()) is None


def test_a_set_of_no_mapping_is_refused_and_its_neighbours_pass(several: Several) -> None:
    readings = all_of(several, x12(group(stock("0001"), kind="IB"), group(invoice("0001", "INV-1"), control="8", kind="IN")))
    assert [(one.is_good, [issue.kind for issue in one.issues if issue.is_error]) for one in readings] == [
        (False, ["unknown_document"]),
        (True, []),
    ]
    (issue,) = readings[0].issues
    assert issue.text == "the set is 846; the layouts here read 855, 856, 810"
    assert issue.where.startswith("set 0001")


def test_another_release_is_named(several: Several) -> None:
    (reading,) = all_of(several, x12(group(invoice("0001", "INV-1"), kind="IN", version="003060")))
    assert reading.issues[0].text == "the set is 810 in release 003060; the layouts here read it in 004010"
    assert reading.kind == "unknown"


def test_a_damaged_set_alone_is_refused(several: Several) -> None:
    sent = x12(
        group(invoice("0001", "INV-1"), order("0002", ["BIG*20260630*INV-2"], type_="810", count="9"), invoice("0003", "INV-3"), kind="IN")
    )
    readings = all_of(several, sent)
    assert [one.is_good for one in readings] == [True, False, True]
    assert "count_differs" in told(readings)[1][2]
    assert all(issue.where.startswith("set 0002") for issue in readings[1].issues)


def test_what_is_wrong_with_a_set_refuses_every_document_that_is_cut_from_it(several: Several) -> None:
    sent = x12(group(shipment("0001", "AB1", "AB2", count="99"), shipment("0002", "AB3"), kind="SH"))
    assert told(all_of(several, sent)) == [
        ("shipment", "AB1", ["count_differs"]),
        ("shipment", "AB2", ["count_differs"]),
        ("shipment", "AB3", []),
    ]


def test_remarks_about_a_set_are_told_once(several: Several) -> None:
    sent = x12(group(shipment("0001", "AB1", "AB2"), kind="SH")).replace(b"CTT*5", b"CTT*77")
    assert [[issue.kind for issue in one.issues] for one in all_of(several, sent)] == [["count_differs"], []]


def test_a_ship_notice_without_items_is_refused_not_passed_over(several: Several) -> None:
    sent = x12(group(shipment("0001"), shipment("0002", "AB1"), kind="SH"))
    assert told(all_of(several, sent)) == [("shipment", "", ["empty"]), ("shipment", "AB1", [])]


def test_a_damaged_group_refuses_its_sets_only(several: Several) -> None:
    sent = x12(group(invoice("0001", "INV-1"), kind="IN", closes="99"), group(invoice("0001", "INV-2"), control="8", kind="IN"))
    assert told(all_of(several, sent)) == [("invoice", "INV-1", ["control_differs"]), ("invoice", "INV-2", [])]
    assert not several.read_once(BytesIO(sent), Values(), lambda reading: None)


def test_a_damaged_interchange_refuses_its_sets_only(several: Several) -> None:
    first = x12(group(invoice("0001", "INV-1"), kind="IN"), closes="000000099")
    second = x12(group(invoice("0001", "INV-2"), kind="IN"), head=isa("000000002"))
    assert told(all_of(several, first + second)) == [("invoice", "INV-1", ["control_differs"]), ("invoice", "INV-2", [])]


def test_acknowledgements_are_no_documents(several: Several) -> None:
    answer_ = order("0001", ["AK1*PO*74", "AK9*A*1*1*1"], type_="997")
    sent = x12(group(answer_, kind="FA"), group(invoice("0001", "INV-1"), control="8", kind="IN"))
    assert told(all_of(several, sent)) == [("invoice", "INV-1", [])]


def test_preflight_counts_the_sets_and_refuses_nothing_for_one_of_them(several: Several) -> None:
    sent = x12(group(stock("0001"), invoice("0002", "INV-1"), kind="IN"))
    preflight = several.preflight(BytesIO(sent), Values())
    assert preflight.is_go
    assert preflight.documents == 2
    assert not several.preflight(BytesIO(b"no interchange"), Values()).is_go


def test_one_pass_keeps_the_same_documents_as_reading(several: Several) -> None:
    kept: list[Reading] = []
    assert several.read_once(BytesIO(MIXED), Values(), kept.append)
    assert kept == all_of(several, MIXED)


def test_documents_of_several_kinds_are_kept_on_disk_as_they_are(several: Several, tmp_path: Path) -> None:
    sent = x12(*(group(invoice("0001", f"INV-{at}"), shipment("0002", f"AB{at}"), control=str(at), kind="IN") for at in range(1, 60)))
    kept = Spooled(several.document, tmp_path)
    assert several.read_once(BytesIO(sent), Values(), kept.add)
    readings = all_of(several, sent)
    assert len(readings) == 118
    assert list(kept) == readings
    assert list(kept) == readings
