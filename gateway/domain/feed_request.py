"""The originating system asks for changes again, from a number on (GetDSChanges, sdf 4.3)."""

from __future__ import annotations

from gateway.documents import ChangesRequest
from gateway.domain.origin import Origin
from gateway.domain.outcome import Outcome, Verdict, Wanted, Wish, refused
from gateway.kernel.issues import Issue


def request_changes(document: ChangesRequest, *, exported: int, origin: Origin) -> Outcome:
    """Ask for the changes after that number, of which the last that was sent is `exported`; nothing after it is refused with 3009."""
    key = str(document.after)
    system = origin.system
    if system is None:
        return refused(Issue("ACT-306", "only the originating system has a change feed", field="after"), key=key)
    issues = []
    if document.after < 0:
        issues.append(Issue("3008", f"changes are counted from 1, and {document.after} is before", field="after", value=key))
    elif document.after >= exported:
        issues.append(Issue("3009", f"the last change that was sent has the number {exported}", field="after", value=key))
    if document.most is not None and document.most < 1:
        issues.append(Issue("3008", f"at most {document.most} changes are none", field="most", value=str(document.most)))
    if issues:
        return refused(*issues, key=key)
    return Outcome(
        verdict=Verdict.BOOKED, key=key, changes=(Wanted(kind=Wish.CHANGES, partner=system, number=document.after, most=document.most),)
    )
