"""What is wrong with one element at its place, whatever set it stands in: presence, repeats, components, lengths, form and codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from gateway.formats.edi.element_values import fault_of, is_of_format, length_of
from gateway.formats.edi.guide import Element, Kind, Position, Relation, Usage
from gateway.formats.edi.segments import Delimiters, components, repetitions
from gateway.formats.edi.segments import Element as Raw

DATES = "C507"


class Fault(Struct, frozen=True):
    """One thing that is wrong with an element: its kind, what to say, where in the element, and the value."""

    kind: str
    text: str
    component: int = 0
    repetition: int = 0
    value: str = ""
    is_own: bool = False
    is_told: bool = False


def element_faults(position: Position, raw: Raw, delimiters: Delimiters) -> Iterator[Fault]:
    """Everything that is wrong with an element at its place."""
    if not raw:
        if position.usage is Usage.MANDATORY:
            yield Fault("missing", "is missing", is_own=position.is_own)
        return
    if position.usage is Usage.UNUSED:
        yield Fault("not_used", "is not used by this guide", value=str(raw), is_own=True)
        return
    if position.element.kind is Kind.ANY and not position.element.parts:
        return
    found = repetitions(raw, delimiters)
    if len(found) > position.repeat:
        times = "once" if position.repeat == 1 else f"{position.repeat} times"
        yield Fault("too_many_repetitions", f"stands {len(found)} times, at most {times} allowed", repetition=position.repeat + 1)
    for number, one in enumerate(found, 1):
        yield from _one(position.element, components(one, delimiters), number if len(found) > 1 else 0)


def relation_faults(relation: Relation, segment: Sequence[Raw]) -> Iterator[tuple[int, Fault]]:
    """What a relation finds wrong, with the position it blames."""
    there = [at for at in relation.positions if at < len(segment) and segment[at]]
    absent = [at for at in relation.positions if at not in there]
    first = relation.positions[0]
    match relation.letter:
        case "P" if there and absent:
            blamed, text = absent, f"is missing, as element {there[0]:02} is there"
        case "R" if not there:
            blamed, text = [first], f"is missing: one of elements {_either(relation.positions)} must be there"
        case "E" if len(there) > 1:
            yield there[1], Fault("excluded", f"must not stand beside element {there[0]:02}", is_told=relation.is_told)
            return
        case "C" if first in there and absent:
            blamed, text = absent, f"is missing, as element {first:02} is there"
        case "L" if there == [first]:
            blamed, text = (
                [relation.positions[1]],
                f"is missing: element {first:02} needs one of elements {_either(relation.positions[1:])}",
            )
        case _:
            return
    for at in blamed:
        yield at, Fault("missing_with", text, is_told=relation.is_told)


def _either(positions: tuple[int, ...]) -> str:
    return " or ".join(f"{at:02}" for at in positions)


def _one(element: Element, texts: Sequence[str], repetition: int) -> Iterator[Fault]:
    """One repetition, taken apart."""
    most = len(element.parts) or 1
    if len(texts) > most:
        text = f"has {len(texts)} components, at most {most} allowed" if element.parts else "has components and must be simple"
        yield Fault("too_many_components", text, most + 1, repetition, texts[most])
    if not element.parts:
        yield from _simple(element, texts[0], 0, repetition)
        return
    for number, position in enumerate(element.parts, 1):
        text = texts[number - 1] if number <= len(texts) else ""
        if text:
            if position.usage is Usage.UNUSED:
                yield Fault("not_used", "is not used by this guide", number, repetition, text, is_own=True)
            yield from _simple(position.element, text, number, repetition)
        elif position.usage is Usage.MANDATORY:
            yield Fault("missing", f"({position.name}) is missing", number, repetition, is_own=position.is_own)
    if element.number == DATES and len(texts) > 2 and texts[1] and not is_of_format(texts[1], texts[2]):
        yield Fault("not_date", f"'{texts[1]}' is no date of format {texts[2]}", 2, repetition, texts[1])


def _simple(element: Element, text: str, number: int, repetition: int) -> Iterator[Fault]:
    kind = fault_of(element, text)
    if kind:
        yield Fault(kind, FORMS[kind].format(value=text), number, repetition, text)
        return
    length = length_of(element, text)
    if not element.shortest <= length <= element.longest:
        if element.kind is Kind.DATE:
            yield Fault("date_length", f"'{text}' has {length} digits where {element.longest} are due", number, repetition, text)
        elif length < element.shortest:
            yield Fault("too_short", f"'{text}' is shorter than {element.shortest}", number, repetition, text, element.is_own)
        else:
            yield Fault("too_long", f"'{text}' is longer than {element.longest}", number, repetition, text, element.is_own)
    if not text.isprintable():
        yield Fault("bad_character", f"{text!a} holds a control character", number, repetition, text)
    if element.closed and text not in element.codes:
        yield Fault("not_in_table", f"'{text}' is none of the codes {_listed(element)}", number, repetition, text, element.is_own)


FORMS = {
    "not_number": "'{value}' is not a number",
    "no_digit": "'{value}' lacks a digit before the decimal mark",
    "not_date": "'{value}' is not a date",
    "not_time": "'{value}' is not a time",
    "wrong_characters": "'{value}' holds digits where letters are due",
}


def _listed(element: Element) -> str:
    codes = list(element.codes)
    return ", ".join(codes[:12]) + (" ..." if len(codes) > 12 else "")
