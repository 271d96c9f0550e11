"""One set or message from the tape: cut, described, compared with its trailer."""

from __future__ import annotations

from msgspec import structs

from gateway.formats.edi.checks import Checks, Trailer, counted
from gateway.formats.edi.envelope import Group, Set
from gateway.formats.edi.findings import Level, Spot, Treat
from gateway.formats.edi.headers import opens, skip_to_header
from gateway.formats.edi.lexer import SET_LIMIT, Cut, Lexer
from gateway.formats.edi.manners import Manner
from gateway.formats.edi.numbers import Numbers
from gateway.formats.edi.rails import Glimpse, Rails
from gateway.formats.edi.segments import tag_of
from gateway.formats.edi.tape import Tape


class Sets:
    """Takes the sets of one interchange off the tape."""

    def __init__(self, tape: Tape, lexer: Lexer, manner: Manner, checks: Checks, rails: Rails | None) -> None:
        self._tape = tape
        self._lexer = lexer
        self._rails = rails
        self.manner = manner
        self._checks = checks
        self._controls = Numbers()
        marks = lexer.marks
        self._trailing = [marks.element + marks.terminator]
        if manner.reference == 1:  # EDIFACT calls a component separator that nothing follows the same
            self._trailing += [marks.component + marks.terminator, marks.component + marks.element]
        self._stops = frozenset({manner.set_open, manner.group_open, manner.group_close, manner.interchange_close})

    def begin(self) -> None:
        """Another group begins, whose sets are numbered anew."""
        self._controls = Numbers()
        if self._rails is not None:
            self._rails.begin(self)

    def take(self, group: Group, number: int) -> Set | Glimpse:
        """The set that begins where the tape stands; the tape is left behind it."""
        glimpse = self._rails.take(self._tape, group, number) if self._rails is not None else None
        if glimpse is not None and not self._controls.is_used(glimpse.control):
            self._tape.at += len(glimpse.raw)
            return glimpse
        known = len(self._lexer.decoder.changes)
        cut = self._lexer.regular(self._tape)
        is_exact = cut is not None and self._agrees(cut)
        if cut is None or not is_exact:
            cut = self._lexer.careful(self._tape, self._stops)
        taken = self._set(cut, self._tape.offset, group, number)
        self._tape.at += cut.behind
        if len(self._lexer.decoder.changes) > known:
            self._note_charset(taken, known)
        if not is_exact:
            self._compare(taken, cut)
        self._judge(taken, cut)
        return taken

    def of_glimpse(self, glimpse: Glimpse) -> Set:
        """The set with its segments, of which a glimpse was enough so far."""
        raw = glimpse.raw[: -len(self._lexer.marks.terminator)]
        cut = self._lexer.whole(raw, glimpse.rail.separator, len(glimpse.rail.form.bare), glimpse.offset)
        return self._set(cut, glimpse.offset, glimpse.group, glimpse.number)

    def separator_of(self, set_: Set) -> str:
        """What stands between the segments of sets like this one; empty where their text must be looked into."""
        return "" if self.manner.judges_text(set_.group.interchange) else self._lexer.separator

    def _set(self, cut: Cut, offset: int, group: Group, number: int) -> Set:
        described = self.manner.describe(cut.first, group, self._lexer)
        return Set(
            standard=self.manner.standard,
            type=described.type,
            control=described.control,
            version=described.version,
            label=described.label,
            convention=described.convention,
            held=cut.held,
            offset=offset,
            delimiters=self._lexer.delimiters,
            group=group,
            number=number,
            places=cut.places,
        )

    def _agrees(self, cut: Cut) -> bool:
        """Whether the trailer counts the segments that were cut, and names the set."""
        first, last = cut.first, cut.last
        reference = self.manner.reference
        return len(last) > 2 and len(first) > reference and last[1] == str(cut.count) and last[2] == first[reference]

    def _judge(self, taken: Set, cut: Cut) -> None:
        checks, control = self._checks, taken.control
        if control and self._controls.is_used(control):
            text = f"{self.manner.set_reference} {control!r} was used before in this {'group' if taken.group.segment else 'interchange'}"
            checks.note(taken, "repeated_number", text, taken.spot(1, self.manner.reference), value=control)
        self.manner.judge(taken, checks)
        text = taken.places.text
        if not cut.last[-1] or any(map(text.__contains__, self._trailing)):
            self._note_trailing(taken)

    def _compare(self, taken: Set, cut: Cut) -> None:
        """What the fast way need not ask: the trailer, and how the segments end."""
        checks, manner, tolerance = self._checks, self.manner, self._checks.tolerance
        length = cut.count
        if cut.is_long:
            text = f"a segment has no end, or the {manner.unit} is longer than {SET_LIMIT // 1024**2} MB; the rest of it is left out"
            checks.note(taken, "too_long", text, taken.spot(length))
            self._skip(cut)
        elif not cut.is_closed:
            text = f"{manner.set_close} is missing; {counted(length, 'segment')}"
            checks.note(taken, "trailer_missing", text, taken.spot(length))
        else:

            def spot(_: str, element: int, *, offset: int) -> Spot:
                return taken.spot(length, element)

            trailer = Trailer(cut.last, manner.set_close, manner.set_reference, taken.control, length, "segment", -1)
            checks.trailer(taken, trailer, tolerance.set_count, spot)
        if cut.fused:
            text = f"segment {cut.fused} {tag_of(taken.segments[cut.fused - 1])} seems to hold the next one too"
            shown = " ".join(str(one) for one in taken.segments[cut.fused - 1])
            checks.note(taken, "fused", text, taken.spot(cut.fused), value=shown, treat=Treat.WARN, level=Level.SEGMENT)
        if self._lexer.breaks and (unended := length - 1 - cut.places.text.count(self._lexer.marks.terminator)) > 0:
            text = f"{unended} of {length} segments end with their line alone"
            checks.note(taken, "unended", text, taken.spot(), treat=tolerance.padding)
        if cut.empty:
            checks.note(taken, "empty_segments", f"{_empty(cut.empty)} left out", taken.spot(), treat=tolerance.empty_segments)
        if not (cut.is_ended or cut.is_long):
            checks.note(taken, "last_terminator", "the last segment has no terminator", taken.spot(length), treat=tolerance.last_terminator)

    def _note_charset(self, taken: Set, known: int) -> None:
        """Text in another character set than the declared one: told about the interchange, at the segment where it begins."""
        decoder = self._lexer.decoder
        at = decoder.strays_at(taken.places.text)
        position = 1 + sum(1 for place in range(2, len(taken.segments) + 1) if taken.spot(place).offset <= taken.offset + at)
        for name in decoder.changes[known:]:
            spot = structs.replace(taken.spot(position), offset=taken.offset + at)
            treat = self._checks.tolerance.charset
            interchange = taken.group.interchange
            self._checks.note(interchange, "charset", decoder.objection(name), spot, value=name, treat=treat)
        decoder.told = len(decoder.changes)

    def _note_trailing(self, taken: Set) -> None:
        """The first segment with a separator that nothing follows, and how many there are."""
        component = taken.delimiters.component if self.manner.reference == 1 else ""
        found = [
            position
            for position, segment in enumerate(taken.segments, 1)
            if segment[-1] == "" or (component and any(isinstance(one, str) and one.endswith(component) for one in segment))
        ]
        if found:
            last = len(taken.segments[found[0] - 1]) - 1
            more = f", and {len(found) - 1} more" if len(found) > 1 else ""
            text = f"separators without anything behind them in segment {found[0]} {tag_of(taken.segments[found[0] - 1])}{more}"
            treat = self._checks.tolerance.trailing_separators
            self._checks.note(taken, "trailing_separators", text, taken.spot(found[0], last), treat=treat, level=Level.SEGMENT)

    def _skip(self, cut: Cut) -> None:
        """Go on behind the set that is too long to be kept; at the next interchange where a segment has no end."""
        if not cut.is_ended:
            skip_to_header(self._tape)
            return
        while (piece := self._lexer.piece(self._tape)) is not None:
            if piece.tag in self._stops or opens(self._tape, piece.start):
                return
            self._tape.at += max(piece.behind, piece.end)
            if piece.tag == self.manner.set_close:
                return


def _empty(number: int) -> str:
    return "an empty segment was" if number == 1 else f"{number} empty segments were"
