"""An issue: what is wrong, where, and how to mend it. Not an exception: forty bad rows are forty issues."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

_LINE = re.compile(r", line \d+\Z")
"""The line of a file, behind a path."""


class Severity(StrEnum):
    """An error refuses its document; a warning is only told."""

    ERROR = "error"
    WARNING = "warning"


class Difference(Struct, frozen=True):
    """One field of a document that came again with other content: what is booked, and what was sent now."""

    path: str
    booked: str
    sent: str

    def __str__(self) -> str:
        return f"{self.path}: {self.booked}, now {self.sent}"


class Issue(Struct, frozen=True, omit_defaults=True):
    """One finding about a file, document or field; told to the partner as it stands.

    `code` is the business code (DSO-121, 3044, INV-08) or a MAP code; `kind` the mapping kind (`missing`, `not_date`);
    `where` the place in the partner's words (`row 7, column Qty`, `record 3`, an XPath); `field` our field;
    `value` what was found, cut to 80 characters; `rule` the mapping rule (`name v3 line 41`);
    `line` the order line concerned, where there is one; `differences` the two sides of a conflict, field by field.
    """

    code: str
    text: str
    where: str = ""
    field: str = ""
    value: str = ""
    kind: str = ""
    key: str = ""
    rule: str = ""
    line: int | None = None
    severity: Severity = Severity.ERROR
    differences: tuple[Difference, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether the document cannot be taken because of this."""
        return self.severity is Severity.ERROR

    @property
    def sentence(self) -> str:
        """Place and text together; what both name stands there once."""
        place, text = self.where, self.text
        outer, _, last = place.rpartition(", ")
        if text.startswith(f"{last.removeprefix('order ')} "):
            return f"{outer}: {text}" if outer else text
        named, colon, rest = text.partition(": ")
        ends = (f" {named}", f"/{named}")
        first, comma, _ = place.partition(", ")
        if colon and ((comma and (first == named or first.endswith(ends))) or _LINE.sub("", place).endswith(ends)):
            text = rest
        return f"{place}: {text}" if place else text

    def __str__(self) -> str:
        return f"{self.code} {self.sentence}"


def gravest_first(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """What refuses before what is only told, and of that what a rule says before what reading has met; else as it was found."""
    return tuple(sorted(issues, key=lambda it: (not it.is_error, not it.is_error and bool(it.kind))))
