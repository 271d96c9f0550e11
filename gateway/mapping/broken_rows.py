"""Documents of which some rows are broken, such as one with too few columns: those are left out, and the others are judged.

Where the first row is broken, nothing is known of what that would say, and the rows below it are judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import asdict, replace

from gateway.documents import Document, Envelope
from gateway.formats import Found
from gateway.kernel import Issue, Severity
from gateway.mapping.drafted import drafted
from gateway.mapping.fields import PartType, part_type
from gateway.mapping.readings import Reading
from gateway.mapping.run import WRONG

_NUMBERED = re.compile(r"(?:row|record) (\d+)\b")
_COUNTED = frozenset({"count_differs", "total_differs"})


def is_sound(found: Found) -> bool:
    """Whether only rows inside the document are broken, and not the one it begins with."""
    wrong = [fault for fault in found.faults if fault.severity is Severity.ERROR]
    return all(fault.where != found.where and _NUMBERED.match(fault.where) is not None for fault in wrong)


def lists_of(document: PartType) -> tuple[str, ...]:
    """The lists in which entries may be missing."""
    return tuple(name for name, field in document.fields.items() if field.is_list and field.part is not None)


def above(document: PartType) -> Iterator[str]:
    """The fields that are told once for the whole document, and not in rows of their own."""
    lists = {*lists_of(document), "envelope"}
    return (name for name, field in document.fields.items() if name not in lists and not field.derived)


def in_pieces(found: Found, made: Document, issues: Iterable[Issue], *, told: Sequence[Issue], place: int, key: str) -> Reading:
    """A document without its broken rows: what these would say is not missed.

    `told` is what is wrong with them, `issues` what is wrong with the rest.
    """
    known = lists_of(part_type(type(made)))
    wrong = [fault.where for fault in found.faults if fault.severity is Severity.ERROR]
    lists, draft = known if any(where != found.where for where in wrong) else (), drafted(made)
    rest = _of_others(issues, lists)
    if found.where in wrong:
        rest = (issue for issue in rest if issue.where != found.where or issue.field in known)
    holes = tuple(dict.fromkeys((*draft.holes, *lists)))
    everything = tuple(keyed((*told, *rest), key))
    return Reading(place, None, everything, key, found.where, found.rows, legible(made.envelope), draft.document, holes)


def keyed(issues: Iterable[Issue], key: str) -> Iterable[Issue]:
    """What is wrong with the document of that key."""
    return (replace(issue, key=key) for issue in issues) if key else issues


def legible(header: Envelope) -> Envelope:
    """The header of a refused document without what could not be read of it."""
    return Envelope(**{name: value for name, value in asdict(header).items() if value is not WRONG})


def _of_others(issues: Iterable[Issue], lists: Sequence[str]) -> Iterator[Issue]:
    """What is wrong with the rest, but for what is so because rows are missing."""
    return (it for it in issues if it.kind not in _COUNTED and not (it.kind == "missing" and it.field in lists))
