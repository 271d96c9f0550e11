"""Rows that are among others: a short list is made and looked up; where it would be long, each row is asked whether it is on it.

PostgreSQL decides between the two from its statistics. SQLite has none: told `in (select ...)` it makes the list, be it two million rows
long, before it shows the first fifty.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, CompoundSelect, Connection, Select, and_, func, or_, select, union_all

SHORT = 50_000
"""So many rows are a list that is made while nobody notices; what has more is met soon on the way through all rows."""


def among(
    connection: Connection, column: Column[int], listed: Select[int], *, short: int = SHORT, at_most: Select[int] | None = None
) -> ColumnElement[bool]:
    """Whether a column's value is among the ids that a query of one column lists.

    `at_most`: rows that are cheaper to count, where it is dear to tell which of them are listed.
    """
    return _asked(column, listed) if _is_long(connection, listed if at_most is None else at_most, short) else column.in_(listed)


def among_known(connection: Connection, column: Column[int], listed: Select[int], *, short: int = SHORT) -> ColumnElement[bool]:
    """The same where the index that finds the rows holds their ids too, so that the first and the last are known without reading a row.

    The walk goes from one to the other: what stands together in the middle, as numbers do, is not looked for among all that came later.
    """
    if not _is_long(connection, listed, short):
        return column.in_(listed)
    (key,) = listed.selected_columns
    first, last = connection.execute(listed.with_only_columns(func.min(key), func.max(key))).one()
    return and_(column.between(first, last), _asked(column, listed))


def among_either(connection: Connection, column: Column[int], *lists: Select[int], short: int = SHORT) -> ColumnElement[bool]:
    """Whether a column's value is on one of several lists; here PostgreSQL has to be told too, as it looks in two lists by making both."""
    together = union_all(*lists)
    if _is_more(connection, together, short):
        return or_(*(_asked(column, listed) for listed in lists))
    return column.in_(together)


def _asked(column: Column[int], listed: Select[int]) -> ColumnElement[bool]:
    (key,) = listed.selected_columns
    return listed.where(key == column).correlate(column.table).exists()


def _is_long(connection: Connection, listed: Select[Any], short: int) -> bool:
    return connection.dialect.name == "sqlite" and _is_more(connection, listed, short)


def _is_more(connection: Connection, listed: Select[Any] | CompoundSelect[Any], short: int) -> bool:
    some = listed.limit(short + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() > short
