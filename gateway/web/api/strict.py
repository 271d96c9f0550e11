"""JSON that says one thing: no name twice in an object, no deeper than anybody writes, numbers that are some.

A reader that takes the last of two equal names and another that takes the first see two requests in one (RFC 8259, 4).
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

DEEPEST = 32
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
"""A text that never ends is one too: else each of its quotes would be tried as a beginning."""


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
