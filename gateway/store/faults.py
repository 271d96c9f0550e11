"""What a database error means for the work that met it, by SQLSTATE or SQLite code, never by text (store.md 4).

Busy: the same work again. Away: stop claiming. Outcome unknown: read back first. Bad data: somebody's document is at fault.
"""

from __future__ import annotations

import re
import sqlite3
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, UniqueConstraint
from sqlalchemy.exc import DBAPIError, StatementError

from gateway.kernel.errors import ConfigError, GatewayError, LeaseLost, StoreBusy
from gateway.store.tables import metadata


class StoreAway(StoreBusy):
    """The database cannot be reached or has no room; nobody claims until it is back."""


class OutcomeUnknown(StoreBusy):
    """The connection broke while committing; what became of it is read back before anything is repeated."""


class Rule(StrEnum):
    """The kind of rule that refused a value."""

    UNIQUE = "unique"
    CHECK = "check"
    FOREIGN_KEY = "foreign key"
    NOT_NULL = "not null"
    APPEND_ONLY = "append only"
    VALUE = "value"


class BadData(GatewayError):
    """The database refuses what was written; names the table and the constraint, as far as the database tells them."""

    def __init__(self, text: str, *, rule: Rule, table: str = "", constraint: str = "") -> None:
        super().__init__(text)
        self.rule = rule
        self.table = table
        self.constraint = constraint


_TRANSIENT = {"40001", "40P01", "55P03", "57014"}
_AWAY = ("08", "53", "57P", "58")
_AWAY_EXACT = {"25006", "25P03"}
_RULES = {"23505": Rule.UNIQUE, "23514": Rule.CHECK, "23503": Rule.FOREIGN_KEY, "23502": Rule.NOT_NULL, "23001": Rule.APPEND_ONLY}
_RECEIPT_KEY = "pk_receipt"


def translated(error: Exception, *, committing: bool) -> Exception:
    """Our error for a driver's or SQLAlchemy's; anything that is no fault of data or database comes back as it is."""
    orig = error.orig if isinstance(error, StatementError) else error
    if isinstance(orig, sqlite3.Error):
        found = _of_sqlite(orig)
    elif hasattr(orig, "sqlstate"):
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        found = _of_postgresql(orig, lost=lost)
    elif isinstance(error, StatementError) and isinstance(orig, ValueError | ArithmeticError):
        found = BadData(str(orig), rule=Rule.VALUE)
    else:
        return error
    if found is None:
        return error
    if committing and isinstance(found, StoreAway) and not _was_rolled_back(orig):
        return OutcomeUnknown(str(found))
    return found


