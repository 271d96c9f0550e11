"""The eight e-mails of sdf 8.4, each by the real thing: a file comes in or a person acts, and a mail arrives at a mail server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.app import Gateway
from gateway.booking.act import Concern, act
from gateway.domain.maintain import Note, Upkeep, maintain
from gateway.domain.origin import Origin, Via
from gateway.store import loads, outbox, tables
from gateway.store.outbox import ItemState
from tests.post_office import PostOffice, content, post_office
from tests.town import OMS, Town
from tests.waiting import wait_until

RETAILER, VENDOR = "buyers@retailer.example", "orders@redpanda.example"
CHANGES = """\
  - channel: requests
    folder: in/oms/changes
    files: "*.xml"
    mapping: [setdscancel, setdsaddresschange, setdscostchange]
    every: 1h
    ready: {stable_for: 0s}
send:
"""
ORGANIZATION = "  weight_unit: LB\n"
SWITCHED_ON = ORGANIZATION + f"  email: {RETAILER}\n  notices: [change, upload_error, invoice_balance, unacknowledged]\n"
RED_PANDA = "    user: redpanda\n"
ALL = RED_PANDA + "    notices: [new_order, upload_error, invoice_balance, change_request, cost_change]\n"
HEADER = '<message_header datetime="2022-06-22T10:00:00" version="16.0" source="OMS" destination="LOCATE"/>'
SHIPMENTS = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"
SHIPPED = SHIPMENTS + "AB10747,1,3,50,Track1,2.34,1.23,2022-06-22\n"
TOO_DEAR = "HEADER,257,RP-2201,DR,2022-06-22,,0.00,0.00,0.00,,0.00,0,30\nDETAIL,AB10747,1,3,18.98,0.00,0.00,0.00,\n"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as found:
        yield found


@pytest.fixture
def town(tmp_path: Path, database_url: str, office: PostOffice) -> Town:
    """Everybody wants every notice."""
    town = Town(tmp_path / "town", database_url)
    switch(town, SWITCHED_ON, ALL)
    town.declare("oms", OMS.replace("send:\n", CHANGES, 1))
    (town.root / "in/oms/changes").mkdir()
    town.declare("mail", office.declaration())
    return town


def switch(town: Town, organization: str, vendor: str) -> None:
    path = town.root / "organization.yaml"
    text = path.read_text()
    assert ORGANIZATION in text
    assert RED_PANDA in text
    path.write_text(text.replace(ORGANIZATION, organization).replace(RED_PANDA, vendor))


def until(town: Town, true: Callable[[], bool]) -> None:
    """Run the gateway until it is so: between two mails a second must pass."""

    def now() -> bool:
        town.once()
        return true()

    wait_until(now)


def mailed(office: PostOffice, to: str) -> list[tuple[str, str]]:
    """Subject and plain text of what a recipient got."""
    return [(str(mail["Subject"]), content(next(mail.iter_parts()))) for mail in office.to(to)]


def with_order(town: Town, office: PostOffice) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    until(town, lambda: len(office.mails) == 1)
    office.mails.clear()
    office.recipients.clear()


def an_act(gateway: Gateway, said: Note) -> None:
    """What a vendor's person does about the order."""
    with gateway.store.reading() as connection:
        order_id = next(iter(connection.execute(select(tables.order_key.c.id)).scalars()))
        order = loads.orders(connection, [order_id])[order_id]
    origin = Origin(user="lee", vendor="257", via=Via.SCREEN)
    act(
        Concern(orders=(order.id,)),
        lambda known: maintain(said, known.orders[order.id], requests=known.requests[order.id], origin=origin, at=known.at),
        origin=origin,
        store=gateway.store,
        master=gateway.master,
        clock=gateway.clock,
    )


def test_1_a_vendors_hold_is_told_to_the_retailer(town: Town, office: PostOffice) -> None:
    with_order(town, office)
    with town.gateway() as gateway:
        an_act(gateway, Note(act=Upkeep.HOLD, line=1, reason="Backordered"))
        an_act(gateway, Note(act=Upkeep.RELEASE, line=1))
    until(town, lambda: bool(office.mails))
    [(subject, text)] = mailed(office, RETAILER)
    assert subject == "2 changes of lines"
    assert "- AB10747 line 1 (BX100 RED), Red Panda Outfitters: Held: Backordered; now Held; by lee" in text
    assert "Released; now" in text


