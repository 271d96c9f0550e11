"""From a document of cells to its mould: one function, written out as source, from the texts of a document to the document itself.

Source is made of names alone: of fields, which are ours, and of places. No text of a partner ever becomes part of it; words and constants
are handed over as values. What was made can be read: a traceback shows its lines, and `Mould.source` all of them.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct

from gateway.documents import Document
from gateway.formats import Form
from gateway.mapping.chain import Memo
from gateway.mapping.sources import function
from gateway.mapping.stains import ENVELOPE, Cell, Seen, Unlike
from gateway.mapping.unfit import Unfit


class Mould(Struct, eq=False):
    """The function that makes a document of its envelope and the values of these numbers; nothing comes of it where a value is odd.

    `unread` is told once a file: before, the rules must read. `used` counts the documents it has made for a form.
    """

    takes: tuple[int, ...]
    make: Callable[..., Document | None]
    source: str
    unread: frozenset[str]
    used: int = 0

    def pick(self, values: Sequence[str]) -> Sequence[str]:
        """What it takes of all values of a form."""
        return itemgetter(*self.takes)(values) if len(self.takes) > 1 else [values[number] for number in self.takes]


def cast(seen: Seen, form: Form) -> Mould:
    """The mould of a document of cells; Unlike where one of several fields stands in two places, as each may stay empty."""
    return _Caster(form).mould(seen)


class _Caster:
    """`_names` are what the source calls by name. Texts come first, then what rules make of values, then the parts of the document."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._names: dict[str, Any] = {"Unfit": Unfit, "len": len, "type": type, "tuple": tuple}
        self._known: dict[int, str] = {id(ENVELOPE): "envelope"}
        self._kept: list[Any] = []
        self._taken: dict[int, str] = {}
        self._texts: list[str] = []
        self._odd: list[str] = []
        self._decoded: list[str] = []
        self._several: list[tuple[Cell, str]] = []
        self._sure: list[str] = []
        self._made: list[str] = []
        self._count = count(1)

    def mould(self, seen: Seen) -> Mould:
        """What was found, as one function."""
        told = [(part, name, self._of(value, name)) for part, values in seen.told for name, value in values.items()]
        result = self._of(seen.document, "document")
        differs = [f"{self._known[id(part)]}.{name} != {value}" for part, name, value in told if id(part) in self._known]
        source = self._source(result, differs)
        takes = tuple(sorted(self._taken))
        kind = type(seen.document).__name__
        return Mould(takes, function(source, "document", f"mould of {kind}", self._names), source, seen.unread)

    def _source(self, result: str, differs: Sequence[str]) -> str:
        arguments = ", ".join(["envelope", *(self._taken[number] for number in sorted(self._taken))])
        lines = [f"def document({arguments}):", *self._texts]
        lines += _unless(self._odd)
        if self._decoded:
            lines += ["    try:", *[f"    {line}" for line in self._decoded], "    except Unfit:", "        return None"]
        for cell, name in self._several:
            lines += _unless([f"type({name}) is not tuple", f"len({name}) != {cell.count}", f"{name}.count(None) == {cell.count}"])
            lines.append(f"    {', '.join(f'{name}_{part}' for part in range(cell.count))} = {name}")
        lines += _unless([f"{name} is None" for name in dict.fromkeys(self._sure)])
        lines += self._made
        lines += _unless(differs)
        return "\n".join([*lines, f"    return {result}", ""])

    def _of(self, value: Any, field: str) -> str:
        """What a value of the document is called in the source."""
        found = self._known.get(id(value))
        if found is not None:
            if isinstance(value, Cell) and value.of is not None:
                raise Unlike("one of several fields in two places")
            return found
        self._kept.append(value)  # so that no other gets its id
        found = self._known[id(value)] = self._new(value, field)
        return found

    def _new(self, value: Any, field: str) -> str:
        if isinstance(value, Cell):
            return self._cell(value, field)
        if isinstance(value, Struct):
            return self._part(value, field)
        if isinstance(value, tuple):
            return "(" + "".join(f"{self._certain(one, field)}, " for one in value) + ")"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self._named(name, field)}: {self._certain(one, field)}" for name, one in value.items()) + "}"
        return "None" if value is None else self._named(value, field)

    def _part(self, part: Struct, field: str) -> str:
        """A part of the document, without the fields that say nothing."""
        given = []
        for one in _fields(type(part)):
            value = getattr(part, one.name)
            if isinstance(value, Cell):
                given.append(f"{one.name}={self._of(value, one.name) if one.default is None else self._certain(value, one.name)}")
            elif not _says_nothing(one, value):
                given.append(f"{one.name}={self._of(value, one.name)}")
        self._names[type(part).__name__] = type(part)
        name = self._new_name(field)
        self._made.append(f"    {name} = {type(part).__name__}({', '.join(given)})")
        return name

    def _certain(self, value: Any, field: str) -> str:
        """What must be there: mandatory fields, entries of lists, free texts."""
        name = self._of(value, field)
        if isinstance(value, Cell) and value.of is not None:
            self._sure.append(name)
        return name

    def _cell(self, cell: Cell, field: str) -> str:
        if cell.of is not None:
            whole = self._of(cell.of, field)
            if not any(one is cell.of for one, _ in self._several):
                self._several.append((cell.of, whole))
            return f"{whole}_{cell.part}"
        name = self._new_name(field)
        if isinstance(cell.take, int) and cell.text is not None:
            most, taken = cell.text.most, self._value(cell.take)
            self._texts.append(f"    {name} = {taken}.strip(){'.upper()' if cell.text.upper else ''}")
            self._odd.append(f"not {name}")
            if self._form.longest[cell.take] > most:
                self._odd.append(f"len({name}) > {most}")
            return name
        if isinstance(cell.take, int):
            given = self._value(cell.take)
        else:
            parts = ["None" if number is None else self._value(number) for number in cell.take]
            given = f"({', '.join(parts)},)"
        memo = getattr(cell.decode, "__self__", None)
        if isinstance(memo, Memo):
            call = f"{self._named(memo, field, 'known')}[{given}]"
        else:
            call = f"{self._named(cell.decode, field, 'read')}({given})"
        self._decoded.append(f"    {name} = {call}")
        return name

    def _value(self, number: int) -> str:
        """The argument that a value comes in."""
        label = self._form.label(number)
        return self._taken.setdefault(number, label if label.isidentifier() and label.isupper() else f"VALUE_{number}")

    def _named(self, value: Any, field: str, what: str = "word") -> str:
        """A value that is handed over under a name."""
        name = self._new_name(f"{what}_{field}")
        self._names[name] = value
        return name

    def _new_name(self, field: str) -> str:
        """A name of its own for what a field will hold."""
        word = field if field.isidentifier() and field.islower() and not keyword.iskeyword(field) else "value"
        return f"{word}_{next(self._count)}"


@cache
def _fields(part: type[Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(part)


def _unless(odd: Sequence[str]) -> list[str]:
    """Nothing comes of a document about which any of this is true."""
    return [f"    if {' or '.join(odd)}:", "        return None"] if odd else []


def _says_nothing(field: msgspec.structs.FieldInfo, value: Any) -> bool:
    if field.default is not NODEFAULT:
        return bool(value == field.default)
    return field.default_factory is not NODEFAULT and not value
