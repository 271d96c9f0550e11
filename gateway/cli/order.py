"""`gateway order list | show`: purchase orders, found by what people know of them; what is done to them is `order_acts`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import draft, order_acts
from gateway.cli.opened import HIGHEST, Before, Limit, Opened, as_day, chosen, day, opened
from gateway.cli.output import Form, say, show_json, show_record, show_rows
from gateway.cli.session import AsJson
from gateway.domain.access import EVERYTHING
from gateway.domain.order import LineStatus, OrderStatus, Stage

if TYPE_CHECKING:
    from gateway.desk.orders import OrderSheet, RequestSheet
    from gateway.documents import Party
    from gateway.domain.history import NoteStyle
    from gateway.domain.request import Change

app = typer.Typer(help="Purchase orders and everything that happened to them.", no_args_is_help=True)
app.add_typer(draft.app, name="draft")

COLUMNS = {
    "number": "PO",
    "sales_order": "Sales order",
    "entered_on": "Created",
    "vendor": "Vendor",
    "brand": "Brand",
    "status": "Status",
    "lines": "Lines",
    "next_due_on": "Due",
    "total": "Total",
    "currency": "Currency",
}
HEADER = {
    "number": "PO",
    "status": "Status",
    "sales_order": "Sales order",
    "entered_on": "Created",
    "vendor": "Vendor",
    "brand": "Brand",
    "location": "Location",
    "system": "System",
    "next_due_on": "Next due",
    "ship_via": "Ship via",
    "total": "Total",
    "currency": "Currency",
    "buyer": "Buyer",
    "shipping_instructions": "Shipping instructions",
    "ship_to": "Ship to",
    "sold_to": "Sold to",
}
BY_HAND = {
    "stage": "Stage",
    "warehouse": "Warehouse",
    "reference": "Reference",
    "source": "Source",
    "requested_ship_on": "Requested ship",
    "cancel_after": "Cancel after",
}
"""What only some orders tell, mostly those made by hand; the stage only while it is not released."""
LINES = {
    "number": "Line",
    "item": "Item",
    "vendor_item": "Vendor item",
    "description": "Description",
    "status": "Status",
    "ordered": "Ordered",
    "printed": "Printed",
    "shipped": "Shipped",
    "cancelled": "Cancelled",
    "unit_cost": "Unit cost",
    "carrier": "Carrier",
    "due_on": "Due",
    "batch": "Batch",
}
SHIPMENTS = {
    "id": "Shipment",
    "line_no": "Line",
    "quantity": "Quantity",
    "shipped_on": "Shipped",
    "carrier": "Carrier",
    "tracking": "Tracking",
    "weight": "Weight",
    "freight": "Freight",
    "invoice": "Invoice",
    "message_id": "Message",
}
HISTORY = {
    "seq": "#",
    "at": "Date and time",
    "line": "Line",
    "quantity": "Quantity",
    "action": "Action",
    "status": "Status",
    "user": "User",
    "source": "Source",
    "note": "Notes",
    "reason": "Reason",
    "message": "Message",
}
REQUESTS = {
    "line": "Line",
    "kind": "Asked",
    "quantity": "Quantity",
    "before": "Before",
    "after": "After",
    "state": "State",
    "request_id": "Request",
    "asked_at": "Date and time",
    "told_by": "Told by file",
    "answered_by": "Answered by",
}
ANSWERS = {
    "at": "Date and time",
    "vendor_order": "Vendor's number",
    "answered_on": "Answered on",
    "about_change": "About a change",
    "message_id": "Message",
}
BATCHES = {"number": "Batch", "state": "State", "made_at": "Made"}
INVOICES = {"number": "Invoice", "vendor": "Vendor", "state": "State", "total": "Total", "currency": "Currency"}
SOURCES = {"message": "Message", "connector": "Connector", "file": "File", "state": "State", "received_at": "Received"}
CHANGES = {"seq": "#", "at": "Date and time", "line_no": "Line", "type": "Type"}


@app.command("list")
def list_orders(  # noqa: PLR0913 (each is an option)
    context: typer.Context,
    *,
    number: Annotated[str | None, typer.Option("--number", help="The PO number begins like this.")] = None,
    sales_order: Annotated[str | None, typer.Option("--sales-order", help="The sales order number begins like this.")] = None,
    item: Annotated[str | None, typer.Option("--item", help="A line's item, ours or the vendor's, begins like this.")] = None,
    ship_to: Annotated[
        str | None, typer.Option("--ship-to", help="Last name or company of who receives, or who has ordered, begins like this.")
    ] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="New Order, In Process, Held, Shipped, Cancelled, Open or Complete.")
    ] = None,
    line_status: Annotated[
        str | None, typer.Option("--line-status", help="A line is New Order, In Process, Held, Shipped or Cancelled.")
    ] = None,
    vendor: Annotated[str | None, typer.Option("--vendor", help="Code of the vendor.")] = None,
    brand: Annotated[str | None, typer.Option("--brand", help="Code of the brand.")] = None,
    location: Annotated[str | None, typer.Option("--location", help="Code of the location.")] = None,
    system: Annotated[str | None, typer.Option("--system", help="Code of the originating system.")] = None,
    carrier: Annotated[str | None, typer.Option("--carrier", help="Code of a line's carrier.")] = None,
    batch: Annotated[int | None, typer.Option("--batch", max=HIGHEST, help="Orders that are or were in this batch.")] = None,
    tracking: Annotated[str | None, typer.Option("--tracking", help="The first tracking number of a shipment begins like this.")] = None,
    created_from: Annotated[datetime | None, day("--created-from", "Created on this day or later.")] = None,
    created_to: Annotated[datetime | None, day("--created-to", "Created on this day or before.")] = None,
    due_from: Annotated[datetime | None, day("--due-from", "An open line is due on this day or later.")] = None,
    due_to: Annotated[datetime | None, day("--due-to", "An open line is due on this day or before.")] = None,
    pending: Annotated[bool, typer.Option("--pending", help="A change request waits for its answer.")] = False,
    limit: Limit = 50,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List orders, the newest first."""
    from gateway.desk.orders import search_orders
    from gateway.store.queries import OrderSearch

    search = OrderSearch(
        vendor=vendor,
        system=system,
        brand=brand,
        location=location,
        number=number,
        sales_order=sales_order,
        item=item,
        ship_to=ship_to,
        status=chosen([status], OrderStatus, what="status")[0] if status else None,
        line_status=chosen([line_status], LineStatus, what="status of a line")[0] if line_status else None,
        carrier=carrier,
        batch=batch,
        tracking=tracking,
        entered_from=as_day(created_from),
        entered_to=as_day(created_to),
        due_from=as_day(due_from),
        due_to=as_day(due_to),
        pending=True if pending else None,
    )
    with opened(context) as here:
        page = search_orders(here.gateway.store, search, scope=EVERYTHING, before=before, most=limit)
        here.show_page(page, Form.of(as_json), columns=COLUMNS, none=here.nothing("No order is like that.", vendor))


