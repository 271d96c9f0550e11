"""Documents of which some rows are broken, such as one with too few columns: those are left out, and the others are judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from gateway.formats import Found
from gateway.kernel import Issue, Severity
from gateway.mapping.fields import PartType

NUMBERED = re.compile(r"(?:row|record) (\d+)\b")
_COUNTED = frozenset({"count_differs", "total_differs"})


def is_sound(found: Found) -> bool:
    """Whether only rows inside the document are broken, and not the one it begins with."""
    wrong = [fault for fault in found.faults if fault.severity is Severity.ERROR]
    return all(fault.where != found.where and NUMBERED.match(fault.where) is not None for fault in wrong)


def lists_of(document: PartType) -> tuple[str, ...]:
    """The lists in which entries may be missing."""
    return tuple(name for name, field in document.fields.items() if field.is_list and field.part is not None)


def of_others(issues: Iterable[Issue], lists: Sequence[str]) -> Iterator[Issue]:
    """What is wrong with the rest, but for what is so because rows are missing."""
    return (it for it in issues if it.kind not in _COUNTED and not (it.kind == "missing" and it.field in lists))
