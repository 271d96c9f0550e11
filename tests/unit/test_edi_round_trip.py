"""What the shipped mappings of X12 and EDIFACT write they read back equal, whatever stands in a document."""

from __future__ import annotations

import datetime as dt
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.documents import (
    Charge,
    Customization,
    Document,
    Envelope,
    Inventory,
    InventoryItem,
    Invoice,
    InvoiceLine,
    Order,
    OrderLine,
    Party,
    Shipment,
    ShipmentLine,
)
from gateway.kernel import Issue
from gateway.mapping import Library, Values
from gateway.mapping.trial import differing

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = Library(ROOT / "mappings")
VALUES = Values(partner={"vendor": "257", "carrier": "50"})
RELAXED = settings(max_examples=15, deadline=None)


def words(least: int = 1, most: int = 12) -> st.SearchStrategy[str]:
    """Letters and digits of both standards, with what EDIFACT must release."""
    return st.text("ABCXYZ0189 -.+:'?", min_size=least, max_size=most).map(str.strip).filter(lambda text: len(text) >= least)


CODES = st.text("ABXYZ019", min_size=2, max_size=10)
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))
AMOUNTS = st.decimals(1, 9_999, places=2)
NUMBERS = st.integers(1, 999)
PIECES = st.integers(1, 9_999)
GTINS = st.text("0123456789", min_size=12, max_size=14)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def several(strategy: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, min_size=least, max_size=3).map(tuple)


def numbered(lines: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(replace(line, number=at) for at, line in enumerate(lines, 1))


SHIPMENTS = st.builds(
    Shipment,
    order_number=CODES,
    reference=CODES,
    purpose=st.just("original"),
    carrier=CODES,
    bill_of_lading=maybe(CODES),
    tracking=several(CODES),
    shipped_on=DAYS,
    delivery_on=maybe(DAYS),
    invoice_number=st.none(),
    lines=several(
        st.builds(
            ShipmentLine,
            quantity=PIECES,
            number=NUMBERS,
            item=CODES,
            vendor_item=maybe(CODES),
            gtin=maybe(GTINS),
            unit=st.just("EA"),
            package=maybe(st.text("0123456789", min_size=18, max_size=20)),
            lot=maybe(CODES),
            serials=several(CODES),
        ),
        1,
    ).map(numbered),
)
CHARGES = several(
    st.builds(Charge, kind=st.just("freight"), code=st.just("D240"), allowance=st.booleans(), amount=AMOUNTS, description=maybe(CODES))
)
INVOICES = st.builds(
    Invoice,
    number=CODES,
    type=st.just("DR"),
    date=DAYS,
    order_number=CODES,
    currency=st.just("USD"),
    freight=st.just(0),
    handling=st.just(0),
    other=st.just(0),
    charges=CHARGES,
    total=AMOUNTS,
    tax=maybe(AMOUNTS),
    discount_percent=maybe(st.decimals(1, 9, places=2)),
    gross_days=maybe(NUMBERS),
    lines=several(
        st.builds(
            InvoiceLine,
            quantity=PIECES,
            unit_cost=st.decimals(1, 999, places=4),
            number=NUMBERS,
            item=CODES,
            order_number=maybe(CODES),
            unit=st.just("EA"),
            tax=maybe(AMOUNTS),
            shipped_on=maybe(DAYS),
            shipment=maybe(CODES),
            charges=CHARGES,
        ),
        1,
    ).map(numbered),
)
PARTIES = st.builds(
    Party,
    company=st.just("Example Ltd"),
    first_name=maybe(st.just("Kim")),
    last_name=st.just("Example"),
    id=maybe(CODES),
    address1=words(),
    apartment=maybe(CODES),
    address2=maybe(words()),
    address3=maybe(words()),
    address4=maybe(words()),
    day_phone=maybe(CODES),
    evening_phone=maybe(CODES),
    email=maybe(st.just("kim@example.org")),
    city=words(2),
    region=maybe(st.just("OR")),
    postal_code=maybe(st.just("97477")),
    country=st.just("US"),
)
ORDERS = st.builds(
    Order,
    number=CODES,
    entered_on=DAYS,
    sales_order=CODES,
    brand=CODES,
    system=st.just("OMS"),
    location=CODES,
    vendor=st.just("257"),
    currency=st.just("USD"),
    carrier=CODES,
    due_on=DAYS,
    freight=maybe(AMOUNTS),
    additional_freight=maybe(AMOUNTS),
    discount=maybe(AMOUNTS),
    cancel_after=maybe(DAYS),
    shipping_instructions=maybe(words()),
    ship_to=PARTIES,
    sold_to=maybe(PARTIES),
    messages=several(words()),
    gift_messages=several(words()),
    lines=several(
        st.builds(
            OrderLine,
            number=NUMBERS,
            item=CODES,
            quantity=PIECES,
            unit_cost=st.decimals(1, 999, places=4),
            carrier=CODES,
            due_on=DAYS,
            unit=st.just("EA"),
            vendor_item=maybe(CODES),
            gtin=maybe(GTINS),
            description=maybe(words()),
            retail_price=maybe(AMOUNTS),
            tax=maybe(AMOUNTS),
            messages=several(words()),
            customizations=several(st.builds(Customization, code=CODES, value=words())),
        ),
        1,
    ).map(numbered),
)
STOCK = st.builds(
    Inventory,
    vendor=st.just("257"),
    reference=CODES,
    as_of=st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2099, 1, 1)).map(lambda at: at.replace(second=0, microsecond=0)),
    items=st.tuples(
        st.builds(
            InventoryItem,
            available=PIECES,
            item=CODES,
            gtin=maybe(GTINS),
            on_hand=maybe(PIECES),
            next_quantity=maybe(PIECES),
            next_on=maybe(DAYS),
            warehouse=maybe(CODES),
            status=maybe(st.sampled_from(["in_stock", "out_of_stock", "discontinued"])),
            unit=st.just("EA"),
        ),
    ),
)
DOCUMENTS = {
    "x12-850-004010": ORDERS,
    "x12-850-005010": ORDERS,
    "edifact-orders": ORDERS,
    "edifact-orders-d01b": ORDERS,
    "x12-856-004010": SHIPMENTS,
    "x12-856-005010": SHIPMENTS,
    "edifact-desadv": SHIPMENTS,
    "edifact-desadv-d01b": SHIPMENTS,
    "x12-810-004010": INVOICES,
    "x12-810-005010": INVOICES,
    "edifact-invoic": INVOICES,
    "edifact-invoic-d01b": INVOICES,
    "x12-846-004010": STOCK,
    "x12-846-005010": STOCK,
}


