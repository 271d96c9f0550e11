"""The mind of the simulated retailer: it orders, repeats itself, garbles a file now and then, and reads what comes back.

It writes and reads its files by itself, without the gateway's layouts: a second opinion on what they say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from lxml import etree
from msgspec import Struct

from gateway.simulator.createdsorder import order_file
from gateway.simulator.goods import Ordered, chance, ordered
from gateway.simulator.mail import Letter
from gateway.simulator.partner import Garbled

ORDERS = "orders"
CHANGES = "changes"
POSTINGS = "invoices"
TAKEN = frozenset({"CREATED", "DUPLICATE"})
REPEATED, TORN, ROUND = 2, 3, 5
"""Of five files the second is sent twice, and the third is first sent torn."""


class Dropped(Struct):
    """A file of ours and what was said of it; `sound` is what to send instead when it was torn."""

    numbers: tuple[str, ...]
    sound: Letter | None = None
    status: str | None = None


class Placed(Struct):
    """An order of ours, as far as the gateway's files tell."""

    order: Ordered
    pulled: dict[int, int]
    shipped: dict[int, int]
    result: str | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the gateway has not taken it."""
        return self.result == "REJECTED"

    @property
    def is_shipped(self) -> bool:
        """Whether everything has left."""
        return all(self.shipped.get(line.number, 0) == line.quantity for line in self.order.lines)


class Posted(Struct, frozen=True):
    """An invoice that came for payment."""

    vendor: str
    number: str
    total: Decimal


class Retailer:
    """Places `most` orders, or goes on for ever."""

    def __init__(self, *, seed: int, system: str, account: str, vendors: Sequence[str], most: int | None) -> None:
        self.most = most
        self.orders: dict[str, Placed] = {}
        self.posted: list[Posted] = []
        self.faults: list[str] = []
        self._seed = seed
        self._system = system
        self._account = account
        self._vendors = tuple(vendors)
        self._dropped: dict[str, Dropped] = {}
        self._files = 0
        self._sequence = 0

    @property
    def has_more(self) -> bool:
        """Whether orders are left to be placed."""
        return self.most is None or len(self.orders) < self.most

    def wants(self, box: str, name: str) -> bool:
        """Changes and postings, and answers to files of its own."""
        return box in {CHANGES, POSTINGS} or self._answered(name) is not None

    def begin(self, what: str, *, on: date) -> Sequence[Letter]:
        """The next file of orders; some files are sent twice, some torn at first."""
        if not self.has_more:
            return ()
        self._files += 1
        name = f"CDSO_{self._files:06}.xml"
        placed = self._place(on)
        numbers = tuple(order.number for order in placed)
        letter = Letter(ORDERS, name, order_file(placed, name=name, system=self._system, account=self._account, on=on))
        self._dropped[name] = Dropped(numbers)
        match self._files % ROUND:
            case n if n == REPEATED:
                again = f"CDSO_{self._files:06}_again.xml"
                self._dropped[again] = Dropped(())
                return (letter, Letter(ORDERS, again, letter.body))
            case n if n == TORN:
                sound = f"CDSO_{self._files:06}_sound.xml"
                self._dropped[name].sound = Letter(ORDERS, sound, letter.body)
                return (Letter(ORDERS, name, letter.body[: len(letter.body) * 2 // 3]),)
            case _:
                return (letter,)

    def hear(self, box: str, name: str, body: bytes, *, on: date) -> Sequence[Letter]:
        """An answer, changes, or invoices to pay."""
        try:
            root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
            match box:
                case "changes":
                    self._changes(root)
                case "invoices":
                    self._invoices(root)
                case _:
                    return self._answer(name, root)
        except (etree.XMLSyntaxError, KeyError, ValueError, InvalidOperation) as error:
            raise Garbled(f"{type(error).__name__}: {error}") from error
        return ()

    def open_matters(self) -> Sequence[str]:
        """Answers and shipments that have not come."""
        answers = [f"an answer to {name}" for name, dropped in self._dropped.items() if dropped.status is None]
        goods = [f"the goods of {number}" for number, placed in self.orders.items() if not (placed.is_refused or placed.is_shipped)]
        return [*answers, *goods]

    def _place(self, on: date) -> list[Ordered]:
        count = chance(self._seed, f"file {self._files}").choice((2, 3, 3, 4))
        first = len(self.orders)
        last = first + count if self.most is None else min(first + count, self.most)
        placed = [ordered(self._seed, nth, vendors=self._vendors, on=on) for nth in range(first, last)]
        self.orders.update({order.number: Placed(order=order, pulled={}, shipped={}) for order in placed})
        return placed

    def _answered(self, name: str) -> str | None:
        """The file of ours that an answer of this name is about."""
        return max((own for own in self._dropped if name.startswith(f"{own}.")), key=len, default=None)

    def _answer(self, name: str, root: etree._Element) -> Sequence[Letter]:
        dropped = self._dropped[self._answered(name) or ""]
        dropped.status = _one(root, "file").attrib["status"]
        for told in root.iterfind("purchase_order"):
            placed = self.orders.get(told.attrib.get("po_no", ""))  # without a number it speaks of the whole file
            if placed is not None and (placed.result is None or placed.is_refused):
                placed.result = told.attrib["result"]
        if dropped.sound is None:
            return ()
        sound, dropped.sound = dropped.sound, None
        self._dropped[sound.name] = Dropped(dropped.numbers)
        return (sound,)

    def _changes(self, root: etree._Element) -> None:
        for change in _one(root, "changes").iterfind("change"):
            sequence = int(change.attrib["change_seq"])
            if sequence != self._sequence + 1:
                self.faults.append(f"change {sequence} came after change {self._sequence}")
            self._sequence = sequence
            placed = self.orders.get(change.attrib["po_no"])
            if placed is None:
                continue
            line, quantity = int(change.attrib.get("po_line_no", "0")), int(change.attrib.get("qty", "0"))
            told = {"PULLED": placed.pulled, "SHIPPED": placed.shipped}.get(change.attrib["type"], defaultdict(int))
            told[line] = told.get(line, 0) + quantity

    def _invoices(self, root: etree._Element) -> None:
        for invoice in _one(root, "invoices").iterfind("invoice"):
            words = invoice.attrib
            self.posted.append(Posted(words["vendor_cd"], words["invoice_no"], Decimal(words["total"])))


def _one(root: etree._Element, name: str) -> etree._Element:
    found = root.find(name)
    if found is None:
        raise ValueError(f"there is no <{name}>")
    return found
