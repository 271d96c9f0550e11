"""Values as our types hold them and as the drivers take and give them, many rows at once.

Column by column is three times as quick as row by row, and forms that repeat (amounts, days, instants) are remembered.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Dialect, String, Table, Text
from sqlalchemy.types import TypeEngine

from gateway.store.faults import BadData, Rule
from gateway.store.types import Amount, Day, UtcDateTime

REMEMBERED = 8192
"""Values a type remembers the other form of."""

Values = tuple[Any, ...]
Turn = Callable[[Any], Any]


def for_driver(dialect: Dialect, table: Table, columns: tuple[str, ...], rows: Sequence[Values]) -> Sequence[Values]:
    """The rows as the driver takes them."""
    binders = _binders(dialect, table, columns)
    if not binders or not rows:
        return rows
    told: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for place, bind in binders:
        told[place] = _bound(bind, told[place], table)
    return list(zip(*told, strict=True))


def filled_for_driver(
    dialect: Dialect, table: Table, columns: tuple[str, ...], rows: Sequence[Values]
) -> tuple[tuple[str, ...], Sequence[Values]]:
    """The same without the columns that nobody fills; half of a wide table often is."""
    told: list[Sequence[Any]] = list(zip(*rows, strict=True))
    size = len(rows)
    blank = {place for place in _omissible(table, columns) if told[place][0] is None and told[place].count(None) == size}
    if len(blank) == len(columns):
        blank = set()
    for place, bind in _binders(dialect, table, columns):
        if place not in blank:
            told[place] = _bound(bind, told[place], table)
    if not blank:
        return columns, list(zip(*told, strict=True))
    kept = [place for place in range(len(columns)) if place not in blank]
    return tuple(columns[place] for place in kept), list(zip(*(told[place] for place in kept), strict=True))


def _bound(bind: Turn, values: Sequence[Any], table: Table) -> list[Any]:
    try:
        return [None if value is None else bind(value) for value in values]
    except (ValueError, ArithmeticError) as error:
        raise BadData(str(error), rule=Rule.VALUE, table=table.name) from error


@lru_cache(maxsize=256)
def _omissible(table: Table, columns: tuple[str, ...]) -> tuple[int, ...]:
    """The places of columns that hold nothing when nothing is said."""
    return tuple(place for place, name in enumerate(columns) if table.c[name].nullable and table.c[name].server_default is None)


@lru_cache(maxsize=256)
def _binders(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> tuple[tuple[int, Turn], ...]:
    """The places whose values the driver does not take as they are, and what makes them so."""
    found = ((place, _binder(dialect, table.c[name].type)) for place, name in enumerate(columns))
    return tuple((place, bind) for place, bind in found if bind is not None)


def _binder(dialect: Dialect, kind: TypeEngine[Any]) -> Turn | None:
    """Amounts, days and instants repeat, so their forms are remembered. Words of an enum become plain text: psycopg would write names."""
    if isinstance(kind, Amount | Day | UtcDateTime):
        return lru_cache(maxsize=REMEMBERED)(partial(kind.process_bind_param, dialect=dialect))
    if isinstance(kind, String | Text):
        return None if dialect.name == "sqlite" and isinstance(kind, Text) else str
    return kind.dialect_impl(dialect).bind_processor(dialect)


def from_driver(dialect: Dialect, table: Table, columns: tuple[str, ...], rows: Iterable[Values]) -> list[Any]:
    """The rows as our types hold them, with their columns as attributes."""
    told: list[Iterable[Any]] = list(zip(*rows, strict=True))
    if not told:
        return []
    for place, turn in _turns(dialect, table, columns):
        told[place] = [None if value is None else turn(value) for value in told[place]]
    return list(map(_named(columns)._make, zip(*told, strict=True)))


@lru_cache(maxsize=256)
def _turns(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> tuple[tuple[int, Turn], ...]:
    """The places whose values the driver does not give as we hold them."""
    found = ((place, _turn(dialect, table.c[name].type)) for place, name in enumerate(columns))
    return tuple((place, turn) for place, turn in found if turn is not None)


def _turn(dialect: Dialect, kind: TypeEngine[Any]) -> Turn | None:
    """Only what cannot be changed by whoever gets it is remembered; a JSON value is made anew."""
    if isinstance(kind, Amount | Day | UtcDateTime):
        return lru_cache(maxsize=REMEMBERED)(partial(kind.process_result_value, dialect=dialect))
    return kind.dialect_impl(dialect).result_processor(dialect, None)


@lru_cache(maxsize=256)
def _named(columns: tuple[str, ...]) -> Any:
    """A row with these attributes."""
    return namedtuple("Found", columns)  # noqa: PYI024 - the columns are known when the program runs
