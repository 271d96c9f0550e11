"""The archive clean-up removes what nothing refers to and is old enough, and never anything else."""

from __future__ import annotations

import io
import json
import os
from datetime import timedelta

from sqlalchemy import select

from gateway.archive import Archive
from gateway.delivery import Departure, Journal
from gateway.jobs.archive import clean_archive, plan_archive
from gateway.kernel import FixedClock
from gateway.kernel.clock import SystemClock
from gateway.store import tables
from tests.town import Town

OLD = timedelta(days=40)


def age(archive: Archive, *keys: str) -> None:
    for key in keys:
        at = SystemClock().now().timestamp() - OLD.total_seconds()
        os.utime(archive.path(key), (at, at))


def test_only_what_is_old_and_nothing_refers_to_goes(town: Town) -> None:
    town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
    town.once()
    clock = FixedClock(SystemClock().now())
    with town.gateway(clock) as gateway:
        archive = gateway.archive
        referred = set(archive.keys())
        with gateway.store.transaction() as tx:  # paper that could not be made refers to nothing
            batch = tx.connection.execute(select(tables.batch.c.number)).scalar_one()
            values = {"batch_number": batch, "brand": "9", "kind": "slips", "state": "failed", "asked_at": clock.now()}
            tx.connection.execute(tables.slip_document.insert().values(values))
        orphan, young, departed = (archive.put(io.BytesIO(body)).key for body in (b"orphan", b"young", b"departed"))
        age(archive, *referred, orphan, departed)
        Journal(archive.folder, "node").note(
            Departure(
                at=clock.now(),
                idem="x",
                connector="oms",
                channel="changes",
                kind="feed",
                file_name=b"x",
                blessed_name=b".x.part",
                sha256=departed,
                size=8,
            )
        )
        place = gateway.place
        assert plan_archive(place) == (f"would remove {archive.path(orphan)}",)
        assert archive.has(orphan)
        assert clean_archive(place).done == 1
        assert set(archive.keys()) == referred | {young, departed}
        assert clean_archive(place).done == 0
    assert json.loads(town.command("verify", "--json").out)["differences"] == []


def test_bytes_that_come_again_count_as_new(town: Town) -> None:
    archive = Archive(town.root / "archive")
    key = archive.put(io.BytesIO(b"again")).key
    age(archive, key)
    since = SystemClock().now().timestamp() - 1000
    archive.put(io.BytesIO(b"again"))
    assert not archive.remove(key, unless_since=since)
    assert archive.verify(key) == 5
    age(archive, key)
    assert archive.remove(key, unless_since=since)
    assert not archive.has(key)
    assert not archive.remove(key, unless_since=since)


def test_a_run_by_hand_says_how_much_it_removed(town: Town) -> None:
    with town.gateway() as gateway:
        age(gateway.archive, gateway.archive.put(io.BytesIO(b"orphan")).key)
    told = town.command("job", "run", "archive", "--dry-run").out
    assert "would remove" in told
    assert "1 in all; nothing was changed." in told
    assert json.loads(town.command("job", "run", "archive", "--json").out)["done"] == 1
