"""`compute:`: closed forms over paths, values and forms again; bounded, typed, one-way (mapping-language.md 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import partial
from types import MappingProxyType
from typing import Any

from gateway.kernel.calendar import POSSIBLE, is_possible
from gateway.kernel.yaml_text import Node, Scalar, Series, Table, unknown
from gateway.mapping.chain import plain_text
from gateway.mapping.conditions import FormError, Give, Operand, condition, operand, value_at
from gateway.mapping.fields import FieldKind, FieldType, PartType, PathError, parse_field, part_type, resolve
from gateway.mapping.numbers import plain_decimal
from gateway.mapping.run import Run
from gateway.mapping.unfit import Unfit

DEEPEST = 3
FORMS = ("choose", "count", "days", "first", "join", "max", "min", "minus", "over", "part", "plus", "sum", "times")
_NUMBERS = {FieldKind.INT, FieldKind.DECIMAL}
_OPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"join": ("with",), "part": ("from", "to"), "plus": ("places",), "minus": ("places",), "times": ("places",), "over": ("places",)}
)


class Forms:
    """Compiles the computed values of one group."""

    def __init__(self, here: PartType, document: PartType, partners: set[str]) -> None:
        self._here, self._document, self._partners = here, document, partners

    def compute(self, node: Node, depth: int = 1) -> Operand:
        """A computed value with its type."""
        if depth > DEEPEST:
            raise FormError(f"forms stand deeper than {DEEPEST} levels")
        if not isinstance(node, Table) or not node.entries:
            raise FormError(f"compute is one of {', '.join(FORMS)}")
        keys = node.keys()
        form = next((key for key in keys if key in FORMS), None)
        if form is None:
            raise FormError(unknown(keys[0], FORMS, what="form"))
        for key in keys:
            if key != form and key not in _OPTIONS.get(form, ()):
                raise FormError(unknown(key, (form, *_OPTIONS.get(form, ())), what=f"word of {form}"))
        value = node.get(form)
        make: Callable[[Table, Node, int], Operand] = getattr(self, f"_{_FAMILIES.get(form, form)}")
        return make(node, value, depth) if value is not None else self._nothing(form)

    def _nothing(self, form: str) -> Operand:
        raise FormError(f"{form} has no argument")

    def _argument(self, node: Node, depth: int) -> Operand:
        match node:
            case Scalar():
                if not node.quoted and (number := _number(node.value)) is not None:
                    return _constant(number, FieldKind.INT if isinstance(number, int) else FieldKind.DECIMAL)
                found = operand(node.value, self._here, self._document)
                if found.many or found.kind is FieldKind.PART:
                    raise FormError(f"{node.value} is no single value")
                if found.partner:
                    self._partners.add(found.partner)
                return found
            case Table() if node.keys() == ("text",):
                text = node.get("text")
                if not isinstance(text, Scalar):
                    raise FormError("text takes a text")
                return _constant(text.value, FieldKind.TEXT)
            case Table():
                return self.compute(node, depth + 1)
            case _:
                raise FormError("an argument is a path, a $name, a number, {text: ...} or a form")

    def _arguments(self, node: Node, depth: int, *, exactly: int = 0) -> list[Operand]:
        if not isinstance(node, Series) or not node.items or (exactly and len(node.items) != exactly):
            raise FormError(f"takes a list of {exactly or 'some'} arguments")
        return [self._argument(item, depth) for item in node]

    def _first(self, table: Table, node: Node, depth: int) -> Operand:
        found = self._arguments(node, depth)
        kind = _common(found)
        return Operand(
            kind, lambda part, run: next((value for one in found if (value := one.give(part, run)) is not None), None), found[0].type
        )

    def _join(self, table: Table, node: Node, depth: int) -> Operand:
        mark = _option(table, "with", "")
        if isinstance(node, Scalar):
            return self._joined(node.value, mark)
        found = self._arguments(node, depth)
        gives = [_as_text(one) for one in found]
        return Operand(
            FieldKind.TEXT,
            lambda part, run: mark.join(text for give in gives if (text := give(part, run))) or None,
            _type("join", FieldKind.TEXT),
        )

    def _joined(self, path: str, mark: str) -> Operand:
        """All values of a field of a list."""
        give_list, entry, names = self._list_field(path, "join")
        if entry.is_list or entry.kind is FieldKind.PART:
            raise FormError(f"join takes single values, {path} is none")
        write = plain_text(entry)

        def give(part: Any, run: Run) -> Any:
            values = [value_at(one, names) for one in give_list(part, run) or ()]
            return mark.join(str(write(value)) for value in values if value is not None) or None

        return Operand(FieldKind.TEXT, give, _type("join", FieldKind.TEXT))

    def _part(self, table: Table, node: Node, depth: int) -> Operand:
        found = _as_text(self._argument(node, depth))
        start, end = _whole(_option(table, "from", "1"), "from"), _option(table, "to", "")
        stop = _whole(end, "to") if end else None

        def give(part: Any, run: Run) -> Any:
            text = found(part, run)
            return text[start - 1 : stop].strip() or None if text else None

        return Operand(FieldKind.TEXT, give, _type("part", FieldKind.TEXT))

    def _arithmetic(self, table: Table, node: Node, depth: int) -> Operand:
        form = _form(table, _ARITHMETIC)
        found = self._arguments(node, depth)
        for one in found:
            if one.kind not in _NUMBERS:
                raise FormError(f"{form} takes numbers, {one.type.name} holds a {one.kind.value}")
        text = _option(table, "places", "")
        places = _whole(text, "places", least=0) if text else None
        if form == "over" and places is None:
            raise FormError("over needs places: so many digits behind the point")
        kind = FieldKind.DECIMAL if places or any(one.kind is FieldKind.DECIMAL for one in found) or form == "over" else FieldKind.INT
        act = partial(_calculated, _ARITHMETIC[form], [one.give for one in found], places, whole=kind is FieldKind.INT)
        return Operand(kind, act, _type(form, kind, places=4 if places is None else places))

    def _many(self, table: Table, node: Node, depth: int) -> Operand:
        form = _form(table, _MANY)
        if not isinstance(node, Scalar):
            raise FormError(f"{form} takes the path of a field in a list, as in lines.quantity")
        give_list, entry, names = self._list_field(node.value, form)
        if form == "sum" and entry.kind not in _NUMBERS:
            raise FormError(f"sum takes numbers, {node.value} holds a {entry.kind.value}")
        act = _MANY[form]

        def give(part: Any, run: Run) -> Any:
            values = [value for one in give_list(part, run) or () if (value := value_at(one, names)) is not None]
            return act(values) if values else None

        return Operand(entry.kind, give, entry)

    def _count(self, table: Table, node: Node, depth: int) -> Operand:
        if not isinstance(node, Scalar):
            raise FormError("count takes a list")
        found = operand(node.value, self._here, self._document)
        if not found.many:
            raise FormError(f"{node.value} is not a list")
        return Operand(FieldKind.INT, lambda part, run: len(found.give(part, run) or ()), _type("count", FieldKind.INT))

    def _days(self, table: Table, node: Node, depth: int) -> Operand:
        day, count = self._arguments(node, depth, exactly=2)
        if day.kind not in {FieldKind.DATE, FieldKind.DATETIME} or count.kind is not FieldKind.INT:
            raise FormError("days takes a date and a whole number")

        def give(part: Any, run: Run) -> Any:
            start, number = day.give(part, run), count.give(part, run)
            if start is None or number is None:
                return None
            try:
                moved = start + timedelta(days=int(number))
            except OverflowError as error:
                raise Unfit("expression", "lies outside of the calendar") from error
            if not is_possible(moved):
                raise Unfit("expression", f"gives {moved}, which is not possible: {POSSIBLE}")
            return moved

        return Operand(day.kind, give, day.type)

    def _choose(self, table: Table, node: Node, depth: int) -> Operand:
        if not isinstance(node, Series) or not node.items:
            raise FormError("choose takes a list of {when: ..., give: ...}, the last perhaps {give: ...} alone")
        choices: list[tuple[Any, Operand]] = []
        for number, item in enumerate(node.items, 1):
            if not isinstance(item, Table) or set(item.keys()) not in ({"when", "give"}, {"give"}):
                raise FormError("an entry of choose is {when: ..., give: ...}")
            when, given = item.get("when"), item.get("give")
            if when is None and number < len(node.items):
                raise FormError("a give without when stands last")
            test = condition(when, self._here, self._document, self._partners) if when is not None else (lambda part, run: True)
            choices.append((test, self._argument(given, depth) if given is not None else self._nothing("give")))
        kind = _common([one for _, one in choices])

        def give(part: Any, run: Run) -> Any:
            return next((one.give(part, run) for test, one in choices if test(part, run)), None)

        return Operand(kind, give, choices[0][1].type)

    def _list_field(self, path: str, form: str) -> tuple[Give, FieldType, tuple[str, ...]]:
        front, _, rest = path.rpartition(".")
        if front == "documents":
            return self._of_file(rest)
        try:
            target = resolve(parse_field(front), self._here, self._document) if front else None
        except PathError as error:
            raise FormError(str(error)) from error
        if target is None or not target.type.is_list or target.type.part is None:
            raise FormError(f"{form} takes the path of a field in a list, as in lines.quantity")
        inner = part_type(target.type.part)
        try:
            entry = resolve(parse_field(rest), inner, self._document)
        except PathError as error:
            raise FormError(str(error)) from error
        return operand(front, self._here, self._document).give, entry.type, entry.path.names

    def _of_file(self, name: str) -> tuple[Give, FieldType, tuple[str, ...]]:
        """A field of all documents of the file being written, as in documents.sequence."""
        try:
            field = resolve(parse_field(name), self._document, self._document)
        except PathError as error:
            raise FormError(str(error)) from error
        return (lambda part, run: run.documents), field.type, field.path.names


def _calculated(act: Callable[[Any, Any], Any], gives: list[Give], places: int | None, part: Any, run: Run, *, whole: bool) -> Any:
    values = [one(part, run) for one in gives]
    if any(value is None for value in values):
        return None
    result = Decimal(values[0])
    try:
        for value in values[1:]:
            result = act(result, Decimal(value))
        if places is not None:
            result = result.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    except ZeroDivisionError as error:
        raise Unfit("expression", "cannot be computed: division by zero") from error
    except InvalidOperation as error:
        raise Unfit("expression", "cannot be computed") from error
    return int(result) if whole else result


def _form(table: Table, forms: Mapping[str, object]) -> str:
    """The word of a table that is one of these forms."""
    return next(entry.key for entry in table if entry.key in forms)


def _divide(first: Decimal, second: Decimal) -> Decimal:
    if not second:
        raise ZeroDivisionError
    return first / second


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {"plus": Decimal.__add__, "minus": Decimal.__sub__, "times": Decimal.__mul__, "over": _divide}
)
_MANY: Mapping[str, Callable[[list[Any]], Any]] = MappingProxyType({"sum": sum, "min": min, "max": max})
_FAMILIES: Mapping[str, str] = MappingProxyType({**dict.fromkeys(_ARITHMETIC, "arithmetic"), **dict.fromkeys(_MANY, "many")})


def _constant(value: Any, kind: FieldKind) -> Operand:
    return Operand(kind, lambda part, run: value, _type(str(value), kind))


def _type(name: str, kind: FieldKind, *, places: int = 4) -> FieldType:
    return FieldType(name, kind, most=255, digits=18, places=places)


def _as_text(one: Operand) -> Callable[[Any, Run], str | None]:
    write = plain_text(one.type if one.type.kind is one.kind else _type(one.type.name, one.kind))
    return lambda part, run: None if (value := one.give(part, run)) is None else str(write(value))


def _common(found: list[Operand]) -> FieldKind:
    kinds = {FieldKind.TEXT if one.kind is FieldKind.CODE else one.kind for one in found}
    if kinds <= _NUMBERS and len(kinds) > 1:
        return FieldKind.DECIMAL
    if len(kinds) > 1:
        raise FormError("mixes " + " and ".join(sorted(kind.value for kind in kinds)))
    return kinds.pop()


def _number(text: str) -> int | Decimal | None:
    try:
        number = plain_decimal(text)
    except Unfit:
        return None
    return int(number) if "." not in text else number


def _option(table: Table, key: str, default: str) -> str:
    node = table.get(key)
    if node is None:
        return default
    if not isinstance(node, Scalar):
        raise FormError(f"{key} takes one value")
    return node.value


def _whole(text: str, key: str, *, least: int = 1) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= 255:
        raise FormError(f"{key} takes a whole number from {least} to 255")
    return int(text)
