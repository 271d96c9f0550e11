"""X12 and EDIFACT as formats of mappings: what a mapping may say of a set, and the layout that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import BinaryIO

from gateway.formats.addresses import AddressError
from gateway.formats.base import Fault, Identity, Node, Part, Split, Unread, Want
from gateway.formats.edi.address import edi_path
from gateway.formats.edi.dictionary import SetGuide, guide_for, known_sets
from gateway.formats.edi.envelope import Set
from gateway.formats.edi.findings import Tolerance
from gateway.formats.edi.foreign import sniff
from gateway.formats.edi.guide import Guide
from gateway.formats.edi.guide_shelf import RELEASES, Shelf
from gateway.formats.edi.habits import NO_HABITS, Habits
from gateway.formats.edi.lay import Layer
from gateway.formats.edi.loops import Loop
from gateway.formats.edi.picks import value_place
from gateway.formats.edi.place import Placed
from gateway.formats.edi.plan import EdiPlan
from gateway.formats.edi.scan import EdiScan, fault_of
from gateway.formats.edi.segments import Delimiters, Standard
from gateway.formats.edi.stencil import EdiStencils
from gateway.formats.edi.tree import Seed, seed
from gateway.formats.edi.unread import LevelReads
from gateway.formats.edi.writer import Address, Outgoing, SetOut, write
from gateway.formats.options import Options
from gateway.formats.stencils import Printed
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import unknown

_X12 = {
    "set": "the transaction set, as in 850",
    "version": "six digits of the release, as in 004010; a list of them is allowed, the first is written",
    "hierarchy": "the levels of a ship notice when it is written, as in S-O-P-I",
    "guide": "the guide of a partner in the folder guides/, in place of ours",
    "loops": "segments that a partner adds to the guide: {PO1: [ZZZ]}",
}
_EDIFACT = {
    "message": "the message type, as in ORDERS",
    "versions": "version and release, as in D.96A; a list of them is allowed, the first is written",
    "charset": "the syntax identifier that is written, as in UNOC",
    "guide": "the guide of a partner in the folder guides/, in place of ours",
    "loops": "segments that a partner adds to the guide: {LIN: [ZZZ]}",
}


class EdiFormat:
    """One of the two standards."""

    def __init__(self, standard: Standard) -> None:
        self._standard = standard

    @property
    def name(self) -> str:
        """`x12` or `edifact`."""
        return self._standard.value

    @property
    def options(self) -> Mapping[str, str]:
        """What a mapping may say of the set."""
        return _X12 if self._standard is Standard.X12 else _EDIFACT

    def identify(self, head: bytes, name: str) -> Identity | None:
        """An interchange of this standard, with the type of its first set where the head shows it."""
        if sniff(head) != self.name:
            return None
        return Identity(self.name)

    def layout(self, options: Options, unread: Unread, split: Split | None) -> EdiLayout:
        """The layout of a mapping."""
        is_x12 = self._standard is Standard.X12
        word = "set" if is_x12 else "message"
        type_ = options.text(word)
        sets = known_sets(self._standard)
        if type_ not in sets:
            text = unknown(type_, sets, what=word) if type_ else f"says which {word} it is: {', '.join(sets)}"
            options.wrong(word, text)
            type_ = sets[0]
        versions = options.texts("version" if is_x12 else "versions")
        if not versions:
            options.wrong("version" if is_x12 else "versions", "says which release it is, as in " + ("004010" if is_x12 else "D.96A"))
        hierarchy = self._hierarchy(options)
        loops = options.lists("loops")
        try:
            guide = guide_for(self._standard, type_, versions[0] if versions else "", loops, own=self._own(options, type_))
        except AddressError as error:
            options.wrong("loops", str(error))
            guide = guide_for(self._standard, type_, versions[0] if versions else "", {})
        return EdiLayout(guide, versions, unread, hierarchy=hierarchy, charset=options.text("charset"))

    @staticmethod
    def _hierarchy(options: Options) -> tuple[str, ...]:
        """The levels of a ship notice as they are written, from the outside to the item."""
        given = options.text("hierarchy")
        levels = tuple(one.strip() for one in given.split("-")) if given else ()
        if levels and (levels[-1] != "I" or len(levels) < 2 or len(set(levels)) < len(levels) or not all(one.isalnum() for one in levels)):
            options.wrong("hierarchy", f"'{given}' is no order of levels: each stands once and the item, I, last, as in S-O-P-I")
            return ()
        return levels

    def _own(self, options: Options, type_: str) -> Callable[[str], Guide] | None:
        """The guide of a partner that a mapping names, in any release; nothing where it names none or it cannot be had."""
        name = options.text("guide")
        if not name:
            return None
        named = Shelf(options.workspace / "guides" if options.workspace else None).named
        try:
            found, *_ = [named(name, release) for release in RELEASES[self._standard]]  # whatever is wrong is told now
        except ConfigError as error:
            for problem in error.problems:
                options.wrong("guide", problem)
            return None
        if (found.standard, found.set) != (self._standard, type_):
            options.wrong("guide", f"'{name}' is a guide for {found.set}, not for {type_}")
            return None
        return partial(named, name)


class X12Format(EdiFormat):
    """ASC X12."""

    def __init__(self) -> None:
        super().__init__(Standard.X12)


class EdifactFormat(EdiFormat):
    """UN/EDIFACT."""

    def __init__(self) -> None:
        super().__init__(Standard.EDIFACT)


class EdiLayout:
    """A set or message as one mapping describes it."""

    def __init__(
        self, guide: SetGuide, versions: Sequence[str], unread: Unread, *, hierarchy: Sequence[str] = (), charset: str = ""
    ) -> None:
        self.standard, self.type, self.versions = guide.standard, guide.set, tuple(versions)
        self._guide, self._unread, self._charset = guide, unread, charset
        self._layer = Layer(guide, guide, hierarchy)
        self._of_rows: set[str] = set()
        self._levels = LevelReads(guide)

    @property
    def holds_one(self) -> bool:
        """An interchange holds many."""
        return False

    @property
    def cuts_rows(self) -> bool:
        """Rows are items of a set."""
        return False

    def plan(self, part: Part, wants: Sequence[Want]) -> EdiPlan:
        """Addresses of the set; what stands before and after is part of it."""
        plan = EdiPlan(self._guide, self._unread, wants, levels=self._levels, tells_levels=part is Part.DOCUMENT)
        self._of_rows |= {path.steps[0].tag for path in plan.paths if path.in_rows and path.steps}
        return plan

    def row_plan(self, rows: str, wants: Sequence[Want]) -> EdiPlan:
        """Addresses of one item; what the document reads in its items is read."""
        return EdiPlan(self._guide, self._unread, wants, levels=self._levels, read=self._of_rows)

    def scan(self, source: BinaryIO) -> EdiScan:
        """A file to read: damage of groups and interchanges is looked for before the first set is given."""
        return self.together([self], source, NO_HABITS, is_survey=False)

    def survey(self, source: BinaryIO) -> EdiScan:
        """The same in one pass, which tells at its end whether something was damaged."""
        return self.together([self], source, NO_HABITS, is_survey=True)

    def together(self, layouts: Sequence[EdiLayout], source: BinaryIO, habits: Habits | None, *, is_survey: bool) -> EdiScan:
        """A file of a partner who is read by these habits, whose sets are for these layouts."""
        agreed = habits or NO_HABITS

        def grown(one: Set) -> tuple[tuple[int, ...], Loop | Seed | None, tuple[Fault, ...]]:
            habit = agreed.of(one.standard)
            unagreed = habit.unagreed(one) if habit.versions else ""
            if unagreed:
                return (), None, (Fault("unknown_document", unagreed, str(one.spot()), one.type),)
            takers = tuple([number for number, layout in enumerate(layouts) if layout.takes(one) is None])
            if not takers:
                return (), None, (Fault("unknown_document", _unfit(one, layouts), str(one.spot()), one.type),)
            node = layouts[takers[0]].grown(one, habit.tolerance)
            return takers, node, tuple([fault_of(finding) for finding in one.findings]) if one.findings else ()

        return EdiScan(source, [layout.standard for layout in layouts], grown, agreed, is_survey=is_survey)

    def grown(self, one: Set, tolerance: Tolerance) -> Loop | Seed:
        """The tree of a set by the guide of its release, or what it may grow from; what is wrong with it goes to the set's findings."""
        return seed(one, self._guide.release(one.version), tolerance)

    def takes(self, one: Set) -> str | None:
        """Why a set is not for this mapping; nothing when it is."""
        if one.standard is not self.standard or one.type != self.type:
            return f"the set is {one.type or 'without a type'}, not {self.type}"
        if self.versions and one.version not in self.versions:
            return f"the release is {one.version}, not {' or '.join(self.versions)}"
        return None

    def misfit(self, head: bytes, needed: Sequence[str]) -> str | None:
        """Any interchange of the standard may hold such a set; what its sets are, their reading tells."""
        return None if sniff(head) == self.standard.value else f"the file is no {self.standard.value} interchange"

    @property
    def default_date(self) -> str:
        """Eight digits; six before release 004010."""
        return "date(YYMMDD)" if self.standard is Standard.X12 and self.versions and self.versions[0] < "004010" else "date(YYYYMMDD)"

    def behind(self, address: str) -> str | None:
        """`DTM[137]01.3`, the form of a date, behind `DTM[137]`."""
        step = edi_path(address).steps[-1]
        if self.standard is not Standard.EDIFACT or step.element or step.pairs or not step.qualifiers:
            return None
        element, part = value_place(step, self._guide)
        return f"{address}{element:02}.{part + 1}" if part else None

    def levels(self, document: Placed) -> int:
        """How many levels a written set has."""
        return self._layer.levels(document)

    def write(self, head: Node | None, documents: Iterable[Node], tail: Node | None, target: BinaryIO) -> tuple[Fault, ...]:
        """Sets are written with an envelope only."""
        raise TypeError("an interchange needs an envelope: write_in")

    def specimen(self) -> Outgoing:
        """An envelope for tests and previews: nobody's ids, number 1."""
        is_x12 = self.standard is Standard.X12
        marks = Delimiters("*", ">", "~") if is_x12 else Delimiters("+", ":", "'", release="?")
        return Outgoing(
            standard=self.standard,
            sender=Address("SENDER", "ZZ" if is_x12 else ""),
            receiver=Address("RECEIVER", "ZZ" if is_x12 else ""),
            version=self.versions[0] if self.versions else "",
            made_at=datetime(2000, 1, 1, tzinfo=UTC),
            control=1,
            delimiters=marks,
            charset="utf-8" if is_x12 else self._charset or "UNOC",
        )

    def stencils(self, envelope: Outgoing) -> EdiStencils:
        """What cuts stencils for the sets of one interchange."""
        return EdiStencils(self._layer, envelope)

    def write_in(
        self, envelope: Outgoing, documents: Iterable[tuple[Placed | Printed, Placed | None]], target: BinaryIO
    ) -> tuple[Fault, ...]:
        """One interchange with one group of these sets; each with what its tail says, or printed."""
        faults: list[Fault] = []

        def sets() -> Iterable[SetOut]:
            for placed, tail in documents:
                if isinstance(placed, Printed):
                    yield SetOut(self.type, (), None, "", "", placed)
                    continue
                laid = self._layer.lay(placed, tail)
                faults.extend(
                    Fault("too_long", f"{one.tag}{one.element:02} holds at most {one.most} characters", one.tag, one.value)
                    for one in laid.too_long
                )
                yield SetOut(self.type, laid.segments)

        return (*write(envelope, [(self._guide.functional_id, sets())], target), *faults)


def _unfit(one: Set, layouts: Sequence[EdiLayout]) -> str:
    """Why none of these layouts is for a set: the releases they have it in, else the sets they are for."""
    if len(layouts) == 1:
        return layouts[0].takes(one) or ""
    alike = [layout for layout in layouts if (layout.standard, layout.type) == (one.standard, one.type)]
    known = dict.fromkeys(version for layout in alike for version in layout.versions)
    if known:
        return f"the set is {one.type} in release {one.version or '(none)'}; the layouts here read it in {', '.join(known)}"
    types = dict.fromkeys(layout.type for layout in ([it for it in layouts if it.standard is one.standard] or layouts))
    return f"the set is {one.type or 'without a type'}; the layouts here read {', '.join(types)}"
