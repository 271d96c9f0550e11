"""Very many orders in a store, made by the database itself in a minute: two years of them, nearly all long done, the newest still open.

They stand for size, not for sense: every row keeps its table's constraints and is found by what people look for, nothing more is promised.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import Connection, text

from benchmarks.filling import DAYS, VENDOR, Rows, Words
from benchmarks.many_files import A_BATCH, A_FILE, files

EVENTS = ("H1", "H3", "H4", "H5", "H26")
"""Of each line: with two lines an order, ten million rows of history for a million orders."""
LINES = "cross join (select 1 as no union all select 2) l"


def fill(connection: Connection, orders: int, *, today: date) -> None:
    """Put so many orders, with everything that belongs to them, into an empty store."""
    words = Words((today - timedelta(days=DAYS)).isoformat(), orders, is_sqlite=connection.dialect.name == "sqlite")
    if not words.is_sqlite:
        connection.execute(text("set local statement_timeout = 0"))  # the store's own is for people who wait
    for rows in (*files(words), *_orders(words), *_shipments(words), *_later_parcels(words), *_invoices(words)):
        connection.execute(text(rows.statement), {"count": rows.count})
    if not words.is_sqlite:  # PostgreSQL does so by itself; nobody does so on SQLite
        connection.execute(text("analyze"))


def _orders(words: Words) -> Iterator[Rows]:
    """Orders of two lines, where they go, what happened to them, and what was asked about some of them."""
    status, day, at, batch = words.status, words.day(), words.at(), f"(i - 1) / {A_BATCH} + 1"
    yield Rows(
        "order_key",
        words.orders,
        {
            "id": "i",
            "org": "'1'",
            "po_no": "'PO' || (10000000 + i)",
            "state": f"case when i <= {words.done} then 'closed' else 'live' end",
            "digest": "'d'",
            "version": "3",
            "history_seq": f"{2 * len(EVENTS)}",
        },
    )
    yield Rows(
        "purchase_order",
        words.orders,
        {
            "id": "i",
            "system": "'OMS'",
            "location": "case when i % 3 = 0 then '200' else '100' end",
            "brand": "cast(1 + i % 2 as text)",
            "vendor": VENDOR,
            "sales_order": "'SO' || (20000000 + i)",
            "entered_on": day,
            "currency": "'USD'",
            "stage": "'released'",
            "changed_since_sent": "i < 0",
            "created_at": at,
            "freight": words.amount,
            "due_on": day,
            "message_id": f"(i - 1) / {A_FILE} + 1",
            "place": f"i % {A_FILE}",
        },
    )
    yield Rows(
        "order_line",
        words.orders,
        {
            "order_id": "i",
            "line_no": "l.no",
            "vendor": VENDOR,
            "status": status,
            "pre_hold": f"case when {status} = 'Held' then 'New Order' end",
            "ordered": "3",
            "printed": f"case when {status} = 'In Process' then 3 else 0 end",
            "shipped": f"case when {status} = 'Shipped' then 3 else 0 end",
            "cancelled": f"case when {status} = 'Cancelled' then 3 else 0 end",
            "invoiced": f"case when {status} = 'Shipped' and i % 2 = 0 then 3 else 0 end",
            "unit_cost": words.amount,
            "due_on": day,
            "batch_number": f"case when {status} in ('Shipped', 'In Process') then {batch} end",
            "item": "'IT' || (1000 + i * 31 % 5000)",
            "carrier": "'50'",
            "description": "'Tote bag'",
        },
        LINES,
    )
    address = {"last_name": "'Byrd' || (i * 17 % 40000)", "address1": "i || ' Quay Road'", "city": "'London'", "country": "'GB'"}
    yield Rows("order_party", words.orders, {"order_id": "i", "role": "'ship_to'", **address})
    events = " union all ".join(f"select {seq + 1} as seq, '{EVENTS[seq // 2]}' as event" for seq in range(2 * len(EVENTS)))
    told = {"event": "e.event", "at": at, "actor": "'oms'", "source": "'WS'", "quantity": "3", "status_after": "'In Process'"}
    yield Rows(
        "order_history", words.orders, {"order_id": "i", "seq": "e.seq", "line_no": "2 - e.seq % 2", **told}, f"cross join ({events}) e"
    )
    yield Rows(
        "batch_line",
        words.orders,
        {"batch_number": batch, "order_id": "i", "line_no": "l.no", "quantity": "3", "live": f"{status} = 'In Process'"},
        f"{LINES} where {status} in ('Shipped', 'In Process')",
    )
    source = {"message_id": f"(i - 1) / {A_FILE} + 1", "place": f"i % {A_FILE}", "kind": "'order'", "verdict": "'booked'"}
    yield Rows("receipt", words.orders, {**source, "key": "'PO' || (10000000 + i)", "order_id": "i"})
    entry = {"id": "2 * i + l.no", "seq": "2 * i + l.no", "system": "'OMS'", "order_id": "i", "line_no": "l.no"}
    yield Rows("change", words.orders, {**entry, "type": "'PULLED'", "at": at, "body": words.json("{}")}, LINES)
    state = f"case when i * 100 > {words.done} then 'pending' else 'applied' end"
    asked = {"request_id": "'C-' || i", "quantity": "3", "asked_at": words.at("i * 100")}
    request = {"order_id": "i * 100", "line_no": "1", "kind": "'cancel'", "state": state, **asked}
    yield Rows("change_request", words.orders // 100, request)


def _shipments(words: Words) -> Iterator[Rows]:
    """A shipment for every line that has left."""
    empty = dict.fromkeys(("reference", "package", "lot", "invoice_number"), "''")
    yield Rows(
        "shipment",
        words.done,
        {
            "id": "2 * i + l.no",
            "order_id": "i",
            "line_no": "l.no",
            "vendor": VENDOR,
            "quantity": "3",
            "carrier": "'50'",
            "tracking": words.made_json("""'["1Z' || (100000000 + i) || l.no || '"]'"""),
            "weight": words.amount,
            "freight": words.amount,
            "shipped_on": words.day(),
            "batch_number": f"(i - 1) / {A_BATCH} + 1",
            "at": words.at(),
            "key": "'k' || i || '-' || l.no",
            **empty,
        },
        f"{LINES} where {words.status} = 'Shipped'",
    )


def _later_parcels(words: Words) -> Iterator[Rows]:
    """A second parcel of every tenth order's first line; the list of its numbers stays as it is, nobody compares the two."""
    parcel = {"shipment_id": "2 * i + 1", "place": "1", "order_id": "i", "number": "'1Z' || (500000000 + i) || '1'"}
    yield Rows("tracking_number", words.done, parcel, f"where i % 10 = 1 and {words.status} = 'Shipped'")


