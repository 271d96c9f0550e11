"""Writes interchanges of both standards: envelopes, counts and control numbers around sets that others have laid out (edi 8.1).

Streams: one set in memory. Texts are folded to the partner's characters and every change is told. Not for: what a set holds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

from msgspec import Struct, field

from gateway.formats.base import Fault
from gateway.formats.edi.folding import Fold, Folder
from gateway.formats.edi.segments import Delimiters, Standard
from gateway.formats.stencils import Printed

Body = Sequence[str | tuple[str, ...]]
"""A segment to write: its tag, then its elements; a tuple holds components."""
WITH_REPETITION = "00402"
"""From this version of the envelope on the eleventh element of ISA names the repetition separator."""
LONG_DATES = "004010"
NUMBER = "\ue000"
"""Stands for the number of a set."""


class Address(Struct, frozen=True):
    """Who an interchange is from or for: an id, what kind of id it is, and an address within (EDIFACT)."""

    id: str
    qualifier: str = ""
    internal: str = ""


class SetOut(Struct, frozen=True):
    """A set or message to write, without its first and last segment; `control` where it is not simply the next number.

    `printed` is one whose text is made already, in the letters and with the delimiters of this interchange.
    """

    type: str
    segments: Sequence[Body]
    control: str | None = None
    convention: str = ""
    version: str = ""
    printed: Printed | None = None


class SetWritten(Struct, frozen=True, gc=False):
    """The numbers a set has got: those of its group and its own, as they stand in the file, and the group's kind."""

    kind: str
    group: str
    type: str
    control: str


class Outgoing(Struct, frozen=True, kw_only=True):
    """Everything that stands around the sets of one interchange.

    `group_control` and `first_set` are the numbers of the first group and set, those behind count on. `written` is filled while
    the interchange is written: which set has got which number.
    """

    standard: Standard
    sender: Address
    receiver: Address
    version: str
    made_at: datetime
    control: int
    delimiters: Delimiters
    label: str = ""
    group_sender: str = ""
    group_receiver: str = ""
    group_control: int = 1
    first_set: int = 1
    is_test: bool = False
    wants_answer: bool = False
    line_end: str = ""
    una: bool = False
    charset: str = "ascii"
    umlauts: str = "ae"
    syntax: str = "3"
    application: str = ""
    agreement: str = ""
    written: list[SetWritten] = field(default_factory=list)


Groups = Iterable[tuple[str, Iterable[SetOut]]]
"""The kind of a group (GS01; empty for messages without a group) and its sets."""


def write(envelope: Outgoing, groups: Groups, target: BinaryIO, *, service: Sequence[Body] = ()) -> tuple[Fault, ...]:
    """Write one interchange; `service` segments (TA1) stand before its groups. Answers what had to be changed in texts."""
    writer = _X12(envelope, target) if envelope.standard is Standard.X12 else _Edifact(envelope, target)
    writer.write(groups, service)
    return tuple(writer.faults)


