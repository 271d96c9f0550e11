"""The claim, the renewal and the fence check, each in both forms (store.md 4, T2 to T4).

SKIP LOCKED belongs to claims and renewals only: a concurrent claim locks a row before it sees that it is taken, so a fence check
that skipped locked rows would lose good leases.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, TextClause, bindparam, text

from gateway.store.tables import work
from gateway.store.types import UtcDateTime

COLUMNS = tuple(column.name for column in work.columns)

_HEAD = "(lane is null or not exists (select 1 from work e where e.lane = work.lane and e.id < work.id))"
_FREE = f"due_at <= :now and (until is null or until < :now) and {_HEAD}"
_LEASED = "holder = :run, fence = fence + 1, attempts = attempts + 1, until = :until"
_NAMED = ", ".join(f"work.{name}" for name in COLUMNS)


def _typed(sql: str) -> Any:
    """The statement with instants bound and the columns of `work` read by their types."""
    return _instants(sql).columns(*(work.c[name] for name in COLUMNS))


def _instants(sql: str) -> TextClause:
    names = [name for name in ("now", "until") if f":{name}" in sql]
    return text(sql).bindparams(*(bindparam(name, type_=UtcDateTime) for name in names))


# MATERIALIZED: without it the planner may update more rows than LIMIT says.
_CLAIM_POSTGRESQL = _typed(
    "with pick as materialized (select w.id from unnest(cast(:connectors as text[])) c cross join lateral ("  # noqa: S608
    f"select id from work where kind = :kind and connector = c and {_FREE} "
    "order by priority, due_at, id limit :each for update skip locked) w limit :most) "
    f"update work set {_LEASED} from pick where work.id = pick.id returning {_NAMED}"
)
# At driver level: an idle node asks this for every connector every second.
_PICK_SQLITE = f"select id from work where kind = :kind and connector = :connector and {_FREE} order by priority, due_at, id limit :each"  # noqa: S608
_TAKE_SQLITE = _typed(
    f"update work set {_LEASED} where id in (select value from json_each(:ids)) returning {', '.join(COLUMNS)}"  # noqa: S608
)
_RENEW_POSTGRESQL = _instants(
    "update work set until = :until where id in ("
    "select w.id from work w join unnest(cast(:ids as bigint[]), cast(:fences as int[])) g(i, f) on w.id = g.i and w.fence = g.f "
    "where w.holder = :run order by w.id for update of w skip locked) returning id"
)
_RENEW_SQLITE = _instants(
    "update work set until = :until where holder = :run and (id, fence) in "
    "(select json_extract(value, '$[0]'), json_extract(value, '$[1]') from json_each(:pairs)) returning id"
)
_FENCE_POSTGRESQL = text(
    "select w.id from work w join unnest(cast(:ids as bigint[]), cast(:fences as int[])) g(i, f) on w.id = g.i and w.fence = g.f "
    "where w.holder = :run order by w.id for update of w"
)
_FENCE_SQLITE = text(
    "select w.id from json_each(:pairs) g cross join work w where w.id = json_extract(g.value, '$[0]') "
    "and w.fence = json_extract(g.value, '$[1]') and w.holder = :run order by w.id"
)


def claim_rows(
    connection: Connection, kind: str, *, run: str, connectors: Sequence[str], now: datetime, until: datetime, most: int, each: int
) -> list[Row[Any]]:
    """Lease up to `most` due rows, at most `each` of one connector, only heads of lanes."""
    given: dict[str, Any] = {"kind": kind, "run": run, "now": now, "until": until}
    if connection.dialect.name != "sqlite":
        return list(connection.execute(_CLAIM_POSTGRESQL, {**given, "connectors": list(connectors), "most": most, "each": each}).all())
    picked: list[int] = []
    at = UtcDateTime().process_bind_param(now, connection.dialect)
    for connector in connectors:
        wanted = min(each, most - len(picked))
        if wanted <= 0:
            break
        found = connection.exec_driver_sql(_PICK_SQLITE, {"kind": kind, "now": at, "connector": connector, "each": wanted})
        picked.extend(found.scalars())
    if not picked:
        return []
    return list(connection.execute(_TAKE_SQLITE, {"run": run, "until": until, "ids": _json(picked)}).all())


def renew_rows(connection: Connection, pairs: Sequence[tuple[int, int]], *, run: str, until: datetime) -> set[int]:
    """Put off the end of these leases (id, fence); answers the ids that are still ours and were free to renew."""
    given: dict[str, Any] = {"run": run, "until": until}
    if connection.dialect.name == "sqlite":
        return set(connection.execute(_RENEW_SQLITE, {**given, "pairs": _json(pairs)}).scalars())
    return set(connection.execute(_RENEW_POSTGRESQL, {**given, **_arrays(pairs)}).scalars())


def fence_rows(connection: Connection, pairs: Sequence[tuple[int, int]], *, run: str) -> set[int]:
    """Lock these rows, sorted, and answer the ids that are still ours; nobody can claim them until we commit."""
    if connection.dialect.name == "sqlite":
        return set(connection.execute(_FENCE_SQLITE, {"run": run, "pairs": _json(pairs)}).scalars())
    return set(connection.execute(_FENCE_POSTGRESQL, {"run": run, **_arrays(pairs)}).scalars())


def _arrays(pairs: Sequence[tuple[int, int]]) -> dict[str, list[int]]:
    return {"ids": [pair[0] for pair in pairs], "fences": [pair[1] for pair in pairs]}


def _json(value: Sequence[int] | Sequence[tuple[int, int]]) -> str:
    """As SQLite's json_each takes it."""
    return str([list(part) if isinstance(part, tuple) else part for part in value])
