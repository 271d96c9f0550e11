"""Every write of claimed work is fenced: whoever lost the lease before a transaction changes nothing by it, wherever that is.

Each step of a node is run again and again; every time all leases pass to somebody else before a transaction where they never did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.intake import Collector
from gateway.runtime import Engine
from gateway.store import Store, Tx, leases, tables, work
from gateway.store.work import Kind, NewWork
from tests.storehouse import NOON, fresh_store
from tests.town import Town

SHIPMENTS = """\
po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date
AB10747,1,3,50,Track12155,2.34,1.23,2022-06-22
AB10747,2,1,50,Track12156,1.10,0.95,2022-06-22
"""
INVOICE = "HEADER,257,RP-2201,DR,2022-06-22,,0,0,0,,0,0,30\nDETAIL,AB10747,1,3,8.98,0,0,0,\n"
ENOUGH = 100

Picture = dict[str, list[tuple[Any, ...]]]


class Thief:
    """Takes every lease just before the first transaction that is none of these."""

    def __init__(self, store: Store, known: AbstractSet[str]) -> None:
        self._store = store
        self._known = known
        self._transaction: Callable[..., AbstractContextManager[Tx]] = store.transaction
        self.at: str | None = None
        self.found: Picture | None = None

    @contextmanager
    def lurking(self) -> Iterator[None]:
        self._store.transaction = self._robbed  # type: ignore[method-assign]
        try:
            yield
        finally:
            del self._store.transaction

    def give_back(self) -> None:
        """Nobody has died of what was stolen: it is not read by a limited process, which would cost a start each time."""
        self._everything(holder=None, until=None, attempts=0)

    @contextmanager
    def _robbed(self, at: str | None = None) -> Iterator[Tx]:
        name = at or "without a name"
        if self.at is None and name not in self._known:
            self._everything(holder="thief", fence=tables.work.c.fence + 1, until=NOON + timedelta(days=36_500))
            self.at, self.found = name, picture(self._store)
        with self._transaction(at) as tx:
            yield tx

    def _everything(self, **values: Any) -> None:
        with self._transaction() as tx:
            tx.connection.execute(update(tables.work).values(values))


def picture(store: Store) -> Picture:
    """Every row of every table."""
    with store.reading() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for name, table in tables.metadata.tables.items()
        }


def rob_each_transaction(store: Store, step: Callable[[], int]) -> set[str]:
    """Run the step with its leases stolen before each kind of its transactions; answers where. In the end it has done its work."""
    struck: set[str] = set()
    for _ in range(ENOUGH):
        thief = Thief(store, frozenset(struck))
        with thief.lurking():
            while step() and thief.at is None:  # what was in hand when it was robbed comes first, and comes to nothing
                pass
        if thief.at is None:
            return struck
        assert picture(store) == thief.found, f"something was written after the lease was lost: {thief.at}"
        struck.add(thief.at)
        thief.give_back()
    raise AssertionError("the step never ends")


def poll(engine: Engine) -> None:
    for spot in engine.spots:
        engine.poll(spot)


def test_no_step_writes_anything_once_its_leases_are_lost(town: Town) -> None:
    struck: dict[str, set[str]] = {}
    with town.gateway() as gateway, gateway.node().engaged() as engine:
        town.drop("in/redpanda/SHIP_1.csv", SHIPMENTS)
        town.drop("in/redpanda/INV_1.csv", INVOICE)
        poll(engine)
        assert engine.book() == 2  # both are too early and wait for their order
        town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
        town.drop("in/oms/unshipped.xml", town.sample("createdsorder.xml").replace(b"ab10747", b"ab10748"))
        town.drop("in/oms/trailer.xml", town.sample("createdsorder-wrong-trailer.xml"))
        town.drop("in/oms/torn.xml", town.sample("createdsorder.xml")[:400])
        poll(engine)
        for step in (engine.book, engine.redo, engine.answer, engine.make, engine.deliver):
            engine.open_due()
            struck[step.__name__] = rob_each_transaction(gateway.store, step)
        while engine.make() + engine.deliver():
            pass
    assert struck["book"] >= {"in.identify", "in.apply", "in.refuse"}
    assert struck["answer"] >= {"in.answer"}
    assert struck["make"] >= {"schedule.start", "batch.number", "feed.number", "invoice.run", "out.create", "schedule.end"}
    assert struck["deliver"] >= {"out.attempt", "out.bless", "out.done"}
    assert struck["redo"]
    assert town.files("out/redpanda/orders") != {}


@pytest.mark.parametrize("act", ["park", "later"])
def test_a_delivery_that_fails_after_its_lease_was_lost_says_nothing(town: Town, act: str) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    with town.gateway() as gateway, gateway.node().engaged() as engine:
        poll(engine)
        while engine.book() + engine.open_due() + engine.make():
            pass
        away = town.root / "out/redpanda/orders"
        if act == "park":
            (away / "PO_000001.csv").write_text("somebody else's")
        else:
            away.rename(away.with_name("away"))
        struck = rob_each_transaction(gateway.store, engine.deliver)
    assert struck >= ({"out.attempt", "out.done"} if act == "park" else {"out.attempt", "out.later"})


def test_a_taken_file_is_recorded_once_under_its_name_whoever_read_it(town: Town) -> None:
    """The pick-up has no lease that could be checked at the partner's: the unique name of a taken file is its fence."""
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    with town.gateway() as gateway, gateway.node().engaged() as engine:
        (spot,) = (spot for spot in engine.spots if spot.names == ("oms", "orders"))
        another = Collector(spot, store=gateway.store, archive=gateway.archive, clock=gateway.clock)
        with gateway.endpoints.lend(spot.connector) as transport:
            zombie = Collector(spot, store=gateway.store, archive=gateway.archive, clock=gateway.clock)
            record = zombie._record
            zombie._record = lambda *read: (another.poll(transport), record(*read))  # type: ignore[method-assign]
            assert zombie.poll(transport).recorded == 0
        with gateway.store.reading() as connection:
            assert len(connection.execute(select(tables.message.c.id)).all()) == 1


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as opened:
        yield opened


def test_a_lease_that_passed_on_is_neither_renewed_nor_released_nor_given_back(store: Store) -> None:
    later = NOON + timedelta(minutes=5)
    with store.transaction() as tx:
        work.add(tx, NewWork(kind=Kind.BOOK, subject=1, connector="a", due_at=NOON))
    old = leases.take(store, "poll:a/orders", run="one", now=NOON, until=NOON)
    (mine,) = work.claim(store, Kind.BOOK, run="one", connectors=["a"], now=NOON, until=NOON)
    assert old is not None
    assert leases.take(store, "poll:a/orders", run="two", now=later, until=later) is not None
    work.claim(store, Kind.BOOK, run="two", connectors=["a"], now=later, until=later)
    before = picture(store)
    assert not leases.renew(store, old, until=later + timedelta(days=1))
    assert not leases.release(store, old)
    assert work.renew(store, [mine.lease], until=later + timedelta(days=1)) == set()
    work.give_back(store, [mine.lease])
    assert picture(store) == before
