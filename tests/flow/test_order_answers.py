"""Vendors' answers to whole orders by file: booked once on both databases, answered, shown with the order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store import tables
from tests import commands
from tests.flow.test_changes import CHANGES, ask, cancel, history, rows, told
from tests.town import OMS, RED_PANDA, Town

ANSWERS = """\
  - channel: answers
    folder: in/redpanda/answers
    files: "*.json"
    mapping: order-answers-json
    every: 1h
    ready: {stable_for: 0s}
    wait: {order: 1h}
    answer: {mapping: vendor-action-results, file: "{file}.result.csv", folder: out/redpanda/results}
"""


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = Town(tmp_path / "town", database_url)
    town.declare("oms", OMS.replace("send:\n  - channel: changes\n", CHANGES + "send:\n  - channel: feed\n"))
    town.declare("redpanda", RED_PANDA.replace("send:\n", ANSWERS + "send:\n").replace("GATHER", "now: true"))
    for folder in ("in/oms/changes", "in/redpanda/answers"):
        (town.root / folder).mkdir()
    with town.staying_open():
        yield town


def send(town: Town, name: str, *answers: dict[str, object]) -> list[str]:
    """Hand the answers in; the result and the codes of each."""
    town.drop(f"in/redpanda/answers/{name}.json", json.dumps({"answers": answers}))
    town.once()
    lines = town.files("out/redpanda/results")[f"{name}.json.result.csv"].splitlines()[1:]
    return [" ".join(part for part in line.split(",")[5:7] if part != "0") for line in lines]


def an_answer(*lines: dict[str, object], **values: object) -> dict[str, object]:
    return {"poNo": "AB10747", **values, "lines": list(lines)}


def a_line(number: int, *answers: dict[str, object]) -> dict[str, object]:
    return {"poLineNo": number, "answers": list(answers)}


PARTS = a_line(1, {"status": "accepted", "qty": 1}, {"status": "backordered", "qty": 2, "date": "2022-07-10"})
GONE = a_line(2, {"status": "rejected", "reason": "Discontinued"})


def test_an_answer_is_booked_once_and_shown_with_the_order(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    first = an_answer(PARTS, GONE, vendorOrder="SO-88120", answeredOn="2022-06-21")
    assert send(town, "a", first) == ["APPLIED"]
    assert history(town) == [(1, "H21", "In Process"), (2, "H19", "Held")]
    assert told(town) == [(1, "DUE_DATE"), (2, "HELD")]
    assert send(town, "b", first, {"poNo": "NOPE", "status": "accepted"}) == ["DUPLICATE", "EARLY 3031"]
    assert history(town) == [(1, "H21", "In Process"), (2, "H19", "Held")]
    sheet = commands.here(town.root, "order", "show", "AB10747", "--json").json
    assert [(it["vendor_order"], it["answered_on"], it["about_change"]) for it in sheet["answers"]] == [("SO-88120", "2022-06-21", False)]
    assert [line["reason"] or line["hold_reason"] for line in sheet["lines"]] == [
        "1 accepted, 2 backordered until 2022-07-10",
        "Rejected: Discontinued",
    ]
    assert "SO-88120" in commands.here(town.root, "order", "show", "AB10747").out


def test_an_answer_that_comes_before_its_order_waits_for_it_and_cannot_answer_what_was_not_sent(town: Town) -> None:
    assert send(town, "a", an_answer(status="accepted")) == ["EARLY 3031"]
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    (issues,) = [row.issue for row in rows(town, tables.receipt) if row.kind == "order_answer"]  # type: ignore[attr-defined]
    assert [issue["code"] for issue in issues] == ["ACT-303", "ACT-303"]
    assert history(town) == []


def test_an_answer_to_changes_ends_what_waits_in_the_same_file_as_others(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    assert send(town, "a", an_answer(status="accepted")) == ["APPLIED"]
    town.drop("in/oms/changes/c.xml", ask("SetDSCancel", cancel(1, "C-1"), cancel(2, "C-2")))
    town.once()
    assert send(
        town,
        "b",
        an_answer(a_line(1, {"status": "rejected", "reason": "Packed"}), about="change"),
        an_answer(status="accepted", requestId="C-2"),
    ) == [
        "APPLIED",
        "APPLIED",
    ]
    assert history(town) == [
        (1, "H8", "In Process"),
        (2, "H8", "In Process"),
        (1, "H10", "In Process"),
        (1, "H22", "In Process"),
        (2, "H9", "Cancelled"),
    ]


def test_everything_wrong_with_an_answer_is_told_and_nothing_of_it_is_taken(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    bad = an_answer(a_line(1, {"status": "accepted", "qty": 9}), a_line(7, {"status": "held"}), GONE)
    assert send(town, "a", bad) == ["REJECTED 3042 | ANS-03"]
    assert history(town) == []
