"""Bad input is normal input: damaged files go through the real program, which says exactly what is wrong and where, and goes on.

Every file is dropped before one `gateway serve --once`; each test then looks at what became of one of them, or of one document in it.
"""

# ruff: noqa: E501, RUF001 (a table reads best a row a line; look-alike characters are the point)

from __future__ import annotations

import codecs
import csv
import gzip
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.kernel.codes import CODES
from gateway.store import tables
from tests.commands import Done
from tests.exchange import INBOXES, Day, Exchange, Told, digest
from tests.postgres import PostgreSQL

GOLDEN = Path(__file__).parents[1] / "data" / "bad_files"
ORDER = """\
  <purchase_order>
    <po_no>NUMBER</po_no>
    <po_entered_date>2022-06-20</po_entered_date>
    <order_id>00012025-001</order_id>
    <brand_cd>1</brand_cd>
    <requesting_system_cd>OMS</requesting_system_cd>
    <requesting_location_cd>100</requesting_location_cd>
    <vendor_cd>257</vendor_cd>
    <vendor_currency_cd>USD</vendor_currency_cd>
    <gift>N</gift>
    <discount_percentage>0.00</discount_percentage>
    <sold_to>
      <first_name>Ariel</first_name>
      <last_name>Byrd</last_name>
      <address_line_1>12 Harbor Street</address_line_1>
      <city>Westborough</city>
      <postal_code>01581</postal_code>
      <country_cd>US</country_cd>
    </sold_to>
    <gift_message>Happy birthday!</gift_message>
    <po_lines>
      <po_line>
        <po_line_no>1</po_line_no>
        <retailer_item_id>BX100</retailer_item_id>
        <po_qty_ordered>500</po_qty_ordered>
        <po_unit_price>8.98</po_unit_price>
        <carrier_cd>50</carrier_cd>
        <po_line_due_date>2022-06-28</po_line_due_date>
      </po_line>
      <po_line>
        <po_line_no>2</po_line_no>
        <retailer_item_id>KT200</retailer_item_id>
        <po_qty_ordered>1</po_qty_ordered>
        <po_unit_price>21.50</po_unit_price>
        <carrier_cd>50</carrier_cd>
      </po_line>
    </po_lines>
  </purchase_order>
"""
OPENING = """\
<?xml version="1.0" encoding="UTF-8"?>
<CreateDSOrders>
  <message_header datetime="2022-06-21T08:15:30" version="16.0" source="OMS" destination="LOCATE"/>
"""
CLOSING = "</CreateDSOrders>\n"
HEADING = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date,batch_id,vendor_code\n"
CONFIRMATION = {
    "messageHeader": {"datetime": "2022-06-22T14:00:00", "version": "5.0", "source": "REDPANDA", "destination": "locate"},
    "poNo": "GOOD",
    "vendorCd": "257",
    "vendorSystemCd": "VENDOR",
    "carrierCd": "50",
    "trackingNumber": "NUMBER",
    "weight": 2.34,
    "rate": 1.23,
    "shipDate": "2022-06-22",
    "lines": [{"poLineNo": 1, "shippedQty": 1}],
}


class Case(msgspec.Struct, frozen=True):
    """A file that is refused, or parked, as a whole."""

    channel: str
    name: str
    state: str
    code: str
    where: str
    value: str = ""
    content: bytes | None = None

    @property
    def bytes(self) -> bytes:
        return (GOLDEN / self.name).read_bytes() if self.content is None else self.content


class Fault(msgspec.Struct, frozen=True):
    """One wrong document among right ones: what it says, and what is said of it."""

    said: str
    code: str
    field: str
    where: str
    value: str = ""


def file_of(*orders: str) -> str:
    return OPENING + "".join(orders) + CLOSING


def order(number: str, old: str = "", new: str = "") -> str:
    assert old in ORDER
    return ORDER.replace("NUMBER", number).replace(old, new, 1)


def bad_order(old: str = "", new: str = "") -> str:
    return file_of(order("BAD", old, new))


def confirmation(number: str, **changes: object) -> dict[str, Any]:
    """A confirmation with other values; `...` takes one away."""
    told = {**CONFIRMATION, "trackingNumber": number, **changes}
    return {key: value for key, value in told.items() if value is not ...}


