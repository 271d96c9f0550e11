"""The bulk primitives do the same on both databases, and say precisely what a database refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from sqlalchemy import Table, select

from gateway.domain.order import LineStatus
from gateway.kernel.errors import LeaseLost
from gateway.store import BadData, Rule, Store, tables
from gateway.store.dialects import bulk_add, bulk_insert, bulk_update, fetch_rows, insert_missing, lock_rows
from gateway.store.tables import content_key, document_key, message, order_key, receipt, vendor_item
from tests.storehouse import NOON, PROBE, write

LOCAL = NOON.replace(tzinfo=None)
MESSAGE = ("connector", "channel", "file_name", "sha256", "size", "archive_key", "state", "issues", "received_at")


def messages(count: int) -> list[tuple[object, ...]]:
    return [("oms", "orders", b"PO\xff.xml", f"{n:064}", n, "k", "received", {"n": n, "cost": Decimal("1.50")}, NOON) for n in range(count)]


@pytest.mark.parametrize("count", [1, 49, 50, 500])
def test_inserted_rows_are_read_back_as_they_were(store: Store, count: int) -> None:
    with store.transaction() as tx:
        bulk_insert(tx, message, MESSAGE, messages(count))
    with store.reading() as connection:
        found = connection.execute(select(*(message.c[name] for name in MESSAGE)).order_by(message.c.id)).all()
    assert [tuple(row) for row in found] == [(*row[:7], {"n": row[4], "cost": "1.50"}, NOON) for row in messages(count)]


def test_missing_rows_are_inserted_once_and_told(store: Store) -> None:
    rows = [("org", f"PO{n}") for n in (3, 1, 2)]
    with store.transaction() as tx:
        first = insert_missing(tx, order_key, ("org", "po_no"), rows[:2], key=("org", "po_no"), returning=("id", "po_no"))
        second = insert_missing(tx, order_key, ("org", "po_no"), rows, key=("org", "po_no"), returning=("id", "po_no"))
    assert [row.po_no for row in first] == ["PO1", "PO3"]
    assert [row.po_no for row in second] == ["PO2"]


def test_missing_rows_carry_every_type_but_bytes(store: Store) -> None:
    with store.transaction() as tx:
        bulk_insert(tx, message, MESSAGE, messages(1))
        columns = ("scope", "kind", "key", "digest", "message_id", "place", "seen_at")
        insert_missing(tx, document_key, columns, [("257", "shipment", "ké'\"\n|1", "d", 1, 0, NOON)], key=("scope", "kind", "key"))
        found = fetch_rows(tx.connection, document_key, ("scope", "kind", "key"), [("257", "shipment", "ké'\"\n|1")], ("seen_at", "digest"))
    assert [tuple(row) for row in found] == [(NOON, "d")]


def test_rows_are_locked_and_read_in_the_order_of_their_keys(store: Store) -> None:
    with store.transaction() as tx:
        insert_missing(tx, order_key, ("org", "po_no"), [("org", f"PO{n}") for n in range(9)], key=("org", "po_no"))
        found = lock_rows(tx, order_key, ("org", "po_no"), [("org", "PO7"), ("org", "PO2"), ("org", "none")], ("po_no", "state"))
    assert [tuple(row) for row in found] == [("PO2", "expected"), ("PO7", "expected")]


def test_rows_are_looked_for_by_an_index_or_not_at_all(store: Store) -> None:
    with store.reading() as connection:
        assert fetch_rows(connection, tables.batch_line, ("order_id",), [(1,)], ("quantity",), where="live") == []
        with pytest.raises(LookupError, match=r"batch_line has no index that begins with line_no$"):
            fetch_rows(connection, tables.batch_line, ("line_no",), [(1,)], ("quantity",))
        with pytest.raises(LookupError, match="has no index that begins with currency where live"):
            fetch_rows(connection, tables.invoice, ("currency",), [("USD",)], ("id",), where="live")


def test_updates_and_additions_say_how_many_rows_they_found(store: Store) -> None:
    with store.transaction() as tx:
        bulk_insert(tx, message, MESSAGE, messages(3))
        assert (
            bulk_update(tx, message, ("id",), ("state", "issues", "decided_at"), [(3, "refused", ["x"], NOON), (1, "parked", None, None)])
            == 2
        )
        assert bulk_add(tx, message, ("id",), ("booked", "early"), [(1, 2, 0), (1, 3, 1)][:1]) == 1
        assert bulk_add(tx, message, ("id",), ("booked", "early"), [(1, 3, 1), (99, 1, 1)]) == 1
        found = fetch_rows(tx.connection, message, ("id",), [(1,), (2,), (3,)], ("state", "issues", "decided_at", "booked", "early"))
    assert [tuple(row) for row in found] == [
        ("parked", None, None, 5, 1),
        ("received", {"n": 1, "cost": "1.50"}, None, 0, 0),
        ("refused", ["x"], NOON, 0, 0),
    ]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.datetimes(
        min_value=LOCAL.replace(year=1900),
        max_value=LOCAL.replace(year=2900),
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5, minutes=-30))]),
    ),
    units=st.integers(-(10**18) + 1, 10**18 - 1),
    day=st.dates(min_value=date(1900, 1, 1), max_value=date(2900, 1, 1)),
    words=st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30),
    raw=st.binary(max_size=30),
)
def test_instants_amounts_days_texts_and_bytes_come_back_exactly(
    probe: Store, at: datetime, units: int, day: date, words: str, raw: bytes
) -> None:
    amount = Decimal(units).scaleb(-4)
    table = PROBE
    for many in (1, 60):
        with probe.transaction() as tx:
            tx.connection.execute(table.delete())
            rows = [(n, at, amount, day, words, raw, {"a": [words, None, True]}) for n in range(many)]
            bulk_insert(tx, table, [column.name for column in table.columns], rows)
            found = tx.connection.execute(select(table).order_by(table.c.n)).all()
            assert [tuple(row) for row in found] == rows
            assert tx.connection.execute(select(table.c.n).where(table.c.at == at, table.c.amount == amount, table.c.day == day)).all()


RECEIPT = ("message_id", "place", "kind", "verdict", "body")
KEY = ("connector", "sha256", "message_id")
ITEM = ("vendor", "item", "vendor_item", "description", "made_at")


class Case(Struct, frozen=True):
    """Rows that are refused for the last one, and how that is told."""

    what: str
    table: Table
    columns: tuple[str, ...]
    good: Callable[[int], tuple[object, ...]]
    bad: tuple[object, ...]
    told: str | Rule | type[Exception]


def receipts(n: int) -> tuple[object, ...]:
    return (1, n, "order", "booked", None)


def keys(n: int) -> tuple[object, ...]:
    return ("a", f"b{n}", 1)


def items(n: int) -> tuple[object, ...]:
    return ("v", f"i{n}", "x", "", NOON)


REFUSED = [
    Case("a second receipt of one place", receipt, RECEIPT, receipts, receipts(0), LeaseLost),
    Case("a second key", content_key, KEY, keys, keys(0), "pk_content_key"),
    Case("a wrong word", receipt, RECEIPT, receipts, (1, 99, "order", "perhaps", None), "ck_receipt_verdict"),
    Case("a body that nobody waits for", receipt, RECEIPT, receipts, (1, 99, "order", "booked", b""), "ck_receipt_body"),
    Case("a key of nobody", content_key, KEY, keys, ("a", "c", 99), Rule.FOREIGN_KEY),
    Case("nothing where something must be", content_key, KEY, keys, ("a", None, 1), Rule.NOT_NULL),
    Case("a number beyond counting", content_key, KEY, keys, ("a", "c", 2**70), Rule.VALUE),
    Case("an instant without zone", vendor_item, ITEM, items, ("v", "c", "x", "", LOCAL), Rule.VALUE),
]


@pytest.mark.parametrize("many", [1, 60])
@pytest.mark.parametrize("case", REFUSED, ids=[case.what for case in REFUSED])
def test_what_is_refused_is_told_by_rule_and_name(store: Store, case: Case, many: int) -> None:
    write(store, lambda tx: bulk_insert(tx, message, MESSAGE, messages(1)))
    rows = [*(case.good(n) for n in range(many)), case.bad]
    with pytest.raises(LeaseLost if case.told is LeaseLost else BadData) as caught:
        write(store, lambda tx: bulk_insert(tx, case.table, case.columns, rows))
    if isinstance(case.told, Rule):
        assert caught.value.rule is case.told
    elif isinstance(case.told, str):
        assert (caught.value.constraint, caught.value.table) == (case.told, case.table.name)
    assert write(store, lambda tx: tx.connection.execute(select(message.c.id)).all()) == [(1,)]


def test_words_of_an_enum_are_stored_as_the_words(store: Store) -> None:
    with store.transaction() as tx:
        rows = [("v", str(status), status, "", NOON) for status in LineStatus]
        insert_missing(tx, vendor_item, ("vendor", "item", "vendor_item", "description", "made_at"), rows, key=("vendor", "item"))
        found = tx.connection.execute(select(vendor_item.c.vendor_item)).scalars().all()
    assert set(found) == {"New Order", "In Process", "Held", "Shipped", "Cancelled"}
