"""Orders to a vendor by 850, its answers by 997 and CONTRL, its shipments by 856: control numbers, verdicts, crashes."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from gateway.formats.edi import Set
from gateway.formats.edi.reading import read
from gateway.kernel.failpoints import VARIABLE
from gateway.store import tables
from tests import commands
from tests.kitsune import connector, edifact, x12
from tests.town import Town

SEND = """\
send:
  - channel: orders
    folder: out/kitsune/orders
    mapping: kitsune-850
    gather: {new_orders: true, now: true}
    file: "PO_{batch:06}.edi"
    acknowledge: {required: true, within: 24h}
"""
LAYOUT = """\
mapping: kitsune-850
version: 1
extends: x12-850-batch-004010
only: write
set: {brand: "1", system: OMS, location: "100", vendor: $partner.vendor}
tests: []
"""
ORDERS, ACKS = "out/kitsune/orders", "out/kitsune/acks"
KILLED = -9


def town_of(town: Town, *, ack_document: str = "997", mapping: str = "x12-856-004010", more: str = "ta1: asked") -> Town:
    for folder in ("in/kitsune", ORDERS, ACKS):
        (town.root / folder).mkdir(parents=True)
    (town.root / "connectors/redpanda.yaml").unlink()
    (town.root / "mappings/kitsune-850.yaml").write_text(LAYOUT)
    town.declare("kitsune", connector(mapping=mapping, more=more, ack_document=ack_document) + SEND)
    return town


@pytest.fixture
def kitsune(town: Town) -> Town:
    """A town whose vendor gets its orders by 850."""
    return town_of(town)


def orders(town: Town, *numbers: str) -> None:
    """The retailer sends orders, which go to the vendor."""
    for number in numbers:
        town.drop(f"in/oms/{number}.xml", town.sample("createdsorder.xml").decode().replace("ab10747", number))
    town.once()
    town.once()


def sets(town: Town) -> list[Set]:
    return [event for text in town.files(ORDERS).values() for event in read(BytesIO(text.encode())) if isinstance(event, Set)]


def answer(town: Town, *body: str, number: int = 1) -> None:
    town.drop(f"in/kitsune/fa{number}.edi", x12(("997", body), kind="FA", number=number, group=number))
    town.once()


def item(town: Town) -> Any:
    (found,) = town.command("outbox", "list", "--kind", "batch", "--json").json
    return found


def batch(town: Town) -> str:
    (found,) = town.command("batch", "list", "--json").json
    return str(found["state"])


def test_a_batch_is_one_interchange_whose_sets_are_known_by_their_orders(kitsune: Town) -> None:
    orders(kitsune, "AB10747", "AB10748")
    found = sets(kitsune)
    assert [(one.type, one.control, one.group.control, one.group.interchange.control) for one in found] == [
        ("850", "0001", "1", "000000001"),
        ("850", "0002", "1", "000000001"),
    ]
    assert not [finding for one in found for finding in (*one.findings, *one.group.findings, *one.group.interchange.findings)]
    with kitsune.gateway() as gateway, gateway.store.reading() as connection:
        rows = connection.execute(select(tables.edi_set.c.number, tables.edi_set.c.document).order_by(tables.edi_set.c.place)).all()
    assert [tuple(row) for row in rows] == [("0001", "AB10747"), ("0002", "AB10748")]
    told = [it["told"] for it in kitsune.command("find", "0002", "--json").json]
    assert "set 0002 in PO_000001.edi to kitsune, sent" in told


@pytest.mark.parametrize("body", [("AK1*PO*1", "AK9*A*1*1*1"), ("AK1*PO*1", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1")])
def test_a_997_acknowledges_a_batch_where_that_is_agreed(kitsune: Town, body: tuple[str, ...]) -> None:
    orders(kitsune, "AB10747")
    assert (item(kitsune)["ack"], batch(kitsune)) == ("due", "open")
    answer(kitsune, *body)
    assert (item(kitsune)["ack"], batch(kitsune)) == ("accepted", "acknowledged")
    assert kitsune.files(ACKS) == {}
    (message,) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    told = {it["event"]: it["detail"] for it in kitsune.command("message", "show", str(message["id"]), "--json").json["events"]}
    assert told["answer_taken_up"] == {"item": item(kitsune)["id"], "by": "997", "said": "accepted"}


def test_a_997_is_noted_where_the_batch_waits_for_more(town: Town) -> None:
    kitsune = town_of(town, ack_document="855")
    orders(kitsune, "AB10747")
    answer(kitsune, "AK1*PO*1", "AK9*A*1*1*1")
    assert (item(kitsune)["ack"], batch(kitsune)) == ("due", "open")
    sheet = kitsune.command("outbox", "show", str(item(kitsune)["id"]), "--json").json
    (told,) = [it["detail"] for it in sheet["events"] if it["event"] == "answered_by_partner"]
    assert "rejected" not in told


def test_a_refused_group_is_rejected_and_tells_its_documents(kitsune: Town) -> None:
    orders(kitsune, "AB10747")
    answer(kitsune, "AK1*PO*1", "AK2*850*0001", "AK3*PO1*5**8", "AK4*2*330*6*X", "AK5*R*5", "AK9*R*1*1*0")
    assert (item(kitsune)["ack"], batch(kitsune)) == ("rejected", "open")
    sheet = kitsune.command("outbox", "show", str(item(kitsune)["id"]), "--json").json
    (told,) = [it["detail"]["rejected"] for it in sheet["events"] if it["event"] == "rejected"]
    assert told == {"AB10747": ["AK3 PO1 5 8", "AK4 2 6", "AK5 5"]}


def test_a_partial_answer_is_accepted_with_errors(kitsune: Town) -> None:
    orders(kitsune, "AB10747", "AB10748")
    answer(kitsune, "AK1*PO*1", "AK2*850*0002", "AK5*R*5", "AK9*P*2*2*1")
    assert item(kitsune)["ack"] == "accepted_with_errors"


def test_an_answer_to_something_we_never_sent_is_an_event(kitsune: Town) -> None:
    orders(kitsune, "AB10747")
    answer(kitsune, "AK1*PO*99", "AK9*A*1*1*1")
    assert item(kitsune)["ack"] == "due"
    (message,) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    assert message["state"] == "booked"


def test_an_answer_that_is_late_is_told(kitsune: Town) -> None:
    orders(kitsune, "AB10747")
    with kitsune.gateway() as gateway, gateway.store.transaction() as tx:
        tx.connection.execute(tables.outbox.update().values(ack_due_at=gateway.clock.now()))
    kitsune.once()
    assert item(kitsune)["ack"] == "overdue"
    answer(kitsune, "AK1*PO*1", "AK9*A*1*1*1")
    assert item(kitsune)["ack"] == "accepted"


@pytest.mark.parametrize("point", ["out.number.taken", "out.create.before_commit", "out.create.after_commit"])
def test_numbers_have_no_gap_and_no_double_after_a_death_while_they_are_taken(kitsune: Town, point: str) -> None:
    orders(kitsune, "AB10747")
    kitsune.drop("in/oms/b.xml", kitsune.sample("createdsorder.xml").decode().replace("ab10747", "AB10748"))
    assert killed_at(kitsune, point) == KILLED
    kitsune.once()
    kitsune.once()
    assert sorted(one.group.interchange.control for one in sets(kitsune)) == ["000000001", "000000002"]
    assert sorted(one.control for one in sets(kitsune)) == ["0001", "0002"]
    assert kitsune.command("db", "check").code == 0


@pytest.mark.parametrize("point", ["in.identify.before_commit", "out.number.taken", "in.answer.before_commit", "in.answer.after_commit"])
def test_an_interchange_is_answered_once_after_a_death_while_its_answer_is_made(kitsune: Town, point: str) -> None:
    kitsune.drop("in/kitsune/a.edi", x12(("855", ["BAK*00*AC*P1*20260622"]), number=1) + x12(("855", ["BAK*00*AC*P2*20260622"]), number=2))
    assert killed_at(kitsune, point) == KILLED
    kitsune.once()
    kitsune.once()
    answers = [event for text in kitsune.files(ACKS).values() for event in read(BytesIO(text.encode())) if isinstance(event, Set)]
    controls = [one.group.interchange.control for one in answers]
    assert sorted(controls) == ["000000001", "000000002"]
    assert kitsune.command("db", "check").code == 0


def killed_at(town: Town, point: str) -> int:
    """The exit code of a process that dies at that point while it works everything off."""
    with patch.dict("os.environ", {VARIABLE: f"{point}:1:kill"}):
        code = commands.apart(town.root, "serve", "--once").code
    with town.gateway() as gateway, gateway.store.transaction() as tx:  # on a server the leases of the dead lapse by the clock
        for table in (tables.work, tables.lease):
            tx.connection.execute(table.update().where(table.c.until.is_not(None)).values(until=gateway.clock.now() - timedelta(hours=1)))
    return code


def shipment(order: str, quantity: str, reference: str) -> tuple[str, list[str]]:
    body = [
        f"BSN*00*{reference}*20260623*1200",
        "HL*1**S*1",
        "TD5**2*50",
        "REF*CN*1Z9",
        "DTM*011*20260623",
        "HL*2*1*O*1",
        f"PRF*{order}",
        "HL*3*2*I*0",
        "LIN*1*SK*100045",
        f"SN1**{quantity}*EA",
        "CTT*3",
    ]
    return "856", body


def test_a_set_that_cannot_be_read_is_refused_with_its_place_and_its_neighbour_is_booked(kitsune: Town) -> None:
    orders(kitsune, "AB10747")
    answer(kitsune, "AK1*PO*1", "AK9*A*1*1*1")
    kitsune.drop("in/kitsune/ship.edi", x12(shipment("AB10747", "1", "S1"), shipment("AB10747", "x", "S2"), kind="SH", number=2))
    kitsune.once()
    (text,) = kitsune.files(ACKS).values()
    told = [line.rstrip("~") for line in text.splitlines()][3:-3]
    assert told[:4] == ["AK1*SH*1", "AK2*856*0001", "AK5*A", "AK2*856*0002"]
    assert told[4:6] == ["AK3*SN1*11*HL*8", "AK4*2*382*6*x"]
    assert told[-2:] == ["AK5*R*5", "AK9*P*2*2*1"]
    (message,) = kitsune.command("message", "list", "--state", "partly_booked", "--json").json
    assert message["file"] == "ship.edi"


def test_all_or_nothing_books_nothing_of_a_file_with_a_set_that_cannot_be_read(town: Town) -> None:
    kitsune = town_of(town, more="whole_file: true")
    orders(kitsune, "AB10747")
    answer(kitsune, "AK1*PO*1", "AK9*A*1*1*1")
    kitsune.drop("in/kitsune/ship.edi", x12(shipment("AB10747", "1", "S1"), shipment("AB10747", "x", "S2"), kind="SH", number=2))
    kitsune.once()
    (text,) = kitsune.files(ACKS).values()
    assert [line.rstrip("~") for line in text.splitlines() if line.startswith(("AK5", "AK9"))] == ["AK5*R", "AK5*R*5", "AK9*R*2*2*0"]
    (message,) = kitsune.command("message", "list", "--state", "refused", "--json").json
    assert message["file"] == "ship.edi"


def test_a_test_is_answered_and_never_booked(town: Town) -> None:
    kitsune = town_of(town, more="test: true")
    kitsune.drop("in/kitsune/ship.edi", x12(shipment("AB10747", "1", "S1"), kind="SH", usage="T"))
    kitsune.once()
    (text,) = kitsune.files(ACKS).values()
    assert "*0*T*>~" in text
    assert "AK9*A*1*1*1~" in text
    (message,) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    assert message["state"] == "refused"


def test_who_sends_interchanges_must_know_to_whom(town: Town) -> None:
    kitsune = town_of(town)
    text = (kitsune.root / "connectors/kitsune.yaml").read_text()
    kitsune.declare("kitsune", text.replace('version: "004010"', 'version: "005010"'))
    done = kitsune.command("connector", "check", ends=2)
    assert "mapping 'kitsune-850' writes 004010, partner > edi > x12 > version says 005010" in done.out + done.err


MESSAGES = """\
mapping: kitsune-orders
version: 1
extends: edifact-orders-batch
only: write
set: {brand: "1", system: OMS, location: "100", vendor: $partner.vendor}
tests: []
"""


def test_a_contrl_acknowledges_a_batch_of_messages(town: Town) -> None:
    kitsune = town_of(town)
    (kitsune.root / "mappings/kitsune-orders.yaml").write_text(MESSAGES)
    path = kitsune.root / "connectors/kitsune.yaml"
    path.write_text(path.read_text().replace("kitsune-850", "kitsune-orders"))
    orders(kitsune, "AB10747", "AB10748")
    (text,) = kitsune.files(ORDERS).values()
    assert text.splitlines()[0].startswith("UNB+UNOC:3+4012345000009:14+4098765000002:14+")
    body = ["UCI+1+4012345000009:14+4098765000002:14+7", "UCM+2+ORDERS:D:96A:UN+4+12"]
    kitsune.drop("in/kitsune/c.edi", edifact(("CONTRL", body)))
    kitsune.once()
    assert (item(kitsune)["ack"], batch(kitsune), kitsune.files(ACKS)) == ("accepted_with_errors", "acknowledged", {})


def test_a_file_that_is_read_once_more_finds_its_interchanges_taken(kitsune: Town) -> None:
    orders(kitsune, "AB10747")
    answer(kitsune, "AK1*PO*1", "AK9*A*1*1*1")
    kitsune.drop("in/kitsune/ship.edi", x12(shipment("AB10747", "x", "S1"), kind="SH", number=2))
    kitsune.once()
    (message,) = kitsune.command("message", "list", "--state", "refused", "--json").json
    kitsune.command("message", "replay", str(message["id"]), "--reason", "again", ends=3)
    kitsune.once()
    kitsune.command("message", "reprocess", str(message["id"]), "--reason", "again", ends=3)
    kitsune.once()
    states = {it["state"] for it in kitsune.command("message", "list", "--channel", "edi", "--json").json}
    assert states == {"booked", "refused"}
    told = [line for text in kitsune.files(ACKS).values() for line in text.splitlines() if line.startswith("AK9")]
    assert told == ["AK9*R*1*1*0~"] * 3


def test_answers_and_documents_may_share_an_interchange(kitsune: Town) -> None:
    orders(kitsune, "AB10747")
    told = x12(("997", ["AK1*PO*1", "AK9*A*1*1*1"]), kind="FA", number=1, group=1).splitlines(keepends=True)
    sent = x12(shipment("AB10747", "1", "S1"), kind="SH", number=1, group=2).splitlines(keepends=True)
    kitsune.drop("in/kitsune/both.edi", "".join([*told[:-1], *sent[1:-1], "IEA*2*000000001~\n"]))
    kitsune.once()
    (text,) = kitsune.files(ACKS).values()
    assert [line for line in text.splitlines() if line.startswith("AK1")] == ["AK1*SH*2~"]
    (message,) = kitsune.command("message", "list", "--connector", "kitsune", "--json").json
    assert (message["state"], item(kitsune)["ack"], batch(kitsune)) == ("booked", "accepted", "acknowledged")
