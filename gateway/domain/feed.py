"""The change feed to the originating systems (sdf 4.3): what an entry holds, and the document it becomes."""

from __future__ import annotations

from gateway.documents import StatusChange
from gateway.domain.outcome import FeedEntry


def status_change(entry: FeedEntry, sequence: int) -> StatusChange:
    """The entry as a document, with the number it got."""
    raise NotImplementedError
