"""Which notices follow from which decision (sdf 8.4), as a table; nobody is told what they have not switched on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest
from msgspec.structs import replace

from gateway.documents import Document, ShipmentLine
from gateway.domain.history import Event, HistoryEntry
from gateway.domain.maintain import Note, Upkeep
from gateway.domain.notice import Notice, NoticeKind, Paper, wanted_of
from gateway.domain.origin import Origin, Source
from gateway.domain.outcome import InvoiceState, Outcome, Verdict
from gateway.domain.reference import Reference
from tests.business import AT, MESSAGE, REFERENCE, RETAILER, UPLOAD, World, a_detail, a_shipment, an_invoice

ALL_OF_RETAILER = ("change", "upload_error", "invoice_balance", "unacknowledged")
ALL_OF_VENDOR = ("new_order", "upload_error", "invoice_balance", "change_request", "cost_change")
EVENTS = {
    Event.HELD: NoticeKind.RETAILER_CHANGE,
    Event.RELEASED: NoticeKind.RETAILER_CHANGE,
    Event.DUE_DATE_REVISED: NoticeKind.RETAILER_CHANGE,
    Event.REASON_ENTERED: NoticeKind.RETAILER_CHANGE,
    Event.CANCELLED: NoticeKind.VENDOR_CHANGE_REQUEST,
    Event.CANCEL_REQUESTED: NoticeKind.VENDOR_CHANGE_REQUEST,
    Event.ADDRESS_APPLIED: NoticeKind.VENDOR_CHANGE_REQUEST,
    Event.ADDRESS_REQUESTED: NoticeKind.VENDOR_CHANGE_REQUEST,
    Event.COST_CHANGED: NoticeKind.VENDOR_COST_CHANGE,
}


def wanting(retailer: tuple[str, ...] = ALL_OF_RETAILER, vendor: tuple[str, ...] = ALL_OF_VENDOR) -> Reference:
    organization = replace(REFERENCE.organization, notices=retailer)
    return replace(REFERENCE, organization=organization).with_vendor(replace(REFERENCE.vendors["257"], notices=vendor))


@dataclass
class Told:
    """A world and what is told of its decisions."""

    world: World

    def of(self, outcome: Outcome, origin: Origin, document: str = "", said: Document | None = None) -> list[Notice]:
        paper = Paper(kind=document, where="row 7", said=said)
        return list(wanted_of(outcome, origin=origin, paper=paper, orders=self.world.orders, reference=self.world.reference, at=AT))


@pytest.fixture
def told() -> Told:
    return Told(World(wanting()))


@pytest.mark.parametrize("event", list(Event))
def test_every_event_of_the_history_has_its_notice_or_none(told: Told, event: Event) -> None:
    told.world.receive()
    order = told.world.order()
    entry = HistoryEntry(order_id=order.id, event=event, at=AT, actor="x", source=Source.WS, line_no=1, quantity=3)
    found = told.of(Outcome(verdict=Verdict.BOOKED, history=(entry,)), MESSAGE)
    assert [it.kind for it in found] == ([EVENTS[event]] if event in EVENTS else [])
    assert all((it.vendor, it.fact.order, it.fact.line, it.fact.item) == ("257", "AB10747", 1, "BX100 RED") for it in found)


def test_an_order_is_told_once_whatever_lines_it_has(told: Told) -> None:
    [notice] = told.of(told.world.receive(), RETAILER)
    assert (notice.kind, notice.fact.lines, notice.fact.pieces) == (NoticeKind.VENDOR_NEW_ORDER, 2, 4)
    assert told.of(told.world.receive(), RETAILER) == []


def test_a_refused_shipment_of_a_file_is_told_to_both_and_one_of_a_screen_to_nobody(told: Told) -> None:
    told.world.receive()
    said = a_shipment(ShipmentLine(number=1, quantity=9))
    outcome = told.world.ship(said, UPLOAD)
    found = told.of(outcome, UPLOAD, "shipment", said)
    assert [it.kind for it in found] == [NoticeKind.RETAILER_UPLOAD_ERROR, NoticeKind.VENDOR_UPLOAD_ERROR]
    issue = found[0].fact.issues[0]
    assert (issue.code, issue.where, found[0].fact.where, found[0].fact.order) == ("3044", "order line 1", "row 7", "AB10747")
    assert told.of(outcome, replace(UPLOAD, message_id=None), "shipment") == []
    assert told.of(outcome, UPLOAD, "batch_acknowledgement") == []
    assert told.of(outcome, RETAILER, "shipment") == []


@pytest.mark.parametrize(("cost", "kinds"), [("9.87", []), ("9.88", [NoticeKind.RETAILER_INVOICE_BALANCE])])
def test_an_invoice_out_of_balance_is_told_to_the_retailer(told: Told, cost: str, kinds: list[NoticeKind]) -> None:
    told.world.receive()
    told.world.ship(a_shipment(ShipmentLine(number=1, quantity=3)), UPLOAD)
    found = told.of(told.world.bill(an_invoice(a_detail(1, 3, cost))), UPLOAD, "invoice")
    assert [it.kind for it in found] == kinds
    assert all((it.fact.state, it.fact.amount) == (InvoiceState.HELD.value, Decimal("29.64")) for it in found)


def test_nobody_is_told_what_is_switched_off() -> None:
    for retailer, vendor in (((), ()), (("upload_error",), ("cost_change",))):
        told = Told(World(wanting(retailer, vendor)))
        assert told.of(told.world.receive(), RETAILER) == []
        assert told.of(told.world.maintain(Note(act=Upkeep.HOLD, line=1, reason="x")), UPLOAD) == []
    stranger = Told(World(replace(wanting(), vendors={})))
    assert stranger.of(Outcome(verdict=Verdict.BOOKED), RETAILER) == []
