"""A document that could be read but for some of its fields: those left out, so that the business can say what else is wrong with it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gateway.mapping.fields import part_type
from gateway.mapping.run import WRONG


def drafted(made: Struct) -> Any:
    """The document without its wrong values; None where one of them is mandatory. Never to be booked."""
    found = _without(made)
    return None if found is WRONG else found


def _without(value: Any) -> Any:
    """The value without what is wrong in it; WRONG where nothing can be left out."""
    if isinstance(value, Struct):
        return _part(value)
    if isinstance(value, tuple | list):
        entries = tuple([_without(one) for one in value])
        return WRONG if any(one is WRONG for one in entries) else entries
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if one is not WRONG}
    return value


def _part(part: Struct) -> Any:
    values = {name: _without(getattr(part, name)) for name in part.__struct_fields__}
    wrong = {name for name, value in values.items() if value is WRONG}
    if not wrong.isdisjoint(part_type(type(part)).required):
        return WRONG
    return type(part)(**{name: value for name, value in values.items() if name not in wrong})
