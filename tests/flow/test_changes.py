"""What a retailer asks by file: applied, kept waiting or too late, with the answer, the history and the feed that follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.store import tables
from tests import commands
from tests.town import OMS, Town

CHANGES = """\
  - channel: changes
    folder: in/oms/changes
    files: "*.xml"
    mapping: [setdscancel, setdsaddresschange, setdscostchange]
    every: 1h
    ready: {stable_for: 0s}
    wait: {order: 1h}
    answer: {mapping: change-response, file: "{file}.resp.xml", folder: out/oms/responses}
"""
SHIPMENT = (
    "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
    "AB10747,1,3,50,Track1,2.34,1.23,2022-06-22\n"
)


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = Town(tmp_path / "town", database_url)
    town.declare("oms", OMS.replace("send:\n  - channel: changes\n", CHANGES + "send:\n  - channel: feed\n"))
    (town.root / "in/oms/changes").mkdir()
    with town.staying_open():
        yield town


def ask(kind: str, *entries: str) -> str:
    header = '<message_header datetime="2022-06-22T10:00:00" version="16.0" source="OMS" destination="LOCATE"/>'
    return f"<{kind}>{header}{''.join(entries)}</{kind}>"


def cancel(line: int, request: str, quantity: int | None = None, order: str = "AB10747") -> str:
    many = "" if quantity is None else f' cancel_qty="{quantity}"'
    return f'<cancel po_no="{order}" po_line_no="{line}"{many} request_id="{request}"/>'


ADDRESS = (
    '<address_change po_no="AB10747" request_id="A-1"><ship_to><first_name>Ariel</first_name><last_name>Byrd</last_name>'
    "<address_line_1>9 New Road</address_line_1><city>London</city><postal_code>SE1 1AA</postal_code><country_cd>GB</country_cd>"
    "</ship_to></address_change>"
)


def rows(town: Town, table: object) -> list[object]:
    with town.gateway() as gateway, gateway.store.reading() as connection:
        return list(connection.execute(select(table)).all())  # type: ignore[call-overload]


def history(town: Town) -> list[tuple[int, str, str | None]]:
    found = rows(town, tables.order_history)
    return [(row.line_no, row.event, row.status_after) for row in found if row.event not in {"H1", "H2", "H3", "H4"}]  # type: ignore[attr-defined]


def told(town: Town) -> list[tuple[int, str]]:
    return [(row.line_no, row.type) for row in rows(town, tables.change) if row.type not in {"PULLED", "SHIPPED"}]  # type: ignore[attr-defined]


def test_what_is_new_changes_at_once_and_what_is_shipped_does_not(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    town.drop("in/oms/changes/cancel.xml", ask("SetDSCancel", cancel(2, "C-1")))
    town.once()
    town.drop("in/redpanda/SHIP_1.csv", SHIPMENT)
    town.once()
    town.drop("in/oms/changes/late.xml", ask("SetDSCancel", cancel(1, "C-2"), cancel(9, "C-3"), cancel(1, "C-4", order="X1")))
    town.once()
    assert history(town)[0] == (2, "H7", "Cancelled")
    assert history(town)[-1] == (1, "H11", "Shipped")
    first, late = (town.files("out/oms/responses")[f"{name}.xml.resp.xml"] for name in ("cancel", "late"))
    assert 'request_id="C-1" result="APPLIED"' in first
    assert 'request_id="C-2" result="REJECTED"' in late
    assert [code in late for code in ("DSC-203", "DSC-202")] == [True, True]
    assert told(town) == [(2, "CANCEL_ACCEPTED"), (1, "CANCEL_REJECTED")]
    sheet = commands.here(town.root, "message", "show", "4", "--json").json
    assert [(it["verdict"], it["result"]) for it in sheet["receipts"]] == [("booked", "REJECTED"), ("refused", ""), ("early", "")]
    shown = commands.here(town.root, "message", "show", "4").out
    assert ("Result" in shown, "REJECTED" in shown) == (True, True)


UNREADABLE = (
    ('<cancel po_line_no="1" request_id="C-1"/>', "DSC-201", "missing"),
    ('<cancel po_no="AB10747" po_line_no="1" cancel_qty="-1" request_id="C-2"/>', "DSC-204", "is less than 0"),
    ('<cancel po_no="AB10747" po_line_no="-1" request_id="C-3"/>', "DSC-202", "is less than 0"),
)


def test_what_cannot_be_read_is_told_with_the_codes_of_changes(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.drop("in/oms/changes/bad.xml", ask("SetDSCancel", *(entry for entry, _, _ in UNREADABLE)))
    town.once()
    answer = town.files("out/oms/responses")["bad.xml.resp.xml"]
    assert [(code in answer, words in answer) for _, code, words in UNREADABLE] == [(True, True)] * len(UNREADABLE)
    assert "MAP-" not in answer


def test_an_address_that_is_applied_stands_in_the_order_and_in_its_request(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    town.drop("in/oms/changes/address.xml", ask("SetDSAddressChange", ADDRESS))
    town.once()
    (party,) = [row for row in rows(town, tables.order_party) if row.role == "ship_to"]  # type: ignore[attr-defined]
    assert (party.address1, party.city, party.company) == ("9 New Road", "London", None)  # type: ignore[attr-defined]
    requests = rows(town, tables.change_request)
    assert {(it.state, it.before["ship_to"]["address1"], it.after["ship_to"]["address1"]) for it in requests} == {  # type: ignore[attr-defined]
        ("applied", "1 Quay Road", "9 New Road")
    }
    assert history(town) == [(1, "H12", "New Order"), (2, "H12", "New Order")]


def test_a_cost_change_counts_and_the_same_request_again_does_not(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    entry = '<cost_change po_no="AB10747" po_line_no="1" po_unit_price="9.98" request_id="K-1"/>'
    town.drop("in/oms/changes/cost.xml", ask("SetDSCostChange", entry))
    town.once()
    town.drop("in/oms/changes/again.xml", ask("SetDSCostChange", entry, " "))
    town.drop("in/oms/changes/other.xml", ask("SetDSCostChange", entry.replace("9.98", "7.77")))
    town.once()
    assert history(town) == [(1, "H17", "New Order")]
    again, other = (town.files("out/oms/responses")[f"{name}.xml.resp.xml"] for name in ("again", "other"))
    assert 'received="1" applied="0" duplicate="1" rejected="0"' in again
    assert 'result="APPLIED"' in again
    assert "DSC-207" in again
    assert 'result="REJECTED"' in other
    assert "DSC-207" in other


def test_a_change_that_comes_before_its_order_waits_for_it(town: Town) -> None:
    town.drop("in/oms/changes/cancel.xml", ask("SetDSCancel", cancel(2, "C-1")))
    town.once()
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    assert history(town) == [(2, "H7", "Cancelled")]


def test_what_waits_for_the_vendor_and_what_waits_for_its_order_are_told_and_counted_apart(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    town.drop("in/redpanda/ACK_1.csv", "vendor_code,batch_id\n257,1\n")
    town.once()
    town.drop("in/oms/changes/c.xml", ask("SetDSCancel", cancel(1, "C-1"), cancel(1, "C-2", order="LATER"), cancel(9, "C-3")))
    town.once()
    answer = town.files("out/oms/responses")["c.xml.resp.xml"]
    assert 'status="PARTIAL" received="3" applied="0" duplicate="0" rejected="1" pending="1" early="1"' in answer
    assert re.findall(r'request_id="(C-\d)" result="(\w+)"', answer) == [("C-1", "PENDING"), ("C-2", "EARLY"), ("C-3", "REJECTED")]
    assert re.search(r"order LATER is not known; kept until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC<", answer)


def test_what_refuses_is_told_before_what_is_only_told(town: Town) -> None:
    odd = cancel(1, "C-1", 1, order="NOPE").replace("<cancel ", '<cancel colour="red" ')
    town.drop(
        "in/oms/changes/c.xml", ask("SetDSCancel", cancel(1, "C-2", order="LATER"), odd, odd.replace(' cancel_qty="1"', ' cancel_qty="-1"'))
    )
    town.once()
    (row,) = town.command("message", "list", "--json").json
    assert row["first"].startswith("DSC-204 /SetDSCancel/cancel[3]")
    sheet = town.command("message", "show", "1", "--json").json
    assert [issue["code"] for issue in sheet["receipts"][1]["issues"]] == ["DSC-201", "MAP-31"]
    answer = town.files("out/oms/responses")["c.xml.resp.xml"]
    assert re.findall(r'error code="([^"]+)"', answer) == ["DSC-201", "DSC-201", "MAP-31", "DSC-204", "DSC-201"]


def test_everything_that_is_wrong_with_a_request_is_told_in_one_answer(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    unknown = cancel(9, "C-1", 7, order="NOPE").replace('"7"', '"x"')
    cost = '<cost_change po_no="AB10747" po_line_no="9" po_unit_price="abc" request_id="C-2"/>'
    address = ADDRESS.replace("AB10747", "NOPE").replace("<city>London</city>", "")
    town.drop("in/oms/changes/cancel.xml", ask("SetDSCancel", unknown))
    town.drop("in/oms/changes/cost.xml", ask("SetDSCostChange", cost))
    town.drop("in/oms/changes/address.xml", ask("SetDSAddressChange", address))
    town.once()
    found = town.files("out/oms/responses")
    told_of = {name: re.findall(r'error code="([^"]+)"', found[f"{name}.xml.resp.xml"]) for name in ("cancel", "cost", "address")}
    assert told_of == {"cancel": ["DSC-204", "DSC-201"], "cost": ["DSC-206", "DSC-202"], "address": ["DSC-201", "DSC-205"]}
    assert 'po_no="NOPE" po_line_no="9" request_id="C-1" result="REJECTED"' in found["cancel.xml.resp.xml"]
    assert 'po_no="AB10747" po_line_no="9" request_id="C-2" result="REJECTED"' in found["cost.xml.resp.xml"]


def test_orders_and_invoices_too_have_both_kinds_of_faults_told_in_one_answer(town: Town) -> None:
    order = town.sample("createdsorder.xml").decode()
    assert "<discount_percentage>0.00<" in order
    bad = order.replace("<discount_percentage>0.00<", "<discount_percentage>x<").replace("<brand_cd>1<", "<brand_cd>99<")
    town.drop("in/oms/orders.xml", bad)
    town.drop("in/redpanda/INV_1.csv", "HEADER,257,RP-1,DR,2022-06-22,,x,0.00,0.00,,0.00,0,30\nDETAIL,NOPE,1,2,8.98,0.00,0.00,0.00,\n")
    town.once()
    (answer,) = town.files("out/oms/responses").values()
    (result,) = town.files("out/redpanda/results").values()
    assert [code for code in ("DSO-102", "DSO-103") if code in answer] == ["DSO-102", "DSO-103"]
    assert re.findall(r"INV-\d\d", result) == ["INV-04", "INV-12"]
    assert rows(town, tables.order_key) == []