@app.command()
def show(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The PO number.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show an order: its lines, where it goes, its shipments, batches, invoices and files, its changes and its history."""
    from gateway.desk.orders import show_order
    from gateway.domain.formats import of_organization

    with opened(context) as here:
        style = of_organization(here.gateway.workspace.reference.organization).note_style
        sheet = show_order(here.gateway.store, number, organization=here.gateway.master.organization, scope=EVERYTHING, style=style)
        if as_json:
            show_json(sheet)
        else:
            _show(here, sheet, style)


def _show(here: Opened, sheet: OrderSheet, style: NoteStyle) -> None:
    told = sheet.document
    header = {
        **{name: getattr(told, name) for name in HEADER if hasattr(told, name)},
        **{name: getattr(sheet, name) for name in ("status", "next_due_on", "ship_via", "total", "currency")},
        "ship_to": _address(told.ship_to),
        "sold_to": _address(told.sold_to),
    }
    more = {name: getattr(told, name) for name in BY_HAND if hasattr(told, name)}
    more |= {"stage": None if sheet.stage is Stage.RELEASED else sheet.stage}
    labels = {**HEADER, **{name: label for name, label in BY_HAND.items() if more.get(name)}}
    show_record({**header, **more}, Form.TABLE, labels=labels)
    here.show_part("Lines", sheet.lines, columns=LINES)
    here.show_part("Shipments", sheet.shipments, columns=SHIPMENTS)
    asked = [{**here.row(it, Form.TABLE), **_sides(it, sheet.currency, style)} for it in sheet.requests]
    if asked:
        say("")
        say("Requests of the retailer")
        show_rows(asked, Form.TABLE, columns=REQUESTS, none="")
    here.show_part("Answers of the vendor", sheet.answers, columns=ANSWERS)
    here.show_part("Batches", sheet.batches, columns=BATCHES)
    here.show_part("Invoices", sheet.invoices, columns=INVOICES)
    here.show_part("Told by these files", sheet.sources, columns=SOURCES)
    here.show_part("Told to the originating system", sheet.changes, columns=CHANGES)
    here.show_part("History", sheet.history, columns=HISTORY)
    for title, texts in (("Messages", told.messages), ("Gift messages", told.gift_messages)):
        for text in texts:
            say(f"{title}: {text}")


def _sides(asked: RequestSheet, currency: str, style: NoteStyle) -> dict[str, str]:
    """What was and what is to be, as the history tells it."""

    def side(change: Change | None) -> str:
        if change is None:
            return ""
        return _address(change.ship_to) if change.unit_cost is None else f"{style.symbol(currency)} {style.cost(change.unit_cost)}"

    return {"before": side(asked.before), "after": side(asked.after)}


def _address(party: Party | None) -> str:
    """A party in one line."""
    if party is None:
        return ""
    name = " ".join(text for text in (party.first_name, party.last_name) if text)
    street = (party.address1, party.apartment, party.address2)
    words = (party.company, name, *street, party.city, party.region, party.postal_code, party.country)
    return ", ".join(text for text in words if text)


for _name, _act in (
    ("hold", order_acts.hold),
    ("release", order_acts.release),
    ("due-date", order_acts.due_date),
    ("note", order_acts.note),
    ("cancel", order_acts.cancel),
    ("address", order_acts.address),
    ("cost", order_acts.cost),
    ("accept", order_acts.accept),
    ("decline", order_acts.decline),
    ("acknowledge", order_acts.acknowledge),
    ("reject", order_acts.reject),
    ("backorder", order_acts.backorder),
    ("ship", order_acts.ship),
):
    app.command(_name)(_act)
