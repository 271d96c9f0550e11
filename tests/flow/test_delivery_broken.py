"""A delivery that cannot go on for a fault of ours says why, stops in its time, and holds up nobody for ever."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.app import Gateway
from gateway.delivery import closed_endpoints
from gateway.desk.acting import Desk
from gateway.desk.dispatch import Act, do
from gateway.desk.outbox import ItemSearch, ItemSheet, search_items, show_item
from gateway.domain.access import EVERYTHING
from gateway.store.outbox import ItemState
from tests.harbor import Harbor, send

SECRET = "Jane Doe, 1 High Street"
STEP = timedelta(minutes=20)
"""Longer than any wait between two tries."""


class Defect:
    """A transport with a defect: it breaks off whenever one certain file is put."""

    def __init__(self, name: str) -> None:
        self._name = name.encode()
        self.tries = 0

    def __call__(self, name: bytes) -> None:
        if self._name in name:
            self.tries += 1
            raise ValueError(SECRET)


@pytest.fixture
def harbor(tmp_path: Path, database_url: str) -> Harbor:
    return Harbor(tmp_path / "harbor", database_url, "redpanda")


def blob(gateway: Gateway, item_id: int) -> Path:
    return gateway.archive.path(show_item(gateway.store, item_id, scope=EVERYTHING).archive_key)


def work_on(gateway: Gateway, harbor: Harbor) -> list[Any]:
    """A round twenty minutes later, and what it logged."""
    harbor.clock.advance(STEP)
    with capture_logs() as logs:
        gateway.node().work_until_idle()
    return logs


def sheets(gateway: Gateway, ids: list[int]) -> list[ItemSheet]:
    return [show_item(gateway.store, item_id, scope=EVERYTHING) for item_id in ids]


DAMAGES = {
    "missing": lambda path: path.unlink(),
    "no gzip": lambda path: path.write_bytes(b"not packed at all"),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-6]),
    "other bytes": lambda path: shutil.copy(max(path.parents[1].glob("[0-9a-f][0-9a-f]/*.gz"), key=lambda other: other != path), path),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_whose_bytes_are_lost_is_parked_with_the_remedy_and_the_one_behind_it_leaves(harbor: Harbor, damage: str) -> None:
    with harbor.gateway() as gateway:
        ids = send(gateway, "redpanda", "PO_1.csv", "PO_2.csv", lane="redpanda/orders")
        path = blob(gateway, ids[0])
        whole = path.read_bytes()
        DAMAGES[damage](path)
        logs = work_on(gateway, harbor)
        first, second = sheets(gateway, ids)
        assert (first.state, second.state, harbor.collected("redpanda")) == (ItemState.PARKED, ItemState.SENT, ["PO_2.csv"])
        assert "gateway verify --deep names them" in first.why
        assert f"gateway outbox retry {ids[0]}" in first.why
        assert [(it.result, it.words, it.ended_at is None) for it in first.attempts] == [("parked", first.why, False)]
        assert [line["code"] for line in logs if line["event"] == "item_parked"] == ["GWY-17"]
        assert closed_endpoints(gateway.store) == {}
        path.write_bytes(whole)
        desk = Desk(store=gateway.store, master=gateway.master, clock=gateway.clock, user="anna")
        do(desk, gateway.workspace, Act.RETRY, ids[0], reason="the bytes are back")
        work_on(gateway, harbor)
        assert harbor.collected("redpanda") == ["PO_1.csv", "PO_2.csv"]


def test_a_defect_is_told_at_each_try_without_what_is_in_the_file(harbor: Harbor) -> None:
    harbor.servers["redpanda"].knock = Defect("PO_1.csv")
    with harbor.gateway() as gateway:
        ids = send(gateway, "redpanda", "PO_1.csv", "PO_2.csv")
        logs = work_on(gateway, harbor)
        first, second = sheets(gateway, ids)
        listed = {row.id: row.why for row in search_items(gateway.store, ItemSearch(), scope=EVERYTHING).rows}
    assert (first.state, second.state) == (ItemState.WAITING, ItemState.SENT)
    assert "a fault of the gateway broke it off: ValueError at " in first.why
    assert listed[ids[0]] == first.why
    assert all(it.result == "failed" and it.ended_at is not None and it.words in first.why for it in first.attempts)
    assert "work_failed" in {line["event"] for line in logs}
    assert SECRET not in repr([{**line, "exc_info": None} for line in logs]) + repr(first)


def test_a_defect_that_lasts_parks_the_file_when_its_time_is_spent_and_lets_its_lane_go_on(harbor: Harbor) -> None:
    defect = harbor.servers["redpanda"].knock = Defect("PO_1.csv")
    with harbor.gateway() as gateway:
        ids = send(gateway, "redpanda", "PO_1.csv", "PO_2.csv", lane="redpanda/orders")
        for _ in range(5):
            work_on(gateway, harbor)
        assert [it.state for it in sheets(gateway, ids)] == [ItemState.WAITING, ItemState.WAITING]
        for _ in range(2):
            work_on(gateway, harbor)
        first, second = sheets(gateway, ids)
    assert (first.state, second.state) == (ItemState.PARKED, ItemState.SENT)
    assert first.why.startswith("not delivered until ")
    assert "ValueError" in first.why
    assert len(first.attempts) == defect.tries


def test_a_disk_of_ours_that_fails_is_not_the_partners_fault(harbor: Harbor) -> None:
    with harbor.gateway() as gateway:
        ids = send(gateway, "redpanda", "PO_1.csv")
        path = blob(gateway, ids[0])
        aside = path.rename(path.with_suffix(".aside"))
        path.mkdir()
        for _ in range(2):
            work_on(gateway, harbor)
        (found,) = sheets(gateway, ids)
        assert found.state is ItemState.WAITING
        assert "IsADirectoryError (Is a directory) at archive.py:" in found.why
        path.rmdir()
        aside.rename(path)
        work_on(gateway, harbor)
        assert (harbor.collected("redpanda"), closed_endpoints(gateway.store)) == (["PO_1.csv"], {})
