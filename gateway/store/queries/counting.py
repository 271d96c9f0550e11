"""How many rows a list would have, were it not cut; a page counts no further than ten thousand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, select

ENOUGH = 10_000
"""What a page of a list counts to; one more stands for more than that."""


def count(connection: Connection, chosen: Select[*tuple[Any, ...]], *, most: int | None = None) -> int:
    """The number of rows of a query; with `most`, no more than that and one are counted.

    A query that says an order is counted in it: from the newest on, what people look for is met long before all rows are looked at.
    """
    limited = chosen.order_by(None) if most is None else chosen.limit(most + 1)
    return connection.execute(select(func.count()).select_from(limited.subquery())).scalar_one()
