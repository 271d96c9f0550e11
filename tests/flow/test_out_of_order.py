"""Documents out of order (decision 0024): whole files through the program, each row of the table, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from types import MappingProxyType

import pytest
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import update

from gateway.config import Gathering
from gateway.documents import BatchAcknowledgement, Document, ShipmentLine
from gateway.domain.origin import Origin
from gateway.store import Store, tables
from tests.business import HEADER, MESSAGE, ORDER, RETAILER, UPLOAD, a_detail, a_shipment, an_invoice
from tests.exchange import Day, Exchange
from tests.office import Office
from tests.storehouse import fresh_store

WAITS: Mapping[str, str] = MappingProxyType(
    {
        "mapping: [acknowledgement-xml, acknowledgement-json, acknowledgement-csv]\n": "{batch: 1h}",
        "mapping: shipments-csv\n": "{order: 4h}",
        "mapping: shipments-json\n": "{order: 4h}",
        "mapping: invoices-csv\n": "{order: 4h, shipment: 24h}",
    }
)
HEADING = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
SHIPMENT = HEADING + "AB10747,1,3,50,T1,2.34,1.23,2022-06-22\n"
AGAIN = HEADING + "AB10747,1,1,50,T2,2.34,1.23,2022-06-22\n"
TOO_MUCH = HEADING + "AB10747,1,4,50,T1,2.34,1.23,2022-06-22\n"
CONFIRMATION = """{"messageHeader": {"datetime": "2022-06-22T14:00:00", "version": "5.0", "source": "REDPANDA", "destination": "locate"},
 "poNo": "AB10747", "vendorCd": "257", "vendorSystemCd": "VENDOR", "carrierCd": "50", "trackingNumber": "T9", "weight": 1, "rate": 1,
 "shipDate": "2022-06-22", "lines": [{"poLineNo": 1, "shippedQty": 3}]}"""
ACKNOWLEDGEMENT = "vendor_code,batch_id\n257,1\n"
HEAD = "HEADER,257,RP-1,DR,2022-06-22,,0.00,0.00,0.00,,0.00,0,30\n"
INVOICE = HEAD + "DETAIL,AB10747,1,3,8.98,0.00,0.00,0.00,\n"
DEAR = HEAD + "DETAIL,AB10747,1,3,12.00,0.00,0.00,0.00,\n"
TOO_MANY = HEAD + "DETAIL,AB10747,1,5,8.98,0.00,0.00,0.00,\n"

Step = Callable[[Day], object]


def order(day: Day) -> None:
    day.send("orders", "CDSO.xml", day.exchange.sample("createdsorder.xml"))


def cut(day: Day) -> None:
    day.make(Gathering.NEW_ORDERS)


def acknowledge(day: Day) -> None:
    day.send("acknowledgements", "ACK.csv", ACKNOWLEDGEMENT)


def ship(day: Day) -> None:
    day.send("shipments", "SHIP.csv", SHIPMENT)


def a_minute(day: Day) -> None:
    day.pass_time(timedelta(minutes=1))
    day.run()


def four_hours(day: Day) -> None:
    day.pass_time(timedelta(hours=4))
    day.run()


def hold(day: Day) -> None:
    """What a vendor's hold leaves behind."""
    _line_one(day, status="Held", pre_hold="New Order")


def cancel(day: Day) -> None:
    """What a cancellation leaves behind."""
    _line_one(day, status="Cancelled", cancelled=3, printed=0, batch_number=None)
    with day.store.transaction() as tx:
        tx.connection.execute(update(tables.batch_line).where(tables.batch_line.c.line_no == 1).values(live=False))


def _line_one(day: Day, **values: object) -> None:
    with day.store.transaction() as tx:
        tx.connection.execute(update(tables.order_line).where(tables.order_line.c.line_no == 1).values(**values))


