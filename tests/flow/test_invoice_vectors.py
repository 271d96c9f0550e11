"""The acceptance vectors T20 to T23 of sdf 13, by files, by commands and by the API: the same ends, the same history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import select

from gateway.cli.exits import Exit
from gateway.domain.access import BUILT_IN, NOT_FOR_PROGRAMS, OF_VENDOR_USERS, WITH_ORDERS
from gateway.store import tables
from tests.commands import here
from tests.flow.test_vendor_actions import ACTIONS, HEADING, OF_RETAILER
from tests.program import client_of, program
from tests.town import OMS, RED_PANDA, Town

SHIPPED = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date,invoice_number\n"
TOO_DEAR = "out of balance: line 1 (order AB10747 line 1): unit cost 9.88 against 8.98"
Entry = tuple[str, str | None, str | None, str]
Detail = tuple[int, str]
"""An order line, billed whole, and the unit cost that is asked for it; an empty one is none."""
QUANTITIES = {1: 3, 2: 1}


class Partner(Protocol):
    """One way of doing what the vectors say. Each act answers whether it was taken."""

    def bill(self, *details: Detail, number: str = "RP-1", freight: str = "0") -> bool: ...
    def save(self, line: int, number: str) -> bool: ...
    def mend(self, *details: Detail) -> bool: ...
    def reject(self, reason: str) -> bool: ...
    def delete(self, number: str = "RP-1") -> bool: ...
    def post(self) -> None: ...


class ByFile:
    """Files of the vendor and of the retailer; approved invoices go out by themselves."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._count = 0

    def bill(self, *details: Detail, number: str = "RP-1", freight: str = "0") -> bool:
        return self._upload([(number, freight, details)])[number] in {"CREATED", "APPLIED"}

    def bill_together(self, *bills: tuple[str, str, Iterable[Detail]]) -> dict[str, str]:
        return self._upload(bills)

    def save(self, line: int, number: str) -> bool:
        rows = f"{SHIPPED}AB10747,{line},{QUANTITIES[line]},50,T-{number},2.34,1.23,2022-06-22,{number}\n"
        return ",APPLIED," in self._hand_in("SHIP", rows)

    def mend(self, *details: Detail) -> bool:
        return self.bill(*details)

    def reject(self, reason: str) -> bool:
        return self._act("in/oms/judgements", f",reject_invoice,,,,RP-1,,,{reason}")

    def delete(self, number: str = "RP-1") -> bool:
        return self._act("in/redpanda/actions", f",delete_invoice,,,,{number},,,")

    def post(self) -> None:
        self._town.once()

    def _upload(self, bills: Iterable[tuple[str, str, Iterable[Detail]]]) -> dict[str, str]:
        rows = ""
        for number, freight, details in bills:
            rows += f"HEADER,257,{number},DR,2022-06-22,,{freight},0,0,,0,0,0\n"
            rows += "".join(f"DETAIL,AB10747,{line},{QUANTITIES[line]},{cost},0,0,0,\n" for line, cost in details)
        lines = self._hand_in("INV", rows).splitlines()[1:]
        return {cells[1]: cells[2] for cells in (line.split(",") for line in lines)}

    def _hand_in(self, kind: str, rows: str) -> str:
        self._count += 1
        name = f"{kind}_{self._count}.csv"
        self._town.drop(f"in/redpanda/{name}", rows)
        self._town.once()
        return self._town.files("out/redpanda/results")[f"{name}.result.csv"]

    def _act(self, folder: str, row: str) -> bool:
        self._count += 1
        self._town.drop(f"{folder}/{self._count}.csv", f"{HEADING}{row}\n")
        self._town.once()
        where = "out/oms/responses" if "oms" in folder else "out/redpanda/results"
        return "APPLIED" in self._town.files(where)[f"{self._count}.csv.result.csv"]


