"""JSON that says one thing: no name twice in an object, no deeper than anybody writes, numbers that are some.

A reader that takes the last of two equal names and another that takes the first see two requests in one (RFC 8259, 4).
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from msgspec import Struct

DEEPEST = 32
MOST_DIGITS, MOST_PLACES = 14, 6
"""Of an amount, before and after the point; its own field may take fewer."""
LARGEST = 2**63 - 1
LONGEST = 20_000
"""Characters of a text."""
LONGEST_PLACE = 200
_UNSEEN = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of what stands behind them; lines may end."""
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
"""A text that never ends is one too: else each of its quotes would be tried as a beginning."""


class Unfit(ValueError):
    """A value that nothing here can hold, and where it stands."""

    def __init__(self, where: str, text: str) -> None:
        super().__init__(f"{where or 'the value'} {text}")
        self.where = where


def require_strict(body: bytes) -> None:
    """ValueError with a sentence when the body is no JSON, or could be read in two ways."""
    depth = 0
    for found in _TOKEN.finditer(body):
        match found[0]:
            case b"{" | b"[":
                depth += 1
            case b"}" | b"]":
                depth -= 1
            case _:
                continue
        if depth > DEEPEST:
            raise ValueError(f"values stand deeper than {DEEPEST} levels")
    try:
        told = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number, parse_int=str, parse_float=str)
    except UnicodeDecodeError as error:
        raise ValueError("the text is not UTF-8") from error
    _require_text(told)


def require_sane(told: Any, where: str = "") -> None:
    """ValueError with a place and a sentence for what nothing here can hold: no number, too many digits, a text without end."""
    match told:
        case Decimal() if not told.is_finite() or told.adjusted() >= MOST_DIGITS or _places(told) > MOST_PLACES:
            raise Unfit(where, f"is no amount: at most {MOST_DIGITS} digits before and {MOST_PLACES} after the point")
        case bool():
            return
        case int() if abs(told) > LARGEST:
            raise Unfit(where, "is larger than any number here")
        case str() if _UNSEEN.search(told):
            raise Unfit(where, "holds a control character")
        case str() if len(told) > LONGEST:
            raise Unfit(where, f"has more than {LONGEST} characters")
        case Struct():
            for name in told.__struct_fields__:
                require_sane(getattr(told, name), f"{where}.{name}".lstrip("."))
        case dict():
            for name, value in told.items():
                require_sane(value, f"{where}.{name}".lstrip(".")[:LONGEST_PLACE])
        case list() | tuple():
            for place, value in enumerate(told):
                require_sane(value, f"{where}[{place}]")
        case _:
            pass


def _places(told: Decimal) -> int:
    """Places after the point."""
    exponent = told.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _require_text(told: Any) -> None:
    """No database keeps the character zero, nor half a character."""
    match told:
        case str() if "\0" in told:
            raise ValueError("a text holds the character zero")
        case str():
            try:
                told.encode()
            except UnicodeEncodeError as error:
                raise ValueError("a text holds half a character") from error
        case dict():
            for name, value in told.items():
                _require_text(name)
                _require_text(value)
        case list():
            for value in told:
                _require_text(value)
        case _:
            pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        twice = next(name for name in names if sum(name == other for other, _ in pairs) > 1)
        raise ValueError(f"'{twice[:80]}' stands twice in one object")
    return names


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
