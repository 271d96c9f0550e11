"""A batch as CSV by hand: one query, the driver's cursor, csv.writer; on PostgreSQL one COPY. The bytes are those of `batch-csv`."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path

import psycopg
from msgspec import Struct

PARTY = (
    *("prefix", "first_name", "middle_name", "last_name", "suffix", "company", "address1", "apartment", "address2", "address3", "address4"),
    *("city", "region", "postal_code", "country", "day_phone", "evening_phone", "email"),
)
PARTY_HEADS = (
    "prefix first middle last suffix company address1 apt address2 address3 address4 city state postal country day_phone eve_phone email"
)
HEADING = (
    *("batch_id", "generated_at", "vendor_code", "vendor_name", "brand_code", "brand_name", "po_number", "po_entered_date"),
    *("order_number", "location_code", "buyer_code", "ship_via_code", "ship_via_description", "gift", "ship_complete"),
    "shipping_instructions",
    *(f"{role}_{name}" for role in ("sold_to", "ship_to") for name in PARTY_HEADS.split()),
    *("po_line_number", "retailer_item", "retailer_item_description", "vendor_item", "vendor_item_description", "order_qty", "print_qty"),
    *("unit_price", "line_tax", "due_date", "gift_wrap", "customizations", "line_messages", "order_messages", "gift_messages"),
    *("pay_method", "freight", "additional_freight", "freight_tax", "tax_total", "paid_amount", "currency"),
)


class Names(Struct, frozen=True):
    """What the file shows and the tables do not hold."""

    batch: int
    made_at: str
    brands: dict[str, str]
    carriers: dict[str, str]


def with_driver(path: Path, target: Path, names: Names) -> int:
    """The batch from SQLite into a file; answers its rows."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(HEADING)
        cursor = connection.execute(_query(_Sqlite(), names), {"batch": names.batch, "made_at": names.made_at})
        rows = 0
        while some := cursor.fetchmany(1000):
            writer.writerows(some)
            rows += len(some)
    connection.close()
    return rows


def with_copy(url: str, target: Path, names: Names) -> int:
    """The batch from PostgreSQL into a file; answers its bytes."""
    query = _query(_Postgresql(), names).replace(":batch", str(names.batch)).replace(":made_at", f"'{names.made_at}'")
    statement = f"copy ({query}) to stdout (format csv, header, force_quote *)".encode()
    with psycopg.connect(url.replace("+psycopg", "")) as connection, target.open("wb") as file, connection.cursor().copy(statement) as copy:
        return sum(file.write(block) for block in copy)


class _Sqlite:
    """How SQLite's text functions spell what the file shows."""

    def joined(self, value: str, where: str) -> str:
        return f"(select group_concat(shown, ' | ') from (select {value} as shown from order_text t where {where} order by seq))"

    def money(self, column: str) -> str:
        return f"printf('%d.%02d', {column} / 10000, {column} % 10000 / 100)"

    def price(self, column: str) -> str:
        fine = f"rtrim(printf('%d.%04d', {column} / 10000, {column} % 10000), '0')"
        return f"case when {column} % 100 = 0 then {self.money(column)} else {fine} end"

    def flag(self, column: str) -> str:
        return f"case when {column} then 'Y' else 'N' end"


class _Postgresql(_Sqlite):
    """The same for PostgreSQL."""

    def joined(self, value: str, where: str) -> str:
        return f"(select string_agg({value}, ' | ' order by seq) from order_text t where {where})"

    def money(self, column: str) -> str:
        return f"round({column}, 2)::text"

    def price(self, column: str) -> str:
        return f"case when {column} = round({column}, 2) then {self.money(column)} else rtrim({column}::text, '0') end"


def _query(sql: _Sqlite, names: Names) -> str:
    """Every column as text, absent ones empty; a gift shows no amounts."""

    def unless_gift(shown: str) -> str:
        return f"case when o.gift then '' else {shown} end"

    def name_of(column: str, told: dict[str, str]) -> str:
        return f"case {column} {' '.join(f'''when '{code}' then '{name}' ''' for code, name in told.items())} else '' end"

    customization = "case when t.value is null then t.code else t.code || '=' || t.value end"
    taxes = sql.money("(select sum(tax) from order_line s where s.order_id = o.id)")
    columns = (
        *(
            "cast(:batch as text)",
            "cast(:made_at as text)",
            "o.vendor",
            "o.vendor_name",
            "o.brand",
            name_of("o.brand", names.brands),
            "k.po_no",
        ),
        *("o.entered_on", "o.sales_order", "o.location", "o.buyer", "l.carrier", name_of("l.carrier", names.carriers), sql.flag("o.gift")),
        *(sql.flag("o.ship_complete"), "o.shipping_instructions"),
        *(f"{role}.{name}" for role in ("b", "s") for name in PARTY),
        *("l.line_no", "l.item", "l.description", "l.vendor_item", "l.vendor_description", "l.ordered", "n.quantity"),
        *(unless_gift(sql.price("l.unit_cost")), unless_gift(sql.money("l.tax")), "l.due_on", sql.flag("l.gift_wrap")),
        sql.joined(customization, "t.order_id = l.order_id and t.line_no = l.line_no and t.kind = 'customization'"),
        sql.joined("t.value", "t.order_id = l.order_id and t.line_no = l.line_no and t.kind = 'message'"),
        sql.joined("t.value", "t.order_id = o.id and t.line_no = 0 and t.kind = 'message'"),
        sql.joined("t.value", "t.order_id = o.id and t.line_no = 0 and t.kind = 'gift_message'"),
        *("o.tender", *(unless_gift(sql.money(f"o.{name}")) for name in ("freight", "additional_freight", "freight_tax"))),
        *(unless_gift(taxes), unless_gift(sql.money("o.paid")), "o.currency"),
    )
    told = ", ".join(f"coalesce(cast({column} as text), '') as {name}" for column, name in zip(columns, HEADING, strict=True))
    return (
        f"select {told} from batch_line n join order_line l on l.order_id = n.order_id and l.line_no = n.line_no "
        "join purchase_order o on o.id = n.order_id join order_key k on k.id = o.id "
        "left join order_party b on b.order_id = o.id and b.role = 'sold_to' "
        "join order_party s on s.order_id = o.id and s.role = 'ship_to' "
        "where n.batch_number = :batch order by n.order_id, n.line_no"
    )
