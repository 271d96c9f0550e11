"""What a field may hold: the types of mapping-language.md 5, put on struct fields as `Annotated` metadata.

The mapping engine reads them; nothing here converts or checks a value by itself.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Struct


class Text(Struct, frozen=True):
    """Text of at most `most` characters; `upper` and `ascii` are applied when it is read."""

    most: int
    upper: bool = False
    ascii: bool = False


class Exact(Struct, frozen=True):
    """An exact number of at most `digits` digits, `places` of them after the point (`dec 13.2`)."""

    digits: int
    places: int


class Code(Struct, frozen=True):
    """One of these words."""

    words: tuple[str, ...]


T3U = Annotated[str, Text(3, upper=True)]
T3 = Annotated[str, Text(3)]
T10 = Annotated[str, Text(10)]
T14 = Annotated[str, Text(14)]
T15 = Annotated[str, Text(15)]
T15U = Annotated[str, Text(15, upper=True)]
T20 = Annotated[str, Text(20)]
T22 = Annotated[str, Text(22)]
T30 = Annotated[str, Text(30)]
T35 = Annotated[str, Text(35)]
T40 = Annotated[str, Text(40)]
T50 = Annotated[str, Text(50)]
T60 = Annotated[str, Text(60)]
T80 = Annotated[str, Text(80)]
T120 = Annotated[str, Text(120)]
T254 = Annotated[str, Text(254)]
T255 = Annotated[str, Text(255)]
OrderNumber = Annotated[str, Text(30, upper=True, ascii=True)]
D5_2 = Annotated[Decimal, Exact(5, 2)]
D7_4 = Annotated[Decimal, Exact(7, 4)]
D9_2 = Annotated[Decimal, Exact(9, 2)]
D9_4 = Annotated[Decimal, Exact(9, 4)]
D13_2 = Annotated[Decimal, Exact(13, 2)]
D13_4 = Annotated[Decimal, Exact(13, 4)]
Int = int
Flag = bool
Date = date
DateTime = datetime
