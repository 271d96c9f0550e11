"""Prints the documents of one file through stencils, which are made while it is written, as soon as documents look alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from msgspec import Struct

from gateway.documents import Document
from gateway.formats import Cut, Printed, SetStencils, Unread
from gateway.mapping.looks import Frame, Key, Looks, attributes
from gateway.mapping.noted import NotedValues
from gateway.mapping.readings import Values
from gateway.mapping.run import Run
from gateway.mapping.sight import NUMBER, Around, Cell, Watched
from gateway.mapping.stains import Unlike
from gateway.mapping.stencils import NO_LISTS, Holds, Stencil, stencil_of
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
"""Behind so many entries the stencil of each is looked for."""
MADE = 512
"""So many stencils are made in one file; at first only a few, and another one for every so many documents that have passed."""
AT_FIRST = 16
WORTH = 16
RESTING = 4
"""The stencils of so many files wait for another one like theirs, if they are not more than that."""
KEPT = 128
TRIES = 48
"""After so many stencils one after the other that could not be made, the rules of a mapping write alone."""
NOTHING = Stencil(lambda it, at, around, lists: None, 0, (), "")
"""Prints no document."""
NO_GROUPS: tuple[Sequence[str | None], int] = ((), 0)
ODD = (Unfit, CutText, TypeError)
"""Raised by a value that rules would not take as it stands."""


class Woven(Struct, frozen=True):
    """The rules of a mapping compiled for stencils: those of the document and of its tail."""

    document: WriteGroup
    tail: WriteGroup | None


class Press:
    """A mapping compiled for stencils, when it is first needed; shared by threads."""

    def __init__(self, name: str, compiled: Callable[[], Woven | None]) -> None:
        self.name = name
        self._compiled = compiled
        self._woven: Woven | None = None
        self._is_compiled = False
        self.left = TRIES
        self._resting: list[Printer] = []

    def woven(self) -> Woven | None:
        """The rules; nothing for a mapping that is written by its rules alone."""
        if not self._is_compiled:
            self._woven, self._is_compiled = self._compiled(), True
        return self._woven

    def of_file(self, stencils: SetStencils, values: Values) -> Printer:
        """What prints the documents of one file: what has printed another one like it, if there is any."""
        for printer in reversed(self._resting):
            if printer.serves(stencils, values):
                try:
                    self._resting.remove(printer)
                except ValueError:  # another thread has taken it
                    continue
                printer.begin(values)
                return printer
        return Printer(self, stencils, values)

    def rest(self, printer: Printer) -> None:
        """Its file is written."""
        self._resting.append(printer)
        del self._resting[:-RESTING]


class Entries:
    """A list of the document whose groups have stencils of their own; `latest` are those of the document before, by number of the entry."""

    def __init__(self, rule: ListRule) -> None:
        self.rule, self.looks = rule, Looks()
        self.of = attrgetter(rule.name)
        self.asked: dict[str, None] = {}
        self.around = attributes(())
        self.latest = [NOTHING]

    def widen(self, asked: dict[str, None]) -> None:
        """Rules have asked this of the document around."""
        if not asked.keys() <= self.asked.keys():
            self.asked |= asked
            self.around = attributes(tuple(self.asked))
            self.looks.forget()
            self.latest = [NOTHING]

    def printed_by(self, stencil: Stencil, number: int) -> None:
        """Remember it: the entry that will stand there in the next document nearly always looks the same."""
        if number < len(self.latest):
            self.latest[number] = stencil
        elif number < LONGEST:
            self.latest += [stencil] * (1 + number - len(self.latest))


class Printer:
    """The stencils of one file."""

    def __init__(self, press: Press, stencils: SetStencils, values: Values) -> None:
        self._press, self._stencils, self._values = press, stencils, NotedValues(values)
        self._looks = Looks()
        self._lists: list[Entries] = []
        self._latest = NOTHING
        self._run = self._new_run()
        self._made: list[Stencil] = []
        self._passed = 0
        self._first = FIRST

    @property
    def sources(self) -> Sequence[str]:
        """The stencils made so far, as source text."""
        return [stencil.source for stencil in self._made]

    def serves(self, stencils: SetStencils, values: Values) -> bool:
        """Whether a file like this has the same stencils."""
        return stencils.alike == self._stencils.alike and self._values.are_in(values)

    def begin(self, values: Values) -> None:
        """From now on it serves this file."""
        self._values.renew(values)

    def end(self) -> None:
        """The file is written; the next one that is like it finds the stencils made."""
        if 0 < len(self._made) <= KEPT and self._stencils.alike is not None and not self._values.are_of_file:
            self._first = 0
            self._press.rest(self)

    def printed(self, document: Document, number: int) -> Printed | None:
        """The set of a document that looks like others; nothing where it must be written by the rules."""
        if number <= self._first or self._press.left <= 0:
            return None
        self._passed += 1
        try:
            return self._printed(document, number)
        except ODD:
            return None

    def _printed(self, document: Document, number: int) -> Printed | None:
        texts, segments = list[str](), list[int]()
        is_known = True
        for one in self._lists:
            entries = one.of(document)
            groups, count = self._groups(one, document, entries) if entries else NO_GROUPS
            is_known = is_known and None not in groups
            texts.append("".join(groups) if is_known else "")  # type: ignore[arg-type]  # there is no None
            segments.append(count)
        stencil, text = self._latest, None
        if is_known:
            try:
                text = stencil.print(document, number, (), texts)
            except ODD:
                text = None
        if text is None:
            stencil, text = self._searched_document(document, number, texts if is_known else None)
            if text is None:
                return None
            self._latest = stencil
        count = stencil.segments
        for at in stencil.lists:
            count += segments[at]
        return Printed(text, count)

    def _groups(self, one: Entries, document: Document, entries: Sequence[Any]) -> tuple[Sequence[str | None], int]:
        """The texts of the entries of a list, None for those that have none, and how many segments they are."""
        groups: list[str | None] = []
        segments, takes, around, latest = 0, one.rule.takes, one.around(document), one.latest
        for number, entry in enumerate(entries, 1):
            if takes is not every and not self._is_taken(one.rule, entry, document, number):
                continue
            stencil = latest[number] if number < len(latest) else latest[-1]
            try:
                text = stencil.print(entry, number, around, ())
            except ODD:
                text = None
            if text is None:
                stencil, text = self._searched_entry(one, document, entry, number)
            groups.append(text)
            segments += stencil.segments
        return groups, segments

    def _searched_document(self, document: Document, number: int, texts: Sequence[str] | None) -> tuple[Stencil, str | None]:
        """The stencil of whatever looks like this document, and its text, if those of its lists are known.

        It is learned if there have been enough of them.
        """
        there = tuple([self._has_groups(one, document) for one in self._lists])
        frame, key, _ = self._looks.look(document, there)
        stencil = frame.known.get(key)
        if isinstance(stencil, Stencil):
            return stencil, None if texts is None else stencil.print(document, number, (), texts)
        if self._is_worth_it(self._looks, frame, key):
            self._learn_document(document, number)
        return NOTHING, None

    def _searched_entry(self, one: Entries, document: Document, entry: Any, number: int) -> tuple[Stencil, str | None]:
        """The same of an entry."""
        around = one.around(document)
        try:
            frame, key, _ = one.looks.look(entry, around)
            stencil = frame.known.get(key)
            if isinstance(stencil, Stencil):
                text = stencil.print(entry, number, around, ())
                one.printed_by(stencil, number)
                return stencil, text
        except ODD:
            return NOTHING, None
        if self._is_worth_it(one.looks, frame, key):
            self._learn_entry(one, document, entry, number)
        return NOTHING, None

    def _has_groups(self, one: Entries, document: Document) -> bool:
        return any(self._is_taken(one.rule, entry, document, number) for number, entry in enumerate(one.of(document) or (), 1))

    def _is_taken(self, rule: ListRule, entry: Any, document: Document, number: int) -> bool:
        self._run.out, self._run.n = document, number
        return rule.takes(entry, self._run)

    def _is_worth_it(self, looks: Looks, frame: Frame, key: Key) -> bool:
        """Whether there have been enough documents with this look, and it can have a stencil; the first look at all is."""
        times = frame.known.get(key, 0)
        if (
            times is None
            or len(self._made) >= min(MADE, AT_FIRST + self._passed // WORTH)
            or (len(frame.known) >= MOST and key not in frame.known)
        ):
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
            self._looks.widen(maker.seen)  # whatever looks otherwise may have one
            return
        known = {id(one.rule): at for at, one in enumerate(self._lists)}
        for rule, _ in maker.lists:
            if id(rule) not in known:
                known[id(rule)] = len(self._lists)
                self._lists.append(Entries(rule))
                self._looks.forget()
        self._looks.widen(maker.seen)
        there = tuple([self._has_groups(one, document) for one in self._lists])
        lists = {hole: known[id(rule)] for rule, hole in maker.lists if hole}
        self._keep(self._looks, maker, cut, document, there, number=number, holds=Holds(lists, there))

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
        one.widen(asked)
        one.looks.widen(maker.seen)
        if cut is not None:
            self._keep(one.looks, maker, cut, entry, one.around(document), number=number)

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

    def _keep(self, looks: Looks, maker: Maker, cut: Cut, part: Any, around: Key, *, number: int, holds: Holds = NO_LISTS) -> None:
        """The stencil of whatever looks like this part does now."""
        frame, key, values = looks.look(part, around)
        look = looks.written_out(frame, (*values, number), () if holds.there else around)
        try:
            stencil = stencil_of(self._press.name, look, maker, cut, holds=holds, given=self._values.given, stencils=self._stencils)
        except Unlike:
            self._press.left -= 1
            return
        frame.known[key] = stencil
        self._made.append(stencil)
        looks.are_new = False

    def _new_run(self) -> Run:
        return Run("", self._values.watched, None, Unread.IGNORE)
