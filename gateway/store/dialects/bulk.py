"""Many rows at once, the form each database is quickest with: COPY and arrays on PostgreSQL, driver-level tuples and JSON on SQLite.

Rows are tuples of plain Python values in the order of the columns named; what a column cannot hold is BadData.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Connection, Dialect, Executable, Index, Row, Table, TextClause, UniqueConstraint, text

from gateway.kernel.failpoints import failpoint
from gateway.store.dialects.forms import filled_for_driver, for_driver, from_driver
from gateway.store.faults import BadData, Rule

if TYPE_CHECKING:
    from gateway.store.session import Tx

COPY_FROM = 50
"""From this many rows on COPY is quicker than an INSERT a row."""

Values = tuple[Any, ...]


def bulk_insert(tx: Tx, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> None:
    """Insert rows that are known to be new."""
    if not rows:
        return
    failpoint("in.apply.each_stmt")
    names, bound = filled_for_driver(tx.connection.dialect, table, tuple(columns), rows)
    if not tx.is_sqlite and len(rows) >= COPY_FROM:
        _copy(tx, table, names, bound)
    else:
        _execute_many(tx, table, _insert_sql(table, names, mark="?" if tx.is_sqlite else "%s"), bound)


def bulk_update(tx: Tx, table: Table, key: Sequence[str], columns: Sequence[str], rows: Sequence[Values]) -> int:
    """Set columns of the rows with these keys; a row holds its key first. Answers how many rows were found."""
    return _update(tx, table, tuple(key), tuple(columns), rows, adding=False)


def bulk_add(tx: Tx, table: Table, key: Sequence[str], columns: Sequence[str], rows: Sequence[Values]) -> int:
    """Add to number columns of the rows with these keys, which is safe whatever others have added. Answers how many were found."""
    return _update(tx, table, tuple(key), tuple(columns), rows, adding=True)


def insert_missing(
    tx: Tx, table: Table, columns: Sequence[str], rows: Iterable[Values], *, key: Sequence[str], returning: Sequence[str] = ()
) -> list[Row[Any]]:
    """Insert the rows whose key is not there yet, sorted by key so that no two transactions wait for each other.

    Answers the asked columns of the rows that were inserted. No column may hold bytes.
    """
    names, keys = tuple(columns), tuple(key)
    places = [names.index(name) for name in keys]
    ordered = sorted(rows, key=lambda row: [row[place] for place in places])
    if not ordered:
        return []
    bound = for_driver(tx.connection.dialect, table, names, ordered)
    statement = _missing_sql(table, names, keys, tuple(returning), sqlite=tx.is_sqlite)
    result = tx.connection.execute(statement, _parameters(tx.connection, bound))
    return list(result.all()) if returning else []


def lock_rows(tx: Tx, table: Table, key: Sequence[str], keys: Iterable[Values], columns: Sequence[str]) -> list[Any]:
    """Read and lock the rows with these keys, in the order of their keys."""
    return _fetch(tx.connection, table, tuple(key), keys, tuple(columns), lock=not tx.is_sqlite)


def fetch_rows(
    connection: Connection, table: Table, key: Sequence[str], keys: Iterable[Values], columns: Sequence[str], *, where: str = ""
) -> list[Any]:
    """Read the rows with these keys by one statement, in the order of their keys. The key may be the beginning of a longer one.

    `where` is the condition of a partial index, as the index says it (`live`). A key without an index is a LookupError.
    """
    return _fetch(connection, table, tuple(key), keys, tuple(columns), lock=False, where=where)


def prefer_indexes(tx: Tx) -> None:
    """Booking is key access only; without this, plans made while the tables were empty would scan them for ever."""
    if not tx.is_sqlite:
        tx.connection.exec_driver_sql("set local enable_seqscan = off")


def _update(tx: Tx, table: Table, key: tuple[str, ...], columns: tuple[str, ...], rows: Sequence[Values], *, adding: bool) -> int:
    """Rows are sorted by key, which is the locking order."""
    if not rows:
        return 0
    width = len(key)
    bound = for_driver(tx.connection.dialect, table, key + columns, sorted(rows, key=lambda row: row[:width]))
    if not tx.is_sqlite:
        result = tx.connection.execute(_update_sql(table, key, columns, adding=adding), _parameters(tx.connection, bound))
        return int(result.rowcount)
    sums = ", ".join(f"{name} = {name} + ?" if adding else f"{name} = ?" for name in columns)
    where = " and ".join(f"{name} = ?" for name in key)
    sql = f"update {_quoted(table.name)} set {sums} where {where}"  # noqa: S608  names of our own tables only
    return _execute_many(tx, table, sql, [row[width:] + row[:width] for row in bound])


def _fetch(
    connection: Connection,
    table: Table,
    key: tuple[str, ...],
    keys: Iterable[Values],
    columns: tuple[str, ...],
    *,
    lock: bool,
    where: str = "",
) -> list[Any]:
    wanted = sorted(set(keys))
    if not wanted:
        return []
    bound = for_driver(connection.dialect, table, key, wanted)
    statement = _fetch_sql(table, key, columns, sqlite=connection.dialect.name == "sqlite", lock=lock, where=where)
    return from_driver(connection.dialect, table, columns, connection.execute(statement, _parameters(connection, bound)).all())


# --- statements, made once -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _insert_sql(table: Table, columns: tuple[str, ...], *, mark: str) -> str:
    return f"insert into {_quoted(table.name)} ({_list(columns)}) values ({', '.join([mark] * len(columns))})"  # noqa: S608


@lru_cache(maxsize=256)
def _missing_sql(table: Table, columns: tuple[str, ...], key: tuple[str, ...], returning: tuple[str, ...], *, sqlite: bool) -> Executable:
    """Rows that are there already are passed over before they cost a number; the conflict clause catches those just being made."""
    name = _quoted(table.name)
    there = " and ".join(f"there.{_quoted(k)} = given.{_quoted(k)}" for k in key)
    sql = (
        f"insert into {name} ({_list(columns)}) select {_list(columns)} from {_given(table, columns, sqlite=sqlite)} "  # noqa: S608
        f"where not exists (select 1 from {name} there where {there}) order by {_list(key)} on conflict do nothing"
    )
    if not returning:
        return text(sql)
    return text(f"{sql} returning {_list(returning)}").columns(*(table.c[column] for column in returning))


@lru_cache(maxsize=256)
def _fetch_sql(table: Table, key: tuple[str, ...], columns: tuple[str, ...], *, sqlite: bool, lock: bool, where: str) -> Executable:
    if not _is_indexed(table, key, where):
        raise LookupError(f"{table.name} has no index that begins with {', '.join(key)}{f' where {where}' if where else ''}")
    name = _quoted(table.name)
    join = " and ".join(f"{name}.{_quoted(k)} = given.{_quoted(k)}" for k in key)
    whole = [column.name for column in table.primary_key]
    order = ", ".join(f"{name}.{_quoted(k)}" for k in dict.fromkeys([*key, *whole]))
    told = ", ".join(f"{name}.{_quoted(column)}" for column in columns)
    # A cross join keeps SQLite from walking the table and looking into the list; PostgreSQL needs no help.
    source = f"{_given(table, key, sqlite=sqlite)} {'cross join' if sqlite else 'join'} {name} {'where' if sqlite else 'on'} {join}"
    source += f" and {name}.{where}" if where else ""
    sql = f"select {told} from {source} order by {order}" + (f" for no key update of {name}" if lock else "")  # noqa: S608
    return text(sql)


def _condition(index: Index) -> str:
    """Of which rows a partial index tells; empty for all."""
    where = index.dialect_options["sqlite"]["where"]
    return "" if where is None else str(where)


def _is_indexed(table: Table, key: tuple[str, ...], where: str) -> bool:
    """Whether an index leads to the rows of a key: else every key would be looked for in the whole table."""
    whole = [table.primary_key, *(it for it in table.constraints if isinstance(it, UniqueConstraint))]
    ways = [([column.name for column in it.columns], "") for it in whole]
    ways += [([column.name for column in index.columns], _condition(index)) for index in table.indexes]
    return any(set(key) == set(names[: len(key)]) and condition in {"", where} for names, condition in ways)


@lru_cache(maxsize=256)
def _update_sql(table: Table, key: tuple[str, ...], columns: tuple[str, ...], *, adding: bool) -> TextClause:
    name = _quoted(table.name)
    sums = ", ".join(
        f"{_quoted(c)} = {name}.{_quoted(c)} + given.{_quoted(c)}" if adding else f"{_quoted(c)} = given.{_quoted(c)}" for c in columns
    )
    where = " and ".join(f"{name}.{_quoted(k)} = given.{_quoted(k)}" for k in key)
    return text(f"update {name} set {sums} from {_given(table, key + columns, sqlite=False)} where {where}")  # noqa: S608


def _given(table: Table, columns: tuple[str, ...], *, sqlite: bool) -> str:
    """The rows we bring, as a table called `given`: arrays on PostgreSQL, one JSON text on SQLite."""
    if sqlite:
        taken = ", ".join(f"json_extract(value, '$[{place}]') as {_quoted(column)}" for place, column in enumerate(columns))
        return f"(select {taken} from json_each(:rows)) given"  # noqa: S608
    arrays = ", ".join(f"cast(:a{place} as {_type_name(table, column)}[])" for place, column in enumerate(columns))
    return f"unnest({arrays}) given({_list(columns)})"


def _type_name(table: Table, column: str) -> str:
    """The column's type as PostgreSQL writes it."""
    from sqlalchemy.dialects import postgresql

    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy left its constructor untyped
    return table.c[column].type.compile(dialect=dialect)


def _parameters(connection: Connection, rows: Sequence[Values]) -> dict[str, Any]:
    """One JSON text of rows, or one array a column."""
    if connection.dialect.name == "sqlite":
        return {"rows": msgspec.json.encode(rows).decode()}
    return {f"a{place}": list(column) for place, column in enumerate(zip(*rows, strict=True))}


def _list(names: Iterable[str]) -> str:
    return ", ".join(_quoted(name) for name in names)


def _quoted(name: str) -> str:
    """Our names are plain words; some are also words of SQL."""
    return f'"{name}"'


def _execute_many(tx: Tx, table: Table, sql: str, rows: Sequence[Values]) -> int:
    """Driver-level tuples: no compiling, no processing a value."""
    try:
        return int(tx.connection.exec_driver_sql(sql, list(rows)).rowcount)
    except (OverflowError, UnicodeEncodeError) as error:
        raise BadData(str(error), rule=Rule.VALUE, table=table.name) from error


def _copy(tx: Tx, table: Table, columns: tuple[str, ...], rows: Sequence[Values]) -> None:
    """COPY on the transaction's own connection."""
    driver: Any = tx.connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"copy {_quoted(table.name)} ({_list(columns)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)
