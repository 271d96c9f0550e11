"""What the simulated retailer sells and who buys it, all made up; and the order it places under a number, always the same for a seed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from msgspec import Struct

FIRST_NUMBER = 20_001

GOODS = (
    ("TT100 RED", "Tote bag, red", "V1000", "8.98", "14.99"),
    ("TT100 BLU", "Tote bag, blue", "V1001", "8.98", "14.99"),
    ("KT210", "Kettle, two litres", "V2010", "21.50", "34.00"),
    ("LN330 NAT", "Linen throw, natural", "V3300", "38.25", "64.00"),
    ("LP415", "Reading lamp", "V4150", "27.40", "45.90"),
    ("MG500", "Stoneware mug", "V5000", "4.15", "7.50"),
    ("PL620 SET", "Plates, set of four", "V6200", "16.80", "29.00"),
    ("WB710", "Wool blanket, striped", "V7100", "52.00", "89.00"),
)
BUYERS = (
    ("Ada", "Lindqvist", "14 Mill Lane", "Duluth", "MN", "55802"),
    ("Bruno", "Ferrante", "230 Orchard Row", "Santa Fe", "NM", "87501"),
    ("Chiyo", "Matsuda", "7 Beacon Terrace", "Portland", "ME", "04101"),
    ("Dele", "Okafor", "1188 Prairie Road", "Lincoln", "NE", "68502"),
    ("Elin", "Vasquez", "52 Canal Street", "Savannah", "GA", "31401"),
    ("Farid", "Haddad", "9 Quarry Hill", "Burlington", "VT", "05401"),
)
NOTES = ("Leave it with the neighbour.", "Ring twice.", "Happy birthday!", "Handle with care.")


class OrderedLine(Struct, frozen=True, kw_only=True):
    """One line as it is ordered."""

    number: int
    item: str
    description: str
    vendor_item: str
    quantity: int
    unit_cost: Decimal
    retail_price: Decimal
    tax: Decimal


class Ordered(Struct, frozen=True, kw_only=True):
    """One order of the simulated retailer."""

    number: str
    sales_order: str
    vendor: str
    on: date
    due_on: date
    carrier: str
    first_name: str
    last_name: str
    street: str
    city: str
    state: str
    postal_code: str
    note: str
    freight: Decimal
    lines: tuple[OrderedLine, ...]


def chance(seed: int, subject: str) -> Random:
    """The chance of one subject; it depends on nothing else, so what happens in between changes nothing."""
    return Random(f"{seed}/{subject}")


def ordered(seed: int, nth: int, *, vendors: Sequence[str], on: date) -> Ordered:
    """The order of that running number (from 0), placed on that day."""
    dice = chance(seed, f"order {nth}")
    first, last, street, city, state, postal = dice.choice(BUYERS)
    lines = []
    for number, goods in enumerate(dice.sample(GOODS, dice.choice((1, 1, 2, 2, 3))), start=1):
        item, description, vendor_item, cost, price = goods
        quantity = dice.choice((1, 1, 2, 3, 4, 6))
        lines.append(
            OrderedLine(
                number=number,
                item=item,
                description=description,
                vendor_item=vendor_item,
                quantity=quantity,
                unit_cost=Decimal(cost),
                retail_price=Decimal(price),
                tax=(Decimal(price) * quantity * Decimal("0.0625")).quantize(Decimal("0.01")),
            )
        )
    return Ordered(
        number=f"AB{FIRST_NUMBER + nth}",
        sales_order=f"{FIRST_NUMBER + nth:08}-001",
        vendor=vendors[nth % len(vendors)],
        on=on,
        due_on=on + timedelta(days=dice.randint(3, 9)),
        carrier=dice.choice(("10", "50", "60")),
        first_name=first,
        last_name=last,
        street=street,
        city=city,
        state=state,
        postal_code=postal,
        note=dice.choice(("", "", *NOTES)),
        freight=dice.choice((Decimal("0.00"), Decimal("4.95"), Decimal("6.95"))),
        lines=tuple(lines),
    )
