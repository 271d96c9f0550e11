"""Stencils: how documents that look alike to their rules are printed, once the rules have shown where each value goes.

Only for documents in perfect order. Whatever is odd about a value (it does not fit, is cut, must be written with other letters) sends
the document the general way, which tells issues; so this module knows none. Each stencil is a function, written out by `typesetting`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct

from gateway.formats import Cut, SetStencils
from gateway.mapping.chain import Memo, same
from gateway.mapping.looks import Look
from gateway.mapping.sight import Way
from gateway.mapping.typesetting import Script
from gateway.mapping.unfit import Unfit
from gateway.mapping.weaving import Encode, Maker, Slot

REMEMBERED = (Decimal, date, int)
"""Values that stand again and again, and cost more to write than to look up."""


class Stencil(Struct, frozen=True, eq=False):
    """What prints a document, or an entry of one of its lists, that looks as this one did; nothing where another does not.

    It takes the part, its number, what is known around it, and the texts of the lists. What does not fit raises, as for the rules.
    `lists` are the numbers of the lists that it holds.
    """

    print: Callable[[Any, int, tuple[Any, ...], Sequence[str]], str | None]
    segments: int
    lists: tuple[int, ...]
    source: str


def stencil_of(name: str, look: Look, maker: Maker, cut: Cut, *, lists: Mapping[int, int], stencils: SetStencils) -> Stencil:
    """The stencil of whatever has this look, from what the rules have shown; Unlike where there can be none.

    `lists` are the numbers of lists by that of their hole.
    """
    script = Script(name, look, plain=_plain(maker))
    texts: dict[int, str] = {}
    for slot in maker.slots:
        taken = [None if way is None else script.value(way) for way in slot.take]
        if slot.is_whole:
            (number,) = slot.holes
            texts[number or 0] = _text(script, slot, taken, most=cut.mosts.get(number or 0, 0))
        else:
            numbers = [number for number in slot.holes if number is not None]
            made = script.several(_parts(slot.encode, [one is not None for one in slot.holes]), _given(slot, taken), len(numbers))
            texts |= dict(zip(numbers, made, strict=True))
            script.limit({text: cut.mosts.get(number, 0) for number, text in zip(numbers, made, strict=True)})
    for ask, number in maker.asks:
        texts[number] = script.text(ask, "it")
        script.limit({texts[number]: cut.mosts.get(number, 0)})
    script.firm([texts[number] for number in texts if number in cut.firm])
    script.check(list(texts.values()), stencils.letters, _cleaner(stencils))
    made_of = texts | {hole: f"lists[{at}]" for hole, at in lists.items()}
    script.print([made_of[piece] if isinstance(piece, int) else (piece,) for piece in cut.pieces], stencils.end)
    return Stencil(script.compiled(), cut.segments, tuple(lists.values()), script.source)


def _plain(maker: Maker) -> frozenset[Way]:
    """Values that only go through holes, as the texts that they are: whatever else stands there is found out when they are put together."""
    used = [(way, slot.encode is same and slot.is_single and slot.is_whole) for slot in maker.slots for way in slot.take if way is not None]
    return frozenset(way for way, is_plain in used if is_plain) - {way for way, is_plain in used if not is_plain}


def _given(slot: Slot, taken: Sequence[str | None]) -> str:
    return str(taken[0]) if slot.is_single else f"({', '.join(map(str, taken))},)"


def _text(script: Script, slot: Slot, taken: Sequence[str | None], *, most: int) -> str:
    """The name of the text that a value, or several, are in the file; with a memory for values of few kinds."""
    encode, way = slot.encode, slot.take[0]
    if slot.is_single and encode is same:
        text = str(taken[0])
    elif slot.is_single and way is not None and (isinstance(getattr(encode, "__self__", None), Memo) or script.kind(way) in REMEMBERED):
        return script.remembered(Memo(_certain(encode, most)), str(taken[0]))
    else:
        text = script.text(encode, _given(slot, taken))
    script.limit({text: most})
    return text


def _certain(encode: Encode, most: int) -> Encode:
    """What refuses a text that does not go through the hole."""

    def certain(given: Any) -> Any:
        text = encode(given)
        if type(text) is not str or not text or (most and len(text) > most):
            raise Unfit("too_long", "does not go through the hole")
        return text

    return certain


def _parts(encode: Encode, there: Sequence[bool]) -> Callable[[Any], Sequence[str]]:
    """What is made of values, if it is more than one text: parts that are nothing must be so again."""

    def parts(given: Any) -> Sequence[str]:
        made = encode(given)
        if type(made) is not tuple or [one is not None for one in made] != there:
            raise Unfit("bad_value", "has other parts than usual")
        return [one for one in made if one is not None]

    return parts


def _cleaner(stencils: SetStencils) -> Callable[[Sequence[str]], Sequence[str]]:
    def clean(texts: Sequence[str]) -> Sequence[str]:
        found = stencils.clean(texts)
        if found is None:
            raise Unfit("bad_character", "has letters that are to be changed")
        return found

    return clean
