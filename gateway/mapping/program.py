"""A compiled mapping: reads the documents of a file and checks what the file says about itself. Shared by threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as Mapping_
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from gateway.documents import Document
from gateway.formats import PLAIN, Broken, Found, Identity, Layout, Plan, Resembling, RowScan, Scan, SetLayout, Sifting, Unread
from gateway.kernel import Issue
from gateway.mapping.broken_rows import above, in_pieces, is_sound, keyed, legible
from gateway.mapping.codes import WHOLE_FILE, code_for, may_refuse_file
from gateway.mapping.compile_reading import Group, MakeFill
from gateway.mapping.counts import TallyPath, census
from gateway.mapping.drafted import drafted, lined
from gateway.mapping.fields import KEYS, PartType
from gateway.mapping.lane import AT_ONCE, Lane
from gateway.mapping.moulds import Moulds
from gateway.mapping.names import names_of
from gateway.mapping.once import once
from gateway.mapping.placeholders import MARKS, placeholder
from gateway.mapping.reading import Finish
from gateway.mapping.readings import UNKNOWN, Preflight, Reading, Values
from gateway.mapping.resolved import Resolved, entry_names
from gateway.mapping.run import WRONG, Out, Run, Walks, issue_of
from gateway.mapping.split import Splitter
from gateway.mapping.stains import Rules
from gateway.mapping.writing import Writer


class Accept(Struct, frozen=True):
    """A document must show one of these values, or it is not for this mapping."""

    address: str
    slot: int
    values: frozenset[str]


class ReadProgram(Struct, frozen=True):
    """Everything that reading needs, compiled."""

    document: Group
    finish: Finish
    plans: tuple[Plan, ...]
    head: Group | None
    tail: Group | None
    tallies: tuple[TallyPath, ...]
    finish_file: Callable[[Out], None]
    accepts: tuple[Accept, ...]
    accept_plan: Plan | None
    splitter: Splitter | None
    lane: Lane | None


class CensusProgram(Struct, frozen=True):
    """Reading reduced to what counts and totals need."""

    document: Group
    plans: tuple[Plan, ...]
    is_told: bool = False
    """Whether documents that were read hold the same values, so that they need not be looked for again."""


class Mapping:
    """One layout of a partner, compiled."""

    def __init__(
        self,
        resolved: Resolved,
        fingerprint: str,
        *,
        again: Callable[[MakeFill], Mapping],
        reader: ReadProgram | None,
        census: CensusProgram | None,
        rules: Callable[[], Rules | None],
        writer: Writer | None,
        needs: frozenset[str],
    ) -> None:
        self.name = resolved.spec.name
        self.version = resolved.spec.version
        self.hash = fingerprint
        self.document = resolved.kind
        self.format = resolved.spec.format
        self.only = resolved.spec.only
        self.answers = frozenset(resolved.spec.answers)
        """The kinds of documents that a result is made to answer; none means any."""
        self.needs = needs
        self.is_by_set = isinstance(resolved.layout, SetLayout)
        """Whether each document is judged and answered by itself, so that none refuses the file."""
        self.names = names_of((resolved.spec.fields, resolved.spec.head), resolved.label)
        self._resolved = resolved
        self._reader = reader
        self._census = census
        self.writer = writer
        self._again = again
        self.moulds = Moulds(rules, self.run, sorted(needs))

    @property
    def formats(self) -> frozenset[str]:
        """The formats it reads: its own."""
        return frozenset({self.format})

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of documents it reads."""
        return frozenset({self.document})

    @property
    def layout(self) -> Layout:
        """Its format with its options."""
        return self._resolved.layout

    @property
    def type(self) -> PartType:
        """What the document holds."""
        return self._resolved.document

    def watched(self, fill: MakeFill) -> Mapping:
        """The same mapping compiled with another way to fill groups: to trace, or to note what is reached."""
        return self._again(fill)

    @property
    def reads(self) -> bool:
        """Whether this mapping reads."""
        return self._reader is not None

    @property
    def writes(self) -> bool:
        """Whether this mapping writes."""
        return self.writer is not None

    @property
    def cuts_sets(self) -> bool:
        """Whether one set of a file may become several documents."""
        return self._reader is not None and self._reader.splitter is not None

    def writes_of(self, entries: str) -> frozenset[str]:
        """The fields of a list's entries that this mapping writes."""
        return entry_names(self._resolved.spec.fields, entries, "write") if self.writes else frozenset()

    def read(self, source: BinaryIO, values: Values, *, trace: list[Any] | None = None) -> Iterator[Reading]:
        """The documents of a file one by one; whatever is wrong is an issue, never an exception."""
        program = self._reading()
        scan = self._scan(source, values)
        run = self.run(values, scan)
        run.trace = trace
        place = 0
        try:
            if program.lane is not None and isinstance(scan, RowScan):
                for before, rows in scan.blocks(AT_ONCE):
                    yield from self._block(program, program.lane, scan, run, before, rows)
                    place = before + len(rows)
                return
            for found in self.pieces(scan, scan, run):
                if not place:
                    self._head(program, scan, run)
                    if run.errors:
                        yield Reading(1, None, tuple(run.issues), where=found.where, rows=0)
                        return
                place += 1
                yield self.document_of(found, place, run)
                run.begin()
        except Broken as broken:
            issue = issue_of(broken.fault, self.document, of_set=run.sets is not None)
            yield Reading(place + 1, None, (*run.issues, issue), where=broken.fault.where, rows=0)

    @property
    def can_sift(self) -> bool:
        """Whether refused documents can be given back as a file of this layout: not where something in it counts or sums them up."""
        layout = self._resolved.layout
        return self._reader is not None and not self._reader.tallies and isinstance(layout, Sifting) and layout.can_sift

    def sift(self, open_: Callable[[], AbstractContextManager[BinaryIO]], chosen: Mapping_[str, str], target: BinaryIO) -> None:
        """Write the documents of these places (`row 7`, with what is wrong) as they stand in the file."""
        layout = self._resolved.layout
        if isinstance(layout, Sifting):
            layout.sift(open_, chosen, target)

    def preflight(self, source: BinaryIO, values: Values) -> Preflight:
        """What refuses the whole file: form to the end, constants, counts and totals around the documents."""
        program = self._reading()
        scan = self._scan(source, values, is_survey=True)
        counting = self._run(values, scan, self._census.plans if self._census else ())
        run = self._run(values, scan, program.plans)
        run.sums = census(program.tallies)
        count = 0
        try:
            for found in self.pieces(scan, scan, counting):
                count += 1
                run.sums.add(self._counted(found, counting))
                if may_refuse_file(self.document) and not self.is_by_set:
                    self._judge(program, found, run)
            for group, node in ((program.head, scan.head()), (program.tail, scan.tail())):
                if group is not None and node is not None:
                    group.fill(node, {}, run)
        except Broken as broken:
            run.fault(broken.fault)
            return Preflight(tuple(run.issues), None)
        for fault in scan.faults():
            run.fault(fault)
        if not count and not self.is_by_set:
            run.report(Issue(code_for(self.document, "empty"), "the file holds no document", kind="empty"))
        return Preflight(tuple(run.issues), count)

    def read_once(self, source: BinaryIO, values: Values, keep: Callable[[Reading], None]) -> bool:
        """Preflight and reading in one pass for a file in order: every document goes to `keep`, to be taken once all have passed.

        False when something may be wrong with the whole file, or this way would save nothing: then the two passes tell.
        """
        program = self._reading()
        if program.lane is not None:
            return False
        scan = self._scan(source, values, is_survey=True)
        run = self._run(values, scan, program.plans)
        counting = self._run(values, scan, self._census.plans if self._census else ())
        around = self._run(values, scan, program.plans)
        around.sums = census(program.tallies)
        is_told = self._census is None or self._census.is_told
        place = 0
        try:
            for found in self.pieces(scan, scan, run):
                if not place:
                    self._head(program, scan, run)
                    if run.errors:
                        return False
                place += 1
                reading = self.document_of(found, place, run)
                if reading.issues and any(issue.code in WHOLE_FILE for issue in reading.issues):
                    return False
                run.begin()
                if reading.document is not None and is_told and not found.faults:
                    around.sums.add(reading.document)
                else:
                    counting.rows = run.rows
                    around.sums.add(self._counted(found, counting))
                keep(reading)
            for group, node in ((program.head, scan.head()), (program.tail, scan.tail())):
                if group is not None and node is not None:
                    group.fill(node, {}, around)
        except Broken:
            return False
        for fault in scan.faults():
            around.fault(fault)
        return place > 0 and not around.errors and not (run.sets is not None and run.sets.is_damaged)

    def write(self, documents: Iterable[Document], target: BinaryIO, values: Values) -> tuple[Issue, ...]:
        """Write the documents; with an error among the issues the bytes are not to be sent."""
        if self.writer is None:
            raise ValueError(f"mapping {self.name} does not write")
        return self.writer.write(documents, target, values)

    def rehearse(self, documents: Iterable[Document], target: BinaryIO, values: Values) -> tuple[Issue, ...]:
        """Write as tests and previews do: an interchange gets an envelope that is nobody's."""
        layout = self._resolved.layout
        if isinstance(layout, SetLayout) and values.envelope is None:
            values = msgspec.structs.replace(values, envelope=layout.specimen())
        return self.write(documents, target, values)

    def fits(self, identity: Identity, head: bytes) -> str | None:
        """Why a file that begins like this is not for this mapping; nothing when it fits."""
        if self._reader is None:
            return "this mapping only writes"
        if identity.format and self.format not in {identity.format, *PLAIN}:
            return f"the file is {identity.format}, not {self.format}"
        return self._resolved.layout.misfit(head, self._needed())

    def resembles(self, head: bytes) -> bool:
        """Whether a file that does not fit was meant for this mapping, as far as its format can tell."""
        layout = self._resolved.layout
        return isinstance(layout, Resembling) and layout.resembles(head)

    def _needed(self) -> Sequence[str]:
        """Addresses that must be there: rules of mandatory fields."""
        if self._reader is None:
            return ()
        return [rule.address for name, rule in self._reader.document.by_name.items() if name in self._resolved.document.required]

    def _reading(self) -> ReadProgram:
        if self._reader is None:
            raise ValueError(f"mapping {self.name} does not read")
        return self._reader

    def run(self, values: Values, scan: Scan) -> Run:
        """The state of one file, or of the sets of one that are for this mapping."""
        return self._run(values, scan, self._reading().plans)

    def _run(self, values: Values, scan: Scan, plans: Sequence[Plan]) -> Run:
        run = Run(self.document, values, scan, self._resolved.unread)
        run.walks = Walks(plans, scan)
        return run

    def _scan(self, source: BinaryIO, values: Values, *, is_survey: bool = False) -> Scan:
        layout = self._resolved.layout
        if isinstance(layout, SetLayout):
            return layout.together([layout], source, values.habits, is_survey=is_survey)
        return layout.survey(source) if is_survey else layout.scan(source)

    def _block(
        self, program: ReadProgram, lane: Lane, scan: RowScan, run: Run, before: int, rows: Sequence[list[str]]
    ) -> Iterator[Reading]:
        """Rows by the fast lane, or one by one when anything about them is odd."""
        if not before:
            run.turn = lane.bind(scan)
        made = run.turn(before, rows) if run.turn is not None and scan.is_even(rows) else None
        if made is not None:
            yield from made
            return
        for number, row in enumerate(rows, before + 1):
            yield self.document_of(scan.alone(row, number), number, run)
            run.begin()

    def pieces(self, nodes: Iterable[Found], scan: Scan, run: Run) -> Iterator[Found]:
        """The documents of a file, cut by `split` where the format does not do it."""
        program = self._reading()
        for found in nodes:
            if program.splitter is None or found.node is None:
                run.rows = found.node if self._resolved.layout.cuts_rows else ()
                yield found
            else:
                yield from program.splitter.split(found, scan, run)

    def _head(self, program: ReadProgram, scan: Scan, run: Run) -> None:
        """What the head says of all documents; with an error there the file gives none."""
        node = scan.head()
        if program.head is None or node is None:
            return
        out: Out = {}
        program.head.fill(node, out, run)
        program.finish_file(out)
        run.file = out

    def accepts(self, found: Found, run: Run) -> bool:
        """Whether a set shows the values that this mapping asks for; what it says of others is not kept."""
        known, errors = len(run.issues), run.errors
        accepted = found.node is None or self._is_accepted(self._reading(), found, run)
        del run.issues[known:]
        run.errors = errors
        return accepted

    def document_of(self, found: Found, place: int, run: Run) -> Reading:
        """One document, or why it is none."""
        program = self._reading()
        if (
            (found.form is not None or found.mould is not None)
            and not found.faults
            and (reading := self._moulded(found, place, run)) is not None
        ):
            return reading
        for fault in found.faults:
            run.fault(fault)
        if found.node is None:
            kind = UNKNOWN if run.sets is not None and not run.sets.takers else ""
            return Reading(place, None, tuple(run.issues), where=found.where, rows=found.rows, kind=kind)
        out = run.out = dict(run.file)
        if run.sets is not None:
            out["envelope"] = run.sets.enveloped()
        run.record = place
        if not self._is_accepted(program, found, run):
            return Reading(place, None, tuple(run.issues), where=found.where, rows=found.rows)
        told = list(run.issues) if run.errors and run.sets is None else None
        syntax = len(run.issues)
        program.document.fill(found.node, out, run)
        key = self._key(out, run)
        if told is not None and not is_sound(found):  # what it seems to say is of no use but for the key
            if found.below is None:
                return Reading(place, None, tuple(keyed(told, key)), key, found.where, found.rows)
            out = run.out = {**run.file, **dict.fromkeys(above(self.type), WRONG)}
            run.issues[len(told) :] = []
            program.document.fill(found.below, out, run)
            return in_pieces(found, program.finish(found.below, out, run), run.issues[len(told) :], told=told, place=place, key=key)
        if key[:1] in MARKS and (hole := placeholder(key)):
            text = f"the file is a template: '{hole}' is a placeholder that was never filled; no {self.document} is taken from it"
            run.issues = [Issue(code_for(self.document, "unknown_document"), text, found.where, value=hole, kind="unknown_document")]
            return Reading(place, None, tuple(keyed(run.issues, key)), key, found.where, found.rows)
        made = program.finish(found.node, out, run)
        if told is not None:
            return in_pieces(found, made, run.issues[len(told) :], told=told, place=place, key=key)
        good = not run.errors
        if run.sets is not None:
            once(run.issues, syntax)
        if good:
            return Reading(place, made, tuple(keyed(run.issues, key)), key, found.where, found.rows)
        draft = drafted(made)
        issues = tuple(keyed(lined(run.issues, draft), key))
        return Reading(place, None, issues, key, found.where, found.rows, legible(made.envelope), draft.document, draft.holes)

    def _moulded(self, found: Found, place: int, run: Run) -> Reading | None:
        """A document that lies like others before it; nothing where the rules must read it, and tell what is odd."""
        document = self.moulds.document(found, run)
        if document is None:
            return None
        names = KEYS[self.document]
        first = getattr(document, names[0])
        key = str(first) if len(names) == 1 and first is not None else "/".join(_told(getattr(document, name) for name in names))
        return Reading(place, document, (), key, found.where, found.rows) if key[:1] not in MARKS else None

    def _is_accepted(self, program: ReadProgram, found: Found, run: Run) -> bool:
        if program.accept_plan is None or run.scan is None:
            return True
        slots = program.accept_plan.bind(run.scan)(found.node)
        run.odd.clear()
        for accept in program.accepts:
            search = program.accept_plan.searches.get(accept.slot)
            raw = search(found.node, slots) if search else slots[accept.slot]
            if raw is not None and raw.strip() and raw.strip() not in accept.values:
                text = f"{accept.address} is '{raw.strip()[:80]}', this mapping takes {' or '.join(sorted(accept.values))}"
                code = code_for(self.document, "unknown_document")
                run.report(Issue(code, text, found.where, value=raw.strip()[:80], kind="unknown_document"))
                return False
        return True

    def _key(self, out: Out, run: Run) -> str:
        """What the document is told apart by, as it stands in the file where it could not be read."""
        told = [run.faulty.get((self.type.name, name)) if (value := out.get(name)) is WRONG else value for name in KEYS[self.document]]
        return "/".join(_told(value for value in told if value != ""))

    def _judge(self, program: ReadProgram, found: Found, run: Run) -> None:
        """Values that refuse the whole file are looked for before anything of it is taken."""
        if found.node is None or found.faults:
            return
        known, errors, run.issues = run.issues, run.errors, []
        out: Out = {}
        run.out = out
        program.document.fill(found.node, out, run)
        program.finish(found.node, out, run)
        guilty = list(keyed((it for it in run.issues if it.code in WHOLE_FILE and it.is_error), self._key(out, run)))
        run.issues, run.errors, run.out = known, errors, {}
        for issue in guilty:
            run.report(issue)

    def _counted(self, found: Found, run: Run) -> Out | None:
        """The values that counts and totals look at; nothing when the document could not be read."""
        if found.node is None or found.faults:
            return None
        out: Out = {}
        if self._census is not None:
            run.begin()
            run.out = out
            self._census.document.fill(found.node, out, run)
        return out


def _told(values: Iterable[Any]) -> list[str]:
    """Those of the values that are there, as texts."""
    return [str(value) for value in values if value is not None]


__all__ = ["Accept", "CensusProgram", "Mapping", "ReadProgram", "Unread"]
