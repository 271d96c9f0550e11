"""Room on our own disks (decision 0023): files are taken only while there is enough, and again once there is twice as much.

What is in already is decided, answered and delivered as long as the disk lets us: that is what the rest of the room is for.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog
from msgspec import Struct

from gateway.config import DiskSettings
from gateway.kernel.errors import TryLater
from gateway.store.reserve import Reserve

log = structlog.get_logger()

SMALL = 10
"""On a small disk `disk.free` asks for no more than one part in so many."""
AGAIN = 2
"""Files are taken again once so many times the least room is free."""


class IntakeStopped(TryLater):
    """A disk of ours runs short: no file is taken, the partners' files stay where they are."""


class Disk(Struct, frozen=True):
    """A file system that we fill, by what of ours lies on it."""

    names: tuple[str, ...]
    folders: tuple[Path, ...]

    @property
    def folder(self) -> Path:
        """Where to look."""
        return self.folders[0]


class Level(Struct, frozen=True):
    """How full a disk is: of bytes and of files, what is free and what must be."""

    free: int
    least: int
    files: int
    least_files: int

    def is_below(self, times: int) -> bool:
        """Whether less is free than so many times the least."""
        return self.free < self.least * times or self.files < self.least_files * times


class Room:
    """The disks of one process; shared by its threads. Without disks there is always room."""

    def __init__(self, disks: Sequence[Disk] = (), *, settings: DiskSettings | None = None, reserve: Reserve | None = None) -> None:
        self._disks = tuple(disks)
        self._settings = settings or DiskSettings()
        self._reserve = reserve
        self._short: dict[Disk, str] = {}
        self._lock = threading.Lock()

    def require(self) -> None:
        """Go on, or IntakeStopped with every disk that runs short. Also makes the reserve of the database anew when there is room."""
        with self._lock:
            for disk in self._disks:
                self._look_at(disk)
            short = "; ".join(self._short.values())
        if short:
            raise IntakeStopped(short)

    def admits(self, size: int) -> bool:
        """Whether a file of this size leaves half of the least room free on every disk, should it not shrink when packed."""
        return all(self._level(disk).free - size >= self._level(disk).least // 2 for disk in self._disks)

    def _look_at(self, disk: Disk) -> None:
        """Stopped below the least, resumed at twice that: told once each."""
        level = self._level(disk)
        if disk in self._short:
            if level.is_below(AGAIN):
                self._short[disk] = self._told(disk, level)
                return
            del self._short[disk]
            log.info("intake_resumed", disk=" and ".join(disk.names), free=level.free)
        elif level.is_below(1):
            self._short[disk] = self._told(disk, level)
            log.error("intake_stopped", disk=" and ".join(disk.names), free=level.free, least=level.least, reason=self._short[disk])
            return
        reserve = self._reserve
        if reserve is not None and reserve.path.parent in disk.folders and level.free > level.least * AGAIN + reserve.size:
            reserve.make()

    def _level(self, disk: Disk) -> Level:
        found = os.statvfs(disk.folder)
        total, settings = found.f_blocks * found.f_frsize, self._settings
        least = max(total * settings.percent // 100, min(settings.free, total // SMALL))
        return Level(found.f_bavail * found.f_frsize, least, found.f_favail, found.f_files * settings.percent // 100)

    def _told(self, disk: Disk, level: Level) -> str:
        short = "file entries are" if level.free >= level.least else "bytes are"
        free, least = (level.files, level.least_files) if level.free >= level.least else (level.free, level.least)
        names = " and ".join(disk.names)
        return f"the disk of {names} runs short: {free:,} {short} free below {disk.folder}, files are taken again from {least * AGAIN:,} on"


def disks(folders: Iterable[tuple[str, Path]]) -> tuple[Disk, ...]:
    """The file systems that these folders lie on, each once; the folders are made where they are missing."""
    found: dict[int, Disk] = {}
    for name, folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        device = folder.stat().st_dev
        known = found.get(device, Disk((), ()))
        found[device] = Disk((*known.names, name), (*known.folders, folder))
    return tuple(found.values())
