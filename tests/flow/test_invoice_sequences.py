"""Any sequence of shipments, invoices, edits, judgements and postings ends as the plain model says: the whole store, real files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select

from gateway.desk import invoice_acts
from gateway.desk.acting import Desk
from gateway.desk.invoice_acts import InvoiceStep
from gateway.documents import ShipmentLine
from gateway.domain.bill_shipments import Chosen, Ending
from gateway.domain.invoice_edit import InvoiceEdit, LineEdit
from gateway.domain.outcome import InvoiceDocument
from gateway.kernel.errors import NotFound, RuleBroken
from gateway.store import loads, tables
from tests.bills import AGREED, LIFE, ORDERED, STEPS, Act, Create, Edit, Picture, Post, Ship, Step, Upload, follow
from tests.business import ORDER, TODAY, UPLOAD, a_detail, a_shipment, an_invoice, with_vendor
from tests.office import Office
from tests.shop import Shop, open_story

NUMBER = re.compile(r'invoice_no="([^"]*)"')


class Kept:
    """The store of a shop: shipments and uploads come as files do, people act at the desk, postings are files in a folder."""

    def __init__(self, shop: Shop, office: Office, *, prefix: str) -> None:
        self._shop = shop
        self._office = office
        self._desk = Desk(store=office.store, master=office.master, clock=office.clock, user="lee")
        self._prefix = prefix
        self._order = f"PO{prefix}"
        self._count = 0
        lines = [replace(it, quantity=ORDERED[it.number], unit_cost=Decimal(AGREED)) for it in ORDER.lines]
        office.receive(replace(ORDER, number=self._order, lines=tuple(lines)))

    def take(self, step: Step) -> bool:
        self._count += 1
        match step:
            case Ship(line, quantity, number):
                parcel = ShipmentLine(number=line, quantity=quantity)
                tracking = f"T{self._count}"
                told = a_shipment(parcel, number=self._order, tracking=tracking, invoice_number=self._prefix + number if number else None)
                return self._is_booked(self._office.receive(told, origin=UPLOAD).id)
            case Upload(number, shipments, cost):
                known = self._shipments()
                told_lines = [known[place] if place < len(known) else (0, 1, 1) for place in shipments]
                details = [a_detail(line, quantity, cost, number=self._order, shipment=str(i)) for i, line, quantity in told_lines]
                document = an_invoice(*details, number=self._prefix + number, gross_days=0, vendor="257")
                return self._is_booked(self._office.receive(document, origin=UPLOAD).id)
            case Post():
                return True
            case Create() | Edit() | Act():
                return self._is_done(step)

    def post(self) -> list[list[str]]:
        made = self._shop.gateway("invoice", "post", "OMS", "--json").json
        files = [it["file"] for found in made for it in found["items"]]
        texts = [(self._shop.root / "outbox/oms/invoices" / file).read_text() for file in files]
        return [[number.removeprefix(self._prefix) for number in NUMBER.findall(text)] for text in texts]

    def picture(self) -> Picture:
        places = {shipment_id: place for place, (shipment_id, _, _) in enumerate(self._shipments())}
        lines = self._office.order(self._order).lines
        return Picture(
            {
                it.number.removeprefix(self._prefix): (
                    str(it.state),
                    {places[line.shipment_id]: f"{line.unit_cost:.2f}" for line in it.lines},
                )
                for it in self._invoices()
            },
            {line.number: line.shipped for line in lines},
            {line.number: line.invoiced for line in lines},
        )

    def _is_done(self, step: Create | Edit | Act) -> bool:
        try:
            self._do(step)
        except (RuleBroken, NotFound):
            return False
        return True

    def _do(self, step: Create | Edit | Act) -> InvoiceStep:
        desk, number = self._desk, self._prefix + step.number
        match step:
            case Create(_, shipments, is_submitted):
                known = self._shipments()
                ids = tuple(known[place][0] if place < len(known) else 0 for place in shipments)
                ending = Ending.SUBMIT if is_submitted else Ending.SAVE
                return invoice_acts.make(desk, Chosen(number=number, date=TODAY, shipments=ids, ending=ending), vendor="257")
            case Edit(_, cost):
                found = [line.line_no for it in self._invoices() if it.number == number for line in it.lines] or [1]
                costs = [LineEdit(line_no=line, unit_cost=Decimal(cost)) for line in found] if cost else []
                changes = InvoiceEdit(lines=tuple(costs)) if cost else InvoiceEdit(drop=(found[0],))
                return invoice_acts.edit(desk, number, changes)
            case Act("submit"):
                return invoice_acts.submit(desk, number)
            case Act("delete"):
                return invoice_acts.delete(desk, number)
            case Act("approve"):
                return invoice_acts.approve(desk, number, reason="ok")
            case Act("reject"):
                return invoice_acts.reject(desk, number, reason="no")
            case Act():
                return invoice_acts.repost(desk, number, reason="lost")

    def _is_booked(self, message: int) -> bool:
        return self._office.verdicts(message) == ["booked"]

    def _shipments(self) -> list[tuple[int, int, int]]:
        """Id, line and quantity of each, in the order in which they left."""
        shipment = tables.shipment.c
        key = select(tables.order_key.c.id).where(tables.order_key.c.po_no == self._order)
        chosen = select(shipment.id, shipment.line_no, shipment.quantity).where(shipment.order_id.in_(key)).order_by(shipment.id)
        with self._office.store.reading() as connection:
            return [(row.id, row.line_no, row.quantity) for row in connection.execute(chosen)]

    def _invoices(self) -> list[InvoiceDocument]:
        with self._office.store.reading() as connection:
            ids = connection.execute(select(tables.invoice.c.id).where(tables.invoice.c.number.startswith(self._prefix))).scalars()
            return list(loads.invoices_by_id(connection, ids).values())


class Archive:
    """A shop whose store keeps the books of one sequence after the other."""

    def __init__(self, shop: Shop, office: Office) -> None:
        self._shop = shop
        self._office = office
        self._count = 0

    def next(self, *, partial: bool) -> Kept:
        self._count += 1
        office = Office(self._office.store, reference=with_vendor(require_acknowledgement=False, invoice_partial_shipments=partial))
        return Kept(self._shop, office, prefix=f"{self._count:03}-")


@pytest.fixture
def archive(tmp_path: Path, database_url: str) -> Iterator[Archive]:
    shop = Shop(tmp_path / "shop", database_url)
    with open_story(database_url) as story:
        yield Archive(shop, story.office)
        assert story.office.differences() == []


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS, partial=st.booleans())
def test_whatever_happens_to_invoices_the_model_says_the_same(archive: Archive, steps: list[Step], partial: bool) -> None:
    follow(steps, archive.next(partial=partial), partial=partial)


def test_a_life_that_reaches_every_state(archive: Archive) -> None:
    follow(LIFE, archive.next(partial=False), partial=False)
