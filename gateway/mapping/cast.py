"""From a document of cells to its mould: every cell a step, every part of the document one more, in an order that they can be made in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import gt, itemgetter
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct

from gateway.documents import Document, Envelope
from gateway.mapping.constructors import constructor
from gateway.mapping.stains import ENVELOPE, Cell, Seen, Unlike
from gateway.mapping.unfit import Unfit

Convert = Callable[[Any], Any]
Pick = Callable[[Sequence[Any]], Sequence[Any]]


class Mould(Struct, frozen=True, gc=False):
    """The steps from values to a document: each adds to a list, from which later ones take what they need.

    First texts that are taken as they stand, what rules make of one value, then of several; then the envelope and constants, the parts
    of what is for several fields, and the parts of the document, itself the last. `certain` are places that may not stay empty. `told`
    is what the file says of what is computed: part, name and value. `unread` is told once a file: before, the rules must read.
    """

    texts: Pick
    mosts: tuple[int, ...]
    singles: tuple[tuple[Convert, int], ...]
    joined: tuple[tuple[Convert, tuple[int | None, ...]], ...]
    constants: tuple[Any, ...]
    several: tuple[tuple[int, int], ...]
    certain: tuple[int, ...]
    makes: tuple[tuple[Callable[..., Any], Pick], ...]
    told: tuple[tuple[int, str, int], ...]
    unread: frozenset[str]

    def document(self, values: Sequence[str], envelope: Envelope) -> Document | None:
        """The document; nothing where a value is odd, and the rules must tell what is wrong with it."""
        made: list[Any] = list(map(str.strip, self.texts(values)))
        if "" in made or any(map(gt, map(len, made), self.mosts)):
            return None
        try:
            made += [decode(values[number]) for decode, number in self.singles]
            for join, take in self.joined:
                made.append(join(tuple([None if number is None else values[number] for number in take])))
        except Unfit:
            return None
        made.append(envelope)
        made += self.constants
        for place, count in self.several:
            parts = made[place]
            if not isinstance(parts, tuple) or len(parts) != count or parts.count(None) == count:
                return None
            made += parts
        if self.certain and any(made[place] is None for place in self.certain):
            return None
        for make, pick in self.makes:
            made.append(make(*pick(made)))
        if self.told and any(getattr(made[part], name) != made[value] for part, name, value in self.told):
            return None
        found: Document = made[-1]
        return found


class _Ref(Struct, frozen=True):
    """A place in the list of a mould before its length is known: in which of its parts, and where there."""

    run: int
    at: int


_TEXT, _SINGLE, _JOINED, _CONSTANT, _PART, _MADE = range(6)


def cast(seen: Seen) -> Mould:
    """The mould of a document of cells; Unlike where one of several fields stands in two places, as each may stay empty."""
    caster = _Caster()
    told = [(part, name, caster.of(value)) for part, values in seen.told for name, value in values.items()]
    caster.of(seen.document)
    return caster.mould(told, seen.unread)


class _Caster:
    def __init__(self) -> None:
        self._refs: dict[int, _Ref] = {id(ENVELOPE): _Ref(_CONSTANT, 0)}
        self._texts: list[tuple[int, int]] = []
        self._singles: list[tuple[Convert, int]] = []
        self._joined: list[tuple[Convert, tuple[int | None, ...]]] = []
        self._constants: list[Any] = []
        self._several: list[Cell] = []
        self._sure: list[_Ref] = []
        self._makes: list[tuple[Callable[..., Any], list[_Ref]]] = []

    def of(self, value: Any) -> _Ref:
        """Where a value of the document will stand."""
        if id(value) in self._refs:
            if isinstance(value, Cell) and value.of is not None:
                raise Unlike("one of several fields in two places")
            return self._refs[id(value)]
        ref = self._refs[id(value)] = self._new(value)
        return ref

    def _new(self, value: Any) -> _Ref:
        if isinstance(value, Cell):
            return self._cell(value)
        if isinstance(value, Struct):
            return self._part(value)
        if isinstance(value, tuple):
            return self._make(_entries, [self._certain(one) for one in value])
        if isinstance(value, dict):
            return self._make(_table(tuple(value)), [self._certain(one) for one in value.values()])
        self._constants.append(value)
        return _Ref(_CONSTANT, len(self._constants))

    def _part(self, part: Struct) -> _Ref:
        """A part of the document, without the fields that say nothing."""
        names, refs = [], []
        for field in msgspec.structs.fields(part):
            value = getattr(part, field.name)
            if isinstance(value, Cell):
                names.append(field.name)
                refs.append(self.of(value) if field.default is None else self._certain(value))
            elif not _says_nothing(field, value):
                names.append(field.name)
                refs.append(self.of(value))
        return self._make(constructor(type(part), tuple(names)), refs)

    def _certain(self, value: Any) -> _Ref:
        """What must be there: mandatory fields, entries of lists, free texts."""
        ref = self.of(value)
        if isinstance(value, Cell) and value.of is not None:
            self._sure.append(ref)
        return ref

    def _cell(self, cell: Cell) -> _Ref:
        if cell.of is not None:
            self.of(cell.of)
            if not any(one is cell.of for one in self._several):
                self._several.append(cell.of)
            before = self._several.index(cell.of)
            return _Ref(_PART, sum(one.count for one in self._several[:before]) + cell.part)
        if isinstance(cell.take, int) and cell.most is not None:
            self._texts.append((cell.take, cell.most))
            return _Ref(_TEXT, len(self._texts) - 1)
        if isinstance(cell.take, int):
            self._singles.append((cell.decode, cell.take))
            return _Ref(_SINGLE, len(self._singles) - 1)
        self._joined.append((cell.decode, cell.take))
        return _Ref(_JOINED, len(self._joined) - 1)

    def _make(self, make: Callable[..., Any], refs: list[_Ref]) -> _Ref:
        self._makes.append((make, refs))
        return _Ref(_MADE, len(self._makes) - 1)

    def mould(self, told: Sequence[tuple[Struct, str, _Ref]], unread: frozenset[str]) -> Mould:
        """What was found, with every place as its number in the whole list."""
        lengths = [
            len(self._texts),
            len(self._singles),
            len(self._joined),
            1 + len(self._constants),
            sum(one.count for one in self._several),
        ]
        starts = [sum(lengths[:run]) for run in range(len(lengths) + 1)]

        def at(ref: _Ref) -> int:
            return starts[ref.run] + ref.at

        return Mould(
            _pick([number for number, _ in self._texts]),
            tuple(most for _, most in self._texts),
            tuple(self._singles),
            tuple(self._joined),
            tuple(self._constants),
            tuple((at(self._refs[id(one)]), one.count) for one in self._several),
            tuple(map(at, self._sure)),
            tuple((make, _pick([at(ref) for ref in refs])) for make, refs in self._makes),
            tuple((at(self._refs[id(part)]), name, at(value)) for part, name, value in told if id(part) in self._refs),
            unread,
        )


def _pick(places: list[int]) -> Pick:
    """Takes these places out of a list, as a tuple."""
    match places:
        case []:
            return lambda made: ()
        case [only]:
            return lambda made: (made[only],)
        case _:
            return itemgetter(*places)


def _entries(*entries: Any) -> tuple[Any, ...]:
    return entries


def _table(names: tuple[str, ...]) -> Callable[..., dict[str, Any]]:
    return lambda *values: dict(zip(names, values, strict=True))


def _says_nothing(field: msgspec.structs.FieldInfo, value: Any) -> bool:
    if field.default is not NODEFAULT:
        return bool(value == field.default)
    return field.default_factory is not NODEFAULT and not value
