"""Interchanges, groups and sets as they are read, and the events that tell of them in the order of the file.

The interchange and the group of an opening and a closing event are the same object: complete when it closes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field

from gateway.formats.edi.findings import Finding, Spot
from gateway.formats.edi.places import Places
from gateway.formats.edi.segments import Delimiters, Segment, Standard, Uncut, tag_of

if TYPE_CHECKING:
    from gateway.formats.edi.rails import Glimpse


class Interchange(Struct, kw_only=True):
    """ISA to IEA, or UNB to UNZ. Ids are trimmed, `made_at` is as written (`220622:0815`), `charset` is the one used to decode.

    `version` is ISA12, or the syntax version of UNB behind `syntax` (UNOC). `claimed` is what the trailer counts, None where it tells no
    number; `counted` what is there: groups, or messages where there are no groups. `services` are segments between ISA and GS that are
    no group: TA1, ISB and others.
    """

    standard: Standard
    number: int
    offset: int
    delimiters: Delimiters
    segment: Segment
    control: str = ""
    sender: str = ""
    sender_qualifier: str = ""
    receiver: str = ""
    receiver_qualifier: str = ""
    made_at: str = ""
    version: str = ""
    syntax: str = ""
    is_test: bool = False
    wants_answer: bool = False
    charset: str = ""
    una: bool = False
    claimed: int | None = None
    counted: int = 0
    services: list[Segment] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """Whether nothing of it may be used."""
        return any(it.is_error for it in self.findings)

    def spot(self, tag: str = "", element: int = 0, component: int = 0, *, offset: int = -1) -> Spot:
        """A place in a segment of the envelope."""
        where = self.offset if offset < 0 else offset
        return Spot(interchange=self.control, tag=tag, element=element, component=component, offset=where)


class Group(Struct, kw_only=True):
    """GS to GE, or UNG to UNE. Where EDIFACT has no groups one is implied, with an empty control number and no segment.

    `kind` is GS01 or the message type of UNG; `type` is that of its first message (EDIFACT). `claimed` and `counted` are numbers of sets;
    `accepted` is for who judges them.
    """

    interchange: Interchange
    number: int
    offset: int = -1
    kind: str = ""
    type: str = ""
    control: str = ""
    sender: str = ""
    receiver: str = ""
    made_at: str = ""
    version: str = ""
    segment: Segment = field(default_factory=list)
    claimed: int | None = None
    counted: int = 0
    accepted: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_implied(self) -> bool:
        """Whether no segment opens it."""
        return not self.segment

    @property
    def is_refused(self) -> bool:
        """Whether no set of it may be used for a reason of its own."""
        return any(it.is_error for it in self.findings)

    def spot(self, tag: str = "", element: int = 0, component: int = 0, *, offset: int = -1) -> Spot:
        """A place in a segment of the envelope."""
        where = self.offset if offset < 0 else offset
        return Spot(interchange=self.interchange.control, group=self.control, tag=tag, element=element, component=component, offset=where)


class Set(Struct, kw_only=True):
    """One transaction set or message, whole in memory: all segments from ST to SE or from UNH to UNT, the trailer where there is one.

    `version` is the first six characters of ST03 or else GS08 (`004010`), or version and release of UNH (`D.96A`); `label` is the rest
    (`VICS`, `EAN008`); `convention` is ST03 as written, or the association code of UNH. `number` counts in the group, from 1.
    `held` are the segments, or the text that they are cut from when somebody looks at them.
    """

    standard: Standard
    type: str
    control: str
    version: str
    label: str
    convention: str
    held: list[Segment] | Uncut
    offset: int
    delimiters: Delimiters
    group: Group
    number: int
    places: Places
    findings: list[Finding] = field(default_factory=list)

    @property
    def segments(self) -> list[Segment]:
        """All segments from the first to the last."""
        held = self.held
        if isinstance(held, Uncut):
            held = self.held = held.segments()
        return held

    @property
    def is_refused(self) -> bool:
        """Whether it may not be used."""
        return any(it.is_error for it in self.findings)

    @property
    def where(self) -> str:
        """The place of the set itself for people: `str(set_.spot())`, which is asked of every set."""
        return f"set {self.control}, byte {self.offset}" if self.control else str(self.spot())

    def spot(self, position: int = 0, element: int = 0, component: int = 0, repetition: int = 0, *, loop: str = "") -> Spot:
        """A place in the set; the byte is looked up in what was read, so ask only for what is told."""
        return Spot(
            interchange=self.group.interchange.control,
            group=self.group.control,
            set=self.control,
            position=position,
            tag=tag_of(self.segments[position - 1]) if 0 < position <= len(self.segments) else "",
            element=element,
            component=component,
            repetition=repetition,
            loop=loop,
            offset=self.places.offset(position, element, component, repetition) if position else self.offset,
        )


class Opened(Struct, frozen=True):
    """The header of an interchange was read."""

    interchange: Interchange


class GroupOpened(Struct, frozen=True):
    """The header of a group was read, or the first message of an implied one stands next."""

    group: Group


class GroupClosed(Struct, frozen=True):
    """The group is complete: its trailer was read, or is missing."""

    group: Group


class Closed(Struct, frozen=True):
    """The interchange is complete: its trailer was read, or is missing."""

    interchange: Interchange


class Stray(Struct, frozen=True):
    """Text outside of any interchange; where a file holds nothing else it is no EDI of ours."""

    finding: Finding


Event: TypeAlias = "Opened | GroupOpened | Set | Glimpse | GroupClosed | Closed | Stray"
