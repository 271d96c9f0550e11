"""The acceptance vectors of sdf 13, once by files alone and once by commands alone: the same answers, the same history.

T20 to T23 stand in `test_invoice_vectors.py`, T24 in `test_privacy.py` and `test_cli_privacy.py`. Batch 74 is the first
batch here, 1. A shipment by message is H6 and one by a person H5: here both come as the vendor's own upload or act.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import select

from gateway.store import tables
from tests.commands import here
from tests.flow.test_changes import CHANGES, ask
from tests.flow.test_vendor_actions import ACTIONS, HEADING
from tests.town import OMS, RED_PANDA, Town

NEW, PROCESS, HELD, SHIPPED, CANCELLED = "New Order", "In Process", "Held", "Shipped", "Cancelled"
Entry = tuple[int, str, int, str, str]
"""Line, event, quantity, status after, note."""
STREETS = {"A-1": "9 New Road", "A-2": "10 New Road"}


class Way(Protocol):
    """One way of doing what the vectors say; each act answers the word or the codes it was answered with."""

    def order(self, content: bytes) -> str: ...
    def request_batch(self, number: str = "") -> str: ...
    def acknowledge(self) -> str: ...
    def ship(self, line: int, quantity: int, tracking: str) -> str: ...
    def cancel(self, line: int, request: str) -> str: ...
    def address(self, request: str) -> str: ...
    def cost(self, line: int, cost: str) -> str: ...
    def act(self, action: str, line: int, reason: str = "", on: str = "") -> str: ...
    def void(self) -> str: ...
    def reprint(self, **quantities: int) -> str: ...
    def upload(self, rows: Sequence[str]) -> list[str]: ...


def answered(answer: str) -> str:
    """The word of the first entry of an answer to the retailer, or why it was refused."""
    word, code = (answer.partition(f'{name}="')[2].partition('"')[0] for name in ("result", "code"))
    return code if word == "REJECTED" and code else word


SHIPMENTS = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"


def codes_of(town: Town, name: str) -> list[str]:
    """The codes of a result file, row by row."""
    return [line.split(",")[5] for line in town.files("out/redpanda/results")[f"{name}.result.csv"].splitlines()[1:]]


class ByFile:
    """Files of the retailer and of the vendor."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._count = 0

    def order(self, content: bytes) -> str:
        return self._changed("in/oms", content)

    def request_batch(self, number: str = "") -> str:
        return self._row(f",request_batch,,,{number},,,,")

    def acknowledge(self) -> str:
        self._drop("in/redpanda/ACK_{}.csv", "vendor_code,batch_id\n257,1\n")
        return "APPLIED"

    def ship(self, line: int, quantity: int, tracking: str) -> str:
        name = self._drop("in/redpanda/SHIP_{}.csv", f"{SHIPMENTS}AB10747,{line},{quantity},50,{tracking},2.34,1.23,2022-06-22\n")
        cells = self._town.files("out/redpanda/results")[f"{name}.result.csv"].splitlines()[1].split(",")
        return cells[5] if cells[5] != "0" else cells[4]

    def cancel(self, line: int, request: str) -> str:
        return self._asked("SetDSCancel", f'<cancel po_no="AB10747" po_line_no="{line}" request_id="{request}"/>')

    def address(self, request: str) -> str:
        ship_to = (
            f"<company_name>Byrd</company_name><address_line_1>{STREETS[request]}</address_line_1><city>London</city>"
            "<postal_code>SE1 1AA</postal_code><country_cd>GB</country_cd>"
        )
        entry = f'<address_change po_no="AB10747" request_id="{request}"><ship_to>{ship_to}</ship_to></address_change>'
        return self._asked("SetDSAddressChange", entry)

    def cost(self, line: int, cost: str) -> str:
        return self._asked("SetDSCostChange", f'<cost_change po_no="AB10747" po_line_no="{line}" po_unit_price="{cost}" request_id="K"/>')

    def act(self, action: str, line: int, reason: str = "", on: str = "") -> str:
        return self._row(f",{action},AB10747,{line},,,,{on},{reason}")

    def void(self) -> str:
        return self._row(",void,AB10747,,1,,,,")

    def reprint(self, **quantities: int) -> str:
        return self._row(*[f",reprint,AB10747,{line[1:]},1,,{quantity},," for line, quantity in quantities.items()])

    def upload(self, rows: Sequence[str]) -> list[str]:
        name = self._drop("in/redpanda/SHIP_{}.csv", SHIPMENTS + "".join(rows))
        return codes_of(self._town, name)

    def _row(self, *rows: str) -> str:
        name = self._drop("in/redpanda/actions/{}.csv", HEADING + "".join(f"{row}\n" for row in rows))
        lines = self._town.files("out/redpanda/results")[f"{name}.result.csv"].splitlines()[1:]
        words = {cells[5] if cells[6] == "0" else cells[6] for cells in (line.split(",") for line in lines)}
        return " ".join(sorted(words))

    def _asked(self, kind: str, entry: str) -> str:
        return self._changed("in/oms/changes", ask(kind, entry).encode())

    def _changed(self, folder: str, content: bytes) -> str:
        name = self._drop(folder + "/{}.xml", content.decode())
        answer = self._town.files("out/oms/responses")[f"{name}.resp.xml"]
        return answered(answer)

    def _drop(self, place: str, content: str) -> str:
        self._count += 1
        path = place.format(self._count)
        self._town.drop(path, content)
        self._town.once()
        return Path(path).name


