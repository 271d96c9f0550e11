"""Looks at the processes of a world while it plays: memory, descriptors, threads, and how long the database's log grows."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.chaos.world import World

MEMORY = 400_000_000
DESCRIPTORS = 120
THREADS = 60
LOG = 64_000_000
GLANCE = 0.25


class Watch:
    """Samples every process whose log is that of this world, on a thread."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._highest: dict[str, int] = {"memory": 0, "descriptors": 0, "threads": 0, "log": 0}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def complaints(self) -> list[str]:
        """What was beyond its bound."""
        return self.beyond({"memory": MEMORY, "descriptors": DESCRIPTORS, "threads": THREADS, "log": LOG})

    def beyond(self, bounds: Mapping[str, int]) -> list[str]:
        """What was beyond these bounds."""
        return [f"{what} rose to {self._highest[what]}, the bound is {most}" for what, most in bounds.items() if self._highest[what] > most]

    def _look(self) -> None:
        while not self._stop.wait(GLANCE):
            for pid in self._pids():
                with suppress(OSError, ValueError):
                    self._sample(pid)
            with suppress(OSError):
                self._note("log", (self._world.root / "var/gateway.db-wal").stat().st_size)

    def _pids(self) -> list[Path]:
        said = str(self._world.log)
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if str((process / "fd/2").readlink()) == said:
                    found.append(process)
        return found

    def _sample(self, process: Path) -> None:
        words = (process / "status").read_text().split()
        self._note("memory", int(words[words.index("RssAnon:") + 1]) * 1024)
        self._note("threads", int(words[words.index("Threads:") + 1]))
        self._note("descriptors", len(list((process / "fd").iterdir())))

    def _note(self, what: str, found: int) -> None:
        self._highest[what] = max(self._highest[what], found)
