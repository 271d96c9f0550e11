"""Answers to X12: TA1 for an interchange, 997 or 999 for each of its groups, from what was found alone (edi 3.1, 3.2).

Pure: a report in, segments out. Not for: who gets them, their envelope and numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from types import MappingProxyType

from gateway.formats.edi.error_codes import plain_element, plain_segment
from gateway.formats.edi.findings import Finding, Level
from gateway.formats.edi.segments import Delimiters
from gateway.formats.edi.verdict import GroupReport, Judged, Report, SetReport
from gateway.formats.edi.writer import Body, SetOut

COPIED = 99
"""So many characters of a bad value are sent back."""
MOST_CODES = 5
PRIVATE = frozenset(
    {"N1", "N2", "N3", "N4", "N9", "NM1", "PER", "G61", "REF", "MSG", "MTX", "NTE", "PID", "K3", "DMG", "IN1", "IN2", "BIN"}
)
"""Segments that may hold what concerns a customer alone: their values are not sent around."""
WITH_VERSION = "005010"
ELEMENT_ERRORS = "8"
SEGMENTS_IN_ERROR = "5"
CONTENT = "024"
"""The note of an interchange that is refused for what no other note tells."""
FIRST_CODES = ("1", "6", "7", "23", "2", "3", "4", "5", "I5", "I6")
"""Codes of a set from the most important on; only five have room."""
AK403: Mapping[str, str] = MappingProxyType(
    {
        "too_long": "5",
        "too_short": "4",
        "bad_character": "6",
        "not_number": "6",
        "not_date": "8",
        "bad_form": "7",
        "not_in_table": "7",
        "not_const": "7",
    }
)
"""What a mapping found wrong with a value, in the codes of an acknowledgement (mapping-language.md 9).

What it misses is no fault of the set: which values must be there as X12, its guide says.
"""

ElementNumber = Callable[[str, int, int], str]
"""The number of the data element at a place (tag, element, component) in the dictionary; empty where it is not known."""


class Answer(StrEnum):
    """The set that answers a group."""

    F997 = "997"
    F999 = "999"


def no_number(tag: str, element: int, component: int) -> str:
    """No dictionary is at hand."""
    return ""


def ta1(report: Report) -> Body:
    """The answer to the interchange."""
    header = [*report.interchange.segment, *[""] * 17]
    told = [it for it in report.findings if it.level is Level.INTERCHANGE and it.code]
    worst = sorted(told, key=lambda it: not it.is_error)
    if report.judged is Judged.REFUSED:
        return ["TA1", header[13], header[9], header[10], "R", worst[0].code if worst else CONTENT]
    return ["TA1", header[13], header[9], header[10], "E" if worst else "A", worst[0].code if worst else "000"]


def acknowledgement(
    group: GroupReport,
    answer: Answer,
    *,
    version: str,
    delimiters: Delimiters,
    number: ElementNumber = no_number,
    accepted_sets: bool = True,
) -> SetOut:
    """The 997 or 999 for a group; with `accepted_sets` it names those too that nothing is wrong with."""
    is_new = version >= WITH_VERSION
    marks = frozenset(mark for mark in (delimiters.element, delimiters.component, delimiters.terminator, delimiters.repetition) if mark)
    body: list[Body] = [["AK1", group.kind, group.control, *([group.version] if is_new else [])]]
    for one in group.sets:
        if accepted_sets or one.judged is not Judged.ACCEPTED:
            body += _set(one, answer, number, marks, is_new=is_new)
    claimed = len(group.sets) if group.claimed is None else group.claimed
    codes = list(dict.fromkeys(it.code for it in _of(group.findings, Level.GROUP) if it.code))[:MOST_CODES]
    body.append(["AK9", group.judged.value, str(claimed), str(len(group.sets)), str(group.accepted), *codes])
    return SetOut(answer.value, body)


def _set(one: SetReport, answer: Answer, number: ElementNumber, marks: frozenset[str], *, is_new: bool) -> Iterator[Body]:
    letters = "IK" if answer is Answer.F999 else "AK"
    yield ["AK2", one.type, one.control, *([one.convention] if is_new else [])]
    inside = [it for it in one.findings if it.level in {Level.SEGMENT, Level.ELEMENT}]
    if one.judged is not Judged.ACCEPTED:
        for _, found in groupby(sorted(inside, key=_place), key=_place):
            yield from _segment(list(found), letters, number, marks, is_new=is_new)
        codes = [it.code or SEGMENTS_IN_ERROR for it in _of(one.findings, Level.SET)]
        codes += [SEGMENTS_IN_ERROR] if inside else []
        yield [f"{letters}5", one.judged.value, *_codes(codes)]
    else:
        yield [f"{letters}5", one.judged.value]


def _place(finding: Finding) -> tuple[int, str]:
    return (finding.spot.position, finding.spot.tag)


def _segment(found: Sequence[Finding], letters: str, number: ElementNumber, marks: frozenset[str], *, is_new: bool) -> Iterator[Body]:
    """What is wrong with one segment: an AK3 for each code of its own, and one with all its elements."""
    spot = found[0].spot
    elements = [it for it in found if it.level is Level.ELEMENT]
    for code in dict.fromkeys(it.code for it in found if it.level is Level.SEGMENT and it.code):
        loop = next(it.spot.loop for it in found if it.code == code)
        yield [f"{letters}3", spot.tag, str(spot.position), loop, code if letters == "IK" else plain_segment(code)]
    if elements:
        yield [f"{letters}3", spot.tag, str(spot.position), elements[0].spot.loop, ELEMENT_ERRORS]
        told: list[Body] = []  # the guide and the mapping may have found the same
        for it in elements:
            one = _element(it, letters, number, marks, is_new=is_new)
            if one not in told:
                told.append(one)
        yield from told


def _element(finding: Finding, letters: str, number: ElementNumber, marks: frozenset[str], *, is_new: bool) -> Body:
    spot = finding.spot
    place: list[str] = [str(spot.element)]
    if spot.component or spot.repetition > 1:
        place.append(str(spot.component) if spot.component else "")
    if spot.repetition > 1:
        place.append(str(spot.repetition))
    code = finding.code or AK403.get(finding.kind, "7")
    code = code if letters == "IK" else plain_element(code, is_new=is_new)
    where = place[0] if len(place) == 1 else tuple(place)
    return [f"{letters}4", where, number(spot.tag, spot.element, spot.component), code, copied(finding, marks)]


def copied(finding: Finding, marks: frozenset[str]) -> str:
    """The bad value as it may be sent back: short, without delimiters, and nothing that concerns a customer alone."""
    if finding.spot.tag in PRIVATE:
        return ""
    return "".join([one for one in finding.value if one not in marks and one.isprintable()])[:COPIED].strip()


def _of(findings: Iterable[Finding], level: Level) -> list[Finding]:
    """Findings at a level, errors first."""
    return sorted((it for it in findings if it.level is level), key=lambda it: not it.is_error)


def _codes(codes: Iterable[str]) -> list[str]:
    known = {code: at for at, code in enumerate(FIRST_CODES)}
    return sorted(dict.fromkeys(code for code in codes if code), key=lambda code: known.get(code, len(known)))[:MOST_CODES]
