"""Archive clean-up: bytes that nothing refers to any more, once they are older than `archive` of `[retention]`.

What is referred to is never removed, however old: by a received or an outgoing file, by any other row that has a key of the archive,
or by the journal of departures, which a restored store is compared with.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from sqlalchemy import CompoundSelect, Connection, CursorResult, select, union

from gateway.delivery import departures
from gateway.jobs.place import Place
from gateway.runtime import Ran
from gateway.store.tables import metadata

KEY = "archive_key"
"""The column of every table that refers to the archive."""
LEAST = timedelta(days=1)
"""Younger bytes may belong to a row that is being written."""
MOST = 10_000
"""Removed in one run; the rest follows with the next."""
SHOWN = 100


def clean_archive(place: Place) -> Ran:
    """Remove what nothing refers to."""
    unless_since = _since(place)
    removed = sum(place.archive.remove(key, unless_since=unless_since) for key in _unreferenced(place, unless_since))
    return Ran(done=removed)


def plan_archive(place: Place) -> tuple[str, ...]:
    """What a run would remove."""
    found = _unreferenced(place, _since(place))
    told = [f"would remove {place.archive.path(key)}" for key in found[:SHOWN]]
    return (*told, f"and {len(found) - SHOWN} more") if len(found) > SHOWN else tuple(told)


def _since(place: Place) -> float:
    return (place.clock.now() - max(LEAST, place.workspace.settings.retention.archive)).timestamp()


def _unreferenced(place: Place, unless_since: float) -> list[str]:
    """Keys that are old enough and that no row and no departure names."""
    with place.store.reading() as connection, _referred(connection) as rows:
        missing = _missing(place.archive.keys(), (str(row[0]) for row in rows))
        keys = (key for key in missing if _is_old(place, key, unless_since))
        found = dict.fromkeys(islice(keys, MOST))
    for departure in departures(place.archive.folder) if found else ():
        found.pop(departure.sha256, None)
    return list(found)


def _is_old(place: Place, key: str, unless_since: float) -> bool:
    written_at = place.archive.written_at(key)
    return written_at is not None and written_at < unless_since


def _referred(connection: Connection) -> CursorResult[tuple[str]]:
    """Every key that a row names, sorted, without having all of them in memory."""
    return connection.execution_options(yield_per=1_000).execute(_keys())


def _keys() -> CompoundSelect[tuple[str]]:
    named = union(*(select(table.c[KEY]).where(table.c[KEY].is_not(None)) for table in metadata.sorted_tables if KEY in table.c))
    return named.order_by(named.selected_columns[0])


def _missing(keys: Iterator[str], referred: Iterator[str]) -> Iterator[str]:
    """Those of the first that are not among the second; both are sorted."""
    other = next(referred, None)
    for key in keys:
        while other is not None and other < key:
            other = next(referred, None)
        if other != key:
            yield key
