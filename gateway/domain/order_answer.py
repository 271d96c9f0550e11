"""A vendor answers an order, or changes of it: accepted, backordered, held, rejected, by line or as a whole (sdf 3.9; 855, 865, ORDRSP).

The order is never changed by an answer but in what vendors may change: due dates, holds and notes. Costs, quantities, items and cancels
are the retailer's: those are told in the history and in the feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from hashlib import sha256

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Envelope, OrderAnswer
from gateway.domain.acknowledge import waits
from gateway.domain.answered_lines import NOTHING, OPEN, Said, lines_said, whole, words_faults
from gateway.domain.line_answer import acknowledge_line
from gateway.domain.maintain import Note, Upkeep, maintain
from gateway.domain.order import LineStatus, PurchaseOrder, Stage, no_order_of
from gateway.domain.origin import Origin
from gateway.domain.outcome import AnswerTold, LinesChanged, Missing, Outcome, RequestsChanged, Verdict, refused
from gateway.domain.partner import speaker
from gateway.domain.reference import Reference
from gateway.domain.reply import Reply, reply
from gateway.domain.request import Request, RequestKind, RequestState, joined_by
from gateway.kernel.issues import Issue, Severity
from gateway.kernel.money import shortest

CHANGE = "change"
DATED = "Date changed"
_PLAIN = Envelope()
_FOR_ALL = frozenset({"accepted", "backordered", "held", "rejected"})
"""Words of the order that say of every line what is with it."""
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class LastAnswer(Struct, frozen=True, gc=False):
    """The newest answer that was taken for an order: what it said, and when it was taken."""

    digest: str
    at: datetime


def digest_of_answer(document: OrderAnswer) -> str:
    """What the answer says, whatever file and envelope it came in."""
    plain = replace(document, order_number=document.order_number.upper(), envelope=_PLAIN, extra={})
    return sha256(_encode(plain)).hexdigest()


def answer_order(
    document: OrderAnswer,
    order: PurchaseOrder | None,
    *,
    requests: Sequence[Request],
    last: LastAnswer | None,
    reference: Reference,
    origin: Origin,
    at: datetime,
) -> Outcome:
    """Book the answer, all lines or none; everything that is wrong is told at once.

    The same content as the last answer is a duplicate, unless the retailer has asked for something since.
    """
    key = document.order_number.upper()
    spoken = speaker(None, None, envelope=_PLAIN, reference=reference, origin=origin)
    vendor = spoken.vendor
    if vendor is None:
        return refused(*spoken.issues, key=key)
    if order is None or order.vendor != vendor.code or order.stage is not Stage.RELEASED:
        text = no_order_of(key, vendor.code)
        besides = [*words_faults(document.lines), *_nothing_said(document)]
        missing = None if besides else Missing(kind="order", org=reference.organization.code, order_number=key)
        return refused(Issue("3031", text, field="order_number", value=key), *besides, key=key, missing=missing)
    digest = digest_of_answer(document)
    is_about_change = document.about == CHANGE or document.request_id is not None
    request_id = "" if (document.request_id or "").upper() == key else document.request_id or ""
    answering = _Answering(order, requests, origin, at, request_id if is_about_change else None)
    if last is not None and last.digest == digest and not answering.has_waiting(since=last.at):
        return Outcome(verdict=Verdict.DUPLICATE, key=key, order_id=order.id)
    if request_id and not any(request_id in {it.request_id, it.name} for it in requests):
        text = f"nobody has asked for {request_id} of order {key}"
        issue = Issue("ACT-305", text, field="request_id", value=request_id)
        return refused(issue, *_said(document, order)[1], key=key, order_id=order.id)
    said, issues = _said(document, order)
    if not _answers_lines(document):
        said = answering.concerned(said)
    for it in said:
        issues += answering.faults(it)
    if issues:
        return refused(*issues, key=key, order_id=order.id)
    booked = [it for it in said if not answering.reply(it)]
    for it in booked:
        answering.book(it)
    told = AnswerTold(order.id, vendor.code, digest, at, document.vendor_order or "", document.answered_on, is_about_change)
    return answering.outcome(told, [*_warnings(booked), *_silence(document, order, said)])


def _answers_lines(document: OrderAnswer) -> bool:
    return any(answer.status != NOTHING for line in document.lines for answer in line.answers)


def _said(document: OrderAnswer, order: PurchaseOrder) -> tuple[list[Said], list[Issue]]:
    """By line; the status of the order speaks for all lines when no line has an answer."""
    if _answers_lines(document):
        return lines_said(document.lines, order)
    if document.status in _FOR_ALL:
        return [whole(line, document.status or "") for line in order.lines], []
    return [], _nothing_said(document)


def _nothing_said(document: OrderAnswer) -> list[Issue]:
    """ANS-01 for an answer that says of no line what is with it."""
    if _answers_lines(document) or document.status in _FOR_ALL:
        return []
    if document.status == "changed":
        text = "the order is taken with changes, but no line says which"
    else:
        text = "neither the order nor a line of it is accepted, backordered, held or rejected"
    return [Issue("ANS-01", text, field="status", value=document.status or "", kind="missing")]


def _not_possible(said: Said) -> list[Issue]:
    """What the status of the line does not allow."""
    line = said.line
    if said.is_silent or line.status is LineStatus.CANCELLED:
        return []
    if line.status is LineStatus.SHIPPED and not said.is_whole:
        text = f"'{said.text}' is not possible: the line is {line.status}"
    elif line.status is LineStatus.NEW and not waits(line):
        text = "an answer is not possible: the line was not sent yet"
    else:
        return []
    return [Issue("ACT-303", text, where=f"line {line.number}", field="status", line=line.number)]


def _unanswered(said: Said, asked: Sequence[Request]) -> list[Issue]:
    """A request is accepted or rejected as a whole."""
    if said.is_yes or said.is_no or not said.statuses:
        return []
    kinds = " and ".join(it.kind for it in asked)
    text = f"the request ({kinds}) is accepted or rejected, not '{said.text}'"
    return [Issue("ANS-07", text, where=f"line {said.line.number}", field="status", line=said.line.number)]


def _warnings(said: Iterable[Said]) -> Iterable[Issue]:
    for it in said:
        number, where = it.line.number, f"line {it.line.number}"
        if it.line.status is LineStatus.CANCELLED:
            yield Issue(
                "ANS-04", "the line is Cancelled; nothing follows from the answer", where=where, line=number, severity=Severity.WARNING
            )
            continue
        if it.unit_cost is not None:
            text = f"unit cost {shortest(it.unit_cost):f} told, {shortest(it.line.unit_cost):f} ordered, which stays"
            yield Issue("ANS-06", text, where=where, field="unit_cost", line=number, severity=Severity.WARNING)
        if it.counts.get(OPEN):
            text = f"{it.counts[OPEN]} of {it.line.ordered} are not answered and stay open"
            yield Issue("ANS-05", text, where=where, field="quantity", line=number, severity=Severity.WARNING)


def _silence(document: OrderAnswer, order: PurchaseOrder, said: Sequence[Said]) -> Iterable[Issue]:
    """Lines that still wait and that an answer to the order passes over."""
    if document.about == CHANGE:
        return
    named = {it.line.number for it in said if not it.is_silent}
    for line in order.lines:
        if line.number not in named and waits(line):
            text = "the line is not answered and stays open"
            yield Issue("ANS-05", text, where=f"line {line.number}", line=line.number, severity=Severity.WARNING)


class _Answering:
    """The order as the answer changes it, step by step, each step by the rule that rows of actions go by."""

    def __init__(self, order: PurchaseOrder, requests: Sequence[Request], origin: Origin, at: datetime, request_id: str | None) -> None:
        """Without a request id (None) it answers the order; an empty one stands for all that waits."""
        self._order = order
        self._requests = {it.id: it for it in requests}
        self._origin = origin
        self._at = at
        self._request_id = request_id
        self._steps: list[Outcome] = []

    def has_waiting(self, *, since: datetime) -> bool:
        """Whether the same words may answer something new."""
        new = (it for it in self._requests.values() if it.state is RequestState.PENDING and it.asked_at >= since)
        return any(map(self._is_meant, new))

    def meant(self, line: int) -> list[Request]:
        """What the retailer has asked of the line and the answer is about, also what has ended."""
        return [it for it in self._requests.values() if it.line_no == line and self._is_meant(it)]

    def waiting(self, line: int) -> list[Request]:
        """The same, as far as it waits; a cancel before an address."""
        found = [it for it in self.meant(line) if it.state is RequestState.PENDING]
        return sorted(found, key=lambda it: (it.kind is not RequestKind.CANCEL, it.id))

    def concerned(self, said: list[Said]) -> list[Said]:
        """The lines that a status of the order speaks for: those of the request that is named, else where something waits, else all."""
        if self._request_id:
            return [it for it in said if self.meant(it.line.number)]
        return [it for it in said if self.waiting(it.line.number)] or said

    def is_over(self, said: Said) -> bool:
        """The newest request of the line has ended as the answer says; it is told once more."""
        newest = max(self.meant(said.line.number), key=lambda it: it.id, default=None)
        if newest is None or newest.state is RequestState.PENDING:
            return False
        return said.is_yes if newest.state.is_kept else said.is_no

    def faults(self, said: Said) -> list[Issue]:
        """What speaks against the answer for this line."""
        number = said.line.number
        asked = self.waiting(number)
        if asked:
            return _unanswered(said, asked)
        if self.is_over(said):
            return []
        if self._request_id and said.statuses and self.meant(number):
            text = f"request {self._request_id} does not wait for an answer any more; it is {self.meant(number)[-1].state}"
            return [Issue("ACT-305", text, where=f"line {number}", field="request_id", value=self._request_id, line=number)]
        return _not_possible(said)

    def reply(self, said: Said) -> bool:
        """Yes or no to all that waits on the line; False where the answer is about something else."""
        number = said.line.number
        asked = self.waiting(number)
        if not asked or not said.statuses:
            return bool(asked) or self.is_over(said)
        for kind in dict.fromkeys(it.kind for it in asked):
            word = Reply(kind=kind, is_accepted=said.is_yes, line=number, request_id=self._request_id or "")
            if any(it.kind is kind for it in self.waiting(number)):
                self._do(reply(word, self._order, requests=self._asked, origin=self._origin, at=self._at))
        if said.is_no and said.refusal:
            self._note(Note(act=Upkeep.REASON, line=number, reason=said.refusal))
        return True

    def book(self, said: Said) -> None:
        """What the answer means for a line that nothing is asked of."""
        line = said.line
        if said.is_silent or line.status is None or not line.status.is_open:
            return
        is_released = line.status is LineStatus.HELD and not waits(line) and said.is_whole
        if waits(line):
            self._do(acknowledge_line(self._order, line, self._origin, self._at))
        if is_released:
            self._note(Note(act=Upkeep.RELEASE, line=line.number))
        text, is_held = said.text, not said.accepted
        late = _new_date(said)
        if late is not None:
            self._note(Note(act=Upkeep.DUE_DATE, line=line.number, due_on=late, reason=text or DATED))
        if is_held and line.status is not LineStatus.HELD:
            self._note(Note(act=Upkeep.HOLD, line=line.number, reason=text))
        elif text and late is None and text not in {line.hold_reason, line.reason}:
            self._note(Note(act=Upkeep.REASON, line=line.number, reason=text))

    def outcome(self, told: AnswerTold, issues: Iterable[Issue]) -> Outcome:
        """All steps together, and that the vendor has answered."""
        return Outcome(
            verdict=Verdict.BOOKED,
            key=self._order.number,
            order_id=self._order.id,
            changes=(*(change for step in self._steps for change in step.changes), told),
            history=tuple([it for step in self._steps for it in step.history]),
            feed=tuple([it for step in self._steps for it in step.feed]),
            issues=tuple(issues),
        )

    def _is_meant(self, request: Request) -> bool:
        """Whether the answer names the request, or one that was added to it; an empty id names all, no id none."""
        if self._request_id is None:
            return False
        ids = {name for it in (request, *joined_by(self._asked, request)) for name in (it.request_id, it.name)}
        return not self._request_id or self._request_id in ids

    @property
    def _asked(self) -> list[Request]:
        return list(self._requests.values())

    def _note(self, note: Note) -> None:
        self._do(maintain(note, self._order, requests=self._asked, origin=self._origin, at=self._at))

    def _do(self, step: Outcome) -> None:
        """The next step sees what this one has changed."""
        if step.verdict is not Verdict.BOOKED:
            return
        self._steps.append(step)
        for change in step.changes:
            match change:
                case LinesChanged():
                    self._order = change.order
                case RequestsChanged():
                    self._requests |= {it.id: it for it in change.requests}
                case _:
                    pass


def _new_date(said: Said) -> date | None:
    """The day that the line is promised for from now on, when it is another one.

    A day told with an acceptance as ordered counts only when it is later than what was asked: earlier is in time.
    """
    day, due_on = said.on, said.line.due_on
    if day is None or day == due_on:
        return None
    return day if said.is_dated_anew or due_on is None or day > due_on else None
