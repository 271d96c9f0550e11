"""What is wrong with an interchange, and where: all that an acknowledgement, an issue and a person need.

How strictly a partner is read is a Tolerance: one word for each thing that some senders do and some receivers forbid.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, structs

from gateway.kernel import Severity


class Level(StrEnum):
    """What a finding is about; an error is answered at that level and leaves its neighbours alone."""

    FILE = "file"
    INTERCHANGE = "interchange"
    GROUP = "group"
    SET = "set"
    SEGMENT = "segment"
    ELEMENT = "element"


class Spot(Struct, frozen=True, omit_defaults=True):
    """A place in a file: control numbers as written, positions from 1 (ST and UNH are 1), 0 or empty where unknown.

    `loop` is the loop that holds the segment; `offset` counts bytes from the beginning of the file, -1 where unknown.
    """

    interchange: str = ""
    group: str = ""
    set: str = ""
    position: int = 0
    tag: str = ""
    element: int = 0
    component: int = 0
    repetition: int = 0
    loop: str = ""
    offset: int = -1

    def __str__(self) -> str:
        if self.set:
            place = [f"set {self.set}"]
        elif self.group:
            place = [f"group {self.group}"]
        else:
            place = [f"interchange {self.interchange}"] if self.interchange else []
        if self.position:
            place.append(f"segment {self.position} {self.tag}".rstrip())
        elif self.tag:
            place.append(self.tag)
        if self.element:
            parts = [f"element {self.element:02}"]
            parts += [f"component {self.component}"] if self.component else []
            parts += [f"repetition {self.repetition}"] if self.repetition > 1 else []
            place.append(" ".join(parts))
        if self.offset >= 0:
            place.append(f"byte {self.offset}")
        return ", ".join(place)


class Finding(Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong. `code` is that of the standard at its level: TA1 note, AK905, AK502, AK304, AK403, or EDIFACT 0085.

    A warning is told and answered as "accepted with errors", the data is used; an error refuses what stands at its level.
    """

    level: Level
    kind: str
    text: str
    spot: Spot
    code: str = ""
    value: str = ""
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        """Whether what stands at its level cannot be taken because of this."""
        return self.severity is Severity.ERROR


class Treat(StrEnum):
    """What is done about one oddity."""

    ACCEPT = "accept"
    WARN = "warn"
    REJECT = "reject"

    @property
    def severity(self) -> Severity:
        """How a finding of this weighs; one that is accepted is not told at all."""
        return Severity.ERROR if self is Treat.REJECT else Severity.WARNING


class Tolerance(Struct, frozen=True, kw_only=True):
    """How strictly a partner's files are read; what is not named here is always an error.

    The values are the ones for partners without wishes of their own.
    """

    padding: Treat = Treat.WARN
    """ISA whose elements are not as wide as they must be."""
    wrapping: Treat = Treat.WARN
    """Line ends inside of segments, as lines of 80 columns leave them."""
    filler: Treat = Treat.ACCEPT
    """Blanks, line ends and other filler between segments, before the first and after the last; a byte order mark."""
    last_terminator: Treat = Treat.WARN
    """A last segment without terminator."""
    empty_segments: Treat = Treat.WARN
    """Two terminators in a row."""
    trailing_separators: Treat = Treat.WARN
    """Separators before a terminator."""
    header_values: Treat = Treat.WARN
    """Dates, flags and numbers of ISA, GS, UNB and UNG that are not as they must be; no repetition separator under 00402 and later."""
    syntax_identifier: Treat = Treat.REJECT
    """UNB with a syntax identifier that says nothing about the character set."""
    functional_id: Treat = Treat.WARN
    """A group whose functional id does not fit its sets."""
    numbers: Treat = Treat.WARN
    """Control numbers of header and trailer that are equal as numbers only."""
    set_count: Treat = Treat.REJECT
    """SE01 or UNT that counts otherwise."""
    group_count: Treat = Treat.REJECT
    """GE01 or UNE that counts otherwise."""
    interchange_count: Treat = Treat.REJECT
    """IEA01 or UNZ that counts otherwise."""
    totals: Treat = Treat.WARN
    """CTT and CNT that count otherwise."""
    hierarchy: Treat = Treat.REJECT
    """HL and CPS that do not make a tree."""
    dates: Treat = Treat.WARN
    """Dates with six digits where eight are due, and the reverse."""
    unknown_segments: Treat = Treat.WARN
    """Segments that we do not know, that are none of the set, or that a guide does not use."""
    sequence: Treat = Treat.WARN
    """Segments behind their place."""
    repeats: Treat = Treat.WARN
    """Segments and loops that stand oftener than they may."""
    elements: Treat = Treat.WARN
    """More elements, components or repetitions than there may be, and such as a guide does not use."""
    lengths: Treat = Treat.WARN
    """Values that are shorter or longer than they may be."""
    codes: Treat = Treat.WARN
    """Codes outside of a list that is complete."""
    charset: Treat = Treat.WARN
    """Text in another character set than the one that is declared or agreed."""
    stray: Treat = Treat.WARN
    """Text between interchanges, and what stands between ISA and GS that we do not know."""


LENIENT = Tolerance()
STRICT = Tolerance(**dict.fromkeys(Tolerance.__struct_fields__, Treat.REJECT))


def with_loop(finding: Finding, loop: str) -> Finding:
    """The same finding, in a loop."""
    return structs.replace(finding, spot=structs.replace(finding.spot, loop=loop))