def _invoices(words: Words) -> Iterator[Rows]:
    """An invoice for every second order that was shipped; the newest wait for a yes or no, or for their posting."""
    state = f"case when i > {words.done - 400} then 'Held' when i > {words.done - 4000} then 'Approved' else 'Posted' end"
    billed = f"i % 2 = 0 and {words.status} = 'Shipped'"
    zeros = dict.fromkeys(("freight", "handling", "other"), "0")
    yield Rows(
        "invoice",
        words.done,
        {
            "id": "i",
            "vendor": VENDOR,
            "number": "'INV' || (30000000 + i)",
            "type": "'DR'",
            "dated_on": words.day(),
            "system": "'OMS'",
            "currency": "'USD'",
            "state": state,
            **zeros,
            **dict.fromkeys(("discount_percent", "discount_days", "gross_days"), "0"),
            **dict.fromkeys(("description", "other_description"), "''"),
            "posted_at": f"case when {state} = 'Posted' then {words.at()} end",
        },
        f"where {billed}",
    )
    yield Rows(
        "invoice_line",
        words.done,
        {
            "invoice_id": "i",
            "line_no": "l.no",
            "shipment_id": "2 * i + l.no",
            "order_id": "i",
            "order_number": "'PO' || (10000000 + i)",
            "order_line": "l.no",
            "item": "'IT' || (1000 + i * 31 % 5000)",
            "quantity": "3",
            "po_unit_cost": words.amount,
            "unit_cost": words.amount,
            **zeros,
            "other_description": "''",
            "shipped_on": words.day(),
        },
        f"{LINES} where {billed}",
    )
