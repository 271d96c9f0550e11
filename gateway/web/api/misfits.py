"""What does not fit the words of an operation, told with its place, what could stand there, and where to read on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import inspect

from gateway.kernel.yaml_text import unknown
from gateway.web.problems import Denied, Fault, denied

REMEDY = "Which words an operation takes, and of what kind, stands in /api/v1/openapi.json."
_STEP = re.compile(r"\.?([^.\[\]]+)|\[[^\]]*\]")
_WORD, _VALUE = re.compile("Object contains unknown field `(.*)`", re.DOTALL), re.compile("Invalid enum value '?(.*?)'?", re.DOTALL)
_MISSING = re.compile("Object missing required field `(.*)`", re.DOTALL)
_DAY, _INSTANT = "Invalid RFC3339 encoded date", "Invalid RFC3339 encoded datetime"


def misfit(*faults: Fault) -> Denied:
    """Values or words that cannot be taken."""
    return denied(HTTPStatus.BAD_REQUEST, "Something is not right in what was asked", remedy=REMEDY, faults=faults)


def no_json(text: str) -> Denied:
    """A body that cannot be read at all."""
    return denied(HTTPStatus.BAD_REQUEST, "The body is not JSON as it should be", remedy=REMEDY, faults=(Fault(text=text),))


def misfit_of(error: msgspec.ValidationError, kind: type) -> Denied:
    """What msgspec has found in something of this kind; it names a place behind ` - at `, as `$.lines[0].quantity`."""
    text, _, told = str(error).partition(" - at `$")
    place = told.rstrip("`").lstrip(".")
    fault = next((made for pattern, make in _TOLD if (made := _made(pattern, make, text, place, kind))), Fault(text=text, where=place))
    return misfit(fault)


def _made(pattern: re.Pattern[str], make: Callable[[str, str, type], Fault], text: str, place: str, kind: type) -> Fault | None:
    found = pattern.fullmatch(text)
    return None if found is None else make(found[1], place, kind)


def _word(word: str, place: str, kind: type) -> Fault:
    known = [field.encode_name for it in _at(kind, place) if isinstance(it, inspect.StructType) for field in it.fields]
    return Fault(text=unknown(word, known, what="word"), where=_inside(place, word))


def _missing(word: str, place: str, kind: type) -> Fault:  # noqa: ARG001 (the shape of all of these)
    return Fault(text=f"'{word}' is missing", where=_inside(place, word))


def _value(value: str, place: str, kind: type) -> Fault:
    known = [str(word) for it in _at(kind, place) for word in _choices(it)]
    return Fault(text=unknown(value, known, what="value"), where=place)


def _day(text: str, place: str, kind: type) -> Fault:  # noqa: ARG001 (the shape of all of these)
    return Fault(text="this is no day; write it as 2022-06-28", where=place)


def _instant(text: str, place: str, kind: type) -> Fault:  # noqa: ARG001 (the shape of all of these)
    return Fault(text="this is no instant; write it as 2022-06-28T14:03:00Z", where=place)


_TOLD = ((_WORD, _word), (_MISSING, _missing), (_VALUE, _value), (re.compile(f"({_DAY})"), _day), (re.compile(f"({_INSTANT})"), _instant))


def _inside(place: str, word: str) -> str:
    return f"{place}.{word}".lstrip(".")


def _choices(kind: inspect.Type) -> tuple[Any, ...]:
    match kind:
        case inspect.EnumType():
            return tuple(it.value for it in kind.cls)
        case inspect.LiteralType():
            return kind.values
        case _:
            return ()


def _at(kind: type, place: str) -> list[inspect.Type]:
    """What may stand at a place: each kind of a union by itself."""
    found = list(_each(inspect.type_info(kind)))
    for step in _STEP.finditer(place):
        found = [inner for outer in found for it in _below(outer, step[1]) for inner in _each(it)]
    return found


def _each(kind: inspect.Type) -> Iterator[inspect.Type]:
    yield from kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _below(kind: inspect.Type, name: str | None) -> Iterator[inspect.Type]:
    """One step down: the word of an object, or, without a name, what a list or a dictionary holds."""
    match kind:
        case inspect.StructType():
            yield from (it.type for it in kind.fields if it.encode_name == name)
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType() | inspect.FrozenSetType() if name is None:
            yield kind.item_type
        case inspect.DictType() if name is None:
            yield kind.value_type
        case _:
            return
