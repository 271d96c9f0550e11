"""The partners' side of a case: sees every file the instant it stands under its final name, keeps what it saw, collects, and answers.

Its book is the evidence of deliveries, not the gateway's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from gateway.simulator.mail import Letter
from gateway.simulator.vendor import Asked, Bill, Parcel
from gateway.simulator.ways_csv import CsvWays
from tests.chaos.truth import ON, Kind, Offer, Truth
from tests.chaos.world import OUTBOXES, VENDOR, World

GLANCE = 0.004
"""Seconds between two looks of a robot that watches."""


class Manner(StrEnum):
    """When a partner takes a file away: the instant it sees it, some looks later, or never."""

    AT_ONCE = "at once"
    LATE = "late"
    NEVER = "never"


class Appearance(Struct, frozen=True):
    """A file that stood under its final name: what it held the first time it could be read."""

    box: str
    name: str
    sha256: str
    size: int
    body: bytes


class Robot:
    """Plays the retailer and the vendor of one world."""

    def __init__(self, world: World, truth: Truth, manner: Manner = Manner.AT_ONCE) -> None:
        self.book: list[Appearance] = []
        self._world = world
        self._truth = truth
        self._manner = manner
        self._ways = CsvWays(VENDOR, prefix="RP")
        self._standing: dict[Path, tuple[int, int]] = {}
        self._seen: set[tuple[str, str]] = set()
        self._shipped: set[str] = set()
        self._looks = 0
        self._dice = Random(f"robot {truth.seed}")
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.held_back: list[Offer] = []
        """Answers that are not handed over by themselves; whoever set `shuffled` hands them over."""
        self.shuffled = False
        self.hasty = False
        """Files are handed over while nodes are at work: any may come before what it needs. So it is on PostgreSQL, too, where a
        process that was killed holds one channel for a lease and the next one looks into the others."""

    def offer(self, offer: Offer) -> None:
        """A file is handed to the gateway, noted before."""
        self._truth.note(offer)
        self._world.drop(offer.box, offer.name, offer.body)

    def act(self) -> int:
        """One look: note what is new, take away what is due, answer batches. How many files were new."""
        with self._lock:
            self._looks += 1
            return sum(self._look(box) for box in OUTBOXES)

    def hand_over(self) -> int:
        """Hand over, in random order, what was held back."""
        with self._lock:
            waiting, self.held_back = self.held_back, []
        self._dice.shuffle(waiting)
        for offer in waiting:
            self.offer(offer)
        return len(waiting)

    def watch(self) -> None:
        """Look all the time, on a thread."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._watch, name="robot", daemon=True)
        self._thread.start()

    def rest(self) -> None:
        """Watch no longer."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _watch(self) -> None:
        while not self._stop.wait(GLANCE):
            self.act()

    def _look(self, box: str) -> int:
        new = 0
        for path in self._world.standing(box):
            with suppress(FileNotFoundError):
                new += self._glance(box, path)
        return new

    def _glance(self, box: str, path: Path) -> int:
        """A file is new when nothing stood there, or something else did: a second inode under a name is a second delivery."""
        found = path.stat()
        is_new = self._standing.get(path) != (found.st_ino, found.st_mtime_ns)
        if is_new:
            body = path.read_bytes()
            self._standing[path] = (found.st_ino, found.st_mtime_ns)
            self.book.append(Appearance(box, path.name, sha256(body).hexdigest(), len(body), body))
            self._answer(box, path.name, body)
        if self._manner is Manner.AT_ONCE or (self._manner is Manner.LATE and not is_new and self._dice.random() < 0.3):
            path.unlink()
            del self._standing[path]
        return int(is_new)

    def _answer(self, box: str, name: str, body: bytes) -> None:
        if box != "batches" or (box, name) in self._seen:
            return
        self._seen.add((box, name))
        asked = self._ways.read_orders(body)
        for offer in self._replies(asked):
            told = replace(offer, may_wait=self.shuffled or self.hasty or not self._world.is_sqlite)
            if self.shuffled:
                self.held_back.append(told)
            else:
                self.offer(told)

    def _replies(self, asked: Asked) -> list[Offer]:
        """The acknowledgement, everything shipped in one file, and the invoice for it; each with a number nobody else uses."""
        number = f"{int(asked.batch):06}"
        parcels = [
            Parcel(
                line=line,
                quantity=line.quantity,
                tracking=f"1Z{line.order}{line.line:02}",
                weight=Decimal("1.5"),
                freight=Decimal("2.50"),
                on=ON,
            )
            for line in asked.lines
        ]
        bill = Bill(number=f"RP-{number}", on=ON, freight=Decimal("3.50"), details=tuple((it, it.line.unit_cost) for it in parcels))
        shipment = self._ways.shipment(parcels, number, batch=asked.batch, mistaken=False)
        return [
            _offered(self._ways.acknowledgement(asked, number, on=ON), [(asked.batch, Kind.GOOD)]),
            _offered(shipment, [(f"{it.line.order}/{it.line.line}", Kind.GOOD) for it in parcels]),
            _offered(self._ways.invoice(bill, number), [(bill.number, Kind.GOOD)]),
        ]


def _offered(letter: Letter, documents: list[tuple[str, Kind]]) -> Offer:
    return Offer(box=letter.box, name=letter.name, body=letter.body, documents=tuple(documents))


def wait_for(condition: Callable[[], bool], *, seconds: float, glance: float = 0.02) -> bool:
    """Whether the condition came true within the time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(glance)
    return True
