"""What the retailer changes goes to the vendor by file: each request once, and only while it is still to be told."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.privacy import MASK
from gateway.kernel import FixedClock, failpoints
from gateway.kernel.clock import SystemClock
from gateway.mapping import Library, Values
from gateway.privacy import purge
from gateway.store import tables
from tests import commands
from tests.flow.test_changes import ADDRESS, CHANGES, ask, cancel, rows
from tests.flow.test_vendor_actions import ACTIONS, HEADING
from tests.town import OMS, RED_PANDA, Town

REQUESTS = """\
  - channel: changes
    folder: out/redpanda/changes
    mapping: changes-csv
    gather: {requests: true, now: true}
    file: "CHG_{sequence:06}.csv"
"""


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = Town(tmp_path / "town", database_url)
    town.declare("oms", OMS.replace("send:\n  - channel: changes\n", CHANGES + "send:\n  - channel: feed\n"))
    switch(town, REQUESTS)
    for folder in ("in/oms/changes", "in/redpanda/actions", "out/redpanda/changes"):
        (town.root / folder).mkdir()
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    with town.staying_open():
        yield town


def switch(town: Town, more: str) -> None:
    """The vendor's connector, with these channels besides."""
    town.declare("redpanda", RED_PANDA.replace("send:\n", ACTIONS + "send:\n").replace("GATHER", "now: true") + more)


def asks(town: Town, *entries: str, kind: str = "SetDSCancel", name: str = "c") -> None:
    town.drop(f"in/oms/changes/{name}.xml", ask(kind, *entries))
    town.once()


def acknowledge(town: Town) -> None:
    town.drop("in/redpanda/ACK_1.csv", "vendor_code,batch_id\n257,1\n")
    town.once()


def deed(town: Town, *lines: str) -> None:
    town.drop("in/redpanda/actions/a.csv", HEADING + "".join(f"{line}\n" for line in lines))
    town.once()


def told(town: Town) -> list[str]:
    """Every row of every file, in order: kind, id, line, quantity, what was and what is left, cost, and whether an answer is waited for."""
    found: list[str] = []
    for text in town.files("out/redpanda/changes").values():
        for row in csv.DictReader(StringIO(text)):
            names = ("kind", "request_id", "po_line_number", "quantity", "old_quantity", "new_quantity", "unit_cost", "address_1", "answer")
            found.append(" ".join(row[name] for name in names if row[name]))
    return found


COST = '<cost_change po_no="AB10747" po_line_no="1" po_unit_price="9.98" request_id="K-1"/>'


def test_what_applies_by_itself_is_told_of_lines_that_the_vendor_has(town: Town) -> None:
    asks(town, cancel(1, "C-1", 1))
    asks(town, COST, kind="SetDSCostChange", name="k")
    asks(town, ADDRESS, kind="SetDSAddressChange", name="a")
    asks(town, COST.replace("K-1", "K-2"), kind="SetDSCostChange", name="same")
    assert told(town) == ["cancel C-1 1 1 3 2 N", "cost K-1 1 2 2 9.98 N", "address A-1 9 New Road N"]
    town.once()
    assert len(town.files("out/redpanda/changes")) == 3


def test_what_waits_is_told_with_its_order_and_the_answer_is_asked_for(town: Town) -> None:
    acknowledge(town)
    asks(town, cancel(1, "C-1", 2), cancel(2, "C-2"))
    assert told(town) == ["cancel C-1 1 2 3 1 Y", "cancel C-2 2 1 1 0 Y"]
    sheet = town.command("order", "show", "AB10747", "--json").json
    assert [(it["request_id"], it["told_by"]) for it in sheet["requests"]] == [
        ("C-1", item_of("cancel", town)),
        ("C-2", item_of("cancel", town)),
    ]
    (name,) = town.files("out/redpanda/changes")
    with (town.root / "out/redpanda/changes" / name).open("rb") as body:
        (first, _) = Library(town.root / "mappings").get("changes-csv").read(body, Values())
    assert first.document is not None


def feed(town: Town) -> list[tuple[str, str]]:
    """Type and name of the request of every change that tells of one."""
    texts = town.files("out/oms/changes").values()
    return [found for text in texts for found in re.findall(r' type="(\w+)" .*?request_id="([^"]+)"', text)]


