"""How the endpoints of a workspace stand, as its store knows: looked at without making or changing a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, make_url

from gateway.config import Workspace
from gateway.kernel.errors import StoreBusy
from gateway.store import Durability, Store
from gateway.store.migrations import current, head
from gateway.store.queries import EndpointRow, EndpointState, endpoints_in_trouble

T = TypeVar("T")


def endpoint_states(workspace: Workspace) -> Mapping[str, EndpointRow]:
    """How every endpoint stands; of those that are not off nothing where there is no store, or it cannot be asked now."""
    off = {name for name, connector in workspace.connectors.items() if not connector.enabled}
    found = glance(workspace, endpoints_in_trouble)
    if found is None:
        return {name: EndpointRow(endpoint=name, state=EndpointState.OFF) for name in off}
    quiet = {name: EndpointState.OFF if name in off else EndpointState.FINE for name in workspace.connectors}
    return {name: found.get(name) or EndpointRow(endpoint=name, state=state) for name, state in quiet.items()}


def glance(workspace: Workspace, look: Callable[[Connection], T]) -> T | None:
    """What a look into the store gives; None where there is no store of this schema, or it cannot be asked now."""
    url = make_url(workspace.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return None
    try:
        if current(workspace.database_url) != head():
            return None
        with closing(Store(workspace.database_url, durability=Durability.UNCHECKED)) as store, store.reading() as connection:
            return look(connection)
    except StoreBusy:
        return None