def _was_rolled_back(orig: Any) -> bool:
    """SQLite without room has not committed, and says so."""
    return isinstance(orig, sqlite3.Error) and getattr(orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL


def _of_postgresql(orig: Any, *, lost: bool) -> Exception | None:
    """By SQLSTATE; a lost connection has none."""
    state: str | None = orig.sqlstate
    text = (orig.diag.message_primary or str(orig)).strip()  # its detail would show the row, and so what a partner wrote
    if state is None:
        return StoreAway(text) if lost or type(orig).__name__ in {"OperationalError", "InterfaceError"} else _value_fault(orig, text)
    if state in _TRANSIENT:
        return StoreBusy(text)
    if state in _AWAY_EXACT or state.startswith(_AWAY):
        return StoreAway(text)
    if state == "40003":
        return OutcomeUnknown(text)
    table, constraint = orig.diag.table_name or "", orig.diag.constraint_name or ""
    if state in _RULES:
        return _broken(text, _RULES[state], table, constraint)
    return BadData(text, rule=Rule.VALUE, table=table) if state.startswith(("22", "23")) else None


def _value_fault(orig: Any, text: str) -> Exception | None:
    """The driver itself could not write a value (a NUL in a text, a lone surrogate)."""
    return BadData(text, rule=Rule.VALUE) if type(orig).__name__ == "DataError" else None


def _of_sqlite(orig: sqlite3.Error) -> Exception | None:
    """By the primary code; constraints by the extended one."""
    code: int = getattr(orig, "sqlite_errorcode", 0) or 0
    text = str(orig)
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy(text)
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_NOMEM:
            return StoreAway(text)
        case sqlite3.SQLITE_CONSTRAINT:
            return _of_sqlite_constraint(code, text)
        case sqlite3.SQLITE_MISMATCH | sqlite3.SQLITE_TOOBIG | sqlite3.SQLITE_RANGE:
            return BadData(text, rule=Rule.VALUE)
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return ConfigError(
                f"the database file is damaged, or no database of SQLite ({text}): bring back a backup, or name another as database.url"
            )
        case _:
            return None


def _of_sqlite_constraint(code: int, text: str) -> Exception:
    """SQLite tells a check by name, a unique rule by its columns, a foreign key not at all."""
    told = text.partition(": ")[2]
    match code:
        case sqlite3.SQLITE_CONSTRAINT_CHECK:
            found = re.fullmatch(r"\w+", told)
            return _broken(text, Rule.CHECK, _table_of_check(told) if found else "", told)
        case sqlite3.SQLITE_CONSTRAINT_UNIQUE | sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY | sqlite3.SQLITE_CONSTRAINT_ROWID:
            table, columns = _table_and_columns(told)
            return _broken(text, Rule.UNIQUE, table, _unique_name(table, columns))
        case sqlite3.SQLITE_CONSTRAINT_NOTNULL:
            return _broken(text, Rule.NOT_NULL, told.partition(".")[0], "")
        case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
            return _broken(text, Rule.FOREIGN_KEY, "", "")
        case sqlite3.SQLITE_CONSTRAINT_TRIGGER:
            return _broken(text, Rule.APPEND_ONLY, text.partition(" ")[0], "")
        case _:
            return BadData(text, rule=Rule.VALUE)


def _broken(text: str, rule: Rule, table: str, constraint: str) -> Exception:
    """A second receipt for one place means that somebody else decided it: the lease is gone."""
    if rule is Rule.UNIQUE and constraint == _RECEIPT_KEY:
        return LeaseLost(text)
    return BadData(text, rule=rule, table=table, constraint=constraint)


def _table_of_check(name: str) -> str:
    """The table whose named check this is; the longest name wins, since one table's name may begin another's."""
    return max((table for table in metadata.tables if name.startswith(f"ck_{table}_")), key=len, default="")


def _table_and_columns(told: str) -> tuple[str, frozenset[str]]:
    """`batch_line.order_id, batch_line.line_no` taken apart."""
    parts = [part.strip().split(".") for part in told.split(",")]
    if any(len(part) != 2 for part in parts):
        return "", frozenset()
    return parts[0][0], frozenset(column for _, column in parts)


def _unique_name(table_name: str, columns: frozenset[str]) -> str:
    """The name under which PostgreSQL would tell the same rule."""
    table = metadata.tables.get(table_name)
    if table is None:
        return ""
    return next((name for name, names in _unique_rules(table) if names == columns), "")


def _unique_rules(table: Table) -> list[tuple[str, frozenset[str]]]:
    """Every unique rule of a table: primary key, constraints, indexes."""
    rules = [(f"pk_{table.name}", frozenset(column.name for column in table.primary_key))]
    rules += [
        (str(c.name or _made_name(c)), frozenset(column.name for column in c.columns))
        for c in table.constraints
        if isinstance(c, UniqueConstraint)
    ]
    rules += [(str(index.name), frozenset(column.name for column in index.columns)) for index in table.indexes if index.unique]
    return rules


def _made_name(constraint: UniqueConstraint) -> str:
    """The name by the naming convention."""
    return f"uq_{constraint.table.name}_{'_'.join(column.name for column in constraint.columns)}"
