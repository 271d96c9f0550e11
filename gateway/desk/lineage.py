"""File, documents, order lines, batch, outgoing file, acknowledgement: what belongs together, as far as who looks may see it."""

from __future__ import annotations

from gateway.domain.access import Scope
from gateway.kernel.errors import NotFound
from gateway.store import Store
from gateway.store.queries import find_order
from gateway.store.queries.lineage import Lineage, Part, lineage_of


def show_lineage(store: Store, part: Part, name: str, *, scope: Scope) -> Lineage:
    """What belongs to the message, order, batch or outgoing file of this name; what is beyond the scope is left out."""
    with store.reading() as connection:
        number = find_order(connection, name) if part is Part.ORDER else int(name) if name.isascii() and name.isdigit() else None
        found = None if number is None else lineage_of(connection, part, number)
    if found is None:
        raise NotFound(f"there is no {part.value} {name}", remedy="Search for it in the box above.")
    return Lineage(
        files=tuple(it for it in found.files if scope.covers_files_of(it.connector)),
        documents=found.documents,
        orders=tuple(it for it in found.orders if scope.covers(it.vendor)),
        batches=tuple(it for it in found.batches if scope.covers(it.vendor)),
        items=tuple(it for it in found.items if scope.covers_files_of(it.connector)),
        more=found.more,
    )
