"""A look into a folder of any size costs what changed, and holds what it looks at."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.intake import glance
from gateway.intake.glance import Glance, Looked
from gateway.transports import FolderOptions, MemoryServer, MemoryTransport, RemotePath, Transport, open_transport

IN = RemotePath.of("in")


@pytest.fixture(params=["folder", "memory"])
def transport(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Transport]:
    """One that tells names first, and one whose listing tells all at once."""
    (tmp_path / "in").mkdir()
    if request.param == "memory":
        yield MemoryTransport(MemoryServer("in"))
        return
    with closing(open_transport("folder", FolderOptions(root=tmp_path))) as opened:
        yield opened


def drop(transport: Transport, *names: str, body: bytes = b"x") -> None:
    for name in names:
        transport.put(IN.join(name.encode()), io.BytesIO(body))


def wants(name: bytes) -> bool:
    return name.endswith(b".csv")


def names(looked: Looked) -> list[str]:
    return sorted(file.name.decode() for file in looked.files)


def test_wanted_files_are_looked_at_in_the_order_of_names_and_the_rest_is_counted(transport: Transport) -> None:
    drop(transport, *(f"{number}.csv" for number in (5, 3, 9, 1, 7)), "notes.txt")
    found = Glance(wants, most=2, keeps_others=False).look(transport, IN, tracked=())
    assert (names(found), found.entries, found.beyond) == (["1.csv", "3.csv"], 6, 3)


def test_each_look_goes_on_behind_the_one_before_and_begins_again_at_the_end(transport: Transport) -> None:
    drop(transport, *(f"{number}.csv" for number in range(5)))
    looks = Glance(wants, most=2, keeps_others=False)
    found = [names(looks.look(transport, IN, tracked=())) for _ in range(4)]
    assert found == [["0.csv", "1.csv"], ["2.csv", "3.csv"], ["0.csv", "4.csv"], ["1.csv", "2.csv"]]


def test_tracked_files_are_looked_at_each_time_and_count(transport: Transport) -> None:
    drop(transport, *(f"{number}.csv" for number in range(9)))
    tracked = {b"0.csv", b"7.csv", b"8.csv", b"gone.csv"}
    found = Glance(wants, most=3, keeps_others=False).look(transport, IN, tracked=tracked)
    assert (names(found), found.beyond) == (["0.csv", "1.csv", "2.csv", "3.csv", "7.csv", "8.csv"], 3)


def test_a_folder_with_a_wanted_name_is_no_file(transport: Transport, tmp_path: Path) -> None:
    if not isinstance(transport, MemoryTransport):
        (tmp_path / "in/1.csv").mkdir()
    assert names(Glance(wants, most=3, keeps_others=False).look(transport, IN, tracked=())) == []


def test_files_that_were_read_count_again_when_they_change(transport: Transport) -> None:
    drop(transport, "1.csv", "2.csv")
    looks = Glance(wants, most=9, keeps_others=False)
    for file in looks.look(transport, IN, tracked=()).files:
        looks.was_read(file)
    assert names(looks.look(transport, IN, tracked=())) == []
    transport.remove(IN.join(b"2.csv"))
    drop(transport, "2.csv", body=b"longer")
    assert names(looks.look(transport, IN, tracked=())) == ["2.csv"]


def test_names_of_others_are_kept_only_where_markers_stand_among_them(transport: Transport) -> None:
    drop(transport, "1.csv", "1.csv.done")
    assert Glance(wants, most=9, keeps_others=True).look(transport, IN, tracked=()).others == {b"1.csv.done"}
    assert Glance(wants, most=9, keeps_others=False).look(transport, IN, tracked=()).others == frozenset()


def test_what_is_remembered_of_others_does_not_grow_with_the_folder(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glance, "PASSED", 3)
    drop(transport, *(f"{number}.txt" for number in range(9)), "1.csv")
    looks = Glance(wants, most=9, keeps_others=False)
    for _ in range(2):
        assert names(looks.look(transport, IN, tracked=())) == ["1.csv"]
    assert len(looks._passed) == 3


def test_names_that_are_gone_are_forgotten(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glance, "SPARE", 1)
    every = [f"{number}.txt" for number in range(9)]
    drop(transport, *every)
    looks = Glance(wants, most=9, keeps_others=False)
    looks.look(transport, IN, tracked=())
    for name in every:
        transport.remove(IN.join(name.encode()))
    looks.look(transport, IN, tracked=())
    assert looks._passed == set()
