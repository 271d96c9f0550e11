"""The play: all simulated partners act in turns in a thread beside the node, and somebody tells what happens."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from msgspec import Struct

from gateway.app import Gateway
from gateway.config import Workspace
from gateway.desk.acting import Desk
from gateway.desk.invoice_acts import approve
from gateway.desk.invoices import search_invoices
from gateway.domain.access import EVERYTHING
from gateway.domain.outcome import InvoiceState
from gateway.kernel.errors import AlreadyRunning, TryLater
from gateway.simulator.cast import Cast
from gateway.simulator.story import Story
from gateway.store import Store
from gateway.store.queries import InvoiceSearch

LOOK = 0.2
BUYER = "e.buyer"
AGREED = "the vendor's new price list is agreed"


class Pace(Struct, frozen=True):
    """Seconds: between two files of orders at least, until a stuck order is not waited for, before a held invoice is approved."""

    rest: float
    patience: float
    hesitation: float


class Play:
    """Acts until it is stopped, or over (`has_ended`). `failure` is what ended it otherwise."""

    def __init__(self, gateway: Gateway, cast: Cast, story: Story, pace: Pace, *, is_over: Callable[[Play], bool]) -> None:
        self.cast = cast
        self.failure: BaseException | None = None
        self.has_ended = False
        self.moved_at = time.monotonic()
        self._gateway = gateway
        self._story = story
        self._pace = pace
        self._is_over = is_over
        self._ordered_at: float | None = None
        self._waiting_since = time.monotonic()
        self._held_since: dict[str, float] = {}
        self._settled: set[str] = set()
        self._stop = threading.Event()

    @contextmanager
    def on(self, then: Callable[[], object]) -> Iterator[None]:
        """Play beside the body; `then` is called when the play has ended by itself."""
        thread = threading.Thread(target=self._run, args=[then], name="simulator")
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
        self._story.tell()

    @property
    def store(self) -> Store:
        """The store of the gateway that is played with."""
        return self._gateway.store

    def turn(self) -> None:
        """Everybody looks once, and acts."""
        self.answer()
        for name, retailer in self.cast.retailers.items():
            if retailer.has_more and self._may_order():
                self._ordered_at = self._waiting_since = self.moved_at = time.monotonic()
                self.cast.partners[name].begin("orders")
        self._approve()

    def answer(self) -> None:
        """Everybody looks once and answers; nobody begins anything."""
        for partner in self.cast.partners.values():
            if partner.step():
                self.moved_at = time.monotonic()
        if self._story.tell():
            self.moved_at = time.monotonic()

    def open_matters(self) -> Sequence[str]:
        """What somebody still waits for, in words."""
        found = [f"{name} waits for {matter}" for name, it in self.cast.partners.items() for matter in it.mind.open_matters()]
        posted = {(one.vendor, one.number) for retailer in self.cast.retailers.values() for one in retailer.posted}
        for name, vendor in self.cast.vendors.items():
            code = self._gateway.workspace.connector(name).partner.vendor or ""
            found += [f"{name} waits for the money of {number}" for number in vendor.bills if (code, number) not in posted]
        return found

    def _run(self, then: Callable[[], object]) -> None:
        try:
            while not self.has_ended and not self._stop.wait(LOOK):
                with suppress(TryLater):  # the store is busy: the next look comes soon
                    self.turn()
                    self.has_ended = self._is_over(self)
        except BaseException as error:  # noqa: BLE001  told by whoever waits for the play
            self.failure = error
        then()

    def _may_order(self) -> bool:
        """Orders that are on their way to their vendors come first, so that every batch holds the orders of one file."""
        now = time.monotonic()
        if self._ordered_at is not None and now - self._ordered_at < self._pace.rest:
            return False
        return now - self._waiting_since > self._pace.patience or not self._under_way()

    def _under_way(self) -> bool:
        arrived = {number for vendor in self.cast.vendors.values() for number in vendor.orders}
        placed = (it for retailer in self.cast.retailers.values() for it in retailer.orders.values())
        return any(it.order.number not in arrived and not it.is_refused for it in placed)

    def _approve(self) -> None:
        """The buyer looks at held invoices of simulated vendors, thinks, and approves."""
        dear = {number for vendor in self.cast.vendors.values() for number in vendor.dear} - self._settled
        if not dear:
            return
        gateway = self._gateway
        with suppress(TryLater):
            held = {
                row.number
                for row in search_invoices(gateway.store, InvoiceSearch(states=(InvoiceState.HELD,)), scope=EVERYTHING, most=1000).rows
            }
            self._settled |= {number for number in dear & self._held_since.keys() if number not in held}
            for number in sorted(dear & held):
                if time.monotonic() - self._held_since.setdefault(number, time.monotonic()) < self._pace.hesitation:
                    continue
                approve(Desk(store=gateway.store, master=gateway.master, clock=gateway.clock, user=BUYER), number, reason=AGREED)
                self._story.approved(number, user=BUYER, reason=AGREED, at=gateway.clock.now())


def endless(_: Play) -> bool:
    """A play that goes on until somebody stops it."""
    return False


@contextmanager
def only_one_play(workspace: Workspace) -> Iterator[None]:
    """The partners of a workspace are played by one process."""
    folder = workspace.paths.var / "sim"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(f"process {file.read().strip()} plays the simulated partners of this workspace already") from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
