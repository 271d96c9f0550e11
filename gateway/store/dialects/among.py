"""Rows that are among others: a short list is made and looked up; where it would be long, each row is asked whether it is on it.

PostgreSQL decides between the two from its statistics. SQLite has none: told `in (select ...)` it makes the list, be it two million rows
long, before it shows the first fifty.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, func, select

SHORT = 50_000
"""So many rows are a list that is made while nobody notices; what has more is met soon on the way through all rows."""


def among(connection: Connection, column: Column[int], listed: Select[int], *, short: int = SHORT) -> ColumnElement[bool]:
    """Whether a column's value is among the ids that a query of one column lists."""
    if connection.dialect.name != "sqlite" or not _is_long(connection, listed, short):
        return column.in_(listed)
    (key,) = listed.selected_columns
    return listed.where(key == column).correlate(column.table).exists()


def _is_long(connection: Connection, listed: Select[Any], short: int) -> bool:
    some = listed.limit(short + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() > short