class _Writer(ABC):
    """What both standards share: folding, joining, numbering, counting; `closing` is the tag of the last segment of a set."""

    closing: str

    def __init__(self, envelope: Outgoing, target: BinaryIO) -> None:
        self.envelope = envelope
        self.faults: list[Fault] = []
        self._target = target
        self._fold = Folder(envelope.charset, envelope.delimiters, umlauts=envelope.umlauts)
        self._next_set = envelope.first_set
        self._end = envelope.delimiters.terminator + envelope.line_end
        self._mark = envelope.delimiters.element
        self._last = self.closing + self._mark
        self._known_around: dict[tuple[str, str, str], tuple[str, str] | None] = {}
        self._width = 4 if envelope.standard is Standard.X12 else 0

    @abstractmethod
    def write(self, groups: Groups, service: Sequence[Body]) -> None:
        """The whole interchange."""

    def put(self, lines: Sequence[str]) -> None:
        """Segments that are finished."""
        self._target.write((self._end.join(lines) + self._end).encode(self._fold.codec))

    @abstractmethod
    def opening(self, one: SetOut, number: str) -> Body:
        """The first segment of a set."""

    def put_set(self, one: SetOut, number: str) -> None:
        """A whole set."""
        printed = one.printed
        if printed is None:
            bodies = self.bodies(one, number)
            self.put([self.line(self.opening(one, number)), *bodies, self.line([self.closing, str(len(bodies) + 2), number])])
            return
        around = None if one.control else self._around_number(one)
        if around is None:
            first, last = self.line(self.opening(one, number)), self.line([self.closing, str(printed.segments + 2), number])
            text = f"{first}{self._end}{printed.text}{last}{self._end}"
        else:
            before, behind = around
            text = f"{before}{number}{behind}{printed.text}{self._last}{printed.segments + 2}{self._mark}{number}{self._end}"
        self._target.write(text.encode(self._fold.codec))

    def _around_number(self, one: SetOut) -> tuple[str, str] | None:
        """What stands in the first segment of a set like this before its number, and behind it; nothing where it must be looked at.

        Our own numbers are digits, and what else stands there is the same for all.
        """
        key = (one.type, one.version, one.convention)
        if key not in self._known_around:
            delimiters = self.envelope.delimiters
            plain = not self._fold.is_odd(self.opening(one, "1"))
            before, _, behind = joined(self.opening(one, NUMBER), delimiters.element, delimiters.component).partition(NUMBER)
            self._known_around[key] = (before, behind + self._end) if plain else None
        return self._known_around[key]

    def line(self, segment: Body, where: str = "") -> str:
        """A segment as it stands in the file: no empty trailing elements, texts folded."""
        delimiters = self.envelope.delimiters
        if not self._fold.is_odd(segment):
            return joined(segment, delimiters.element, delimiters.component)
        clean = self._cleaned(segment, where)
        parts = [part if isinstance(part, str) else self._composite(part) for part in clean]
        while parts and not parts[-1]:
            parts.pop()
        return delimiters.element.join(parts)

    def number(self) -> str:
        """The control number of the next set."""
        number, self._next_set = self._next_set, self._next_set % 999_999_999 + 1
        return str(number).zfill(self._width)

    def bodies(self, one: SetOut, control: str) -> list[str]:
        """The segments of a set between its first and its last. Nearly always nothing in them must be looked at; then it goes fast."""
        if not self._fold.is_odd_anywhere(one.segments):
            element, component = self.envelope.delimiters.element, self.envelope.delimiters.component
            return [joined(segment, element, component) for segment in one.segments]
        return [self.line(segment, f"{one.type} {control}, segment {at} {segment[0]}") for at, segment in enumerate(one.segments, 2)]

    def _composite(self, parts: tuple[str, ...]) -> str:
        last = len(parts)
        while last and not parts[last - 1]:
            last -= 1
        return self.envelope.delimiters.component.join(parts[:last])

    def _cleaned(self, segment: Body, where: str) -> list[str | tuple[str, ...]]:
        found: list[str | tuple[str, ...]] = []
        for number, element in enumerate(segment):
            place = f"{where}, element {number:02d}" if where and number else where
            if isinstance(element, str):
                found.append(self._text(element, place))
            else:
                found.append(tuple(self._text(part, f"{place}.{at}" if place else "") for at, part in enumerate(element, 1)))
        return found

    def _text(self, text: str, where: str) -> str:
        folded: Fold = self._fold.fold(text)
        if folded.told:
            self.faults.append(self._fold.fault(folded, text, where))
        return folded.text


