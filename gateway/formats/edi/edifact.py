"""UNB, UNG and UNH: what they tell, and what can be wrong with that (edi 4.2, 4.3)."""

from __future__ import annotations

import re

from gateway.formats.edi.charsets import AGREED, DECLARED, UTF8, Decoder
from gateway.formats.edi.checks import Checks
from gateway.formats.edi.edifact_header import HEAD, Unb, read_unb, specials
from gateway.formats.edi.envelope import Group, Interchange, Set
from gateway.formats.edi.findings import Level, Tolerance, Treat
from gateway.formats.edi.lexer import Lexer
from gateway.formats.edi.manners import Described, Manner, Opening
from gateway.formats.edi.segments import Delimiters, Segment, Standard, component, element_of, text_of
from gateway.formats.edi.tape import Tape

_DATE = re.compile(r"(?:[0-9]{2})?[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])\Z")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9]\Z")
_SHORT_DATE = 6
_ID, _NAME = 2, 3
_AGENCY = re.compile("[0-9]{1,3}")
_SMALL = "small letters"
_SMALL_LETTER = re.compile("[a-z]")
_CAPITAL = "UNOA"
_DROPPING = frozenset({_CAPITAL, "UNOB"})


def open_edifact(tape: Tape, number: int, tolerance: Tolerance, charset: str = "") -> Opening:
    """Read UNA and UNB, where the tape stands."""
    unb = read_unb(tape.fill(HEAD))
    it = unb.delimiters
    offset = tape.offset
    declared = DECLARED.get(unb.syntax, UTF8)
    decoder = (
        Decoder(charset, AGREED) if charset else Decoder(declared, f"UNB says by {unb.syntax}" if unb.syntax in DECLARED else "is usual")
    )
    lexer = Lexer(it, it, decoder, (MANNER.set_open, MANNER.set_close))
    segment = lexer.apart([unb.text])[0]
    checks = Checks(Standard.EDIFACT, it, tolerance)
    interchange = _interchange(unb, segment, number=number, offset=offset)
    if unb.flaw:
        tape.at += unb.length
        tape.mask()
        checks.note(interchange, "service_characters", unb.flaw, interchange.spot("UNB"), code=unb.code)
        return Opening(interchange, checks, None, MANNER)
    tape.at += unb.length
    tape.mask(it.release, specials(it), is_double=unb.is_double)
    lexer.wrapped = unb.is_wrapped
    lexer.drops = unb.is_wrapped or unb.syntax in _DROPPING
    _judge_unb(unb, interchange, checks)
    return Opening(interchange, checks, lexer, MANNER)


def _interchange(unb: Unb, segment: Segment, *, number: int, offset: int) -> Interchange:
    it = unb.delimiters

    def part(element: int, place: int = 1) -> str:
        return (component(element_of(segment, element), place, it) or "").strip()

    return Interchange(
        standard=Standard.EDIFACT,
        number=number,
        offset=offset,
        delimiters=it,
        segment=segment,
        control=text_of(segment, 5, it).strip(),
        sender=part(2),
        sender_qualifier=part(2, 2),
        receiver=part(3),
        receiver_qualifier=part(3, 2),
        made_at=f"{part(4)}:{part(4, 2)}",
        version=unb.version,
        syntax=unb.syntax,
        is_test=part(11) not in {"", "0"},
        wants_answer=part(9) == "1",
        una=unb.una,
    )


def _judge_unb(unb: Unb, interchange: Interchange, checks: Checks) -> None:
    tolerance = checks.tolerance

    def note(kind: str, text: str, element: int, treat: Treat, code: str = "") -> None:
        checks.note(interchange, kind, text, interchange.spot("UNB", element), treat=treat, code=code)

    if unb.syntax not in DECLARED:
        text = f"the syntax identifier {unb.syntax!r} is none that we know, so nothing says how its text is encoded"
        note("charset", text, 1, tolerance.syntax_identifier)
    if not re.match(r"[1-4]\Z", unb.version):
        note("bad_version", f"the syntax version {unb.version!r} is not 1, 2, 3 or 4", 1, tolerance.header_values)
    for element, value, name in ((2, interchange.sender, "sender"), (3, interchange.receiver, "receiver")):
        if not value:
            note("missing", f"UNB names no {name}", element, tolerance.header_values)
    made_on, _, made_at = interchange.made_at.partition(":")
    if not (_DATE.match(made_on) and _TIME.match(made_at)):
        note("bad_date", f"UNB has no date and time of preparation: {interchange.made_at!r}", 4, tolerance.header_values)
    elif len(made_on) > _SHORT_DATE and unb.version < "4":
        text = f"UNB has a date of eight digits, and in syntax {unb.version} it has six: {made_on!r}; it is taken as it stands"
        note("bad_date", text, 4, tolerance.dates)
    if not interchange.control:
        note("bad_control", "UNB has no interchange control reference", 5, Treat.REJECT, "13")
    if not unb.is_ended:
        note("last_terminator", "the last segment, UNB, has no terminator", 0, tolerance.last_terminator)


