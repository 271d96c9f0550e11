"""How many rows a list would have, were it not cut; a page counts no further than ten thousand."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, func, select

ENOUGH = 10_000
"""What a page of a list counts to; one more stands for more than that."""


class Found(Struct, frozen=True):
    """The ids of a page, and how many rows the search finds from there on; one more than was to be counted stands for any more."""

    ids: list[int]
    count: int


def find(connection: Connection, chosen: Select[int], *, most: int, upto: int = 0) -> Found:
    """The first ids of a query that says an order, and how many there are, counted to `upto` and one more.

    Both in one go: what few rows have, or what old ones have, is looked for long, and would be looked for twice.
    """
    ids = list(connection.execute(chosen.limit(max(most, upto + 1))).scalars())
    return Found(ids[:most], len(ids))


def count(connection: Connection, chosen: Select[*tuple[Any, ...]], *, most: int | None = None) -> int:
    """The number of rows of a query; with `most`, no more than that and one are counted.

    A query that says an order is counted in it: from the newest on, what people look for is met long before all rows are looked at.
    """
    limited = chosen.order_by(None) if most is None else chosen.limit(most + 1)
    return connection.execute(select(func.count()).select_from(limited.subquery())).scalar_one()
