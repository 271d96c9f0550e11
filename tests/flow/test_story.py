"""One order by hand, from the file that the retailer drops to the posting of its invoice: the whole gateway, on both databases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import Table, select

from gateway.config import Workspace
from gateway.store import Store, tables
from tests.shop import Shop
from tests.storehouse import opened

RED_PANDA = """\
connector: redpanda
partner: {name: Red Panda Outfitters, vendor: "257"}
endpoint: {transport: folder, root: redpanda}
receive:
  - {channel: acknowledgements, folder: out, files: ACK_*.csv,  mapping: acknowledgement-csv, ready: {stable_for: 0s},
     answer: {mapping: acknowledgement-results, file: "{file}.result.csv", folder: results}}
  - {channel: shipments,        folder: out, files: SHIP_*.csv, mapping: shipments-csv,       ready: {stable_for: 0s},
     answer: {mapping: shipment-results, file: "{file}.result.csv", folder: results}}
  - {channel: invoices,         folder: out, files: INV_*.csv,  mapping: invoices-csv,        ready: {stable_for: 0s}, via: upload,
     answer: {mapping: invoice-results, file: "{file}.result.csv", folder: results}}
send:
  - {channel: orders, folder: in, mapping: batch-csv, gather: {new_orders: true, now: true}, file: "PO_{batch:06}.csv",
     acknowledge: {required: true, within: 24h}}
"""
SHIPMENT = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
ORDER_OF_THE_SAMPLE = {
    "system": "OMS",
    "location": "100",
    "brand": "1",
    "vendor": "257",
    "sales_order": "00012025-001",
    "entered_on": "2022-06-20",
    "currency": "USD",
    "stage": "released",
    "buyer": "EZK",
    "buyer_name": "E. Buyer",
    "vendor_name": "Red Panda Outfitters",
    "vendor_email": "orders@redpanda.example",
    "shipping_instructions": "DRP SHP ORD#00012025",
    "tender": "MULTI PAY",
    "gift": "False",
    "ship_complete": "False",
    "discount_percent": "0",
    "discount": "0",
    "paid": "54.93",
    "freight": "6.95",
    "additional_freight": "2",
    "freight_tax": "0.56",
}
LINES_OF_THE_SAMPLE = [
    {
        "line_no": "1",
        "item": "BX100 RED",
        "description": "Tote bag, red",
        "vendor_item": "V1000",
        "vendor_description": "TOTE RED LG",
        "ordered": "3",
        "unit_cost": "8.98",
        "retail_price": "14.99",
        "tax": "1.12",
        "carrier": "50",
        "due_on": "2022-06-28",
        "first_due_on": "2022-06-28",
        "gift_wrap": "False",
        "status": "New Order",
    },
    {
        "line_no": "2",
        "item": "KT200",
        "description": "Kettle",
        "vendor_item": "V2000",
        "ordered": "1",
        "unit_cost": "21.5",
        "tax": "0",
        "carrier": "50",
        "due_on": "2022-07-01",
        "first_due_on": "2022-07-01",
        "status": "New Order",
    },
]
SOLD_TO_OF_THE_SAMPLE = {
    "prefix": "Ms.",
    "first_name": "Ariel",
    "last_name": "Byrd",
    "address1": "12 Harbor Street",
    "apartment": "4B",
    "city": "Westborough",
    "region": "MA",
    "postal_code": "01581",
    "country": "US",
    "day_phone": "508-555-0100",
    "evening_phone": "508-555-0101",
    "email": "ariel.byrd@mail.example",
}
SHIP_TO_OF_THE_SAMPLE = {
    "company": "Byrd Imports Ltd",
    "first_name": "Ariel",
    "last_name": "Byrd",
    "address1": "1 Quay Road",
    "address2": "Dock 7",
    "city": "London",
    "postal_code": "SE1 9GF",
    "country": "GB",
}


class Counter:
    """A shop in which somebody plays the retailer and vendor 257, a file at a time."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.oms = shop.root / "outbox" / "oms"
        self.redpanda = shop.root / "redpanda"

    def drops(self, name: str, text: str) -> str:
        """The vendor leaves a file; the result file it gets."""
        (self.redpanda / "out" / name).write_text(text, encoding="utf-8")
        self.once()
        return (self.redpanda / "results" / f"{name}.result.csv").read_text(encoding="utf-8")

    def once(self, code: int = 0) -> None:
        done = self.shop.gateway("serve", "--once")
        assert done.code == code, done.out + done.err

    def order(self) -> Any:
        return self.shop.gateway("order", "show", "AB10747", "--json").json

    def rows(self, table: Table) -> list[dict[str, str]]:
        """What the table holds and is not empty, as text."""
        with opened(self.shop.url) as store:
            return _rows(store, table)

    def changes(self) -> list[dict[str, str]]:
        files = sorted((self.oms / "changes").glob("DSCHG_*.xml"))
        return [dict(change.attrib) for file in files for change in etree.parse(file).getroot().iterfind("changes/change")]