def test_a_request_without_an_id_has_one_name_for_everybody(town: Town) -> None:
    acknowledge(town)
    asks(town, '<cancel po_no="AB10747"/>')
    assert told(town) == ["cancel GW-1 1 3 3 0 Y", "cancel GW-1 2 1 1 0 Y"]
    assert 'request_id="GW-1" result="PENDING"' in town.files("out/oms/responses")["c.xml.resp.xml"]
    sheet = town.command("order", "show", "AB10747", "--json").json
    assert [it["request_id"] for it in sheet["requests"]] == ["GW-1", "GW-1"]
    assert town.command("order", "show", "AB10747").out.count("GW-1") == 2
    deed(town, "GW-1,decline_cancel,AB10747,1,,,,,", "GW-1,accept_cancel,AB10747,,,,,,")
    assert feed(town) == [("CANCEL_REJECTED", "GW-1"), ("CANCEL_ACCEPTED", "GW-1")]


def test_what_applies_or_comes_too_late_without_an_id_has_its_name_in_answer_and_feed(town: Town) -> None:
    asks(town, ADDRESS.replace(' request_id="A-1"', ""), kind="SetDSAddressChange", name="a")
    asks(town, COST.replace(' request_id="K-1"', ""), kind="SetDSCostChange", name="k")
    asks(town, '<cancel po_no="AB10747" po_line_no="1" cancel_qty="7"/>', '<cancel po_no="AB10747" po_line_no="1" cancel_qty="1"/>')
    answers = town.files("out/oms/responses")
    said = [word for name in "akc" for word in re.findall(r'request_id="([^"]+)" result="(\w+)"', answers[f"{name}.xml.resp.xml"])]
    (address, cost, late, less), words = zip(*said, strict=True)
    assert words == ("APPLIED", "APPLIED", "REJECTED", "APPLIED")
    sheet = town.command("order", "show", "AB10747", "--json").json
    assert [it["request_id"] for it in sheet["requests"]] == [address, address, cost, late, less]
    assert feed(town) == [("ADDRESS_ACCEPTED", address)] * 2 + [("CANCEL_REJECTED", late), ("CANCEL_ACCEPTED", less)]
    assert told(town) == [f"address {address} 9 New Road N", f"cost {cost} 1 3 3 9.98 N", f"cancel {less} 1 1 3 2 N"]


def test_an_address_without_an_id_is_answered_by_its_name(town: Town) -> None:
    acknowledge(town)
    asks(town, ADDRESS.replace(' request_id="A-1"', ""), kind="SetDSAddressChange", name="a")
    deed(town, "GW-1,accept_address,AB10747,,,,,,")
    assert feed(town) == [("ADDRESS_ACCEPTED", "GW-1")] * 2


def test_cancels_that_add_up_are_told_by_what_is_new(town: Town) -> None:
    acknowledge(town)
    asks(town, cancel(1, "C-1", 1))
    asks(town, cancel(1, "C-2", 1), name="d")
    assert told(town) == ["cancel C-1 1 1 3 2 Y", "cancel C-2 1 1 3 2 Y"]


def test_what_was_answered_replaced_or_refused_before_a_file_is_made_is_not_told(town: Town) -> None:
    acknowledge(town)
    switch(town, "")
    asks(town, cancel(2, "C-1"), cancel(9, "C-9"))
    asks(town, cancel(1, "C-2", 1), cancel(1, "C-3", 1), name="d")
    asks(town, ADDRESS, kind="SetDSAddressChange", name="a")
    asks(town, ADDRESS.replace("A-1", "A-2").replace("9 New", "7 Old"), kind="SetDSAddressChange", name="b")
    deed(town, "C-1,decline_cancel,AB10747,2,,,,,")
    switch(town, REQUESTS)
    town.once()
    assert told(town) == ["cancel C-3 1 2 3 1 Y", "address A-2 7 Old Road Y"]