GIFT = "<gift_message>"
ROW = "GOOD,1,1,50,{},2.34,1.23,2022-06-22,,257\n"
FILES = [
    # XML that is none, or not ours
    Case("orders", "orders-cut-at-the-end.xml", "refused", "DSO-001", "line 51, column 17"),
    Case("orders", "orders-cut-in-the-middle.xml", "refused", "DSO-001", "line 38, column 16"),
    Case("orders", "orders-with-crossed-tags.xml", "refused", "DSO-001", "line 38, column 25"),
    Case("orders", "orders-twice-in-one-file.xml", "refused", "DSO-001", "line 29, column 1"),
    Case("orders", "orders-under-an-unknown-root.xml", "parked", "DSO-001", "line 2"),
    Case("orders", "orders-that-are-an-error-page.xml", "parked", "DSO-001", "line 2"),
    Case("orders", "orders-with-an-unknown-entity.xml", "refused", "DSO-001", "line 12, column 31"),
    Case("orders", "orders-with-a-bare-ampersand.xml", "refused", "DSO-001", "line 12, column 27"),
    Case("orders", "orders-without-an-order.xml", "refused", "MAP-34", ""),
    Case("orders", "orders-as-json.xml", "parked", "DSO-001", "", content=b'{"poNo": "BAD"}'),
    Case("orders", "orders-as-tradacoms.xml", "parked", "DSO-001", "", content=b"STX=ANA:1+4012345000094:A SHOP+4398765000019:BYRD+220620:081500+7'\nMHD=1+ORDHDR:9'\nMTR=2'\nEND=1'\n"),
    Case("orders", "orders-as-an-idoc.xml", "parked", "DSO-001", "", content=b"<?xml version='1.0'?><ORDERS05><IDOC BEGIN='1'/></ORDERS05>"),
    Case("orders", "orders-as-yaml.xml", "refused", "DSO-001", "line 1", content=b"purchase_order: {po_no: BAD}\n"),
    Case("orders", "orders-in-a-zip.xml", "refused", "DSO-001", "", content=b"PK\x03\x04\x14\x00\x08\x00" + b"orders.xml" * 9),
    Case("orders", "orders-in-gzip.xml", "refused", "DSO-001", "", content=gzip.compress(bad_order().encode(), mtime=0)),
    Case("orders", "orders-of-any-bytes.xml", "refused", "DSO-001", "", content=bytes(range(255, -1, -1)) * 40),
    Case("orders", "orders-of-blanks.xml", "refused", "DSO-001", "", content=b" \t\r\n" * 20),
    Case("orders", "orders-behind-a-word.xml", "refused", "DSO-001", "line 1", content=b"Hello\n" + bad_order().encode()),
    Case("orders", "orders-with-a-declaration-only.xml", "refused", "DSO-001", "line 2", content=OPENING.split("\n", 1)[0].encode() + b"\n"),
    # DOCTYPE and entities
    Case("orders", "orders-with-a-doctype.xml", "refused", "DSO-001", ""),
    Case("orders", "orders-with-declarations.xml", "refused", "DSO-001", ""),
    Case("orders", "orders-with-an-entity-bomb.xml", "refused", "DSO-001", ""),
    Case("orders", "orders-with-an-external-entity.xml", "refused", "DSO-001", ""),
    # encodings and characters
    Case("orders", "orders-that-declare-utf-7.xml", "refused", "DSO-001", "", "UTF-7"),
    Case("orders", "orders-in-utf-16-without-a-mark.xml", "refused", "DSO-001", "", content=bad_order("", "").replace("UTF-8", "UTF-16").encode("utf-16-le")),
    Case("orders", "orders-that-declare-utf-16.xml", "refused", "DSO-001", "", content=bad_order().replace("UTF-8", "UTF-16").encode()),
    Case("orders", "orders-in-utf-32.xml", "refused", "DSO-001", "", content=bad_order().replace("UTF-8", "UTF-32").encode("utf-32")),
    Case("orders", "orders-in-ebcdic.xml", "refused", "DSO-001", "", content=bad_order().encode("cp037")),
    Case("orders", "orders-in-latin-1.xml", "refused", "DSO-001", "line 16, column 2", content=bad_order("Ariel", "Zoé").encode("latin-1")),
    Case("orders", "orders-that-declare-ascii.xml", "refused", "DSO-001", "line", content=bad_order("Ariel", "Zoé").replace("UTF-8", "US-ASCII").encode()),
    Case("orders", "orders-with-a-nul.xml", "refused", "DSO-001", "line 16", content=bad_order("Ariel", "A\0riel").encode()),
    Case("orders", "orders-with-a-bell.xml", "refused", "DSO-001", "line 16", content=bad_order("Ariel", "A\aiel").encode()),
    Case("orders", "orders-with-a-written-bell.xml", "refused", "DSO-001", "line 16", content=bad_order("Ariel", "A&#7;iel").encode()),
    # too much of something
    Case("orders", "orders-too-deep.xml", "refused", "DSO-001", "line", content=bad_order(GIFT, "<a>" * 70 + "</a>" * 70 + GIFT).encode()),
    Case("orders", "orders-much-too-deep.xml", "refused", "DSO-001", "line 23", content=bad_order(GIFT, "<a>" * 3_000 + "</a>" * 3_000 + GIFT).encode()),
    Case("orders", "orders-with-200000-attributes.xml", "refused", "DSO-001", "line 23", content=bad_order(GIFT, "<x " + " ".join(f"a{n}='1'" for n in range(200_000)) + "/>" + GIFT).encode()),
    Case("orders", "orders-with-a-text-of-11-MB.xml", "refused", "DSO-001", "line 23", content=bad_order("Happy", "H" * 11_000_000).encode()),
    Case("orders", "orders-larger-than-the-channel-takes.xml", "parked", "MAP-01", "", "20000001", content=b" " * 20_000_001),
    Case("orders", "orders-of-nothing.xml", "parked", "MAP-34", "", content=b""),
    # the trailer and the header
    Case("orders", "orders-with-a-wrong-trailer-of-orders.xml", "refused", "DSO-005", "/CreateDSOrders/file_trailer, line 28", "2"),
    Case("orders", "orders-with-a-wrong-trailer-of-lines.xml", "refused", "DSO-005", "/CreateDSOrders/file_trailer, line 28", "2"),
    Case("orders", "orders-with-a-wrong-trailer-of-pieces.xml", "refused", "DSO-005", "/CreateDSOrders/file_trailer, line 28", "4"),
    Case("orders", "orders-with-a-wrong-trailer-of-words.xml", "refused", "DSO-005", "/CreateDSOrders/file_trailer, line 28", "three"),
    Case("orders", "orders-for-another-account.xml", "refused", "DSO-002", "message header", "LOCATEQ"),
    Case("orders", "orders-for-nobody.xml", "refused", "DSO-002", "message header"),
    Case("orders", "orders-of-an-old-version.xml", "refused", "DSO-003", "message header", "4.4"),
    Case("orders", "orders-from-another-system.xml", "refused", "DSO-004", "message header", "CWD"),
    # CSV
    Case("shipments", "shipments-with-an-open-quote.csv", "refused", "MAP-01", "line 3"),
    Case("shipments", "shipments-with-an-open-quote-and-many-rows.csv", "refused", "MAP-01", "line 3", content=(HEADING + ROW.format("OPEN1") + 'GOOD,1,1,50,"T\n' + ROW.format("OPEN2") * 20_000).encode()),
    Case("shipments", "shipments-with-text-behind-a-quote.csv", "refused", "MAP-01", "line 3"),
    Case("shipments", "shipments-with-a-doubled-heading.csv", "refused", "MAP-01", "heading"),
    Case("shipments", "shipments-without-a-heading.csv", "parked", "MAP-02", ""),
    Case("shipments", "shipments-with-semicolons.csv", "parked", "MAP-02", ""),
    Case("shipments", "shipments-of-a-heading-only.csv", "refused", "MAP-34", ""),
    Case("shipments", "shipments-of-line-breaks.csv", "refused", "MAP-01", "", content=b"\n\n\n"),
    Case("shipments", "shipments-in-latin-1.csv", "refused", "MAP-01", "line 2", r"b'\xe9'", content=(HEADING + ROW.format("Café")).encode("latin-1")),
    Case("shipments", "shipments-in-utf-16.csv", "refused", "MAP-01", "line 1", r"b'\xff'", content=(HEADING + ROW.format("WIDE")).encode("utf-16")),
    Case("shipments", "shipments-with-a-nul.csv", "refused", "MAP-13", "line 2", r"'\x00'", content=(HEADING + ROW.format("N\0")).encode()),
    Case("shipments", "shipments-with-an-end-of-file-mark.csv", "refused", "MAP-13", "line 3", r"'\x1a'", content=(HEADING + ROW.format("SUB") + "\x1a").encode()),
    Case("shipments", "shipments-with-a-cell-of-70-KB.csv", "refused", "MAP-01", "line 3", content=(HEADING + ROW.format("CELL") + ROW.format("T" * 70_000)).encode()),
    Case("shipments", "shipments-with-a-line-of-2-MB.csv", "refused", "MAP-11", "line 3", content=(HEADING + ROW.format("LINE") + ROW.format("T" * 2_000_000)).encode()),
    Case("shipments", "shipments-as-tradacoms.csv", "parked", "MAP-02", "", content=b"STX=ANA:1+4012345000094:A SHOP'\nEND=1'\n"),
    Case("shipments", "shipments-of-one-word.csv", "parked", "MAP-02", "", content=b"Tm90aGluZw\n"),
    Case("shipments", "shipments-as-json.csv", "parked", "MAP-02", "", content=b'{"poNo": "GOOD", "kind": "shipment"}'),
    # JSON
    Case("confirmations", "confirmation-cut-off.json", "refused", "MAP-01", "line 11"),
    Case("confirmations", "confirmation-with-a-doubled-key.json", "refused", "MAP-01", "line 1"),
    Case("confirmations", "confirmation-with-nan.json", "refused", "MAP-15", "line 1", "NaN"),
    Case("confirmations", "confirmation-with-a-comma-too-many.json", "refused", "MAP-01", "line 12, column 1"),
    Case("confirmations", "confirmation-in-single-quotes.json", "refused", "MAP-01", "line 2"),
    Case("confirmations", "confirmation-with-a-nul.json", "refused", "MAP-13", "line 1", r"'\x00'"),
    Case("confirmations", "confirmation-with-half-a-character.json", "refused", "MAP-13", "line 1", r"'\ud800'"),
    Case("confirmations", "confirmation-for-another-account.json", "refused", "3000", "message header", "locateq"),
    Case("confirmations", "confirmation-of-an-old-version.json", "refused", "3001", "message header", "4.4"),
    Case("confirmations", "confirmation-without-any-known-key.json", "parked", "MAP-02", "", content=b'{"kind": "shipment"}'),
    Case("confirmations", "confirmation-that-is-a-number.json", "parked", "MAP-02", ""),
    Case("confirmations", "confirmation-that-is-an-empty-list.json", "parked", "MAP-02", ""),
    Case("confirmations", "confirmations-one-after-the-other.json", "refused", "MAP-01", "line 2, column 1", content=b"\n".join([json.dumps(confirmation("ONE")).encode()] * 2)),
    Case("confirmations", "confirmation-much-too-deep.json", "refused", "MAP-11", "line 1", content=json.dumps(confirmation("DEEP", more=5)).replace("5}", "[" * 5_000 + "]" * 5_000 + "}").encode()),
    Case("confirmations", "confirmation-in-latin-1.json", "refused", "MAP-01", "line 1", content=json.dumps(confirmation("Café"), ensure_ascii=False).encode("latin-1")),
    # invoices
    Case("invoices", "invoices-with-a-blank-unit-cost.csv", "refused", "INV-10", "record 4"),
    Case("invoices", "invoices-with-a-unit-cost-of-words.csv", "refused", "INV-10", "record 4, column unit_cost", "8.98 USD"),
    Case("invoices", "invoices-with-a-unit-cost-that-is-no-number.csv", "refused", "INV-10", "record 2, column unit_cost", "NaN", content=(GOLDEN / "invoices-with-a-blank-unit-cost.csv").read_bytes().replace(b"8.98", b"NaN").replace(b"U-", b"W-")),
]  # fmt: skip

