"""Stencils: how documents that look alike to their rules are printed, each of their values into its hole, once the rules have shown where.

Only for documents in perfect order. Whatever is odd about a value (it does not fit, is cut, must be written with other letters) sends
the document the general way, which tells issues; so this module knows none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import gt
from typing import Any

from msgspec import Struct

from gateway.formats import Cut
from gateway.mapping.chain import Memo, same
from gateway.mapping.looks import Pick, items
from gateway.mapping.sight import Way
from gateway.mapping.stains import Unlike
from gateway.mapping.weaving import Ask, Encode, Maker, Slot

UNLIMITED = 1 << 30
REMEMBERED = (Decimal, date, int)
"""Values that stand again and again, and cost more to write than to look up."""


class Several(Struct, frozen=True):
    """What is made of values together, or in several texts: those that must be nothing, and those that go through holes."""

    encode: Callable[[Any], Any]
    take: int | tuple[int | None, ...]
    parts: tuple[int | None, ...]
    is_whole: bool

    def texts(self, values: Sequence[Any]) -> Sequence[str] | None:
        """The texts for its holes; nothing where other parts are empty than usual."""
        take = self.take
        made = self.encode(values[take] if isinstance(take, int) else tuple([None if one is None else values[one] for one in take]))
        if self.is_whole:
            return (made,) if type(made) is str else None
        if type(made) is not tuple or len(made) != len(self.parts):
            return None
        if any((one is None) is not (part is None) for one, part in zip(made, self.parts, strict=True)):
            return None
        return [one for one in made if one is not None]


class Stencil(Struct, frozen=True, gc=False):
    """Texts that go through holes: first those that are taken as they stand, then what rules make of one value, then of several,
    then what is asked of the document. `order` brings these, and the texts of its lists, into the order of the holes.
    """

    texts: Pick
    singles: tuple[tuple[Encode, int], ...]
    several: tuple[Several, ...]
    asks: tuple[Ask, ...]
    mosts: tuple[int, ...]
    firm: tuple[int, ...]
    template: str
    order: Pick
    segments: int
    lists: tuple[int, ...]

    def said(self, values: tuple[Any, ...], part: Any) -> list[Any] | None:
        """The texts of the holes; nothing where one is too long or empty. What does not fit raises, as for the rules."""
        said: list[Any] = [*self.texts(values), *[encode(values[number]) for encode, number in self.singles]]
        for one in self.several:
            made = one.texts(values)
            if made is None:
                return None
            said += made
        for ask in self.asks:
            said.append(ask(part))
        if not all(said) or any(map(gt, map(len, said), self.mosts)) or any(said[at][0] == " " for at in self.firm):
            return None
        return said

    def print(self, said: Sequence[str]) -> str:
        """The text with these texts in its holes, those of its lists last."""
        return self.template % self.order(said)


def stencil_of(cut: Cut, maker: Maker, lists: Mapping[int, int], ways: Sequence[Way], values: Sequence[Any]) -> Stencil:
    """The stencil of a document with these values at the end of these ways; Unlike where it cannot be.

    `lists` are the numbers of lists by that of their hole.
    """
    places = {way: at for at, way in enumerate(ways)}
    if any(way not in places for slot in maker.slots for way in _ways(slot)):
        raise Unlike("a value that is not at the end of its way")
    plain = [slot for slot in maker.slots if slot.is_single and slot.is_whole and slot.encode is same]
    singles = [slot for slot in maker.slots if slot.is_single and slot.is_whole and slot.encode is not same]
    others = [slot for slot in maker.slots if not (slot.is_single and slot.is_whole)]
    holes = [number for slot in (*plain, *singles, *others) for number in slot.holes if number is not None]
    holes += [number for _, number in maker.asks]
    mosts = tuple([cut.mosts.get(number, 0) or UNLIMITED for number in holes])
    firm = tuple([at for at, number in enumerate(holes) if number in cut.firm])
    at_of = {number: at for at, number in enumerate(holes)} | {number: len(holes) + at for number, at in lists.items()}
    pieces = ["%s" if isinstance(one, int) else one.replace("%", "%%") for one in cut.pieces]
    return Stencil(
        items([places[_ways(slot)[0]] for slot in plain]),
        tuple([(_quick(slot.encode, values[places[_ways(slot)[0]]]), places[_ways(slot)[0]]) for slot in singles]),
        tuple([_several(slot, places) for slot in others]),
        tuple([ask for ask, _ in maker.asks]),
        mosts,
        firm,
        "".join(pieces),
        items([at_of[one] for one in cut.pieces if isinstance(one, int)]),
        cut.segments,
        tuple([lists[one] for one in cut.pieces if isinstance(one, int) and one in lists]),
    )


def _ways(slot: Slot) -> list[Way]:
    if slot.is_single:
        return [slot.take]  # type: ignore[list-item]  # a single one takes one value
    return [way for way in slot.take if way is not None]  # type: ignore[misc]


def _several(slot: Slot, places: dict[Way, int]) -> Several:
    take: Any = slot.take
    found = places[take] if slot.is_single else tuple([None if way is None else places[way] for way in take])
    return Several(slot.encode, found, slot.holes, slot.is_whole)


def _quick(encode: Encode, value: Any) -> Encode:
    """With a memory for values of few kinds."""
    known = getattr(encode, "__self__", None)
    if isinstance(known, Memo) or type(value) not in REMEMBERED:
        return encode
    return Memo(encode).__getitem__
