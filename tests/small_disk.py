"""A small file system of its own, to be filled and freed at will; only root can make one."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.programs import NEEDS, find_program, require_program

WHAT = "mount (as root, for small file systems)"
PIECE = 64 * 1024


class SmallDisk:
    """A mounted folder with a ballast file in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / ".ballast"

    @property
    def free(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def fill(self, *, leave: int) -> None:
        """Grow the ballast until no more than so much is free."""
        with self._ballast.open("ab") as ballast:
            try:
                while self.free > leave:
                    os.write(ballast.fileno(), bytes(min(PIECE, max(4096, self.free - leave))))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def relieve(self) -> None:
        """Take the ballast away."""
        self._ballast.unlink(missing_ok=True)


class CannotMount(Exception):
    """This machine or account mounts nothing."""


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mounted for so long; CannotMount without the right or the program."""
    folder.mkdir(parents=True, exist_ok=True)
    mount, unmount = find_program("mount"), find_program("umount")
    if mount is None or unmount is None:
        raise CannotMount
    if subprocess.run([mount, "-t", "tmpfs", "-o", f"size={megabytes}m", "none", folder], capture_output=True, check=False).returncode:
        raise CannotMount
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run([unmount, "-l", folder], check=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mounted while the test runs; without the right to mount the test ends here, like one that lacks a program."""
    require_program("mount")
    require_program("umount")
    with ExitStack() as stack:
        try:
            disk = stack.enter_context(mounted(folder, megabytes))
        except CannotMount:
            if os.environ.get("GATEWAY_REQUIRE_ALL") == "1":
                pytest.fail(NEEDS + WHAT, pytrace=False)
            pytest.skip(NEEDS + WHAT)
        yield disk
