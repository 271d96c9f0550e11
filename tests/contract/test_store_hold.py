"""What was seen is kept as it is until a transaction ends, and a store of one caller begins its transactions with a condition."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from gateway.kernel.errors import PolicyRefused
from gateway.store import Store, Tx, counters
from gateway.store.hold import MASTER, OFFICE, ROWS, hold
from gateway.store.master_rows import COUNTER
from gateway.store.tables import counter, order_key
from tests.business import ORDER
from tests.office import Office


def test_what_is_held_waits_for_the_end(store: Store) -> None:
    Office(store).receive(ORDER)
    row = select(order_key.c.id).where(order_key.c.po_no == ORDER.number.upper())
    with store.transaction() as tx:
        hold(tx, "orders", ORDER.number)
        for kind in ("outbox", *ROWS, *OFFICE, *MASTER):
            hold(tx, kind, "9")
            hold(tx, kind, "no such")
        if not store.is_sqlite:
            with store.engine.connect() as other, pytest.raises(OperationalError):
                other.execute(row.with_for_update(nowait=True))


def test_master_data_is_held_as_a_whole(store: Store) -> None:
    store.attempt(lambda tx: counters.take(tx, COUNTER))
    row = select(counter.c.last).where(counter.c.name == COUNTER)
    for kind in sorted(MASTER):
        with store.transaction() as tx:
            hold(tx, kind, "vendor")
            assert tx.connection.execute(row).scalar_one() == 1
            if not store.is_sqlite:
                with store.engine.connect() as other, pytest.raises(OperationalError):
                    other.execute(row.with_for_update(nowait=True))


def test_a_condition_holds_until_something_is_committed(store: Store) -> None:
    asked: list[Tx] = []
    guarded = store.beginning(asked.append)
    with pytest.raises(PolicyRefused), guarded.transaction():
        raise PolicyRefused("no")
    with guarded.transaction(), store.reading():
        pass
    with guarded.transaction():
        pass
    assert len(asked) == 2
