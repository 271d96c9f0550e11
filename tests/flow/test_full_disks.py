"""Full disks: files stay at the partner's before ours are in danger, what is in goes on, and all of it goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.kernel import FixedClock
from gateway.kernel.errors import GatewayError
from gateway.store import consistency, tables
from tests.small_disk import SmallDisk, small_disk
from tests.town import Town

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

MEGABYTE = 1024 * 1024
ORDERS = 400
CARELESS = '[disk]\npercent = 0\nfree = "0B"\nreserve = "0B"\n'


def town_on(disk: SmallDisk, settings: str) -> Town:
    """The whole workspace on that disk."""
    town = Town(disk.folder / "town", f"sqlite:///{disk.folder}/town/var/gateway.db")
    with (town.root / "gateway.toml").open("a") as file:
        file.write(settings)
    return town


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 40) as found:
        yield found


def orders(town: Town) -> bytes:
    """The order of the sample, again and again under numbers of its own."""
    sample = town.sample("createdsorder.xml")
    before, tag, rest = sample.partition(b"<purchase_order>")
    order, end, after = rest.partition(b"</purchase_order>")
    each = (tag + order.replace(b"ab10747", b"ab%05d" % number) + end for number in range(ORDERS))
    counts = b'po_count="%d" line_count="%d" total_qty="%d"' % (ORDERS, 2 * ORDERS, 4 * ORDERS)
    return before + b"".join(each) + after.replace(b'po_count="1" line_count="2" total_qty="4"', counts)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_files_stay_at_the_partners_while_a_disk_runs_short_and_what_is_in_goes_on(disk: SmallDisk) -> None:
    town = town_on(disk, "")  # a tenth of this disk must be free, a fifth again
    town.drop("in/oms/one.xml", town.sample("createdsorder.xml"))
    with town.gateway() as gateway:
        node = gateway.node()
        node.engine.poll(node.engine.spots[0])
    disk.fill(leave=2 * MEGABYTE)
    town.drop("in/oms/two.xml", town.sample("createdsorder.xml").replace(b"ab10747", b"ab10748"))
    with town.gateway() as gateway:
        summary = gateway.node().once()
    assert names(town.root / "in/oms") - {"two.xml"} == {path.name for path in (town.root / "in/oms/.taken/orders").glob("*.one.xml")}
    assert list(town.files("out/redpanda/orders")) == ["PO_000001.csv"]
    assert "runs short" in summary.unreachable["intake"]
    assert summary.is_cut_off
    told = town.command("serve", "--once", ends=4).out
    assert "intake is held up: the disk of the archive and var and the database runs short" in told


def test_files_are_taken_again_only_when_there_is_twice_the_room(disk: SmallDisk) -> None:
    town = town_on(disk, "")
    with town.gateway() as gateway:
        node = gateway.node()
        spot = node.engine.spots[0]
        assert node.engine.poll(spot) is not None
        disk.fill(leave=3 * MEGABYTE)
        town.drop("in/oms/one.xml", town.sample("createdsorder.xml"))
        assert node.engine.poll(spot) is None
        disk.relieve()
        disk.fill(leave=6 * MEGABYTE)
        assert node.engine.poll(spot) is None
        assert node.engine.health.conditions()["intake"].failures == 2
        disk.relieve()
        found = node.engine.poll(spot)
        assert found is not None
        assert found.recorded == 1
        assert node.engine.health.conditions()["intake"].failing_since is None


def test_a_file_for_which_there_is_no_room_waits_and_holds_up_nobody(disk: SmallDisk) -> None:
    town = town_on(disk, "")
    disk.fill(leave=12 * MEGABYTE)
    large = town.root / "in/oms/a_large.xml"
    with large.open("wb") as file:
        file.truncate(11 * MEGABYTE)
    town.drop("in/oms/b.xml", town.sample("createdsorder.xml"))
    with town.gateway() as gateway:
        node = gateway.node()
        found = node.engine.poll(node.engine.spots[0])
        assert found is not None
        assert (found.recorded, large.exists()) == (1, True)
        assert "a_large.xml waits until there is room for its 11,534,336 bytes" in node.engine.health.conditions()["oms/orders"].reason


@pytest.mark.parametrize("left", [0, 50, 300, 600, 750, 900, 1100, 1300, 1500, 1700])
def test_a_disk_that_is_full_at_whatever_moment_loses_nothing_and_doubles_nothing(disk: SmallDisk, left: int) -> None:
    """Spooled documents, commits, the growing log of the database, rendering and delivery: wherever so many KB end."""
    town = town_on(disk, CARELESS)
    clock = FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
    town.drop("in/oms/orders.xml", orders(town))
    with town.gateway(clock) as gateway:
        node = gateway.node()
        node.engine.poll(node.engine.spots[0])
        disk.fill(leave=left * 1024)
        with suppress(GatewayError):
            node.work_until_idle()
    disk.relieve()
    clock.advance(timedelta(hours=1))
    town.once(clock)
    clock.advance(timedelta(hours=1))
    town.once(clock)
    require_whole(town, clock)


def require_whole(town: Town, clock: FixedClock) -> None:
    """Every order once in the store and once in a batch that has left whole; the database is sound."""
    with town.gateway(clock) as gateway, gateway.store.reading() as connection:
        assert connection.exec_driver_sql("pragma integrity_check").scalar_one() == "ok"
        assert connection.execute(select(tables.message.c.state)).scalars().all() == ["booked"]
        assert connection.execute(select(func.count()).select_from(tables.purchase_order)).scalar_one() == ORDERS
        assert consistency.differences(connection) == []
        assert connection.execute(select(func.count()).select_from(tables.work)).scalar_one() == 0
        lines = connection.execute(select(func.count()).select_from(tables.order_line)).scalar_one()
    sent = town.files("out/redpanda/orders")
    assert list(sent) == [f"PO_{number:06}.csv" for number in range(1, len(sent) + 1)]
    assert sum(len(text.splitlines()) - 1 for text in sent.values()) == lines
    assert len(town.files("out/oms/responses")) == 1


def test_the_reserve_is_given_up_when_the_database_is_full_and_made_again_when_there_is_room(disk: SmallDisk) -> None:
    town = town_on(disk, '[disk]\npercent = 1\nfree = "0B"\nreserve = "8MB"\n')
    clock = FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
    town.once(clock)
    reserve = town.root / "var/reserve"
    assert reserve.stat().st_blocks * 512 >= 8_000_000
    town.drop("in/oms/orders.xml", orders(town))
    with town.gateway(clock) as gateway:
        node = gateway.node()
        node.engine.poll(node.engine.spots[0])
        disk.fill(leave=0)
        with suppress(GatewayError):
            node.work_until_idle()
        assert not reserve.exists()
        clock.advance(timedelta(hours=1))
        node.work_until_idle()
        with gateway.store.reading() as connection:
            assert connection.execute(select(tables.message.c.state)).scalar_one() == "booked"
        disk.relieve()
        node.engine.poll(node.engine.spots[0])
        assert reserve.exists()
    town.once(clock)
    require_whole(town, clock)
