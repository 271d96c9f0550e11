"""Several mappings for one file: interchanges may hold sets of several kinds, and each set goes to the mapping that is for it.

Stands where one mapping stands: the same questions, the same readings, numbered through the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any, BinaryIO, TypeAlias

from msgspec.structs import replace

from gateway.formats import Broken, Found, Identity, SetLayout, SetScan
from gateway.mapping.compile_reading import MakeFill
from gateway.mapping.program import Mapping
from gateway.mapping.readings import Preflight, Reading, Values
from gateway.mapping.run import Run, issue_of

MARK = "+"
"""Stands between the names of the mappings where they are told as one."""


class Several:
    """The mappings of one channel for sets of either standard, in the order of the channel."""

    only = "read"
    writes = False
    reads = True
    can_sift = False
    is_by_set = True

    def __init__(self, mappings: Sequence[Mapping]) -> None:
        self.mappings = tuple(mappings)
        first = mappings[0]
        self.name = MARK.join(mapping.name for mapping in mappings)
        self.version = first.version
        self.hash = sha256(" ".join(mapping.hash for mapping in mappings).encode()).hexdigest()
        self.format = first.format
        self.formats = frozenset(mapping.format for mapping in mappings)
        self.kinds = frozenset(mapping.document for mapping in mappings)
        self.document = first.document if len(self.kinds) == 1 else ""
        self.needs = frozenset().union(*(mapping.needs for mapping in mappings))

    def watched(self, fill: MakeFill) -> Several:
        """The same mappings compiled with another way to fill groups."""
        return Several([mapping.watched(fill) for mapping in self.mappings])

    def read(self, source: BinaryIO, values: Values, *, trace: list[Any] | None = None) -> Iterator[Reading]:
        """The documents of all sets one by one."""
        scan = self._scan(source, values, is_survey=False)
        place = 0
        try:
            for reading in self._readings(scan, values, trace):
                place = reading.place
                yield reading
        except Broken as broken:
            kind = self.mappings[0].document
            yield Reading(place + 1, None, (issue_of(broken.fault, kind, of_set=True),), where=broken.fault.where, rows=0, kind=kind)

    def read_once(self, source: BinaryIO, values: Values, keep: Callable[[Reading], None]) -> bool:
        """All documents by one pass; False where a group or interchange was damaged, or nothing could be read."""
        scan = self._scan(source, values, is_survey=True)
        some = False
        try:
            for reading in self._readings(scan, values):
                some = True
                keep(reading)
        except Broken:
            return False
        return some and not scan.is_damaged

    def preflight(self, source: BinaryIO, values: Values) -> Preflight:
        """What keeps the whole file from being read; damage of sets, groups and interchanges stays theirs."""
        scan = self._scan(source, values, is_survey=True)
        try:
            count = sum(1 for _ in scan)
        except Broken as broken:
            return Preflight((issue_of(broken.fault, self.mappings[0].document, of_set=True),), None)
        return Preflight(tuple(issue_of(fault, self.mappings[0].document, of_set=True) for fault in scan.faults()), count)

    def used(self, source: BinaryIO, values: Values) -> OneOrSeveral | None:
        """Those of the mappings that sets of this file are for; nothing when it holds none."""
        scan = self._scan(source, values, is_survey=True)
        takers: set[int] = set()
        try:
            for _ in scan:
                takers |= set(scan.takers)
        except Broken:
            return None
        return together(self.mappings[number] for number in sorted(takers)) if takers else None

    def fits(self, identity: Identity, head: bytes) -> str | None:
        """As for the first of its mappings that is for a file which begins like this."""
        reasons = [mapping.fits(identity, head) for mapping in self.mappings]
        return None if None in reasons else reasons[0]

    def sift(self, open_: Callable[[], AbstractContextManager[BinaryIO]], chosen: object, target: BinaryIO) -> None:
        """Sets are corrected by their sender, not given back."""

    def _scan(self, source: BinaryIO, values: Values, *, is_survey: bool) -> SetScan:
        layouts = [mapping.layout for mapping in self.mappings]
        lead = layouts[0]
        if not isinstance(lead, SetLayout):
            raise TypeError(f"mapping {self.mappings[0].name} reads no sets")
        return lead.together(layouts, source, values.habits, is_survey=is_survey)

    def _readings(self, scan: SetScan, values: Values, trace: list[Any] | None = None) -> Iterator[Reading]:
        runs = [mapping.run(values, scan) for mapping in self.mappings]
        for run in runs:
            run.trace = trace
        place = 0
        for found in scan:
            mapping, run = self._for(found, scan, runs)
            for piece in mapping.pieces((found,), scan, run):
                place += 1
                reading = mapping.document_of(piece, place, run)
                yield replace(reading, kind=reading.kind or mapping.document)
                run.begin()

    def _for(self, found: Found, scan: SetScan, runs: Sequence[Run]) -> tuple[Mapping, Run]:
        """The first mapping for this set whose values it shows; where none is, the first tells so."""
        takers = scan.takers or (0,)
        place = takers[0] if len(takers) == 1 else next((one for one in takers if self.mappings[one].accepts(found, runs[one])), takers[0])
        return self.mappings[place], runs[place]


OneOrSeveral: TypeAlias = Mapping | Several
"""What reads a file."""


def set_readers(mappings: Iterable[Mapping]) -> tuple[Mapping, ...]:
    """Those that read sets of interchanges, of whatever standard: a file that begins with one standard may go on with the other.

    Who reads a file and who answers it ask the same list, so that no set is accepted which nobody reads.
    """
    return tuple(mapping for mapping in mappings if mapping.reads and mapping.is_by_set)


def together(mappings: Iterable[Mapping]) -> OneOrSeveral:
    """One mapping as it is; several as one."""
    found = tuple(mappings)
    return found[0] if len(found) == 1 else Several(found)
