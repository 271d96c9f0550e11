"""Transactions: all or nothing, errors by what they mean, writers in turn, news after the commit."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text

from gateway.kernel.errors import ConfigError, StoreBusy
from gateway.store import BadData, Durability, OutcomeUnknown, Pooling, Rule, Store, StoreAway, Tx
from gateway.store.fairness import FairLock
from gateway.store.tables import counter
from tests.postgres import PostgreSQL
from tests.storehouse import fresh_store, opened, write
from tests.waiting import PATIENCE


def names(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(select(counter.c.name).order_by(counter.c.name)).scalars())


def put(store: Store, name: str) -> None:
    with store.transaction() as tx:
        tx.connection.execute(counter.insert().values(name=name, last=0, most=9))


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def fail(tx: Tx) -> None:
        tx.connection.execute(counter.insert().values(name="a", last=0, most=9))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(store, fail)
    assert names(store) == []


def test_a_broken_rule_is_told_by_its_name_and_the_connection_goes_on(store: Store) -> None:
    put(store, "a")
    with pytest.raises(BadData) as caught:
        put(store, "a")
    assert (caught.value.rule, caught.value.table, caught.value.constraint) == (Rule.UNIQUE, "counter", "pk_counter")
    with pytest.raises(BadData) as caught, store.transaction() as tx:
        tx.connection.execute(counter.insert().values(name="b", last=10, most=9))
    assert (caught.value.rule, caught.value.constraint) == (Rule.CHECK, "ck_counter_last")
    put(store, "c")
    assert names(store) == ["a", "c"]


def test_a_mistake_of_ours_is_not_blamed_on_data(store: Store) -> None:
    with pytest.raises(Exception, match="nosuch") as caught, store.transaction() as tx:
        tx.connection.execute(text("select * from nosuch"))
    assert not isinstance(caught.value, BadData | StoreBusy)


def test_a_reader_sees_one_picture_while_others_write(store: Store) -> None:
    put(store, "a")
    with store.reading() as connection:
        before = connection.execute(select(counter.c.name)).all()
        put(store, "b")
        assert connection.execute(select(counter.c.name)).all() == before


def test_work_that_met_a_busy_database_is_tried_again(store: Store) -> None:
    tries: list[int] = []

    def work(tx: object) -> str:
        tries.append(1)
        if len(tries) < 3:
            raise StoreBusy("not now")
        return "done"

    assert store.attempt(work) == "done"


def test_an_absent_database_is_not_hammered(store: Store) -> None:
    tries: list[int] = []

    def work(tx: object) -> None:
        tries.append(1)
        raise StoreAway("gone")

    with pytest.raises(StoreAway):
        store.attempt(work)
    assert len(tries) == 1


def test_waiting_is_over_as_soon_as_work_was_committed(store: Store) -> None:
    seen = store.wake.wait("book", seen=-1, seconds=0)
    woken: list[int] = []
    waiter = threading.Thread(target=lambda: woken.append(store.wake.wait("book", seen=seen, seconds=30)))
    waiter.start()
    with store.transaction() as tx:
        tx.wake("book")
    waiter.join(PATIENCE)
    assert woken == [seen + 1]


def test_what_was_rolled_back_wakes_nobody(store: Store) -> None:
    def fail(tx: Tx) -> None:
        tx.wake("book")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(store, fail)
    assert store.wake.wait("book", seen=0, seconds=0) == 0


def test_another_process_hears_of_the_work(postgresql_url: str) -> None:
    with opened(postgresql_url) as here, opened(postgresql_url) as there:
        there.wake.listen()
        seen, deadline = 0, time.monotonic() + 30
        while seen == 0 and time.monotonic() < deadline:  # the first announcements may come before it listens
            with here.transaction() as tx:
                tx.wake("deliver")
            seen = there.wake.wait("deliver", seen=0, seconds=0.2)
        assert seen > 0


def test_a_database_that_may_lose_commits_is_refused(postgresql_url: str, sqlite_url: str) -> None:
    with closing(Store(postgresql_url, durability=Durability.REQUIRED)) as store, pytest.raises(ConfigError, match="fsync is off"):
        store.check()
    with closing(Store(postgresql_url, durability=Durability.UNCHECKED)) as store:
        store.check()
    with closing(Store(sqlite_url)) as store:
        store.check()


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "sqlite:///:memory:"])
def test_a_database_we_do_not_know_is_refused(url: str) -> None:
    with pytest.raises((ConfigError, ModuleNotFoundError)):
        Store(url)


def test_a_foreign_writer_makes_sqlite_busy_not_broken(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.dialects.engine.BUSY_SECONDS", 0.05)
    with fresh_store(sqlite_url) as store:
        foreign = sqlite3.connect(tmp_path / "gateway.db", isolation_level=None)
        foreign.execute("begin immediate")
        with pytest.raises(StoreBusy):
            put(store, "a")
        foreign.execute("rollback")
        foreign.close()
        put(store, "a")
        assert names(store) == ["a"]


def test_a_full_disk_is_the_databases_trouble_and_nothing_is_half_written(sqlite_url: str) -> None:
    with fresh_store(sqlite_url) as store:

        def fill(tx: Tx) -> None:
            tx.connection.exec_driver_sql("pragma max_page_count = 1")
            for n in range(2000):
                tx.connection.execute(counter.insert().values(name=f"{n:0500}", last=0, most=9))

        put(store, "a")
        with pytest.raises(StoreAway):
            write(store, fill)
        assert names(store) == ["a"]
        assert write(store, lambda tx: tx.connection.exec_driver_sql("pragma integrity_check").scalar_one()) == "ok"


def test_a_deadlock_is_the_databases_moment_not_a_documents_fault(postgresql_url: str) -> None:
    with fresh_store(postgresql_url) as store:
        put(store, "a")
        put(store, "b")
        both = threading.Barrier(2)
        caught: list[Exception] = []

        def cross(first: str, second: str) -> None:
            try:
                with store.transaction() as tx:
                    for name in (first, second):
                        tx.connection.execute(select(counter).where(counter.c.name == name).with_for_update()).all()
                        if name == first:
                            both.wait(PATIENCE)
            except Exception as error:  # noqa: BLE001  judged below
                caught.append(error)

        threads = [threading.Thread(target=cross, args=names) for names in (("a", "b"), ("b", "a"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [type(error) for error in caught] == [StoreBusy]


def kill(store: Store, tx: Tx) -> None:
    """End the transaction's connection from outside."""
    pid = tx.connection.execute(text("select pg_backend_pid()")).scalar_one()
    with store.statement() as other:
        other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})


