"""Which requests a vendor is to be told, and that a file tells none that has changed since it was read."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from gateway.store import Store, Tx, tables, vendor_requests
from gateway.store.counters import Outdated
from tests.storehouse import NOON, keep_order, write


def asked(tx: Tx, order_id: int, line: int, kind: str, state: str, vendor: str | None = "257") -> int:
    """A request, as booking writes it."""
    values = {"order_id": order_id, "line_no": line, "kind": kind, "state": state, "asked_at": NOON, "for_vendor": vendor}
    row = tables.change_request
    return int(tx.connection.execute(row.insert().values(**values).returning(row.c.id)).scalar_one())


def untold(store: Store, vendor: str = "257") -> list[int]:
    with store.reading() as connection:
        return [it.id for it in vendor_requests.untold(connection, vendor, most=10)]


def columns(store: Store, name: str) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(select(tables.change_request.c[name]).order_by(tables.change_request.c.id)).scalars())


def test_what_waits_is_told_whenever_it_was_asked_and_what_applied_from_the_beginning_on(store: Store) -> None:
    order = write(store, lambda tx: keep_order(tx, "PO1", lines=3))
    old = write(store, lambda tx: [asked(tx, order, 1, "cost", "applied"), asked(tx, order, 1, "cancel", "pending", None)])
    write(store, lambda tx: vendor_requests.begin(tx, "257"))
    assert untold(store) == old[1:]
    assert columns(store, "for_vendor") == ["257", "257"]
    new = write(store, lambda tx: [asked(tx, order, 2, kind, state) for kind, state in (("cost", "applied"), ("cancel", "declined"))])
    write(store, lambda tx: asked(tx, order, 3, "cost", "applied", None))
    write(store, lambda tx: vendor_requests.begin(tx, "257"))
    assert (untold(store), untold(store, "11")) == ([*old[1:], new[0]], [])


def test_a_request_is_told_once_and_again_only_when_its_file_does_not_leave(store: Store) -> None:
    order = write(store, lambda tx: keep_order(tx, "PO1"))
    write(store, lambda tx: vendor_requests.begin(tx, "257"))
    write(store, lambda tx: asked(tx, order, 1, "cancel", "pending"))
    with store.reading() as connection:
        found = vendor_requests.untold(connection, "257", most=10)
    write(store, lambda tx: vendor_requests.told(tx, found, item_id=7))
    assert (untold(store), columns(store, "item_id")) == ([], [7])
    with pytest.raises(Outdated):
        write(store, lambda tx: vendor_requests.told(tx, found, item_id=8))
    write(store, lambda tx: vendor_requests.untell(tx, 7))
    assert untold(store) == [found[0].id]


def test_a_file_that_shows_what_was_answered_meanwhile_is_not_made(store: Store) -> None:
    order = write(store, lambda tx: keep_order(tx, "PO1"))
    write(store, lambda tx: vendor_requests.begin(tx, "257"))
    write(store, lambda tx: asked(tx, order, 1, "cancel", "pending"))
    with store.reading() as connection:
        found = vendor_requests.untold(connection, "257", most=10)
    write(store, lambda tx: tx.connection.execute(tables.change_request.update().values(state="declined")))
    with pytest.raises(Outdated):
        write(store, lambda tx: vendor_requests.told(tx, found, item_id=7))
    assert columns(store, "item_id") == [None]


def test_nothing_is_told_of_an_order_without_its_personal_data(store: Store) -> None:
    order = write(store, lambda tx: keep_order(tx, "PO1"))
    write(store, lambda tx: vendor_requests.begin(tx, "257"))
    write(store, lambda tx: asked(tx, order, 1, "address", "applied"))
    write(store, lambda tx: tx.connection.execute(tables.order_key.update().values(state="erased")))
    assert untold(store) == []
