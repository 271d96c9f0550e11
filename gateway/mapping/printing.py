"""Prints the documents of one file through stencils, which are made while it is written, as soon as documents look alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate
from operator import attrgetter
from typing import Any

from msgspec import Struct

from gateway.documents import Document
from gateway.formats import Cut, Printed, SetStencils, Unread
from gateway.mapping.looks import Frame, Key, Looks, attributes
from gateway.mapping.readings import Values
from gateway.mapping.run import Run
from gateway.mapping.sight import NUMBER, Around, Cell, Watched
from gateway.mapping.stains import Unlike
from gateway.mapping.stencils import Sheet, Stencil, sheet_of, stencil_of
from gateway.mapping.unfit import Cut as CutText
from gateway.mapping.unfit import Unfit
from gateway.mapping.weaving import ListRule, Maker
from gateway.mapping.writing import WriteGroup, every

FIRST = 6
"""So many documents at the beginning of a file are written by the rules: to make its stencils costs as much."""
PATIENCE = 2
"""So many that look alike make a stencil worth its making."""
MOST = 256
"""So many looks are known of one frame."""
LONGEST = 100
"""Stencils of documents with more entries are made each time; few are the same, and they are large."""
TRIES = 48
"""After so many stencils one after the other that could not be made, the rules of a mapping write alone."""


class Woven(Struct, frozen=True):
    """The rules of a mapping compiled for stencils: those of the document and of its tail."""

    document: WriteGroup
    tail: WriteGroup | None


class Press:
    """A mapping compiled for stencils, when it is first needed; shared by threads."""

    def __init__(self, compiled: Callable[[], Woven | None]) -> None:
        self._compiled = compiled
        self._woven: Woven | None = None
        self._is_compiled = False
        self.left = TRIES

    def woven(self) -> Woven | None:
        """The rules; nothing for a mapping that is written by its rules alone."""
        if not self._is_compiled:
            self._woven, self._is_compiled = self._compiled(), True
        return self._woven

    def of_file(self, stencils: SetStencils, values: Values) -> Printer:
        """What prints the documents of one file."""
        return Printer(self, stencils, values)


class Entries:
    """A list of the document whose groups have stencils of their own."""

    def __init__(self, rule: ListRule) -> None:
        self.rule, self.looks = rule, Looks()
        self.of = attrgetter(rule.name)
        self.asked: dict[str, None] = {}
        self.around = attributes(())

    def widen(self, asked: dict[str, None]) -> None:
        """Rules have asked this of the document around."""
        if not asked.keys() <= self.asked.keys():
            self.asked |= asked
            self.around = attributes(tuple(self.asked))
            self.looks.forget()


class Printer:
    """The stencils of one file."""

    def __init__(self, press: Press, stencils: SetStencils, values: Values) -> None:
        self._press, self._stencils, self._values = press, stencils, values
        self._looks = Looks()
        self._lists: list[Entries] = []
        self._known: dict[tuple[Any, ...], Stencil] = {}
        self._run = self._new_run()

    def printed(self, document: Document, number: int) -> Printed | None:
        """The set of a document that looks like others; nothing where it must be written by the rules."""
        if number <= FIRST or self._press.left <= 0:
            return None
        try:
            return self._printed(document, number)
        except (Unfit, CutText, TypeError):  # a value that rules would not take as it stands
            return None

    def _printed(self, document: Document, number: int) -> Printed | None:
        row: list[Any] = []
        parts: list[Any] = []
        sheets: list[Any] = []
        counts = [self._entries(one, document, row, parts, sheets) for one in self._lists]
        frame, key, values = self._looks.look(document, tuple(map(bool, counts)))
        sheet = frame.known.get(key)
        if sheet.__class__ is not Sheet:
            if self._is_worth_it(self._looks, frame, key):
                self._learn_document(document, number)
            return None
        if None in sheets:
            return None
        row += values
        row += (number, None)
        parts.append(document)
        sheets += counts
        sheets.append(sheet)
        stencil = self._known.get(tuple(sheets)) or self._new(sheets, counts)
        said = stencil.said(row, parts)
        cleaned = self._stencils.clean(said) if said is not None else None
        return Printed(stencil.print(cleaned), stencil.segments) if cleaned is not None else None

    def _new(self, sheets: Sequence[Any], counts: Sequence[int]) -> Stencil:
        """The stencil of a document: sheets of the entries of its lists, how many each has, and its own."""
        firsts = [0, *accumulate(counts)]
        made = stencil_of(sheets[-1], [sheets[first : first + count] for first, count in zip(firsts, counts, strict=False)])
        if len(sheets) <= LONGEST:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[tuple(sheets)] = made
        return made

    def _entries(self, one: Entries, document: Document, row: list[Any], parts: list[Any], sheets: list[Any]) -> int:
        """The entries of a list, their sheets, and their values in a row, each behind those that are there; how many they are."""
        rule, looks, around = one.rule, one.looks, one.around(document)
        before = len(sheets)
        for number, entry in enumerate(one.of(document) or (), 1):
            if rule.takes is not every and not self._is_taken(rule, entry, document, number):
                continue
            frame, key, values = looks.look(entry, around)
            sheet = frame.known.get(key)
            if sheet.__class__ is Sheet:
                row += values
                row += (number, None)
            else:
                sheet = None
                if self._is_worth_it(looks, frame, key):
                    self._learn_entry(one, document, entry, number)
            parts.append(entry)
            sheets.append(sheet)
        return len(sheets) - before

    def _is_taken(self, rule: ListRule, entry: Any, document: Document, number: int) -> bool:
        self._run.out, self._run.n = document, number
        return rule.takes(entry, self._run)

    @staticmethod
    def _is_worth_it(looks: Looks, frame: Frame, key: Key) -> bool:
        """Whether there have been enough documents with this look, and it can have a stencil; the first look at all is."""
        times = frame.known.get(key, 0)
        if times is None or (len(frame.known) >= MOST and key not in frame.known):
            return False
        frame.known[key] = times + 1 if times < 2 * PATIENCE else None
        return looks.are_new or times + 1 >= PATIENCE

    def _learn_document(self, document: Document, number: int) -> None:
        """Make the stencil of a document, and get to know its lists."""
        woven = self._press.woven()
        if woven is None:
            self._press.left = 0
            return

        def made(maker: Maker, run: Run) -> Cut | None:
            part = run.out = Watched(maker, document)
            run.n = run.record = Cell(maker, NUMBER, number)  # type: ignore[assignment]  # asked for by rules as a number is
            node = woven.document.node(part, run)
            tail = woven.tail.node(part, run) if woven.tail is not None and node is not None else None
            return None if node is None or run.issues else self._stencils.of_set(node, tail, [at for _, at in maker.lists if at])

        maker = Maker(self._stencils.marker)
        cut = self._cut(maker, made)
        if cut is None:
            return
        known = {id(one.rule): at for at, one in enumerate(self._lists)}
        for rule, _ in maker.lists:
            if id(rule) not in known:
                known[id(rule)] = len(self._lists)
                self._lists.append(Entries(rule))
                self._looks.forget()
        self._looks.widen(maker.seen)
        there = tuple(
            [
                any(self._is_taken(one.rule, entry, document, at) for at, entry in enumerate(one.of(document) or (), 1))
                for one in self._lists
            ]
        )
        sheet = partial(sheet_of, cut, maker, {hole: known[id(rule)] for rule, hole in maker.lists if hole})
        self._keep(self._looks, sheet, document, there, number)

    def _learn_entry(self, one: Entries, document: Document, entry: Any, number: int) -> None:
        """Make the stencil of an entry of a list."""
        asked = dict[str, None]()

        def made(maker: Maker, run: Run) -> Cut | None:
            run.out = Around(document, asked)
            run.n = Cell(maker, NUMBER, number)  # type: ignore[assignment]  # asked for by rules as a number is
            node = one.rule.group.node(Watched(maker, entry), run)
            return None if node is None or run.issues else self._stencils.of_group(one.rule.place([node]))

        maker = Maker(None)
        cut = self._cut(maker, made)
        if cut is not None:
            one.widen(asked)
            one.looks.widen(maker.seen)
            self._keep(one.looks, partial(sheet_of, cut, maker, {}), entry, one.around(document), number)

    def _cut(self, maker: Maker, make: Callable[[Maker, Run], Cut | None]) -> Cut | None:
        """What comes of a document that is watched; nothing where there can be no stencil of it."""
        run = self._new_run()
        run.moulds = maker
        try:
            cut = make(maker, run)
        except (Unlike, TypeError, AttributeError):  # a rule asks more of values than stand-ins can tell
            cut = None
        self._press.left = TRIES if cut is not None else self._press.left - 1
        return cut

    def _keep(self, looks: Looks, sheet: Callable[..., Sheet], part: Any, more: Key, number: int) -> None:
        """The sheet of whatever looks like this part does now."""
        frame, key, values = looks.look(part, more)
        try:
            frame.known[key] = sheet(frame.ways, (*values, number))
            looks.are_new = False
        except Unlike:
            self._press.left -= 1

    def _new_run(self) -> Run:
        return Run("", self._values, None, Unread.IGNORE)
