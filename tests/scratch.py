"""Where a run of tests puts its files: in memory where the machine has plenty of it, for a disk makes it wait at every commit.

What a test says about a disk that is full it makes itself (`small_disk.py`); that bytes reach a disk is told by the calls that ask for it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

__all__ = ["choose_scratch", "keep_what_is_compiled"]

MEMORY = Path("/dev/shm")
ENOUGH = 6_000_000_000
"""Several times what all workers of a run have at once."""


def choose_scratch() -> None:
    """Let this run and all that it starts make their temporary folders in memory; a TMPDIR that somebody has set stays as it is."""
    if "TMPDIR" not in os.environ and has_plenty(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # it may have been asked before


def keep_what_is_compiled() -> None:
    """Let this run and all that it starts keep compiled modules in their `__pycache__`: hundreds of processes would compile them anew."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def has_plenty(folder: Path) -> bool:
    """Whether files can be written and run there, and both it and the machine have enough left."""
    if not folder.is_dir() or not os.access(folder, os.W_OK) or os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return False
    return min(shutil.disk_usage(folder).free, memory_left()) >= ENOUGH


def memory_left() -> int:
    """What programs may still take, in bytes; 0 where the system does not say."""
    figures = Path("/proc/meminfo")
    if not figures.exists():
        return 0
    left = next(line for line in figures.read_text().splitlines() if line.startswith("MemAvailable:"))
    return int(left.split()[1]) * 1024