class Row(Struct, frozen=True, kw_only=True):
    """What was there, what comes, what becomes of it at once; what happens then, and what becomes of it in the end."""

    before: tuple[Step, ...] = ()
    channel: str
    content: str
    at_once: str
    codes: tuple[str, ...] = ()
    words: str = ""
    then: tuple[Step, ...] = ()
    in_the_end: str = ""
    line: tuple[str, int] | None = None
    """Status and shipped quantity of line 1 in the end."""


TABLE = {
    "a shipment before the acknowledgement of its batch is booked": Row(
        before=(order, cut), channel="shipments", content=SHIPMENT, at_once="booked", then=(acknowledge,), line=("Shipped", 3)
    ),
    "a shipment of an unknown order waits, and is woken by its order": Row(
        channel="shipments",
        content=SHIPMENT,
        at_once="early",
        codes=("3031",),
        words="order AB10747 is not an order of vendor 257",
        then=(order,),
        in_the_end="booked",
        line=("Shipped", 3),
    ),
    "a shipment whose order never comes is refused at its deadline": Row(
        channel="shipments", content=SHIPMENT, at_once="early", codes=("3031",), then=(four_hours,), in_the_end="refused"
    ),
    "a held line is released by an upload that ships it": Row(
        before=(order, hold), channel="shipments", content=SHIPMENT, at_once="booked", line=("Shipped", 3)
    ),
    "a held line is not shipped by a message": Row(
        before=(order, hold),
        channel="confirmations",
        content=CONFIRMATION,
        at_once="refused",
        codes=("3050",),
        words="is on hold; release it first",
        line=("Held", 0),
    ),
    "a cancelled line is not shipped": Row(
        before=(order, cut, cancel),
        channel="shipments",
        content=SHIPMENT,
        at_once="refused",
        codes=("3044",),
        words="the line is Cancelled",
        line=("Cancelled", 0),
    ),
    "a line that is shipped in full is not shipped again": Row(
        before=(order, cut, acknowledge, ship),
        channel="shipments",
        content=AGAIN,
        at_once="refused",
        codes=("3044",),
        words="the line is Shipped",
        line=("Shipped", 3),
    ),
    "more than is open is not shipped": Row(
        before=(order,),
        channel="shipments",
        content=TOO_MUCH,
        at_once="refused",
        codes=("3044",),
        words="4 shipped, 3 open",
        line=("New Order", 0),
    ),
    "an acknowledgement of an unknown batch waits until the batch is cut": Row(
        before=(order,),
        channel="acknowledgements",
        content=ACKNOWLEDGEMENT,
        at_once="early",
        codes=("3020",),
        then=(cut, a_minute),
        in_the_end="booked",
        line=("In Process", 0),
    ),
    "an acknowledgement of a batch that never comes is refused at its deadline": Row(
        before=(order,),
        channel="acknowledgements",
        content=ACKNOWLEDGEMENT,
        at_once="early",
        codes=("3020",),
        then=(four_hours,),
        in_the_end="refused",
    ),
    "an acknowledgement after the shipment is recorded and changes no status": Row(
        before=(order, cut, ship), channel="acknowledgements", content=ACKNOWLEDGEMENT, at_once="booked", line=("Shipped", 3)
    ),
    "an acknowledgement after a cancellation is recorded and changes no status": Row(
        before=(order, cut, cancel), channel="acknowledgements", content=ACKNOWLEDGEMENT, at_once="booked", line=("Cancelled", 0)
    ),
    "an invoice before the shipment waits, and is woken by the shipment": Row(
        before=(order, cut, acknowledge),
        channel="invoices",
        content=INVOICE,
        at_once="early",
        codes=("INV-13",),
        then=(ship,),
        in_the_end="booked",
    ),
    "an invoice before its order waits for the order, then for the shipment": Row(
        channel="invoices", content=INVOICE, at_once="early", codes=("INV-12",), then=(order, ship), in_the_end="booked"
    ),
    "an invoice out of balance is taken and held": Row(
        before=(order, cut, acknowledge, ship), channel="invoices", content=DEAR, at_once="booked"
    ),
    "an invoice of more than was shipped of a line that is done is refused": Row(
        before=(order, cut, acknowledge, ship), channel="invoices", content=TOO_MANY, at_once="refused", codes=("INV-13",)
    ),
}
NAMES = {"shipments": "NEW.csv", "confirmations": "NEW.json", "acknowledgements": "NEW.csv", "invoices": "NEW.csv"}