def test_a_killed_connection_is_away_and_the_next_one_works(postgresql_url: str) -> None:
    with fresh_store(postgresql_url) as store:

        def lose(tx: Tx) -> None:
            kill(store, tx)
            tx.connection.execute(select(counter)).all()

        put(store, "a")
        with pytest.raises(StoreAway):
            write(store, lose)
        put(store, "b")
        assert names(store) == ["a", "b"]


def test_a_connection_lost_at_the_commit_leaves_the_outcome_open(postgresql_url: str) -> None:

    with fresh_store(postgresql_url) as store:

        def lose(tx: Tx) -> None:
            tx.connection.execute(counter.insert().values(name="a", last=0, most=9))
            kill(store, tx)

        with pytest.raises(OutcomeUnknown):
            write(store, lose)
        assert names(store) == []


def test_nothing_is_prepared_behind_a_pooler_for_transactions(postgresql: PostgreSQL, postgresql_url: str) -> None:
    with closing(Store(postgresql_url, durability=Durability.UNCHECKED, pooling=Pooling.TRANSACTION)) as store:
        for _ in range(12):
            with store.reading() as connection:
                connection.execute(text("select 1")).all()
        with store.reading() as connection:
            assert connection.execute(text("select count(*) from pg_prepared_statements")).scalar_one() == 0


def test_waiting_writers_are_served_in_the_order_they_came() -> None:
    lock, order = FairLock(), []
    with lock:
        threads = []
        for n in range(20):
            thread = threading.Thread(target=lambda n=n: take(lock, order, n))
            thread.start()
            threads.append(thread)
            while len(lock._waiting) != n + 1:
                time.sleep(0)
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def take(lock: FairLock, order: list[int], n: int) -> None:
    with lock:
        order.append(n)


def impatient(tx: Tx) -> None:
    tx.connection.exec_driver_sql("set local lock_timeout = '50ms'")
    tx.connection.execute(select(counter).where(counter.c.name == "a").with_for_update()).all()


def test_a_transaction_that_waits_too_long_for_a_lock_gives_up(postgresql_url: str) -> None:
    with fresh_store(postgresql_url) as store:
        put(store, "a")
        with store.reading() as connection:
            shown = {name: connection.exec_driver_sql(f"show {name}").scalar_one() for name in ("lock_timeout", "statement_timeout")}
        assert shown == {"lock_timeout": "5s", "statement_timeout": "30s"}
        with store.transaction() as one:
            one.connection.execute(select(counter).where(counter.c.name == "a").with_for_update()).all()
            with pytest.raises(StoreBusy):
                write(store, impatient)
