"""Rules to closures, reading: slots for addresses, one closure a field, steps in the order that values depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain as chain_
from typing import Any

from msgspec import Struct

from gateway.formats import AddressError, Part, Plan, SetLayout, Shape, Want
from gateway.mapping import chain, reading, stores
from gateway.mapping.blocks import INNER_WORDS, in_turn, nothing, repeated, values_of, with_field
from gateway.mapping.breaking import broken
from gateway.mapping.codecs import CodecError
from gateway.mapping.counts import Tally, TallyPath, stated_reader, tally_codecs, tally_path
from gateway.mapping.draft import Draft, Make, Phase
from gateway.mapping.fetches import fetch_for
from gateway.mapping.fields import FieldType, PathError, parse_field, part_type, resolve
from gateway.mapping.finish import finisher
from gateway.mapping.givens import Givens
from gateway.mapping.pointed import EDIFACT, MakeReader, pointed, with_point
from gateway.mapping.reading import Fill, Finish, Simple, Step
from gateway.mapping.refs import RefError, raw_ref
from gateway.mapping.resolved import Complain, Resolved, given_names, rules_of
from gateway.mapping.run import RuleAt, Run
from gateway.mapping.spec import Block, RuleSpec, SetSpec
from gateway.mapping.values import Checker, Parts, Scope, ValueRule

MakeFill = Callable[[int, Plan, Sequence[Simple], Sequence[Step], Mapping[int, RuleAt]], Fill]
MakeFinish = Callable[..., Finish]


class Group(Struct, frozen=True):
    """A compiled group."""

    fill: Fill
    plan: Plan
    by_name: Mapping[str, RuleAt]
    numbered: tuple[str, ...]


class ReadCompiler:
    """Compiles the groups of one mapping; problems are told, not raised.

    By the number of their group, `judged` are the slots of which rules want to see the text and keep nothing, `rivals` those of two
    rules that give the same field.
    """

    def __init__(
        self,
        resolved: Resolved,
        complain: Complain,
        *,
        fill: MakeFill = reading.plain_fill,
        finish: MakeFinish = finisher,
        reader: MakeReader = chain.reader,
    ) -> None:
        self.resolved = resolved
        self.plans: list[Plan] = []
        self.judged: dict[int, frozenset[int]] = {}
        self.rivals: dict[int, tuple[tuple[frozenset[int], frozenset[int]], ...]] = {}
        self.tallies: list[TallyPath] = []
        self.partners: set[str] = set()
        self._complain = complain
        self._check = Checker(resolved, complain)
        self._has_levels = isinstance(resolved.layout, SetLayout)
        self._make_fill = fill
        self._make_finish = finish
        self._make_reader = pointed(reader) if resolved.spec.format == EDIFACT else reader
        self._givens = Givens(resolved, complain, self.partners)

    def top(self, part: Part, block: Block, sets: Sequence[SetSpec] = ()) -> Group | None:
        """Head, tail or the document itself."""
        scope = Scope(self.resolved.document)
        spec = self.resolved.spec
        names = given_names([spec.head, spec.fields, spec.tail], "read")
        return self.group(block, scope, lambda wants: self.resolved.layout.plan(part, wants), repeated(names), sets)

    def finish(self, group: Group) -> Finish:
        """Makes the document of what the group read."""
        return self._make_finish(self.resolved.document, self.resolved.document.name, group.plan, group.by_name, group.numbered)

    def group(
        self, block: Block, scope: Scope, make_plan: Callable[[Sequence[Want]], Plan], shared: frozenset[str], sets: Sequence[SetSpec] = ()
    ) -> Group | None:
        """One group with everything inside."""
        draft = Draft(scope, shared=shared)
        for rule in rules_of(block, "read"):
            self._rule(rule, draft)
        for one in sets:
            self._givens.set(one, draft)
        if any("$record" in (text or "") for text in values_of(block, sets)):
            draft.steps.append((Phase.NUMBER, reading.record_step))
        try:
            plan = make_plan(draft.wants)
        except AddressError as error:
            rule_at = next((rule for slot, rule in draft.rules.items() if draft.wants[slot].address == error.address), None)
            found = next((rule for rule in rules_of(block, "read") if rule_at and rule.address == rule_at.address), None)
            self._complain(found or next(rules_of(block, "read")), str(error))
            return None
        number = len(self.plans)
        self.plans.append(plan)
        self.judged[number] = frozenset(draft.judged)
        self.rivals[number] = draft.rivals()
        simple = [one for one in draft.simple if one[0] not in plan.searches]
        searched = [self._searched(one, plan) for one in draft.simple if one[0] in plan.searches]
        if draft.fixed:
            draft.steps.append((Phase.FIXED, lambda plan: reading.fixed_step(draft.fixed)))
        only_if_read = bool(sets) and scope.here is not self.resolved.document
        steps = [
            reading.if_read(make(plan)) if only_if_read and phase not in {Phase.NUMBER, Phase.VALUES, Phase.LISTS} else make(plan)
            for phase, make in sorted(draft.steps, key=lambda step: step[0])
        ]
        loop = [Simple(slot, rule.targets[0].path.names[0], decode, rule.at) for slot, rule, decode in simple]
        fill = self._make_fill(number, plan, loop, [*searched, *steps], draft.rules)
        return Group(fill, plan, draft.by_name, tuple(draft.numbered))

    def _rule(self, rule: RuleSpec, draft: Draft) -> None:
        if rule.when is not None or rule.compute is not None:
            if rule.only is None:
                self._complain(rule, f"{'when' if rule.when is not None else 'compute'} works in one direction; say only: write")
            elif rule.compute is not None:
                self._complain(rule, "compute stands in set when reading")
            return
        if rule.is_group:
            self._group_rule(rule, draft)
        elif rule.count is not None or rule.total is not None:
            self._tally(rule, draft)
        elif rule.const is not None:
            self._const(rule, draft)
        elif rule.each is not None:
            self._values(rule, draft)
        elif rule.fields:
            self._value(rule, draft)
        else:
            self._complain(rule, "says neither field, const, count, total, each, into nor fields")

    def _value(self, rule: RuleSpec, draft: Draft) -> None:
        checked = self._check.value(rule, draft.scope)
        if checked is None:
            return
        for target in checked.targets:
            name = target.path.names[-1] if target.path.names else target.path.text
            draft.by_name.setdefault(reading.DERIVED + name if target.type.derived else name, checked.at)
            if target.path.entry and target.path.is_plain is False and len(target.path.names) == 1:
                draft.numbered.append(name)
            if target.type.required and checked.spec.on_error:
                self._complain(rule, f"on_error: warn is not for {name}, which is mandatory")
        decode = self._make_reader(checked.types, checked.codecs, checked.translation, rule.none or ())
        shape = Shape.VALUES if checked.takes_occurrences else Shape.VALUE
        slots = self._slots(checked.addresses, shape, checked.at, draft)
        draft.givers.append(([target.path.text for target in checked.targets], frozenset(chain_.from_iterable(slots))))
        only = checked.targets[0]
        if self._is_simple(checked, slots, draft):
            draft.simple.append((slots[0][0], checked, decode))
        else:
            store = (
                stores.several([stores.store_for(target) for target in checked.targets])
                if len(checked.targets) > 1
                else stores.store_for(only)
            )
            absent = checked.codecs[0].absent if checked.codecs else None
            draft.steps.append((Phase.VALUES, self._value_maker(checked, slots, shape, decode, store, absent)))
        if rule.default is not None:
            self._givens.default(rule, checked, draft)
        if rule.required:
            given, mark = stores.given_for(only.path), stores.mark_for(only)
            draft.steps.append((Phase.CHECKS, lambda plan: reading.missing_step(plan, slots[0][0], given, checked.at, store=mark)))

    def _is_simple(self, rule: ValueRule, slots: Sequence[Sequence[int]], draft: Draft) -> bool:
        target = rule.targets[0]
        return (
            len(slots) == len(slots[0]) == len(rule.targets) == 1
            and target.path.is_plain
            and not target.type.is_list
            and not target.type.derived
            and not rule.takes_occurrences
            and not (rule.codecs and (rule.codecs[0].parts or rule.codecs[0].absent is not None))
            and target.path.names[0] not in draft.shared
        )

    def _value_maker(
        self, rule: ValueRule, slots: Sequence[Sequence[int]], shape: Shape, decode: Callable[[Any], Any], store: reading.Store, absent: Any
    ) -> Make:
        none = frozenset(rule.spec.none or ())
        as_parts = bool(rule.codecs and rule.codecs[0].parts)

        def make(plan: Plan) -> Step:
            fetches = [(parts[0], fetch_for(plan, parts, shape, none, as_parts=as_parts)) for parts in slots]
            return reading.value_step(plan, fetches, decode, store, rule.at, absent=absent)

        return make

    def _searched(self, one: tuple[int, ValueRule, Callable[[str], Any]], plan: Plan) -> Step:
        slot, rule, decode = one
        fetch = fetch_for(plan, (slot,), Shape.VALUE, frozenset(rule.spec.none or ()), as_parts=False)
        return reading.value_step(plan, [(slot, fetch)], decode, stores.store_for(rule.targets[0]), rule.at)

    def _slots(self, addresses: Parts, shape: Shape, rule: RuleAt, draft: Draft) -> list[tuple[int, ...]]:
        return [tuple(draft.slot(part, shape, rule) for part in parts) for parts in addresses]

    def _values(self, rule: RuleSpec, draft: Draft) -> None:
        """`each` without rules inside: single values, or one field of every entry."""
        try:
            target = resolve(parse_field(rule.each or ""), draft.scope.here, self.resolved.document)
        except PathError as error:
            self._complain(rule, str(error))
            return
        if not target.type.is_list:
            self._complain(rule, f"{rule.each} is not a list; leave each out")
            return
        if target.type.part is not None:
            if not rule.fields:
                self._complain(rule, f"the entries of {rule.each} have parts; say field, fields or use")
                return
            inner = RuleSpec(".", rule.file, rule.line, **{word: getattr(rule, word) for word in INNER_WORDS})
            block = Block({".": (inner,)})
            self._entries(rule, target.type, block, draft)
            return
        checked = self._check.value(with_field(rule, rule.each or ""), draft.scope)
        if checked is None:
            return
        name = target.path.names[-1]
        draft.by_name.setdefault(name, checked.at)
        decode = self._make_reader(
            (target.type.entry,), checked.codecs, checked.translation, [text for text in rule.none or () if text != "empty"]
        )
        if isinstance(self.resolved.layout, SetLayout):
            decode = broken(decode, target.type.entry)
        slots = self._slots(checked.addresses, Shape.VALUES, checked.at, draft)
        draft.steps.append(
            (
                Phase.VALUES,
                lambda plan: reading.values_step(
                    plan,
                    [(parts[0], fetch_for(plan, parts, Shape.VALUES, frozenset(), as_parts=False)) for parts in slots],
                    decode,
                    name,
                    checked.at,
                ),
            )
        )
        if rule.required:
            given, mark = stores.given_for(target.path), stores.mark_for(target)
            draft.steps.append((Phase.CHECKS, lambda plan: reading.missing_step(plan, slots[0][0], given, checked.at, store=mark)))

    def _group_rule(self, rule: RuleSpec, draft: Draft) -> None:
        block = rule.rules or Block()
        if rule.each is not None and rule.into is not None:
            self._complain(rule, "each and into exclude each other")
        elif rule.each is not None:
            self._list_of_parts(rule, block, draft)
        elif rule.into is not None:
            self._into(rule, block, draft)
        else:
            self._inside(rule, block, draft)

    def _list_of_parts(self, rule: RuleSpec, block: Block, draft: Draft) -> None:
        try:
            target = resolve(parse_field(rule.each or ""), draft.scope.here, self.resolved.document)
        except PathError as error:
            self._complain(rule, str(error))
            return
        if not target.type.is_list or target.type.part is None:
            self._complain(rule, f"{rule.each} is not a list of parts" + ("; leave fields out" if target.type.is_list else "; say into"))
            return
        self._entries(rule, target.type, block, draft)

    def _entries(self, rule: RuleSpec, type_: FieldType, block: Block, draft: Draft) -> None:
        entry = part_type(type_.part) if type_.part else draft.scope.here
        scope = Scope(entry)
        at = self._check.rule_at(rule, draft.scope, field=rule.each or "")
        draft.by_name.setdefault(type_.name, at)
        addresses = self._check.addresses(rule)
        if addresses is None:
            return
        shared = repeated(given_names([block], "read"))
        even_empty = rule.is_group and bool(set(entry.required) - {one.field for one in rule.sets or ()})
        makers = []
        for address, *more in addresses:
            if more:
                self._complain(rule, "a group has no parts ('+')")
                return
            slot = -1 if address == "*" else draft.slot(address, Shape.GROUPS, at)
            makers.append((slot, partial(self._inner_plan, slot)))

        def make(plan: Plan) -> Step:
            fetches, groups = [], []
            for slot, make_plan in makers:
                group = self.group(block, scope, partial(make_plan, plan), shared, rule.sets or ())
                if group is None:
                    return nothing
                groups.append(group)
                fetches.append(
                    fetch_for(plan, (slot,), Shape.GROUPS, frozenset(), as_parts=False)
                    if slot >= 0
                    else (lambda node, slots, run: run.rows)
                )
            ways = [
                (fetch, group.fill, self._make_finish(entry, self.resolved.document.name, group.plan, group.by_name, group.numbered))
                for fetch, group in zip(fetches, groups, strict=True)
            ]
            return reading.entries_step(ways, type_.name, even_empty=even_empty)

        draft.steps.append((Phase.LISTS, make))

    def _inner_plan(self, slot: int, plan: Plan, wants: Sequence[Want]) -> Plan:
        """The plan of the entries behind a slot, or of the rows of a split document."""
        if slot >= 0:
            return plan.inside(slot, wants)
        split = self.resolved.spec.split
        return self.resolved.layout.row_plan(split.rows if split else "", wants)

    def _into(self, rule: RuleSpec, block: Block, draft: Draft) -> None:
        try:
            target = resolve(parse_field(rule.into or ""), draft.scope.here, self.resolved.document)
        except PathError as error:
            self._complain(rule, str(error))
            return
        if target.type.part is None or target.type.is_list or not target.path.is_plain:
            self._complain(rule, f"{rule.into} is not a part" + ("; say each" if target.type.is_list else ""))
            return
        name = target.type.name
        scope = Scope(part_type(target.type.part), f"{draft.scope.prefix}{name}.")
        at = self._check.rule_at(rule, draft.scope, field=name)
        draft.by_name.setdefault(name, at)
        shared = frozenset(part_type(target.type.part).fields) if name in draft.shared else repeated(given_names([block], "read"))
        self._nested(rule, block, scope, shared, draft, lambda fetch, fill: reading.into_step([fetch], fill, name), Phase.VALUES)
        if rule.required:
            given = stores.given_for(target.path)
            draft.steps.append((Phase.CHECKS, lambda plan: reading.missing_step(plan, 0, given, at)))

    def _inside(self, rule: RuleSpec, block: Block, draft: Draft) -> None:
        has_lists = any(one.each is not None for one in rules_of(block, "read"))
        phase = Phase.LISTS if has_lists else Phase.VALUES
        self._nested(rule, block, draft.scope, draft.shared, draft, lambda fetch, fill: reading.inside_step([fetch], fill), phase)

    def _nested(  # noqa: PLR0917
        self,
        rule: RuleSpec,
        block: Block,
        scope: Scope,
        shared: frozenset[str],
        draft: Draft,
        wrap: Callable[[reading.Fetch, Fill], Step],
        phase: Phase,
    ) -> None:
        addresses = self._check.addresses(rule)
        if addresses is None:
            return
        at = self._check.rule_at(rule, draft.scope, field=rule.into or "")
        slots = [draft.slot(parts[0], Shape.GROUP, at) for parts in addresses]
        own_part = scope is draft.scope

        def make(plan: Plan) -> Step:
            steps = []
            for slot in slots:
                group = self.group(block, scope, partial(plan.inside, slot), shared, rule.sets or ())
                if group is None:
                    return nothing
                if own_part:
                    for name, one in group.by_name.items():
                        draft.by_name.setdefault(name, one)
                    draft.numbered.extend(group.numbered)
                steps.append(wrap(fetch_for(plan, (slot,), Shape.GROUP, frozenset(), as_parts=False), group.fill))
            return steps[0] if len(steps) == 1 else in_turn(slots, steps, plan)

        draft.steps.append((phase, make))

    def _const(self, rule: RuleSpec, draft: Draft) -> None:
        addresses = self._check.addresses(rule)
        if addresses is None or rule.codecs is not None:
            if rule.codecs is not None and rule.only is None and self.resolved.spec.only != "write":
                self._complain(rule, "a constant with codecs is only written; say only: write")
            return
        refs = []
        for text in rule.const or ():
            try:
                refs.append(raw_ref(text, self.resolved.document))
            except RefError as error:
                self._complain(rule, str(error))
                return
        self.partners |= {one.partner for one in refs if one.partner}
        at = self._check.rule_at(rule, draft.scope, field="")
        slots = self._slots(addresses, Shape.VALUE, at, draft)
        draft.judged.update(parts[0] for parts in slots)

        def allowed(run: Run) -> Sequence[str]:
            return [str(value) for one in refs if (value := one.give(run)) is not None]

        draft.steps.append(
            (
                Phase.VALUES,
                lambda plan: reading.const_step(
                    plan,
                    [(parts[0], fetch_for(plan, parts, Shape.VALUE, frozenset(), as_parts=False)) for parts in slots],
                    allowed,
                    at,
                    required=bool(rule.required),
                ),
            )
        )

    def _tally(self, rule: RuleSpec, draft: Draft) -> None:
        addresses = self._check.addresses(rule)
        at = self._check.rule_at(rule, draft.scope, field="")
        texts = rule.count or rule.total or ()
        try:
            is_total, has_levels = rule.total is not None, self._has_levels
            paths = [tally_path(text, self.resolved.document, is_total=is_total, has_levels=has_levels) for text in texts]
            read = stated_reader(tally_codecs(rule.codecs))
            read = with_point(read) if self.resolved.spec.format == EDIFACT else read
        except (PathError, CodecError) as error:
            self._complain(rule, str(error))
            return
        if addresses is None:
            return
        slots = self._slots(addresses, Shape.VALUE, at, draft)
        draft.judged.update(parts[0] for parts in slots)
        none = frozenset(rule.none or ())

        def make(plan: Plan) -> Step:
            tally = Tally(
                at,
                tuple(paths),
                rule.total is not None,
                tuple((parts[0], fetch_for(plan, parts, Shape.VALUE, none, as_parts=False)) for parts in slots),
                plan,
                read,
                required=bool(rule.required),
            )
            self.tallies += [path for path in paths if path.of_file]
            return tally.step

        draft.steps.append((Phase.CHECKS, make))
