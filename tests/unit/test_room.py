"""When files are taken: enough room of bytes and of file entries, and once there was not, twice as much."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.config import DiskSettings
from gateway.intake.room import Disk, IntakeStopped, Room, disks
from gateway.store.reserve import Reserve

GB = 1_000_000_000


class Gauge:
    """A disk that is as full as a test says."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.free = total
        self.files = self.free_files = 1_000_000

    def statvfs(self, folder: Path) -> SimpleNamespace:
        return SimpleNamespace(f_frsize=1, f_blocks=self.total, f_bavail=self.free, f_files=self.files, f_favail=self.free_files)


def room_on(gauge: Gauge, monkeypatch: pytest.MonkeyPatch, settings: DiskSettings | None = None) -> Room:
    monkeypatch.setattr(os, "statvfs", gauge.statvfs)
    return Room([Disk(("the archive",), (Path("/archive"),))], settings=settings)


def is_open(room: Room) -> bool:
    try:
        room.require()
    except IntakeStopped:
        return False
    return True


@pytest.mark.parametrize(
    ("total", "least"),
    [(1000 * GB, 50 * GB), (20 * GB, 1 * GB), (15 * GB, 1 * GB), (10 * GB, 1 * GB), (4 * GB, 400_000_000), (40_000_000, 4_000_000)],
    ids=["5 % of a large disk", "where both are the same", "1 GB", "1 GB is a tenth", "a tenth of a small disk", "of a tiny one"],
)
def test_files_are_taken_down_to_the_least_and_again_from_twice_that(total: int, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gauge = Gauge(total)
    room = room_on(gauge, monkeypatch)
    steps = [(least, True), (least - 1, False), (least, False), (2 * least - 1, False), (2 * least, True), (least, True)]
    found = []
    for gauge.free, _ in steps:
        found.append(is_open(room))
    assert found == [wanted for _, wanted in steps]


def test_file_entries_run_out_like_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    gauge = Gauge(100 * GB)
    room = room_on(gauge, monkeypatch)
    gauge.free_files = 49_999
    with pytest.raises(IntakeStopped, match="49,999 file entries are free below /archive, files are taken again from 100,000 on"):
        room.require()


def test_a_file_system_without_a_number_of_entries_has_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    gauge = Gauge(100 * GB)
    gauge.files = gauge.free_files = 0
    assert is_open(room_on(gauge, monkeypatch))


def test_settings_say_how_much_must_be_free(monkeypatch: pytest.MonkeyPatch) -> None:
    gauge = Gauge(1000 * GB)
    room = room_on(gauge, monkeypatch, DiskSettings.model_validate({"percent": 0, "free": "2GB"}))
    gauge.free = 2 * GB
    assert is_open(room)
    gauge.free -= 1
    assert not is_open(room)


def test_a_file_must_leave_half_of_the_least_free(monkeypatch: pytest.MonkeyPatch) -> None:
    gauge = Gauge(20 * GB)
    room = room_on(gauge, monkeypatch)
    gauge.free = 3 * GB
    assert [room.admits(size) for size in (2_500_000_000, 2_500_000_001)] == [True, False]


def test_without_disks_there_is_room() -> None:
    Room().require()
    assert Room().admits(10**18)


def test_folders_of_one_file_system_are_one_disk(tmp_path: Path) -> None:
    found = disks([("the archive", tmp_path / "a"), ("var", tmp_path / "b/c")])
    assert found == (Disk(("the archive", "var"), (tmp_path / "a", tmp_path / "b/c")),)


def test_a_reserve_is_made_once_and_given_up_only_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reserve = Reserve(tmp_path / "reserve", 100_000)
    reserve.make()
    reserve.make()
    assert (list(tmp_path.iterdir()), reserve.path.stat().st_size) == ([reserve.path], 100_000)
    assert not reserve.give_up()
    monkeypatch.setattr("gateway.store.reserve.shutil.disk_usage", lambda _: SimpleNamespace(free=10))
    assert reserve.give_up()
    assert not reserve.give_up()
    assert list(tmp_path.iterdir()) == []


def test_a_reserve_of_nothing_is_none(tmp_path: Path) -> None:
    Reserve(tmp_path / "reserve", 0).make()
    assert list(tmp_path.iterdir()) == []
