"""A guide as a page for a partner: the order of segments, then each segment with its elements, in Markdown or as plain values."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.formats.edi.guide import UNLIMITED, Element, Guide, Kind, Position, Relation, SegmentRule, Sum, Usage, Use
from gateway.formats.edi.segments import Standard

USAGES = {Usage.MANDATORY: "must", Usage.EXPECTED: "expected", Usage.OPTIONAL: "may", Usage.UNUSED: "not used"}
KINDS = {
    Kind.TEXT: "text",
    Kind.CODE: "code",
    Kind.NUMBER: "number",
    Kind.WHOLE: "whole number",
    Kind.DATE: "date",
    Kind.TIME: "time",
    Kind.LETTERS: "letters",
    Kind.DIGITS: "number",
    Kind.LETTERS_AND_DIGITS: "text",
    Kind.ANY: "",
}
RELATIONS = {
    "P": "{all} stand together or not at all",
    "R": "one of {all} must stand",
    "E": "only one of {all} may stand",
    "C": "{first} needs {others}",
    "L": "{first} needs one of {others}",
}


def page(guide: Guide) -> Iterator[str]:
    """The lines of the page."""
    yield f"# {guide.set} {guide.title}"
    yield ""
    yield f"{_standard(guide)}, guide {guide.name}{f' over {guide.extends}' if guide.extends else ''}."
    yield "*must*: refused without it. *expected*: told where it is missing. *may*: as needed. *not used*: told where it stands."
    yield ""
    yield "## Order of segments"
    yield ""
    yield "| segment | what it is | usage | at most |"
    yield "|---|---|---|---|"
    for depth, use in _places(guide.root.items, 0):
        loop = ", begins a loop" if use.is_loop else ""
        name = guide.segments[use.tag].name
        yield f"| {'. . ' * depth}{use.tag} | {name}{loop} | {USAGES[use.usage]} | {_most(use.repeat)} |"
    for tag in tags(guide):
        yield from _segment(guide.segments[tag])
    if guide.totals:
        yield ""
        yield "## Totals"
        yield ""
        for total in guide.totals:
            what = f"counts {' or '.join(total.count)}" if total.count else f"is the sum of {' or '.join(_sums(total.sums))}"
            when = f" with {total.when} in front" if total.when else ""
            yield f"- {total.tag}{total.element:02}{f'.{total.component}' if total.component else ''}{when} {what}."


def described(guide: Guide) -> dict[str, object]:
    """The same as plain values."""
    return {
        "guide": guide.name,
        "extends": guide.extends,
        "standard": guide.standard.value,
        "set": guide.set,
        "name": guide.title,
        "release": guide.release,
        "group": guide.group,
        "order": [_described_use(use) for use in guide.root.items],
        "segments": [_described_segment(guide.segments[tag]) for tag in tags(guide)],
    }


def tags(guide: Guide) -> tuple[str, ...]:
    """The segments that a guide uses, in the order of its places."""
    return tuple(dict.fromkeys(use.tag for _, use in guide.uses() if use.usage is not Usage.UNUSED))


def type_of(element: Element) -> str:
    """The type of an element in words: `text, 1 to 30`, `whole number with 2 implied decimals, 1 to 15`."""
    if element.parts:
        return "composite"
    kind = KINDS[element.kind]
    if not kind:
        return ""
    decimals = f" with {element.decimals} implied decimals" if element.decimals else ""
    length = str(element.longest) if element.shortest == element.longest else f"{element.shortest} to {element.longest}"
    return f"{kind}{decimals}, {length}"


def in_words(relation: Relation) -> str:
    """A relation as a sentence."""
    names = [f"{at:02}" for at in relation.positions]
    words = {"all": _listed(names), "first": names[0], "others": _listed(names[1:])}
    return RELATIONS[relation.letter].format(**words) + (" (told only)" if relation.is_told else "")


def _segment(rule: SegmentRule) -> Iterator[str]:
    yield ""
    yield f"## {rule.tag} {rule.name}"
    if not rule.positions:
        yield ""
        yield "Its elements are not looked at."
        return
    yield ""
    yield "| element | what it is | number | usage | type | codes |"
    yield "|---|---|---|---|---|---|"
    for at, position in enumerate(rule.positions, 1):
        yield _row(f"{at:02}", position)
        for number, part in enumerate(position.element.parts, 1):
            yield _row(f"{at:02}.{number}", part)
    if rule.relations:
        yield ""
        yield from (f"- {in_words(relation)}." for relation in rule.relations)
    if rule.pairs:
        yield from ([] if rule.relations else [""])
        yield f"- From {rule.pairs:02} on kinds of ids and ids stand in pairs, in any order."


def _row(at: str, position: Position) -> str:
    element = position.element
    codes = "; ".join(f"{code} {words}".strip() for code, words in element.codes.items())
    told = f"only {codes}" if element.closed and codes else codes
    repeat = f", {position.repeat} times" if position.repeat > 1 else ""
    return f"| {at} | {position.name} | {element.number} | {USAGES[position.usage]}{repeat} | {type_of(element)} | {told} |"


def _places(items: tuple[Use, ...], depth: int) -> Iterator[tuple[int, Use]]:
    for use in items:
        yield depth, use
        if use.is_loop:
            yield from _places(use.items[1:], depth + 1)


def _most(repeat: int) -> str:
    return "any number" if repeat >= UNLIMITED else str(repeat)


def _standard(guide: Guide) -> str:
    if guide.standard is Standard.X12:
        return f"X12 release {guide.release}" + (f", functional group {guide.group}" if guide.group else "")
    return f"EDIFACT, {guide.release}"


def _sums(sums: tuple[Sum, ...]) -> list[str]:
    return [f"{it.tag}{it.element:02}" for it in sums]


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _described_use(use: Use) -> dict[str, object]:
    told: dict[str, object] = {"segment": use.tag, "usage": use.usage.value, "most": None if use.repeat >= UNLIMITED else use.repeat}
    return {**told, "loop": [_described_use(it) for it in use.items[1:]]} if use.is_loop else told


def _described_segment(rule: SegmentRule) -> dict[str, object]:
    return {
        "segment": rule.tag,
        "name": rule.name,
        "elements": [_described_position(position) for position in rule.positions],
        "relations": [str(relation) for relation in rule.relations],
        "pairs_from": rule.pairs or None,
    }


def _described_position(position: Position) -> dict[str, object]:
    element = position.element
    told: dict[str, object] = {
        "number": element.number,
        "name": position.name,
        "usage": position.usage.value,
        "repeat": position.repeat,
        "type": element.kind.value,
        "shortest": element.shortest,
        "longest": None if element.longest >= UNLIMITED else element.longest,
        "decimals": element.decimals,
        "codes": dict(element.codes),
        "only": element.closed,
    }
    return {**told, "parts": [_described_position(part) for part in element.parts]} if element.parts else told