def test_2_and_5_refused_rows_of_a_file_are_told_to_both_in_one_mail_each(town: Town, office: PostOffice) -> None:
    with_order(town, office)
    bad = "".join(f"AB10747,1,9,50,T{row},1.00,1.00,2022-06-22\nXX{row},1,1,50,T{row},1.00,1.00,2022-06-22\n" for row in range(3))
    wait = (town.root / "connectors/redpanda.yaml").read_text().replace("    wait: {order: 4h}\n", "")
    town.declare("redpanda", wait)
    town.drop("in/redpanda/SHIP_0622.csv", SHIPPED + bad)
    until(town, lambda: len(office.mails) == 2)
    [(subject, text)] = mailed(office, VENDOR)
    assert subject == "6 refused in SHIP_0622.csv"
    assert text.count(": shipment of PO ") == 6
    assert "- row 2: shipment of PO AB10747:\n    3044 9 shipped" in text
    assert "(order line 1)\n- row 3: shipment of PO XX0:\n    3031 " in text
    assert "Everything else in it was taken." in text
    assert "answers go to" not in text
    assert "3044 " in text
    assert "3031 " in text
    [(subject, text)] = mailed(office, RETAILER)
    assert subject == "Red Panda Outfitters: 6 refused in SHIP_0622.csv"
    assert "gateway message show 2" in text


def test_a_file_that_is_refused_whole_is_told_too(town: Town, office: PostOffice) -> None:
    town.drop("in/redpanda/SHIP_0622.csv", "this,is,no\nshipment,file,at all\n")
    until(town, lambda: len(office.mails) == 2)
    [(subject, text)] = mailed(office, VENDOR)
    assert subject == "1 refused in SHIP_0622.csv"
    assert "- the whole file:\n" in text
    assert "Nothing of the file was taken." in text


def test_that_the_rest_was_taken_is_said_only_when_it_was(town: Town, office: PostOffice) -> None:
    town.declare("mail", office.declaration(more=', reply_to: "Buyers <help@retailer.example>"'))
    with_order(town, office)
    town.drop("in/redpanda/SHIP_0622.csv", SHIPPED + "AB10747,1,9,50,T1,1.00,1.00,2022-06-22\nXX1,1,1,50,T2,1.00,1.00,2022-06-22\n")
    until(town, lambda: len(office.mails) == 2)
    [(_, text)] = mailed(office, VENDOR)
    assert "1 of it was taken so far, 1 wait for what they need." in text
    assert "sent by a program; answers go to help@retailer.example.\n" in text
    assert "answers go to help@retailer.example" in town.command("notice", "preview", "vendor_new_order").out


def test_3_and_6_an_invoice_out_of_balance_is_told_to_the_retailer_and_its_rejection_to_the_vendor(town: Town, office: PostOffice) -> None:
    with_order(town, office)
    town.drop("in/redpanda/SHIP_1.csv", SHIPPED)
    town.once()
    town.drop("in/redpanda/INV_1.csv", TOO_DEAR)
    until(town, lambda: bool(office.mails))
    [(subject, text)] = mailed(office, RETAILER)
    assert subject == "1 invoice out of balance"
    assert "- Red Panda Outfitters RP-2201, $ 56.94, " in text
    town.command("invoice", "reject", "RP-2201", "--reason", "price not agreed")
    until(town, lambda: bool(office.to(VENDOR)))
    [(subject, text)] = mailed(office, VENDOR)
    assert subject == "Invoice RP-2201: Rejected"
    assert "Rejected (price not agreed)" in text


def test_6_an_approval_of_a_held_invoice_is_told_to_the_vendor(town: Town, office: PostOffice) -> None:
    with_order(town, office)
    town.drop("in/redpanda/SHIP_1.csv", SHIPPED)
    town.once()
    town.drop("in/redpanda/INV_1.csv", TOO_DEAR)
    town.once()
    town.command("invoice", "approve", "RP-2201", "--reason", "agreed by phone")
    until(town, lambda: bool(office.to(VENDOR)))
    assert [subject for subject, _ in mailed(office, VENDOR)] == ["Invoice RP-2201: Approved"]


def test_4_new_orders_are_told_to_their_vendor_in_one_mail(town: Town, office: PostOffice) -> None:
    sample = town.sample("createdsorder.xml")
    for number in range(7):
        town.drop(f"in/oms/orders{number}.xml", sample.replace(b"ab10747", f"ab1{number}".encode()))
    until(town, lambda: bool(office.mails))
    [(subject, text)] = mailed(office, VENDOR)
    assert subject == "7 new purchase orders"
    assert "- AB10: 2 lines, 4 pieces, due 06/28/2022" in text
    assert mailed(office, RETAILER) == []


