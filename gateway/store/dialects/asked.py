"""Texts that rows are asked for once they were found by something else: the index of such a column is left alone.

PostgreSQL knows from its statistics which index finds the fewest rows. SQLite has none: of two that serve it takes the one that names a
value, however many rows have it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Asked(FunctionElement[str]):
    """The column, as SQLite does not look rows up by it."""

    inherit_cache = True
    name = "asked"
    type = Text()


def asked(column: ColumnElement[str]) -> ColumnElement[str]:
    """The column's text, not by its index."""
    return _Asked(column)


@compiles(_Asked)
def _signed(element: _Asked, compiler: SQLCompiler, **words: Any) -> str:
    return f"+{compiler.process(element.clauses, **words)}"


@compiles(_Asked, "postgresql")
def _as_it_is(element: _Asked, compiler: SQLCompiler, **words: Any) -> str:
    return compiler.process(element.clauses, **words)
