"""What became of one document as entries of an answer: of a shipment each line that is wrong by itself (sdf 3.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import ChangeRequest, ResultEntry, Shipment, VendorAction
from gateway.domain import answer as rules
from gateway.domain.outcome import Verdict
from gateway.kernel import Issue
from gateway.mapping import Reading, by_hole

_WHOLE = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_NUMBER, _QUANTITY = "number", "quantity"


class Receipt(Struct, frozen=True, gc=False):
    """What became of one document."""

    kind: str
    verdict: Verdict
    key: str
    issues: tuple[Issue, ...]
    result: str = ""
    request: str = ""
    """What the request that it made is called by."""


class _Part(Struct, frozen=True):
    """One line as its sender told it, and what is wrong with it; nothing of it where the issues are about the whole document."""

    line: int | None
    quantity: int | None
    issues: Sequence[Issue]


def entries_of(reading: Reading, receipt: Receipt, name_of: rules.NameOf) -> Iterator[ResultEntry]:
    """One document of the answer; a refused shipment of several lines tells each line that is wrong by itself."""
    document = reading.said
    request_id = action = None
    parts = [_Part(None, None, receipt.issues)]
    match document:
        case Shipment():
            parts = _of_shipment(document, reading, receipt)
        case ChangeRequest():
            request_id = document.request_id or receipt.request or None
            parts = [_Part(document.line, document.quantity if document.line is not None else None, receipt.issues)]
        case VendorAction():
            request_id, action = document.request_id, document.action
            parts = [_Part(document.line, document.quantity if document.line is not None else None, receipt.issues)]
    for part in parts:
        entry = rules.entry(
            receipt.verdict,
            kind=receipt.kind,
            key=receipt.key or reading.key,
            issues=part.issues,
            row=reading.row,
            line=part.line,
            quantity=part.quantity,
            result=receipt.result,
            name_of=name_of,
        )
        yield replace(entry, request_id=request_id, action=action)


def _of_shipment(document: Shipment, reading: Reading, receipt: Receipt) -> list[_Part]:
    """What is wrong by line, in the order of the shipment; what is wrong with all of it stands alone."""
    told = _told(document, reading)
    if len(told) == 1:
        (number, quantity), *_ = told.values()
        return [_Part(number, quantity, receipt.issues)]
    if receipt.verdict not in rules.REJECTING:
        return [_Part(None, None, receipt.issues)]
    places = {number: place for place, (number, _) in told.items()}
    nameless = iter([place for place in told if f"lines#{place}.{_NUMBER}" in reading.holes])
    found: dict[int, list[Issue]] = {}
    for issue in receipt.issues:
        place = next(nameless, 0) if issue.line is None and issue.field == _NUMBER else places.get(issue.line, 0)
        found.setdefault(place, []).append(issue)
    return [_Part(*told.get(place, (None, None)), issues) for place, issues in found.items()] or [_Part(None, None, ())]


def _told(document: Shipment, reading: Reading) -> Mapping[int, tuple[int | None, int | None]]:
    """Number and quantity by the place of the line in the shipment; of a line that is told more than once all of it together."""
    unread = _unread(reading)
    told: dict[int, tuple[int | None, int | None]] = {}
    known: dict[int, int] = {}
    for place, line in enumerate(document.lines, 1):
        number = unread.get(f"lines#{place}.{_NUMBER}", line.number)
        quantity = unread.get(f"lines#{place}.{_QUANTITY}", line.quantity)
        first = known.setdefault(number, place) if number is not None else place
        if first == place:
            told[place] = number, quantity
        else:
            before = told[first][1]
            told[first] = number, None if before is None or quantity is None else before + quantity
    return told


def _unread(reading: Reading) -> Mapping[str, int | None]:
    """What stood where a value could not be taken, by the path of its hole: a number that it was all the same, such as -1."""
    told = {path: issue.value for issue, path in by_hole(reading.issues, reading.holes)}
    return {path: int(told[path]) if _WHOLE.fullmatch(told.get(path, "")) else None for path in reading.holes}
