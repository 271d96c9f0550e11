"""850s by hand: a streaming reader for this one layout, every value checked and typed, straight into the documents the mapping gives.

Segments are cut from pieces of a megabyte; the counts of SE, GE and CTT and all control numbers are checked, an order is refused for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from gateway.documents import Envelope, Order, OrderLine, Party

PIECE = 1024 * 1024
UNITS = {"EA": "EA", "PC": "EA", "UN": "EA", "BX": "BX", "CA": "CA", "CT": "CA", "PK": "PK"}
COMPANY = frozenset({"inc", "llc", "ltd", "gmbh", "corp", "company", "co"})

Segment = list[str]


class Wrong(ValueError):
    """What the layout forbids; the message names it."""


def orders(source: BinaryIO) -> Iterator[Order]:
    """The orders of one interchange, in constant memory."""
    isa: Segment = []
    gs: Segment = []
    held: list[Segment] = []
    sets = 0
    for segment in segments(source):
        tag = segment[0]
        if tag == "ST":
            held = [segment]
        elif tag == "SE":
            held.append(segment)
            if segment[2] != held[0][2] or int(segment[1]) != len(held):
                raise Wrong("SE")
            sets += 1
            yield order(held, isa, gs)
            held = []
        elif tag == "ISA":
            isa = segment
        elif tag == "GS":
            gs, sets = segment, 0
        elif tag == "GE":
            if segment[2] != gs[6] or int(segment[1]) != sets:
                raise Wrong("GE")
        elif tag == "IEA":
            if segment[2] != isa[13]:
                raise Wrong("IEA")
        else:
            held.append(segment)


def segments(source: BinaryIO) -> Iterator[Segment]:
    """Segments as lists of elements."""
    rest = ""
    while piece := source.read(PIECE):
        *whole, rest = (rest + piece.decode("ascii")).split("~")
        for text in whole:
            yield text.lstrip("\r\n").split("*")
    if rest.strip():
        raise Wrong("the last segment has no end")


def order(held: list[Segment], isa: Segment, gs: Segment) -> Order:  # noqa: C901, PLR0912, PLR0915 - as a program for one layout is
    """One document of the segments from ST to SE."""
    values: dict[str, str] = {}
    parties: dict[str, dict[str, str]] = {}
    lines: list[dict[str, str]] = []
    messages: list[str] = []
    here: dict[str, str] = values
    note = ""
    due: date | None = None
    pieces = 0
    for segment in held:
        tag = segment[0]
        if tag == "PO1":
            here = {"number": segment[1], "quantity": segment[2], "unit": segment[3], "cost": segment[4]}
            here.update(zip(segment[6::2], segment[7::2], strict=False))
            lines.append(here)
            pieces += int(segment[2])
        elif tag == "CTP":
            here["retail"] = segment[3]
        elif tag == "PID":
            here["description"] = segment[5]
        elif tag == "N1":
            here = parties.setdefault(segment[1], {})
            here["name"] = segment[2]
            if len(segment) > 4:
                here["id"] = segment[4]
        elif tag == "N3":
            here["address1"] = segment[1]
            if len(segment) > 2:
                here["address2"] = segment[2]
        elif tag == "N4":
            here.update(zip(("city", "region", "postal", "country"), segment[1:], strict=False))
        elif tag == "PER":
            here.update(zip(segment[3::2], segment[4::2], strict=False))
        elif tag == "BEG":
            if segment[1] not in {"00", "06"}:
                raise Wrong("BEG01")
            values["number"], values["on"] = segment[3], segment[5]
        elif tag == "REF":
            values[segment[1]] = segment[2]
        elif tag == "CUR":
            values["currency"] = segment[2]
        elif tag == "DTM":
            due = day(segment[2])
        elif tag == "TD5":
            values["carrier"] = segment[3]
            if len(segment) > 5:
                values["instructions"] = segment[5]
        elif tag == "N9":
            note = segment[1]
        elif tag == "MSG":
            if note == "L1":
                messages.append(segment[1])
        elif tag == "CTT" and (int(segment[1]) != len(lines) or int(segment[2]) != pieces):
            raise Wrong("CTT")
    number, carrier = values["number"], values["carrier"]
    if not number or len(number) > 30 or not number.isascii() or len(carrier) > 10:
        raise Wrong("number")
    return Order(
        number=number.upper(),
        entered_on=day(values["on"]),
        sales_order=text(values.get("CO", number), 30),
        brand="10",
        system="OMS",
        location="00001",
        vendor=text(values["IA"], 10),
        currency=values.get("currency", "USD"),
        shipping_instructions=values.get("instructions"),
        ship_to=party(parties["ST"]),
        due_on=due,
        carrier=carrier,
        messages=tuple(messages),
        lines=tuple([line(one, carrier, due) for one in lines]),
        envelope=Envelope(
            sender=isa[6].strip(),
            receiver=isa[8].strip(),
            version=gs[8],
            reference=f"{isa[13]}/{gs[6]}/{held[0][2]}",
            test=isa[15] == "T",
        ),
    )


def line(values: dict[str, str], carrier: str, due: date | None) -> OrderLine:
    """One line, with what the header says for all."""
    retail = values.get("retail")
    return OrderLine(
        number=whole(values["number"]),
        item=text(values["SK"], 35),
        quantity=whole(values["quantity"]),
        unit_cost=amount(values["cost"], 4),
        carrier=carrier,
        vendor_item=values.get("VN"),
        unit=UNITS[values["unit"]],
        description=values.get("description"),
        retail_price=amount(retail, 2) if retail else None,
        due_on=due,
    )


def party(values: dict[str, str]) -> Party:
    """A name, divided at its last blank unless it is a company's, and an address."""
    name = text(values["name"], 60)
    words = name.split()
    first = last = company = None
    if len(words) < 2 or "," in name or "&" in name or not COMPANY.isdisjoint(word.lower().strip(".") for word in words):
        company = name
    else:
        first, last = " ".join(words[:-1]), words[-1]
    return Party(
        id=values.get("id"),
        first_name=first,
        last_name=last,
        company=company,
        address1=text(values["address1"], 60),
        address2=values.get("address2"),
        city=text(values["city"], 60),
        region=values.get("region") or None,
        postal_code=text(values["postal"], 15).upper(),
        country=text(values["country"], 3).upper(),
        day_phone=values.get("TE"),
        email=values.get("EM"),
    )


