"""`when:` and what both closed forms share: paths and values, typed before anything runs (mapping-language.md 8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from gateway.kernel.yaml_text import Node, Scalar, Series, Table, unknown
from gateway.mapping.chain import canonical
from gateway.mapping.fields import FieldKind, FieldType, PartType, PathError, parse_field, part_type, resolve
from gateway.mapping.refs import RefError, raw_ref
from gateway.mapping.run import WRONG, Run
from gateway.mapping.unfit import Unfit

Give = Callable[[Any, Run], Any]
Test = Callable[[Any, Run], bool]
TESTS = ("above", "below", "not", "starts")
_INSIDE_ENTRY = re.compile(r"(?!/?extra\.)([^#]+#[0-9]+)\.([^/$].*)")
_ORDERED = {FieldKind.INT, FieldKind.DECIMAL, FieldKind.DATE, FieldKind.DATETIME}


class FormError(ValueError):
    """A condition or computed value that cannot be; the text names the remedy."""


class Operand(Struct, frozen=True):
    """Something with a type and a value: `give(part at hand, run)`."""

    kind: FieldKind
    give: Give
    type: FieldType
    partner: str = ""
    many: bool = False


def operand(text: str, here: PartType, document: PartType) -> Operand:
    """A path or a `$name`."""
    if text.startswith("$"):
        try:
            ref = raw_ref(text, document)
        except RefError as error:
            raise FormError(str(error)) from error
        kind = FieldKind.INT if text in {"$n", "$record", "$batch.number", "$batch.replaces"} else FieldKind.TEXT
        kind = FieldKind.DATETIME if text in {"$batch.made_at", "$message.received_at"} else kind
        return Operand(kind, lambda part, run: ref.give(run), FieldType(text, kind, most=255), ref.partner)
    if inside := _INSIDE_ENTRY.fullmatch(text):
        return _inside_entry(inside[1], inside[2], here, document)
    try:
        target = resolve(parse_field(text), here, document)
    except PathError as error:
        raise FormError(str(error)) from error
    path = target.path
    if path.extra:
        return Operand(
            FieldKind.TEXT, lambda part, run: value_at(run.out if path.from_document else part, ("extra", path.extra)), target.type
        )
    names = path.names

    def give(part: Any, run: Run) -> Any:
        found = value_at(run.out if path.from_document else part, names)
        if path.entry:
            return found[path.entry - 1] if found and len(found) >= path.entry else None
        return found

    return Operand(target.type.kind, give, target.type, many=target.type.is_list)


def _inside_entry(entry: str, rest: str, here: PartType, document: PartType) -> Operand:
    """`errors#1.code`: a path that goes on inside one entry of a list."""
    outer = operand(entry, here, document)
    if outer.type.part is None:
        raise FormError(f"'{entry}' has no parts of its own")
    inner = operand(rest, part_type(outer.type.part), document)

    def give(part: Any, run: Run) -> Any:
        found = outer.give(part, run)
        return None if found is None else inner.give(found, run)

    return Operand(inner.kind, give, inner.type, many=inner.many)


def value_at(at: Any, names: tuple[str, ...]) -> Any:
    """A value below dictionaries (while reading) or Structs (while writing); nothing is None."""
    for name in names:
        if at is None or at is WRONG:
            return None
        at = at.get(name) if isinstance(at, dict) else getattr(at, name, None)
    return None if at is WRONG or at in ((), "") else at


def condition(node: Node, here: PartType, document: PartType, partners: set[str]) -> Test:
    """All of a table of tests, or any of several with `any:`."""
    if not isinstance(node, Table) or not node.entries:
        raise FormError("when is a table of path: test")
    if node.keys() == ("any",):
        choices = node.get("any")
        if not isinstance(choices, Series) or not choices.items:
            raise FormError("any takes a list of tables of tests")
        tests = [_all(choice, here, document, partners) for choice in choices]
        return lambda part, run: any(test(part, run) for test in tests)
    return _all(node, here, document, partners)


def _all(node: Node, here: PartType, document: PartType, partners: set[str]) -> Test:
    if not isinstance(node, Table) or not node.entries:
        raise FormError("a condition is a table of path: test")
    if any(entry.key == "any" for entry in node):
        raise FormError("any stands alone and only once")
    tests = []
    for entry in node:
        left = operand(entry.key, here, document)
        if left.partner:
            partners.add(left.partner)
        tests.append(_test(left, entry.value))
    return lambda part, run: all(test(part, run) for test in tests)


def _test(left: Operand, node: Node) -> Test:
    give = left.give
    match node:
        case Scalar(value="present"):
            return lambda part, run: give(part, run) is not None
        case Scalar(value="absent"):
            return lambda part, run: give(part, run) is None
        case Scalar():
            value = _value(left, node.value)
            return lambda part, run: _same(give(part, run), value)
        case Series():
            values = [_value(left, _text(item)) for item in node]
            return lambda part, run: any(_same(give(part, run), value) for value in values)
        case Table(entries=(only,)):
            return _word(left, only.key, only.value)
        case _:
            raise FormError(f"a test is a value, a list, present, absent, or one of {', '.join(TESTS)}")


def _word(left: Operand, word: str, node: Node) -> Test:
    give = left.give
    if word == "not":
        inner = _test(left, node)
        return lambda part, run: not inner(part, run)
    if word == "starts":
        text = _text(node)
        if left.kind not in {FieldKind.TEXT, FieldKind.CODE}:
            raise FormError(f"starts asks a text, {left.type.name} holds a {left.kind.value}")
        return lambda part, run: str(give(part, run) or "").startswith(text)
    if word not in TESTS:
        raise FormError(unknown(word, TESTS, what="test"))
    if left.kind not in _ORDERED or left.many:
        raise FormError(f"{word} asks a number or a date, {left.type.name} holds a {left.kind.value}")
    bound = _value(left, _text(node))
    if word == "above":
        return lambda part, run: (found := give(part, run)) is not None and comparable(found) > bound
    return lambda part, run: (found := give(part, run)) is not None and comparable(found) < bound


def comparable(value: Any) -> Any:
    """Moments of the surroundings carry a zone, values of documents never do."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _same(found: Any, value: Any) -> bool:
    if isinstance(found, str) and not isinstance(value, str):
        return found == str(value)
    if isinstance(value, str) and found is not None and not isinstance(found, str):
        return str(found) == value
    return bool(found == value)


def _text(node: Node) -> str:
    if not isinstance(node, Scalar):
        raise FormError("a test compares with a value")
    return node.value


def _value(left: Operand, text: str) -> Any:
    if left.many or left.kind is FieldKind.PART:
        raise FormError(f"{left.type.name} is no single value; ask present or absent")
    try:
        return canonical(left.type)(text)
    except Unfit as unfit:
        raise FormError(f"'{text}' {unfit.text}, {left.type.name} can never be that") from unfit


Number = int | Decimal
Day = date | datetime
