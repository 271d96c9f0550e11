"""How a compiled group writes: each rule gives the text of its address, the plan of the format lays them out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any, BinaryIO, Protocol

from msgspec import Struct

from gateway.documents import Document
from gateway.formats import Layout, Plan, Printed, SetLayout, SetStencils, Unread
from gateway.kernel import Issue, Severity
from gateway.mapping.codes import code_for
from gateway.mapping.counts import LEVELS, TallyPath, amount_of, census
from gateway.mapping.fields import KEYS
from gateway.mapping.lost import Loss, Losses
from gateway.mapping.readings import Values
from gateway.mapping.run import RuleAt, Run, issue_of
from gateway.mapping.unfit import Cut, Unfit

Get = Callable[[Any, Run], Any]
Give = Callable[[Any, Run], Sequence[Any]]
Check = Callable[[Any, Run], None]
Takes = Callable[[Any, Run], bool]


class WriteGroup(Struct):
    """A compiled group: what stands in each slot, and where slots go."""

    plan: Plan
    gives: list[tuple[tuple[int, ...], Give]]
    checks: list[Check]
    width: int

    def values(self, part: Any, run: Run) -> list[Any]:
        """What the slots hold for a part."""
        slots: list[Any] = [None] * self.width
        for check in self.checks:
            check(part, run)
        for places, give in self.gives:
            found = give(part, run)
            if not found:
                continue
            if len(places) == 1:
                slots[places[0]] = found[0]
                continue
            for place, value in zip(places, found, strict=False):
                if value is not None:
                    slots[place] = value
        return slots

    def node(self, part: Any, run: Run) -> Any:
        """The placed node of a part, or nothing."""
        return self.plan.place(self.values(part, run))


class Prints(Protocol):
    """What writes documents of one file faster than the rules, where it can."""

    @property
    def sources(self) -> Sequence[str]:
        """What it has found out about them, as source text."""
        ...

    def printed(self, document: Document, number: int) -> Printed | None:
        """The set of a document, the number of which it is; nothing where the rules must write it."""
        ...

    def end(self) -> None:
        """The file is written; what it has shown may serve the next one."""
        ...


class Writer:
    """Writes files of one mapping."""

    def __init__(
        self,
        kind: str,
        layout: Layout,
        *,
        document: WriteGroup,
        head: WriteGroup | None,
        tail: WriteGroup | None,
        paths: Sequence[TallyPath],
        losses: Losses,
        print_with: Callable[[SetStencils, Values], Prints],
    ) -> None:
        self._kind, self._layout = kind, layout
        self._sets = layout if isinstance(layout, SetLayout) else None
        self._document, self._head, self._tail = document, head, tail
        self._paths, self._losses, self._print_with = tuple(paths), losses, print_with
        self._has_levels = any(path.text == LEVELS for path in paths)

    def write(self, documents: Iterable[Document], target: BinaryIO, values: Values) -> tuple[Issue, ...]:
        """One file with these documents; they pass one by one unless something stands around them that tells about all."""
        run, lost = Run(self._kind, values, None, Unread.IGNORE), dict[str, Loss]()
        if self._losses.is_needed:
            documents = self._noting(documents, lost)
        sets = self._sets
        issues = self._write_all(documents, target, run) if sets is None else self._write_sets(sets, documents, target, run)
        return (*issues, *self._losses.issues(lost.values()))

    def prints(self, layout: SetLayout, values: Values) -> Prints:
        """What writes documents that look alike in one interchange."""
        return self._print_with(layout.stencils(values.envelope), values)

    def _noting(self, documents: Iterable[Document], lost: dict[str, Loss]) -> Iterator[Document]:
        """The documents; of each, as it passes, the fields that nothing writes are noted."""
        for document in documents:
            for path in self._losses.of(document):
                if path in lost:
                    lost[path].times += 1
                else:
                    lost[path] = Loss(path, key_of(self._kind, document))
            yield document

    def _write_all(self, documents: Iterable[Document], target: BinaryIO, run: Run) -> tuple[Issue, ...]:
        passing = iter(documents)
        first = next(passing, None)
        if first is None:
            return (Issue(code_for(self._kind, "empty"), "there is no document to write", kind="empty"),)
        documents, head, tail = chain([first], passing), None, None
        if self._head is not None or self._tail is not None:
            run.documents = documents = list(documents)
            run.sums = census(self._paths)
            for document in documents:
                run.sums.add(document)
            head, tail = (self._around(group, documents, run) for group in (self._head, self._tail))
        for fault in self._layout.write(head, self._nodes(documents, run), tail, target):
            run.report(issue_of(fault, self._kind))
        return tuple(run.issues)

    def _write_sets(self, layout: SetLayout, documents: Iterable[Document], target: BinaryIO, run: Run) -> tuple[Issue, ...]:
        """One interchange; counts and totals stand in each set."""
        if run.values.envelope is None:
            raise ValueError("an interchange needs its envelope: who sends it to whom, and under which numbers")
        passing = iter(documents)
        first = next(passing, None)
        if first is None:
            return (Issue(code_for(self._kind, "empty"), "there is no document to write", kind="empty"),)

        prints = self.prints(layout, run.values)

        def placed() -> Iterator[tuple[Any, Any]]:
            for number, document in enumerate(chain([first], passing), 1):
                printed = prints.printed(document, number)
                if printed is not None:
                    yield printed, None
                    continue
                self._begin(document, number, run)
                node = self._document.node(document, run)
                if node is None:
                    run.report(Issue(code_for(self._kind, "empty"), "nothing of the document is written", run.at, kind="empty"))
                    continue
                if self._tail is None:
                    yield node, None
                    continue
                run.documents, run.sums = [document], census(self._paths)
                run.sums.add(document)
                if self._has_levels:
                    run.sums.levels = layout.levels(node)
                yield node, self._tail.node(document, run)

        for fault in layout.write_in(run.values.envelope, placed(), target):
            run.report(issue_of(fault, self._kind, of_set=True))
        prints.end()
        return tuple(run.issues)

    def _nodes(self, documents: Iterable[Document], run: Run) -> Iterator[Any]:
        for number, document in enumerate(documents, 1):
            self._begin(document, number, run)
            node = self._document.node(document, run)
            if node is None:
                run.report(Issue(code_for(self._kind, "empty"), "nothing of the document is written", run.at, kind="empty"))
            else:
                yield node

    def _begin(self, document: Document, number: int, run: Run) -> None:
        run.out, run.n, run.record = document, number, number
        run.at = key_of(self._kind, document)

    def _around(self, group: WriteGroup | None, documents: Sequence[Document], run: Run) -> Any:
        """Head or tail, from the first document; the others must say the same."""
        if group is None:
            return None
        self._begin(documents[0], 1, run)
        first = group.values(documents[0], run)
        for number, document in enumerate(documents[1:], 2):
            self._begin(document, number, run)
            known, errors = len(run.issues), run.errors
            again = group.values(document, run)
            del run.issues[known:]  # the first document has told them
            run.errors = errors
            if again != first:
                text = "differs from the first document in a value that stands once a file"
                run.report(Issue(code_for(self._kind, "differs"), text, run.at, kind="differs"))
        return group.plan.place(first)


def key_of(kind: str, document: Document) -> str:
    """The business key of a document."""
    return "/".join(str(value) for name in KEYS[kind] if (value := getattr(document, name)) is not None)


def value_give(get: Get, encode: Callable[[Any], Any], rule: RuleAt, fallback: Get | None, none: Sequence[str], *, required: bool) -> Give:
    """A field to the text (or parts) of an address; `fallback` where the field says nothing, `none` where that does not either."""

    def absent(run: Run) -> Sequence[Any]:
        if required and not none:
            tell(run, rule, "missing", "is missing", "")
        return (none[0],) if none else ()

    def give(part: Any, run: Run) -> Sequence[Any]:
        value: Any = None
        try:
            value = get(part, run)
            if value is None or is_nothing(value):
                if fallback is not None:
                    value = fallback(part, run)
                if value is None or is_nothing(value):
                    return absent(run)
            made = encode(value)
        except Cut as cut:
            tell(run, rule, "cut", cut.text, value, Severity.WARNING)
            made = cut.value
        except Unfit as unfit:
            tell(run, rule, unfit.kind, unfit.text, value)
            return ()
        if type(made) is str and made:
            return (made,)
        if is_nothing(made):
            return (none[0],) if none else ()
        return made if isinstance(made, tuple) else (made,)

    return give


def tell(run: Run, rule: RuleAt, kind: str, text: str, value: object, severity: Severity | None = None) -> None:
    """Note what cannot be written."""
    shown = "" if is_nothing(value) else text_of(value) if not isinstance(value, tuple) else " ".join(str(one) for one in value if one)
    run.wrong(rule, kind, text, where=run.at, value=shown, severity=severity)


def is_nothing(value: Any) -> bool:
    """Absent, empty, or several that are all absent."""
    if value is None or value == "":
        return True
    if isinstance(value, tuple):
        return all(one is None for one in value)
    return isinstance(value, list) and not value


def text_of(value: Any) -> str:
    """A value of the surroundings as text."""
    match value:
        case bool():
            return "Y" if value else "N"
        case datetime():
            return value.replace(tzinfo=None).isoformat()
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def first_of(gives: Sequence[Give]) -> Give:
    """Several rules for one address: the first that has a value."""

    def give(part: Any, run: Run) -> Sequence[Any]:
        for one in gives:
            found = one(part, run)
            if any(value is not None for value in found):
                return found
        return ()

    return give


def when_give(test: Callable[[Any, Run], bool], inner: Give) -> Give:
    """A rule with a condition."""
    return lambda part, run: inner(part, run) if test(part, run) else ()


def every(_entry: Any, _run: Run) -> bool:
    """A rule that takes every entry of its list."""
    return True


def given_get(text: str, give: Callable[[Run], Any]) -> Get:
    """A constant, or a value around the file by its name (`$batch.number`)."""
    return lambda part, run: give(run)


def entries_give(name: str, group: WriteGroup, takes: Takes, *, keep_empty: bool, place: Callable[[Sequence[Any]], Any]) -> Give:
    """Every entry of a list to a node; `place` puts such nodes where they go."""

    def give(part: Any, run: Run) -> Sequence[Any]:
        outer, at = run.n, run.at
        nodes = []
        for number, entry in enumerate(getattr(part, name) or (), 1):
            run.n, run.at = number, f"{at}, {name} {number}" if at else f"{name} {number}"
            if takes(entry, run):
                node = group.node(entry, run)
                if node is not None:
                    nodes.append(node)
        run.n, run.at = outer, at
        return (nodes,) if nodes or keep_empty else ()

    return give


def tally_give(path: TallyPath, write: Callable[[Any], str]) -> Give:
    """A count or total as it is stated."""

    def give(part: Any, run: Run) -> Sequence[Any]:
        amount = run.sums.amount(path) if path.of_file else amount_of(part, path)
        return (write(amount),) if amount is not None else ()

    return give


def part_give(get: Get, group: WriteGroup, *, keep_empty: bool) -> Give:
    """A part, or the same part one level in, to a node."""

    def give(part: Any, run: Run) -> Sequence[Any]:
        found = get(part, run)
        node = group.node(found, run) if found is not None else None
        if node is None and keep_empty:
            node = group.plan.empty()
        return (node,)

    return give


def room_check(name: str, places: int, rule: RuleAt) -> Check:
    """More entries than places is an issue."""

    def check(part: Any, run: Run) -> None:
        count = len(getattr(part, name) or ())
        if count > places:
            tell(run, rule, "too_many", f"has room for {places} of the {count} entries of {name}", "")

    return check


def narrow_check(name: str, takes: Takes, rule: RuleAt) -> Check:
    """More entries than the one that its place has room for is an issue."""

    def check(part: Any, run: Run) -> None:
        count = sum(takes(entry, run) for entry in getattr(part, name) or ())
        if count > 1:
            tell(run, rule, "too_many", f"has room for 1 of the {count} entries of {name}", "")

    return check


def taken_check(name: str, takes: Sequence[Takes], rule: RuleAt) -> Check:
    """Every entry of a list must be taken by one of its rules."""

    def check(part: Any, run: Run) -> None:
        for number, entry in enumerate(getattr(part, name) or (), 1):
            if not any(take(entry, run) for take in takes):
                tell(run, rule, "too_many", f"has no place for entry {number} of {name}: no rule has its values", "")

    return check


class Weave(Struct, frozen=True):
    """How rules give: `value` as `value_give`, `entries` as `entries_give`, `tally` as `tally_give`, `given` as `given_get`."""

    value: Callable[..., Give]
    entries: Callable[..., Give]
    tally: Callable[..., Give]
    given: Callable[[str, Callable[[Run], Any]], Get]


PLAIN = Weave(value_give, entries_give, tally_give, given_get)
