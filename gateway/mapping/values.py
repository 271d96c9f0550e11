"""What a single rule about values needs in both directions: its fields, codecs and table, checked against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gateway.formats import AddressError, Kind, SetLayout, alternatives
from gateway.kernel.yaml_text import unknown
from gateway.mapping.chain import canonical, default_as, fits
from gateway.mapping.codecs import Codec, CodecError, Context, Flow, codecs_of
from gateway.mapping.fields import FieldKind, FieldType, PartType, PathError, Target, parse_field, part_type, resolve
from gateway.mapping.lookups import Translation, translation
from gateway.mapping.resolved import Complain, Resolved
from gateway.mapping.run import RuleAt
from gateway.mapping.spec import RuleSpec
from gateway.mapping.spoken import in_names

EITHER = -2
"""Codecs that take one part or two."""
Parts = tuple[tuple[str, ...], ...]


class Scope(Struct, frozen=True):
    """Where a rule stands: the part it fills, and the way there from the nearest list entry."""

    here: PartType
    prefix: str = ""


class ValueRule(Struct, frozen=True):
    """A checked rule about values."""

    spec: RuleSpec
    addresses: Parts
    targets: tuple[Target, ...]
    codecs: tuple[Codec, ...]
    translation: Translation | None
    at: RuleAt

    @property
    def types(self) -> tuple[FieldType, ...]:
        """The types of the fields."""
        return tuple(target.type for target in self.targets)

    @property
    def kind(self) -> Kind:
        """How the value is written where kinds are told apart."""
        last = self.codecs[-1].name if self.codecs else default_as(self.types[0].kind) if self.types else "text"
        if not self.codecs and self.types and self.types[0].kind is FieldKind.DECIMAL and self.translation is None:
            return Kind.NUMBER
        if self.translation is not None and not self.codecs:
            return Kind.TEXT
        return {"int": Kind.NUMBER, "whole": Kind.NUMBER, "decimal": Kind.NUMBER, "bool": Kind.FLAG}.get(last, Kind.TEXT)

    @property
    def gives_list(self) -> bool:
        """Whether one occurrence holds several values."""
        return any(codec.gives in {Flow.LIST, Flow.PAIRS} for codec in self.codecs)

    @property
    def takes_occurrences(self) -> bool:
        """Whether all occurrences make one value."""
        return any(codec.occurrences for codec in self.codecs)


class Checker:
    """Checks rules once for both compilers."""

    def __init__(self, resolved: Resolved, complain: Complain) -> None:
        self.resolved = resolved
        self.complain = complain

    def rule_at(self, rule: RuleSpec, scope: Scope, *, field: str = "") -> RuleAt:
        """The rule as issues name it."""
        shown = field or (rule.fields or (rule.into or rule.each or "",))[0]
        label = f"{self.resolved.label} line {rule.line}"
        name = shown.rpartition(".")[2] if not shown.startswith("extra.") else ""
        part = scope.here.name
        try:
            owner = resolve(parse_field(shown), scope.here, self.resolved.document).owner if shown else scope.here
            part = owner.name
        except PathError:
            part = scope.here.name
        name = name.partition("#")[0].lstrip("/")
        address = rule.address.partition(" | ")[0]
        named = in_names(address, self.resolved.spec.format)
        return RuleAt(address, (scope.prefix + shown).lstrip("/"), part, name, label, rule.note or "", rule.on_error == "warn", named)

    def addresses(self, rule: RuleSpec) -> Parts | None:
        """Alternatives and their parts."""
        try:
            found = alternatives(rule.address)
        except AddressError as error:
            self.complain(rule, str(error))
            return None
        if len({len(parts) for parts in found}) > 1:
            self.complain(rule, "every alternative needs the same number of parts ('+')")
            return None
        return self._with_parts(rule, found)

    def _with_parts(self, rule: RuleSpec, found: Parts) -> Parts:
        """Where a format has the parts of a value behind it (`DTM[137]`), a codec for two takes the next one too."""
        layout = self.resolved.layout
        if rule.codecs is None or len(found[0]) > 1 or not isinstance(layout, SetLayout):
            return found
        try:
            wanted = codecs_of(rule.codecs, Context(len(rule.fields or ()), self.resolved.weight_unit))[:1]
        except CodecError:
            return found  # told where the codecs are looked at
        if not wanted or wanted[0].parts != EITHER:
            return found
        both = tuple((address, behind) for (address,) in found if (behind := layout.behind(address)) is not None)
        return both if len(both) == len(found) else found

    def value(self, rule: RuleSpec, scope: Scope) -> ValueRule | None:
        """The rule with its fields resolved; nothing when something is wrong."""
        addresses = self.addresses(rule)
        targets = self._targets(rule, scope)
        if addresses is None or not targets:
            return None
        if (
            rule.codecs is None
            and rule.lookup is None
            and targets[0].type.kind is FieldKind.DATE
            and isinstance(self.resolved.layout, SetLayout)
        ):
            rule = replace(rule, codecs=self.resolved.layout.default_date)
        codecs = self.codecs(rule, fields=len(targets), parts=len(addresses[0]))
        table = self._table(rule, targets) if rule.lookup is not None else None
        if codecs is None or (table is None and rule.lookup is not None):
            return None
        checked = ValueRule(rule, addresses, targets, codecs, table, self.rule_at(rule, scope))
        return checked if self._agrees(checked) else None

    def codecs(self, rule: RuleSpec, *, fields: int, parts: int) -> tuple[Codec, ...] | None:
        """The codecs of `as`, each taking what the one before gives, the first the parts of the address."""
        try:
            found = codecs_of(rule.codecs, Context(fields, self.resolved.weight_unit)) if rule.codecs is not None else ()
        except CodecError as error:
            self.complain(rule, str(error))
            return None
        wanted = found[0].parts if found else 0
        if not _parts_fit(wanted, parts):
            name = found[0].name if found else "a rule without a codec for parts"
            self.complain(
                rule, f"{name} takes {_count(wanted)}, the address has {parts}" + ("" if found else "; name a codec such as join")
            )
            return None
        flow = Flow.TEXT
        for number, codec in enumerate(found):
            if number and (flow not in {Flow.TEXT, Flow.LIST} or codec.parts or codec.occurrences):
                self.complain(rule, f"{codec.name} takes {codec.takes.value}, {found[number - 1].name} gives {flow.value}")
                return None
            flow = codec.gives if codec.gives is not Flow.TEXT or flow is not Flow.LIST else flow
        return found

    def _targets(self, rule: RuleSpec, scope: Scope) -> tuple[Target, ...] | None:
        targets = []
        for text in rule.fields or ():
            try:
                targets.append(resolve(parse_field(text), scope.here, self.resolved.document))
            except PathError as error:
                self.complain(rule, str(error))
                return None
        return tuple(targets)

    def _table(self, rule: RuleSpec, targets: Sequence[Target]) -> Translation | None:
        """The table with ours converted; nothing when something is wrong, which has been told."""
        lookup = self.resolved.lookups.get(rule.lookup or "")
        if lookup is None:
            self.complain(rule, unknown(rule.lookup or "", self.resolved.lookups, what="lookup"))
            return None
        if lookup.columns != len(targets):
            self.complain(rule, f"lookup {rule.lookup} gives {lookup.columns} values, the rule has {len(targets)} fields")
            return None
        if any(target.type.kind is FieldKind.PART for target in targets):
            self.complain(rule, "a lookup gives single values, not parts")
            return None
        wrong: list[str] = []
        made = translation(lookup, [canonical(target.type) for target in targets], lambda line, text: wrong.append(f"{text} (line {line})"))
        for text in wrong:
            self.complain(rule, text)
        return made

    def _agrees(self, rule: ValueRule) -> bool:
        """Whether what the codecs give can be stored."""
        say: Callable[[str], None] = lambda text: self.complain(rule.spec, text)  # noqa: E731 -- bound to one rule
        results = next((codec.results for codec in reversed(rule.codecs) if codec.gives is Flow.SEVERAL), 1)
        count = len(rule.targets)
        if rule.translation is None and not _results_fit(results, count, rule.codecs):
            if count > 1 and results == 1:
                say("several fields need a codec or a lookup that gives several")
            else:
                say(f"{rule.codecs[-1].name} gives {results} values, the rule has {count} fields")
            return False
        for type_ in rule.types:
            flow = _last(rule.codecs)
            if rule.translation is not None or flow is Flow.SEVERAL:
                flow = Flow.TEXT
            if flow is Flow.PAIRS:
                if not type_.is_list or type_.part is None or len(part_type(type_.part).fields) < 2:
                    say(f"pairs fills a list of parts with two texts, {type_.name} is none")
                    return False
                continue
            if type_.kind is FieldKind.PART:
                say(f"{type_.name} has parts of its own; use {'each' if type_.is_list else 'into'}")
                return False
            if not fits(flow, type_.kind):
                say(f"{rule.codecs[-1].name} gives {flow.value}, {type_.name} holds a {type_.kind.value}")
                return False
            if any(codec.name == "cut" for codec in rule.codecs) and _never_cut(type_):
                say(f"cut is never for numbers, ids and amounts, and {type_.name} is one")
                return False
        return True


def _never_cut(type_: FieldType) -> bool:
    ids = {
        "number",
        "order_number",
        "item",
        "vendor_item",
        "gtin",
        "sales_order",
        "vendor",
        "brand",
        "system",
        "location",
        "carrier",
        "id",
        "package",
    }
    return type_.kind is not FieldKind.TEXT or type_.name in ids or type_.name == "tracking"


def _last(codecs: Sequence[Codec]) -> Flow:
    return (Flow.TEXT if codecs[-1].gives is Flow.LIST else codecs[-1].gives) if codecs else Flow.TEXT


def _parts_fit(wanted: int, parts: int) -> bool:
    match wanted:
        case 0:
            return parts == 1
        case -1:
            return parts > 1
        case _ if wanted == EITHER:
            return parts in {1, 2}
        case _:
            return parts == wanted


def _count(wanted: int) -> str:
    return {0: "one part", -1: "at least two parts", EITHER: "one or two parts"}.get(wanted, f"{wanted} parts")


def _results_fit(results: int, count: int, codecs: Sequence[Codec]) -> bool:
    if results == -1:
        return count > 1
    if results == 3 and codecs:
        return count == 3
    if results == 2:
        return count in {2, 3}
    return count == 1
