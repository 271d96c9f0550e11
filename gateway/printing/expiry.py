"""Printed documents go after their time: they hold names and addresses, and can be made again while their batch is there."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec import Struct

from gateway.archive import Archive
from gateway.config import Workspace
from gateway.kernel import Clock
from gateway.store import Store, slips
from gateway.store.slips import SlipDocument

EACH = 200


class Expired(Struct, frozen=True):
    """How many documents went, and how many stayed although their time is over."""

    done: int
    failed: int


def expire(store: Store, clock: Clock, workspace: Workspace) -> Expired:
    """Let every document go whose time is over; safe to repeat and to kill."""
    archive = Archive(workspace.paths.archive)
    done = 0
    while True:
        found = over(store, clock)
        if not found:
            return Expired(done, 0)
        forget(store, archive, found)
        done += len(found)


def over(store: Store, clock: Clock, *, most: int = EACH) -> list[SlipDocument]:
    """The documents whose time is over, the oldest first."""
    with store.reading() as connection:
        return slips.expired(connection, now=clock.now(), most=most)


def forget(store: Store, archive: Archive, documents: Sequence[SlipDocument]) -> None:
    """These documents are no more, nor are their bytes, unless something else has the same ones."""
    since = time.time()  # of the file system, for bytes that are brought again meanwhile
    with store.transaction() as tx:
        keys = slips.let_go(tx, documents)
    for key in keys:
        archive.remove(key, unless_since=since)