def test_a_channel_that_is_switched_on_tells_what_waits_and_not_what_was_long_ago(tmp_path: Path, database_url: str) -> None:
    town = Town(tmp_path / "late", database_url)
    town.declare("oms", OMS.replace("send:\n  - channel: changes\n", CHANGES + "send:\n  - channel: feed\n"))
    for folder in ("in/oms/changes", "in/redpanda/actions", "out/redpanda/changes"):
        (town.root / folder).mkdir()
    switch(town, "")
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    asks(town, COST, kind="SetDSCostChange")
    acknowledge(town)
    asks(town, cancel(1, "C-1", 1), name="d")
    switch(town, REQUESTS)
    town.once()
    assert told(town) == ["cancel C-1 1 1 3 2 Y"]
    asks(town, COST.replace("9.98", "7.77").replace("K-1", "K-2"), kind="SetDSCostChange", name="k")
    assert told(town)[1:] == ["cost K-2 1 3 3 7.77 N"]


def test_an_order_that_the_vendor_has_not_is_not_told_of(town: Town) -> None:
    town.declare("redpanda", RED_PANDA.replace("GATHER", "asked: true") + REQUESTS)
    town.drop("in/oms/other.xml", town.sample("createdsorder.xml").decode().replace("ab10747", "ab10748"))
    town.once()
    asks(town, cancel(1, "C-1", 1, order="AB10748"), COST.replace("AB10747", "AB10748"))
    assert told(town) == []


@pytest.mark.parametrize("point", ["out.create.before_commit", "out.create.after_commit"])
def test_a_process_that_dies_over_the_file_tells_each_request_once(town: Town, point: str) -> None:
    acknowledge(town)
    town.drop("in/oms/changes/c.xml", ask("SetDSCancel", cancel(1, "C-1", 1), cancel(2, "C-2")))
    done = commands.apart(town.root, "serve", "--once", environment={failpoints.VARIABLE: f"{point}:1:kill"})
    assert done.code != 0
    with town.gateway(FixedClock(SystemClock().now() + timedelta(minutes=30))) as gateway:
        gateway.node().once()
    assert told(town) == ["cancel C-1 1 1 3 2 Y", "cancel C-2 2 1 1 0 Y"]


def addressed(town: Town) -> None:
    """An order that goes elsewhere, and is cancelled then."""
    asks(town, ADDRESS, kind="SetDSAddressChange", name="a")
    asks(town, cancel(1, "C-1"), cancel(2, "C-2"))


def item_of(kind: str, town: Town) -> Any:
    (item,) = {it.item_id for it in rows(town, tables.change_request) if it.kind == kind}  # type: ignore[attr-defined]
    return item


def forget(town: Town) -> None:
    path = town.root / "organization.yaml"
    path.write_text(path.read_text().replace("organization:\n", "organization:\n  retention_days: 10\n", 1))
    with town.gateway(FixedClock(SystemClock().now() + timedelta(days=11))) as gateway:
        assert purge(gateway.privacy).done == 1


def test_a_file_that_has_left_loses_its_bytes_with_the_order(town: Town) -> None:
    addressed(town)
    item = item_of("address", town)
    forget(town)
    (key,) = [it.archive_key for it in rows(town, tables.outbox) if it.id == item]  # type: ignore[attr-defined]
    (gone,) = [it for it in rows(town, tables.privacy_file) if it.sha256 == key]  # type: ignore[attr-defined]
    assert gone.done_at is not None  # type: ignore[attr-defined]
    town.command("outbox", "redeliver", str(item), "--reason", "lost", ends=3)


def test_a_file_that_has_not_left_leaves_without_the_order(town: Town) -> None:
    town.command("outbox", "hold", "--all-outbound", "--reason", "look")
    addressed(town)
    item = item_of("address", town)
    forget(town)
    (state,) = [it.state for it in rows(town, tables.outbox) if it.id == item]  # type: ignore[attr-defined]
    assert (state, item_of("address", town)) == ("cancelled", None)
    town.command("outbox", "release", "--all-outbound", "--reason", "fine")
    town.once()
    assert told(town) == []
    assert {it.after["ship_to"]["city"] for it in rows(town, tables.change_request) if it.kind == "address"} == {MASK}  # type: ignore[attr-defined]
