"""An order is stored as it was told: every field of header, lines, parties and texts comes back equal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.documents import Customization, Envelope, Order, OrderLine, Party
from gateway.domain.receive import with_defaults
from gateway.store import Store, order_rows, tables
from tests.business import REFERENCE
from tests.office import Office
from tests.storehouse import fresh_store

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
TOLD = st.none() | WORDS
DAYS = st.dates(date(1900, 1, 1), date(2999, 12, 31))
CENTS = st.none() | st.decimals(0, Decimal("99999999999.99"), places=2)
COSTS = st.decimals(0, Decimal("999999999.9999"), places=4)
FLAGS = st.none() | st.booleans()
EXTRA = st.dictionaries(WORDS, WORDS, max_size=2)

PARTIES = st.builds(Party, **dict.fromkeys(Party.__struct_fields__, TOLD)).map(
    lambda it: replace(it, company=it.company or "C", address1=it.address1 or "A", city=it.city or "B", postal_code="SE1", country="GB")
)
LINES = st.builds(
    OrderLine,
    number=st.integers(1, 9999),
    item=WORDS,
    quantity=st.integers(1, 2**31 - 1),
    unit_cost=COSTS,
    carrier=st.just("50"),
    **dict.fromkeys(("vendor_item", "variant", "gtin", "description", "vendor_description", "unit", "lot"), TOLD),
    retail_price=CENTS,
    tax=CENTS,
    due_on=DAYS,
    gift_wrap=FLAGS,
    messages=st.lists(WORDS, max_size=2).map(tuple),
    customizations=st.lists(st.builds(Customization, code=WORDS, value=TOLD), max_size=2).map(tuple),
    extra=EXTRA,
)
ORDERS = st.builds(
    Order,
    number=st.text("ABC123-", min_size=1, max_size=30),
    entered_on=DAYS.filter(lambda day: day.year < 2999),
    sales_order=WORDS,
    **dict.fromkeys(("brand",), st.just("1")),
    system=st.just("OMS"),
    location=st.just("100"),
    vendor=WORDS,
    ship_to=PARTIES,
    sold_to=st.none() | PARTIES,
    lines=st.lists(LINES, min_size=1, max_size=3, unique_by=lambda line: line.number).map(
        lambda it: tuple(sorted(it, key=lambda line: line.number))
    ),
    **dict.fromkeys(
        ("buyer", "buyer_name", "vendor_name", "vendor_email", "shipping_instructions", "tender", "warehouse", "reference", "source"), TOLD
    ),
    currency=st.none() | st.just("EUR"),
    **dict.fromkeys(("gift", "ship_complete"), FLAGS),
    discount_percent=st.none() | st.decimals(0, 100, places=2),
    **dict.fromkeys(("discount", "paid", "freight", "additional_freight", "freight_tax"), CENTS),
    carrier=TOLD,
    **dict.fromkeys(("due_on", "cancel_after", "requested_ship_on"), st.none() | DAYS),
    messages=st.lists(WORDS, max_size=2).map(tuple),
    gift_messages=st.lists(WORDS, max_size=2).map(tuple),
    extra=EXTRA,
)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One database for all examples, each under a number of its own."""
    if request.param == "sqlite":
        with fresh_store(f"sqlite:///{tmp_path_factory.mktemp('rows') / 'gateway.db'}") as store:
            yield Office(store)
    else:
        with request.getfixturevalue("postgresql").database() as url, fresh_store(url) as store:
            yield Office(store)


def stored(store: Store, order_id: int) -> Order:
    with store.reading() as connection:
        return order_rows.documents(connection, [order_id])[order_id]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told=ORDERS)
def test_an_order_comes_back_as_it_was_told(office: Office, told: Order) -> None:
    number = f"N{len(office.files)}"
    message = office.receive(replace(told, number=number))
    assert (message.booked, office.codes(message.id)) == (1, [[]])
    order_id = office.order(number).id
    wanted = replace(with_defaults(replace(told, number=number), REFERENCE), envelope=Envelope())
    assert stored(office.store, order_id) == wanted


def test_an_amount_that_needs_more_places_is_refused_and_never_rounded(office: Office) -> None:
    odd = OrderLine(number=1, item="X", quantity=1, unit_cost=Decimal("1.00001"), carrier="50", due_on=date(2026, 1, 1))
    whole = Order(
        number="ODD",
        entered_on=date(2026, 1, 1),
        sales_order="S",
        brand="1",
        system="OMS",
        location="100",
        vendor="257",
        ship_to=Party(company="C", address1="A", city="B", postal_code="1", country="US"),
        lines=(odd,),
    )
    message = office.receive(whole)
    assert office.codes(message.id) == [["GWY-03"]]
    assert "ODD" not in [row.po_no for row in office.rows(tables.order_key)]
