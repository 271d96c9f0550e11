"""What is true before anything is offered: every document of a day, its kind, and the effect it must have, and no other.

Written by the generator, never read back from the gateway. Personal fields and free texts carry tokens of their own, so that the
checker can look for them where they must not be.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from hashlib import sha256
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from gateway.simulator.createdsorder import order_file
from gateway.simulator.goods import Ordered, ordered
from tests.chaos.world import VENDOR

ON = date(2026, 6, 1)
"""Long ago: a clock that is a month slow must not find these days in the future."""
ACCOUNT = "LOCATE"


class Kind(StrEnum):
    """What a document is to the gateway."""

    GOOD = "good"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    BAD = "bad"
    UNREADABLE = "unreadable"


class Offer(Struct, frozen=True, kw_only=True):
    """One file as a partner leaves it: `documents` says what each is, in their order; `codes` the issues a bad one must be told."""

    box: str
    name: str
    body: bytes
    documents: tuple[tuple[str, Kind], ...]
    codes: frozenset[str] = frozenset()
    may_wait: bool = False
    """It may come before what it needs, and is then answered twice: that it waits, and what came of it."""

    @property
    def sha256(self) -> str:
        """The name of its bytes in the archive."""
        return sha256(self.body).hexdigest()


class Truth:
    """A day: the orders that must be in the store once, and every file that was offered."""

    def __init__(self, seed: int, *, orders: int = 5) -> None:
        self.seed = seed
        self.orders: dict[str, Ordered] = {}
        self.offers: list[Offer] = []
        self.tokens: set[str] = set()
        """Personal values, none of which may stand in a log or a metric."""
        self._dice = Random(f"truth {seed}")
        made = [self._ordered(nth) for nth in range(orders + 1)]
        self.morning = self._orders(made[:-1])
        """Files of good orders."""
        self.noon = self._troubles(made[:-1], made[-1])
        """What goes wrong on every day, and a good file under a name that was used before; offered when the morning is booked."""

    def note(self, offer: Offer) -> Offer:
        """Everything offered is noted first."""
        self.offers.append(offer)
        return offer

    def _ordered(self, nth: int) -> Ordered:
        told = ordered(self.seed, nth, vendors=(VENDOR,), on=ON)
        token = f"Tk{self.seed:x}q{nth}"
        self.tokens |= {f"{token}Last", f"{token} Lane", f"{token} note"}
        return replace(told, last_name=f"{token}Last", street=f"1 {token} Lane", note=f"{token} note")

    def _orders(self, made: list[Ordered]) -> list[Offer]:
        """Good orders in files of one to three."""
        files = []
        while made:
            count = self._dice.choice((1, 2, 3))
            some, made = made[:count], made[count:]
            files.append(self._file(f"DSORD_{len(files) + 1:03}.xml", some, [(it.number, Kind.GOOD) for it in some]))
            self.orders |= {it.number: it for it in some}
        return files

    def _troubles(self, made: list[Ordered], late: Ordered) -> list[Offer]:
        """One of each kind: the same bytes, the same order in other bytes, another order under the same number, a bad one, half a file."""
        first, last, file = made[0], made[-1], self.morning[0]
        dearer = replace(first, freight=first.freight + 1)
        nothing = replace(last, number="AB99001", lines=(replace(last.lines[0], quantity=0),))
        cut = self._file("DSORD_cut.xml", [last], [(last.number, Kind.UNREADABLE)], codes=frozenset({"DSO-001"}))
        self.orders[late.number] = late
        return [
            replace(file, name="DSORD_again.xml", documents=tuple((key, Kind.DUPLICATE) for key, _ in file.documents)),
            self._file("DSORD_same.xml", [first], [(first.number, Kind.DUPLICATE)], comment="told once more"),
            self._file("DSORD_other.xml", [dearer], [(first.number, Kind.CONFLICT)]),
            self._file("DSORD_wrong.xml", [nothing], [(nothing.number, Kind.BAD)], codes=frozenset({"DSO-121"})),
            replace(cut, body=cut.body[: len(cut.body) * 2 // 3]),
            self._file(file.name, [late], [(late.number, Kind.GOOD)], comment="a name that was used before"),
        ]

    def _file(
        self,
        name: str,
        orders: list[Ordered],
        documents: list[tuple[str, Kind]],
        *,
        codes: frozenset[str] = frozenset(),
        comment: str = "",
    ) -> Offer:
        body = order_file(orders, name=comment or name, system="OMS", account=ACCOUNT, on=ON)
        return Offer(box="orders", name=name, body=body, documents=tuple(documents), codes=codes)
