"""What the sender of a file is told: entries, counts and status of the response (sdf 2.5, 3.5, 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from gateway.documents import Envelope, Result, ResultEntry, ResultError
from gateway.domain.outcome import Verdict
from gateway.kernel.issues import Issue

RESULTS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.BOOKED: "CREATED",
        Verdict.DUPLICATE: "DUPLICATE",
        Verdict.CONFLICT: "REJECTED",
        Verdict.REFUSED: "REJECTED",
        Verdict.EARLY: "EARLY",
    }
)
"""The word of the answer for each verdict; PENDING is said by the rule, of a request that waits for the vendor."""
REJECTING = frozenset({Verdict.CONFLICT, Verdict.REFUSED})
"""Verdicts after which nothing of the document was taken."""
CREATING = frozenset({"order", "invoice"})
"""Kinds of documents that bring something new; the others are applied to what is there."""
LONGEST = 255
"""So long is the text of one fault in an answer."""
SAME = ResultError(code="0", text="nothing has changed: the same was told before, or is so already")
"""What is said of a duplicate that breaks no rule."""


NameOf = Callable[[Issue], str]


def our_name(issue: Issue) -> str:
    """The field of an issue as we call it."""
    return issue.field


def entry(
    verdict: Verdict,
    *,
    kind: str,
    key: str,
    issues: Iterable[Issue] = (),
    row: int | None = None,
    line: int | None = None,
    quantity: int | None = None,
    result: str = "",
    name_of: NameOf = our_name,
) -> ResultEntry:
    """What became of one document of that kind, or of one row, from its receipt; `result` where the verdict does not tell the word.

    `name_of` tells the sender's own name of the field of an issue. A duplicate is always told as one, also where no rule has words for it.
    """
    told = [_error(issue, name_of) for issue in issues]
    word = "APPLIED" if verdict is Verdict.BOOKED and kind not in CREATING else RESULTS[verdict]
    return ResultEntry(
        result=result or word,
        key=key[:35] or None,
        row=row,
        line=line,
        quantity=quantity,
        errors=tuple(told if told or verdict is not Verdict.DUPLICATE or result else [SAME]),
    )


def result(
    file: str, entries: Sequence[ResultEntry], *, envelope: Envelope, at: datetime, account: str, again: Container[int] = ()
) -> Result:
    """The answer to one file: ACCEPTED when nothing was rejected, REJECTED when everything was, else PARTIAL.

    Entries of one `row` tell about one document, which counts once. Those `again`, by their place in the entries, are duplicates that
    have the word of the first answer; they count as duplicates alone.
    """
    told = {place if it.row is None else (it.row,): (place, it.result) for place, it in enumerate(entries)}.values()
    rejected = [word for _, word in told].count("REJECTED")
    status = "PARTIAL" if 0 < rejected < len(told) else "REJECTED" if rejected else "ACCEPTED"
    words = ["DUPLICATE" if place in again else word for place, word in told]
    return Result(
        file=file[:255],
        status=status,
        received=len(words),
        created=words.count("CREATED") + words.count("APPLIED"),
        duplicate=words.count("DUPLICATE"),
        rejected=words.count("REJECTED"),
        pending=words.count("PENDING"),
        early=words.count("EARLY"),
        entries=tuple(entries),
        envelope=echo(envelope, at=at, account=account),
    )


def refused_file(
    file: str, issues: Iterable[Issue], *, envelope: Envelope, at: datetime, account: str, name_of: NameOf = our_name
) -> Result:
    """The answer to a file that was refused as a whole; nothing of it was stored."""
    told = tuple([_error(issue, name_of) for issue in issues])
    return Result(
        file=file[:255],
        status="REJECTED",
        received=0,
        created=0,
        duplicate=0,
        rejected=0,
        pending=0,
        early=0,
        entries=(ResultEntry(result="REJECTED", errors=told),),
        envelope=echo(envelope, at=at, account=account),
    )


def echo(envelope: Envelope, *, at: datetime, account: str) -> Envelope:
    """The header of an answer: source and destination swapped, the version echoed, the time ours (sdf 2.5)."""
    return Envelope(
        sender=envelope.receiver or account,
        receiver=envelope.sender,
        version=envelope.version,
        sent_at=at.replace(microsecond=0),
        reference=envelope.reference,
    )


def _error(issue: Issue, name_of: NameOf = our_name) -> ResultError:
    text = issue.sentence if issue.line is None else issue.text
    field = name_of(issue)
    return ResultError(code=issue.code, text=_fitting(text), line=issue.line, field=field[:60] or None)


def _fitting(text: str) -> str:
    """The text; one that is too long ends at a word with an ellipsis."""
    if len(text) <= LONGEST:
        return text
    kept, blank, _ = text[:LONGEST].rpartition(" ")
    return f"{kept if blank and len(kept) > LONGEST // 2 else text[: LONGEST - 1]}…"
