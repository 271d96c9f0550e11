"""ISA, GS and ST: what they tell, and what can be wrong with that (edi 2.2, 2.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from gateway.formats.edi.charsets import AGREED, UTF8, Decoder
from gateway.formats.edi.checks import Checks
from gateway.formats.edi.envelope import Group, Interchange, Set
from gateway.formats.edi.findings import Tolerance, Treat
from gateway.formats.edi.lexer import Lexer
from gateway.formats.edi.manners import Described, Manner, Opening
from gateway.formats.edi.segments import Segment, Standard
from gateway.formats.edi.tape import Tape
from gateway.formats.edi.x12_header import HEAD, Isa, read_isa

FUNCTIONAL: Mapping[str, str] = MappingProxyType(
    {
        "204": "SM",
        "210": "IM",
        "214": "QM",
        "810": "IN",
        "820": "RA",
        "824": "AG",
        "832": "SC",
        "846": "IB",
        "850": "PO",
        "855": "PR",
        "856": "SH",
        "860": "PC",
        "864": "TX",
        "865": "CA",
        "870": "RS",
        "940": "OW",
        "945": "SW",
        "990": "GF",
        "997": "FA",
        "999": "FA",
    }
)
"""The functional id of the groups in which a set travels; a set that is not here is not judged by it."""
_DATE = re.compile(r"(?:[0-9]{2})?[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])\Z")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9](?:[0-9]{1,2})?)?\Z")
_VERSION = re.compile(r"00[0-9]{4}")
_HEADER = (  # ISA element, its form, the kind that has its TA1 note
    (9, re.compile(r"[0-9]{6}\Z"), "bad_date"),
    (10, _TIME, "bad_time"),
    (12, re.compile(r"[0-9]{5}\Z"), "bad_version"),
    (14, re.compile(r"[01]\Z"), "bad_request"),
    (15, re.compile(r"[PTI]\Z"), "bad_usage"),
)


def open_x12(tape: Tape, number: int, tolerance: Tolerance, charset: str = "") -> Opening:
    """Read ISA, where the tape stands."""
    isa = read_isa(tape.fill(HEAD), charset)
    e = isa.elements
    interchange = Interchange(
        standard=Standard.X12,
        number=number,
        offset=tape.offset,
        delimiters=isa.delimiters,
        segment=list(e),
        control=e[13].strip(),
        sender=e[6].strip(),
        sender_qualifier=e[5].strip(),
        receiver=e[8].strip(),
        receiver_qualifier=e[7].strip(),
        made_at=f"{e[9]}:{e[10]}",
        version=e[12].strip(),
        is_test=e[15] in {"T", "I"},
        wants_answer=e[14] == "1",
        charset=isa.encoding,
    )
    tape.at += isa.length
    tape.mask()
    checks = Checks(Standard.X12, isa.delimiters, tolerance)
    if isa.flaw:
        checks.note(interchange, "delimiters", isa.flaw, interchange.spot("ISA"), code=isa.code)
        return Opening(interchange, checks, None, MANNER)
    _judge_isa(isa, interchange, checks)
    lexer = Lexer(
        isa.marks,
        isa.delimiters,
        Decoder(charset, AGREED) if charset else Decoder(UTF8),
        (MANNER.set_open, MANNER.set_close),
        breaks=isa.breaks,
    )
    lexer.wrapped = lexer.drops = isa.is_wrapped
    return Opening(interchange, checks, lexer, MANNER)


def _judge_isa(isa: Isa, interchange: Interchange, checks: Checks) -> None:
    def note(kind: str, text: str, element: int, treat: Treat) -> None:
        value = isa.elements[element] if element else ""
        checks.note(interchange, kind, text, interchange.spot("ISA", element), value=value, treat=treat)

    tolerance, e = checks.tolerance, isa.elements
    if not isa.is_padded:
        note("padding", "the elements of ISA are not as wide as they must be; its separators were counted", 0, tolerance.padding)
    if isa.breaks:
        text = f"ISA16 is left out, so {isa.delimiters.terminator!r} stands in its place; segments end there, or with their line"
        note("padding", text, 16, tolerance.padding)
    if not re.match(r"[0-9]{1,9}\Z", interchange.control):
        note("bad_control", f"ISA13 {e[13]!r} is no number of up to nine digits", 13, tolerance.header_values)
    for element, form, kind in _HEADER:
        if not form.match(e[element]):
            note(kind, f"ISA{element:02} {e[element]!r} is not as it must be", element, tolerance.header_values)
    if isa.delimiters.terminator == "." or isa.delimiters.element == ".":
        text = "a full stop is a delimiter, so numbers with a decimal point fall apart"
        checks.note(
            interchange, "delimiters", text, interchange.spot("ISA"), value=".", code="004" if isa.delimiters.terminator == "." else "026"
        )
    elif not isa.delimiters.terminator.isascii():
        text = f"the segment terminator is {isa.delimiters.terminator!r}, more than one byte"
        checks.note(interchange, "delimiters", text, interchange.spot("ISA"), treat=tolerance.charset, code="004")
    if e[12] >= "00402" and not isa.delimiters.repetition:
        text = f"ISA11 {e[11]!r} can be no repetition separator, which version {e[12]} wants; nothing is read as repeated"
        note("repetition", text, 11, tolerance.header_values)


def _group(segment: Segment, group: Group, checks: Checks, lexer: Lexer) -> None:
    e = [*segment, *[""] * (9 - len(segment))]
    group.kind, group.sender, group.receiver = e[1].strip(), e[2].strip(), e[3].strip()
    group.made_at, group.control, group.version = f"{e[4]}:{e[5]}", e[6].strip(), e[8].strip()
    header_values = checks.tolerance.header_values
    if not re.match(r"[A-Z0-9]{2}\Z", group.kind):
        checks.note(group, "group_unknown", f"GS01 {e[1]!r} is no functional id", group.spot("GS", 1), value=e[1])
    if not _VERSION.match(group.version):
        checks.note(group, "version_unknown", f"GS08 {e[8]!r} does not begin with a version of six digits", group.spot("GS", 8), value=e[8])
    if not group.control:
        checks.note(group, "bad_control", "GS06, the control number, is missing", group.spot("GS", 6))
    elif not re.match(r"[0-9]{1,9}\Z", group.control):
        text = f"GS06 {e[6]!r} is no number of up to nine digits"
        checks.note(group, "bad_control", text, group.spot("GS", 6), value=e[6], treat=header_values)
    if not _DATE.match(e[4]):
        checks.note(group, "bad_date", f"GS04 {e[4]!r} is no date", group.spot("GS", 4), value=e[4], treat=header_values)
    if not _TIME.match(e[5]):
        checks.note(group, "bad_time", f"GS05 {e[5]!r} is no time", group.spot("GS", 5), value=e[5], treat=header_values)


def _describe(segment: Segment, group: Group, lexer: Lexer) -> Described:
    length = len(segment)
    convention = segment[3] if length > 3 else ""
    version = convention if _VERSION.match(convention) else group.version
    return Described(segment[1] if length > 1 else "", segment[2] if length > 2 else "", version[:6], version[6:], convention)


def _judge(taken: Set, checks: Checks) -> None:
    control, group = taken.control, taken.group
    if len(control) not in MANNER.widths:
        text = f"ST02 {control!r} does not have four to nine characters" if control else "ST02, the control number, is missing"
        treat = checks.tolerance.header_values if control else Treat.REJECT
        checks.note(taken, "bad_control", text, taken.spot(1, 2), value=control, treat=treat)
    if not taken.type:
        checks.note(taken, "type_missing", "ST01 does not say which set this is", taken.spot(1, 1))
    elif FUNCTIONAL.get(taken.type, group.kind) != group.kind and not group.is_implied:
        text = f"set {taken.type} stands in a group {group.kind!r}; it belongs into a group {FUNCTIONAL[taken.type]}"
        checks.note(taken, "functional_id", text, taken.spot(1, 1), value=taken.type, treat=checks.tolerance.functional_id)


MANNER = Manner(
    standard=Standard.X12,
    interchange_close="IEA",
    group_open="GS",
    group_close="GE",
    set_open="ST",
    set_close="SE",
    interchange_reference="ISA13",
    group_reference="GS06",
    set_reference="ST02",
    reference=2,
    widths=range(4, 10),
    services=frozenset({"TA1", "ISB", "ISE", "TA3"}),
    unit="set",
    needs_groups=True,
    compares_numbers=True,
    group=_group,
    describe=_describe,
    judge=_judge,
    judges_text=lambda interchange: False,
)
