"""Power cuts: what was not forced to disk is gone. Kept in a journal while a process lives, and carried out when it is killed.

The database is trusted with its own settings, which the gateway checks; this is about the files it writes itself.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from random import Random
from shutil import rmtree

from tests.chaos.world import World


def journal(world: World) -> Path:
    """Where the processes of a world note what they have forced to disk."""
    return world.root / "var" / "forced"


def keep_journal(world: World) -> None:
    """Note every fsync of this process: of a file its inode and size, of a folder its inode and the names in it at that time."""
    handle = os.open(journal(world), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    really = os.fsync

    def noted(number: int) -> None:
        really(number)
        found = os.fstat(number)
        words = (
            ["D", str(found.st_ino), *os.listdir(number)] if stat.S_ISDIR(found.st_mode) else ["F", str(found.st_ino), str(found.st_size)]
        )
        os.write(handle, (" ".join(words) + "\n").encode())

    os.fsync = noted  # type: ignore[assignment]  # the double stands where the system stood


def cut(world: World, dice: Random) -> int:
    """Take away what the disk need not have kept: contents that were not forced, names whose folder was not. Answers how many."""
    forced: dict[int, int] = {}
    names: dict[int, set[str]] = {}
    path = journal(world)
    for line in path.read_text().splitlines() if path.exists() else ():
        kind, inode, *told = line.split(" ")
        if kind == "F":
            forced[int(inode)] = int(told[0])
        else:
            names.setdefault(int(inode), set()).update(told)

    def is_named(path: Path) -> bool:
        return path.name in names.get(path.parent.stat().st_ino, set())

    lost = 0
    archive = world.root / "var/archive"
    departures = archive / "journal"
    if departures.exists() and not is_named(departures) and dice.random() < 0.5:
        lost += len(list(departures.iterdir()))
        rmtree(departures)
    for file in sorted([*archive.glob("??/*.gz"), *departures.glob("*.jsonl")]):
        found = file.stat()
        kept = min(forced.get(found.st_ino, 0), found.st_size)
        if not is_named(file) and dice.random() < 0.5:
            file.unlink()
            lost += 1
        elif kept < found.st_size:
            os.truncate(file, dice.randrange(kept, found.st_size))
            lost += 1
    return lost
