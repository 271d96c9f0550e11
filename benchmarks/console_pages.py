"""Which pages of the console are opened when they are measured: every list by what people look for, every screen, every search."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

ADMINISTRATION = "/administration"
"""Pages below it are opened as its own people too."""
ELSEWHERE = frozenset(
    {
        *(f"/administration/new/{what}" for what in ("key", "people", "role", "vendor_user")),
        "/administration/record/proof",  # follows the whole record from its beginning, and says so
        "/draft",
        "/login",
        "/login/code",
        "/login/elsewhere",
        "/login/elsewhere/back",
        "/outbox/everything/hold",
        "/outbox/everything/release",
        "/preview",
        "/reports/aging",  # a report over all that is open, told apart in the page about speed
        "/take",
    }
)
"""Pages that are no lists: forms, and what reads everything on purpose."""


def pages(orders: int) -> Iterator[str]:
    """Every page, for so many orders."""
    yield from _orders(orders)
    yield from _files(orders)
    yield from _invoices(orders)
    yield from _for_vendors(orders)
    yield from _screens(orders)
    yield from _boxes(orders)
    yield from _others()
    yield from _asked_by_pages()


def _orders(orders: int) -> Iterator[str]:
    """By what few orders have, what all have, and what old ones have; two wishes at once that no order meets together."""
    number, middle = 10_000_000 + orders // 2, orders // 2
    today = datetime.now(UTC).date()
    long_ago, week = (today - timedelta(days=400)).isoformat(), (today - timedelta(days=7)).isoformat()
    day = today.isoformat()
    yield from ("/orders", f"/orders?before={middle}", "/orders?by=Item", "/orders?pending=1")
    for status in ("New+Order", "In+Process", "Held", "Shipped", "Cancelled"):
        yield from (f"/orders?status={status}", f"/orders?line_status={status}", f"/orders?vendor=257&status={status}")
    yield from ("/orders?status=Open", "/orders?status=Complete", "/orders?vendor=257&status=Complete")
    yield from ("/orders?vendor=257", "/orders?vendor=NONE", "/orders?brand=2&location=200", "/orders?vendor=257&brand=1&location=200")
    yield from ("/orders?vendor=257&brand=2&location=200", "/orders?brand=NONE", "/orders?location=NONE", "/orders?vendor=257&pending=1")
    for beginning in (f"PO{number}", "PO100", "PO105", "PO10", "NONE"):
        yield from (f"/orders?number={beginning}", f"/orders?number={beginning}&vendor=257")
    for beginning in (f"so{10_000_000 + number}", "SO200", "SO205", "SO20", "NONE"):
        yield f"/orders?sales_order={beginning}"
    yield from ("/orders?item=IT1001", "/orders?item=IT", "/orders?item=NONE", "/orders?item=IT1001&vendor=257")
    yield from ("/orders?ship_to=byrd17", "/orders?ship_to=by", "/orders?ship_to=nobody", "/orders?ship_to=byrd17&vendor=257")
    yield from (f"/orders?batch={middle // 500}", "/orders?carrier=50", "/orders?carrier=60", "/orders?carrier=50&line_status=Cancelled")
    yield from (f"/orders?due_from={day}&due_to={day}", f"/orders?due_to={day}", f"/orders?due_to={day}&vendor=257")
    yield from (f"/orders?entered_from={day}", "/orders?entered_to=2020-01-01", f"/orders?entered_from={week}&vendor=257")
    yield from (f"/orders?entered_to={long_ago}", f"/orders?entered_from={long_ago}&entered_to={long_ago}")
    yield f"/orders?entered_from={long_ago}&entered_to={long_ago}&vendor=257"


def _files(orders: int) -> Iterator[str]:
    yield from ("/", "/needs", "/alarms", "/alarms?all=1", "/alarms?about=due_date&all=1", "/calendar")
    yield from ("/messages", "/messages?state=parked", "/messages?state=refused", "/messages?state=received", "/messages?unanswered=1")
    yield from ("/messages?connector=oms", "/messages?connector=redpanda&channel=shipments", "/messages?connector=redpanda&state=parked")
    yield from ("/messages?name=CDSO_77", "/messages?name=SHIP_1", "/messages?name=SHIP_77777.csv", "/messages?name=NONE")
    yield from ("/messages/10", "/messages/500", f"/messages/{orders // 10}")
    yield from ("/outbox", "/outbox?state=parked", "/outbox?state=sent", "/outbox?ack=overdue", "/outbox?connector=redpanda")
    yield from (
        "/outbox?name=SHIP_1",
        "/outbox?name=PO_77.csv",
        "/outbox?name=NONE",
        "/outbox?channel=orders",
        "/outbox?connector=oms",
        "/outbox/10",
        f"/outbox/{orders // 10}",
    )
    yield from ("/batches", "/batches?state=open", "/batches?state=closed", "/batches?vendor=257", "/batches?number=74", "/batches/10")


def _invoices(orders: int) -> Iterator[str]:
    number = 10_000_000 + orders // 2
    today = datetime.now(UTC).date()
    long_ago = (today - timedelta(days=400)).isoformat()
    yield "/invoices"
    for state in ("Held", "New", "Approved", "Posted", "Rejected"):
        yield from (f"/invoices?state={state}", f"/invoices?state={state}&vendor=257")
    yield from (f"/invoices?number=INV{20_000_000 + number}", "/invoices?number=INV300", "/invoices?number=INV", "/invoices?number=NONE")
    yield from ("/invoices?vendor=257", "/invoices?vendor=1007", f"/invoices?order_number=PO{number}", "/invoices?order_number=PO105")
    yield from ("/invoices?item=IT1002", "/invoices?item=IT", "/invoices?item=NONE", f"/invoices?sales_order=SO{10_000_000 + number}")
    yield from (
        "/invoices?sales_order=SO20",
        "/invoices?sales_order=SO205",
        f"/invoices?dated_to={long_ago}",
        f"/invoices?dated_from={long_ago}&dated_to={long_ago}",
    )
    yield from (f"/invoices?shipped_to={long_ago}", f"/invoices?shipped_from={long_ago}&shipped_to={long_ago}")
    yield from (f"/invoices?dated_from={today}", f"/invoices?shipped_from={today}", f"/invoices/INV{20_000_000 + number}")
    yield from ("/uninvoiced", "/uninvoiced?vendor=1007", "/uninvoiced?order_number=PO105", "/uninvoiced?item=IT1001")
    yield from (f"/uninvoiced?shipped_to={long_ago}", f"/uninvoiced?vendor=1007&shipped_from={today}")


def _for_vendors(orders: int) -> Iterator[str]:
    late = 10_000_000 + orders - 8
    yield from ("/shipments", "/shipments?vendor=257", f"/shipments?number=PO{late}", "/shipments?number=PO105", "/shipments?item=IT1001")
    yield from (f"/shipments?batch={orders // 500}", f"/shipments/PO{late}", "/requests", "/requests?kind=cancel", "/requests?vendor=257")
    yield from ("/requests?number=PO109", "/requests?number=NONE", "/slips", "/slips?vendor=257", "/slips?state=closed", "/slips/10")
    yield from ("/uploads", "/uploads?name=SHIP_1", "/uploads?taken=no", f"/uploads/{orders // 10}", "/users")


def _screens(orders: int) -> Iterator[str]:
    for order in (orders - 7, orders // 20):
        for tab in ("header", "detail", "invoices", "history", "messages", "lineage", "all"):
            yield f"/orders/PO{10_000_000 + order}?tab={tab}"
    yield f"/orders/PO{10_000_000 + orders // 2}/lines/1"


def _boxes(orders: int) -> Iterator[str]:
    """What somebody has at hand: numbers of everything, in whole and their beginnings, and what there is none of."""
    number = orders // 2 + 10
    whole = (f"PO{10_000_000 + number}", f"SO{20_000_000 + number}", f"INV{30_000_000 + number}", f"1Z{100_000_000 + number}1")
    files = ("CDSO_77.xml", "SHIP_77777.csv", f"SHIP_{orders // 10}.result.csv", str(100_000_000 + orders // 10), str(orders // 10))
    others = ("PO_77.csv", f"1Z{500_000_001 + orders // 10}1", "1", "0001", str(orders // 50))
    beginnings = ("PO10", "SO20", "INV3", "1Z", "1Z10", "SHIP", "77", "7", "nothing at all")
    yield from (f"/search?q={word}" for word in (*whole, *files, *others, *beginnings))


def _others() -> Iterator[str]:
    yield from ("/drafts", "/drafts?stage=draft", "/drafts?stage=cancelled", "/drafts?vendor=257", "/drafts?number=M1000", "/partners")
    yield from ("/mappings", "/settings", "/preferences", "/reports", "/reports/items", "/reports/items?days=7&vendor=257")
    yield from (ADMINISTRATION, "/administration/jobs", "/administration/jobs/due_dates", "/administration/privacy")
    yield from ("/administration/record", "/administration/record?event=login", "/administration/record?actor=operator.one")
    yield from ("/administration/record?about=order+PO10000007", "/administration/record?actor=nobody", "/administration/master")
    yield from ("/administration/people", "/administration/vendor-users", "/administration/roles", "/administration/keys")


def _asked_by_pages() -> Iterator[str]:
    """What open pages ask now and then without anybody doing anything."""
    yield from ("/landing", "/marks/orders", "/marks/orders?status=Cancelled", "/marks/orders?number=PO100", "/marks/batches")
    yield from (
        "/marks/messages",
        "/marks/messages?state=refused",
        "/marks/outbox",
        "/marks/invoices",
        "/marks/invoices?order_number=PO105",
    )
