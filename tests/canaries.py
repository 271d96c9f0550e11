"""Planted words of customers, and a search for them through everything that a gateway keeps."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from sqlalchemy import select

from gateway.store import Store
from gateway.store.tables import metadata

CANARY = re.compile(rb"canary\d*", re.IGNORECASE)
PERSONAL = (
    *("prefix", "first_name", "last_name", "company_name", "address_line_1", "address_line_2", "apartment", "city", "state_province"),
    *("postal_code", "day_phone", "evening_phone", "email", "order_message", "gift_message", "order_line_message"),
    *("customization_message", "shipping_instructions"),
)


def planted(order: bytes | str) -> str:
    """The order with a bird in every field in which a customer is known or has a word."""
    number = count()
    text = order.decode() if isinstance(order, bytes) else order
    return re.sub(rf"<({'|'.join(PERSONAL)})>[^<]*<", lambda found: f"<{found[1]}>canary{next(number)}<", text)


def in_store(store: Store) -> list[str]:
    """Every column of every table that still sings: `table.column: bird`."""
    return sorted(set(_in_store(store)))


def in_files(folder: Path) -> list[str]:
    """Every file below a folder that still sings, packed or not."""
    return sorted(f"{path.relative_to(folder)}: {bird}" for path in folder.rglob("*") if path.is_file() for bird in _in(_bytes(path)))


def _in_store(store: Store) -> Iterator[str]:
    with store.reading() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for name, value in row.items():
                    yield from (f"{table.name}.{name}: {bird}" for bird in _in(value if isinstance(value, bytes) else str(value).encode()))


def _bytes(path: Path) -> bytes:
    packed = path.read_bytes()
    return gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed


def _in(value: bytes) -> set[str]:
    return {found.decode() for found in CANARY.findall(value)}