ODD_FILES = [
    ("orders", "orders-with-a-comment-in-the-number.xml", None, ["booked"], []),
    ("orders", "orders-with-cdata.xml", None, ["booked"], []),
    ("orders", "orders-in-namespaces.xml", None, ["booked"], []),
    ("orders", "orders-with-unknown-fields.xml", None, ["booked"], []),
    ("orders", "orders-in-utf-16.xml", file_of(order("wide")).replace("UTF-8", "UTF-16").encode("utf-16"), ["booked"], []),
    ("orders", "orders-with-a-byte-order-mark.xml", codecs.BOM_UTF8 + file_of(order("marked")).encode(), ["booked"], []),
    ("orders", "orders-in-declared-latin-1.xml", file_of(order("latin", "Ariel", "Zoé")).replace("UTF-8", "ISO-8859-1").encode("latin-1"), ["booked"], []),
    ("shipments", "shipments-with-a-short-row.csv", None, ["booked", "refused", "booked"], ["MAP-14"]),
    ("shipments", "shipments-with-a-long-row.csv", None, ["booked", "refused", "booked"], ["MAP-14"]),
    ("shipments", "shipments-without-a-quantity.csv", None, ["refused"], ["MAP-31", "3043"]),
    ("shipments", "shipments-without-the-last-line-break.csv", None, ["booked"], []),
    ("shipments", "shipments-with-blank-lines.csv", None, ["booked"], []),
    ("shipments", "shipments-with-a-byte-order-mark.csv", codecs.BOM_UTF8 + (HEADING + ROW.format("BOM")).encode(), ["booked"], []),
    ("shipments", "shipments-with-old-line-ends.csv", (HEADING + ROW.format("CR1") + ROW.format("CR2")).replace("\n", "\r").encode(), ["booked", "booked"], []),
    ("shipments", "shipments-with-windows-line-ends.csv", (HEADING + ROW.format("CRLF")).replace("\n", "\r\n").encode(), ["booked"], []),
    ("shipments", "shipments-that-exceed-a-line-together.csv", HEADING.encode() + b"SPLIT,1,300,50,P1,,,2022-06-22,,\nSPLIT,1,300,50,P2,,,2022-06-22,,\n", ["booked", "refused"], ["3046"]),
    ("shipments", "shipments-by-a-closed-carrier.csv", (HEADING + ROW.format("SHUT").replace(",50,", ",90,")).encode(), ["booked"], []),
    ("confirmations", "confirmation-without-lines.json", None, ["refused"], ["3043"]),
    ("confirmations", "confirmations-with-a-stranger.json", None, ["booked", "refused", "booked"], ["MAP-14"]),
    ("confirmations", "confirmation-with-a-byte-order-mark.json", codecs.BOM_UTF8 + json.dumps(confirmation("JBOM")).encode(), ["booked"], []),
    ("confirmations", "confirmation-that-begins-with-100-KB-of-remarks.json", json.dumps({"remarks": ["none"] * 13_000, **confirmation("LATE")}).encode(), ["booked"], []),
    ("invoices", "invoices-that-begin-with-a-detail.csv", None, ["refused", "booked"], ["INV-14"]),
    ("invoices", "invoices-of-an-unknown-record.csv", None, ["refused"], ["MAP-14"]),
]  # fmt: skip
"""Channel, file, content where it is made here, verdicts of its documents, codes that are told."""

