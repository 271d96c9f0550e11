"""Stencils: how documents that look alike to their rules are printed, each of their values into its hole, once the rules have shown where.

Only for documents in perfect order. Whatever is odd about a value (it does not fit, is cut, must be written with other letters) sends
the document the general way, which tells issues; so this module knows none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate
from operator import gt
from typing import Any

from msgspec import Struct

from gateway.formats import Cut
from gateway.mapping.chain import Memo, same
from gateway.mapping.looks import Pick, items
from gateway.mapping.sight import Way
from gateway.mapping.stains import Unlike
from gateway.mapping.unfit import Unfit
from gateway.mapping.weaving import Ask, Encode, Maker, Slot

UNLIMITED = 1 << 30
REMEMBERED = (Decimal, date, int)
"""Values that stand again and again, and cost more to write than to look up."""


class Several(Struct, frozen=True):
    """What is made of values, one or several, if it is more than one text: parts that are nothing must be so again."""

    encode: Encode
    take: int | tuple[int, ...]
    parts: tuple[bool, ...]

    def texts(self, values: Sequence[Any], first: int) -> Sequence[str] | None:
        """The texts for its holes, of values from the first on; nothing where other parts are empty than usual."""
        take = self.take
        made = self.encode(values[first + take] if isinstance(take, int) else tuple([values[first + one] for one in take]))
        if type(made) is not tuple or [one is not None for one in made] != list(self.parts):
            return None
        return [one for one in made if one is not None]


class Sheet(Struct, frozen=True, eq=False):
    """The stencil of a document, or of one entry of its lists, as it was cut: which values go through which holes.

    The values of a document stand in a row, behind them its number and None. `holes` are how long a text of each may be, and whether it
    may begin with a blank: first those of values that are texts already, then of what rules make of one value, of values together, of
    more than one text, and of what is asked of the document. `pieces` are texts and numbers of holes, or of lists, which begin behind them.
    """

    width: int
    plain: tuple[int, ...]
    singles: tuple[tuple[Encode, int], ...]
    together: tuple[tuple[Encode, tuple[int, ...]], ...]
    several: tuple[Several, ...]
    asks: tuple[Ask, ...]
    holes: tuple[tuple[int, bool], ...]
    pieces: tuple[str | int, ...]
    segments: int


def sheet_of(cut: Cut, maker: Maker, lists: Mapping[int, int], ways: Sequence[Way], values: Sequence[Any]) -> Sheet:
    """The sheet of a document with these values at the end of these ways; Unlike where it cannot be.

    `lists` are the numbers of lists by that of their hole.
    """
    places = {way: at for at, way in enumerate(ways)}
    width = len(ways) + 1
    if any(way is not None and way not in places for slot in maker.slots for way in slot.take):
        raise Unlike("a value that is not at the end of its way")

    def taken(slot: Slot) -> tuple[int, ...]:
        return tuple([width - 1 if way is None else places[way] for way in slot.take])

    whole = [slot for slot in maker.slots if slot.is_whole]
    plain = [slot for slot in whole if slot.is_single and slot.encode is same]
    singles = [slot for slot in whole if slot.is_single and slot.encode is not same]
    together = [slot for slot in whole if not slot.is_single]
    several = [slot for slot in maker.slots if not slot.is_whole]
    numbers = [number for slot in (*plain, *singles, *together, *several) for number in slot.holes if number is not None]
    numbers += [number for _, number in maker.asks]
    at_of = {number: at for at, number in enumerate(numbers)} | {number: len(numbers) + at for number, at in lists.items()}
    return Sheet(
        width=width,
        plain=tuple([taken(slot)[0] for slot in plain]),
        singles=tuple([(_single(slot, cut, values[taken(slot)[0]]), taken(slot)[0]) for slot in singles]),
        together=tuple([(slot.encode, taken(slot)) for slot in together]),
        several=tuple(
            [Several(slot.encode, _either(slot, taken(slot)), tuple([one is not None for one in slot.holes])) for slot in several]
        ),
        asks=tuple([ask for ask, _ in maker.asks]),
        holes=tuple([(cut.mosts.get(number, 0) or UNLIMITED, number in cut.firm) for number in numbers]),
        pieces=tuple([at_of[one] if isinstance(one, int) else one.replace("%", "%%") for one in cut.pieces]),
        segments=cut.segments,
    )


class Stencil(Struct, frozen=True, gc=False):
    """The sheets of a document and of the entries of its lists as one; `order` brings the texts into the order of the holes.

    `mosts` are how long those may be that are texts already, `others`, by their place among all, the ones that rules make of more values
    than one; `firm` are places of those that may not begin with a blank.
    """

    texts: Pick
    mosts: tuple[int, ...]
    singles: tuple[tuple[Encode, int], ...]
    together: tuple[tuple[Encode, Pick], ...]
    several: tuple[tuple[Several, int], ...]
    asks: tuple[tuple[Ask, int], ...]
    others: tuple[tuple[int, int], ...]
    firm: tuple[int, ...]
    template: str
    order: Pick
    segments: int

    def said(self, values: Sequence[Any], parts: Sequence[Any]) -> list[Any] | None:
        """The texts of the holes, of the document and its entries; nothing where one is too long or empty.

        What does not fit raises, as for the rules.
        """
        texts = self.texts(values)
        if not all(texts) or any(map(gt, map(len, texts), self.mosts)):
            return None
        said: list[Any] = [*texts, *[encode(values[at]) for encode, at in self.singles]]
        for join, pick in self.together:
            said.append(join(pick(values)))
        for one, at in self.several:
            made = one.texts(values, at)
            if made is None:
                return None
            said += made
        for ask, at in self.asks:
            said.append(ask(parts[at]))
        for at, most in self.others:
            if not said[at] or len(said[at]) > most:
                return None
        return None if self.firm and any(said[at][0] == " " for at in self.firm) else said

    def print(self, said: Sequence[str]) -> str:
        """The text with these texts in its holes."""
        return self.template % self.order(said)


def stencil_of(own: Sheet, lists: Sequence[Sequence[Sheet]]) -> Stencil:
    """The stencil of a document with these entries in its lists: their values stand before its own."""
    sheets = [*(sheet for some in lists for sheet in some), own]
    offsets = [0, *accumulate([one.width for one in sheets[:-1]])]
    found: list[list[tuple[int, int]]] = [[], [], [], [], []]
    for number, sheet in enumerate(sheets):
        counts = (
            len(sheet.plain),
            len(sheet.singles),
            len(sheet.together),
            sum([sum(one.parts) for one in sheet.several]),
            len(sheet.asks),
        )
        at = 0
        for kind, count in zip(found, counts, strict=True):
            kind += [(number, at + hole) for hole in range(count)]
            at += count
    holes = [hole for kind in found for hole in kind]
    places = {hole: at for at, hole in enumerate(holes)}
    pieces = list(_pieces(own, lists, places))
    every = list(zip(offsets, sheets, strict=True))
    limits = [sheets[number].holes[at] for number, at in holes]
    return Stencil(
        texts=items([at + one for at, sheet in every for one in sheet.plain]),
        singles=tuple([(encode, at + one) for at, sheet in every for encode, one in sheet.singles]),
        together=tuple([(encode, items([at + one for one in take])) for at, sheet in every for encode, take in sheet.together]),
        several=tuple([(one, at) for at, sheet in every for one in sheet.several]),
        asks=tuple([(ask, number) for number, sheet in enumerate(sheets) for ask in sheet.asks]),
        mosts=tuple([most for most, _ in limits[: len(found[0])]]),
        others=tuple([(at, most) for at, (most, _) in enumerate(limits) if at >= len(found[0]) + len(found[1])]),
        firm=tuple([at for at, (_, is_firm) in enumerate(limits) if is_firm]),
        template="".join(["%s" if isinstance(one, int) else one for one in pieces]),
        order=items([one for one in pieces if isinstance(one, int)]),
        segments=own.segments
        + sum([sheet.segments for at, some in enumerate(lists) if len(own.holes) + at in own.pieces for sheet in some]),
    )


def _pieces(own: Sheet, lists: Sequence[Sequence[Sheet]], places: Mapping[tuple[int, int], int]) -> Iterator[str | int]:
    """Texts, and the places of holes among all texts."""
    firsts = [0, *accumulate(map(len, lists))]
    for piece in own.pieces:
        if isinstance(piece, str):
            yield piece
        elif piece < len(own.holes):
            yield places[firsts[-1], piece]
        else:
            at = piece - len(own.holes)
            for number, sheet in enumerate(lists[at], firsts[at]):
                yield from (one if isinstance(one, str) else places[number, one] for one in sheet.pieces)


def _either(slot: Slot, taken: tuple[int, ...]) -> int | tuple[int, ...]:
    return taken[0] if slot.is_single else taken


def _single(slot: Slot, cut: Cut, value: Any) -> Encode:
    """What encodes a single value, and refuses a text that does not go through the hole; with a memory for values of few kinds."""
    encode, (number,) = slot.encode, slot.holes
    most = cut.mosts.get(number or 0, 0) or UNLIMITED

    def certain(given: Any) -> Any:
        text = encode(given)
        if type(text) is not str or not 0 < len(text) <= most:
            raise Unfit("too_long", "does not go through the hole")
        return text

    is_known = isinstance(getattr(encode, "__self__", None), Memo) or type(value) in REMEMBERED
    return Memo(certain).__getitem__ if is_known else certain
