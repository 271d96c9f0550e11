"""A file of which a row was told EARLY is answered a second time when its last such row is decided, once, whatever its other rows are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.booking import redo
from gateway.documents import Document, ShipmentLine
from gateway.domain.outcome import Verdict
from gateway.kernel import FixedClock
from gateway.kernel.errors import LeaseLost
from gateway.store import Store, tables, work
from gateway.store.work import Kind, Work
from tests.business import MESSAGE, ORDER, a_shipment
from tests.flow.test_vendor_actions import ACTIONS, HEADING
from tests.office import Office
from tests.storehouse import NOON, fresh_store, opened
from tests.town import OMS, RED_PANDA, Town

WAIT = {"order": timedelta(hours=4)}
OPEN = a_shipment(ShipmentLine(number=1, quantity=1))
RESULTS = "out/redpanda/results"


class Desk:
    """A vendor whose rows may wait for an order an hour, and a known order."""

    def __init__(self, root: Path, url: str) -> None:
        self.town, self.clock = Town(root, url), FixedClock(NOON)
        self.town.declare("oms", OMS)
        self.town.declare("redpanda", RED_PANDA.replace("send:\n", ACTIONS + "send:\n").replace("GATHER", "every: 1d"))
        (self.town.root / "in/redpanda/actions").mkdir()
        self.order = self.town.sample("createdsorder.xml").decode()
        self.drops("in/oms/one.xml", self.order)

    def drops(self, place: str, content: str) -> None:
        self.town.drop(place, content)
        self.town.once(self.clock)

    def acts(self, *rows: str) -> list[str]:
        """What the first answer to these rows says of each."""
        self.drops("in/redpanda/actions/a.csv", HEADING + "".join(f"{row}\n" for row in rows))
        return self.told("a.csv.result.csv")

    def brings_the_late_order(self) -> None:
        self.drops("in/oms/two.xml", self.order.replace("ab10747", "late1").replace("AB10747", "LATE1"))

    def waits_in_vain(self) -> None:
        self.clock.advance(timedelta(hours=1))
        self.town.once(self.clock)

    def told(self, name: str) -> list[str]:
        rows = (row.split(",") for row in self.town.files(RESULTS)[name].splitlines()[1:])
        return [" ".join(part for part in row[5:7] if part != "0") for row in rows]

    def files(self) -> set[str]:
        return set(self.town.files(RESULTS))

    def story(self) -> list[str]:
        with self.town.gateway(self.clock) as gateway, gateway.store.reading() as connection:
            c = tables.message_event.c
            message = connection.execute(select(tables.message.c.id).where(tables.message.c.channel == "actions")).scalar_one()
            return list(connection.execute(select(c.event).where(c.message_id == message).order_by(c.id)).scalars())


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Desk:
    return Desk(tmp_path / "town", database_url)


def test_a_row_that_waited_in_vain_beside_a_good_one_is_told_and_given_back(desk: Desk) -> None:
    assert desk.acts(",hold,AB10747,1,,,,,late", ",hold,LATE1,1,,,,,late") == ["APPLIED", "EARLY 3031"]
    assert desk.files() == {"a.csv.result.csv"}
    desk.waits_in_vain()
    assert desk.files() == {"a.csv.result.csv", "a.csv.result_r2.csv", "a.csv.refused.csv"}
    assert desk.told("a.csv.result_r2.csv") == ["APPLIED", "REJECTED 3031"]
    assert ",hold,LATE1," in desk.town.files(RESULTS)["a.csv.refused.csv"]
    assert desk.story() == ["received", "partly_booked", "answered", "partly_booked", "answered"]


def test_a_row_whose_order_came_is_told_although_another_row_stays_refused(desk: Desk) -> None:
    assert desk.acts(",hold,LATE1,1,,,,,late", ",explode,AB10747,1,,,,,") == ["EARLY 3031", "REJECTED ACT-301"]
    desk.brings_the_late_order()
    assert desk.told("a.csv.result_r2.csv") == ["APPLIED", "REJECTED ACT-301"]


def test_a_file_is_answered_again_when_the_last_row_that_waited_is_decided_not_before(desk: Desk) -> None:
    desk.acts(",hold,LATE1,1,,,,,late", ",hold,NEVER,1,,,,,late", ",hold,AB10747,1,,,,,late")
    desk.brings_the_late_order()
    assert desk.files() == {"a.csv.result.csv"}
    desk.waits_in_vain()
    desk.waits_in_vain()
    assert desk.story().count("answered") == 2


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with fresh_store(database_url) as store:
        yield store


@pytest.fixture
def office(store: Store) -> Office:
    """A file of which one document is booked, two wait, and that was answered; nothing else is asked for."""
    office = Office(store)
    office.receive(ORDER)
    early: list[Document] = [
        a_shipment(ShipmentLine(number=1, quantity=1), number=f"PO{number}", tracking=f"T{number}") for number in (1, 2)
    ]
    office.receive(OPEN, *early, origin=MESSAGE, wait=WAIT)
    answered(office)
    return office


def asked(office: Office) -> list[Work]:
    return office.claim(Kind.ANSWER)


def answered(office: Office) -> None:
    leases = [it.lease for it in asked(office)]
    with office.store.transaction() as tx:
        work.finish(tx, *leases)


def test_two_nodes_that_decide_the_last_documents_ask_for_one_answer(office: Office, database_url: str) -> None:
    office.clock.advance(WAIT["order"])
    first, second = office.claim(Kind.REDO)
    with opened(database_url) as other:
        theirs = redo([second], store=other, master=Office(other).master, clock=office.clock)
        ours = redo([first], store=office.store, master=office.master, clock=office.clock)
    assert (theirs.finished, len(ours.finished)) == ({}, 1)
    assert len(asked(office)) == 1


def test_a_node_that_dies_before_its_commit_leaves_the_answer_to_the_next(office: Office) -> None:
    office.clock.advance(WAIT["order"])
    for it in office.claim(Kind.REDO):
        with office.store.transaction() as tx:
            tx.connection.exec_driver_sql(f"update work set fence = fence + 1 where id = {it.lease.id}")
        assert redo([it], store=office.store, master=office.master, clock=office.clock).lost == {it.subject}
    assert asked(office) == []
    office.clock.advance(timedelta(hours=1))
    assert office.redo().verdicts[Verdict.REFUSED] == 2
    assert len(asked(office)) == 1
    assert office.redo().documents == 0
    assert asked(office) == []


def test_an_answer_that_is_being_made_when_the_last_document_is_decided_is_made_anew(store: Store) -> None:
    office = Office(store)
    office.receive(OPEN, origin=MESSAGE, wait=WAIT)
    (making,) = asked(office)
    office.receive(ORDER)
    assert office.redo().verdicts[Verdict.BOOKED] == 1
    with pytest.raises(LeaseLost), store.transaction() as tx:
        work.require(tx, making.lease)
    assert making.subject in {it.subject for it in asked(office)}
