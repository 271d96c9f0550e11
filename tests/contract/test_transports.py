"""One suite for every transport: memory, folder, SFTP against asyncssh and against a real OpenSSH server."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from gateway.kernel.errors import EndpointDown, PermissionRefused
from gateway.simulator.sftp import SftpServer
from gateway.transports import FileExists, FolderMissing, MakesFolders, NoSuchFile, RemoteFile, RemotePath, Stat, Transport
from tests.openssh import OpenSsh, openssh_server
from tests.sftp_server import WitnessServer
from tests.sites import Site, asyncssh_site, folder_site, memory_site, openssh_site

SITES = ["memory", "folder", "sftp-asyncssh", "sftp-openssh"]
REAL_SITES = SITES[1:]

HOSTILE_NAMES = {
    "not UTF-8": b"caf\xe9.csv",
    "a line end": b"two\nlines.csv",
    "255 bytes": b"n" * 251 + b".csv",
    "blanks around": b"  blanks  ",
    "like an option": b"-rf",
    "a percent sign": b"100%41.csv",
    "a backslash": b"in\\out.csv",
    "quotes and semicolons": b"a'b\"c;d$(e).csv",
    "right to left": "\u202egnp.csv".encode(),
}


@pytest.fixture(scope="session")
def asyncssh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with WitnessServer(tmp_path_factory.mktemp("asyncssh")) as server:
        yield server


@pytest.fixture(scope="session")
def openssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSsh]:
    with openssh_server(tmp_path_factory.mktemp("openssh")) as server:
        yield server


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    match request.param:
        case "memory":
            made = memory_site()
        case "folder":
            made = folder_site(tmp_path)
        case "sftp-asyncssh":
            made = asyncssh_site(request.getfixturevalue("asyncssh_server"))
        case _:
            made = openssh_site(request.getfixturevalue("openssh"))
    with made as opened:
        yield opened


@pytest.fixture
def transport(site: Site) -> Transport:
    return site.transport


def read(transport: Transport, path: RemotePath) -> None:
    with transport.open(path) as body:
        body.read()


def write(transport: Transport, path: RemotePath) -> None:
    transport.put(path, io.BytesIO(b"x"))


def enlist(transport: Transport, path: RemotePath) -> None:
    list(transport.listing(path.parent))


def remove(transport: Transport, path: RemotePath) -> None:
    transport.remove(path)


def rename_away(transport: Transport, path: RemotePath) -> None:
    transport.rename(path, path.parent.join(b"away"))


only_real_sites = pytest.mark.parametrize("site", REAL_SITES, indirect=True)


@pytest.mark.parametrize("size", [0, 1, 32_767, 32_768, 32_769, 65_536, 100_000, 3_000_000])
def test_what_was_put_is_read_back(site: Site, size: int) -> None:
    body = os.urandom(size)
    site.drops(b"file.csv", body)
    assert site.body(b"file.csv") == body


def test_a_file_may_be_read_in_small_pieces(site: Site) -> None:
    body = os.urandom(100_000)
    path = site.drops(b"file.csv", body)
    with site.transport.open(path) as stream:
        pieces = list(iter(lambda: stream.read(777), b""))
    assert b"".join(pieces) == body


def test_a_listing_tells_name_size_time_and_kind(site: Site) -> None:
    site.drops(b"file.csv", b"12345")
    cast("MakesFolders", site.transport).ensure_folder(site.at(b"folder"))
    entries = {entry.name: entry for entry in site.transport.listing(site.base)}
    file = entries[b"file.csv"]
    assert (file.path, file.size, file.is_file) == (site.at(b"file.csv"), 5, True)
    assert file.modified is not None
    assert file.modified > 1_700_000_000
    assert not entries[b"folder"].is_file
    assert set(entries) == {b"file.csv", b"folder"}


def test_an_empty_folder_lists_nothing(site: Site) -> None:
    assert list(site.transport.listing(site.base)) == []


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_a_hostile_name_lives_a_whole_life(site: Site, name: bytes) -> None:
    site.drops(name, b"content")
    cast("MakesFolders", site.transport).ensure_folder(site.at(b".taken"))
    assert name in site.names()
    taken = site.at(b".taken").join(name)
    site.transport.rename(site.at(name), taken)
    with site.transport.open(taken) as body:
        assert body.read() == b"content"
    site.transport.remove(taken)
    assert list(site.transport.listing(taken.parent)) == []


def test_hostile_names_do_not_hide_their_neighbours(site: Site) -> None:
    for name in HOSTILE_NAMES.values():
        site.drops(name, b"")
    site.drops(b"plain.csv", b"")
    assert site.names() == {b"plain.csv", *HOSTILE_NAMES.values()}


def test_a_folder_of_five_thousand_files_is_listed_whole(site: Site) -> None:
    expected = {b"ORDER_%05d.xml" % number for number in range(5_000)}
    if site.local is None:
        for name in expected:
            site.drops(name, b"x")
    else:
        for name in expected:
            (site.local / os.fsdecode(name)).write_bytes(b"x")
    entries = list(site.transport.listing(site.base))
    assert len(entries) == 5_000
    assert {entry.name for entry in entries} == expected


def test_a_listing_given_up_halfway_leaves_the_connection_good(site: Site) -> None:
    for number in range(300):
        site.drops(b"%d" % number, b"x")
    listing = site.transport.listing(site.base)
    next(listing)
    listing.close()  # type: ignore[attr-defined]  # every listing is a generator
    assert len(site.names()) == 300


def test_files_may_be_read_while_a_listing_runs(site: Site) -> None:
    for number in range(300):
        site.drops(b"%d" % number, b"%d" % number)
    for entry in site.transport.listing(site.base):
        assert site.body(entry.name) == entry.name


def test_a_file_given_up_halfway_leaves_the_connection_good(site: Site) -> None:
    path = site.drops(b"large.csv", os.urandom(1_000_000))
    with site.transport.open(path) as body:
        body.read(10)
    assert site.names() == {b"large.csv"}


def test_put_never_replaces(site: Site) -> None:
    path = site.drops(b"file.csv", b"first")
    with pytest.raises(FileExists, match=r"file\.csv"):
        site.transport.put(path, io.BytesIO(b"second"))
    assert site.body(b"file.csv") == b"first"


def test_a_put_whose_body_fails_leaves_nothing(site: Site) -> None:
    class TornBody(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            block = super().read(size)
            if not block:
                raise ValueError("the archive is damaged")
            return block

    with pytest.raises(ValueError, match="the archive is damaged"):
        site.transport.put(site.at(b"file.csv"), TornBody(b"x" * 100_000))
    assert site.names() == set()


def test_a_rename_moves_the_bytes_and_frees_the_name(site: Site) -> None:
    old = site.drops(b".file.csv.12.3.part", b"content")
    site.transport.rename(old, site.at(b"file.csv"))
    assert site.names() == {b"file.csv"}
    assert site.body(b"file.csv") == b"content"


def test_a_rename_replaces_so_callers_look_first(site: Site) -> None:
    site.drops(b"old", b"new content")
    site.drops(b"new", b"old content")
    site.transport.rename(site.at(b"old"), site.at(b"new"))
    assert site.body(b"new") == b"new content"


def test_renaming_what_is_gone_says_so(site: Site) -> None:
    with pytest.raises(NoSuchFile, match=r"gone\.csv"):
        site.transport.rename(site.at(b"gone.csv"), site.at(b"new.csv"))
    assert site.names() == set()


def test_renaming_into_a_missing_folder_says_which_and_keeps_the_file(site: Site) -> None:
    path = site.drops(b"file.csv", b"content")
    with pytest.raises(FolderMissing, match="nowhere"):
        site.transport.rename(path, site.at(b"nowhere").join(b"file.csv"))
    assert site.body(b"file.csv") == b"content"


def test_of_two_nodes_that_take_a_file_one_gets_it(site: Site) -> None:
    cast("MakesFolders", site.transport).ensure_folder(site.at(b".taken"))
    nodes = [site.connect(), site.connect()]
    for round_ in range(10):
        path = site.drops(b"file.csv", b"content")
        outcomes: list[str] = []
        barrier = threading.Barrier(2)

        def take(
            node: Transport, target: RemotePath, path: RemotePath = path, barrier: threading.Barrier = barrier, out: list[str] = outcomes
        ) -> None:
            barrier.wait()
            try:
                node.rename(path, target)
                out.append("taken")
            except NoSuchFile:
                out.append("gone")

        threads = [
            threading.Thread(target=take, args=(node, site.at(b".taken").join(b"%d.%d" % (round_, number))))
            for number, node in enumerate(nodes)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["gone", "taken"]
    assert len(list(site.transport.listing(site.at(b".taken")))) == 10


def test_removing_what_is_gone_says_so(site: Site) -> None:
    with pytest.raises(NoSuchFile, match=r"gone\.csv"):
        site.transport.remove(site.at(b"gone.csv"))


def test_opening_what_is_gone_says_so(site: Site) -> None:
    with pytest.raises(NoSuchFile, match=r"gone\.csv"), site.transport.open(site.at(b"gone.csv")):
        pass


@pytest.mark.parametrize("action", [read, write, enlist, rename_away, remove])
def test_a_missing_folder_is_never_told_as_a_missing_file(site: Site, action: Callable[[Transport, RemotePath], None]) -> None:
    with pytest.raises(FolderMissing, match=r"nowhere does not exist.*create it or mend the connector"):
        action(site.transport, site.at(b"nowhere").join(b"file.csv"))


@pytest.mark.parametrize("action", [read, remove])
def test_a_folder_is_no_file(site: Site, action: Callable[[Transport, RemotePath], None]) -> None:
    cast("MakesFolders", site.transport).ensure_folder(site.at(b"folder"))
    with pytest.raises(PermissionRefused, match="folder"):
        action(site.transport, site.at(b"folder"))
    assert site.names() == {b"folder"}


def test_stat_looks_at_one_entry(site: Site) -> None:
    path = site.drops(b"file.csv", b"12345")
    looking = cast("Stat", site.transport)
    found = looking.stat(path)
    assert isinstance(found, RemoteFile)
    assert (found.path, found.name, found.size, found.is_file) == (path, b"file.csv", 5, True)
    assert looking.stat(site.at(b"gone.csv")) is None
    assert looking.stat(site.at(b"nowhere").join(b"gone.csv")) is None
    folder = looking.stat(site.base)
    assert folder is not None
    assert not folder.is_file


def test_a_folder_is_ensured_with_those_above_it_and_again(site: Site) -> None:
    deep = site.at(b"a").join(b"b").join(b"c")
    for _ in range(2):
        cast("MakesFolders", site.transport).ensure_folder(deep)
    site.transport.put(deep.join(b"file.csv"), io.BytesIO(b"x"))
    assert [entry.name for entry in site.transport.listing(deep)] == [b"file.csv"]


def test_every_transport_can_look_and_make_folders(transport: Transport) -> None:
    assert isinstance(transport, Stat)
    assert isinstance(transport, MakesFolders)


def test_outcomes_leave_the_connection_good(site: Site) -> None:
    missing = site.at(b"gone.csv")
    for _ in range(3):
        with pytest.raises(NoSuchFile):
            site.transport.remove(missing)
        with pytest.raises(FolderMissing):
            list(site.transport.listing(missing))
        with pytest.raises(NoSuchFile), site.transport.open(missing):
            pass
    assert site.names() == set()


def test_a_closed_transport_says_so_and_may_be_closed_again(site: Site) -> None:
    path = site.drops(b"file.csv", b"x")
    site.transport.close()
    site.transport.close()
    with pytest.raises(EndpointDown, match="closed"):
        site.transport.remove(path)
    with pytest.raises(EndpointDown, match="closed"):
        list(site.transport.listing(site.base))


@only_real_sites
def test_a_link_is_listed_as_no_file_and_not_followed(site: Site) -> None:
    assert site.local is not None
    site.drops(b"secret.csv", b"not for us")
    (site.local / "link.csv").symlink_to(site.local / "secret.csv")
    entries = {entry.name: entry for entry in site.transport.listing(site.base)}
    assert not entries[b"link.csv"].is_file
    with pytest.raises(PermissionRefused, match=r"link\.csv"), site.transport.open(site.at(b"link.csv")):
        pass


@only_real_sites
def test_put_does_not_write_through_a_link(site: Site) -> None:
    assert site.local is not None
    (site.local / "link.csv").symlink_to(site.local / "target.csv")
    with pytest.raises(FileExists):
        site.transport.put(site.at(b"link.csv"), io.BytesIO(b"x"))
    assert site.names() == {b"link.csv"}