ORDERS = [
    # said, code, field, where in the order, value
    Fault(order(" "), "DSO-101", "number", ""),
    Fault(order("T", "<po_entered_date>2022-06-20</po_entered_date>", ""), "DSO-101", "entered_on", ""),
    Fault(order("T", "<order_id>00012025-001</order_id>", ""), "DSO-101", "sales_order", ""),
    Fault(order("T", "<brand_cd>1</brand_cd>", ""), "DSO-101", "brand", ""),
    Fault(order("T", "<vendor_cd>257</vendor_cd>", ""), "DSO-101", "vendor", ""),
    Fault(order("T", "2022-06-20", "20.06.2022"), "DSO-102", "entered_on", "/po_entered_date", "20.06.2022"),
    Fault(order("T", "2022-06-20", "2022-02-30"), "DSO-102", "entered_on", "/po_entered_date", "2022-02-30"),
    Fault(order("T", "2022-06-20", "9999-12-30"), "DSO-102", "entered_on", "/po_entered_date", "9999-12-30"),
    Fault(order("T", "2022-06-20", "0001-01-01"), "DSO-102", "entered_on", "/po_entered_date", "0001-01-01"),
    Fault(order("T" * 31), "DSO-102", "number", "/po_no", "T" * 31),
    *[
        Fault(order("T", ">8.98<", f">{value}<"), "DSO-102", "unit_cost", "/po_lines/po_line[1]/po_unit_price", value)
        for value in ("NaN", "Infinity", "-inf", "1_0", "1e3", "1E+99999999", "+1", "8,98", "8.98765", "9" * 30, "١٢", "0x10", "１")
    ],
    Fault(order("T", ">8.98<", ">-1<"), "DSO-102", "unit_cost", ", order line 1", "-1"),
    Fault(order("T", ">0.00<", ">100.01<"), "DSO-102", "discount_percent", "", "100.01"),
    Fault(order("T", "<gift>N", "<gift>maybe"), "DSO-102", "gift", "/gift", "maybe"),
    Fault(order("T", "USD", "DOLLAR"), "DSO-102", "currency", "/vendor_currency_cd", "DOLLAR"),
    Fault(order("T", "USD", "$"), "DSO-102", "currency", "", "$"),
    Fault(order("T", "Happy birthday!", "H" * 100_000), "DSO-102", "gift_messages", "/gift_message", "H" * 80),
    Fault(order("T", "<brand_cd>1<", "<brand_cd>77<"), "DSO-103", "brand", "", "77"),
    Fault(order("T", ">100<", ">999<"), "DSO-104", "location", "", "999"),
    Fault(order("T", "<vendor_cd>257", "<vendor_cd>404"), "DSO-105", "vendor", "", "404"),
    Fault(order("T", "<city>Westborough</city>", ""), "DSO-106", "ship_to.city", ""),
    Fault(order("T", "<last_name>Byrd</last_name>", ""), "DSO-106", "ship_to.last_name", ""),
    Fault(order("T", "<po_line_no>1<", "<po_line_no>0<"), "DSO-120", "number", ", order line 0", "0"),
    Fault(order("T", "<po_line_no>1<", "<po_line_no>2<"), "DSO-120", "number", ", order line 2", "2"),
    *[
        Fault(order("T", ">500<", f">{value}<"), "DSO-121", "quantity", "/po_lines/po_line[1]/po_qty_ordered", value)
        for value in ("2.5", "-3", "+3", "1_000", "1,000", "1e3", "٣", "99999999999", "three")
    ],
    Fault(order("T", ">500<", "> <"), "DSO-121", "quantity", "/po_lines/po_line[1]"),
    Fault(order("T", ">500<", ">0<"), "DSO-121", "quantity", ", order line 1", "0"),
    Fault(order("T", "<retailer_item_id>KT200</retailer_item_id>", ""), "DSO-122", "item", "/po_lines/po_line[2]"),
    Fault(order("T", "<carrier_cd>50</carrier_cd>", ""), "DSO-123", "carrier", "/po_lines/po_line[1]"),
    Fault(order("T").split("<po_lines>")[0] + "<po_lines><po_line/></po_lines></purchase_order>\n", "DSO-120", "number", ""),
    Fault(order("E<b>1</b>"), "DSO-102", "number", "/po_no", "E"),
    *[
        Fault(order(number), "DSO-102", "number", "/po_no", number)
        for number in ("ﬁ1", "straße", "\u212a1", "А1", "Ａ１", "e\u0301", "A\u200b1", "A\u202e1", "A\u00a01")
    ],
]  # fmt: skip
"""Orders with one mistake each; every one stands between right ones in one file."""

