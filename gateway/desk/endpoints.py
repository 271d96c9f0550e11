"""How the endpoints of a workspace stand, as its store knows: looked at without making or changing a store."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from gateway.config import Workspace
from gateway.kernel.errors import StoreBusy
from gateway.store import Durability, Store
from gateway.store.migrations import current, head
from gateway.store.queries import EndpointRow, EndpointState, endpoints_in_trouble


def endpoint_states(workspace: Workspace) -> Mapping[str, EndpointRow]:
    """How every endpoint stands; nothing where there is no store, or it cannot be asked now."""
    url = make_url(workspace.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return {}
    try:
        if current(workspace.database_url) != head():
            return {}
        with closing(Store(workspace.database_url, durability=Durability.UNCHECKED)) as store, store.reading() as connection:
            found = endpoints_in_trouble(connection)
    except StoreBusy:
        return {}
    return {name: found.get(name) or EndpointRow(endpoint=name, state=EndpointState.FINE) for name in workspace.connectors}
