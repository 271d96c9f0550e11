"""Segments of one interchange: a whole set with a few `str.split` where it is regular, else one segment after the other.

The fast way takes only sets in which nothing is out of the ordinary; all else goes the careful way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from msgspec import Struct

from gateway.formats.edi.charsets import Decoder
from gateway.formats.edi.headers import ON_A_LINE, opens
from gateway.formats.edi.masks import GAP, unmask
from gateway.formats.edi.places import Places
from gateway.formats.edi.segments import Delimiters, Element, Segment, Uncut
from gateway.formats.edi.tape import Tape

SET_LIMIT = 64 * 1024 * 1024
_AHEAD = 256 * 1024
_PATIENCE = 8
_FILLERS = ("\r\n", "\n", "\r", "")
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}\Z")
_BREAKS = re.compile("[\r\n]+")
_GLUE = r"(?:[\r\n]\s*|\xe2\x80[\x98\x99]|[\x91\x92\xb4`~])"  # what stands between two segments of which the first has no terminator
ENVELOPE = frozenset(["ISA", "GS", "ST", "SE", "GE", "IEA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"])


class Piece(Struct, frozen=True):
    """One segment, cleaned of line ends that do not belong to it; places are counted from where the tape stands."""

    text: str
    tag: str
    start: int
    end: int
    behind: int
    empty: int = 0
    """How many empty segments stand before it."""
    is_last: bool = False
    """Whether the file ends with it, or an interchange begins behind it, so that it needs no terminator to be one."""

    @property
    def is_ended(self) -> bool:
        """Whether a terminator was found."""
        return self.behind > self.end


class Cut(Struct, frozen=True):
    """The segments of a set, and what was odd about them. `behind` is where the next segment begins, counted from where the tape stands."""

    held: list[Segment] | Uncut
    first: Segment
    last: Segment
    count: int
    places: Places
    behind: int
    is_closed: bool = True
    is_ended: bool = True
    is_long: bool = False
    empty: int = 0
    fused: int = 0
    """The position of the first segment that seems to hold another one."""


class Lexer:
    """How the segments of one interchange are cut and taken apart.

    `marks` are the delimiters as the tape shows them, `delimiters` as people write them; `tags` those of the first and last segment of
    a set. `breaks` end a segment too. `drops`: line ends mean nothing anywhere; `wrapped`: such a one was met where it hurts.
    """

    def __init__(self, marks: Delimiters, delimiters: Delimiters, decoder: Decoder, tags: tuple[str, str], *, breaks: str = "") -> None:
        self.marks = marks
        self.delimiters = delimiters
        self.decoder = decoder
        self.breaks = breaks
        self.drops = False
        self.wrapped = False
        self._patience = self._most = 0 if breaks else _PATIENCE
        self._ragged_patience = self._ragged_most = 0 if breaks or marks.terminator in "\r\n" else _PATIENCE
        self._ragged = re.compile(re.escape(marks.terminator) + r"[ \t\r\n]*" + re.escape(tags[1] + marks.element))
        self._opening = tags[0] + marks.element
        self._last = tags[1]
        self._fused = re.compile(_GLUE + "[A-Z][A-Z0-9]{1,2}" + re.escape(marks.element))
        self._filler: str | None = None
        self._separator = self._trailer = ""
        self._never_or_odd: list[str] = []

    def is_set(self, tape: Tape) -> bool:
        """Whether a set begins where the tape stands, at first sight."""
        return tape.text.startswith(self._opening, tape.at)

    def regular(self, tape: Tape) -> Cut | None:
        """The set that begins where the tape stands, up to the next trailer, when all its segments end alike."""
        if not self._patience:
            return self._loose(tape)
        if self._filler is None:
            self._adapt(tape)
        stop = self._reach(tape)
        if stop is None:
            self._patience -= 1
            return self.regular(tape) if self._adapt(tape) else None
        raw = tape.text[tape.at : stop]
        count = raw.count(self._separator) + 1
        if self._is_odd(raw, count - 1):
            self._patience -= 1
            return self.regular(tape) if self._adapt(tape) else None
        self._patience = self._most
        return self.whole(raw, self._separator, count, tape.offset)

    @property
    def separator(self) -> str:
        """What stands between two segments where all of them end alike; empty where they do not."""
        return self._separator if self._patience and self._filler is not None else ""

    def whole(self, raw: str, separator: str, count: int, offset: int) -> Cut:
        """A set whose segments all end alike: its text up to the terminator behind the trailer."""
        behind, places = len(raw) + len(self.marks.terminator), Places(raw, offset, self.marks)
        if not raw.isascii():
            return _cut(self.apart(raw.split(separator)), places, behind)
        held = Uncut(raw, separator, self.marks.element)
        return Cut(held, held.first, held.last, count, places, behind)

    def _loose(self, tape: Tape) -> Cut | None:
        """The same where filler differs from segment to segment, as in files that are indented."""
        stop = self._reach(tape, self._ragged) if self._ragged_patience else None
        raw = tape.text[tape.at : stop] if stop is not None else ""
        pieces = [piece.lstrip(" \t\r\n") for piece in raw.split(self.marks.terminator)]
        if stop is None or not all(pieces) or any("\n" in piece or "\r" in piece for piece in pieces):
            self._ragged_patience -= self._ragged_patience > 0
            return None
        return _cut(self.apart(pieces), Places(raw, tape.offset, self.marks), stop + len(self.marks.terminator) - tape.at)

    def careful(self, tape: Tape, stops: Collection[str]) -> Cut:
        """The same segment by segment: up to its trailer, or a segment that stands outside of sets, or the next interchange."""
        drops = self.drops
        pieces: list[Piece] = []
        ahead = 0
        is_closed = is_long = False
        while not is_closed:
            piece = self.piece(tape, ahead)
            if self.drops is not drops:
                return self.careful(tape, stops)
            if piece is None or (pieces and (piece.tag in stops or opens(tape, piece.start))):
                break
            pieces.append(piece)
            ahead = piece.behind
            is_closed = piece.tag == self._last
            if ahead > SET_LIMIT or not (piece.is_ended or piece.is_last):
                is_long = True
                ahead = ahead if piece.is_ended else piece.start + 1
                break
        if ahead > _AHEAD and is_closed:  # too long for the fast ways, which says nothing about the sets behind it
            self._patience, self._ragged_patience = self._most, self._ragged_most
        end = pieces[-1].end
        texts = [piece.text for piece in pieces]
        fused = next((number for number, text in enumerate(texts, 1) if self._fused.search(text)), 0)
        segments = self.apart(texts)
        return Cut(
            segments,
            segments[0],
            segments[-1],
            len(segments),
            Places(tape.text[tape.at : tape.at + end], tape.offset, self.marks, self.breaks),
            ahead,
            is_closed,
            is_ended=pieces[-1].is_ended,
            is_long=is_long,
            empty=sum(piece.empty for piece in pieces),
            fused=fused,
        )

    def piece(self, tape: Tape, ahead: int = 0) -> Piece | None:
        """The segment `ahead` of where the tape stands; None where the file ends."""
        empty = 0
        while True:
            span = tape.segment(ahead, self.marks.terminator, self.breaks)
            if span is None:
                return None
            start, end, behind = span
            if end > start:
                break
            empty += not self.breaks
            ahead = behind
        raw = tape.text[tape.at + start : tape.at + end]
        following = ON_A_LINE.search(raw, 1)
        if following:
            end = behind = start + following.start()
            raw = raw[: following.start()].rstrip("\r\n")
        if ("\n" in raw or "\r" in raw) and not self.wrapped and not self.breaks:
            self.wrapped = self._is_broken(raw)
            self.drops = self.drops or self.wrapped
        text = self._clean(raw)
        is_last = behind == end and (tape.ended or following is not None)
        return Piece(text, text.partition(self.marks.element)[0], start, end, behind, empty, is_last)

    def _is_broken(self, raw: str) -> bool:
        """Whether line ends stand where they must be dropped: in a tag, or in a segment of the envelope."""
        if self._fused.search(raw):
            return False
        tag, _, rest = raw.rstrip("\r\n").partition(self.marks.element)
        bare = _BREAKS.sub("", tag)
        return bool(_TAG.match(bare)) and (bare != tag or (bare in ENVELOPE and bool(_BREAKS.search(rest))))

    def _clean(self, text: str) -> str:
        """A segment without the line ends that do not belong to it."""
        if self.drops:
            return _BREAKS.sub("", text)
        if self.breaks:
            return text.strip("\r\n")
        return text.rstrip("\r") if self.marks.terminator == "\n" else text

    def apart(self, pieces: list[str]) -> list[Segment]:
        """Segments taken apart and decoded, all of them in one character set."""
        element = self.marks.element
        sample = unmask("".join([piece for piece in pieces if not piece.isascii()]))
        decode: Callable[[str], str] = str
        if not sample.isascii():
            self.decoder.choose(sample)
            decode = self.decoder.text
        return [piece.split(element) if piece.isascii() else self._taken(piece, decode) for piece in pieces]

    def _taken(self, piece: str, decode: Callable[[str], str]) -> Segment:
        """A segment with more than ASCII, or with something released, in it; a tag is a text whatever stands in it."""
        tag, *elements = piece.split(self.marks.element)
        return [decode(unmask(tag)), *[one if one.isascii() else self._element(one, decode) for one in elements]]

    def _element(self, text: str, decode: Callable[[str], str]) -> Element:
        if GAP not in text:
            return decode(text)
        marks = self.marks
        repeated = text.split(marks.repetition) if marks.repetition else [text]
        taken = [tuple([decode(unmask(part)) for part in (one.split(marks.component) if marks.component else [one])]) for one in repeated]
        if len(taken) > 1:
            return list(taken)
        only = taken[0]
        is_plain = (
            len(only) == 1
            and not (marks.component and marks.component in only[0])
            and not (marks.repetition and marks.repetition in only[0])
        )
        return only[0] if is_plain else only

    def _reach(self, tape: Tape, ragged: re.Pattern[str] | None = None) -> int | None:
        """Where the next trailer ends, if it is near."""
        while True:
            if ragged is None:
                found = tape.text.find(self._trailer, tape.at)
                behind = found + len(self._trailer) if found >= 0 else -1
            else:
                match = ragged.search(tape.text, tape.at)
                behind = match.end() if match else -1
            stop = tape.text.find(self.marks.terminator, behind) if behind >= 0 else -1
            if stop >= 0:
                return stop
            if len(tape.text) - tape.at > _AHEAD or not tape.more():
                return None

    def _is_odd(self, raw: str, ends: int) -> bool:
        """Whether a segment ends otherwise than the first one does, or begins with filler, or is empty."""
        if raw.count(self.marks.terminator) != ends:
            return True
        for one in self._filler or ():
            if raw.count(one) != ends:
                return True
        return any(map(raw.__contains__, self._never_or_odd))

    def _adapt(self, tape: Tape) -> bool:
        """Expect after each segment what stands after the first one; whether that is something else than before."""
        terminator = self.marks.terminator
        behind = tape.text.find(terminator, tape.at) + len(terminator)
        filler = next(one for one in _FILLERS if tape.text.startswith(one, behind))
        is_new = filler != self._filler
        if is_new:
            self._shape(filler)
        return is_new

    def _shape(self, filler: str) -> None:
        terminator = self.marks.terminator
        self._filler = filler
        self._separator = terminator + filler
        self._trailer = self._separator + self._last + self.marks.element
        never = [one for one in "\r\n" if one not in self._separator]
        self._never_or_odd = [*never, *(self._separator + one for one in (" ", "\t", terminator))]


def _cut(segments: list[Segment], places: Places, behind: int) -> Cut:
    return Cut(segments, segments[0], segments[-1], len(segments), places, behind)