def day(value: str) -> date:
    """Eight digits."""
    if len(value) != 8 or not value.isdigit():
        raise Wrong("date")
    return date(int(value[:4]), int(value[4:6]), int(value[6:]))


def whole(value: str) -> int:
    """Digits only."""
    if not value.isascii() or not value.isdigit():
        raise Wrong("number")
    return int(value)


def amount(value: str, places: int) -> Decimal:
    """An exact amount with at most so many places."""
    found = Decimal(value)
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > places or found.adjusted() > 12:
        raise Wrong("amount")
    return found


def text(value: str, most: int) -> str:
    """A text that is there and short enough."""
    if not value or len(value) > most:
        raise Wrong("text")
    return value.strip()


def write(orders_: Iterator[Order], target: BinaryIO) -> None:
    """One interchange of these orders; counts computed, texts as they are."""
    target.write(
        b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *000101*0000*U*00401*000000001*0*P*>~"
        b"GS*PO*SENDER*RECEIVER*20000101*0000*1*X*004010~"
    )
    count = 0
    for count, one in enumerate(orders_, 1):
        body = [part for part in written(one, count) if part]
        body.append(f"SE*{len(body) + 1}*{count:04d}")
        target.write(("~".join(body) + "~").encode("ascii"))
    target.write(f"GE*{count}*1~IEA*1*000000001~".encode())


def written(it: Order, number: int) -> Iterator[str]:
    """The segments of one order; empty ones are left out."""
    yield f"ST*850*{number:04d}"
    yield f"BEG*00*DS*{it.number}**{it.entered_on:%Y%m%d}"
    yield f"CUR*BY*{it.currency}"
    yield f"REF*CO*{it.sales_order}"
    yield f"REF*DP*{it.brand}"
    yield f"REF*ST*{it.location}"
    yield f"REF*IA*{it.vendor}"
    yield f"DTM*106*{it.due_on:%Y%m%d}" if it.due_on else ""
    yield f"TD5**2*{it.carrier}" + (f"**{it.shipping_instructions}" if it.shipping_instructions else "")
    if it.messages:
        yield "N9*L1*NOTE"
        for message in it.messages:
            yield f"MSG*{message}"
    to = it.ship_to
    yield f"N1*ST*{to.company or f'{to.first_name} {to.last_name}'}" + (f"**{to.id}" if to.id else "")
    yield f"N3*{to.address1}" + (f"*{to.address2}" if to.address2 else "")
    yield f"N4*{to.city}*{to.region or ''}*{to.postal_code}*{to.country}"
    yield f"PER*IC**TE*{to.day_phone}" if to.day_phone else ""
    yield f"PER*IC**EM*{to.email}" if to.email else ""
    pieces = 0
    for each in it.lines:
        pieces += each.quantity
        yield f"PO1*{each.number}*{each.quantity}*{each.unit}*{each.unit_cost.normalize():f}*NT*SK*{each.item}*VN*{each.vendor_item}"
        yield f"CTP**RTL*{each.retail_price:.2f}" if each.retail_price else ""
        yield f"PID*F****{each.description}"
        yield f"DTM*106*{each.due_on:%Y%m%d}" if each.due_on else ""
        yield f"TD5**2*{each.carrier}"
    yield f"CTT*{len(it.lines)}*{pieces}"
