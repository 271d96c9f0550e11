"""Rules to closures, writing: the first alternative of each address, codecs right to left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, field

from gateway.formats import AddressError, Kind, Narrow, Part, Plan, SetLayout, Shape, Want
from gateway.mapping import chain, writing
from gateway.mapping.codecs import Codec, CodecError, Context, Flow, codecs_of
from gateway.mapping.compute import Forms
from gateway.mapping.conditions import FormError, condition
from gateway.mapping.counts import TallyPath, stated_writer, tally_codecs, tally_path
from gateway.mapping.fields import FieldKind, FieldPath, FieldType, PathError, Target, parse_field, part_type, resolve
from gateway.mapping.numbers import decimal_writer
from gateway.mapping.refs import RefError, raw_ref, ref
from gateway.mapping.resolved import Complain, Resolved, rules_of
from gateway.mapping.run import RuleAt, Run
from gateway.mapping.spec import Block, RuleSpec, SetSpec
from gateway.mapping.values import Checker, Scope
from gateway.mapping.writing import Check, Get, Give, Takes, Weave, WriteGroup

MakeGive = Callable[[Plan], Give]


class WriteDraft(Struct):
    """A group while its rules are collected."""

    scope: Scope
    wants: list[Want] = field(default_factory=list)
    gives: list[tuple[tuple[int, ...], MakeGive]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    rules: dict[int, RuleSpec] = field(default_factory=dict)
    lists: dict[str, tuple[RuleAt, list[Takes]]] = field(default_factory=dict)
    numbered: dict[str, tuple[RuleAt, int]] = field(default_factory=dict)

    def slot(self, want: Want, rule: RuleSpec) -> int:
        """A new slot; on writing every rule has its own."""
        self.wants.append(want)
        self.rules[len(self.wants) - 1] = rule
        return len(self.wants) - 1


class WriteCompiler:
    """Compiles the groups of one mapping; problems are told, not raised."""

    def __init__(self, resolved: Resolved, complain: Complain, weave: Weave = writing.PLAIN) -> None:
        self.resolved = resolved
        self._weave = weave
        self.paths: list[TallyPath] = []
        self.partners: set[str] = set()
        self._complain = complain
        self._check = Checker(resolved, complain)
        self._has_levels = isinstance(resolved.layout, SetLayout)

    def top(self, part: Part, block: Block) -> WriteGroup | None:
        """Head, tail or the document itself."""
        return self.group(block, Scope(self.resolved.document), lambda wants: self.resolved.layout.plan(part, wants))

    def group(self, block: Block, scope: Scope, make_plan: Callable[[Sequence[Want]], Plan]) -> WriteGroup | None:
        """One group with everything inside."""
        draft = WriteDraft(scope)
        for rules in block.rules.values():
            self._address([rule for rule in rules if rule.only in {None, "write"}], draft)
        for name, (at, takes) in draft.lists.items():
            if name in scope.here.required and writing.every not in takes:
                draft.checks.append(writing.taken_check(name, takes, at))
        for name, (at, places) in draft.numbered.items():
            if name not in draft.lists:
                draft.checks.append(writing.room_check(name, places, at))
        try:
            plan = make_plan(draft.wants)
        except AddressError as error:
            rule = next((draft.rules[slot] for slot, want in enumerate(draft.wants) if want.address == error.address), None)
            self._complain(rule or next(rules_of(block, "write")), str(error))
            return None
        return WriteGroup(plan, [(slots, make(plan)) for slots, make in draft.gives], draft.checks, len(draft.wants))

    def _address(self, rules: Sequence[RuleSpec], draft: WriteDraft) -> None:
        """All rules of one address; values share their place, groups have their own."""
        singles = [rule for rule in rules if not rule.is_group and rule.each is None]
        for rule in rules:
            if rule not in singles:
                self._many(rule, draft)
        made = [(rule, found) for rule in singles if (found := self._single(rule, draft)) is not None]
        if not made:
            return
        rule, (_, kind, shape) = made[0]
        addresses = self._check.addresses(rule)
        if addresses is None:
            return
        constant = all(one.const is not None for one, _ in made)
        wants = [
            Want(part, shape, kind if number == 0 else Kind.TEXT, constant=constant, alone=constant and bool(rule.required))
            for number, part in enumerate(addresses[0])
        ]
        slots = tuple(draft.slot(want, rule) for want in wants)
        gives = [give for _, (give, _, _) in made]
        draft.gives.append((slots, lambda plan: gives[0] if len(gives) == 1 else writing.first_of(gives)))

    def _single(self, rule: RuleSpec, draft: WriteDraft) -> tuple[Give, Kind, Shape] | None:
        if rule.only is None and (rule.when is not None or rule.compute is not None):
            return None  # the reading side tells
        if rule.count is not None or rule.total is not None:
            made = self._tally(rule)
        elif rule.const is not None:
            made = self._const(rule, draft)
        elif rule.compute is not None:
            made = self._computed(rule, draft)
        elif rule.fields:
            made = self._value(rule, draft)
        else:
            self._complain(rule, "says neither field, const, count, total, each, into nor fields")
            return None
        if made is None or rule.when is None:
            return made
        try:
            test = condition(rule.when, draft.scope.here, self.resolved.document, self.partners)
        except FormError as error:
            self._complain(rule, str(error))
            return None
        return writing.when_give(test, made[0]), made[1], made[2]

    def _value(self, rule: RuleSpec, draft: WriteDraft) -> tuple[Give, Kind, Shape] | None:
        checked = self._check.value(rule, draft.scope)
        if checked is None:
            return None
        gets = [_getter(target) for target in checked.targets]
        if checked.gives_list or checked.targets[0].type.is_list:
            get = self._list_getter(checked.targets[0], checked.gives_list, checked.codecs, checked.at, draft)
        else:
            get = gets[0] if len(gets) == 1 else lambda part, run: tuple(one(part, run) for one in gets)
        for target in checked.targets:
            if target.path.entry and len(target.path.names) == 1:
                known = draft.numbered.get(target.path.names[0], (checked.at, 0))
                draft.numbered[target.path.names[0]] = (known[0], max(known[1], target.path.entry))
        encode = chain.writer(checked.types, checked.codecs, checked.translation)
        fallback = self._default(rule, checked.types[0])
        give = self._weave.value(get, encode, checked.at, fallback, rule.none or (), required=bool(rule.required))
        return give, checked.kind, Shape.VALUES if checked.takes_occurrences else Shape.VALUE

    def _list_getter(self, target: Target, many: bool, codecs: Sequence[Codec], at: RuleAt, draft: WriteDraft) -> Get:  # noqa: FBT001
        get = _getter(target)
        if codecs and any(codec.gives is Flow.PAIRS for codec in codecs) and target.type.part is not None:
            names = tuple(part_type(target.type.part).fields)[:2]
            return lambda part, run: [tuple(getattr(one, name) for name in names) for one in get(part, run) or ()]
        if many:
            return get
        if target.path.is_plain:
            draft.numbered.setdefault(target.path.names[0], (at, 1))
        return lambda part, run: next(iter(get(part, run) or ()), None)

    def _default(self, rule: RuleSpec, type_: FieldType) -> Get | None:
        if rule.default is None:
            return None
        try:
            found = ref(rule.default, type_.entry if type_.is_list else type_, self.resolved.document)
        except RefError as error:
            self._complain(rule, str(error))
            return None
        if found.partner:
            self.partners.add(found.partner)
        return lambda part, run: found.give(run)

    def _const(self, rule: RuleSpec, draft: WriteDraft) -> tuple[Give, Kind, Shape] | None:
        text = (rule.const or ("",))[0]
        try:
            found = raw_ref(text, self.resolved.document)
            codecs = codecs_of(rule.codecs, Context()) if rule.codecs else ()
        except (RefError, CodecError) as error:
            self._complain(rule, str(error))
            return None
        if found.partner:
            self.partners.add(found.partner)
        at = self._check.rule_at(rule, draft.scope, field="")
        encode = _encoder(codecs)
        give = self._weave.value(self._weave.given(text, found.give), encode, at, None, rule.none or (), required=bool(rule.required))
        number = text in {"$n", "$record", "$batch.number", "$batch.replaces"} or (
            codecs and codecs[-1].name in {"int", "whole", "decimal"}
        )
        return give, Kind.NUMBER if number else Kind.TEXT, Shape.VALUE

    def _computed(self, rule: RuleSpec, draft: WriteDraft) -> tuple[Give, Kind, Shape] | None:
        try:
            form = (
                Forms(draft.scope.here, self.resolved.document, self.partners).compute(rule.compute) if rule.compute is not None else None
            )
            codecs = codecs_of(rule.codecs, Context()) if rule.codecs else ()
        except (FormError, CodecError) as error:
            self._complain(rule, str(error))
            return None
        if form is None:
            return None
        flow = codecs[-1].gives if codecs else Flow.TEXT
        if not chain.fits(flow, form.kind):
            self._complain(rule, f"the form gives a {form.kind.value}, {codecs[-1].name} writes {flow.value}")
            return None
        at = self._check.rule_at(rule, draft.scope, field="")
        type_ = FieldType(rule.address, form.kind, most=255, digits=18, places=6)
        writer = chain.writer((type_,), codecs, None)
        plain = decimal_writer(form.type.places if form.type.places < 4 else 0, 6, ())
        encode = plain if not codecs and form.kind is FieldKind.DECIMAL else writer
        give = self._weave.value(form.give, encode, at, None, rule.none or (), required=bool(rule.required))
        kind = Kind.NUMBER if form.kind in {FieldKind.INT, FieldKind.DECIMAL} else Kind.TEXT
        return give, kind, Shape.VALUE

    def _tally(self, rule: RuleSpec) -> tuple[Give, Kind, Shape] | None:
        try:
            is_total, has_levels = rule.total is not None, self._has_levels
            text = (rule.count or rule.total or ("",))[0]
            path = tally_path(text, self.resolved.document, is_total=is_total, has_levels=has_levels)
            write = stated_writer(tally_codecs(rule.codecs), path.places)
        except (PathError, CodecError) as error:
            self._complain(rule, str(error))
            return None
        if path.of_file:
            self.paths.append(path)
        return self._weave.tally(path, write), Kind.NUMBER, Shape.VALUE

    def _many(self, rule: RuleSpec, draft: WriteDraft) -> None:
        addresses = self._check.addresses(rule)
        if addresses is None:
            return
        address = addresses[0][0]
        if rule.each is not None:
            self._each(rule, address, draft)
        elif rule.into is not None:
            self._into(rule, address, draft)
        else:
            keep = "empty" in (rule.none or ())
            slot = draft.slot(Want(address, Shape.GROUP), rule)
            draft.gives.append(((slot,), self._nested(rule, slot, draft.scope, lambda part, run: part, keep_empty=keep)))

    def _into(self, rule: RuleSpec, address: str, draft: WriteDraft) -> None:
        target = self._target(rule, rule.into or "", draft.scope)
        if target is None or target.type.part is None or target.type.is_list:
            return  # the reading side tells
        scope = Scope(part_type(target.type.part), f"{draft.scope.prefix}{target.type.name}.")
        slot = draft.slot(Want(address, Shape.GROUP), rule)
        draft.gives.append(((slot,), self._nested(rule, slot, scope, _getter(target), keep_empty="empty" in (rule.none or ()))))

    def _nested(self, rule: RuleSpec, slot: int, scope: Scope, get: Get, *, keep_empty: bool) -> MakeGive:
        def make(plan: Plan) -> Give:
            group = self.group(rule.rules or Block(), scope, lambda wants: plan.inside(slot, wants))
            return writing.part_give(get, group, keep_empty=keep_empty) if group is not None else _nothing

        return make

    def _each(self, rule: RuleSpec, address: str, draft: WriteDraft) -> None:
        target = self._target(rule, rule.each or "", draft.scope)
        if target is None or not target.type.is_list:
            return  # the reading side tells
        name = target.type.name
        at = self._check.rule_at(rule, draft.scope, field=name)
        if target.type.part is None:
            self._each_value(rule, address, target, at, draft)
            return
        if not rule.is_group and not rule.fields:
            return  # the reading side tells
        entry = part_type(target.type.part)
        block = rule.rules or Block()
        if not rule.is_group:
            inner = RuleSpec(
                ".", rule.file, rule.line, fields=rule.fields, codecs=rule.codecs, lookup=rule.lookup, none=rule.none, note=rule.note
            )
            block = Block({".": (inner,)})
        takes = self._takes(rule, entry)
        keep_empty = "empty" in (rule.none or ())
        draft.lists.setdefault(name, (at, []))[1].append(takes)
        if address == ".":
            draft.checks.append(writing.room_check(name, 1, at))
        rows = self.resolved.spec.split.rows if self.resolved.spec.split and address == "*" else ""
        slot = draft.slot(Want(rows or address, Shape.GROUPS), rule)

        def make(plan: Plan) -> Give:
            self._check_room(plan, slot, writing.narrow_check(name, takes, at), draft)
            group = self.group(block, Scope(entry), lambda wants: plan.inside(slot, wants))
            place = partial(_placed_at, plan, slot, len(draft.wants))
            return self._weave.entries(name, group, takes, keep_empty=keep_empty, place=place) if group is not None else _nothing

        draft.gives.append(((slot,), make))

    def _each_value(self, rule: RuleSpec, address: str, target: Target, at: RuleAt, draft: WriteDraft) -> None:
        name = target.type.name
        checked = self._check.value(
            RuleSpec(rule.address, rule.file, rule.line, fields=(name,), codecs=rule.codecs, lookup=rule.lookup), draft.scope
        )
        if checked is None:
            return
        draft.lists.setdefault(name, (at, []))[1].append(writing.every)
        if address == ".":
            draft.checks.append(writing.room_check(name, 1, at))
        encode = chain.writer((target.type.entry,), checked.codecs, checked.translation)
        slot = draft.slot(Want(address, Shape.VALUES), rule)
        keep_empty = "empty" in (rule.none or ())
        one = self._weave.value(lambda value, run: value, encode, at, None, (), required=False)

        def give(part: Any, run: Run) -> Sequence[Any]:
            texts = [text for value in getattr(part, name) or () for text in one(value, run) if text is not None]
            return (texts,) if texts or keep_empty else ()

        def make(plan: Plan) -> Give:
            self._check_room(plan, slot, writing.narrow_check(name, writing.every, at), draft)
            return give

        draft.gives.append(((slot,), make))

    @staticmethod
    def _check_room(plan: Plan, slot: int, check: Check, draft: WriteDraft) -> None:
        if isinstance(plan, Narrow) and plan.holds_one_at(slot):
            draft.checks.append(check)

    def _takes(self, rule: RuleSpec, entry: Any) -> Takes:
        """Whether an entry has the values that the rule sets."""
        tests: list[Takes] = []
        for one in rule.sets or ():
            test = self._set_test(one, entry)
            if test is not None:
                tests.append(test)
        return (lambda part, run: all(test(part, run) for test in tests)) if tests else writing.every

    def _set_test(self, one: SetSpec, entry: Any) -> Takes | None:
        if one.compute is not None or one.value is None:
            return None
        try:
            target = resolve(parse_field(one.field), entry, self.resolved.document)
            found = ref(one.value, target.type, self.resolved.document)
        except (PathError, RefError):
            return None  # the reading side tells
        get = _getter(target)
        return lambda part, run: bool(get(part, run) == found.give(run))

    def _target(self, rule: RuleSpec, text: str, scope: Scope) -> Target | None:
        try:
            return resolve(parse_field(text), scope.here, self.resolved.document)
        except PathError as error:
            self._complain(rule, str(error))
            return None


def _placed_at(plan: Plan, slot: int, width: int, nodes: Sequence[Any]) -> Any:
    """These nodes where one slot has them, and nothing else."""
    return plan.place([nodes if at == slot else None for at in range(width)])


def _getter(target: Target) -> Get:
    path: FieldPath = target.path
    if path.extra:
        return lambda part, run: ((run.out if path.from_document else part).extra or {}).get(path.extra)
    names, entry = path.names, path.entry

    def get(part: Any, run: Run) -> Any:
        at = run.out if path.from_document else part
        for name in names:
            if at is None:
                return None
            at = getattr(at, name)
        if entry:
            return at[entry - 1] if at and len(at) >= entry else None
        return at

    if len(names) == 1 and not entry and not path.from_document:
        only = names[0]
        return lambda part, run: getattr(part, only)
    return get


def _encoder(codecs: Sequence[Codec]) -> Callable[[Any], Any]:
    """Constants: codecs where they fit, else the plain text of the value."""
    if not codecs:
        return writing.text_of
    texts = codecs[-1].gives is Flow.TEXT

    def encode(value: Any) -> Any:
        value = writing.text_of(value) if texts else value
        for codec in reversed(codecs):
            value = codec.encode(value)
        return value

    return encode


def _nothing(part: Any, run: Run) -> Sequence[Any]:
    """In place of a group that cannot be compiled."""
    return ()
