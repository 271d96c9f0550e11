"""A second, slower reading that names for each value its place and its rule; and notes which rules were reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from msgspec import Struct

from gateway.formats import Plan
from gateway.mapping.program import Mapping as Layout
from gateway.mapping.reading import Fill, Simple, Step, plain_fill
from gateway.mapping.readings import Reading, Values
from gateway.mapping.run import WRONG, Out, RuleAt, Run
from gateway.mapping.several import OneOrSeveral


class Origin(Struct, frozen=True):
    """Where one value comes from."""

    field: str
    value: str
    place: str
    rule: str


class Traced(Struct, frozen=True):
    """A reading with the origin of its values."""

    reading: Reading
    trace: tuple[Origin, ...]


def preview(mapping: OneOrSeveral, source: BinaryIO, values: Values) -> Iterator[Traced]:
    """The readings of a file with a trace; nothing else differs from `read`."""
    found: list[Origin] = []
    for reading in mapping.watched(_tracing).read(source, values, trace=found):
        yield Traced(reading, tuple(found))
        found.clear()


def touched_by(mapping: Layout, source: BinaryIO, values: Values, touched: set[str]) -> None:
    """Note the rules (by label) that find something in a file."""
    marks: list[Any] = []
    for _ in mapping.watched(_marking).read(source, values, trace=marks):
        continue
    touched |= set(marks)


def _tracing(number: int, plan: Plan, simple: Sequence[Simple], steps: Sequence[Step], rules: Mapping[int, RuleAt]) -> Fill:
    """Like `plain_fill`, and after each step a look at what is new."""
    first = plain_fill(number, plan, simple, (), rules)
    slots_of: dict[str, list[tuple[int, RuleAt]]] = {}
    for slot, rule in rules.items():
        slots_of.setdefault(rule.name, []).append((slot, rule))
    of_simple = {one.name: (one.slot, one.rule) for one in simple}

    def fill(node: Any, out: Out, run: Run) -> None:
        known = dict(out)
        first(node, out, run)
        _note(known, out, of_simple, plan, node, run)
        slots = run.walks[number](node)
        by_name = {name: next((one for one in ones if _holds(plan, node, slots, one[0])), ones[0]) for name, ones in slots_of.items()}
        run.odd.clear()
        for step in steps:
            known = dict(out)
            step(node, slots, out, run)
            _note(known, out, by_name, plan, node, run)

    return fill


def _note(known: Out, out: Out, rules: Mapping[str, tuple[int, RuleAt]], plan: Plan, node: Any, run: Run) -> None:
    if run.trace is None:
        return
    for name, value in out.items():
        if name in known and known[name] is value:
            continue
        if value is WRONG or isinstance(value, dict) or (isinstance(value, tuple) and value and isinstance(value[0], Struct)):
            continue
        slot, rule = rules.get(name, (None, None))
        field = rule.field if rule is not None and rule.name == name else name
        where = plan.where(node, slot, run.scan) if slot is not None and run.scan is not None else "said by the mapping"
        run.trace.append(Origin(field, _shown(value), where, rule.label if rule is not None else ""))


def _holds(plan: Plan, node: Any, slots: Sequence[Any], slot: int) -> bool:
    """Whether an address finds anything; of several for one field the first that does gives its value."""
    search = plan.searches.get(slot)
    return (search(node, slots) if search is not None else slots[slot]) is not None


def _shown(value: Any) -> str:
    return " | ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)


def _marking(number: int, plan: Plan, simple: Sequence[Simple], steps: Sequence[Step], rules: Mapping[int, RuleAt]) -> Fill:
    """Like `plain_fill`, and every slot that holds something marks its rule."""
    fill = plain_fill(number, plan, simple, steps, rules)

    def mark(node: Any, out: Out, run: Run) -> None:
        slots = run.walks[number](node)
        run.odd.clear()
        if run.trace is not None:
            run.trace += [rule.label for slot, rule in rules.items() if _holds(plan, node, slots, slot)]
        fill(node, out, run)

    return mark
