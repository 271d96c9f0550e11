"""`default` and `set`: values that the file does not say, compiled to steps that run where no rule gave the field."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from gateway.formats import SetLayout
from gateway.mapping import chain, reading, stores
from gateway.mapping.compute import Forms
from gateway.mapping.conditions import FormError
from gateway.mapping.draft import Draft, Phase
from gateway.mapping.fields import FieldKind, FieldType, PathError, Target, parse_field, resolve
from gateway.mapping.refs import Ref, RefError, ref
from gateway.mapping.resolved import Complain, Resolved, rules_of
from gateway.mapping.run import RuleAt, Run
from gateway.mapping.spec import Block, RuleSpec, SetSpec
from gateway.mapping.values import ValueRule

COUNTED = "$n"
"""The place of an entry among its like."""


class Givens:
    """Compiles what is given without being read."""

    def __init__(self, resolved: Resolved, complain: Complain, partners: set[str]) -> None:
        self.resolved = resolved
        self.partners = partners
        self._complain = complain
        self._root_targets = frozenset(root_targets(resolved.spec.fields))

    def default(self, rule: RuleSpec, checked: ValueRule, draft: Draft) -> None:
        """The default of a rule, for each of its fields."""
        for target in checked.targets:
            found = self._ref(rule.default or "", target.type, lambda text: self._complain(rule, text))
            if found is None:
                return
            if rule.default == COUNTED and isinstance(self.resolved.layout, SetLayout):
                draft.steps.append((Phase.FIXED, partial(reading.counted_step, stores.given_for(target.path), checked.at)))
            self._fallback(target, found, checked.at, draft)

    def set(self, one: SetSpec, draft: Draft) -> None:
        """One entry of a `set`."""
        at = RuleAt(one.field, draft.scope.prefix + one.field, draft.scope.here.name, one.field, f"{self.resolved.label} line {one.line}")
        place = RuleSpec(one.field, "", one.line)
        say: Callable[[str], None] = lambda text: self._complain(place, text)  # noqa: E731 -- bound to one rule
        try:
            target = resolve(parse_field(one.field), draft.scope.here, self.resolved.document)
        except PathError as error:
            say(str(error))
            return
        if target.type.kind is FieldKind.PART or target.type.derived:
            say(f"{one.field} cannot be set")
            return
        if one.compute is not None:
            self._computed(one, target, at, draft, say)
            return
        found = self._ref(one.value or "", target.type, say)
        if found is not None:
            self._fallback(target, found, at, draft)

    def _computed(self, one: SetSpec, target: Target, at: RuleAt, draft: Draft, say: Callable[[str], None]) -> None:
        try:
            form = Forms(draft.scope.here, self.resolved.document, self.partners).compute(one.compute) if one.compute else None
        except FormError as error:
            say(str(error))
            return
        if form is None or not chain.storable(form.kind, target.type.kind):
            say(f"the form gives a {form.kind.value if form else 'nothing'}, {target.type.name} holds a {target.type.kind.value}")
            return
        convert = chain.settled(form.kind, target.type)
        given, store = stores.given_for(target.path), stores.store_for(target)

        def give(out: Any, run: Run) -> Any:
            value = form.give(out, run)
            return None if value is None else convert(value)

        draft.steps.append((Phase.AFTER_LISTS, lambda plan: reading.fallback_step(given, store, give, plan, at)))

    def _ref(self, text: str, type_: FieldType, say: Callable[[str], None]) -> Ref | None:
        try:
            found = ref(text, type_.entry if type_.is_list else type_, self.resolved.document)
        except RefError as error:
            say(str(error))
            return None
        if found.partner:
            self.partners.add(found.partner)
        return found

    def _fallback(self, target: Target, found: Ref, at: RuleAt, draft: Draft) -> None:
        given, store = stores.given_for(target.path), stores.store_for(target)
        phase = Phase.LATE if found.late else Phase.FIXED
        name = target.path.names[-1] if target.path.names else ""
        if draft.scope.here is self.resolved.document and name in self._root_targets:
            phase = Phase.AFTER_LISTS
        if phase is Phase.FIXED and found.constant is not None and target.path.is_plain and not target.type.is_list:
            draft.fixed.append((name, found.constant))
            return
        draft.steps.append((phase, lambda plan: reading.fallback_step(given, store, lambda out, run: found.give(run), plan, at)))


def root_targets(block: Block) -> list[str]:
    """Fields of the document that rules inside lists give (`/currency`)."""
    found: list[str] = []
    for rule in rules_of(block, "read"):
        found += [name[1:] for name in rule.fields or () if name.startswith("/")]
        if rule.rules is not None:
            found += root_targets(rule.rules)
    return found
