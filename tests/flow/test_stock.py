"""Stock files of vendors, and a system that asks for its changes again: by file, seen at the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import commands
from tests.town import OMS, RED_PANDA, Town

STOCK = """\
  - channel: stock
    folder: in/redpanda/stock
    files: "*.csv"
    mapping: [stock-csv, stock-csv-plain]
    via: upload
    every: 1h
    ready: {stable_for: 0s}
    answer: {mapping: stock-results, file: "{file}.result.csv", folder: out/redpanda/results, refused: "{file}.refused.csv"}
"""
ASKED = """\
  - channel: asked
    folder: in/oms/asked
    files: "*.xml"
    mapping: getdschanges
    every: 1h
    ready: {stable_for: 0s}
    answer: {mapping: change-response, file: "{file}.resp.xml", folder: out/oms/responses}
"""
HEADING = "vendor,item,available,as_of\n"


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = Town(tmp_path / "town", database_url)
    town.declare("redpanda", RED_PANDA.replace("send:\n", STOCK + "send:\n").replace("GATHER", "now: true"))
    town.declare("oms", OMS.replace("send:\n", ASKED + "send:\n"))
    for folder in ("in/redpanda/stock", "in/oms/asked"):
        (town.root / folder).mkdir()
    with town.staying_open():
        yield town


def told(town: Town, name: str, *rows: str) -> list[str]:
    town.drop(f"in/redpanda/stock/{name}.csv", HEADING + "".join(f"{row}\n" for row in rows))
    town.once()
    return [",".join(line.split(",")[1:4]) for line in town.files("out/redpanda/results")[f"{name}.csv.result.csv"].splitlines()[1:]]


def stock(town: Town, *words: str) -> list[tuple[Any, ...]]:
    done = commands.here(town.root, "stock", "list", *words, "--json")
    assert done.code == 0, done.err
    return [(row["vendor"], row["item"], row["available"]) for row in done.json]


def test_the_newest_word_counts_whenever_it_arrives(town: Town) -> None:
    assert told(town, "a", "257,TOTE,40,2022-06-22T06:00:00", "257,KETTLE,0,2022-06-22T06:00:00") == ["TOTE,APPLIED,0", "KETTLE,APPLIED,0"]
    assert told(town, "b", "257,TOTE,38,2022-06-22T09:00:00", "257,KETTLE,7,2022-06-21T06:00:00", ",TOTE,38,2022-06-22T09:00:00") == [
        "TOTE,APPLIED,0",
        "KETTLE,DUPLICATE,STK-03",
        "TOTE,DUPLICATE,0",
    ]
    assert stock(town) == [("257", "KETTLE", 0), ("257", "TOTE", 38)]
    assert stock(town, "--below", "5", "--vendor", "257") == [("257", "KETTLE", 0)]
    assert stock(town, "--item", "TO") == [("257", "TOTE", 38)]


def test_an_offset_counts_and_without_one_the_zone_of_the_business(town: Town) -> None:
    """Half past eleven in Tokyo is before half past eleven in UTC, which is before half past eleven in New York."""
    at = "2022-06-22T11:30:00"
    assert told(town, "a", f"257,TOTE,2,{at}Z", f"257,TOTE,1,{at}+09:00", f"257,TOTE,3,{at}", f"257,TOTE,4,{at}Z") == [
        "TOTE,APPLIED,0",
        "TOTE,DUPLICATE,STK-03",
        "TOTE,APPLIED,0",
        "TOTE,DUPLICATE,STK-03",
    ]
    listed = commands.here(town.root, "stock", "list", "--json").json
    assert [(row["available"], row["as_of"]) for row in listed] == [(3, "2022-06-22T15:30:00Z")]


def test_a_time_that_lies_ahead_or_cannot_be_does_not_freeze_the_item(town: Town) -> None:
    soon, later = (f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (23, 25))
    assert told(town, "a", f"257,TOTE,9,{later}", "257,TOTE,9,9999-12-31T23:59:59", "257,TOTE,9,0001-01-01", "257,TOTE,3,") == [
        "TOTE,REJECTED,STK-04",
        "TOTE,REJECTED,STK-04",
        "TOTE,REJECTED,STK-04",
        "TOTE,APPLIED,0",
    ]
    assert told(town, "b", f"257,TOTE,4,{soon}") == ["TOTE,APPLIED,0"]
    assert stock(town) == [("257", "TOTE", 4)]


def test_what_is_wrong_is_told_row_by_row_and_the_others_count(town: Town) -> None:
    assert told(town, "a", "257,TOTE,-1,", "11,TOTE,4,", "257,KETTLE,many,", "257,,3,", "257,KETTLE,3,soon", "257,KETTLE,3,") == [
        "TOTE,REJECTED,STK-02",
        "TOTE,REJECTED,3005",
        "KETTLE,REJECTED,STK-02",
        ",REJECTED,STK-01",
        "KETTLE,REJECTED,STK-04",
        "KETTLE,APPLIED,0",
    ]
    assert stock(town) == [("257", "KETTLE", 3)]
    assert len(town.files("out/redpanda/results")["a.csv.refused.csv"].splitlines()) == 6


def test_a_system_asks_for_its_changes_again(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    town.drop("in/redpanda/ACK_1.csv", "vendor_code,batch_id\n257,1\n")
    town.once()
    ask = '<GetDSChanges><message_header source="OMS" destination="LOCATE" version="16.0"/><changes after_seq="{}"/></GetDSChanges>'
    town.drop("in/oms/asked/one.xml", ask.format(1))
    town.drop("in/oms/asked/nine.xml", ask.format(9))
    town.once()
    town.once()
    files = town.files("out/oms/changes")
    assert [('change_seq="1"' in text, 'change_seq="2"' in text) for _, text in sorted(files.items())] == [(True, True), (False, True)]
    assert "3009" in town.files("out/oms/responses")["nine.xml.resp.xml"]


def test_a_file_that_comes_back_twice_has_one_column_of_what_is_wrong(town: Town) -> None:
    told(town, "a", "257,TOTE,-1,", "257,KETTLE,-2,")
    back = town.files("out/redpanda/results")["a.csv.refused.csv"]
    town.drop("in/redpanda/stock/b.csv", back.replace("-1", "1"))
    town.once()
    answers = town.files("out/redpanda/results")
    assert answers["b.csv.result.csv"].splitlines()[1] == "1,TOTE,APPLIED,0,"
    assert answers["b.csv.refused.csv"].splitlines()[0] == HEADING.rstrip() + ",problem"
    town.drop("in/redpanda/stock/c.csv", answers["b.csv.refused.csv"].replace("-2", "2"))
    town.once()
    assert town.files("out/redpanda/results")["c.csv.result.csv"].splitlines()[1:] == ["1,KETTLE,APPLIED,0,"]
    assert stock(town) == [("257", "KETTLE", 2), ("257", "TOTE", 1)]


def test_a_file_without_a_heading_line_is_read_by_the_plain_layout(town: Town) -> None:
    town.drop("in/redpanda/stock/plain.csv", "257,TOTE,4,\n257,KETTLE,-1,\n")
    town.once()
    answers = town.files("out/redpanda/results")
    told = [line.split(",") for line in answers["plain.csv.result.csv"].splitlines()[1:]]
    assert [(row, *rest[:2]) for row, _, *rest in told] == [("1", "APPLIED", "0"), ("2", "REJECTED", "STK-02")]
    assert answers["plain.csv.refused.csv"] == "257,KETTLE,-1,\n"