class _X12(_Writer):
    """ISA .. IEA."""

    closing = "SE"

    def write(self, groups: Groups, service: Sequence[Body]) -> None:
        it = self.envelope
        self.put([self._isa(), *(self.line(segment) for segment in service)])
        count = 0
        for count, (kind, sets) in enumerate(groups, 1):
            self._group(kind, sets, it.group_control + count - 1)
        self.put([self.line(["IEA", str(count), f"{it.control:09d}"])])

    def _isa(self) -> str:
        """The one segment of fixed widths."""
        it, at = self.envelope, self.envelope.made_at
        version = it.version[:5]
        repetition = it.delimiters.repetition if version >= WITH_REPETITION else ""
        widths = [
            "ISA",
            "00",
            " " * 10,
            "00",
            " " * 10,
            f"{it.sender.qualifier or 'ZZ':2}",
            f"{it.sender.id:15}",
            f"{it.receiver.qualifier or 'ZZ':2}",
            f"{it.receiver.id:15}",
            f"{at:%y%m%d}",
            f"{at:%H%M}",
            repetition or "U",
            version,
            f"{it.control:09d}",
            "1" if it.wants_answer else "0",
            "T" if it.is_test else "P",
            it.delimiters.component,
        ]
        return it.delimiters.element.join(widths)

    def _group(self, kind: str, sets: Iterable[SetOut], control: int) -> None:
        it, at = self.envelope, self.envelope.made_at
        day = f"{at:%Y%m%d}" if it.version >= LONG_DATES else f"{at:%y%m%d}"
        sender, receiver = it.group_sender or it.sender.id, it.group_receiver or it.receiver.id
        self.put([self.line(["GS", kind, sender, receiver, day, f"{at:%H%M}", str(control), "X", it.version + it.label])])
        count, group = 0, str(control)
        for count, one in enumerate(sets, 1):  # noqa: B007 - the count is needed behind the loop
            number = one.control or self.number()
            self.put_set(one, number)
            it.written.append(SetWritten(kind, group, one.type, number))
        self.put([self.line(["GE", str(count), group])])

    def opening(self, one: SetOut, number: str) -> Body:
        return ["ST", one.type, number, one.convention]


class _Edifact(_Writer):
    """UNB .. UNZ."""

    closing = "UNT"

    def write(self, groups: Groups, service: Sequence[Body]) -> None:
        it = self.envelope
        if it.una:
            self._target.write(self._una().encode(self._fold.codec))
        self.put([self.line(self._unb()), *(self.line(segment) for segment in service)])
        count = 0
        for number, (kind, sets) in enumerate(groups):
            if not kind:
                count += sum(1 for _ in self._messages("", "", sets))
                continue
            control, count = str(it.group_control + number), count + 1
            self.put([self.line(self._ung(kind, control))])
            inside = sum(1 for _ in self._messages(kind, control, sets))
            self.put([self.line(["UNE", str(inside), control])])
        self.put([self.line(["UNZ", str(count), str(it.control)])])

    def _una(self) -> str:
        it = self.envelope.delimiters
        reserved = it.repetition if it.repetition and self.envelope.syntax >= "4" else " "
        return f"UNA{it.component}{it.element}{it.decimal}{it.release or ' '}{reserved}{it.terminator}{self.envelope.line_end}"

    def _unb(self) -> Body:
        it = self.envelope
        return [
            "UNB",
            (self._fold.named, it.syntax),
            _address(it.sender),
            _address(it.receiver),
            self._moment(),
            str(it.control),
            "",
            it.application,
            "",
            "1" if it.wants_answer else "",
            it.agreement,
            "1" if it.is_test else "",
        ]

    def _ung(self, kind: str, control: str) -> Body:
        it = self.envelope
        version = tuple(it.version.split(".", 1))
        sender, receiver = it.group_sender or it.sender.id, it.group_receiver or it.receiver.id
        return ["UNG", kind, (sender,), (receiver,), self._moment(), control, "UN", (*version, it.label)]

    def _moment(self) -> tuple[str, str]:
        at = self.envelope.made_at
        return (f"{at:%Y%m%d}" if self.envelope.syntax >= "4" else f"{at:%y%m%d}", f"{at:%H%M}")

    def _messages(self, kind: str, control: str, sets: Iterable[SetOut]) -> Iterator[SetWritten]:
        it = self.envelope
        for one in sets:
            number = one.control or self.number()
            self.put_set(one, number)
            written = SetWritten(kind, control, one.type, number)
            it.written.append(written)
            yield written

    def opening(self, one: SetOut, number: str) -> Body:
        version, _, release = (one.version or self.envelope.version).partition(".")
        return ["UNH", number, (one.type, version, release, "UN", one.convention or self.envelope.label)]


def joined(segment: Body, element: str, component: str) -> str:
    """A segment in which no text holds a service character, as it stands in the file."""
    try:
        return element.join(segment).rstrip(element)  # type: ignore[arg-type]  # where it holds composites this is refused
    except TypeError:
        parts = [part if isinstance(part, str) else component.join(part).rstrip(component) for part in segment]
        return element.join(parts).rstrip(element)


def _address(address: Address) -> tuple[str, ...]:
    return (address.id, address.qualifier, address.internal)