SHIPMENTS = [
    Fault("NOPE,1,1,50,{},2,1,2022-06-22,,\n", "3031", "order_number", "", "NOPE"),
    Fault("OTHER,1,1,50,{},2,1,2022-06-22,,\n", "3031", "order_number", "", "OTHER"),
    Fault(",1,1,50,{},2,1,2022-06-22,,\n", "3031", "order_number", ""),
    Fault("=cmd|'/c calc'!A1,1,1,50,{},2,1,2022-06-22,,\n", "3031", "order_number", "", "=CMD|'/C CALC'!A1"),
    Fault("GOOD,1,1,777,{},2,1,2022-06-22,,\n", "3032", "carrier", "", "777"),
    Fault("GOOD,1,1,10,,2,1,2022-06-22,,\n", "3033", "tracking", ""),
    Fault("GOOD,1,1,20,{},0,1,2022-06-22,,\n", "3034", "weight", "", "0"),
    Fault("GOOD,1,1,20,{},-1,1,2022-06-22,,\n", "3034", "weight", "", "-1"),
    Fault("GOOD,1,1,20,{},NaN,1,2022-06-22,,\n", "3034", "weight", ", column actual_weight", "NaN"),
    Fault("GOOD,1,1,30,{},2,0,2022-06-22,,\n", "3035", "freight", "", "0"),
    Fault("GOOD,1,1,50,{},2,1,2061-01-01,,\n", "3036", "shipped_on", "", "2061-01-01"),
    Fault("GOOD,1,1,50,{},2,1,9999-12-31,,\n", "3036", "shipped_on", ", column ship_date", "9999-12-31"),
    Fault("GOOD,1,1,50,{},2,1,22.06.2022,,\n", "3036", "shipped_on", ", column ship_date", "22.06.2022"),
    Fault("GOOD,1,1,50,{},2,1,2022-06-19,,\n", "3037", "shipped_on", "", "2022-06-19"),
    Fault("GOOD,1,1,,{},2,1,2022-06-22,,\n", "3038", "carrier", ""),
    Fault("GOOD,0,1,50,{},2,1,2022-06-22,,\n", "3042", "number", ", order line 0", "0"),
    Fault("GOOD,99,1,50,{},2,1,2022-06-22,,\n", "3042", "number", ", order line 99", "99"),
    Fault("GOOD,,1,50,{},2,1,2022-06-22,,\n", "3042", "number", ""),
    Fault("GOOD,one,1,50,{},2,1,2022-06-22,,\n", "3042", "number", ", column po_line_number", "one"),
    Fault("GOOD,1,0,50,{},2,1,2022-06-22,,\n", "3043", "quantity", ", order line 1", "0"),
    *[
        Fault(f"GOOD,1,{value},50,{{}},2,1,2022-06-22,,\n", "3043", "quantity", ", column ship_qty", value)
        for value in ("-1", "+1", "1_0", "1.5", "1e3", "١", "NaN", "9999999999")
    ],
    Fault("GOOD,1,,50,{},2,1,2022-06-22,,\n", "3043", "quantity", ""),
    Fault("GOOD,1,501,50,{},2,1,2022-06-22,,\n", "3044", "quantity", ", order line 1", "501"),
    Fault("GOOD,1,1,50,{},2,1,2022-06-22,,11\n", "3005", "vendor", "", "11"),
    Fault("GOOD,1,1,50,{},2,1,2022-06-22,x,\n", "MAP-15", "batch", ", column batch_id", "x"),
]  # fmt: skip

