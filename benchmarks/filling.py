"""How very many rows are made by the database itself: what a table is given out of counted numbers, in the words of each database."""

from __future__ import annotations

from msgspec import Struct

DAYS = 730
OPEN = 97
"""Orders beyond so many percent are still open."""
NUMBERS = "with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n where i < :count)"
NO_HASH = f"'{'0' * 64}'"
VENDOR = "case when i % 10 = 0 then '257' else cast(1000 + i * 7919 % 200 as text) end"
"""Every tenth order is Red Panda's, the others are spread over two hundred vendors."""


class Rows(Struct, frozen=True):
    """Rows of a table, an expression a column, made out of the numbers `n(i)` up to `count`; `also` is what follows `from n`."""

    table: str
    count: int
    columns: dict[str, str]
    also: str = ""

    @property
    def statement(self) -> str:
        """What the database is told."""
        return (
            f"{NUMBERS} insert into {self.table} ({', '.join(self.columns)}) select {', '.join(self.columns.values())} from n {self.also}"
        )


class Words(Struct, frozen=True):
    """How many there are, and what the two databases say differently."""

    start: str
    orders: int
    is_sqlite: bool = True

    @property
    def done(self) -> int:
        """So many orders are done with, the others are open."""
        return self.orders * OPEN // 100

    @property
    def status(self) -> str:
        """The state of the lines of an order."""
        late = "case i % 5 when 0 then 'Held' when 1 then 'In Process' when 2 then 'In Process' else 'New Order' end"
        return f"case when i <= {self.done} then case when i % 23 = 0 then 'Cancelled' else 'Shipped' end else {late} end"

    @property
    def amount(self) -> str:
        """One dollar."""
        return "10000" if self.is_sqlite else "1.0000"

    def day(self, i: str = "i") -> str:
        """The day of the i-th order."""
        passed = f"({i} * {DAYS} / {self.orders})"
        return f"date('{self.start}', '+' || {passed} || ' days')" if self.is_sqlite else f"(date '{self.start}' + ({passed})::int)"

    def at(self, i: str = "i") -> str:
        """Noon of that day."""
        return f"{self.day(i)} || 'T12:00:00.000000Z'" if self.is_sqlite else f"(({self.day(i)} + time '12:00') at time zone 'UTC')"

    def bytes(self, word: str) -> str:
        """A text as bytes."""
        return f"cast({word} as blob)" if self.is_sqlite else f"convert_to({word}, 'UTF8')"

    def json(self, value: str) -> str:
        """A constant of JSON."""
        return f"'{value}'" if self.is_sqlite else f"json '{value}'"

    def made_json(self, text: str) -> str:
        """An expression of text that is JSON."""
        return text if self.is_sqlite else f"cast({text} as json)"

    def minute(self, i: str = "i") -> str:
        """The i-th minute since the beginning."""
        if self.is_sqlite:
            return f"strftime('%Y-%m-%dT%H:%M:00.000000Z', '{self.start}', '+' || ({i}) || ' minutes')"
        return f"((date '{self.start}' + time '00:00') at time zone 'UTC' + ({i}) * interval '1 minute')"