HIERARCHIES = {f"notice-{levels.lower()}": levels for levels in ("S-O-I", "S-P-O-I", "S-I", "S-P-I", "S-O-T-P-I")}


@pytest.mark.parametrize("name", DOCUMENTS)
@RELAXED
@given(st.data())
def test_what_a_shipped_mapping_writes_it_reads_back_equal(name: str, data: st.DataObject) -> None:
    document: Document = data.draw(DOCUMENTS[name])
    if isinstance(document, Invoice) and name.startswith("edifact"):
        document = _with_codes(document, "FC")
    mapping = LIBRARY.get(name)
    partner = {"brand": document.brand, "location": document.location} if isinstance(document, Order) else {}
    values = replace(VALUES, partner={**VALUES.partner, "system": "OMS", **partner})
    target = BytesIO()
    assert [str(issue) for issue in mapping.rehearse([document], target, values) if issue.is_error] == []
    (reading,) = mapping.read(BytesIO(target.getvalue()), values)
    assert [str(issue) for issue in reading.issues if issue.is_error] == []
    assert reading.document is not None
    again = replace(reading.document, envelope=Envelope())
    if isinstance(again, Shipment):  # items of one package stand together
        again = replace(again, lines=tuple(sorted(again.lines, key=lambda line: line.number or 0)))
    assert list(differing(document, again)) == []


@pytest.fixture(scope="module")
def hierarchies(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The ship notice as partners want its levels, a mapping each."""
    folder = tmp_path_factory.mktemp("workspace") / "mappings"
    shutil.copytree(ROOT / "mappings" / "tables", folder / "tables")
    shutil.copy(ROOT / "mappings" / "x12-856-004010.yaml", folder)
    for name, levels in HIERARCHIES.items():
        options = f'{{set: "856", version: "004010", hierarchy: {levels}}}'
        (folder / f"{name}.yaml").write_text(f"mapping: {name}\nversion: 1\nextends: x12-856-004010\noptions: {options}\ntests: []\n")
    return Library(folder)


@pytest.mark.parametrize("name", HIERARCHIES)
@RELAXED
@given(document=SHIPMENTS, invoice=maybe(CODES), freight=maybe(AMOUNTS))
def test_a_ship_notice_loses_nothing_in_any_hierarchy(
    hierarchies: Library, name: str, document: Shipment, invoice: str | None, freight: Any
) -> None:
    document = replace(document, invoice_number=invoice, freight=freight)
    mapping, target = hierarchies.get(name), BytesIO()
    assert [str(issue) for issue in mapping.rehearse([document], target, VALUES) if issue.is_error] == []
    (reading,) = mapping.read(BytesIO(target.getvalue()), VALUES)
    assert [str(issue) for issue in reading.issues if issue.is_error] == []
    assert isinstance(reading.document, Shipment)
    lines = tuple(sorted(reading.document.lines, key=lambda line: line.number or 0))
    assert list(differing(document, replace(reading.document, envelope=Envelope(), lines=lines))) == []


def _with_codes(invoice: Invoice, code: str) -> Invoice:
    """The same charges by the code of another standard."""
    lines = tuple(replace(line, charges=tuple(replace(one, code=code) for one in line.charges)) for line in invoice.lines)
    return replace(invoice, charges=tuple(replace(one, code=code) for one in invoice.charges), lines=lines)


@pytest.mark.parametrize("release", ["97B", "99B", "00A", "02B"])
@pytest.mark.parametrize("kind", ["orders", "ordrsp", "desadv", "invoic", "ordchg"])
def test_a_message_of_a_release_between_is_read_as_its_neighbours_are(kind: str, release: str) -> None:
    sent = (ROOT / "samples" / f"edifact-{kind}.edi").read_text(encoding="utf-8")
    named = LIBRARY.get(f"edifact-{kind}")

    def told(version: str) -> list[tuple[Document | None, tuple[Issue, ...]]]:
        found = named.read(BytesIO(sent.replace(":D:96A:", f":D:{version}:").encode()), VALUES)
        return [(one.said and replace(one.said, envelope=None), one.issues) for one in found]

    assert told(release) == told("01B") != []