CONFIRMATIONS: list[tuple[dict[str, Any], Fault]] = [
    ({"vendorCd": ...}, Fault("", "3002", "vendor", "")),
    ({"vendorSystemCd": ...}, Fault("", "3003", "vendor_system", "")),
    ({"vendorSystemCd": "vendorq"}, Fault("", "3004", "vendor_system", "", "vendorq")),
    ({"vendorCd": "12345"}, Fault("", "3005", "vendor", "", "12345")),
    ({"vendorCd": "11"}, Fault("", "3005", "vendor", "", "11")),
    ({"vendorSystemCd": "OMS"}, Fault("", "3005", "vendor", "", "257")),
    ({"shipDate": ...}, Fault("", "3036", "shipped_on", "")),
    ({"poNo": None}, Fault("", "3031", "order_number", "")),
    ({"poNo": {"is": "GOOD"}}, Fault("", "3031", "order_number", "poNo, ")),
    ({"poNo": True}, Fault("", "3031", "order_number", "", "TRUE")),
    ({"lines": "none"}, Fault("", "3042", "number", "")),
    ({"lines": [1, 2]}, Fault("", "3042", "number", "")),
    ({"lines": []}, Fault("", "3043", "lines", "")),
    *[
        ({"lines": [{"poLineNo": 1, "shippedQty": value}]}, Fault("", "3043", "quantity", "lines[1]/shippedQty, ", shown))
        for value, shown in (("١", "١"), (True, "true"), (1.5, "1.5"), (-1, "-1"), ("1_0", "1_0"), (10**3000, "1" + "0" * 79), ("1E+99999999", "1E+99999999"))
    ],
    ({"weight": "1E+99999999"}, Fault("", "3034", "weight", "weight, ", "1E+99999999")),
]  # fmt: skip

HEADER = "HEADER,257,{},DR,2022-06-22,,0.00,0.00,0.00,,0.00,0,30\n"
DETAIL = "DETAIL,BILL,1,1,8.98,0.00,0.00,0.00,\n"
INVOICES = [
    *[Fault(HEADER.replace(",0,30", f",{value},30") + DETAIL, "INV-01", "discount_days", where, value) for value, where in (("1000", ""), ("ten", ", column discount_days"), ("-1", ", column discount_days"), ("", ""))],
    *[Fault(HEADER.replace(",0,30", f",0,{value}") + DETAIL, "INV-02", "gross_days", where, value) for value, where in (("1000", ""), ("x", ", column gross_due_days"), ("", ""))],
    *[Fault(HEADER.replace(",0.00,0,30", f",{value},0,30") + DETAIL, "INV-03", "discount_percent", where, value) for value, where in (("100.01", ""), ("-1", ""), ("NaN", ", column discount_percent"), ("", ""))],
    Fault(HEADER.replace(",,0.00,0.00,0.00,", ",,,0.00,0.00,") + DETAIL, "INV-04", "freight", ""),
    Fault(HEADER.replace(",,0.00,0.00,0.00,", ",,0.00,,0.00,") + DETAIL, "INV-05", "handling", ""),
    Fault(HEADER.replace(",,0.00,0.00,0.00,", ",,0.00,0.00,,") + DETAIL, "INV-06", "other", ""),
    Fault(HEADER + "DETAIL,BILL,1,1,8.98,,0.00,0.00,\n", "INV-04", "freight", "next"),
    Fault(HEADER + "DETAIL,BILL,1,1,8.98,0.00,,0.00,\n", "INV-05", "handling", "next"),
    Fault(HEADER + "DETAIL,BILL,1,1,8.98,0.00,0.00,,\n", "INV-06", "other", "next"),
    Fault(HEADER.replace("2022-06-22", "") + DETAIL, "INV-07", "date", ""),
    Fault(HEADER.replace(",,0.00,0.00,0.00,", ",,-4.50,0.00,0.00,") + DETAIL, "INV-04", "freight", "", "-4.50"),
    Fault(HEADER + "DETAIL,BILL,1,1,8.98,0.00,0.00,-0.01,\n", "INV-06", "other", "", "-0.01"),
    Fault(HEADER.replace("2022-06-22", "2061-01-01") + DETAIL, "INV-07", "date", "", "2061-01-01"),
    Fault(HEADER.replace("2022-06-22", "9999-12-31") + DETAIL, "INV-07", "date", ", column invoice_date", "9999-12-31"),
    Fault(HEADER.replace("2022-06-22", "2022-13-01") + DETAIL, "INV-07", "date", ", column invoice_date", "2022-13-01"),
    Fault(HEADER.replace("{}", " ") + DETAIL, "INV-08", "number", ""),
    Fault(HEADER.replace("{}", "R" * 50) + DETAIL, "INV-08", "number", ", column invoice_number", "R" * 50),
    Fault(HEADER.replace("DR", "CR") + DETAIL, "INV-09", "type", ", column invoice_type", "CR"),
    Fault(HEADER.replace(",0,30", ",0") + DETAIL, "INV-11", "", ""),
    Fault(HEADER.replace(",0,30", ",0,30,x") + DETAIL, "INV-11", "", ""),
    Fault(HEADER + "DETAIL,BILL,1,1,8.98,0.00,0.00,0.00\n", "INV-11", "", "next"),
    Fault(HEADER + DETAIL.replace("BILL", "NOPE"), "INV-12", "order_number", ", detail 1", "NOPE"),
    Fault(HEADER + DETAIL.replace("BILL", "OTHER"), "INV-12", "order_number", ", detail 1", "OTHER"),
    Fault(HEADER + DETAIL.replace("BILL", ""), "INV-12", "order_number", "next"),
    Fault(HEADER + DETAIL.replace("BILL,1", "BILL,9"), "INV-12", "number", ", detail 1", "9"),
    Fault(HEADER + DETAIL.replace("BILL", "SPLIT"), "INV-13", "number", ", detail 1", "1"),
    Fault(HEADER + DETAIL.replace("BILL,1,1", "BILL,1,499"), "INV-13", "quantity", ", detail 1", "499"),
    Fault(HEADER, "INV-14", "lines", ""),
    Fault(HEADER.replace("257", "11") + DETAIL, "3005", "vendor", "", "11"),
    Fault(HEADER.replace("257", "") + DETAIL, "3002", "vendor", ""),
]  # fmt: skip


