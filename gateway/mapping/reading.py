"""How a compiled group reads: one walk fills the slots, then each rule is one closure. Made by factories, shared by threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from gateway.formats import Plan
from gateway.kernel import Severity
from gateway.mapping.run import WRONG, Out, RuleAt, Run, shown
from gateway.mapping.unfit import Unfit

Slots = Sequence[Any]
Step = Callable[[Any, Slots, Out, Run], None]
Fill = Callable[[Any, Out, Run], None]
Finish = Callable[[Any, Out, Run], Any]
Fetch = Callable[[Any, Slots, Run], Any]
Store = Callable[[Out, Any, Run], bool]
DERIVED = "="


class Simple(Struct, frozen=True):
    """A rule that needs no more than its slot: the form of most rules."""

    slot: int
    name: str
    decode: Callable[[str], Any]
    rule: RuleAt


def plain_fill(number: int, plan: Plan, simple: Sequence[Simple], steps: Sequence[Step], rules: Mapping[int, RuleAt]) -> Fill:
    """Fill the values of one group from one node; the hottest loop of the engine."""
    loop = tuple((one.slot, one.name, one.decode) for one in simple)
    by_slot = {(one.slot, one.name): one.rule for one in simple}
    tail = tuple(steps)

    def fill(node: Any, out: Out, run: Run) -> None:
        slots = run.walks[number](node)
        if run.odd:
            run.settle(plan, node, rules, out)
        for slot, name, decode in loop:
            raw = slots[slot]
            if raw is not None:
                try:
                    value = decode(raw)
                except Unfit as unfit:
                    refuse(by_slot[slot, name], unfit, plan, node, slot, raw, out, run)
                else:
                    if value is not None:
                        out[name] = value
        for step in tail:
            step(node, slots, out, run)

    return fill


def refuse(rule: RuleAt, unfit: Unfit, plan: Plan, node: Any, slot: int | None, raw: object, out: Out, run: Run) -> None:  # noqa: PLR0917
    """Note an unfit value of a plain field and leave its mark."""
    run.unfit(rule, unfit, plan, node, slot, raw)
    if not rule.warns:
        out[rule.name] = WRONG


def value_step(
    plan: Plan, fetches: Sequence[tuple[int, Fetch]], decode: Callable[[Any], Any], store: Store, rule: RuleAt, *, absent: Any = None
) -> Step:
    """A rule with alternatives, parts, or a field further away."""

    def step(node: Any, slots: Slots, out: Out, run: Run) -> None:
        for slot, fetch in fetches:
            raw = fetch(node, slots, run)
            if raw is None:
                continue
            try:
                value = decode(raw)
            except Unfit as unfit:
                run.unfit(rule, unfit, plan, node, slot, raw)
                if not rule.warns:
                    store(out, WRONG, run)
                return
            if value is not None:
                _stored(store(out, value, run), rule, plan, node, slot, raw, run)
                return
        if absent is not None:
            store(out, absent, run)

    return step


def _stored(agrees: bool, rule: RuleAt, plan: Plan, node: Any, slot: int, raw: object, run: Run) -> None:  # noqa: FBT001, PLR0917
    if not agrees:
        run.wrong(rule, "differs", "is told differently elsewhere in the document", where=run.place(plan, node, slot), value=shown(raw))


def const_step(
    plan: Plan, fetches: Sequence[tuple[int, Fetch]], allowed: Callable[[Run], Sequence[str]], rule: RuleAt, *, required: bool
) -> Step:
    """What stands there must be one of these texts, case ignored."""

    def step(node: Any, slots: Slots, out: Out, run: Run) -> None:
        for slot, fetch in fetches:
            raw = fetch(node, slots, run)
            text = raw.strip() if isinstance(raw, str) else None
            if not text:
                continue
            words = allowed(run)
            if words and text.lower() not in {word.lower() for word in words}:
                run.wrong(rule, "not_const", f"is not {' or '.join(words)}", where=run.place(plan, node, slot), value=text)
            return
        if required:
            run.wrong(rule, "missing", "is missing", where=run.place(plan, node, None))

    return step


def missing_step(plan: Plan, slot: int, given: Callable[[Out, Run], Any], rule: RuleAt, *, store: Store | None = None) -> Step:
    """`required: true`: an issue when nothing was found and no issue told about it, and the mark of a value that is wrong."""

    def step(node: Any, slots: Slots, out: Out, run: Run) -> None:
        if given(out, run) is None:
            run.wrong(rule, "missing", "is missing", where=run.place(plan, node, None))
            if store is not None and not rule.warns:
                store(out, WRONG, run)

    return step


def counted_step(given: Callable[[Out, Run], Any], rule: RuleAt, plan: Plan) -> Step:
    """`default: $n` in X12 and EDIFACT: told where it takes the place of a number that is not there."""

    def step(node: Any, slots: Slots, out: Out, run: Run) -> None:
        if given(out, run) is None:
            text = f"is missing; {run.n} is taken, as the place of the line in the document"
            run.wrong(rule, "missing", text, where=run.place(plan, node, None), severity=Severity.WARNING)

    return step


def fallback_step(given: Callable[[Out, Run], Any], store: Store, give: Callable[[Out, Run], Any], plan: Plan, rule: RuleAt) -> Step:
    """`default` and `set`: a value where no rule gave the field."""

    def step(node: Any, slots: Slots, out: Out, run: Run) -> None:
        if given(out, run) is not None:
            return
        try:
            value = give(out, run)
        except Unfit as unfit:
            run.unfit(rule, unfit, plan, node, None, "")
            store(out, WRONG, run)
            return
        if value is not None:
            store(out, value, run)

    return step


def record_step(plan: Plan) -> Step:
    """`$record`: the number of the record in the file."""

    def step(node: Any, slots: Slots, out: Out, run: Run) -> None:
        run.record = plan.record(node) or run.record

    return step


def if_read(inner: Step) -> Step:
    """`set` of an entry counts only when anything of it was read."""

    def step(node: Any, slots: Slots, out: Out, run: Run) -> None:
        if out:
            inner(node, slots, out, run)

    return step


def fixed_step(values: Sequence[tuple[str, Any]]) -> Step:
    """`default` and `set` of plain fields with a constant."""

    def step(node: Any, slots: Slots, out: Out, run: Run) -> None:
        for name, value in values:
            if name not in out:
                out[name] = value

    return step


def values_step(plan: Plan, fetches: Sequence[tuple[int, Fetch]], decode: Callable[[str], Any], name: str, rule: RuleAt) -> Step:
    """`each` of single values."""

    def step(node: Any, slots: Slots, out: Out, run: Run) -> None:
        for slot, fetch in fetches:
            found = fetch(node, slots, run)
            if not found:
                continue
            values: list[Any] = []
            for number, raw in enumerate(found, 1):
                run.n = number
                try:
                    value = decode(raw) if raw is not None else None
                except Unfit as unfit:
                    run.unfit(rule, unfit, plan, node, slot, raw)
                    if not rule.warns:
                        out.setdefault(name, WRONG)
                    continue
                if value is not None:
                    values += value if isinstance(value, list) else [value]
            if values:
                out[name] = (*(out.get(name) or ()), *values)
                return

    return step


def entries_step(ways: Sequence[tuple[Fetch, Fill, Finish]], name: str, *, even_empty: bool) -> Step:
    """`each` of parts: every node found becomes an entry of the list; the first alternative that gives some."""

    def step(node: Any, slots: Slots, out: Out, run: Run) -> None:
        for fetch, fill, finish in ways:
            nodes = fetch(node, slots, run)
            if not nodes:
                continue
            entries = []
            outer = run.n
            for number, one in enumerate(nodes, 1):
                run.n = number
                entry: Out = {}
                fill(one, entry, run)
                if entry or even_empty:
                    made = finish(one, entry, run)
                    if made is not None:
                        entries.append(made)
            run.n = outer
            if entries:
                known = out.get(name)
                out[name] = (*known, *entries) if known else tuple(entries)
                return
            if even_empty:
                out.setdefault(name, WRONG)
                return

    return step


def into_step(fetches: Sequence[Fetch], fill: Fill, name: str) -> Step:
    """`into`: the group fills a part; several rules may fill one."""

    def step(node: Any, slots: Slots, out: Out, run: Run) -> None:
        for fetch in fetches:
            found = fetch(node, slots, run)
            if found is None:
                continue
            part = out.get(name)
            if part is WRONG:
                return
            if part is None:
                part = {}
                fill(found, part, run)
                if part:
                    out[name] = part
            else:
                fill(found, part, run)
            if part:
                return

    return step


def inside_step(fetches: Sequence[Fetch], fill: Fill) -> Step:
    """A group without `each` or `into`: go inside, same part."""

    def step(node: Any, slots: Slots, out: Out, run: Run) -> None:
        for fetch in fetches:
            found = fetch(node, slots, run)
            if found is not None:
                fill(found, out, run)
                return

    return step
