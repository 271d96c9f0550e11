"""A file that keeps room on the disk of a SQLite database: given up when the disk is full, so that what is under way can end."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import structlog
from msgspec import Struct

log = structlog.get_logger()

NAME = "reserve"


class Reserve(Struct, frozen=True):
    """So many bytes under this name, or nothing while they are given up."""

    path: Path
    size: int

    def make(self) -> None:
        """Keep the room, if it is not kept; a disk that has none is left as it is."""
        if not self.size or self.path.exists():
            return
        half = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with half.open("xb") as file:
                os.posix_fallocate(file.fileno(), 0, self.size)
            half.rename(self.path)
            log.info("reserve_made", size=self.size)
        except OSError as error:
            log.info("reserve_not_made", reason=error.strerror or str(error))
        finally:
            with suppress(FileNotFoundError):
                half.unlink()

    def give_up(self) -> bool:
        """Free the room if the disk has less than that left; answers whether it was there to give."""
        try:
            if shutil.disk_usage(self.path.parent).free >= self.size:
                return False
            self.path.unlink()
        except OSError:
            return False
        log.error("reserve_given_up", size=self.size)
        return True
