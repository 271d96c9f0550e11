"""From the header of an interchange to its trailer: groups and sets as events, each level checked on its own (edi 2.3, 4.3)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.formats.edi.checks import Checks, Trailer
from gateway.formats.edi.envelope import Closed, Event, Group, GroupClosed, GroupOpened, Interchange, Opened
from gateway.formats.edi.findings import Treat
from gateway.formats.edi.headers import opens, skip_to_header
from gateway.formats.edi.lexer import Lexer, Piece
from gateway.formats.edi.manners import Manner, Opening
from gateway.formats.edi.numbers import Numbers
from gateway.formats.edi.rails import Rails
from gateway.formats.edi.segments import Segment
from gateway.formats.edi.sets import Sets
from gateway.formats.edi.tape import Tape

_SERVICES = 100


def walk(tape: Tape, opening: Opening, rails: Rails | None = None) -> Iterator[Event]:
    """The events of one interchange whose header was just read; the tape is left behind it. Sets may run on rails."""
    yield Opened(opening.interchange)
    if opening.lexer is None:
        skip_to_header(tape)
    else:
        yield from _Walk(tape, opening, opening.lexer, rails).events()
    yield Closed(opening.interchange)


class _Walk:
    """One interchange; `_group` is the group that is open."""

    def __init__(self, tape: Tape, opening: Opening, lexer: Lexer, rails: Rails | None) -> None:
        self._tape = tape
        self._lexer = lexer
        self._interchange: Interchange = opening.interchange
        self._checks: Checks = opening.checks
        self._manner: Manner = opening.manner
        self._sets = Sets(tape, lexer, opening.manner, opening.checks, rails)
        self._group: Group | None = None
        self._groups = self._implied = self._messages = 0
        self._numbers = Numbers()
        self._outside = self._filler = self._empty = 0
        self._is_mixed = False

    def events(self) -> Iterator[Event]:
        """Everything behind the header, up to the trailer, the next header or the end of the file."""
        tape, lexer = self._tape, self._lexer
        while True:
            self._filler += tape.skip_filler()
            if self._group is not None and lexer.is_set(tape):
                yield self._take(self._group)
                continue
            piece = lexer.piece(tape)
            if piece is None:
                break
            self._empty += piece.empty
            tape.at += piece.start
            if opens(tape):
                break
            if piece.tag == self._manner.set_open:
                yield from self._set()
            elif self._is_whole(piece):
                segment, offset = lexer.apart([piece.text])[0], tape.offset
                tape.at += piece.behind - piece.start
                if piece.tag == self._manner.interchange_close:
                    yield from self._close_group()
                    self._close(segment, offset)
                    self._finish()
                    return
                yield from self._segment(piece.tag, segment, offset)
        yield from self._close_group()
        self._missing(self._interchange, self._manner.interchange_close)
        self._finish()

    def _set(self) -> Iterator[Event]:
        if self._group is None:
            yield GroupOpened(self._open_implied())
        if self._group is not None:
            yield self._take(self._group)

    def _take(self, group: Group) -> Event:
        group.counted += 1
        self._messages += 1
        return self._sets.take(group, group.counted)

    def _segment(self, tag: str, segment: Segment, offset: int) -> Iterator[Event]:
        manner, group = self._manner, self._group
        if tag == manner.group_open:
            yield from self._close_group()
            yield GroupOpened(self._open_group(segment, offset))
        elif tag == manner.group_close and group is not None and not group.is_implied:
            yield from self._close_group(segment, offset)
        elif group is not None:
            self._checks.outside(group, self._outside, tag, group.spot(tag, offset=offset), treat=Treat.REJECT)
            self._outside += 1
        elif tag in {manner.set_close, manner.group_close}:
            self._checks.outside(self._interchange, self._outside, tag, self._interchange.spot(tag, offset=offset), treat=Treat.REJECT)
            self._outside += 1
        else:
            self._serve(tag, segment, offset)

    def _serve(self, tag: str, segment: Segment, offset: int) -> None:
        """A segment between the header of the interchange and its groups: kept, and told unless it is one that may stand there."""
        if len(self._interchange.services) < _SERVICES:
            self._interchange.services.append(segment)
        if tag not in self._manner.services:
            treat = self._checks.tolerance.stray
            self._checks.outside(self._interchange, self._outside, tag, self._interchange.spot(tag, offset=offset), treat=treat)
            self._outside += 1

    def _is_whole(self, piece: Piece) -> bool:
        """Whether the segment ends, at least with the file; one that does not is too long to be one, and nothing behind it is read."""
        if piece.is_ended:
            return True
        interchange, checks, offset = self._interchange, self._checks, self._tape.offset
        if piece.is_last:
            text = f"the last segment, {piece.tag[:20]}, has no terminator"
            checks.note(interchange, "last_terminator", text, interchange.spot(offset=offset), treat=checks.tolerance.last_terminator)
            return True
        text = "no segment terminator was found within a million characters; what follows is left out up to the next interchange"
        checks.note(interchange, "too_long", text, interchange.spot(offset=offset))
        skip_to_header(self._tape)
        return False

    def _open_group(self, segment: Segment, offset: int) -> Group:
        manner = self._manner
        group = Group(interchange=self._interchange, number=self._groups + 1, offset=offset, segment=segment)
        manner.group(segment, group, self._checks, self._lexer)
        if group.control and self._numbers.is_used(group.control):
            text = f"{manner.group_reference} {group.control!r} was used before in this interchange"
            self._checks.note(group, "repeated_number", text, group.spot(manner.group_open), value=group.control)
        return self._begin(group)

    def _open_implied(self) -> Group:
        """For a set outside of groups: where there are none in the whole interchange, all its sets are one group without a number."""
        interchange, manner = self._interchange, self._manner
        group = Group(interchange=interchange, number=self._groups + 1, offset=self._tape.offset, version=interchange.version)
        self._implied += 1
        if manner.needs_groups:
            text = f"{manner.set_open} stands outside of any group; {manner.group_open} is missing"
            self._checks.note(interchange, "outside", text, interchange.spot(manner.set_open, offset=group.offset))
        return self._begin(group)

    def _begin(self, group: Group) -> Group:
        self._groups += 1
        if not self._manner.needs_groups and 0 < self._implied < self._groups and not self._is_mixed:
            self._is_mixed = True
            text = "some messages stand in groups and some outside of them"
            self._checks.note(self._interchange, "mixed", text, self._interchange.spot(offset=group.offset))
        self._group = group
        self._sets.begin()
        self._outside = 0
        return group

    def _close_group(self, segment: Segment | None = None, offset: int = -1) -> Iterator[Event]:
        """Close the group that is open, if one is; without a trailer one is missing, unless the group is implied."""
        group, manner, checks = self._group, self._manner, self._checks
        if group is None:
            return
        if segment is not None:
            trailer = Trailer(
                segment,
                manner.group_close,
                manner.group_reference,
                group.control,
                group.counted,
                manner.unit,
                offset,
                manner.compares_numbers,
            )
            group.claimed = checks.trailer(group, trailer, checks.tolerance.group_count, group.spot)
        elif not group.is_implied:
            self._missing(group, manner.group_close)
        if not group.counted and not manner.needs_groups:
            checks.note(group, "empty", "the group holds no message", group.spot(manner.group_close))
        self._group = None
        self._outside = 0
        yield GroupClosed(group)

    def _close(self, segment: Segment, offset: int) -> None:
        """The trailer of the interchange."""
        manner, interchange, checks = self._manner, self._interchange, self._checks
        self._count()
        what = "group" if manner.needs_groups or self._groups > self._implied else manner.unit
        reference = manner.interchange_reference
        trailer = Trailer(
            segment, manner.interchange_close, reference, interchange.control, interchange.counted, what, offset, manner.compares_numbers
        )
        treat = checks.tolerance.interchange_count
        if manner.needs_groups and not self._groups and interchange.services and segment[1:2] == ["1"]:
            treat = Treat.WARN if treat is Treat.REJECT else treat  # an interchange of TA1 alone counts it as a group
        interchange.claimed = checks.trailer(interchange, trailer, treat, interchange.spot)

    def _count(self) -> None:
        real = self._groups - self._implied
        self._interchange.counted = self._groups if self._manner.needs_groups else real or self._messages

    def _missing(self, owner: Interchange | Group, name: str) -> None:
        spot = owner.spot(name, offset=self._tape.offset)
        self._checks.note(owner, "trailer_missing", f"{name} is missing", spot)

    def _finish(self) -> None:
        """What is known only at the end."""
        interchange, checks, lexer = self._interchange, self._checks, self._lexer
        self._count()
        if not interchange.counted and not self._manner.needs_groups:
            checks.note(interchange, "empty", "the interchange holds no message", interchange.spot())
        if lexer.wrapped:
            text = "line ends stand inside of segments, as lines of a fixed width leave them; they are left out"
            checks.note(interchange, "wrapping", text, interchange.spot(), treat=checks.tolerance.wrapping)
        if self._empty:
            text = f"empty segments outside of {self._manner.unit}s were left out: {self._empty}"
            checks.note(interchange, "empty_segments", text, interchange.spot(), treat=checks.tolerance.empty_segments)
        if self._filler:
            checks.note(
                interchange, "filler", "blanks or line ends stand between segments", interchange.spot(), treat=checks.tolerance.filler
            )
        for name in lexer.decoder.changes[lexer.decoder.told :]:
            checks.note(
                interchange, "charset", lexer.decoder.objection(name), interchange.spot(), value=name, treat=checks.tolerance.charset
            )
        interchange.charset = lexer.decoder.name
