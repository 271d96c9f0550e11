"""Rules compiled for stencils: they write as always, but stains where cells are, markers where lists of groups are.

Everything else (which rule has a value, what a condition says, where a text goes) is the rules' own; nothing is described twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from gateway.formats import hole
from gateway.mapping import writing
from gateway.mapping.counts import LEVELS, TallyPath, amount_of
from gateway.mapping.noted import OF_FILE
from gateway.mapping.run import RuleAt, Run
from gateway.mapping.sight import Cell, GivenCell, Seen, Watched, Way
from gateway.mapping.stains import Unlike
from gateway.mapping.writing import Get, Give, Takes, WriteGroup

Encode = Callable[[Any], Any]


class Ask(Struct, frozen=True):
    """A count or total of one document (or entry), and how it is written."""

    path: TallyPath
    write: Callable[[Any], str]

    def amount(self, document: Any) -> Decimal | None:
        """The number; a set is one document."""
        path = self.path
        return Decimal(1) if not path.list_name and not path.field else amount_of(document, path)


class Stain(str):
    """The text of a hole. What compares it with another text would have to know what goes through."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        if isinstance(other, str) and not isinstance(other, Stain) and not other:
            return False
        raise Unlike("a text that is compared")

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


class Slot(Struct, frozen=True):
    """What fills holes: the `encode` of a single value, or of several in order (None where nothing stands).

    `holes` are their numbers, None where a part of what is made is nothing; where it is one text, `is_whole`.
    """

    encode: Encode
    take: tuple[Way | None, ...]
    holes: tuple[int | None, ...]
    is_single: bool
    is_whole: bool


class ListRule(Struct, frozen=True, eq=False):
    """A rule that writes a group for every entry of a list that it takes; `place` puts such groups where they go."""

    name: str
    group: WriteGroup
    takes: Takes
    place: Callable[[Sequence[Any]], Any]


class Maker:
    """Who makes a stencil: what the rules have looked at, which slots there are, and which lists."""

    def __init__(self, marker: Callable[[int], Any] | None) -> None:
        self.seen = Seen()
        self.slots: list[Slot] = []
        self.asks: list[tuple[Ask, int]] = []
        self.lists: list[tuple[ListRule, int]] = []
        self._marker = marker
        self._count = 0

    def number(self) -> int:
        """The next hole."""
        self._count += 1
        return self._count

    @property
    def has_lists(self) -> bool:
        """Whether lists of groups are apart: a stencil of an entry holds all that is inside."""
        return self._marker is not None

    def written(self, encode: Encode, value: Any, cells: Sequence[Cell]) -> Any:
        """What comes of values: stains, or the texts themselves, if it depends on the values what else there is."""
        made = encode(_plain(value))
        is_single = isinstance(value, Cell)
        is_flat = is_single or (type(value) is tuple and all(one is None or isinstance(one, Cell) for one in value))
        if is_flat and not any(isinstance(one.value, bool) for one in cells):
            take = (value.way,) if is_single else tuple([None if one is None else one.way for one in value])
            if type(made) is str and made:
                number = self.number()
                self.slots.append(Slot(encode, take, (number,), is_single, True))
                return Stain(hole(number))
            if type(made) is tuple and made and all(one is None or (type(one) is str and one) for one in made):
                numbers = tuple([None if one is None else self.number() for one in made])
                self.slots.append(Slot(encode, take, numbers, is_single, False))
                return tuple([None if one is None else Stain(hole(one)) for one in numbers])
        for cell in cells:
            cell.told()
        return made

    def asked(self, ask: Ask) -> Stain:
        """A text that is asked of the document itself."""
        number = self.number()
        self.asks.append((ask, number))
        return Stain(hole(number))

    def listed(self, rule: ListRule, part: Any, run: Run) -> Sequence[Any]:
        """The groups of a list: a marker where there are any."""
        if self._marker is None or not any(rule.takes(entry, run) for entry in getattr(part, rule.name) or ()):
            if all(known is not rule for known, _ in self.lists):
                self.lists.append((rule, 0))
            return ()
        number = self.number()
        self.lists.append((rule, number))
        return ([self._marker(number)],)


def value_give(get: Get, encode: Encode, rule: RuleAt, fallback: Get | None, none: Sequence[str], *, required: bool) -> Give:
    """As rules give a value, but of a cell a stain."""

    def woven(value: Any) -> Any:
        cells = _cells(value)
        return cells[0].maker.written(encode, value, cells) if cells else encode(value)

    return writing.value_give(get, woven, rule, fallback, none, required=required)


def entries_give(name: str, group: WriteGroup, takes: Takes, *, keep_empty: bool, place: Callable[[Sequence[Any]], Any]) -> Give:
    """As rules give the groups of a list; those of the document itself are made apart."""
    plain = writing.entries_give(name, group, takes, keep_empty=keep_empty, place=place)
    rule = ListRule(name, group, takes, place)

    def give(part: Any, run: Run) -> Sequence[Any]:
        maker: Maker = run.moulds
        if keep_empty or not maker.has_lists or not (isinstance(part, Watched) and part.is_root):
            return plain(part, run)
        return maker.listed(rule, part.watched, run)

    return give


def tally_give(path: TallyPath, write: Callable[[Any], str]) -> Give:
    """As rules give a count or a total, but when the stencil is used."""
    ask = Ask(path, lambda amount: write(Decimal(amount)))

    def give(part: Any, run: Run) -> Sequence[Any]:
        if not isinstance(part, Watched) or not part.is_root or path.text == LEVELS or (path.of_file and not run.moulds.has_lists):
            raise Unlike("a count of something else")
        if ask.amount(part.watched) is None:
            raise Unlike("a total of nothing")
        return (run.moulds.asked(ask),)

    return give


def given_get(text: str, give: Callable[[Run], Any]) -> Get:
    """As rules get it; but a value of the file itself, which is another one in the next file, is a cell."""
    source, _, name = text.removeprefix("$").partition(".")
    if not text.startswith("$") or source not in OF_FILE:
        return writing.given_get(text, give)

    def get(part: Any, run: Run) -> Any:
        value = getattr(run.values, source).unnoted(name)
        return give(run) if value is None else GivenCell(run.moulds, f"{source}.{name}", value)

    return get


WEAVE = writing.Weave(value_give, entries_give, tally_give, given_get)


def _cells(value: Any) -> list[Cell]:
    if isinstance(value, Cell):
        return [value]
    return [cell for one in value for cell in _cells(one)] if isinstance(value, tuple | list) else []


def _plain(value: Any) -> Any:
    """With the values of cells in their place."""
    if isinstance(value, Cell):
        return value.value
    return type(value)([_plain(one) for one in value]) if isinstance(value, tuple | list) else value
