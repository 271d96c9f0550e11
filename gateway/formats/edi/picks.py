"""What a step of an address takes out of a segment: the tests it must pass, and the value in it.

Compiled with what the guide says of the segment: which elements are composites, and where pairs begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from gateway.formats.addresses import AddressError
from gateway.formats.edi.address import LEVELS, EdiStep, Test
from gateway.formats.edi.segments import Delimiters, Segment, component, components

Takes = Callable[[Segment, Delimiters], bool]
Pick = Callable[[Segment, Delimiters], str | None]
Picks = Callable[[Segment, Delimiters], "list[str]"]
SEVERAL = frozenset({"GIN"})
"""Segments of EDIFACT that hold several numbers behind one qualifier, each a first one and perhaps a last one."""
MOST_IN_A_RANGE = 1000
"""More numbers between a first and a last one are not counted out: both ends stand for them."""
MOST_ELEMENTS = 100
"""No segment of either standard has more."""


class Dictionary(Protocol):
    """What a guide tells about segments."""

    @property
    def is_edifact(self) -> bool:
        """Whether pairs are composites and qualifiers often stand in one."""
        ...

    def is_composite(self, tag: str, element: int) -> bool:
        """Whether an element has components."""
        ...

    def pairs_from(self, tag: str) -> int:
        """The element at which pairs begin; 0 where a segment has none."""
        ...


def taker(step: EdiStep, known: Dictionary) -> Takes | None:
    """Whether a segment passes the tests of a step; nothing where it has none."""
    tests = [_test(one, step, known) for one in step.tests]
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda segment, seps: all(test(segment, seps) for test in tests)


def rank(step: EdiStep, known: Dictionary) -> Callable[[Segment, Delimiters], int]:
    """How much a segment is preferred among the qualifiers of a step: 0 first."""
    words = step.qualifiers
    read = _reader(*qualifier_place(step.tag, known))

    def of(segment: Segment, seps: Delimiters) -> int:
        found = (read(segment, seps) or "").strip()
        return words.index(found) if found in words else len(words)

    return of


def picker(step: EdiStep, known: Dictionary) -> Pick:
    """The value a step names in its segment."""
    if step.pairs:
        return _pairs(step, known)
    element, part = value_place(step, known)
    if known.is_edifact and step.tag == "FTX" and element == 4 and not part:
        return _joined(element)
    return _reader(element, part or int(known.is_composite(step.tag, element)))


def several(step: EdiStep, known: Dictionary) -> Picks | None:
    """All numbers of a segment that holds several of a kind; nothing for other segments, and where one of its elements is named."""
    if not known.is_edifact or step.tag not in SEVERAL or step.element:
        return None

    def numbers(segment: Segment, seps: Delimiters) -> list[str]:
        found: list[str] = []
        for element in segment[2:]:
            first, last, *_ = (*(part.strip() for part in components(element, seps)), "", "")
            found += _counted(first, last)
        return found

    return numbers


def _counted(first: str, last: str) -> list[str]:
    """The numbers from one to another; both ends where they do not count on, or are very many."""
    stem = len(first) - len(first[len(first.rstrip("0123456789")) :])
    if len(first) == len(last) and first[:stem] == last[:stem] and stem < len(first) and last[stem:].isdigit():
        start, end, width = int(first[stem:]), int(last[stem:]), len(first) - stem
        if start <= end < start + MOST_IN_A_RANGE:
            return [f"{first[:stem]}{number:0{width}}" for number in range(start, end + 1)]
    return list(dict.fromkeys(text for text in (first, last) if text))


def value_place(step: EdiStep, known: Dictionary) -> tuple[int, int]:
    """The element and component of a value; without an element the one behind the qualifier."""
    if step.element:
        return step.element, step.component
    if not step.qualifiers:
        raise AddressError(f"'{step.tag}' names a segment; say which element, as in {step.tag}02")
    element, part = qualifier_place(step.tag, known)
    if part:
        return element, part + 1
    return element + 1, int(known.is_composite(step.tag, element + 1))


def qualifier_place(tag: str, known: Dictionary) -> tuple[int, int]:
    """Where the qualifier of a segment stands."""
    element = LEVELS.get(tag, 1)
    return element, int(known.is_composite(tag, element))


def pair_places(tag: str, known: Dictionary) -> int:
    """The element at which pairs begin; AddressError where there are none."""
    first = known.pairs_from(tag)
    if not first:
        raise AddressError(f"{tag} has no pairs of qualifier and value; name an element, as in {tag}02")
    return first


def tested(step: EdiStep, known: Dictionary) -> Iterator[tuple[int, int]]:
    """The elements and components that decide whether a step takes a segment, and which pair of it; component 0 is the whole element."""
    for test in step.tests:
        if test.element:
            yield test.element, test.component or int(known.is_composite(step.tag, test.element))
        else:
            yield qualifier_place(step.tag, known)
    if step.pairs:
        first = pair_places(step.tag, known)
        yield from (
            ((element, 2) for element in range(first, MOST_ELEMENTS))
            if known.is_edifact
            else ((element, 0) for element in range(first, MOST_ELEMENTS, 2))
        )


def _test(test: Test, step: EdiStep, known: Dictionary) -> Takes:
    if test.element:
        read = _reader(test.element, test.component or int(known.is_composite(step.tag, test.element)))
    else:
        read = _reader(*qualifier_place(step.tag, known))
    if not test.values:
        return lambda segment, seps: bool((read(segment, seps) or "").strip())
    if len(test.values) == 1:
        only = test.values[0]
        return lambda segment, seps: (read(segment, seps) or "").strip() == only
    words = frozenset(test.values)
    return lambda segment, seps: (read(segment, seps) or "").strip() in words


def _reader(element: int, part: int) -> Pick:
    """An element, or one component of it."""
    if part:
        return lambda segment, seps: component(segment[element], part, seps) if len(segment) > element else None

    def whole(segment: Segment, seps: Delimiters) -> str | None:
        if len(segment) <= element:
            return None
        found = segment[element]
        return found if isinstance(found, str) else seps.component.join(found)

    return whole


def _joined(element: int) -> Pick:
    """Free text over several components is one text."""

    def text(segment: Segment, seps: Delimiters) -> str | None:
        if len(segment) <= element:
            return None
        return " ".join(one.strip() for one in components(segment[element], seps) if one.strip()) or None

    return text


def _pairs(step: EdiStep, known: Dictionary) -> Pick:
    first = pair_places(step.tag, known)
    words: Sequence[str] = step.pairs
    if known.is_edifact:

        def composite(segment: Segment, seps: Delimiters) -> str | None:
            found: dict[str, str] = {}
            for element in segment[first:]:
                parts = components(element, seps)
                if len(parts) > 1:
                    found.setdefault(parts[1].strip(), parts[0])
            return next((found[word] for word in words if found.get(word, "").strip()), None)

        return composite

    def pair(segment: Segment, seps: Delimiters) -> str | None:
        for word in words:
            for at in range(first, len(segment) - 1, 2):
                if segment[at] == word and segment[at + 1]:
                    return str(segment[at + 1])
        return None

    return pair
