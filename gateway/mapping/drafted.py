"""A document that could be read but for some of its fields: those left out, so that the business can say what else is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.kernel import Issue
from gateway.kernel.money import ZERO
from gateway.mapping.fields import FieldKind, FieldType, part_type
from gateway.mapping.run import WRONG

_NO_DAY = date(1970, 1, 1)
_NO_MOMENT = datetime(1970, 1, 1)  # noqa: DTZ001 - stands for no moment at all
_NOTHING: Mapping[FieldKind, Any] = MappingProxyType(
    {
        FieldKind.TEXT: "",
        FieldKind.INT: 0,
        FieldKind.DECIMAL: ZERO,
        FieldKind.FLAG: False,
        FieldKind.DATE: _NO_DAY,
        FieldKind.DATETIME: _NO_MOMENT,
    }
)
"""What stands for a mandatory value that could not be read. It is nothing, so that a rule complains about that field and no other."""
NUMBER = "number"
_ENTRY = re.compile(r"lines#\d+\.")


class Drafted(Struct, frozen=True):
    """The document without its wrong values, never to be booked; `holes` are the paths of these, such as `date` or `lines#2.quantity`.

    A mandatory value that is wrong is a hole with something in its place: nothing at all, or the first word of a list of words. The
    number of an entry is then below nought, so that no two entries have the same.
    """

    document: Any
    holes: tuple[str, ...]


def drafted(made: Struct) -> Drafted:
    """What is left of a document, and what is not."""
    holes: list[str] = []
    document = _part(made, "", 0, holes)
    return Drafted(document, tuple(holes))


def by_hole(issues: Iterable[Issue], holes: Sequence[str]) -> Iterator[tuple[Issue, str]]:
    """Each issue with the path of the hole that it tells of; with nothing where that is not certain.

    Both come in the order of the document, so the third error about quantities is about the third hole in one.
    """
    issues = list(issues)
    left: dict[str, Iterator[str]] = {}
    for field in {it.field for it in issues if it.is_error and it.field}:
        paths = [path for path in holes if path == field or path.endswith(f".{field}")]
        is_of_one_kind = len({path.partition("#")[0] for path in paths}) == 1
        often = sum(1 for it in issues if it.is_error and it.field == field)
        left[field] = iter(paths if is_of_one_kind and often == len(paths) else ())
    return ((it, next(left.get(it.field, iter(())), "") if it.is_error else "") for it in issues)


def lined(issues: Iterable[Issue], draft: Drafted) -> Iterator[Issue]:
    """The issues, those about an entry of `lines` with the number of the order line that it is about, where that could be read."""
    numbers = {
        f"lines#{place}.": line.number
        for place, line in enumerate(getattr(draft.document, "lines", ()), 1)
        if hasattr(line, NUMBER) and not hasattr(line, "order_number") and f"lines#{place}.{NUMBER}" not in draft.holes
    }
    for issue, path in by_hole(issues, draft.holes):
        entry = _ENTRY.match(path)
        line = numbers.get(entry[0]) if entry is not None else None
        yield issue if line is None else replace(issue, line=line)


def _part(part: Struct, path: str, place: int, holes: list[str]) -> Any:
    """The part with what could be read of it; a wrong value that need not be there is left out."""
    type_ = part_type(type(part))
    values: dict[str, Any] = {}
    for name in part.__struct_fields__:
        at = f"{path}{name}"
        value = getattr(part, name)
        if value is not WRONG:
            values[name] = _kept(value, at, holes)
            continue
        holes.append(at)
        if name in type_.required:
            values[name] = -place if place and name == NUMBER else _nothing(type_.fields[name])
    return type(part)(**values)


def _kept(value: Any, path: str, holes: list[str]) -> Any:
    if isinstance(value, Struct):
        return _part(value, f"{path}.", 0, holes)
    if isinstance(value, tuple | list):
        return tuple(_entries(value, path, holes))
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if one is not WRONG}
    return value


def _entries(values: tuple[Any, ...] | list[Any], path: str, holes: list[str]) -> Iterator[Any]:
    for place, value in enumerate(values, 1):
        if value is WRONG:
            holes.append(path)
        elif isinstance(value, Struct):
            yield _part(value, f"{path}#{place}.", place, holes)
        else:
            yield value


def _nothing(field: FieldType) -> Any:
    """What stands for a mandatory value."""
    if field.is_list:
        return ()
    if field.part is not None:
        inner = part_type(field.part)
        return field.part(**{name: _nothing(inner.fields[name]) for name in inner.required})
    return field.words[0] if field.words else _NOTHING[field.kind]