@pytest.fixture
def day(tmp_path: Path, database_url: str) -> Iterator[Day]:
    """Every channel of the vendor lets its documents wait."""
    exchange = Exchange(tmp_path / "exchange", database_url)
    for mapping, wait in WAITS.items():
        exchange.shop.change("connectors/redpanda.yaml", mapping, f"{mapping}    wait: {wait}\n")
    with exchange.opened() as day:
        yield day


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_a_document_out_of_order(day: Day, row: Row) -> None:
    for step in row.before:
        step(day)
    name = NAMES[row.channel]
    told = day.send(row.channel, name, row.content)
    assert (told.verdicts, tuple(told.codes)) == ([row.at_once], row.codes)
    assert row.words in " ".join(issue["text"] for issue in told.issues)
    for step in row.then:
        step(day)
    assert day.told(name).verdicts == [row.in_the_end or row.at_once]
    if row.line is not None:
        line = day.order().lines[0]
        assert (line.status, line.shipped) == row.line
    assert day.differences() == []


def test_an_invoice_out_of_balance_waits_for_a_decision(day: Day) -> None:
    for step in (order, cut, acknowledge, ship):
        step(day)
    day.send("invoices", "INV.csv", DEAR)
    assert [row.state for row in day.rows(tables.invoice)] == ["Held"]


def test_an_unknown_order_and_that_of_another_vendor_are_told_in_the_same_words(day: Day) -> None:
    order(day)
    day.exchange.drop("inbox/anvil/shipments", "A.csv", SHIPMENT)
    day.exchange.drop("inbox/anvil/shipments", "B.csv", SHIPMENT.replace("AB10747", "AB99999"))
    day.run()
    texts = [day.told(name).issues[0]["text"].replace("AB99999", "AB10747") for name in ("A.csv", "B.csv")]
    assert texts == ["order AB10747 is not an order of vendor 11"] * 2


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as store:
        yield store


def test_whatever_the_order_of_the_documents_the_end_is_the_same(store: Store) -> None:
    office = Office(store)
    wait = {"order": timedelta(hours=4), "batch": timedelta(hours=1), "shipment": timedelta(hours=24)}
    for nth, sequence in enumerate(permutations(range(4)), 1):
        number = f"PO{nth}"
        documents: list[tuple[Document, Origin]] = [
            (replace(ORDER, number=number), RETAILER),
            (BatchAcknowledgement(vendor="257", batch=nth, vendor_system="VENDOR", envelope=HEADER), MESSAGE),
            (a_shipment(ShipmentLine(number=1, quantity=3), number=number, tracking=f"T{nth}"), MESSAGE),
            (an_invoice(a_detail(1, 3, "8.98", number=number), number=f"RP-{nth}", vendor="257"), UPLOAD),
        ]
        for one in sequence:
            document, origin = documents[one]
            office.receive(document, origin=origin, wait=wait)
            if one == 0:
                assert office.cut() == nth
            office.clock.advance(timedelta(minutes=1))
            office.redo()
        office.redo()
        first, second = office.order(number).lines
        assert (first.status, first.shipped, first.invoiced, second.status) == ("Shipped", 3, 3, "In Process"), sequence
    assert office.tallies() == {"booked": 24 * 4, "duplicate": 0, "conflict": 0, "refused": 0, "early": 0}
    assert office.differences() == []
