"""The acceptance vectors T20 to T23 of sdf 13 by files, by commands, by the console and by the API: the same ends, the same history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.store import tables
from tests.bills_ways import QUANTITIES, SHIPPED, ByCommand, ByFile, Partner, results, rows_of
from tests.bills_web import ByApi, ByScreen
from tests.flow.test_vendor_actions import ACTIONS, HEADING, OF_RETAILER
from tests.town import OMS, RED_PANDA, Town

TOO_DEAR = "out of balance: line 1 (order AB10747 line 1): unit cost 9.88 against 8.98"
Entry = tuple[str, str | None, str | None, str]


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


WAYS = pytest.mark.parametrize("way", [ByFile, ByCommand, ByScreen, ByApi])


@WAYS
def test_t20_more_than_the_threshold_is_held(town: Town, way: type[Partner]) -> None:
    ship(town, 1, 2)
    partner = way(town)  # type: ignore[call-arg]  # each is made of a town
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
    partner.repost("lost there")
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


@pytest.mark.parametrize("way", [ByFile, ByScreen, ByApi])
def test_t23_in_a_file_a_blank_charge_spares_the_neighbour_and_a_blank_cost_does_not(
    town: Town, way: type[ByFile | ByScreen | ByApi]
) -> None:
    ship(town, 1, 2)
    partner = way(town)
    partner.hand_in("INV_1.csv", rows_of(("RP-A", "0", [(1, "8.98")]), ("RP-B", "", [(2, "21.50")])))
    partner.hand_in("INV_X.csv", rows_of(("RP-C", "0", [(2, "21.50")]), ("RP-D", "0", [(1, "")])))
    told = town.files("out/redpanda/results")
    assert results(told["INV_1.csv.result.csv"]) == {"RP-A": "CREATED", "RP-B": "REJECTED"}
    assert "INV-04" in told["INV_1.csv.result.csv"]
    assert "INV-10" in told["INV_X.csv.result.csv"]
    assert list(states(town)) == ["RP-A"]
    assert history(town, "RP-A")[0] == ("Created", None, "Approved", "")


@pytest.mark.parametrize("way", [ByCommand, ByScreen, ByApi])
def test_t23_of_a_person_or_program_what_is_blank_is_asked_for_again(town: Town, way: type[Partner]) -> None:
    ship(town, 1, 2)
    partner = way(town)  # type: ignore[call-arg]
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
