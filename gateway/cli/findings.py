"""How commands show what became of documents: verdicts, issues with their remedies, and what differs in a conflict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from gateway.cli.output import Form, Row, say, show_rows
from gateway.kernel.remedies import remedy_of

if TYPE_CHECKING:
    from gateway.kernel import Issue
    from gateway.store.queries import ReceiptRow

ISSUES = {"code": "Code", "where": "Where", "field": "Field", "value": "Value", "text": "What is wrong", "remedy": "What to do"}
FINDINGS = {"place": "#", "key": "Key", **ISSUES}
RECEIPTS = {
    "place": "#",
    "kind": "Document",
    "key": "Key",
    "order_number": "PO",
    "verdict": "Verdict",
    "result": "Result",
    "codes": "Issues",
}
DIFFERENCES = {"place": "#", "key": "Key", "code": "Code", "path": "Field", "booked": "Booked", "sent": "Sent now"}


def show_issues(title: str, issues: Sequence[Issue]) -> None:
    """What is wrong with a file, an issue a line; nothing when it is fine."""
    _table(title, [_finding(issue) for issue in issues], ISSUES)


def show_receipts(title: str, receipts: Sequence[ReceiptRow]) -> None:
    """What became of the documents, then what is wrong with them, then what differs from what is booked."""
    columns = {key: label for key, label in RECEIPTS.items() if key != "result" or any(it.result for it in receipts)}
    _table(title, [{**asdict(it), "codes": [issue.code for issue in it.issues]} for it in receipts], columns)
    show_findings([(it.place, it.key, issue) for it in receipts for issue in it.issues])


def show_findings(found: Sequence[tuple[int, str, Issue]]) -> None:
    """What is wrong with documents, and the two sides of every conflict."""
    _table("Issues of documents", [{**_finding(issue), "place": place, "key": issue.key or key} for place, key, issue in found], FINDINGS)
    differing = [
        {"place": place, "key": key, "code": issue.code, **asdict(one)} for place, key, issue in found for one in issue.differences
    ]
    _table("What differs", differing, DIFFERENCES)


def _finding(issue: Issue) -> Row:
    return {**asdict(issue), "remedy": remedy_of(issue.code, issue.kind)}


def _table(title: str, rows: Sequence[Row], columns: dict[str, str]) -> None:
    if rows:
        say("")
        say(title)
        show_rows(rows, Form.TABLE, columns=columns, none="")
