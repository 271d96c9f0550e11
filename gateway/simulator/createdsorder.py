"""A CreateDSOrder file as the simulated retailer writes it: orders, customers and control totals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lxml import etree

from gateway.simulator.goods import Ordered, OrderedLine

VERSION = "16.0"


def order_file(orders: Sequence[Ordered], *, name: str, system: str, account: str, on: date) -> bytes:
    """The bytes of one file; the same orders on the same day give the same bytes."""
    root = etree.Element("CreateDSOrders")
    header = {"datetime": f"{on}T08:00:00", "version": VERSION, "source": system, "destination": account}
    etree.SubElement(root, "message_header", header)
    for order in orders:
        _order(etree.SubElement(root, "purchase_order"), order, system)
    lines = [line for order in orders for line in order.lines]
    totals = {"po_count": str(len(orders)), "line_count": str(len(lines)), "total_qty": str(sum(line.quantity for line in lines))}
    etree.SubElement(root, "file_trailer", totals)
    etree.indent(root)
    root.addprevious(etree.Comment(f" {name} "))
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8") + b"\n"


def _order(parent: etree._Element, order: Ordered, system: str) -> None:
    _texts(
        parent,
        po_no=order.number,
        po_entered_date=order.on,
        order_id=order.sales_order,
        brand_cd="1",
        requesting_system_cd=system,
        requesting_location_cd="100",
        vendor_cd=order.vendor,
        vendor_currency_cd="USD",
        buyer_cd="EZK",
        buyer_name="E. Buyer",
        gift="N",
        ship_complete="N",
        shipping_instructions=f"DRP SHP ORD#{order.sales_order[:8]}",
        freight_amount=order.freight,
    )
    for party in ("sold_to", "ship_to"):
        _texts(
            etree.SubElement(parent, party),
            first_name=order.first_name,
            last_name=order.last_name,
            address_line_1=order.street,
            city=order.city,
            state_province=order.state,
            postal_code=order.postal_code,
            country_cd="US",
        )
    if order.note:
        _texts(parent, order_message=order.note)
    lines = etree.SubElement(parent, "po_lines")
    for line in order.lines:
        _line(etree.SubElement(lines, "po_line"), line, order)


def _line(parent: etree._Element, line: OrderedLine, order: Ordered) -> None:
    _texts(
        parent,
        po_line_no=line.number,
        retailer_item_id=line.item,
        retailer_item_description=line.description,
        vendor_item_id=line.vendor_item,
        po_qty_ordered=line.quantity,
        po_unit_price=line.unit_cost,
        retail_price=line.retail_price,
        tax=line.tax,
        carrier_cd=order.carrier,
        po_line_due_date=order.due_on,
    )


def _texts(parent: etree._Element, **values: object) -> None:
    for name, value in values.items():
        etree.SubElement(parent, name).text = str(value)