class ByCommand:
    """The command line, over shipments that came without a number."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def bill(self, *details: Detail, number: str = "RP-1", freight: str = "0") -> bool:
        shipments = self._shipments(line for line, _ in details)
        costs = [word for place, (_, cost) in enumerate(details, 1) for word in ("--line", f"{place}.unit_cost={cost}")]
        return self._do("create", number, *self._terms(freight), *shipments, *costs, "--submit")

    def save(self, line: int, number: str) -> bool:
        return self._do("create", number, *self._terms("0"), *self._shipments([line]))

    def mend(self, *details: Detail) -> bool:
        costs = [word for place, (_, cost) in enumerate(details, 1) for word in ("--line", f"{place}.unit_cost={cost}")]
        return self._do("edit", "RP-1", *costs) and self._do("submit", "RP-1")

    def reject(self, reason: str) -> bool:
        return self._do("reject", "RP-1", "--reason", reason)

    def delete(self, number: str = "RP-1") -> bool:
        return self._do("delete", number)

    def post(self) -> None:
        assert self._do("post")

    def _terms(self, freight: str) -> tuple[str, ...]:
        return ("--vendor", "257", "--date", "2022-06-22", "--freight", freight)

    def _shipments(self, lines: Iterable[int]) -> list[str]:
        rows = self._town.command("invoice", "uninvoiced", "--json").json
        ids = {row["order_line"]: row["id"] for row in rows}
        return [word for line in lines for word in ("--shipment", str(ids[line]))]

    def _do(self, *words: str) -> bool:
        done = here(self._town.root, "invoice", *words)
        assert done.code in {Exit.FINE, Exit.DATA_REFUSED, Exit.USAGE}, done.err
        return done.code == Exit.FINE


class ByApi(ByCommand):
    """A program of the vendor and one of the retailer; what is posted is posted by command."""

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        with town.gateway() as gateway:
            client = client_of(gateway)
            self._retailer = program(gateway, client, *BUILT_IN["retailer"].authorities)
            self._vendor = program(gateway, client, *((OF_VENDOR_USERS | WITH_ORDERS) - NOT_FOR_PROGRAMS), vendor="257")

    def bill(self, *details: Detail, number: str = "RP-1", freight: str = "0") -> bool:
        return self._make(number, details, submit=True, freight=freight)

    def save(self, line: int, number: str) -> bool:
        return self._make(number, [(line, "")], submit=False)

    def mend(self, *details: Detail) -> bool:
        done = self._vendor.post("/invoices/RP-1/edit", {"changes": {"lines": _costs(details)}})
        return done.status_code == HTTPStatus.OK and self._vendor.post("/invoices/RP-1/submit", {}).status_code == HTTPStatus.OK

    def reject(self, reason: str) -> bool:
        return self._retailer.post("/invoices/RP-1/reject", {"reason": reason}).status_code == HTTPStatus.OK

    def delete(self, number: str = "RP-1") -> bool:
        return self._vendor.post(f"/invoices/{number}/delete", {}).status_code == HTTPStatus.OK

    def _make(self, number: str, details: Iterable[Detail], *, submit: bool, freight: str = "0") -> bool:
        chosen = list(details)
        ids = {row["order_line"]: row["id"] for row in self._vendor.get("/uninvoiced").json()["rows"]}
        body = {"number": number, "date": "2022-06-22", "shipments": [ids[line] for line, _ in chosen], "submit": submit}
        return (
            self._vendor.post("/invoices", {**body, "changes": {"freight": freight, "lines": _costs(chosen)}}).status_code == HTTPStatus.OK
        )


def _costs(details: Iterable[Detail]) -> list[dict[str, object]]:
    """The unit costs that are asked for, by the lines of the invoice."""
    return [{"line_no": place, "unit_cost": cost} for place, (_, cost) in enumerate(details, 1) if cost]


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """The order of sdf 2.4, sent and acknowledged; nothing is shipped."""
    town = Town(tmp_path / "town", database_url)
    town.declare("oms", OMS.replace("send:\n", OF_RETAILER + "send:\n"))
    vendor = RED_PANDA.replace("send:\n", ACTIONS + "send:\n").replace("mapping: shipments-csv", "mapping: shipments-csv-invoiced")
    town.declare("redpanda", vendor.replace("GATHER", "now: true"))
    for folder in ("in/oms/judgements", "in/redpanda/actions"):
        (town.root / folder).mkdir()
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    town.drop("in/redpanda/ACK_1.csv", "vendor_code,batch_id\n257,1\n")
    town.once()
    with town.staying_open():
        yield town


def ship(town: Town, *lines: int) -> None:
    rows = [f"AB10747,{line},{QUANTITIES[line]},50,T-{line},2.34,1.23,2022-06-22,\n" for line in lines]
    town.drop("in/redpanda/SHIP_0.csv", SHIPPED + "".join(rows))
    town.once()


def history(town: Town, number: str = "RP-1") -> list[Entry]:
    """Without time and user: those of a file and of a person differ."""
    entry = tables.invoice_history.c
    chosen = select(entry.action, entry.from_state, entry.to_state, entry.reason).where(entry.number == number)
    with town.gateway() as gateway, gateway.store.reading() as connection:
        return [tuple(row) for row in connection.execute(chosen.order_by(entry.invoice_id, entry.seq))]  # type: ignore[misc]


def states(town: Town) -> dict[str, str]:
    return {row["number"]: row["state"] for row in town.command("invoice", "list", "--json").json}


WAYS = pytest.mark.parametrize("way", [ByFile, ByCommand, ByApi])


@WAYS
def test_t20_more_than_the_threshold_is_held(town: Town, way: type[Partner]) -> None:
    ship(town, 1, 2)
    partner = way(town)  # type: ignore[call-arg]  # both are made of a town
    assert partner.bill((1, "9.87"), number="RP-A")
    assert partner.bill((2, "23.66"), number="RP-B")
    assert history(town, "RP-A")[0] == ("Created", None, "Approved", "")
    dear = "out of balance: line 1 (order AB10747 line 2): unit cost 23.66 against 21.50"
    assert history(town, "RP-B") == [("Created", None, "Held", dear)]


@WAYS
def test_t21_held_rejected_mended_posted_and_posted_again(town: Town, way: type[Partner]) -> None:
    ship(town, 1)
    partner = way(town)  # type: ignore[call-arg]
    assert partner.bill((1, "9.88"))
    assert partner.reject("too dear")
    assert partner.mend((1, "8.98"))
    partner.post()
    posted = town.command("invoice", "show", "RP-1", "--json").json
    assert (posted["state"], posted["posted_at"] is not None) == ("Posted", True)
    town.command("invoice", "repost", "RP-1", "--reason", "lost there")  # an administrator's act, by command only
    partner.post()
    assert history(town) == [
        ("Created", None, "Held", TOO_DEAR),
        ("Rejected", "Held", "Rejected", "too dear"),
        ("Edited", "Rejected", "Rejected", "order AB10747 line 1 unit_cost: 9.88, now 8.98"),
        ("Resubmitted", "Rejected", "Approved", ""),
        ("Posted", "Approved", "Posted", ""),
        ("Posted date cleared", "Posted", "Posted", "lost there"),
        ("Posted", "Posted", "Posted", ""),
    ]
    first, second = town.files("out/oms/invoices").values()
    assert (first.count('invoice_no="RP-1"'), second.count('invoice_no="RP-1"')) == (1, 1)
    assert ('resend="N"' in first, 'resend="Y"' in second) == (True, True)


@WAYS
def test_t22_new_is_deleted_and_held_is_not(town: Town, way: type[Partner]) -> None:
    ship(town, *((1,) if way is ByFile else (1, 2)))
    partner = way(town)  # type: ignore[call-arg]
    assert partner.save(2, "RP-2")
    assert states(town)["RP-2"] == "New"
    assert partner.delete("RP-2")
    assert "RP-2" not in states(town)
    assert partner.bill((2, "21.50"), number="RP-2")
    assert partner.bill((1, "9.88"))
    assert not partner.delete()
    assert states(town)["RP-1"] == "Held"
    assert history(town, "RP-2")[:3] == [("Created", None, "New", ""), ("Deleted", "New", None, ""), ("Created", None, "Approved", "")]
    assert history(town) == [("Created", None, "Held", TOO_DEAR)]


def test_t23_by_file_a_blank_charge_spares_the_neighbour_and_a_blank_cost_does_not(town: Town) -> None:
    ship(town, 1, 2)
    partner = ByFile(town)
    assert partner.bill_together(("RP-A", "0", [(1, "8.98")]), ("RP-B", "", [(2, "21.50")])) == {"RP-A": "CREATED", "RP-B": "REJECTED"}
    town.drop("in/redpanda/INV_X.csv", "".join(partner_rows()))
    town.once()
    assert "INV-10" in town.files("out/redpanda/results")["INV_X.csv.result.csv"]
    assert list(states(town)) == ["RP-A"]
    assert history(town, "RP-A")[0] == ("Created", None, "Approved", "")


def partner_rows() -> Iterable[str]:
    """A good invoice, and one whose unit cost is blank."""
    yield "HEADER,257,RP-C,DR,2022-06-22,,0,0,0,,0,0,0\nDETAIL,AB10747,2,1,21.50,0,0,0,\n"
    yield "HEADER,257,RP-D,DR,2022-06-22,,0,0,0,,0,0,0\nDETAIL,AB10747,1,3,,0,0,0,\n"


def test_t23_by_command_what_is_blank_is_asked_for_again(town: Town) -> None:
    ship(town, 1, 2)
    partner = ByCommand(town)
    assert partner.bill((1, "8.98"), number="RP-A")
    assert not partner.bill((2, "21.50"), number="RP-B", freight="")
    assert not partner.bill((2, ""), number="RP-B")
    assert list(states(town)) == ["RP-A"]
    assert history(town, "RP-A")[0] == ("Created", None, "Approved", "")


def test_a_vendor_hands_in_and_deletes_by_rows(town: Town) -> None:
    partner = ByFile(town)
    assert partner.save(1, "RP-1")
    rows = (
        ",submit_invoice,,,,,,,",
        ",submit_invoice,,,,RP-9,,,",
        ",submit_invoice,,,,RP-1,,,",
        ",submit_invoice,,,,RP-1,,,",
        ",delete_invoice,,,,RP-1,,,",
    )
    town.drop("in/redpanda/actions/a.csv", HEADING + "".join(f"{row}\n" for row in rows))
    town.once()
    told = [line.split(",")[5:7] for line in town.files("out/redpanda/results")["a.csv.result.csv"].splitlines()[1:]]
    assert told == [["REJECTED", "ACT-309"], ["REJECTED", "ACT-309"], ["APPLIED", "0"], ["DUPLICATE", "ACT-310"], ["REJECTED", "ACT-303"]]
    assert history(town)[:2] == [("Created", None, "New", ""), ("Submitted", "New", "Approved", "")]
