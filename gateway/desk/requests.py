"""What waits for a vendor's answer, over all its orders; answering is `telling.do` (sdf 5.4, 5.5, 9.4)."""

from __future__ import annotations

from gateway.desk.pages import Page, page_of
from gateway.desk.scoping import within
from gateway.domain.access import Scope
from gateway.store import Store
from gateway.store.queries import PendingRow, PendingSearch, count_pending, list_pending
from gateway.store.queries.counting import ENOUGH


def search_pending(store: Store, search: PendingSearch, *, scope: Scope, before: int | None = None, most: int = 50) -> Page[PendingRow]:
    """Requests that wait, the newest first."""
    search = within(scope, search)
    with store.reading() as connection:
        rows = list_pending(connection, search, before=before, most=most)
        return page_of(rows, most, lambda: count_pending(connection, search, before=before, most=ENOUGH))
