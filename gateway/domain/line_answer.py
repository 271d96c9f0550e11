"""The vendor answers an order line by line instead of batch by batch: takes it, cannot deliver it, or not yet (sdf 3.8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from gateway.domain import feed
from gateway.domain.acknowledge import acknowledged, entry, waits
from gateway.domain.maintain import Note, Upkeep, maintain
from gateway.domain.order import Line, LineStatus, PurchaseOrder
from gateway.domain.origin import Origin
from gateway.domain.outcome import BatchAnswered, BatchLine, BatchLinesChanged, LinesChanged, Outcome, Verdict, refused
from gateway.domain.request import Request
from gateway.kernel.issues import Issue, Severity

BACKORDERED = "Backordered"


class Word(StrEnum):
    """What the vendor says of a line."""

    ACCEPTED = "accept_line"
    REJECTED = "reject_line"
    BACKORDERED = "backorder_line"


class LineAnswer(Struct, frozen=True, kw_only=True, gc=False):
    """The answer for one line; a date says when a backordered one can leave."""

    word: Word
    line: int
    reason: str = ""
    due_on: date | None = None


def answer_line(said: LineAnswer, order: PurchaseOrder, *, requests: Sequence[Request], origin: Origin, at: datetime) -> Outcome:
    """A line that waits for its acknowledgement has it now (E4); one that cannot leave is Held besides, with the reason (E18).

    A backordered line gets its new date first (E20). The retailer sees the hold in the feed, and cancels or waits.
    """
    line = order.line(said.line)
    if line is None:
        text = f"order {order.number} has no line {said.line}"
        return refused(Issue("3042", text, field="line", value=str(said.line), line=said.line), key=order.number, order_id=order.id)
    if _is_said_before(said, line):
        return _nothing_new(said, order, line)
    if not _fits(said, line):
        text = f"{said.word} is not possible: {_state(line)}"
        issue = Issue("ACT-303", text, where=f"line {line.number}", field="action", value=said.word, line=line.number)
        return refused(issue, key=order.number, order_id=order.id)
    steps = [acknowledge_line(order, line, origin, at)] if waits(line) else []
    after = steps[-1].changes[0].order if steps and isinstance(steps[-1].changes[0], LinesChanged) else order
    for note in _notes(said, line):
        step = maintain(note, after, requests=requests, origin=origin, at=at)
        if step.verdict is Verdict.BOOKED:
            steps.append(step)
            after = next(change.order for change in step.changes if isinstance(change, LinesChanged))
    return Outcome(
        verdict=Verdict.BOOKED,
        key=order.number,
        order_id=order.id,
        changes=tuple([change for step in steps for change in step.changes]),
        history=tuple([it for step in steps for it in step.history]),
        feed=tuple([it for step in steps for it in step.feed]),
    )


def acknowledge_line(order: PurchaseOrder, line: Line, origin: Origin, at: datetime) -> Outcome:
    """The line goes In Process; its batch is acknowledged once no line of it waits any more."""
    after, batch = acknowledged(line), line.batch or 0
    told = (feed.pulled(order, line.number, batch=batch, quantity=after.printed, origin=origin, at=at),)
    return Outcome(
        verdict=Verdict.BOOKED,
        key=order.number,
        order_id=order.id,
        changes=(
            LinesChanged(order.with_lines((after,)), (after,)),
            BatchLinesChanged((BatchLine(batch, order.id, line.number, after.printed),)),
            BatchAnswered(batch, at),
        ),
        history=(entry(order.id, after, batch, origin, at),),
        feed=told if after.status is LineStatus.IN_PROCESS else (),
    )


def _notes(said: LineAnswer, line: Line) -> list[Note]:
    if said.word is Word.ACCEPTED:
        return []
    if said.word is Word.REJECTED:
        return [Note(act=Upkeep.HOLD, line=line.number, reason=f"Rejected: {said.reason}")]
    reason = said.reason or BACKORDERED
    dated = [Note(act=Upkeep.DUE_DATE, line=line.number, due_on=said.due_on, reason=reason)] if said.due_on is not None else []
    return [*dated, Note(act=Upkeep.HOLD, line=line.number, reason=reason)]


def _is_said_before(said: LineAnswer, line: Line) -> bool:
    """An acceptance after the line has moved on, or the hold that the same answer has brought."""
    if said.word is Word.ACCEPTED:
        return line.status in {LineStatus.IN_PROCESS, LineStatus.SHIPPED}
    (*_, hold) = _notes(said, line)
    return line.status is LineStatus.HELD and line.hold_reason == hold.reason and not waits(line) and said.due_on in {None, line.due_on}


def _nothing_new(said: LineAnswer, order: PurchaseOrder, line: Line) -> Outcome:
    """An acceptance has 3021, as a batch that needs none has: perhaps nobody ever told the same."""
    text = f"line {line.number} is {line.status} already; it waits for no acknowledgement"
    told = Issue("3021", text, where=f"line {line.number}", field="action", line=line.number, severity=Severity.WARNING)
    issues = (told,) if said.word is Word.ACCEPTED else ()
    return Outcome(verdict=Verdict.DUPLICATE, key=order.number, order_id=order.id, issues=issues)


def _fits(said: LineAnswer, line: Line) -> bool:
    if waits(line):
        return line.status is LineStatus.NEW or said.word is Word.ACCEPTED
    return said.word is not Word.ACCEPTED and line.status is LineStatus.IN_PROCESS


def _state(line: Line) -> str:
    return "the line was not sent yet" if line.status is LineStatus.NEW and line.batch is None else f"the line is {line.status}"
