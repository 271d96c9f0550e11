"""What a vendor's answer says of each line of an order: which line is meant, and how its quantities add up (sdf 3.9)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Answer, AnswerLine
from gateway.domain.order import Line, PurchaseOrder
from gateway.kernel.calendar import POSSIBLE, is_possible
from gateway.kernel.issues import Issue
from gateway.kernel.money import shortest

ACCEPTED = "accepted"
BACKORDERED = "backordered"
HELD = "held"
REJECTED = "rejected"
SHORT = "short"
OPEN = "not confirmed"
WORDS = (ACCEPTED, BACKORDERED, HELD, REJECTED, SHORT, OPEN)
"""What a part of a line can be, in the order in which it is told."""
NOTHING = "none"
"""An answer that says nothing of its line."""
MOST = 255
"""A reason is at most so long."""

_OF_STATUS: Mapping[str, str] = MappingProxyType(
    {"accepted": ACCEPTED, "changed": ACCEPTED, "part": ACCEPTED, "backordered": BACKORDERED, "held": HELD, "rejected": REJECTED}
)
_OFFERS: Mapping[str, str] = MappingProxyType({"substitution": "another item is offered", "any": "with a change that is not told"})


class Said(Struct, frozen=True, kw_only=True):
    """The answers for one line, added up: so many pieces of each word."""

    line: Line
    counts: Mapping[str, int]
    statuses: frozenset[str]
    """The words as they were told, whatever their quantities."""
    reasons: Mapping[str, str]
    notes: tuple[str, ...] = ()
    on: date | None = None
    """The day by which the last of them can leave."""
    is_dated_anew: bool = False
    """The vendor says that this day is another one, or tells it for what is late."""
    unit_cost: Decimal | None = None
    """Told, and not that of the order."""

    @property
    def accepted(self) -> int:
        """So many are confirmed."""
        return self.counts.get(ACCEPTED, 0)

    @property
    def is_whole(self) -> bool:
        """All of the line is accepted."""
        return set(self.counts) == {ACCEPTED}

    @property
    def is_yes(self) -> bool:
        """Nothing but acceptance is said, as it answers a request: of how many, the request knows."""
        return self.statuses == {"accepted"}

    @property
    def is_no(self) -> bool:
        """Nothing but refusal is said."""
        return self.statuses == {"rejected"}

    @property
    def refusal(self) -> str:
        """Why a request is declined."""
        reason = self.reasons.get(REJECTED, "")
        return _cut(f"Rejected: {reason}") if reason else ""

    @property
    def is_silent(self) -> bool:
        """Nothing is said of the line."""
        return set(self.counts) <= {OPEN}

    @property
    def text(self) -> str:
        """What is not as ordered, for the history and the feed: `4 accepted, 2 backordered until 2022-07-10: no stock`."""
        parts = [] if self.is_whole else [_part(self, word) for word in WORDS if self.counts.get(word)]
        reason = self.reasons.get(ACCEPTED, "") if self.is_whole else ""
        return _cut("; ".join(part for part in (", ".join(parts), reason, *self.notes) if part))


def whole(line: Line, status: str, *, reason: str = "") -> Said:
    """The answer for the order counts for the line."""
    word = _OF_STATUS[status]
    return Said(line=line, counts={word: line.open or line.ordered}, statuses=frozenset({status}), reasons={word: reason} if reason else {})


def line_meant(told: AnswerLine, order: PurchaseOrder, place: int) -> Line | Issue:
    """By its number; else by the one line with that item of the retailer, of the vendor, or that GTIN. Never a guess."""
    by_number = order.line(told.number) if told.number is not None else None
    where = f"line {told.number}" if told.number is not None else f"entry {place}"
    if by_number is not None:
        other = told.item and told.item != by_number.item and any(told.item == line.item for line in order.lines)
        if not other:
            return by_number
        text = f"line {told.number} is not item {told.item}, which is another line of the order"
        return Issue("ANS-02", text, where=where, field="item", value=told.item or "", line=told.number)
    for field, value in (("item", told.item), ("vendor_item", told.vendor_item), ("gtin", told.gtin)):
        found = [line for line in order.lines if value and value == getattr(line, field)]
        if len(found) == 1:
            return found[0]
        if found:
            text = f"{len(found)} lines have {value}: tell the line number"
            return Issue("ANS-02", text, where=where, field=field, value=value or "", line=told.number)
    if told.number is not None:
        text = f"order {order.number} has no line {told.number}"
        return Issue("3042", text, where=where, field="line", value=str(told.number), line=told.number)
    named = told.item or told.vendor_item or told.gtin
    text = f"order {order.number} has no line with {named}" if named else "neither line number nor item is told"
    return Issue("ANS-02", text, where=where, field="line", kind="" if named else "missing", value=named or "")


def lines_said(lines: Iterable[AnswerLine], order: PurchaseOrder) -> tuple[list[Said], list[Issue]]:
    """Each line of the order that is answered once, its entries together; and all that is wrong with them."""
    together: defaultdict[int, list[AnswerLine]] = defaultdict(list)
    issues: list[Issue] = []
    for place, told in enumerate(lines, start=1):
        match line_meant(told, order, place):
            case Issue() as issue:
                issues.append(issue)
            case line:
                together[line.number].append(told)
    found: list[Said] = []
    for line in order.lines:
        if line.number in together:
            said, faults = _added_up(line, together[line.number])
            issues += faults
            found += [said] if not faults else []
    return found, issues


def _added_up(line: Line, told: Sequence[AnswerLine]) -> tuple[Said, list[Issue]]:
    answers = _of_the_rest([answer for it in told for answer in it.answers if answer.status != NOTHING])
    faults = list(_faults(line, answers))
    counts: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    total = sum(answer.quantity or 0 for answer in answers)
    whole_line = line.open if total <= line.open and line.open else line.ordered
    rest = max(whole_line - total, 0)
    for answer in answers:
        word = _OF_STATUS[answer.status]
        counts[word] += rest if answer.quantity is None else answer.quantity
        if answer.reason and answer.reason not in reasons.get(word, ""):
            reasons[word] = "; ".join(part for part in (reasons.get(word), answer.reason) if part)
    left = 0 if any(answer.quantity is None for answer in answers) else rest
    if left:
        statuses = {answer.status for answer in answers}
        is_short = any(answer.change == "quantity" for answer in answers)
        counts[BACKORDERED if "part" in statuses else SHORT if is_short else OPEN] += left
    is_taken = any(_OF_STATUS[answer.status] is ACCEPTED for answer in answers)
    costs = {it.unit_cost for it in told if is_taken and it.unit_cost is not None and it.unit_cost != line.unit_cost}
    cost = max(costs, default=None)
    days = [answer.on for answer in answers if answer.on is not None]
    said = Said(
        line=line,
        counts={word: counts[word] for word in WORDS if counts[word]},
        statuses=frozenset(answer.status for answer in answers),
        reasons=reasons,
        notes=tuple(_notes(line, answers, cost)),
        on=max(days, default=None),
        is_dated_anew=any(it.on is not None and (it.status != "accepted" or it.change == "date") for it in answers),
        unit_cost=cost,
    )
    return said, faults


def _of_the_rest(answers: list[Answer]) -> list[Answer]:
    """Some say of what they do not deliver that it is 0: one such answer is about all that the others leave."""
    empty = [answer for answer in answers if answer.quantity == 0 and _OF_STATUS[answer.status] is not ACCEPTED]
    if len(empty) != 1 or any(answer.quantity is None for answer in answers):
        return answers
    return [replace(answer, quantity=None) if answer is empty[0] else answer for answer in answers]


def words_faults(lines: Iterable[AnswerLine]) -> Iterator[Issue]:
    """What is wrong with the answers whatever order they are about."""
    for place, told in enumerate(lines, start=1):
        where = f"line {told.number}" if told.number is not None else f"entry {place}"
        yield from _words_faults(told.answers, where, told.number)


def _faults(line: Line, answers: Sequence[Answer]) -> Iterator[Issue]:
    where, number = f"line {line.number}", line.number
    yield from _words_faults(answers, where, number)
    if sum(answer.quantity is None for answer in answers) > 1:
        yield Issue("ANS-03", "several answers without a quantity", where=where, field="quantity", kind="missing", line=number)
    total = sum(answer.quantity or 0 for answer in answers)
    if total > line.ordered:
        text = f"{total} answered, {line.ordered} ordered"
        yield Issue("ANS-03", text, where=where, field="quantity", value=str(total), line=number)


def _words_faults(answers: Iterable[Answer], where: str, number: int | None) -> Iterator[Issue]:
    for answer in answers:
        if answer.quantity is not None and answer.quantity < 0:
            text = f"{answer.quantity} pieces cannot be {answer.status}"
            yield Issue("ANS-03", text, where=where, field="quantity", value=str(answer.quantity), line=number)
        if answer.on is not None and not is_possible(answer.on):
            text = f"the date {answer.on} is not possible: {POSSIBLE}"
            yield Issue("ACT-304", text, where=where, field="date", value=str(answer.on), line=number)


def _notes(line: Line, answers: Sequence[Answer], cost: Decimal | None) -> Iterator[str]:
    kinds = [answer.change for answer in answers if answer.change]
    yield from dict.fromkeys(_OFFERS[kind] for kind in kinds if kind in _OFFERS)
    if cost is not None:
        yield f"cost differs: {shortest(cost):f} told, {shortest(line.unit_cost):f} ordered"
    elif "price" in kinds:
        yield "cost differs, but is not told"


def _part(said: Said, word: str) -> str:
    is_alone = len(said.counts) == 1
    until = f" until {said.on}" if word == BACKORDERED and said.on is not None and not is_alone else ""
    reason = said.reasons.get(word, "")
    told = word.capitalize() if is_alone else f"{said.counts[word]} {word}{until}"
    return f"{told}: {reason}" if reason else told


def _cut(text: str) -> str:
    """At a word, with a mark; the answer itself has all of it."""
    return text if len(text) <= MOST else text[: MOST - 1].rpartition(" ")[0] + "…"
