"""The mind of a simulated vendor: it acknowledges, ships in parts, makes a mistake now and then, and bills what has left.

What its files look like is the business of its ways (`ways_csv`, `ways_json`); none of them uses the gateway's layouts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from gateway.simulator.goods import chance
from gateway.simulator.mail import Letter
from gateway.simulator.partner import Garbled

ORDERS = "orders"
DEAR = Decimal("1.25")
MISTAKES, ROUNDS = 2, 3
"""Of three consignments the second is told wrongly at first."""
DEARS, BILLS = 1, 4
"""Of four invoices the first asks for more than was agreed."""


class Task(StrEnum):
    """What a letter is about."""

    ACKNOWLEDGEMENT = "acknowledgement"
    SHIPMENT = "shipment"
    INVOICE = "invoice"


class AskedLine(Struct, frozen=True, kw_only=True):
    """A line of an order, as the batch file says it."""

    order: str
    line: int
    quantity: int
    unit_cost: Decimal
    carrier: str


class Asked(Struct, frozen=True):
    """One batch file."""

    batch: str
    vendor: str
    lines: tuple[AskedLine, ...]


class Parcel(Struct, frozen=True, kw_only=True):
    """A quantity of one line that leaves."""

    line: AskedLine
    quantity: int
    tracking: str
    weight: Decimal
    freight: Decimal
    on: date


class Bill(Struct, frozen=True, kw_only=True):
    """An invoice: each parcel with the unit cost that is asked for it."""

    number: str
    on: date
    freight: Decimal
    details: tuple[tuple[Parcel, Decimal], ...]

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        return self.freight + sum((parcel.quantity * cost for parcel, cost in self.details), Decimal(0))


class Consignment(Struct):
    """What is shipped and billed together; `left` has left so far, `held_back` follows once that is confirmed."""

    batch: str
    number: int
    lines: tuple[AskedLine, ...]
    left: list[Parcel]
    held_back: list[AskedLine]
    letters: int = 0

    def next_letter(self) -> str:
        """The number of its next letter: its own and a running one, so that it depends on nothing that others do meanwhile."""
        self.letters += 1
        return f"{self.number:06}_{self.letters}"


class Sent(Struct):
    """A letter of ours and what was said of it; `mistaken` letters hold something that must be refused."""

    task: Task
    batch: str
    consignment: int = -1
    mistaken: bool = False
    answered: bool = False


class Answer(Struct, frozen=True):
    """What the gateway says of a letter: how many of its documents were refused, and why the first one was."""

    refused: int = 0
    code: str = ""


class Ways(Protocol):
    """How the files of one vendor look."""

    one_order_each: bool
    prefix: str

    def read_orders(self, body: bytes) -> Asked: ...

    def acknowledgement(self, asked: Asked, number: str, *, on: date) -> Letter: ...

    def shipment(self, parcels: Sequence[Parcel], number: str, *, batch: str, mistaken: bool) -> Letter: ...

    def invoice(self, bill: Bill, number: str) -> Letter: ...

    def read_answer(self, task: Task, body: bytes) -> Answer: ...


class Vendor:
    """One vendor. `bills` are the invoices it has sent, `dear` the numbers of those above the agreed cost."""

    def __init__(self, *, seed: int, ways: Ways, acknowledges: bool) -> None:
        self.orders: set[str] = set()
        self.batches: dict[str, Asked] = {}
        self.bills: dict[str, Bill] = {}
        self.dear: set[str] = set()
        self.refusals: list[str] = []
        self.faults: list[str] = []
        self._seed = seed
        self._ways = ways
        self._acknowledges = acknowledges
        self._sent: dict[str, Sent] = {}
        self._consignments: list[Consignment] = []

    def wants(self, box: str, name: str) -> bool:
        """Orders, and answers to letters of its own."""
        return box == ORDERS or self._answered(name) is not None

    def begin(self, what: str, *, on: date) -> Sequence[Letter]:
        """A vendor waits until it is asked."""
        return ()

    def hear(self, box: str, name: str, body: bytes, *, on: date) -> Sequence[Letter]:
        """A batch of orders, or an answer."""
        try:
            if box == ORDERS:
                return self._asked(self._ways.read_orders(body), on)
            sent = self._sent[self._answered(name) or ""]
            answer = self._ways.read_answer(sent.task, body)
        except (KeyError, ValueError, ArithmeticError) as error:
            raise Garbled(f"{type(error).__name__}: {error}") from error
        return self._told(sent, answer, name, on)

    def open_matters(self) -> Sequence[str]:
        """Answers that have not come."""
        return [f"an answer to {name}" for name, sent in self._sent.items() if not sent.answered]

    def _asked(self, asked: Asked, on: date) -> Sequence[Letter]:
        doubled = self.orders & {line.order for line in asked.lines}
        if doubled:
            self.faults.append(f"batch {asked.batch} asks again for {', '.join(sorted(doubled))}")
        self.batches[asked.batch] = asked
        self.orders.update(line.order for line in asked.lines)
        for lines in self._split(asked):
            self._consignments.append(Consignment(asked.batch, len(self._consignments) + 1, lines, left=[], held_back=[]))
        if not self._acknowledges:
            return self._ship_batch(asked.batch, on)
        letter = self._ways.acknowledgement(asked, f"{len(self.batches):06}", on=on)
        return [self._note(letter, Sent(Task.ACKNOWLEDGEMENT, asked.batch))]

    def _split(self, asked: Asked) -> list[tuple[AskedLine, ...]]:
        if not self._ways.one_order_each:
            return [asked.lines]
        orders = dict.fromkeys(line.order for line in asked.lines)
        return [tuple(line for line in asked.lines if line.order == order) for order in orders]

    def _told(self, sent: Sent, answer: Answer, name: str, on: date) -> Sequence[Letter]:
        if sent.answered:
            self.faults.append(f"{name} answers a second time")
            return ()
        sent.answered = True
        if bool(answer.refused) != sent.mistaken:
            self.faults.append(f"{name} refuses {answer.refused} ({answer.code}), which was not expected")
        if answer.refused:
            self.refusals.append(answer.code)
        match sent.task:
            case Task.ACKNOWLEDGEMENT:
                return self._ship_batch(sent.batch, on)
            case Task.SHIPMENT:
                return self._after_shipment(self._consignments[sent.consignment - 1], sent, on)
            case Task.INVOICE:
                return ()

    def _ship_batch(self, batch: str, on: date) -> list[Letter]:
        return [self._first_parcels(one, on) for one in self._consignments if one.batch == batch]

    def _first_parcels(self, consignment: Consignment, on: date) -> Letter:
        """Most lines leave whole; of some only a part does, and the rest follows."""
        parcels = []
        for line in consignment.lines:
            dice = chance(self._seed, f"parcel {line.order} {line.line}")
            part = line.quantity // 2 if line.quantity > 1 and dice.random() < 0.5 else line.quantity
            parcels.append(_parcel(line, part, "A", dice.randint(3, 90), on))
            if part < line.quantity:
                consignment.held_back.append(line)
        return self._shipment(consignment, parcels, mistaken=consignment.number % ROUNDS == MISTAKES)

    def _after_shipment(self, consignment: Consignment, sent: Sent, on: date) -> Sequence[Letter]:
        """A letter that was refused whole is sent again without the mistake; then the rest leaves; then all is billed."""
        if sent.mistaken and self._ways.one_order_each:
            return [self._shipment(consignment, consignment.left, mistaken=False)]
        if consignment.held_back:
            parcels = []
            for line in consignment.held_back:
                gone = sum(parcel.quantity for parcel in consignment.left if parcel.line == line)
                parcels.append(_parcel(line, line.quantity - gone, "B", 12, on))
            consignment.held_back = []
            return [self._shipment(consignment, parcels, mistaken=False)]
        return [self._invoice(consignment, on)]

    def _shipment(self, consignment: Consignment, parcels: Sequence[Parcel], *, mistaken: bool) -> Letter:
        if parcels is not consignment.left:
            consignment.left.extend(parcels)
        letter = self._ways.shipment(parcels, consignment.next_letter(), batch=consignment.batch, mistaken=mistaken)
        return self._note(letter, Sent(Task.SHIPMENT, consignment.batch, consignment.number, mistaken))

    def _invoice(self, consignment: Consignment, on: date) -> Letter:
        number = f"{consignment.number:06}"
        is_dear = consignment.number % BILLS == DEARS and not self._ways.one_order_each
        details = [(parcel, parcel.line.unit_cost) for parcel in consignment.left]
        if is_dear:
            parcel, cost = details[0]
            details[0] = (parcel, (cost * DEAR).quantize(Decimal("0.01")))
        bill = Bill(number=f"{self._ways.prefix}-{number}", on=on, freight=Decimal("3.50"), details=tuple(details))
        self.bills[bill.number] = bill
        if is_dear:
            self.dear.add(bill.number)
        return self._note(self._ways.invoice(bill, number), Sent(Task.INVOICE, consignment.batch, consignment.number))

    def _note(self, letter: Letter, sent: Sent) -> Letter:
        self._sent[letter.name] = sent
        return letter

    def _answered(self, name: str) -> str | None:
        """The letter of ours that an answer of this name is about."""
        return max((own for own in self._sent if name.startswith(f"{own}.")), key=len, default=None)


def _parcel(line: AskedLine, quantity: int, part: str, tenths: int, on: date) -> Parcel:
    return Parcel(
        line=line,
        quantity=quantity,
        tracking=f"1Z{line.order}{line.line:02}{part}",
        weight=Decimal(tenths) / 10,
        freight=Decimal(tenths) / 10 + 1,
        on=on,
    )