def test_7_and_8_what_the_retailer_asks_is_told_to_the_vendor(town: Town, office: PostOffice) -> None:
    with_order(town, office)
    cancel = '<cancel po_no="AB10747" po_line_no="2" request_id="C-1"/>'
    cost = '<cost_change po_no="AB10747" po_line_no="1" po_unit_price="9.98" request_id="K-1"/>'
    town.drop("in/oms/changes/cancel.xml", f"<SetDSCancel>{HEADER}{cancel}</SetDSCancel>")
    town.drop("in/oms/changes/cost.xml", f"<SetDSCostChange>{HEADER}{cost}</SetDSCostChange>")
    until(town, lambda: len(office.mails) == 2)
    found = dict(mailed(office, VENDOR))
    assert set(found) == {"AB10747 line 2: Automatically Cancelled", "AB10747 line 1: cost changed"}
    assert "before $ 8.98, after $ 9.98" in found["AB10747 line 1: cost changed"]


def test_nobody_is_told_what_is_not_switched_on(tmp_path: Path, database_url: str, office: PostOffice) -> None:
    town = Town(tmp_path / "town", database_url)
    town.declare("mail", office.declaration())
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    with town.gateway() as gateway, gateway.store.reading() as connection:
        assert connection.execute(select(tables.notice)).all() == []
    assert office.mails == []


def test_each_address_has_a_mail_of_its_own_and_a_refused_one_stops_nobody(town: Town, office: PostOffice) -> None:
    path = town.root / "organization.yaml"
    path.write_text(path.read_text().replace(f"email: {VENDOR}", f"email: 'old@redpanda.example, {VENDOR}'"))
    office.refused["old@redpanda.example"] = "550 no such user"
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    until(town, lambda: bool(office.mails))
    assert office.recipients == [VENDOR]
    with town.gateway() as gateway, gateway.store.reading() as connection:
        items = [outbox.of_row(row) for row in connection.execute(select(tables.outbox).where(tables.outbox.c.kind == "notice"))]
    parked = [item for item in items if item.state is ItemState.PARKED]
    assert len(parked) == 1
    assert parked[0].issue is not None
    assert parked[0].issue.code == "GWY-12"
    assert "550 no such user" in parked[0].issue.text
    assert sorted(item.state for item in items) == ["parked", "sent"]


def test_a_mail_whose_answer_was_lost_goes_again_with_the_same_message_id(town: Town, office: PostOffice) -> None:
    office.hangs_up = 1
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    until(town, lambda: bool(office.mails))
    town.command("outbox", "list", "--state", "waiting")
    with town.gateway() as gateway, gateway.store.transaction() as tx:
        tx.connection.execute(tables.work.update().where(tables.work.c.kind == "deliver").values(due_at=gateway.clock.now()))
    until(town, lambda: len(office.mails) == 2)
    assert office.mails[0]["Message-ID"] == office.mails[1]["Message-ID"]
    assert office.raw[0] == office.raw[1]


def test_a_mail_server_that_is_away_holds_up_nothing_but_the_mail(town: Town, office: PostOffice, tmp_path: Path) -> None:
    dead = office.declaration().replace(f"port: {office.port}", "port: 1")
    town.declare("mail", dead)
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    assert "orders.xml.resp.xml" in town.files("out/oms/responses")
    town.declare("mail", office.declaration())
    with town.gateway() as gateway, gateway.store.transaction() as tx:
        tx.connection.execute(tables.work.update().where(tables.work.c.kind == "deliver").values(due_at=gateway.clock.now()))
    until(town, lambda: bool(office.mails))
    assert len(office.mails) == 1


def test_a_batch_that_nobody_acknowledges_is_told_to_the_retailer_once(town: Town, office: PostOffice) -> None:
    with_order(town, office)
    with town.gateway() as gateway:
        with gateway.store.transaction() as tx:
            items = tables.outbox
            tx.connection.execute(items.update().where(items.c.kind == "batch").values(ack_due_at=gateway.clock.now()))
        engine = gateway.node().engine
        engine.watch()
        engine.watch()
    until(town, lambda: bool(office.mails))
    [(subject, text)] = mailed(office, RETAILER)
    assert subject == "1 batch not acknowledged"
    assert "- batch 1 of Red Panda Outfitters (257)" in text
