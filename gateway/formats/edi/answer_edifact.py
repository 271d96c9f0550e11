"""The CONTRL that answers an EDIFACT interchange, from what was found alone (edi 4.4).

Pure: a report in, one message out. What is refused is named, everything else counts as accepted with what stands above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from types import MappingProxyType

from gateway.formats.edi.findings import Finding, Level
from gateway.formats.edi.segments import Delimiters, Segment, components, element_of, text_of
from gateway.formats.edi.verdict import GroupReport, Judged, Report, SetReport
from gateway.formats.edi.writer import Body, SetOut

REFUSED, ACCEPTED = "4", "7"
UNSPECIFIED = "18"
MOST_PLACES = 999
D0085: Mapping[str, str] = MappingProxyType(
    {
        "too_long": "39",
        "too_short": "40",
        "bad_character": "21",
        "not_number": "37",
        "not_date": "12",
        "bad_form": "12",
        "not_in_table": "12",
        "not_const": "12",
    }
)
"""What a mapping found wrong with a value, in the codes of an acknowledgement (mapping-language.md 9)."""


def version_of(syntax: str) -> str:
    """Version and release of the CONTRL that answers a syntax version."""
    return "4.1" if syntax >= "4" else "D.3"


def missing(report: Report) -> str:
    """What the header of the interchange lacks so that no CONTRL can be made; empty when nothing does."""
    header, delimiters = report.interchange.segment, report.interchange.delimiters
    wanted = (("sender", 2), ("recipient", 3), ("control reference", 5))
    lacking = [name for name, number in wanted if not (components(element_of(header, number), delimiters)[0])]
    return " and ".join(lacking)


def contrl(report: Report) -> SetOut:
    """The answer to the interchange."""
    interchange = report.interchange
    header, delimiters = interchange.segment, interchange.delimiters
    names = (text_of(header, 5, delimiters), _copy(header, 2, delimiters), _copy(header, 3, delimiters))
    worst = _worst(report.findings, Level.INTERCHANGE) if report.judged is Judged.REFUSED else None
    body: list[Body] = [["UCI", *names, REFUSED if report.judged is Judged.REFUSED else ACCEPTED, *_told(worst)]]
    if report.judged is not Judged.REFUSED:
        for group in report.groups:
            body += _group(group, delimiters)
    return SetOut("CONTRL", body, version=version_of(interchange.version))


def _group(group: GroupReport, delimiters: Delimiters) -> Iterator[Body]:
    refused = [one for one in group.sets if one.judged is Judged.REFUSED]
    if not group.segment:
        for one in refused:
            yield from _message(one)
        return
    worst = _worst(group.findings, Level.GROUP)
    whole = worst is not None and worst.is_error
    if not whole and not refused:
        return
    names = (text_of(group.segment, 5, delimiters), _copy(group.segment, 2, delimiters), _copy(group.segment, 3, delimiters))
    yield ["UCF", *names, REFUSED if whole else ACCEPTED, *_told(worst if whole else None)]
    if not whole:
        for one in refused:
            yield from _message(one)


def _message(one: SetReport) -> Iterator[Body]:
    """A refused message with everything that is wrong in it."""
    yield ["UCM", one.control, one.opening, REFUSED, *_told(_worst(one.findings, Level.SET))]
    inside = [it for it in one.findings if it.level in {Level.SEGMENT, Level.ELEMENT} and it.is_error]
    for _, found in islice(groupby(sorted(inside, key=_place), key=_place), MOST_PLACES):
        yield from _segment(list(found))


def _place(finding: Finding) -> int:
    return finding.spot.position


def _segment(found: Sequence[Finding]) -> Iterator[Body]:
    whole = next((it for it in found if it.level is Level.SEGMENT), None)
    yield ["UCS", str(found[0].spot.position), *([whole.code or UNSPECIFIED] if whole is not None else [])]
    told: list[Body] = []  # the guide and the mapping may have found the same
    for it in found:
        if it.level is Level.ELEMENT:
            place = [str(it.spot.element), *([str(it.spot.component)] if it.spot.component else [])]
            one: Body = ["UCD", it.code or D0085.get(it.kind, UNSPECIFIED), tuple(place)]
            if one not in told:
                told.append(one)
    yield from told


def _worst(findings: Iterable[Finding], level: Level) -> Finding | None:
    """The first error at a level."""
    return next((it for it in findings if it.level is level and it.is_error), None)


def _told(finding: Finding | None) -> list[str | tuple[str, ...]]:
    """Code, service segment and place in it."""
    if finding is None:
        return []
    spot = finding.spot
    place = [str(spot.element), *([str(spot.component)] if spot.component else [])] if spot.element else []
    return [finding.code or UNSPECIFIED, spot.tag, *([tuple(place)] if place else [])]


def _copy(segment: Segment, number: int, delimiters: Delimiters) -> tuple[str, ...]:
    return tuple(components(element_of(segment, number), delimiters))
