"""Making the Struct of what a group read, once all rules have been obeyed; what is missing is told here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from gateway.formats import Plan
from gateway.mapping.fields import FROM_HEADER, STANDS_IN, FieldKind, PartType
from gateway.mapping.reading import DERIVED, Finish
from gateway.mapping.run import WRONG, Out, RuleAt, Run

Settle = Callable[[Out, Run], None]


def finisher(part: PartType, document: str, plan: Plan, rules: Mapping[str, RuleAt], numbered: Sequence[str]) -> Finish:
    """The maker of one kind of part; it does only what this part needs."""
    cls = part.cls
    settles = tuple(_settles(part, document, numbered))
    if any(name[0] == DERIVED for name in rules):
        return _comparing(part, settles, plan, rules)

    def finish(node: Any, out: Out, run: Run) -> Any:
        for settle in settles:
            settle(out, run)
        try:
            return cls(**out)
        except TypeError:
            return _mended(part, out, node, run, plan, rules)

    return finish


def _comparing(part: PartType, settles: Sequence[Settle], plan: Plan, rules: Mapping[str, RuleAt]) -> Finish:
    """The same, where the file also states what is computed."""
    cls = part.cls

    def finish(node: Any, out: Out, run: Run) -> Any:
        for settle in settles:
            settle(out, run)
        told = {name: out.pop(name) for name in [one for one in out if one[0] == DERIVED]}
        try:
            made = cls(**out)
        except TypeError:
            made = _mended(part, out, node, run, plan, rules)
        if run.errors:
            return made
        for name, value in told.items():
            computed = getattr(made, name[1:])
            if computed != value:
                run.wrong(rules[name], "total_differs", f"is told, {computed} is computed", where=run.place(plan, node, None), value=value)
        return made

    return finish


def _settles(part: PartType, document: str, numbered: Sequence[str]) -> Iterator[Settle]:
    """What has to be put in order before the Struct can be made."""
    for name, field in part.fields.items():
        if field.kind is FieldKind.PART and not field.is_list and field.part is not None:
            yield _part(name, field.part)
    for name in FROM_HEADER.get((document, part.name), ()):
        yield _from_header(name)
    for name in numbered:
        yield _compact(name)
    if not part.has_extra:
        yield _extra_of(part.name.lower())


def _part(name: str, made: type[Struct]) -> Settle:
    keeps_extra = "extra" in made.__struct_fields__

    def settle(out: Out, run: Run) -> None:
        value = out.get(name)
        if type(value) is dict:
            if not keeps_extra and "extra" in value:
                _hand_up(name, value.pop("extra"), out)
            out[name] = made(**value)

    return settle


def _from_header(name: str) -> Settle:
    def settle(out: Out, run: Run) -> None:
        if name not in out and (value := run.out.get(name)) is not None:
            out[name] = value

    return settle


def _compact(name: str) -> Settle:
    """Entries given by number: gaps close."""

    def settle(out: Out, run: Run) -> None:
        if type(found := out.get(name)) is list:
            out[name] = tuple(one for one in found if one is not None)

    return settle


def _extra_of(name: str) -> Settle:
    def settle(out: Out, run: Run) -> None:
        if "extra" in out:
            _hand_up(name, out.pop("extra"), run.out)

    return settle


def _hand_up(name: str, kept: Mapping[str, str], above: Out) -> None:
    """What a part without extra texts was told is kept by the one above it."""
    extra = above.setdefault("extra", {})
    for key, text in kept.items():
        extra.setdefault(f"{name}/{key}"[:60], text)


def _mended(part: PartType, out: Out, node: Any, run: Run, plan: Plan, rules: Mapping[str, RuleAt]) -> Any:
    """A mandatory field is missing: it stands elsewhere, or it is an issue."""
    for name in part.required:
        if name in out:
            continue
        other = STANDS_IN.get((part.name, name))
        if other is not None and (value := out.get(other)) is not None:
            out[name] = value
            continue
        rule = rules.get(name) or RuleAt(name, name, part.name, name, "")
        run.wrong(rule, "missing", "is missing", where=run.place(plan, node, None))
        out[name] = WRONG
    return part.cls(**out)
