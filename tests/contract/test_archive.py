"""The archive keeps every byte once, whatever crashes or comes at the same time, and says when a blob is not what it was."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.archive import Archive, ArchiveFull, BlobLost, Stored, TooLarge
from tests.small_disk import small_disk

ORDER = b"<PO>" * 1000


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def left_behind(archive: Archive) -> list[Path]:
    return [path for path in archive.folder.rglob("*") if path.is_file() and path.suffix != ".gz"]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=5000))
def test_bytes_come_back_as_they_went_in(archive: Archive, content: bytes) -> None:
    stored = archive.put(io.BytesIO(content))
    assert (stored.sha256, stored.size) == (hashlib.sha256(content).hexdigest(), len(content))
    with archive.open(stored.key) as source:
        assert source.read() == content
    assert archive.verify(stored.key) == len(content)


def test_the_same_bytes_are_kept_once(archive: Archive) -> None:
    assert archive.put(io.BytesIO(ORDER)) == archive.put(io.BytesIO(ORDER))
    assert len(list(archive.keys())) == 1
    assert left_behind(archive) == []


def test_an_archive_is_compressed(archive: Archive) -> None:
    stored = archive.put(io.BytesIO(ORDER))
    (blob,) = archive.folder.rglob("*.gz")
    assert blob.stat().st_size < stored.size / 10


def test_what_is_too_large_leaves_nothing(archive: Archive) -> None:
    archive.put(io.BytesIO(ORDER), most=len(ORDER))
    with pytest.raises(TooLarge):
        archive.put(io.BytesIO(ORDER + b"x"), most=len(ORDER))
    assert (len(list(archive.keys())), left_behind(archive)) == (1, [])


def test_a_source_that_breaks_off_leaves_nothing(archive: Archive) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        archive.put(Broken())
    assert (list(archive.keys()), left_behind(archive)) == ([], [])


def test_many_writers_of_the_same_bytes_agree(archive: Archive) -> None:
    found: list[Stored] = []
    together = threading.Barrier(8)

    def writer() -> None:
        together.wait()
        found.append(archive.put(io.BytesIO(ORDER)))

    threads = [threading.Thread(target=writer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 8
    assert archive.verify(found[0].key) == len(ORDER)
    assert left_behind(archive) == []


def test_a_killed_writer_leaves_only_what_the_sweep_removes(archive: Archive) -> None:
    kept = archive.put(io.BytesIO(ORDER))
    program = (
        "import io, os, signal, sys\nfrom pathlib import Path\nfrom gateway.archive import Archive\n"
        "class Slow(io.BytesIO):\n"
        "    def read(self, size=-1):\n"
        "        piece = super().read(100)\n"
        "        if not piece: os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return piece\n"
        "Archive(Path(sys.argv[1])).put(Slow(b'x' * 1000))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(archive.folder)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(archive.keys()) == [kept.key]
    assert len(left_behind(archive)) == 1
    assert archive.sweep(older_than=3600) == 0
    (dead,) = left_behind(archive)
    os.utime(dead, (0, 0))
    assert archive.sweep(older_than=3600) == 1
    assert left_behind(archive) == []


def test_a_damaged_blob_is_told(archive: Archive) -> None:
    stored = archive.put(io.BytesIO(ORDER))
    (blob,) = archive.folder.rglob("*.gz")
    whole = blob.read_bytes()
    for damaged in (whole[:-20], whole[:20] + b"\0\0\0\0" + whole[24:], b"", b"no gzip"):
        blob.write_bytes(damaged)
        with pytest.raises(BlobLost):
            archive.verify(stored.key)


def test_a_blob_under_a_wrong_name_is_told(archive: Archive) -> None:
    stored, other = archive.put(io.BytesIO(b"a")), archive.put(io.BytesIO(b"b"))
    path = archive.folder / stored.key[:2] / f"{stored.key}.gz"
    path.write_bytes((archive.folder / other.key[:2] / f"{other.key}.gz").read_bytes())
    with pytest.raises(BlobLost, match="other bytes"):
        archive.verify(stored.key)


@pytest.mark.parametrize("key", ["", "a" * 63, "A" * 64, "../../etc/passwd", "../" * 21 + "a"])
def test_a_key_cannot_lead_out_of_the_archive(archive: Archive, key: str) -> None:
    with pytest.raises(BlobLost), archive.open(key):
        pass


def test_a_missing_blob_is_told(archive: Archive) -> None:
    assert not archive.has("a" * 64)
    with pytest.raises(BlobLost), archive.open("a" * 64):
        pass


def test_a_mistake_of_the_reader_stays_the_readers(archive: Archive) -> None:
    stored = archive.put(io.BytesIO(ORDER))
    with pytest.raises(FileNotFoundError), archive.open(stored.key):
        raise FileNotFoundError


@pytest.mark.chaos
def test_a_full_disk_leaves_nothing_behind_and_the_same_bytes_come_again(tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    with small_disk(tmp_path / "disk", 4) as disk:
        archive = Archive(disk.folder / "archive")
        for left in (0, 20_000, 2_000_000):
            disk.fill(leave=left)
            with pytest.raises(ArchiveFull, match="No space left"):
                archive.put(io.BytesIO(content))
            assert (left_behind(archive), list(archive.keys())) == ([], [])
            disk.relieve()
        stored = archive.put(io.BytesIO(content))
        assert archive.verify(stored.key) == len(content)


@pytest.mark.slow
def test_memory_does_not_depend_on_size(archive: Archive) -> None:
    class Endless(io.RawIOBase):
        left = 1 << 28

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            size = min(len(buffer), self.left)
            self.left -= size
            return size

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stored = archive.put(Endless())  # type: ignore[arg-type]
    assert archive.verify(stored.key) == 1 << 28
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024
