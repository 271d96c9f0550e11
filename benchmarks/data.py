"""The input of the benchmarks, made the same every time: orders of sdf 2.4, repeated and varied, and shipments of sdf 3.6.

Large input comes as a stream that makes itself while it is read, so that nothing of it lies on a disk or in memory.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

VENDORS = 20
ITEMS = 20
"""Products of one vendor."""

CARRIERS = ("10", "50", "60")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<CreateDSOrders>\n  <message_header datetime="2022-06-21T08:15:30" version="16.0" source="OMS" destination="LOCATE"/>\n'  # noqa: E501 - a document is a document
SHIPMENT_HEAD = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"

_ORDER = """\
  <purchase_order>
    <po_no>ab{number:08}</po_no>
    <po_entered_date>2022-06-{day:02}</po_entered_date>
    <order_id>{number:08}-001</order_id>
    <brand_cd>1</brand_cd>
    <requesting_system_cd>OMS</requesting_system_cd>
    <requesting_location_cd>100</requesting_location_cd>
    <vendor_cd>{vendor}</vendor_cd>
    <vendor_name>Red Panda Outfitters {vendor}</vendor_name>
    <vendor_email>orders{vendor}@redpanda.example</vendor_email>
    <vendor_currency_cd>USD</vendor_currency_cd>
    <buyer_cd>EZK</buyer_cd>
    <buyer_name>E. Buyer</buyer_name>
    <gift>{gift}</gift>
    <ship_complete>N</ship_complete>
    <shipping_instructions>DRP SHP ORD#{number:08}</shipping_instructions>
    <discount_percentage>0.00</discount_percentage>
    <discount_amount>0.00</discount_amount>
    <tender_description>MULTI PAY</tender_description>
    <tender_amount>{paid}.93</tender_amount>
    <freight_amount>6.95</freight_amount>
    <order_additional_freight_charges>2.00</order_additional_freight_charges>
    <freight_tax>0.56</freight_tax>
    <sold_to>
      <prefix>Ms.</prefix>
      <first_name>Ariel</first_name>
      <last_name>Byrd-{number}</last_name>
      <address_line_1>{house} Harbor Street</address_line_1>
      <apartment>4B</apartment>
      <city>Westborough</city>
      <state_province>MA</state_province>
      <postal_code>01581</postal_code>
      <country_cd>US</country_cd>
      <day_phone>508-555-0100</day_phone>
      <evening_phone>508-555-0101</evening_phone>
      <email>ariel.byrd.{number}@mail.example</email>
    </sold_to>
    <ship_to>
      <company_name>Byrd Imports Ltd</company_name>
      <first_name>Ariel</first_name>
      <last_name>Byrd-{number}</last_name>
      <address_line_1>{house} Quay Road</address_line_1>
      <address_line_2>Dock 7</address_line_2>
      <city>London</city>
      <postal_code>se1 9gf</postal_code>
      <country_cd>GB</country_cd>
    </ship_to>
    <order_message>Thank you for your order.</order_message>
    <order_message>Questions? Call customer service.</order_message>
    <gift_message>Happy birthday!</gift_message>
    <po_lines>
      <po_line>
        <po_line_no>1</po_line_no>
        <retailer_item_id>BX{vendor}-{first}</retailer_item_id>
        <retailer_item_description>Tote bag, red, no. {first}</retailer_item_description>
        <vendor_item_id>V{vendor}{first:03}</vendor_item_id>
        <vendor_item_description>TOTE RED LG {first}</vendor_item_description>
        <po_qty_ordered>3</po_qty_ordered>
        <po_unit_price>{dollars}.98</po_unit_price>
        <retail_price>{retail}.99</retail_price>
        <tax>1.12</tax>
        <carrier_cd>{carrier}</carrier_cd>
        <po_line_due_date>2022-06-28</po_line_due_date>
        <order_line_gift_wrap>N</order_line_gift_wrap>
        <order_line_message>Customer asked for careful packing &amp; a note</order_line_message>
        <customizations>
          <customization>
            <customization_code>MONO</customization_code>
            <customization_message>ARB</customization_message>
          </customization>
        </customizations>
      </po_line>
      <po_line>
        <po_line_no>2</po_line_no>
        <retailer_item_id>BX{vendor}-{second}</retailer_item_id>
        <retailer_item_description>Kettle no. {second}</retailer_item_description>
        <vendor_item_id>V{vendor}{second:03}</vendor_item_id>
        <po_qty_ordered>1</po_qty_ordered>
        <po_unit_price>21.50</po_unit_price>
        <tax>0.00</tax>
        <carrier_cd>{carrier}</carrier_cd>
        <po_line_due_date>2022-07-01</po_line_due_date>
      </po_line>
    </po_lines>
  </purchase_order>
