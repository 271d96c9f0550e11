"""The journal of departures: every whole line comes back, what a crash cut does not, and old days go."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.delivery import Content, Departure, Journal, departures, forget_departures
from gateway.kernel.errors import TryLater

LEFT = Departure(
    at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
    idem="batch:74",
    connector="redpanda",
    channel="orders",
    kind="batch",
    file_name=b"PO_\xff74.csv",
    blessed_name=b".PO_74.csv.12.3.part",
    sha256="a" * 64,
    size=4711,
    numbers={"sequence:redpanda/orders": (7,)},
    contents=(Content("AB10747", 1, 3),),
)


@pytest.fixture
def forced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is forced to disk, in order."""
    names: list[str] = []
    really = os.fsync

    def noted(handle: int) -> None:
        really(handle)
        names.append(Path(f"/proc/self/fd/{handle}").readlink().name)

    monkeypatch.setattr(os, "fsync", noted)
    return names


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """The system lets no file of this process grow beyond this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_was_written_down_is_read_again_by_whichever_node_wrote_it(tmp_path: Path) -> None:
    other = replace(LEFT, file_name=b"other", at=LEFT.at + timedelta(days=1))
    Journal(tmp_path, "one").note(LEFT)
    Journal(tmp_path, "two").note(other)
    assert list(departures(tmp_path)) == [LEFT, other]


def test_a_line_that_a_crash_cut_costs_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "one")
    journal.note(LEFT)
    (day,) = (tmp_path / "journal").iterdir()
    with day.open("ab") as file:
        file.write(b'{"at": "2026-11-21T12:0')
    journal.note(replace(LEFT, file_name=b"next"))
    assert [it.file_name for it in departures(tmp_path)] == [LEFT.file_name, b"next"]


def test_nothing_leaves_where_it_cannot_be_written_down(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file where the folder should be")
    with pytest.raises(TryLater, match="cannot be written"):
        Journal(tmp_path, "one").note(LEFT)


def test_a_line_of_which_only_a_part_could_be_written_lets_nothing_leave_and_costs_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "one")
    journal.note(LEFT)
    (day,) = (tmp_path / "journal").iterdir()
    with files_up_to(day.stat().st_size + 100), pytest.raises(TryLater, match=r"only 100 of \d+ bytes"):
        journal.note(replace(LEFT, file_name=b"cut"))
    journal.note(replace(LEFT, file_name=b"next"))
    assert [it.file_name for it in departures(tmp_path)] == [LEFT.file_name, b"next"]


def test_a_new_day_is_on_disk_with_its_name_before_anything_leaves(tmp_path: Path, forced: list[str]) -> None:
    journal = Journal(tmp_path, "one")
    journal.note(LEFT)
    assert forced == ["2026-11-21.one.jsonl", "journal", tmp_path.name]
    journal.note(LEFT)
    assert forced[3:] == ["2026-11-21.one.jsonl"]


def test_a_day_that_another_process_began_and_died_over_gets_its_name_on_disk(tmp_path: Path, forced: list[str]) -> None:
    Journal(tmp_path, "one").note(LEFT)
    forced.clear()
    Journal(tmp_path, "one").note(LEFT)
    assert forced == ["2026-11-21.one.jsonl", "journal", tmp_path.name]


def test_days_that_are_long_past_are_removed(tmp_path: Path) -> None:
    Journal(tmp_path, "one").note(LEFT)
    assert forget_departures(tmp_path, before=LEFT.at) == 0
    assert forget_departures(tmp_path, before=LEFT.at + timedelta(days=1)) == 1
    assert list(departures(tmp_path)) == []