class Morning(msgspec.Struct, frozen=True):
    """What the program said, and a look at what it did."""

    done: Done
    day: Day
    told: dict[str, Told]

    def file(self, name: str) -> Told:
        return self.told[name]


def all_orders() -> str:
    """Every wrong order between two right ones."""
    return file_of(
        *(text for n, fault in enumerate(ORDERS, 1) for text in (fault.said.replace("<po_no>T<", f"<po_no>T-{n}<"), order(f"RIGHT-{n}")))
    )


def all_shipments() -> str:
    return HEADING + "".join(fault.said.format(f"BAD{n}") + ROW.format(f"RIGHT{n}") for n, fault in enumerate(SHIPMENTS, 1))


def all_confirmations() -> str:
    listed = [
        one for n, (changes, _) in enumerate(CONFIRMATIONS, 1) for one in (confirmation(f"JBAD{n}", **changes), confirmation(f"JRIGHT{n}"))
    ]
    text = json.dumps([confirmation("JRIGHT"), *listed], ensure_ascii=False, indent=1)
    return text.replace('"1E+99999999"', "1E+99999999")


def all_invoices() -> str:
    return "".join(fault.said.format(f"BAD-{n}") + (HEADER + DETAIL).format(f"RIGHT-{n}") for n, fault in enumerate(INVOICES, 1))


def prepare(exchange: Exchange) -> None:
    """What shipments and invoices need: orders with lines of 500, and shipped pieces that wait for their invoice."""
    exchange.drop(
        "orders", "first.xml", file_of(order("GOOD"), order("OTHER", ">257<", ">11<"), order("SPLIT"), order("BILL", ">500<", ">150<"))
    )
    exchange.drop("shipments", "first.csv", HEADING + "".join(f"BILL,1,1,50,BILL{n},,,2022-06-22,,\n" for n in range(150)))


def everything(exchange: Exchange, cases: list[Case]) -> None:
    for case in cases:
        exchange.drop(case.channel, case.name, case.bytes)
    for channel, name, content, _, _ in ODD_FILES:
        exchange.drop(channel, name, (GOLDEN / name).read_bytes() if content is None else content)
    exchange.drop("orders", "every-order-wrong.xml", all_orders())
    exchange.drop("shipments", "every-row-wrong.csv", all_shipments())
    exchange.drop("confirmations", "every-document-wrong.json", all_confirmations())
    exchange.drop("invoices", "every-invoice-wrong.csv", all_invoices())


