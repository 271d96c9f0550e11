"""Instants as people read them: UTC in one form inside sentences, which are stored and logged; the zone of the business where it is shown.

Not for the names of files and the contents of documents: their forms are the partner's.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

_TOLD = re.compile(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?) UTC\b")


def in_utc(at: datetime) -> str:
    """An instant inside a sentence.

    >>> in_utc(datetime(2026, 11, 22, 3, 26, 13, tzinfo=UTC))
    '2026-11-22 03:26:13 UTC'
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def as_read(at: datetime, zone: tzinfo) -> str:
    """An instant as people of a zone read it, with the zone named."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def retold(text: str, zone: tzinfo) -> str:
    """A sentence with every instant that it names as people of a zone read it.

    >>> from zoneinfo import ZoneInfo
    >>> retold("cut off since 2026-11-22 03:26:13 UTC", ZoneInfo("America/New_York"))
    'cut off since 2026-11-21 22:26:13 EST'
    """
    return _TOLD.sub(lambda found: as_read(datetime.fromisoformat(found[1]).replace(tzinfo=UTC), zone), text)
