"""One serving process on a SQLite store: the second one is told, not let loose on one writer."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.config import Workspace
from gateway.kernel.errors import AlreadyRunning
from gateway.store import Store

LOCK = "gateway.lock"


@contextmanager
def only_one(workspace: Workspace, store: Store) -> Iterator[None]:
    """Hold the workspace's lock while the body runs; AlreadyRunning names the process that has it. Not needed on PostgreSQL."""
    if not store.is_sqlite:
        yield
        return
    workspace.paths.var.mkdir(parents=True, exist_ok=True)
    with (workspace.paths.var / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise AlreadyRunning(
                f"process {holder} already works on this workspace; stop it, or use PostgreSQL (database.url) to run several nodes"
            ) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
