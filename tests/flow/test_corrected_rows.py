"""A vendor's file of a thousand rows with forty faults: all are told in one pass, the rest is booked, and the mended rows close it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.store import tables
from tests.flow.test_vendor_actions import ACTIONS, HEADING
from tests.town import OMS, RED_PANDA, Town

ROWS = 1_000
FAULTY = range(13, ROWS, 25)
"""Forty rows, spread over the file."""
SHIPMENTS = "po_number,po_line_number,ship_qty,carrier_code,tracking_number,actual_weight,meter_charges,ship_date\n"

ACTS: Sequence[tuple[str, str]] = (
    ("ACT-301", ",,{},1,,,,,No stock"),
    ("3042", ",hold,{},one,,,,,No stock"),
    ("ACT-301", ",fly,{},1,,,,,No stock"),
    ("ACT-302", ",hold,{},1,,,,,"),
    ("ACT-303", ",release,{},1,,,,,"),
    ("ACT-304", ",due_date,{},1,,,,,Delay"),
    ("ACT-305", ",accept_cancel,{},1,,,,,"),
    ("ACT-306", ",approve_invoice,,,,RP-1,,,fine"),
    ("3031", ",hold,X{},1,,,,,No stock"),
    ("3042", ",hold,{},9,,,,,No stock"),
    ("3020", ",request_batch,,,77,,,,"),
)
"""A row for every code that a file of actions about new orders can have; those of slips stand in `test_vendor_actions.py`."""
SENT: Sequence[tuple[str, str]] = (
    ("3031", "X{},1,2,50,T,1,1,2022-06-22"),
    ("3032", "{},1,2,99,T,1,1,2022-06-22"),
    ("3033", "{},1,2,30,,1,1,2022-06-22"),
    ("3034", "{},1,2,30,T,0,1,2022-06-22"),
    ("3035", "{},1,2,30,T,1,0,2022-06-22"),
    ("3036", "{},1,2,50,T,1,1,2035-01-01"),
    ("3037", "{},1,2,50,T,1,1,2022-01-01"),
    ("3038", "{},1,2,,T,1,1,2022-06-22"),
    ("3042", "{},9,2,50,T,1,1,2022-06-22"),
    ("3043", "{},1,0,50,T,1,1,2022-06-22"),
    ("3044", "{},1,5,50,T,1,1,2022-06-22"),
    ("3043", "{},1,many,50,T,1,1,2022-06-22"),
)
"""A row for every code that a file of shipments can have; 3046 is another row of the same line."""


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """A thousand orders of one line, nothing sent."""
    town = Town(tmp_path / "town", database_url)
    town.declare("oms", OMS)
    vendor = RED_PANDA.replace("send:\n", ACTIONS + "send:\n").replace("GATHER", "every: 1d")
    vendor = re.sub(r"    wait: \{order: \dh\}\n", "", vendor)
    answer = 'answer: {mapping: shipment-results, file: "{file}.result.csv", folder: out/redpanda/results}'
    town.declare("redpanda", vendor.replace(answer, answer[:-1] + ', refused: "{file}.refused.csv"}'))
    (town.root / "in/redpanda/actions").mkdir()
    town.drop("in/oms/orders.xml", orders(town.sample("createdsorder.xml").decode()))
    town.once()
    with town.staying_open():
        yield town


def number(row: int) -> str:
    return f"P{row:05}"


def orders(sample: str) -> str:
    start, end = sample.index("<purchase_order>"), sample.index("</purchase_order>") + len("</purchase_order>")
    one = sample[start:end]
    second = one.rindex("<po_line>")
    one = one[:second] + one[one.index("</po_lines>") :]
    found = "".join(one.replace("ab10747", number(row)) for row in range(1, ROWS + 1))
    return re.sub(r"<file_trailer[^>]*>", "", sample[:start] + found + sample[end:])


def planted(table: Sequence[tuple[str, str]]) -> dict[int, str]:
    """Which code is planted in which row."""
    return {row: table[place % len(table)][0] for place, row in enumerate(FAULTY)}


def content(heading: str, good: str, table: Sequence[tuple[str, str]]) -> str:
    faults = {row: table[place % len(table)][1] for place, row in enumerate(FAULTY)}
    rows = [faults.get(row, good).format(number(row)) for row in range(1, ROWS + 1)]
    return heading + "".join(f"{row}\n" for row in rows)


def results(town: Town, name: str) -> dict[int, str]:
    """The code of every row that was not taken."""
    rows = csv.DictReader(io.StringIO(town.files("out/redpanda/results")[f"{name}.result.csv"]))
    return {int(row["row"]): row["code"] for row in rows if row["result"] == "REJECTED"}


def mended(town: Town, name: str, good: str) -> str:
    """What came back, each row as it should have been; its column *problem* may stay."""
    heading, *rows = town.files("out/redpanda/results")[f"{name}.refused.csv"].splitlines()
    assert heading.endswith(",problem")
    assert len(rows) == len(FAULTY)
    return heading + "\n" + "".join(f"{good.format(number(row))},mended\n" for row in FAULTY)


def count(town: Town, event: str) -> int:
    with town.gateway() as gateway, gateway.store.reading() as connection:
        entry = tables.order_history.c
        return connection.execute(select(func.count()).where(entry.event == event)).scalar_one()


def test_of_a_thousand_actions_forty_are_refused_with_every_code_and_come_back_mended(town: Town) -> None:
    good = ",hold,{},1,,,,,No stock"
    town.drop("in/redpanda/actions/a.csv", content(HEADING, good, ACTS))
    town.once()
    assert results(town, "a.csv") == planted(ACTS)
    assert count(town, "H19") == ROWS - len(FAULTY)
    town.drop("in/redpanda/actions/b.csv", mended(town, "a.csv", good))
    town.once()
    assert results(town, "b.csv") == {}
    assert count(town, "H19") == ROWS


def test_of_a_thousand_shipments_forty_are_refused_with_every_code_and_come_back_mended(town: Town) -> None:
    good = "{},1,3,50,T,1,1,2022-06-22"
    town.drop("in/redpanda/SHIP_1.csv", content(SHIPMENTS, good, SENT))
    town.once()
    assert results(town, "SHIP_1.csv") == planted(SENT)
    assert count(town, "H5") == ROWS - len(FAULTY)
    town.drop("in/redpanda/SHIP_2.csv", mended(town, "SHIP_1.csv", good))
    town.once()
    assert results(town, "SHIP_2.csv") == {}
    assert count(town, "H5") == ROWS
