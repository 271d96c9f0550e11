"""What only a folder of this machine can do to us: links, pipes, foreign rights, races; and its watch."""

from __future__ import annotations

import ctypes
import io
import os
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.kernel.errors import PermissionRefused, PolicyRefused
from gateway.transports import (
    FolderMissing,
    FolderOptions,
    MakesFolders,
    NoSuchFile,
    RemotePath,
    Result,
    Transport,
    Watchable,
    open_transport,
    probe,
)

IN = RemotePath(b"in")
WAKE_LIMIT = 20.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "root" / "in").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.csv").write_bytes(b"not for us")
    return tmp_path / "root"


@pytest.fixture
def transport(folder: Path) -> Iterator[Transport]:
    opened = open_transport("folder", FolderOptions(root=folder))
    yield opened
    opened.close()


@pytest.mark.parametrize("path", ["/etc", "../outside", "in/../../outside", ".."])
def test_nothing_outside_the_root_is_reached(transport: Transport, path: str) -> None:
    with pytest.raises(PermissionRefused, match="outside"):
        list(transport.listing(RemotePath.of(path)))
    with pytest.raises(PermissionRefused, match="outside"):
        transport.put(RemotePath.of(f"{path}/new.csv"), io.BytesIO(b"x"))


def test_a_folder_that_is_a_link_is_not_entered(transport: Transport, folder: Path) -> None:
    (folder / "sideways").symlink_to(folder.parent / "outside")
    with pytest.raises(PermissionRefused, match="links are not followed"):
        list(transport.listing(RemotePath(b"sideways")))
    with pytest.raises(PermissionRefused), transport.open(RemotePath(b"sideways/secret.csv")):
        pass
    with pytest.raises(PermissionRefused):
        transport.rename(RemotePath(b"sideways/secret.csv"), RemotePath(b"in/secret.csv"))


def test_a_pipe_is_no_file_and_does_not_hang(transport: Transport, folder: Path) -> None:
    os.mkfifo(folder / "in" / "pipe.csv")
    assert [entry.is_file for entry in transport.listing(IN)] == [False]
    with pytest.raises(PermissionRefused, match="not a regular file"), transport.open(IN.join(b"pipe.csv")):
        pass


def test_files_swapped_for_links_are_never_followed(transport: Transport, folder: Path) -> None:
    name, secret = folder / "in" / "file.csv", folder.parent / "outside" / "secret.csv"
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            name.unlink(missing_ok=True)
            name.symlink_to(secret)
            name.unlink()
            name.write_bytes(b"ours")

    racer = threading.Thread(target=swap)
    racer.start()
    seen = set()
    try:
        for _ in range(500):
            with suppress(PermissionRefused, NoSuchFile), transport.open(IN.join(b"file.csv")) as body:
                seen.add(body.read())
    finally:
        stop.set()
        racer.join()
    assert seen <= {b"ours", b""}


def test_a_folder_without_rights_names_the_remedy(transport: Transport, folder: Path) -> None:
    (folder / "in").chmod(0o500)
    with (
        ThreadPoolExecutor(1, initializer=_obey_modes) as somebody,
        pytest.raises(PermissionRefused, match="the service's account needs the right"),
    ):
        somebody.submit(transport.put, IN.join(b"file.csv"), io.BytesIO(b"x")).result()


def _obey_modes() -> None:
    """From here on this thread has no powers, such as root's over files without rights (capset(2), version 3)."""
    header, none = struct.pack("Ii", 0x20080522, 0), bytes(24)
    assert ctypes.CDLL(None).capset(header, none) == 0


def test_a_name_that_is_too_long_is_refused(transport: Transport) -> None:
    with pytest.raises(PolicyRefused, match="too long"):
        transport.put(IN.join(b"n" * 256), io.BytesIO(b"x"))


def test_a_missing_root_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing, match=r"nowhere does not exist: create it or mend the connector"):
        open_transport("folder", FolderOptions(root=tmp_path / "nowhere"))


def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PermissionRefused):
        open_transport("folder", FolderOptions(root=tmp_path / "file"))


def test_a_folder_removed_and_made_again_is_found_again(transport: Transport, folder: Path) -> None:
    (folder / "in").rmdir()
    with pytest.raises(FolderMissing):
        list(transport.listing(IN))
    (folder / "in").mkdir()
    assert list(transport.listing(IN)) == []


@pytest.mark.parametrize("arrival", ["written", "moved in"])
def test_a_watch_wakes_when_a_file_arrives(transport: Transport, folder: Path, arrival: str) -> None:
    assert isinstance(transport, Watchable)
    woken = threading.Event()
    watch = transport.watch(IN, woken.set)
    if arrival == "written":
        (folder / "in" / "file.csv").write_bytes(b"x")
    else:
        (folder.parent / "outside" / "secret.csv").rename(folder / "in" / "file.csv")
    assert woken.wait(WAKE_LIMIT)
    watch.close()


def test_our_own_reading_does_not_wake_us(transport: Transport, folder: Path) -> None:
    assert isinstance(transport, Watchable)
    (folder / "in" / "file.csv").write_bytes(b"x")
    woken: list[str] = []
    last = threading.Event()
    watch = transport.watch(IN, lambda: (woken.append("wake"), last.set())[1])
    for _ in range(5):
        list(transport.listing(IN))
        with transport.open(IN.join(b"file.csv")) as body:
            body.read()
    (folder / "in" / "other.csv").touch()
    assert last.wait(WAKE_LIMIT)
    watch.close()
    assert len(woken) <= 2  # created and closed of the one new file


def test_watching_a_missing_folder_says_so(transport: Transport) -> None:
    assert isinstance(transport, Watchable)
    with pytest.raises(FolderMissing):
        transport.watch(RemotePath(b"nowhere"), lambda: None)


def test_no_handle_is_left_behind(transport: Transport, folder: Path) -> None:
    before = open_handles()
    for number in range(20):
        path = IN.join(b"%d.csv" % number)
        transport.put(path, io.BytesIO(b"x"))
        with transport.open(path) as body:
            body.read()
        with pytest.raises(FolderMissing):
            transport.rename(path, RemotePath(b"nowhere/file.csv"))
        with pytest.raises(PermissionRefused), transport.open(IN):
            pass
        next(transport.listing(IN))
    assert open_handles() <= before


def test_the_connector_test_tells_every_step_and_leaves_nothing(folder: Path) -> None:
    steps = list(probe("folder", FolderOptions(root=folder), [IN], token="t1"))
    assert [step.name for step in steps] == ["reachable", "renames", "fsync", "list", "write", "rename", "read back", "remove"]
    assert all(step.result is Result.FINE for step in steps)
    assert list((folder / "in").iterdir()) == []


def test_the_connector_test_of_a_missing_root_tries_nothing_else(tmp_path: Path) -> None:
    steps = list(probe("folder", FolderOptions(root=tmp_path / "nowhere"), [IN], token="t1"))
    assert [step.result for step in steps] == [Result.FAILED, *[Result.SKIPPED] * 5]


def test_it_makes_folders(transport: Transport, folder: Path) -> None:
    assert isinstance(transport, MakesFolders)
    transport.ensure_folder(RemotePath(b"in/.taken/done"))
    assert (folder / "in" / ".taken" / "done").is_dir()


def open_handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
