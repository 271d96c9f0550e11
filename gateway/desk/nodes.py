"""The processes that work on the store, as people look at them: what each does and holds, and which of them have gone silent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from gateway.kernel.roles import NEEDED, Role
from gateway.store import Store, nodes


class NodeSheet(Struct, frozen=True, kw_only=True):
    """One run of one process. `is_silent`: no sign of life for as long as a lease holds; others have taken over by now."""

    run: str
    name: str
    version: str
    roles: tuple[str, ...]
    since: datetime
    beat_at: datetime
    is_silent: bool
    polls: tuple[str, ...]
    leases: tuple[str, ...]
    work: Mapping[str, int]
    schema: str


def all_nodes(store: Store, *, now: datetime, lease: timedelta) -> list[NodeSheet]:
    """Every run the store knows, oldest first."""
    with store.reading() as connection:
        found, held = nodes.everybody(connection), nodes.holdings(connection, now=now)
    return [_sheet(one, held.get(one.run, nodes.Holding()), is_silent=one.beat_at < now - lease) for one in found]


def missing_roles(sheets: list[NodeSheet]) -> tuple[Role, ...]:
    """The roles that nobody plays though somebody is at work: some files stay where they are."""
    played = {role for sheet in sheets if not sheet.is_silent for role in sheet.roles or tuple(Role)}
    return tuple(role for role in NEEDED if role.value not in played) if played else ()


def _sheet(one: nodes.Node, held: nodes.Holding, *, is_silent: bool) -> NodeSheet:
    return NodeSheet(
        run=one.run,
        name=one.name,
        version=one.version,
        roles=one.roles,
        since=one.started_at,
        beat_at=one.beat_at,
        is_silent=is_silent,
        polls=tuple(name.removeprefix("poll:") for name in held.leases if name.startswith("poll:")),
        leases=tuple(name for name in held.leases if not name.startswith("poll:")),
        work=held.work,
        schema=one.knows,
    )
