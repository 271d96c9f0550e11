"""Several real processes that serve one workspace on one PostgreSQL: started, killed, stopped and resumed by a test."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from gateway.store import Store, tables
from gateway.store.clock import StoreClock
from gateway.store.migrations import upgrade
from tests.commands import PROGRAM
from tests.storehouse import opened
from tests.town import OMS, RED_PANDA, ROOT, Town
from tests.waiting import PATIENCE, wait_until

SETTINGS = '[work]\nlease = "3s"\nrenew = "1s"\n[retry]\nfirst = "1s"\nlongest = "1s"\n[web]\nenabled = false\n'
UNFINISHED = ("waiting", "blessed")


class Fleet:
    """The workspace and the processes."""

    def __init__(self, root: Path, url: str, *, gather: str = "now: true") -> None:
        self.town = Town(root / "town", url)
        toml = self.town.root / "gateway.toml"
        toml.write_text(toml.read_text() + SETTINGS)
        self.town.declare("oms", OMS.replace("every: 1h", "every: 1s").replace("watch: true", "watch: false"))
        self.town.declare("redpanda", RED_PANDA.replace("every: 1h", "every: 1s").replace("GATHER", gather))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._logs = root / "logs"
        self._logs.mkdir()
        upgrade(url)
        self.store: Store

    def start(self, name: str, *words: str, program: Path = ROOT, **environment: str) -> subprocess.Popen[bytes]:
        """A node of that name, at work."""
        more = {"PYTHONPATH": str(program), "GATEWAY_NODE__NAME": name, **environment}
        command = [*PROGRAM, "--workspace", str(self.town.root), "serve", *words]
        with (self._logs / name).open("wb") as log:
            process = subprocess.Popen(command, cwd=program, env={**os.environ, **more}, stdout=log, stderr=log)
        self.processes[name] = process
        wait_until(lambda: '"serving"' in self.log(name) or process.poll() is not None)
        return process

    def end(self) -> None:
        """Everybody ends in good order: whatever a thread was in the middle of has been brought to its end then."""
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for name, process in self.processes.items():
            assert process.wait(PATIENCE) in {0, -signal.SIGKILL}, self.log(name)

    def kill_all(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def log(self, name: str) -> str:
        return (self._logs / name).read_text()

    def now(self) -> datetime:
        """The database's time of day, and a little more."""
        return StoreClock(self.store).now() + timedelta(minutes=1)

    def order(self, number: int) -> None:
        """The retailer sends an order of its own number."""
        body = self.town.sample("createdsorder.xml").replace(b"ab10747", b"ab%d" % number)
        self.town.drop(f"in/oms/order-{number}.xml", body)

    def orders(self, numbers: range) -> None:
        for number in numbers:
            self.order(number)

    def is_done(self, orders: int) -> bool:
        """All are booked and sent, their answers and feed files too, and nothing is left to do."""
        with self.store.reading() as connection:
            live = connection.execute(select(func.count()).where(tables.order_key.c.state == "live")).scalar_one()
            unsent = connection.execute(select(func.count()).where(tables.outbox.c.state.in_(UNFINISHED))).scalar_one()
            work = connection.execute(select(func.count()).select_from(tables.work)).scalar_one()
            unbatched = connection.execute(select(func.count()).where(tables.order_line.c.batch_number.is_(None))).scalar_one()
        taken = self.town.root / "in/oms/.taken/orders"
        is_filed_away = taken.is_dir() and {path.name for path in taken.iterdir()} == {"done"}
        return is_filed_away and (live, unsent, work, unbatched) == (orders, 0, 0, 0)

    def wait_until_done(self, orders: int) -> None:
        wait_until(lambda: self.is_done(orders))

    def require_once(self, orders: range) -> None:
        """Every order is booked once, stands in one batch file and is answered once; every item left once under its own bytes."""
        expected = {f"AB{number}" for number in orders}
        batches = "".join(self.town.files("out/redpanda/orders").values())
        assert Counter(re.findall(r"AB\d+", batches)) == Counter(dict.fromkeys(expected, 2)), "two lines an order, each in one batch"
        assert len(self.town.files("out/oms/responses")) == len(orders)
        with self.store.reading() as connection:
            messages = connection.execute(select(tables.message.c.state, func.count()).group_by(tables.message.c.state)).all()
            items = connection.execute(select(tables.outbox.c.state, tables.outbox.c.file_name)).all()
            numbers = connection.execute(select(tables.batch.c.number).order_by(tables.batch.c.number)).scalars().all()
            history = connection.execute(select(func.count()).where(tables.order_history.c.event == "H1")).scalar_one()
        assert [tuple(row) for row in messages] == [("booked", len(orders))]
        assert {row.state for row in items} == {"sent"}
        sent = {bytes(row.file_name).decode() for row in items}
        assert sent == {name for folder in ("orders", "results") for name in self.town.files(f"out/redpanda/{folder}")} | {
            name for folder in ("responses", "changes", "invoices") for name in self.town.files(f"out/oms/{folder}")
        }
        assert list(numbers) == list(range(1, len(numbers) + 1))
        assert history == 2 * len(orders)


@contextmanager
def fleet(root: Path, url: str, *, gather: str = "now: true") -> Iterator[Fleet]:
    """A workspace without a process yet; all are ended at the end, whatever happens."""
    found = Fleet(root, url, gather=gather)
    with opened(url) as store:
        found.store = store
        try:
            yield found
        finally:
            found.kill_all()
