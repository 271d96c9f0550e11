"""Any sequence of shipments, invoices, edits, deletions, judgements and postings ends as the plain model says: the rules in memory."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.documents import ShipmentLine
from gateway.domain.bill_shipments import Chosen, Ending
from gateway.domain.invoice_edit import InvoiceEdit, LineEdit
from gateway.domain.invoicing import approve, delete, edit, is_due, post, reject, repost, submit
from gateway.domain.outcome import InvoiceDocument, Outcome, Verdict
from tests.bills import AGREED, LIFE, ORDERED, STEPS, Act, Create, Edit, Picture, Post, Ship, Step, Upload, follow
from tests.business import AT, ORDER, RETAILER, SCREEN, TODAY, World, a_detail, a_shipment, an_invoice, with_vendor


class Memory:
    """The rules over a world in memory. Shipment number n of the model is the one with id 1001 + n."""

    def __init__(self, *, partial: bool) -> None:
        self.world = World(with_vendor(require_acknowledgement=False, invoice_partial_shipments=partial))
        lines = [replace(it, quantity=ORDERED[it.number], unit_cost=Decimal(AGREED)) for it in ORDER.lines]
        self.world.receive(replace(ORDER, lines=tuple(lines)))
        self.world.cut()
        self._count = 0

    def take(self, step: Step) -> bool:
        match step:
            case Ship(line, quantity, number):
                self._count += 1
                parcel = ShipmentLine(number=line, quantity=quantity)
                outcome = self.world.ship(a_shipment(parcel, tracking=f"T{self._count}", invoice_number=number or None))
            case Upload(number, shipments, cost):
                known = {it.id: it for it in self.world.shipments}
                ids = [1001 + place for place in shipments]
                told = [(known[i].line_no, known[i].quantity) if i in known else (1, 1) for i in ids]
                details = [a_detail(line, quantity, cost, shipment=str(i)) for i, (line, quantity) in zip(ids, told, strict=True)]
                outcome = self.world.bill(an_invoice(*details, number=number, gross_days=0))
            case Create(number, shipments, is_submitted):
                ending = Ending.SUBMIT if is_submitted else Ending.SAVE
                ids = [1001 + place for place in shipments]
                outcome = self.world.create(Chosen(number=number, date=TODAY, shipments=tuple(ids), ending=ending))
            case Edit() | Act():
                return self._of_invoice(step)
            case Post():
                return True
        return outcome.verdict is Verdict.BOOKED

    def _of_invoice(self, step: Edit | Act) -> bool:
        invoice = self.world.invoices.get(("257", step.number))
        if invoice is None:
            return False
        return self.world.apply(
            self._edited(invoice, step) if isinstance(step, Edit) else ACTS[step.verb](invoice, self.world)
        ).verdict in {
            Verdict.BOOKED,
            Verdict.DUPLICATE,
        }

    def _edited(self, invoice: InvoiceDocument, step: Edit) -> Outcome:
        if step.cost:
            lines = [LineEdit(line_no=it.line_no, unit_cost=Decimal(step.cost)) for it in invoice.lines]
            changes = InvoiceEdit(lines=tuple(lines))
        else:
            changes = InvoiceEdit(drop=(invoice.lines[0].line_no,))
        return edit(invoice, changes, orders=self.world.orders, latest=TODAY, origin=SCREEN, at=AT)

    def post(self) -> list[list[str]]:
        due = [it for it in self.world.invoices.values() if is_due(it)]
        for invoice in due:
            self.world.apply(post(invoice, origin=RETAILER, at=AT))
        return [[it.number for it in due]]

    def picture(self) -> Picture:
        lines = self.world.order().lines
        return Picture(
            {
                it.number: (str(it.state), {line.shipment_id - 1001: f"{line.unit_cost:.2f}" for line in it.lines})
                for it in self.world.invoices.values()
            },
            {line.number: line.shipped for line in lines},
            {line.number: line.invoiced for line in lines},
        )


ACTS: dict[str, Callable[[InvoiceDocument, World], Outcome]] = {
    "submit": lambda it, world: submit(it, vendor=world.reference.vendors["257"], orders=world.orders, origin=SCREEN, at=AT),
    "approve": lambda it, _: approve(it, reason="ok", origin=RETAILER, at=AT),
    "reject": lambda it, _: reject(it, reason="no", origin=RETAILER, at=AT),
    "delete": lambda it, world: delete(it, orders=world.orders, origin=SCREEN, at=AT),
    "repost": lambda it, _: repost(it, reason="lost", origin=RETAILER, at=AT),
}


@settings(max_examples=500)
@given(STEPS, st.booleans())
def test_whatever_happens_to_invoices_the_model_says_the_same(steps: list[Step], partial: bool) -> None:
    follow(steps, Memory(partial=partial), partial=partial)


@pytest.mark.parametrize("partial", [False, True])
def test_a_life_that_reaches_every_state(partial: bool) -> None:
    memory = Memory(partial=partial)
    follow(LIFE, memory, partial=partial)
    assert {number: state for number, (state, _) in memory.picture().invoices.items()} == {"A": "Posted", "B": "Posted"}