"""


class Size(Struct, frozen=True, kw_only=True):
    """How much of everything."""

    orders: int
    """Orders of the large file."""
    slow_orders: int
    """Orders for the program that commits each of them."""
    files: int
    """Files of one order."""
    shipments: int
    """Rows of the shipment upload."""
    stream: int
    """Bytes of the endless-looking files."""
    crowd: int
    """Files of a crowded folder."""
    drops: int
    """Files dropped one by one, and """
    burst: int
    """files dropped at once."""
    sets: int
    """850s of the X12 file."""
    messages: int
    """ORDERS of the EDIFACT file."""


FULL = Size(
    orders=10_000,
    slow_orders=1_000,
    files=1_000,
    shipments=1_000_000,
    stream=1_000_000_000,
    crowd=100_000,
    drops=50,
    burst=20_000,
    sets=80_000,
    messages=10_000,
)
QUICK = Size(
    orders=2_000,
    slow_orders=200,
    files=200,
    shipments=50_000,
    stream=30_000_000,
    crowd=20_000,
    drops=20,
    burst=500,
    sets=16_000,
    messages=2_000,
)
TINY = Size(orders=12, slow_orders=4, files=4, shipments=20, stream=100_000, crowd=20, drops=2, burst=5, sets=20, messages=3)


def order(number: int) -> str:
    """One order of sdf 2.4 with values of its own: two lines, about fifty values."""
    vendor, first = number % VENDORS, number // VENDORS % ITEMS
    return _ORDER.format(
        number=number,
        vendor=700 + vendor,
        day=1 + number % 20,
        gift="NY"[number % 7 == 0],
        paid=54 + number % 100,
        house=1 + number % 300,
        first=first,
        second=(first + 7) % ITEMS,
        dollars=8 + number % 90,
        retail=14 + number % 90,
        carrier=CARRIERS[number % len(CARRIERS)],
    )


def trailer(orders: int) -> str:
    """The closing controls of a file of so many orders: two lines and four pieces each."""
    return f'  <file_trailer po_count="{orders}" line_count="{2 * orders}" total_qty="{4 * orders}"/>\n</CreateDSOrders>\n'


def order_file(path: Path, numbers: range) -> None:
    """A whole CreateDSOrder file."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        file.writelines(map(order, numbers))
        file.write(trailer(len(numbers)))


def shipment(row: int) -> str:
    """One row of sdf 3.6; two rows an order."""
    return (
        f"AB{row // 2:08},{1 + row % 2},{1 + row % 3},{CARRIERS[row % 3]},1Z{row * 2654435761 % 10**12:012},"
        f"{row % 90}.{row % 100:02},{1 + row % 40}.{row % 97:02},2022-06-{1 + row % 28:02}\n"
    )


def shipment_file(path: Path, rows: int) -> None:
    """A shipment upload of so many rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(SHIPMENT_HEAD)
        file.writelines(map(shipment, range(rows)))


class Stream(io.RawIOBase):
    """A file that makes itself while it is read, from the first byte to the last and only once."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer stands in typing from 3.12 on
        if not self._rest:
            self._rest = memoryview(next(self._parts, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def order_stream(size: int) -> io.BufferedReader:
    """A CreateDSOrder file of at least `size` bytes; the same hundred orders again and again."""
    block = "".join(map(order, range(100))).encode()
    times = size // len(block) + 1

    def parts() -> Iterator[bytes]:
        yield HEAD.encode()
        for _ in range(times):
            yield block
        yield trailer(100 * times).encode()

    return io.BufferedReader(Stream(parts()), 1 << 16)


def shipment_stream(size: int) -> io.BufferedReader:
    """A shipment upload of at least `size` bytes; the same thousand rows again and again."""
    block = "".join(map(shipment, range(1000))).encode()

    def parts() -> Iterator[bytes]:
        yield SHIPMENT_HEAD.encode()
        for _ in range(size // len(block) + 1):
            yield block

    return io.BufferedReader(Stream(parts()), 1 << 16)
