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
from gateway.mapping.counts import TallyPath
from gateway.mapping.looks import Look
from gateway.mapping.sight import Way
from gateway.mapping.typesetting import Script
from gateway.mapping.unfit import Unfit
from gateway.mapping.weaving import Encode, Maker, Slot

Clean = Callable[[Sequence[str]], Sequence[str]]
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


class Holds(Struct, frozen=True):
    """The lists that a document holds: their numbers by those of their holes, and which of all that are known have any groups."""

    holes: Mapping[int, int]
    there: tuple[bool, ...]


NO_LISTS = Holds({}, ())


def stencil_of(name: str, look: Look, maker: Maker, cut: Cut, *, holds: Holds, given: Mapping[str, Any], stencils: SetStencils) -> Stencil:
    """The stencil of whatever has this look, from what the rules have shown; Unlike where there can be none.

    `given` are the values of the file that it is for now.
    """
    script, clean = Script(name, look, plain=_plain(maker), given=given), _cleaner(stencils)
    script.holds(holds.there)
    texts: dict[int, str] = {}
    known: dict[int, str] = {}
    for slot in maker.slots:
        taken = [None if way is None else script.value(way) for way in slot.take]
        numbers = [number for number in slot.holes if number is not None]
        if not slot.is_whole:
            made = script.several(_parts(slot.encode, [one is not None for one in slot.holes]), _given(slot, taken), len(numbers))
            texts |= dict(zip(numbers, made, strict=True))
        elif slot.is_single and slot.encode is same:
            texts[numbers[0]] = str(taken[0])
        elif slot.is_single and _is_of_few(slot, script):
            memory = Memo(_certain(slot.encode, cut.mosts.get(numbers[0], 0), clean))
            known[numbers[0]] = script.remembered(memory, str(taken[0]))
        else:
            texts[numbers[0]] = script.text(slot.encode, _given(slot, taken))
    for ask, number in maker.asks:
        known[number] = script.remembered(Memo(_certain(ask.write, cut.mosts.get(number, 0), clean)), _amount(ask.path))
    script.limit([(text, most) for number, text in texts.items() if (most := cut.mosts.get(number, 0))])
    script.firm([text for number, text in (texts | known).items() if number in cut.firm])
    script.check(list(texts.values()), stencils.letters, clean)
    made_of = texts | known | {hole: f"lists[{at}]" for hole, at in holds.holes.items()}
    script.print([made_of[piece] if isinstance(piece, int) else (piece,) for piece in cut.pieces], stencils.end)
    return Stencil(script.compiled(), cut.segments, tuple(holds.holes.values()), script.source)


def _plain(maker: Maker) -> frozenset[Way]:
    """Values that only go through holes, as the texts that they are: whatever else stands there is found out when they are put together."""
    used = [(way, slot.encode is same and slot.is_single and slot.is_whole) for slot in maker.slots for way in slot.take if way is not None]
    return frozenset(way for way, is_plain in used if is_plain) - {way for way, is_plain in used if not is_plain}


def _given(slot: Slot, taken: Sequence[str | None]) -> str:
    return str(taken[0]) if slot.is_single else f"({', '.join(map(str, taken))},)"


def _is_of_few(slot: Slot, script: Script) -> bool:
    """Whether values are of few kinds, or cost more to write than to look up."""
    way = slot.take[0]
    return isinstance(getattr(slot.encode, "__self__", None), Memo) or (way is not None and script.kind(way) in REMEMBERED)


def _amount(path: TallyPath) -> str:
    """How a document (or entry) is counted or added up; whoever lacks an amount that must be there is told so by the rules."""
    lacking = "" if path.required else " or 0"
    if not path.field:
        return f"len(it.{path.list_name} or ())" if path.list_name else "1"
    return f"sum([one.{path.field}{lacking} for one in it.{path.list_name} or ()])" if path.list_name else f"it.{path.field}{lacking}"


def _certain(encode: Encode, most: int, clean: Clean) -> Encode:
    """The text of a value as it stands in the file; one that does not go through the hole is refused."""

    def certain(given: Any) -> Any:
        text = encode(given)
        if type(text) is not str or not text or (most and len(text) > most):
            raise Unfit("too_long", "does not go through the hole")
        return clean((text,))[0]

    return certain


def _parts(encode: Encode, there: Sequence[bool]) -> Callable[[Any], Sequence[str]]:
    """What is made of values, if it is more than one text: parts that are nothing must be so again."""

    def parts(given: Any) -> Sequence[str]:
        made = encode(given)
        if type(made) is not tuple or [one is not None for one in made] != there:
            raise Unfit("bad_value", "has other parts than usual")
        return [one for one in made if one is not None]

    return parts


def _cleaner(stencils: SetStencils) -> Clean:
    def clean(texts: Sequence[str]) -> Sequence[str]:
        found = stencils.clean(texts)
        if found is None:
            raise Unfit("bad_character", "has letters that are to be changed")
        return found

    return clean
