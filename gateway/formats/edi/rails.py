"""Rails: sets that lie like the one before, taken from the file by one pattern from the first segment to behind the trailer.

A rail is laid for one mould of a mapping: what the mould goes by stands in the pattern as it is, and only what it takes is handed out.
What does not run on a rail is read as any other set, which tells what is wrong with it; so this module knows no faults.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.formats.edi.envelope import Group, Set
from gateway.formats.edi.forms import Form
from gateway.formats.edi.gates import Passed
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.manners import Manner
from gateway.formats.edi.masks import GAP, unmask
from gateway.formats.edi.tape import Tape
from gateway.formats.edi.totals import Closing, agree

if TYPE_CHECKING:
    from gateway.formats.edi.sets import Sets

MOST = 64
"""So many rails in one group; sets of further kinds are read as if there were none."""
MOST_KEPT = 256
"""So many patterns are kept for all files."""
_kept: dict[str, re.Pattern[str]] = {}


class Expected(Struct, frozen=True, eq=False):
    """What sets are expected for: a mould of a mapping, which goes by these words and takes these values (by their numbers in the form).

    `takers` are the layouts that they are for.
    """

    mould: object
    words: frozenset[int]
    takes: tuple[int, ...]
    takers: tuple[int, ...]


class Rail(Struct, frozen=True, eq=False):
    """The pattern of sets of one group that are for one mould.

    `control` is the number of the group that holds the control number, `widths` how long that may be; `pick` takes what the mould takes.
    `closings` are the totals that a glance judges, by the groups of the pattern.
    """

    pattern: re.Pattern[str]
    control: int
    widths: range
    pick: itemgetter[Any]
    closings: tuple[Closing, ...]
    is_released: bool
    separator: str
    form: Form
    version: str
    label: str
    expected: Expected


class Glimpse(Struct, gc=False):
    """A set that ran on a rail: its values. What else is to be known of it is made when somebody asks."""

    rail: Rail
    values: tuple[str, ...]
    control: str
    group: Group
    number: int
    offset: int
    raw: str
    sets: Sets
    made: Set | None = None

    @property
    def set(self) -> Set:
        """The set with its segments."""
        if self.made is None:
            self.made = self.sets.of_glimpse(self)
        return self.made

    @property
    def where(self) -> str:
        """The place of the set for people."""
        return f"set {self.control}, byte {self.offset}"

    def loop(self) -> Loop:
        """The set as loops."""
        return self.rail.form.tree.grow(self.rail.form.type, self.set.segments)


class Rails:
    """The rails of one file. They end with the group, for what a set must be by its header may change there.

    Where a set is not like the one before, its rails are found by its delimiters alone: a hint, for the pattern of a rail judges all of it.
    """

    def __init__(self) -> None:
        self._sets: Sets | None = None
        self._latest: Rail | None = None
        self._rails: dict[bytes, list[Rail]] = {}
        self._met: set[object] = set()
        self._filling = b""
        self._trailer = ""

    def begin(self, sets: Sets) -> None:
        """Another group begins."""
        self._sets, self._latest, self._rails, self._met = sets, None, {}, set()

    def take(self, tape: Tape, group: Group, number: int) -> Glimpse | None:
        """The set that begins where the tape stands, if it runs on a rail; the tape stays where it is."""
        rail, sets, at = self._latest, self._sets, tape.at
        if rail is None or sets is None:
            return None
        found = rail.pattern.match(tape.text, at)
        if found is None:
            for rail in self._others(tape.text, at):
                found = rail.pattern.match(tape.text, at)
                if found is not None:
                    self._latest = rail
                    break
            else:
                return None
        values, raw = found.groups(), found[0]
        if rail.is_released and not raw.isascii():
            values = tuple(map(unmask, values))
        control = values[rail.control]
        if len(control) not in rail.widths or (rail.closings and not agree(rail.closings, values)):
            return None
        return Glimpse(rail, rail.pick(values), control, group, number, tape.base + at, raw, sets)

    def expect(self, set_: Set, passed: Passed, expected: Expected) -> None:
        """Sets like this one, which nothing is wrong with, may come again."""
        sets = self._sets
        if sets is None or expected.mould in self._met or len(self._met) >= MOST:
            return
        self._met.add(expected.mould)
        separator = sets.separator_of(set_)
        if not separator or set_.findings or len(expected.takes) < 2:
            return
        if self._latest is None:
            marks = set_.places.marks
            signs = f"{marks.element}{marks.component}{marks.terminator}"
            self._filling = bytes(set(range(256)) - set(signs.encode()))
            self._trailer = f"{separator}{sets.manner.set_close}{marks.element}"
        rail = _laid(set_, passed, expected, separator, sets.manner)
        if rail is not None:
            self._latest = rail
            self._rails.setdefault(self._skeleton(set_.places.text, 0), []).append(rail)

    def _others(self, text: str, at: int) -> Sequence[Rail]:
        return self._rails.get(self._skeleton(text, at), ()) if len(self._met) > 1 else ()

    def _skeleton(self, text: str, at: int) -> bytes:
        """The delimiters of the set that begins here."""
        return text[at : text.find(self._trailer, at)].encode().translate(None, self._filling)


def _laid(set_: Set, passed: Passed, expected: Expected, separator: str, manner: Manner) -> Rail | None:
    """The rail for sets like this one; nothing where a word that must stand there is not in the file as it is read."""
    form, values, ends = passed.gate.form, passed.values, passed.gate.closings
    control, count, again = (form.value_at(*place, 0) for place in ((1, manner.reference), (len(form.bare), 1), (len(form.bare), 2)))
    if control is None or count is None or again is None or ends is None:
        return None
    kinds = {end.kind for end in ends if end.kind is not None}
    ends = tuple([end for end in ends if not end.when or (end.kind is not None and values[end.kind] == end.when)])
    counted = {end.told for end in ends if values[end.told] in end.texts}
    heading = {number for number, place in enumerate(form.places) if place.position == 1} - {control}
    fixed = {*expected.words, *heading, *kinds, *counted, count}
    if not all(_is_plain(values[number], form) for number in fixed):
        return None
    summed = [end for end in ends if end.told not in counted]
    asked = {number for end in summed for number in (end.told, *(one for numbers in end.sums for one in numbers))}
    caught = sorted({control, *expected.takes, *asked})
    at = {number: place for place, number in enumerate(caught)}
    texts = [re.escape(text) if number in fixed else form.allowed[number] for number, text in enumerate(values)]
    texts[again] = f"(?P=c{control})"
    for number in caught:
        texts[number] = f"(?P<c{number}>{texts[number]})"
    segments = ["".join([one if isinstance(one, str) else texts[one] for one in segment]) for segment in form.pieces]
    source = re.escape(separator).join(segments) + re.escape(form.delimiters.terminator)
    return Rail(
        _pattern(source),
        at[control],
        manner.widths,
        itemgetter(*[at[number] for number in expected.takes]),
        tuple([_moved(end, at) for end in summed]),
        GAP in source,
        separator,
        form,
        set_.version,
        set_.label,
        expected,
    )


def _moved(end: Closing, at: Mapping[int, int]) -> Closing:
    """A total by the groups of the pattern; that it is meant is known."""
    return replace(end, when="", kind=None, told=at[end.told], sums=tuple([tuple([at[one] for one in numbers]) for numbers in end.sums]))


def _is_plain(text: str, form: Form) -> bool:
    """Whether a word stands in the file as it was read: nothing in it is released."""
    marks = form.delimiters
    return not any(mark and mark in text for mark in (marks.element, marks.component, marks.terminator, marks.repetition, marks.release))


def _pattern(source: str) -> re.Pattern[str]:
    found = _kept.get(source)
    if found is None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        found = _kept[source] = re.compile(source, re.ASCII)
    return found