class ByCommand:
    """The command line."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._count = 0

    def order(self, content: bytes) -> str:
        self._count += 1
        path = self._town.root / f"order{self._count}.xml"
        path.write_bytes(content)
        self._do("message", "take", "oms/orders", str(path))
        answer = self._town.files("out/oms/responses")[f"{path.name}.resp.xml"]
        return answered(answer)

    def request_batch(self, number: str = "") -> str:
        return self._do("batch", "request", "257", *(("--batch", number) if number else ()))

    def acknowledge(self) -> str:
        return self._do("batch", "acknowledge", "1")

    def ship(self, line: int, quantity: int, tracking: str) -> str:
        words = ("--carrier", "50", "--tracking", tracking, "--weight", "2.34", "--freight", "1.23", "--date", "2022-06-22")
        return self._do("order", "ship", "AB10747", "--line", f"{line}={quantity}", *words)

    def cancel(self, line: int, request: str) -> str:
        return self._do("order", "cancel", "AB10747", "--line", str(line), "--request-id", request)

    def address(self, request: str) -> str:
        words = ("--company", "Byrd", "--address1", STREETS[request], "--city", "London", "--postal-code", "SE1 1AA", "--country", "GB")
        return self._do("order", "address", "AB10747", *words)

    def cost(self, line: int, cost: str) -> str:
        return self._do("order", "cost", "AB10747", cost, "--line", str(line))

    def act(self, action: str, line: int, reason: str = "", on: str = "") -> str:
        verb, _, what = action.partition("_")
        match verb:
            case "accept" | "decline":
                return self._do("order", verb, "AB10747", what, "--line", str(line))
            case "due":
                return self._do("order", "due-date", "AB10747", on, "--line", str(line), "--reason", reason)
            case "reason":
                return self._do("order", "note", "AB10747", reason, "--line", str(line))
            case _:
                return self._do("order", verb, "AB10747", "--line", str(line), *(("--reason", reason) if reason else ()))

    def void(self) -> str:
        return self._do("batch", "void", "1")

    def reprint(self, **quantities: int) -> str:
        lines = [word for line, quantity in quantities.items() for word in ("--line", f"AB10747:{line[1:]}={quantity}")]
        return self._do("batch", "reissue", "1", *lines)

    def upload(self, rows: Sequence[str]) -> list[str]:
        path = self._town.root / "SHIP_BY_HAND.csv"
        path.write_text(SHIPMENTS + "".join(rows))
        done = here(self._town.root, "message", "take", "redpanda/shipments", str(path))
        assert done.code == 3, done.err
        return codes_of(self._town, path.name)

    def _do(self, *words: str) -> str:
        done = here(self._town.root, *words, "--json")
        assert done.code in {0, 2, 3}, done.err
        self._town.once()
        told = done.json
        found = told.get("result") or told.get("state")
        return str(found or ("APPLIED" if done.code == 0 else told["issues"][0]["code"]))


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Town:
    """Nobody has ordered anything yet."""
    town = Town(tmp_path / "town", database_url)
    town.declare("oms", OMS.replace("send:\n  - channel: changes\n", CHANGES + "send:\n  - channel: feed\n"))
    vendor = RED_PANDA.replace("send:\n", ACTIONS + "send:\n").replace("GATHER", "now: true")
    town.declare("redpanda", vendor.replace("    wait: {order: 4h}\n    via: upload\n", "    via: upload\n"))
    for folder in ("in/oms/changes", "in/redpanda/actions"):
        (town.root / folder).mkdir()
    return town


WAYS = pytest.mark.parametrize("way", [ByFile, ByCommand])


def begin(town: Town, way: type[Way]) -> Way:
    """T1."""
    acts = way(town)
    assert acts.order(town.sample("createdsorder.xml")) in {"CREATED", "booked"}
    town.once()
    return acts


def history(town: Town) -> list[Entry]:
    entry = tables.order_history.c
    with town.gateway() as gateway, gateway.store.reading() as connection:
        rows = connection.execute(select(tables.order_history).order_by(entry.seq)).all()
    shown = town.command("order", "show", "AB10747", "--json").json["history"]
    notes = [it["note"] for it in shown]
    return [(row.line_no, row.event, row.quantity, row.status_after, note) for row, note in zip(rows, notes, strict=True)]


def lines(town: Town) -> list[tuple[str, int, int, int, int | None]]:
    rows = town.command("order", "show", "AB10747", "--json").json["lines"]
    return [(row["status"], row["printed"], row["shipped"], row["cancelled"], row["batch"]) for row in rows]


def header(town: Town) -> tuple[str, str]:
    sheet = town.command("order", "show", "AB10747", "--json").json
    return sheet["status"], sheet["total"]


def shipped(tracking: str) -> str:
    return f"Ship Date: 06/22/2022, Carrier: 50, Tracking #: {tracking}, Weight: 2.34, Rate: $ 1.23"


BEGUN: Sequence[Entry] = [
    (1, "H1", 3, NEW, ""),
    (2, "H1", 1, NEW, ""),
    (1, "H3", 3, NEW, "Batch ID (1)"),
    (2, "H3", 1, NEW, "Batch ID (1)"),
]
TAKEN: Sequence[Entry] = [*BEGUN, (1, "H4", 3, PROCESS, "Batch ID (1)"), (2, "H4", 1, PROCESS, "Batch ID (1)")]


@WAYS
def test_t1_to_t13_the_life_of_an_order(town: Town, way: type[Way]) -> None:
    acts = begin(town, way)
    assert header(town) == (NEW, "48.44")
    sample = town.sample("createdsorder.xml")
    assert acts.order(sample.replace(b"<po_unit_price>8.98", b"<po_unit_price>9.00")) == "DSO-111"
    assert history(town) == BEGUN
    assert lines(town) == [(NEW, 0, 0, 0, 1), (NEW, 0, 0, 0, 1)]
    assert acts.request_batch() == "3009"
    assert acts.request_batch("1") == "APPLIED"
    assert history(town) == BEGUN
    acts.acknowledge()
    acts.acknowledge()
    assert history(town) == TAKEN
    assert lines(town) == [(PROCESS, 3, 0, 0, 1), (PROCESS, 1, 0, 0, 1)]
    acts.ship(1, 2, "T-1")
    assert (lines(town)[0], header(town)[0]) == ((PROCESS, 1, 2, 0, 1), PROCESS)
    assert acts.ship(1, 2, "T-2") == "3044"
    assert acts.cancel(2, "C-1") == "PENDING"
    assert acts.act("decline_cancel", 2) == "APPLIED"
    assert acts.cancel(2, "C-2") == "PENDING"
    assert acts.act("accept_cancel", 2) == "APPLIED"
    assert (lines(town)[1][:4], header(town)[0]) == ((CANCELLED, 0, 0, 1), "Open")
    assert acts.address("A-1") == "PENDING"
    assert acts.address("A-2") == "PENDING"
    acts.ship(1, 1, "T-3")
    assert header(town)[0] == "Complete"
    acts.cancel(1, "C-3")
    assert history(town) == [
        *TAKEN,
        (1, "H5", 2, PROCESS, shipped("T-1")),
        (2, "H8", 1, PROCESS, "Cancel Requested"),
        (2, "H10", 1, PROCESS, "Cancellation Rejected"),
        (2, "H8", 1, PROCESS, "Cancel Requested"),
        (2, "H9", 1, CANCELLED, "Cancellation Approved"),
        (1, "H13", 1, PROCESS, "Address Change Requested"),
        (1, "H13", 1, PROCESS, "Address Change Requested"),
        (1, "H5", 1, SHIPPED, shipped("T-3")),
        (1, "H16", 0, SHIPPED, "Address Change Auto Rejected"),
        (1, "H11", 3, SHIPPED, "Cancel Request Auto Rejected"),
    ]


@WAYS
def test_t14_to_t17_what_is_noted_and_asked_of_a_new_line(town: Town, way: type[Way]) -> None:
    acts = begin(town, way)
    assert acts.act("due_date", 1, "Delay", "2022-06-28") == "APPLIED"
    assert acts.cost(1, "9.98") == "APPLIED"
    assert header(town) == (NEW, "51.44")
    assert acts.cancel(2, "C-1") == "APPLIED"
    assert acts.act("hold", 1, "Backordered") == "APPLIED"
    assert acts.cancel(1, "C-2") == "PENDING"
    assert acts.act("release", 1) == "APPLIED"
    assert history(town) == [
        *BEGUN,
        (1, "H21", 3, NEW, "Maintenance Delay Revised Due Date: 06/28/2022"),
        (1, "H17", 3, NEW, "Before $ 8.98 - After $ 9.98"),
        (2, "H7", 1, CANCELLED, "Automatically Cancelled"),
        (1, "H19", 3, HELD, "Held: Backordered"),
        (1, "H8", 3, HELD, "Cancel Requested"),
        (1, "H20", 3, NEW, "Released"),
        (1, "H9", 3, CANCELLED, "Cancellation Approved"),
    ]
    assert header(town)[0] == CANCELLED


@WAYS
def test_t18_a_slip_is_voided(town: Town, way: type[Way]) -> None:
    acts = begin(town, way)
    acts.acknowledge()
    assert acts.void() == "APPLIED"
    assert history(town)[:8] == [*TAKEN, (1, "H25", 3, NEW, "Batch ID (1)"), (2, "H25", 1, NEW, "Batch ID (1)")]


@WAYS
def test_t19_a_slip_is_made_again_with_less_and_shipped(town: Town, way: type[Way]) -> None:
    acts = begin(town, way)
    acts.acknowledge()
    assert acts.reprint(l1=2) == "APPLIED"
    acts.ship(1, 2, "T-1")
    assert [entry for entry in history(town)[6:] if entry[0] == 1][:3] == [
        (1, "H24", 3, PROCESS, "Batch ID (2)"),
        (1, "H5", 2, PROCESS, shipped("T-1")),
        (1, "H26", 1, NEW, ""),
    ]
    assert lines(town)[0][:4] == (NEW, 0, 2, 0)


@WAYS
def test_t2_other_bytes_of_the_same_order_are_a_duplicate_and_another_price_is_not(town: Town, way: type[Way]) -> None:
    acts = begin(town, way)
    sample = town.sample("createdsorder.xml")
    assert acts.order(sample.replace(b"\n", b"\n ")) == "DUPLICATE"
    assert acts.order(sample.replace(b">8.98<", b">9.00<")) == "DSO-111"
    assert history(town) == BEGUN


@WAYS
def test_t25_a_trailer_that_counts_more_orders_than_there_are_refuses_the_file(town: Town, way: type[Way]) -> None:
    assert way(town).order(town.sample("createdsorder.xml").replace(b'po_count="1"', b'po_count="2"')) == "DSO-005"
    assert town.command("order", "list", "--json").json == []


@WAYS
def test_t26_every_row_of_a_shipment_file_stands_for_itself(town: Town, way: type[Way]) -> None:
    acts = begin(town, way)
    acts.act("hold", 2, "Backordered")
    rows = ["AB10747,2,1,50,T1", "AB10747,1,1,50,T2", "NOPE,1,1,50,T3", "AB10747,0,1,50,T4", "AB10747,1,0,50,T5", "AB10747,1,1,90,T6"]
    assert acts.upload([f"{row},1,1,2022-06-22\n" for row in rows]) == ["0", "0", "3031", "3042", "3043", "0"]
    assert [(status, shipped) for status, _, shipped, _, _ in lines(town)] == [(NEW, 2), (SHIPPED, 1)]
    assert [entry[:2] for entry in history(town) if entry[0] == 2][2:] == [(2, "H19"), (2, "H20"), (2, "H5")]
