"""What a layout does not carry: fields of a document that hold a value and that no rule writes. Told, never silent.

Not for: what a rule writes differently than it stands (`cut`, folded characters), which the rule or the format tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from gateway.documents import Document
from gateway.kernel import Issue, Severity
from gateway.mapping.codes import code_for

_ORDER = (
    "system brand brand_name location location_name vendor vendor_name vendor_email buyer tender paid source carrier due_on "
    "discount discount_percent freight_tax lines.quantity lines.to_ship lines.carrier_name lines.retail_price lines.tax"
)
_CHANGE = "kind quantity old_quantity entered_on waits"
OURS: Mapping[str, frozenset[str]] = MappingProxyType({"order": frozenset(_ORDER.split()), "change": frozenset(_CHANGE.split())})
"""Kinds of documents of which everything must arrive but these fields: they are ours alone, or another field says the same.

`quantity` is what was ordered, `to_ship` what a batch tells; what stands once for the order stands at each line, too.
"""


class Losses:
    """The fields one mapping has no place for, and those of them that held a value in one file."""

    def __init__(self, kind: str, unwritten: Sequence[str]) -> None:
        ours = OURS.get(kind)
        self._kind = kind
        self._paths = () if ours is None else tuple((path, tuple(path.split("."))) for path in unwritten if path not in ours)

    @property
    def is_needed(self) -> bool:
        """Whether anything can be lost."""
        return bool(self._paths)

    def of(self, document: Document) -> Iterator[str]:
        """The fields of a document that hold something and are written nowhere."""
        return (path for path, names in self._paths if _holds(document, names))

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


def _holds(part: Any, names: Sequence[str]) -> bool:
    value = getattr(part, names[0], None)
    if value is None or value == "" or value is False or value == ():
        return False
    if len(names) == 1:
        return True
    return any(_holds(entry, names[1:]) for entry in value) if isinstance(value, tuple) else _holds(value, names[1:])