@pytest.fixture
def counter(tmp_path: Path, database_url: str) -> Counter:
    shop = Shop(tmp_path / "shop", database_url)
    shop.write("connectors/redpanda.yaml", RED_PANDA)
    workspace = Workspace.load(shop.root)
    for name in ("in", "out", "results"):
        (shop.root / "redpanda" / name).mkdir(parents=True)
    workspace.make_folders(*workspace.connectors.values())
    return Counter(shop)


def test_the_sample_order_dropped_by_hand_leads_to_exactly_what_it_says(counter: Counter) -> None:
    counter.shop.change("connectors/redpanda.yaml", "now: true", "count: 1000")
    sample = (counter.shop.root / "samples" / "createdsorder.xml").read_bytes()
    (counter.shop.root / "inbox" / "oms" / "CDSO_OMS_1.xml").write_bytes(sample)
    counter.once()

    (key,) = counter.rows(tables.order_key)
    assert (key["org"], key["po_no"], key["state"]) == ("1", "AB10747", "live")
    (order,) = counter.rows(tables.purchase_order)
    assert {word: order.get(word) for word in ORDER_OF_THE_SAMPLE} == ORDER_OF_THE_SAMPLE
    lines = counter.rows(tables.order_line)
    assert [{word: line.get(word) for word in want} for line, want in zip(lines, LINES_OF_THE_SAMPLE, strict=True)] == LINES_OF_THE_SAMPLE
    assert all(line[count] == "0" for line in lines for count in ("printed", "shipped", "cancelled", "invoiced"))
    parties = {
        row["role"]: {word: value for word, value in row.items() if word not in {"role", "order_id"}}
        for row in counter.rows(tables.order_party)
    }
    assert parties == {"sold_to": SOLD_TO_OF_THE_SAMPLE, "ship_to": SHIP_TO_OF_THE_SAMPLE}
    texts = [(row["line_no"], row["kind"], row.get("code"), row["value"]) for row in counter.rows(tables.order_text)]
    assert sorted(texts, key=str) == sorted(
        [
            ("0", "message", None, "Thank you for your order."),
            ("0", "message", None, "Questions? Call customer service."),
            ("0", "gift_message", None, "Happy birthday!"),
            ("1", "message", None, "Customer asked for careful packing"),
            ("1", "customization", "MONO", "ARB"),
        ],
        key=str,
    )
    shown = counter.order()
    assert {word: shown[word] for word in ("status", "total", "next_due_on", "ship_via")} == {
        "status": "New Order",
        "total": "48.44",
        "next_due_on": "2022-06-28",
        "ship_via": "50",
    }
    history = [(row["line"], row["quantity"], row["action"], row["status"], row["user"], row["source"]) for row in shown["history"]]
    assert history == [(1, 3, "PO Created", "New Order", "Admin", "WS"), (2, 1, "PO Created", "New Order", "Admin", "WS")]
    answer = etree.parse(counter.oms / "responses" / "CDSO_OMS_1.xml.resp.xml").getroot()
    assert dict(answer[0].attrib).items() >= {"version": "16.0", "source": "LOCATE", "destination": "OMS"}.items()
    assert [dict(told.attrib) for told in answer.iterfind("purchase_order")] == [{"po_no": "AB10747", "result": "CREATED"}]