FEW = [case for place, case in enumerate(FILES) if place % 8 == 0]
"""The share that is repeated on PostgreSQL."""
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="module", params=ENGINES)
def morning(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    """All files at once through one run of the command."""
    root = tmp_path_factory.mktemp("bad_files")
    with ExitStack() as stack:
        url = f"sqlite:///{root / 'gateway.db'}"
        if request.param == "postgresql":
            server: PostgreSQL = request.getfixturevalue("postgresql")
            url = stack.enter_context(server.database())
        exchange = Exchange(root, url)
        exchange.shop.change("connectors/oms.yaml", "mapping: createdsorder\n", "mapping: createdsorder\n    limits: {size: 20MB}\n")
        prepare(exchange)
        assert exchange.shop.gateway("serve", "--once").code == 0
        everything(exchange, FILES if request.param == "sqlite" else FEW)
        done = exchange.shop.gateway("serve", "--once")
        day = stack.enter_context(exchange.opened())
        day.send("orders", "afterwards.xml", file_of(order("AFTERWARDS")))
        yield Morning(done, day, day.all_told())


def test_the_run_ends_by_itself_and_says_that_data_was_refused(morning: Morning) -> None:
    assert morning.done.code == 3
    assert "Traceback" not in morning.done.err
    assert "gateway message list" in morning.done.out
    assert morning.day.differences() == []


def test_nothing_failed_on_our_side(morning: Morning) -> None:
    assert {code for told in morning.told.values() for code in told.codes if code.startswith("GWY")} == set()
    assert {row.event for row in morning.day.rows(tables.message_event)} & {"failed", "unanswered"} == set()


def test_every_code_that_was_told_has_a_remedy(morning: Morning) -> None:
    told = {code for one in morning.told.values() for code in one.codes}
    assert all(CODES[code].remedy for code in told)


def test_every_file_lies_in_the_archive_byte_for_byte(morning: Morning) -> None:
    for case in FILES:
        told = morning.told.get(case.name)
        if told is not None:
            assert (told.sha256, morning.day.kept(told)) == (digest(case.bytes), case.bytes), case.name


def test_nothing_of_a_bad_file_or_order_is_stored(morning: Morning) -> None:
    wide = {"COMMENT", "CDATA", "SPACES", "FIELDS", "WIDE", "MARKED", "LATIN"}
    right = {f"RIGHT-{n}" for n in range(1, len(ORDERS) + 1)}
    assert morning.day.numbers() == {"GOOD", "OTHER", "SPLIT", "BILL", "AFTERWARDS"} | wide | right


def test_the_inboxes_are_empty_and_what_was_taken_is_filed_away(morning: Morning) -> None:
    for channel, folder in INBOXES.items():
        inbox = morning.day.exchange.root / folder
        assert [path.name for path in inbox.iterdir() if path.is_file()] == []
        assert [path.name for path in (inbox / ".taken" / channel).iterdir()] == ["done"]


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_a_bad_file_is_told_with_code_place_and_value(morning: Morning, case: Case) -> None:
    told = morning.told.get(case.name)
    if told is None:
        assert case not in FEW
        return
    assert told.state == case.state
    barred = "nothing of this file is taken"  # what the neighbours of a bad invoice are told
    assert {*told.verdicts} <= ({"refused"} if case.code == "INV-10" else set())
    first = next(issue for issue in told.issues if not issue["text"].startswith(barred))
    assert first["code"] == case.code, told.issues
    assert first["text"]
    assert first.get("where", "").startswith(case.where), first
    assert first.get("value", "") == case.value, first


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_the_sender_of_a_bad_file_is_told(morning: Morning, case: Case) -> None:
    if case.name in morning.told:
        answer = morning.day.answer(case.name, "oms" if case.channel == "orders" else "redpanda")
        assert case.code in answer


@pytest.mark.parametrize(("name", "verdicts", "codes"), [(name, verdicts, codes) for _, name, _, verdicts, codes in ODD_FILES])
def test_an_odd_file_gives_what_is_right_in_it(morning: Morning, name: str, verdicts: list[str], codes: list[str]) -> None:
    told = morning.file(name)
    errors = [issue["code"] for issue in told.issues if issue["code"] in codes or issue.get("severity") != "warning"]
    assert (told.verdicts, errors) == (verdicts, codes)


@pytest.mark.parametrize("number", range(len(ORDERS)))
def test_a_wrong_order_is_told_and_its_neighbour_is_stored(morning: Morning, number: int) -> None:
    told, fault = morning.file("every-order-wrong.xml"), ORDERS[number]
    assert told.state == "partly_booked"
    expect(told.receipts[2 * number + 1].issues, fault, f"/CreateDSOrders/purchase_order[{2 * number + 1}]")
    assert [told.receipts[2 * number + place].verdict for place in (1, 2)] == ["refused", "booked"]


@pytest.mark.parametrize("number", range(len(SHIPMENTS)))
def test_a_wrong_row_is_told_and_its_neighbour_is_shipped(morning: Morning, number: int) -> None:
    told = morning.file("every-row-wrong.csv")
    expect(told.receipts[2 * number + 1].issues, SHIPMENTS[number], f"row {2 * number + 1}")
    assert [told.receipts[2 * number + place].verdict for place in (1, 2)] == ["refused", "booked"]


@pytest.mark.parametrize("number", range(len(CONFIRMATIONS)))
def test_a_wrong_confirmation_is_told_and_its_neighbour_is_shipped(morning: Morning, number: int) -> None:
    told = morning.file("every-document-wrong.json")
    fault = CONFIRMATIONS[number][1]
    issue = next(issue for issue in told.receipts[2 * number + 2].issues if issue["code"] == fault.code)
    assert (issue["field"], issue.get("value", "")) == (fault.field, fault.value)
    assert issue["where"].startswith(f"{fault.where}document {2 * number + 2}, line ")
    assert [told.receipts[2 * number + place].verdict for place in (2, 3)] == ["refused", "booked"]


@pytest.mark.parametrize("number", range(len(INVOICES)))
def test_a_wrong_invoice_is_told_and_its_neighbour_is_created(morning: Morning, number: int) -> None:
    told, fault = morning.file("every-invoice-wrong.csv"), INVOICES[number]
    before = sum(one.said.count("\n") for one in INVOICES[:number]) + 2 * number
    record, where = (before + 2, "") if fault.where == "next" else (before + 1, fault.where)
    expect(told.receipts[2 * number + 1].issues, msgspec.structs.replace(fault, where=where), f"record {record}")
    assert [told.receipts[2 * number + place].verdict for place in (1, 2)] == ["refused", "booked"]


def test_only_right_pieces_were_shipped_and_billed(morning: Morning) -> None:
    line = morning.day.order("GOOD").line(1)
    assert line is not None
    tracked = {number for row in morning.day.rows(tables.shipment) for number in row.tracking}
    assert not [number for number in tracked if number.startswith(("BAD", "JBAD"))]
    assert line.shipped == sum(row.quantity for row in morning.day.rows(tables.shipment) if row.order_id == morning.day.order("GOOD").id)
    numbers = {row.number for row in morning.day.rows(tables.invoice)}
    assert numbers == {"I-OK", *(f"RIGHT-{n}" for n in range(1, len(INVOICES) + 1))}


def test_the_answer_names_every_wrong_row(morning: Morning) -> None:
    rows = list(csv.DictReader(morning.day.answer("every-row-wrong.csv").splitlines()))
    wrong = {row["row"]: row for row in rows if row["result"] == "REJECTED"}
    assert [wrong[str(2 * number + 1)]["code"].split(" | ")[0] for number in range(len(SHIPMENTS))] == [fault.code for fault in SHIPMENTS]


def test_the_answer_names_every_wrong_order(morning: Morning) -> None:
    told = re.findall(r'<error code="([^"]+)"', morning.day.answer("every-order-wrong.xml", "oms"))
    assert set(told) == {fault.code for fault in ORDERS}


def test_the_program_works_on_after_all_of_it(morning: Morning) -> None:
    assert morning.file("afterwards.xml").state == "booked"


def expect(issues: tuple[dict[str, Any], ...], fault: Fault, place: str) -> None:
    """One of the issues says what the fault says, at its place."""
    found = [issue for issue in issues if (issue["code"], issue.get("field", "")) == (fault.code, fault.field)]
    assert found, issues
    assert found[0].get("value", "") == fault.value, found
    assert found[0]["where"].startswith(place), found
    assert fault.where in found[0]["where"], found