def _group(segment: Segment, group: Group, checks: Checks, lexer: Lexer) -> None:
    it = lexer.delimiters

    def part(element: int, place: int = 1) -> str:
        return (component(element_of(segment, element), place, it) or "").strip()

    group.kind, group.sender, group.receiver = part(1), part(2), part(3)
    group.made_at, group.control = f"{part(4)}:{part(4, 2)}", text_of(segment, 5, it).strip()
    group.version = f"{part(7)}.{part(7, 2)}" if part(7) else ""
    if not group.control:
        checks.note(group, "bad_control", "UNG has no group reference", group.spot("UNG", 5), code="13")


def _describe(segment: Segment, group: Group, lexer: Lexer) -> Described:
    it: Delimiters = lexer.delimiters
    identifier = element_of(segment, 2)
    type_, version, release, _, association = (component(identifier, place, it) or "" for place in range(1, 6))
    return Described(type_, text_of(segment, 1, it), f"{version}.{release}" if version else "", association, association)


def _judge(taken: Set, checks: Checks) -> None:
    group, sign = taken.group, taken.delimiters.component
    if any(sign in segment[0] for segment in taken.segments):  # explicit nesting says which repetition of a loop this is
        for segment in taken.segments:
            segment[0] = segment[0].partition(sign)[0]
    _judge_case(taken, group.interchange, checks)
    _judge_parties(taken, checks)
    if not taken.control:
        checks.note(taken, "bad_control", "UNH has no message reference", taken.spot(1, 1), code="13")
    if not taken.type:
        checks.note(taken, "type_missing", "UNH does not say which message this is", taken.spot(1, 2))
    elif not group.is_implied:
        group.type = group.type or taken.type
        if group.type != taken.type and not any(it.kind == "type_differs" for it in group.findings):
            text = f"message {taken.type} stands in a group that began with {group.type}"
            checks.note(group, "type_differs", text, taken.spot(1, 2, 1), value=taken.type)


def _judge_parties(taken: Set, checks: Checks) -> None:
    """`NAD+SU+ID+9`: who gives out the id stands one element too far right, as if it were the name."""
    for position, it in enumerate(taken.segments, 1):
        if it[0] != "NAD" or len(it) <= _NAME or not (isinstance(it[_ID], str) and isinstance(it[_NAME], str)):
            continue
        if it[_ID] and taken.delimiters.component not in it[_ID] and _AGENCY.fullmatch(it[_NAME]):
            text = f"NAD03.1 {it[_NAME]!r} seems to be the agency of the party id, and belongs behind that, as NAD02.3"
            spot = taken.spot(position, _NAME, 1)
            treat = checks.tolerance.elements
            checks.note(taken, "shifted", text, spot, value=it[_NAME], treat=treat, level=Level.ELEMENT, code="12")


def _judge_case(taken: Set, interchange: Interchange, checks: Checks) -> None:
    """UNOA has capital letters alone; told once."""
    if interchange.syntax != _CAPITAL or any(it.value == _SMALL for it in interchange.findings):
        return
    found = _SMALL_LETTER.search(taken.places.text)
    if found:
        spot = interchange.spot(offset=taken.offset + found.start())
        text = "UNOA has capital letters alone; the small ones are taken as they are"
        checks.note(interchange, "charset", text, spot, value=_SMALL, treat=checks.tolerance.charset)


MANNER = Manner(
    standard=Standard.EDIFACT,
    interchange_close="UNZ",
    group_open="UNG",
    group_close="UNE",
    set_open="UNH",
    set_close="UNT",
    interchange_reference="UNB 0020",
    group_reference="UNG 0048",
    set_reference="UNH 0062",
    reference=1,
    widths=range(1, 36),
    services=frozenset({"UNO", "UNP", "USC", "USA", "USB", "USD", "USE", "USF", "USH", "USL", "USR", "UST", "USU", "USX", "USY"}),
    unit="message",
    needs_groups=False,
    compares_numbers=False,
    group=_group,
    describe=_describe,
    judge=_judge,
    judges_text=lambda interchange: interchange.syntax == _CAPITAL,
)
