"""Whether two orders say the same: by fields, never by bytes (sdf 2.5)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Envelope, Order, OrderLine, Party
from gateway.kernel.issues import Difference
from gateway.kernel.money import shortest

_NOTHING = Party()
_NO_ENVELOPE = Envelope()
NOTHING = "nothing"
TOLD = 20
"""So many differences stand in a sentence."""
MOST_TOLD = 200
"""So many are kept."""
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def digest_of(document: Order) -> str:
    """The canonical form of an order, without envelope: the same content re-encoded gives the same digest.

    Absent and zero are one, so are 8.98 and 8.980, and a carrier or due date told by the header instead of its lines.
    """
    plain = replace(
        document,
        number=document.number.upper(),
        ship_to=ship_to_of(document),
        sold_to=upper_postal(document.sold_to),
        lines=tuple([_plain_line(line, document) for line in document.lines]),
        gift=document.gift or None,
        ship_complete=document.ship_complete or None,
        discount_percent=_plain(document.discount_percent),
        discount=_plain(document.discount),
        paid=_plain(document.paid),
        freight=_plain(document.freight),
        additional_freight=_plain(document.additional_freight),
        freight_tax=_plain(document.freight_tax),
        carrier=None,
        due_on=None,
        envelope=_NO_ENVELOPE,
    )
    return sha256(_encode(plain)).hexdigest()


def ship_to_of(document: Order) -> Party:
    """Who receives: sold-to where ship-to is absent (sdf 2.2.3)."""
    party = document.ship_to if document.ship_to != _NOTHING else document.sold_to
    return upper_postal(party) or _NOTHING


def upper_postal(party: Party | None) -> Party | None:
    """The party with its postal code in upper case."""
    if party is None or party.postal_code is None or party.postal_code == party.postal_code.upper():
        return party
    return replace(party, postal_code=party.postal_code.upper())


def difference(stored: Order, document: Order) -> tuple[Difference, ...]:
    """What the new document says otherwise, field by field: `line 1 unit_cost: 8.98, now 9.00`."""
    found = differing("", stored, document, skip=frozenset({"lines", "envelope", "sold_to", "ship_to", "carrier", "due_on"}))
    for name in ("sold_to", "ship_to"):
        before, after = getattr(stored, name), getattr(document, name)
        found += differing(f"{name} ", before or _NOTHING, after or _NOTHING)
    old = {line.number: line for line in stored.lines}
    new = {line.number: line for line in document.lines}
    found += [Difference(f"line {number}", shown(old[number]), NOTHING) for number in sorted(old.keys() - new.keys())]
    found += [Difference(f"line {number}", NOTHING, shown(new[number])) for number in sorted(new.keys() - old.keys())]
    for number in sorted(old.keys() & new.keys()):
        found += differing(f"line {number} ", old[number], new[number], skip=frozenset({"to_ship", "carrier_name"}))
    if not found and [line.number for line in stored.lines] != [line.number for line in document.lines]:
        found.append(Difference("order of lines", *(", ".join(str(line.number) for line in it.lines) for it in (stored, document))))
    return tuple(found)


def differing(place: str, old: Struct, new: Struct, *, skip: frozenset[str] = frozenset()) -> list[Difference]:
    """The fields of two values that differ; absent and empty are one. What has names of its own is told name by name."""
    found: list[Difference] = []
    for name in old.__struct_fields__:
        before, after = getattr(old, name), getattr(new, name)
        if name in skip or (before or None) == (after or None):
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            keys = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
            found += [Difference(f"{place}{name} {key}", shown(before.get(key)), shown(after.get(key))) for key in keys]
        else:
            found.append(Difference(f"{place}{name}", shown(before), shown(after)))
    return found


def in_words(differences: Sequence[Difference]) -> str:
    """The first of them in a sentence; the issue has all."""
    more = len(differences) - TOLD
    return "; ".join(map(str, differences[:TOLD])) + (f"; and {more} more" if more > 0 else "")


def shown(value: object) -> str:
    """A value of a document in a difference."""
    match value:
        case None | "" | ():
            return NOTHING
        case Decimal():
            return f"{shortest(value):f}"
        case tuple():
            return " | ".join(shown(part) for part in value)
        case Struct():
            return ", ".join(str(part) for part in (getattr(value, name) for name in value.__struct_fields__) if part)
        case _:
            return str(value)


def _plain_line(line: OrderLine, document: Order) -> OrderLine:
    return replace(
        line,
        carrier=line.carrier or document.carrier or "",
        due_on=line.due_on or document.due_on,
        unit_cost=line.unit_cost.normalize(),
        retail_price=_plain(line.retail_price),
        tax=_plain(line.tax),
        gift_wrap=line.gift_wrap or None,
    )


def _plain(amount: Decimal | None) -> Decimal | None:
    return amount.normalize() if amount else None
