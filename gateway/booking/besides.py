"""What the business finds wrong with a document of which some fields could not be read, beside what its reading has told.

The rule has decided about a draft without those fields: only its errors count, and of these only what the missing fields cannot
have brought about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from gateway.domain.outcome import Outcome, Verdict
from gateway.kernel.issues import Issue

COMPARING = frozenset({"DSC-207", "DSO-111", "INV-08", "SHP-02"})
"""Codes of what differs from something told before; a document read in part always may."""
NAMING = frozenset({"batch", "gtin", "invoice", "item", "line", "number", "order_number", "request_id", "vendor", "vendor_item"})
"""Fields that say what a document is about. Without one of them the state of things is another one's."""
OF_STATE = frozenset({"", "action", "line", "number"})
"""Fields of issues about the state of what was named."""


def besides(told: Iterable[Issue], outcome: Outcome) -> list[Issue]:
    """The errors of a decision about a draft that add to those of its reading."""
    known = [issue for issue in told if issue.is_error]
    fields, codes = {issue.field for issue in known}, {issue.code for issue in known}
    is_about_another = not fields.isdisjoint(NAMING)

    def is_new(issue: Issue) -> bool:
        if not issue.is_error or issue.field in fields or (issue.kind == "missing" and issue.code in codes):
            return False
        if outcome.verdict is Verdict.CONFLICT and issue.code in COMPARING:
            return False
        return not is_about_another or (issue.field not in OF_STATE and issue.code not in codes)

    return [issue for issue in outcome.issues if is_new(issue)]


def placed(issues: Iterable[Issue], where: str) -> Iterator[Issue]:
    """What a rule says of a document, with the partner's place of it: `row 7, order line 2`."""
    for issue in issues:
        inside = f"order {issue.where}" if issue.where and issue.line is not None else issue.where
        yield replace(issue, where=", ".join(part for part in (where, inside) if part))
