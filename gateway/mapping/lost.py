"""What a layout does not carry: fields of a document that hold a value and that no rule writes. Told, never silent.

Not for: what a rule writes differently than it stands (`cut`, folded characters), which the rule or the format tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from msgspec import Struct, structs

from gateway.documents import Document
from gateway.kernel import Issue, Severity
from gateway.mapping.codes import code_for
from gateway.mapping.fields import PartType, part_type
from gateway.mapping.looks import attributes

_ORDER = (
    "system brand brand_name location location_name vendor vendor_name vendor_email buyer tender paid source carrier due_on "
    "discount discount_percent freight freight_tax additional_freight buyer_name ship_to.id ship_to.prefix "
    "sold_to.id sold_to.prefix sold_to.middle_name sold_to.suffix sold_to.evening_phone "
    "lines.quantity lines.to_ship lines.carrier_name lines.retail_price lines.tax lines.gtin lines.vendor_description"
)
_CHANGE = "kind quantity old_quantity entered_on waits gtin ship_to.id ship_to.prefix"
OURS: Mapping[str, frozenset[str]] = MappingProxyType({"order": frozenset(_ORDER.split()), "change": frozenset(_CHANGE.split())})
"""Kinds of documents of which everything must arrive but these fields: they are ours alone, or another field says the same.

`quantity` is what was ordered, `to_ship` what a batch tells; what stands once for the order stands at each line, too. Of what the
customer pays for, forms of address, and a second number or name of an item nobody would do anything about.
"""
USUAL = ("unit", "EA")
"""A unit that nobody misses: where none is told, pieces are meant."""


class Losses:
    """The fields one mapping has no place for, and those of them that held a value in one file."""

    def __init__(self, kind: str, document: PartType, unwritten: Sequence[str]) -> None:
        ours = OURS.get(kind)
        self._kind = kind
        self._paths = () if ours is None else tuple([path for path in unwritten if path not in ours])
        self._level = _level(document, [(path, path.split(".")) for path in self._paths])

    @property
    def is_needed(self) -> bool:
        """Whether anything can be lost."""
        return bool(self._paths)

    def of(self, document: Document) -> Sequence[str]:
        """The fields of a document that hold something and are written nowhere."""
        held = self._level.held(document)
        return [path for path in self._paths if path in held] if held else ()

    def issues(self, found: Iterable[Loss]) -> Iterator[Issue]:
        """A warning for each field."""
        code = code_for(self._kind, "unwritten")
        for one in found:
            many = "" if one.times == 1 else f", nor in {one.times - 1} more documents"
            text = f"{one.field} holds a value that the layout has no place for; the partner does not get it{many}"
            yield Issue(code, text, one.first, one.field, kind="unwritten", severity=Severity.WARNING)


class Loss(Struct):
    """One field: the first document that loses it, and how many do."""

    field: str
    first: str
    times: int = 1


class _Level(Struct, frozen=True):
    """What can be lost of one part: the ends of paths, how they look where nothing is lost, and the parts inside."""

    get: Callable[[Any], tuple[Any, ...]]
    blank: tuple[Any, ...]
    paths: tuple[str, ...]
    inner: tuple[tuple[Callable[[Any], Any], _Level], ...]

    def held(self, part: Any) -> list[str]:
        """The paths at the end of which something stands; nearly always nothing does."""
        values, found = self.get(part), []
        if values != self.blank:
            told = zip(self.paths, values, strict=True)
            found = [path for path, value in told if _is_something(value) and (path.rpartition(".")[2], value) != USUAL]
        for get, level in self.inner:
            value = get(part)
            if value:
                for entry in value if type(value) is tuple else (value,):
                    if level.inner or level.get(entry) != level.blank:
                        found += level.held(entry)
        return found


def _level(part: PartType, paths: Sequence[tuple[str, Sequence[str]]]) -> _Level:
    ends = [(path, names[0]) for path, names in paths if len(names) == 1]
    below: dict[str, list[tuple[str, Sequence[str]]]] = {}
    for path, names in paths:
        if len(names) > 1:
            below.setdefault(names[0], []).append((path, names[1:]))
    defaults = {field.name: field.default for field in structs.fields(part.cls)}
    inner = [(attrgetter(name), _level(part_type(owner), some)) for name, some in below.items() if (owner := part.fields[name].part)]
    return _Level(
        attributes([name for _, name in ends]),
        tuple([defaults[name] for _, name in ends]),
        tuple([path for path, _ in ends]),
        tuple(inner),
    )


def _is_something(value: Any) -> bool:
    return not (value is None or value == "" or value is False or value == ())