def test_the_vendors_files_lead_to_changes_and_a_posting(counter: Counter) -> None:
    sample = (counter.shop.root / "samples" / "createdsorder.xml").read_bytes()
    (counter.shop.root / "inbox" / "oms" / "CDSO_OMS_1.xml").write_bytes(sample)
    counter.once()
    batch = (counter.redpanda / "in" / "PO_000001.csv").read_text(encoding="utf-8")
    assert batch.count("AB10747") == 2
    assert counter.order()["status"] == "New Order"

    assert counter.drops("ACK_1.csv", "vendor_code,batch_id\n257,1\n").splitlines()[1] == "1,1,APPLIED,0,"
    assert counter.order()["status"] == "In Process"
    told = counter.drops("SHIP_1.csv", SHIPMENT + "AB10747,1,2,50,Track12155,2.34,1.23,2022-06-22\n")
    assert told.splitlines()[1] == "1,AB10747,1,2,APPLIED,0,"
    told = counter.drops("SHIP_2.csv", SHIPMENT + "AB10747,1,1,50,T2,1,1,2022-06-23\nAB10747,2,1,50,T3,1,1,2022-06-23\n")
    assert counter.order()["status"] == "Shipped"
    assert [(it["type"], it["po_line_no"], it["qty"], it.get("line_status")) for it in counter.changes()] == [
        ("PULLED", "1", "3", None),
        ("PULLED", "2", "1", None),
        ("SHIPPED", "1", "2", "In Process"),
        ("SHIPPED", "1", "1", "Shipped"),
        ("SHIPPED", "2", "1", "Shipped"),
    ]
    assert [it["change_seq"] for it in counter.changes()] == ["1", "2", "3", "4", "5"]

    header = "HEADER,257,RP-2201,DR,2022-06-23,,0.00,0.00,0.00,,0.00,0,30\n"
    details = "DETAIL,AB10747,1,2,8.98,0.00,0.00,0.00,\nDETAIL,AB10747,1,1,8.98,0.00,0.00,0.00,\nDETAIL,AB10747,2,1,21.50,0.00,0.00,0.00,\n"
    assert counter.drops("INV_1.csv", header + details).splitlines()[1] == "1,RP-2201,CREATED,0,"
    posting = etree.parse(counter.oms / "invoices" / "DSPST_00000001.xml").getroot()
    (invoice,) = posting.iterfind("invoices/invoice")
    assert (invoice.get("invoice_no"), invoice.get("total"), invoice.get("status")) == ("RP-2201", "48.44", "Posted")
    assert counter.shop.gateway("invoice", "show", "RP-2201", "--json").json["state"] == "Posted"


def test_a_file_that_comes_again_changes_nothing_and_is_said_to(counter: Counter) -> None:
    sample = (counter.shop.root / "samples" / "createdsorder.xml").read_bytes()
    for name in ("CDSO_OMS_1.xml", "CDSO_OMS_2.xml"):
        (counter.shop.root / "inbox" / "oms" / name).write_bytes(sample)
        counter.once()
    assert len(counter.rows(tables.order_history)) == 4  # created and sent, a line each
    answer = (counter.oms / "responses" / "CDSO_OMS_2.xml.resp.xml").read_text(encoding="utf-8")
    assert "DSO-006" in answer


def _rows(store: Store, table: Table) -> list[dict[str, str]]:
    with store.reading() as connection:
        rows = [row._mapping for row in connection.execute(select(table))]
    return [{word: _text(value) for word, value in row.items() if value is not None} for row in rows]


def _text(value: object) -> str:
    if hasattr(value, "normalize"):
        return f"{value.normalize():f}"
    return value if isinstance(value, str) else json.dumps(value) if isinstance(value, dict) else str(value)
