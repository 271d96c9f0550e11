"""The record of what concerns security, as people look through it, and whether it is whole."""

from __future__ import annotations

from gateway.desk.pages import Page, page_of
from gateway.store import Store, audit
from gateway.store.audit import AuditEntry, AuditSearch, Chain


def list_entries(store: Store, search: AuditSearch, *, most: int, before: int | None = None) -> Page[AuditEntry]:
    """Entries, the newest first."""
    with store.reading() as connection:
        rows = audit.found(connection, search, before=before, most=most)
        return page_of(rows, most, lambda: audit.count(connection, search, before=before))


def verify(store: Store, *, digest: str | None = None) -> Chain:
    """Follow the chain from its beginning; `digest` is one that was noted elsewhere before."""
    with store.reading() as connection:
        return audit.checked(connection, digest=digest)
