"""A hundred thousand files in a folder, or rows in the queue: a step of work is as large as before, and nobody starves."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert

from gateway.store import Store, tables, work
from gateway.store.work import Kind
from tests.storehouse import NOON, fresh_store

pytestmark = pytest.mark.slow

MANY = 100_000
PARTNERS = 50
LOOKS = """
import os, resource, sys
from datetime import timedelta
from pathlib import Path
from gateway.archive import Archive
from gateway.config import Connector
from gateway.intake import Collector, Spot
from gateway.kernel import FixedClock
from gateway.transports import FolderOptions, open_transport
from tests.storehouse import NOON, fresh_store

root, files = Path(sys.argv[1]), sys.argv[2]
(root / "in").mkdir(parents=True)
channel = {"channel": "shipments", "folder": "in", "files": files, "mapping": "shipments-csv", "limits": {"files": "200"}}
form = {"connector": "redpanda", "partner": {"name": "Red Panda", "vendor": "257"}, "endpoint": {"transport": "folder"}}
connector = Connector.model_validate({**form, "receive": [channel]})
transport = open_transport("folder", FolderOptions(root=root))
clock = FixedClock(NOON)
with fresh_store(f"sqlite:///{root}/gateway.db") as store:
    collector = Collector(Spot(connector, connector.receive[0]), store=store, archive=Archive(root / "archive"), clock=clock)
    (root / "in/SHIP_0.csv").write_bytes(b"first")
    collector.poll(transport)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(1, 100_000):
        os.mknod(f"{root}/in/SHIP_{number:06}.csv")
        if number < 500:
            (root / f"in/SHIP_{number:06}.csv").write_bytes(b"x%d" % number)
    found = [collector.poll(transport) for _ in range(3) if clock.advance(timedelta(seconds=30)) is None]
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
print(grown, *(f"{one.recorded}:{one.left}" for one in found))
"""


@pytest.mark.parametrize(
    ("files", "told", "most"),
    [("SHIP_*.csv", ["1:99799", "200:99599", "200:99399"], 40), ("INV_*.csv", ["0:0", "0:0", "0:0"], 40)],
    ids=["all of them wanted", "none of them ours"],
)
def test_a_folder_of_many_files_is_gone_through_in_turns_and_little_memory(tmp_path: Path, files: str, told: list[str], most: int) -> None:
    done = subprocess.run([sys.executable, "-c", LOOKS, str(tmp_path / "site"), files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    grown, *polls = done.stdout.split()
    assert polls == told
    assert int(grown) < most, f"{grown} MB"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as found:
        yield found


def fill(store: Store) -> None:
    """One partner floods us; the others sent a little, later."""
    rows = [("flood", number) for number in range(MANY)]
    rows += [(f"partner{number % PARTNERS}", MANY + number) for number in range(PARTNERS * 4)]
    with store.transaction() as tx:
        for start in range(0, len(rows), 5000):
            values = [
                {"kind": "book", "subject": subject, "place": 0, "connector": connector, "due_at": NOON + timedelta(microseconds=subject)}
                for connector, subject in rows[start : start + 5000]
            ]
            tx.connection.execute(insert(tables.work), values)


def test_claims_among_a_hundred_thousand_rows_are_fair_and_read_what_they_take(store: Store) -> None:
    fill(store)
    connectors = ["flood", *(f"partner{number}" for number in range(PARTNERS))]
    now = NOON + timedelta(hours=1)
    taken: Counter[str] = Counter()
    for turn in range(8):
        order = connectors[turn:] + connectors[:turn]
        found = work.claim(store, Kind.BOOK, run="one", connectors=order, now=now, until=now + timedelta(minutes=2), most=60, each=2)
        assert len(found) <= 60
        taken.update(it.connector for it in found)
    assert all(taken[f"partner{number}"] == 4 for number in range(PARTNERS))
    assert 0 < taken["flood"] <= 16
    first = work.claim(store, Kind.BOOK, run="one", connectors=["flood"], now=now, until=now + timedelta(minutes=2), most=1, each=1)
    assert first[0].subject == taken["flood"]


def test_a_claim_goes_through_the_index_whatever_waits(store: Store) -> None:
    fill(store)
    plans: list[str] = []
    if store.is_sqlite:
        watch(store, plans)
    else:
        with store.transaction() as tx:
            tx.connection.exec_driver_sql("analyze work")
    now = NOON + timedelta(hours=1)
    if store.is_sqlite:
        work.claim(store, Kind.BOOK, run="one", connectors=["flood"], now=now, until=now, most=100, each=100)
        assert plans
        assert all("USING" in plan and "SCAN work" not in plan for plan in plans), plans
    else:
        with store.reading() as connection:
            before = read_rows(connection)
        work.claim(store, Kind.BOOK, run="one", connectors=["flood", "partner1"], now=now, until=now, most=100, each=100)
        with store.transaction() as tx:
            tx.connection.exec_driver_sql("select pg_stat_force_next_flush()")
        with store.reading() as connection:
            assert read_rows(connection) - before < 1000


def read_rows(connection: Connection) -> int:
    """Rows of the queue that were ever read one after the other."""
    return int(connection.exec_driver_sql("select seq_tup_read from pg_stat_user_tables where relname = 'work'").scalar_one())


def watch(store: Store, plans: list[str]) -> None:
    """Note how SQLite goes about each statement on the queue."""

    def explain(connection: Connection, cursor: object, statement: str, parameters: object, context: object, many: bool) -> None:
        if " work " in statement and statement.startswith(("select id", "update")):
            found = connection.connection.driver_connection.execute(f"explain query plan {statement}", parameters)  # type: ignore[union-attr]
            plans.append("; ".join(row[3] for row in found))

    event.listen(store.engine, "before_cursor_execute", explain)
