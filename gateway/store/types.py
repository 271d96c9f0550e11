"""Column types that mean the same on SQLite and PostgreSQL: instants, days, exact amounts, JSON and bytes.

What a database cannot keep exactly is refused when it is bound, never rounded.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Date, DateTime, Dialect, Integer, LargeBinary, Numeric, Text, TypeDecorator
from sqlalchemy.types import TypeEngine, UserDefinedType

from gateway.kernel.typed import decode

PLACES = 4
DIGITS = 18
_FINEST = Decimal(1).scaleb(-PLACES)
_MOST = 10**DIGITS

Id = BigInteger().with_variant(Integer(), "sqlite")
"""A row id: bigint on PostgreSQL; SQLite numbers rows only in columns it calls INTEGER."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, UTC: timestamptz on PostgreSQL; on SQLite text of fixed width that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant must carry its zone, found {value.isoformat()}")
        if dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


class Day(TypeDecorator[date]):
    """A calendar day without zone: date on PostgreSQL, ISO text on SQLite."""

    impl = Date()
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return date.fromisoformat(value) if isinstance(value, str) else value


class Amount(TypeDecorator[Decimal]):
    """An exact amount of up to 14 digits and four places: numeric(18,4), on SQLite an integer of ten-thousandths."""

    impl = Numeric(DIGITS, PLACES)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Numeric(DIGITS, PLACES))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        scaled = value.scaleb(PLACES)
        units = int(scaled)
        if units != scaled or not -_MOST < units < _MOST:
            raise ValueError(f"an amount has at most {DIGITS - PLACES} digits and {PLACES} places, found {value}")
        return units if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(value).scaleb(-PLACES) if dialect.name == "sqlite" else Decimal(value).quantize(_FINEST)


class _PostgresJson(UserDefinedType[Any]):
    """PostgreSQL's json: keeps the text as it was written; the driver reads it back as plain values."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "JSON"


class Json(TypeDecorator[Any]):
    """Any plain value or msgspec struct; decimals and dates become text."""

    impl = Text()
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else _PostgresJson())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return decode(value) if value is not None and dialect.name == "sqlite" else value


Bytes = LargeBinary
