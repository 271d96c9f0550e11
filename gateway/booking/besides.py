"""What the business finds wrong with a document of which some fields could not be read, beside what its reading has told.

The rule has decided about a draft without those fields: only its errors count, and of these only what the missing fields cannot
have brought about. A hole in one entry of a document says nothing of the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.invoice_number import USED
from gateway.domain.outcome import Outcome, Verdict
from gateway.kernel.issues import Issue
from gateway.mapping import Reading

COMPARING = frozenset({"DSC-207", "DSO-111", "INV-08", "SHP-02"})
"""Codes of what differs from something told before; a document read in part always may. That a number is used stays so."""
NAMING = frozenset({"batch", "gtin", "invoice", "item", "line", "number", "order_number", "request_id", "vendor", "vendor_item"})
"""Fields that say what a document is about. Without one of them the state of things is another one's."""
VENDOR = "vendor"
KIND = "kind"
"""What is to be done: where that was not read, nobody can say whether amounts fit it."""
OF_STATE = frozenset({"", "action", "line", "number"})
"""Fields of issues about the state of what was named."""
_OF_ENTRY = re.compile(r"\w+#(\d+)\.")
_OF_LINE = re.compile(r"line (-?\d+)\b")


class _Hole(Struct, frozen=True):
    """A field that was not read. `place` counts the entries that have such a field from 1; 0 is the document itself.

    `is_own` where the entries of the document have a field of that name too: then it says nothing of theirs.
    """

    field: str
    place: int = 0
    is_own: bool = False

    def is_of(self, issue: Issue, places: frozenset[int]) -> bool:
        """Whether the issue stands where the hole is."""
        return not places or self.place in places or (not self.place and not self.is_own)

    def hides(self, issue: Issue, places: frozenset[int]) -> bool:
        """Whether the issue says of the field what the reading has told already."""
        return self.is_of(issue, places) and (issue.field == self.field or issue.field.startswith(f"{self.field}."))


def besides(reading: Reading, outcome: Outcome, *, speaks_for: str | None = None) -> list[Issue]:
    """The errors of a decision about a draft that add to those of its reading.

    `speaks_for`: the vendor of the connection, as whom the document was judged where its own could not be read.
    """
    known = [issue for issue in reading.issues if issue.is_error]
    codes = {issue.code for issue in known}
    holes = _holes(reading, known)
    vague = NAMING if speaks_for is None else NAMING - {VENDOR}

    def is_new(issue: Issue) -> bool:
        if issue.kind == USED:
            return not any(hole.field in vague & {"number", VENDOR} and not hole.place for hole in holes)
        places = _places(issue, reading)
        here = [hole for hole in holes if hole.is_of(issue, places)]
        if not issue.is_error or any(hole.hides(issue, places) for hole in here):
            return False
        if any(hole.field == KIND and not hole.place for hole in here):
            return issue.field in {"order_number", "line"} and issue.code not in codes
        if here and issue.kind == "missing" and issue.code in codes:
            return False
        if holes and outcome.verdict is Verdict.CONFLICT and issue.code in COMPARING:
            return False
        is_about_another = any(hole.field in vague for hole in here)
        return not is_about_another or (issue.field not in OF_STATE and issue.code not in codes)

    return [_certain(issue) for issue in outcome.issues if is_new(issue)] if holes else [it for it in outcome.issues if is_new(it)]


def _certain(issue: Issue) -> Issue:
    """That a number is used is so whatever could not be read; how the two differ is not known."""
    if issue.kind != USED or not issue.differences:
        return issue
    return replace(issue, text=f"number {issue.value} is used by an invoice that can be changed no more", differences=())


def placed(issues: Sequence[Issue], where: str) -> Iterator[Issue]:
    """What a rule says of a document, with the partner's place of it: `row 7, order line 2`."""
    for issue in issues:
        if issue.line is not None and issue.line < 0:  # what stands for a line number that could not be read
            place = f"entry {-issue.line}"
            yield replace(issue, where=", ".join(part for part in (where, place) if part), line=None)
            continue
        inside = f"order {issue.where}" if issue.where and issue.line is not None else issue.where
        yield replace(issue, where=", ".join(part for part in (where, inside) if part))


def _holes(reading: Reading, known: Sequence[Issue]) -> list[_Hole]:
    """Where values are wrong in the draft; what no hole is there for counts for the whole document."""
    found = [_hole(path, reading) for path in reading.holes]
    fields = {hole.field for hole in found}
    return [*found, *(_Hole(field) for field in sorted({issue.field for issue in known}) if field and field not in fields)]


def _hole(path: str, reading: Reading) -> _Hole:
    entry = _OF_ENTRY.match(path)
    if entry is not None:
        return _Hole(path[entry.end() :], int(entry[1]))
    return _Hole(path, is_own=any(hasattr(it, path) for it in getattr(reading.draft, "lines", ())))


def _places(issue: Issue, reading: Reading) -> frozenset[int]:
    """The entries of the draft that the issue is about; none where it is about the document."""
    detail = re.match(r"(?:detail|item|entry) (\d+)\b", issue.where)
    if detail is not None:
        return frozenset({int(detail[1])})
    line = issue.line if issue.line is not None else _line(issue.where)
    entries = getattr(reading.draft, "lines", ())
    return frozenset({place for place, it in enumerate(entries, 1) if line is not None and getattr(it, "number", None) == line})


def _line(where: str) -> int | None:
    found = _OF_LINE.match(where)
    return int(found[1]) if found is not None else None
