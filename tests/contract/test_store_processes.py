"""Several processes on one database: killed, stopped and resumed, and still every piece of work is done exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.store import Store, tables, work
from gateway.store.work import Kind, NewWork
from tests.storehouse import NOON, fresh_store
from tests.waiting import PATIENCE

WORKER = """
import sys
from datetime import datetime, timedelta, UTC
from gateway.kernel.errors import LeaseLost, StoreBusy
from gateway.store import Durability, Store, tables, work
from gateway.store.work import Kind

url, run, stop_after = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = Store(url, durability=Durability.UNCHECKED)
empty = 0
while empty < 20:
    now = datetime.now(UTC)
    try:
        found = work.claim(store, Kind.BOOK, run=run, connectors=["a", "b"], now=now, until=now + timedelta(seconds=0.3), most=4, each=3)
        if not found:
            empty += 1
            store.wake.wait("book", seen=0, seconds=0.05)
            continue
        empty = 0
        if stop_after == 0:
            print("claimed", flush=True)
            sys.stdin.readline()
        stop_after -= 1
        with store.transaction() as tx:
            kept = work.fence(tx, [one.lease for one in found])
            for one in found:
                if one.lease in kept:
                    tx.connection.execute(tables.node.insert().values(
                        run=f"{one.subject}", name=run, version="", started_at=now, beat_at=now, beat=0))
            if kept:
                work.finish(tx, *kept)
    except (LeaseLost, StoreBusy):
        continue
store.close()
"""
COUNT = 300


def start(url: str, run: str, *, stop_after: int = -1) -> subprocess.Popen[str]:
    """A worker that does what it claims; with `stop_after` it claims once more and waits until it is told to go on."""
    command = [sys.executable, "-c", WORKER, url, run, str(stop_after)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(root)}
    )


def ask(store: Store) -> None:
    with store.transaction() as tx:
        for n in range(COUNT):
            work.add(tx, NewWork(kind=Kind.BOOK, subject=n, connector="ab"[n % 2], due_at=NOON - timedelta(days=365)))


@pytest.mark.slow
def test_killed_and_stopped_workers_lose_nothing_and_double_nothing(database_url: str) -> None:
    """Each effect is a row with a unique key: a second one would fail, a lost one would be missing."""
    with fresh_store(database_url) as store:
        ask(store)
        killed, stopped = start(database_url, "killed", stop_after=5), start(database_url, "stopped", stop_after=5)
        assert killed.stdout is not None
        assert stopped.stdout is not None
        for held in (killed, stopped):
            assert held.stdout is not None
            assert held.stdout.readline() == "claimed\n"
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        others = [start(database_url, f"other-{n}") for n in range(2)]
        for other in others:
            assert other.wait(timeout=PATIENCE) == 0
        stopped.communicate("go on\n", timeout=PATIENCE)  # a zombie: its lease lapsed long ago
        assert stopped.returncode == 0
        for process in (killed, *others):
            process.communicate()
        with store.reading() as connection:
            done = connection.execute(select(tables.node.c.name, func.count()).group_by(tables.node.c.name)).all()
            assert sum(count for _, count in done) == COUNT
            assert {name for name, _ in done} >= {"killed", "stopped"}
            assert connection.execute(select(tables.work.c.id)).all() == []
