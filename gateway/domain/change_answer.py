"""Answers to the changes of a retailer in the form that vendors use for theirs: what applied, and what was refused (865; sdf 4.2, edi 5.5).

What waits, for the vendor or for its order, has no answer until it is decided. Pure. Not for: result files, which tell all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from textwrap import wrap
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Answer, AnswerLine, ChangeRequest, OrderAnswer
from gateway.domain.answer import REJECTING
from gateway.domain.outcome import Verdict
from gateway.domain.request import Request, RequestKind, RequestState
from gateway.kernel.issues import Issue

LONGEST = 255
UNDECIDED = frozenset({"PENDING", "EARLY"})
KIND = "kind"
REJECTED = "REJECTED"
ENDINGS: Mapping[RequestState, tuple[str, str]] = MappingProxyType(
    {
        RequestState.DECLINED: ("DSC-209", "the vendor declines"),
        RequestState.REJECTED: ("DSC-203", "the line was shipped or cancelled before the vendor had answered"),
        RequestState.REPLACED: ("DSC-210", "a newer request took its place before the vendor had answered"),
    }
)
"""Why what waited was not done."""
ASKED: Mapping[RequestKind, str] = MappingProxyType(
    {RequestKind.CANCEL: "to cancel", RequestKind.ADDRESS: "the address", RequestKind.COST: "the unit cost"}
)


class Judged(Struct, frozen=True, kw_only=True):
    """One change of a file as it was read and decided; `said` is None where not even its kind could be read."""

    where: str
    """The set that it stands in."""
    key: str
    verdict: Verdict
    result: str
    said: ChangeRequest | None
    request_id: str
    issues: tuple[Issue, ...]
    holes: tuple[str, ...] = ()
    """What of it could not be read, where something else stands for it."""

    @property
    def is_about_line(self) -> bool:
        """Whether it is one of the lines of its set, though perhaps nobody can tell which."""
        return self.said is None or self.said.line is not None or "line" in self.holes

    @property
    def kind(self) -> str:
        """What was to be done, where that could be read."""
        return self.said.kind if self.said is not None and KIND not in self.holes else ""

    @property
    def status(self) -> str:
        """`accepted` or `rejected`; empty while somebody has still to decide."""
        if self.verdict in REJECTING or self.result == REJECTED:
            return "rejected"
        return "" if self.verdict is Verdict.EARLY or self.result in UNDECIDED else "accepted"


def answers(changes: Iterable[Judged], *, on: date) -> list[OrderAnswer]:
    """One answer for each set that came, with its lines; none for a set of which nothing is decided, or whose order nobody can tell."""
    groups = (list(group) for _, group in groupby(changes, key=lambda it: (it.where, it.key)))
    return [_answer([it for it in group if it.status], on) for group in groups if group[0].key and any(it.status for it in group)]


def decided(it: Judged, asked: Sequence[Request]) -> list[Judged]:
    """A change that waited as its requests have ended; one of a whole order, line by line where they have not ended alike."""
    states = {request.state.is_kept for request in asked}
    if it.is_about_line or len(states) == 1:
        return [_ended(it, asked, apart=len({request.state for request in asked}) > 1)]
    of_line = replace(it.said, kind="delete") if it.said is not None and it.said.kind == RequestKind.CANCEL else it.said
    lines = sorted({request.line_no for request in asked})
    return [
        _ended(replace(it, said=None if of_line is None else replace(of_line, line=line)), [one for one in asked if one.line_no == line])
        for line in lines
    ]


def _ended(it: Judged, asked: Sequence[Request], *, apart: bool = False) -> Judged:
    issues = tuple(dict.fromkeys(_why(request, apart=apart and not it.is_about_line) for request in asked if not request.state.is_kept))
    return replace(it, verdict=Verdict.BOOKED, result=REJECTED if issues else "", issues=issues)


def _why(request: Request, *, apart: bool) -> Issue:
    code, text = ENDINGS[request.state]
    of = f"line {request.line_no}: " if apart else ""
    told = f" {ASKED[request.kind]}" if request.state is RequestState.DECLINED else ""
    return Issue(code, f"{of}{text}{told}", field="line")


def _answer(decided: Sequence[Judged], on: date) -> OrderAnswer:
    """Lines are named where the change is about lines, or one of them could not be read beside others."""
    said = next((it.said for it in decided if it.said is not None), None)
    lines = [it for it in decided if it.is_about_line]
    words = {it.status for it in decided}
    return OrderAnswer(
        order_number=decided[0].key,
        about="change",
        request_id=next((it.request_id for it in decided if it.request_id), None),
        answered_on=on,
        status=words.pop() if len(words) == 1 else "lines",
        lines=tuple(_line(it) for it in lines),
        entered_on=said.entered_on if said is not None else None,
        reasons=tuple(_reasons([it for it in decided if it.status == "rejected"])),
    )


def _line(it: Judged) -> AnswerLine:
    said = it.said
    return AnswerLine(
        number=said.line if said is not None else None,
        item=said.item if said is not None else None,
        vendor_item=said.vendor_item if said is not None else None,
        answers=(Answer(status=it.status),),
        extra={KIND: it.kind} if it.kind else {},
    )


def _reasons(refused: Sequence[Judged]) -> list[str]:
    """What is wrong, each thing once and at its own line, in texts of a length that fits.

    What a guide finds is told with the first change of a set, wherever it stands; a change that tells the same place itself has the line.
    """
    own = {issue.where: it for it in refused for issue in it.issues if issue.is_error and issue.field}
    told = [_told(it, issue) for it in refused for issue in it.issues if issue.is_error and (issue.field or issue.where not in own)]
    return [piece for text in dict.fromkeys(told) for piece in wrap(text, LONGEST)]


def _told(it: Judged, issue: Issue) -> str:
    line = f"line {it.said.line}: " if it.said is not None and it.said.line is not None else ""
    return f"{line}{issue.code} {issue.text}"
