"""What jobs work with, built once by the application."""

from __future__ import annotations

from msgspec import Struct

from gateway.archive import Archive
from gateway.booking import Master
from gateway.config import Workspace
from gateway.intake import Reader
from gateway.kernel import Clock
from gateway.outgoing import Tools
from gateway.store import Store


class Place(Struct, frozen=True, kw_only=True):
    """The collaborators of every job."""

    workspace: Workspace
    store: Store
    archive: Archive
    master: Master
    clock: Clock
    tools: Tools
    reader: Reader
