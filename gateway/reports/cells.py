"""The rows of a workbook's page as the XML that spreadsheets read (ECMA-376), written one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from numbers import Integral
from xml.sax.saxutils import escape

EPOCH = date(1899, 12, 30).toordinal()
"""Spreadsheets count days from here; right from March 1900 on."""
LONGEST = 32_767
"""Letters that a cell holds."""
_STRANGE = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def rows(told: Iterable[Sequence[object]], *, day: str, guard: Callable[[str], str]) -> Iterator[bytes]:
    """The rows below the heading; `day` is the number of the style of days, `guard` keeps a text from being a formula."""
    columns: list[str] = []
    for number, row in enumerate(told, start=2):
        columns = columns or [_letters(place) for place in range(len(row))]
        cells = (_cell(f"{column}{number}", value, day, guard) for column, value in zip(columns, row, strict=True))
        yield f'<row r="{number}">{"".join(cells)}</row>'.encode()


def _cell(place: str, value: object, day: str, guard: Callable[[str], str]) -> str:
    match value:
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{_text(guard(value))}</t></is></c>'
        case date():
            return f'<c r="{place}" s="{day}"><v>{value.toordinal() - EPOCH}</v></c>'
        case None:
            return ""
        case Integral():
            return f'<c r="{place}"><v>{int(value)}</v></c>'
        case _ if value == value:  # noqa: PLR0124 - what pandas writes for nothing is not equal to itself
            return f'<c r="{place}"><v>{float(value)!r}</v></c>'  # type: ignore[arg-type]  # a number of some kind
        case _:
            return ""


def _text(text: str) -> str:
    """A text that XML can hold; what it cannot is written as spreadsheets do, `_x0007_`."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 1]}…"
    return escape(_STRANGE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


def _letters(place: int) -> str:
    """The name of a column.

    >>> _letters(0), _letters(25), _letters(26)
    ('A', 'Z', 'AA')
    """
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
