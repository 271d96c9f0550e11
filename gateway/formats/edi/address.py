"""Addresses in X12 and EDIFACT (mapping language 4): `BEG03`, `REF[CO]`, `PO1(SK|IN)`, `N9[L1]/MSG01`, `HL[P]/MAN[GM]`, `/ISA06`.

A step is a segment or loop with conditions, then pairs or an element. What stands behind it belongs to `picks` and `plan`.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from gateway.formats.addresses import AddressError

LEVELS: Final = {"HL": 3, "CPS": 3}
"""Loops that stand in one another as data says, with the element that names their kind."""
ENVELOPE: Final = frozenset({"ISA", "GS", "ST", "UNB", "UNG", "UNH"})

_STEP = re.compile(
    r"(?P<tag>[A-Z][A-Z0-9]{1,2})(?P<tests>(?:\[[^\[\]]*\])*)(?:\((?P<pairs>[^()]*)\))?(?:(?P<element>\d\d)(?:\.(?P<component>\d{1,2}))?)?"
)
_PLACE = re.compile(r"(?P<element>\d\d)(?:\.(?P<component>\d{1,2}))?")


class Test(Struct, frozen=True):
    """One of these values stands at a place; without values anything does. Element 0 is the qualifier, wherever the segment has it."""

    values: tuple[str, ...]
    element: int = 0
    component: int = 0


class EdiStep(Struct, frozen=True):
    """A segment or loop, and perhaps what is wanted in it."""

    tag: str
    tests: tuple[Test, ...] = ()
    nth: int = 0
    pairs: tuple[str, ...] = ()
    element: int = 0
    component: int = 0

    @property
    def is_level(self) -> bool:
        """Whether it names an enclosing level."""
        return self.tag in LEVELS

    @property
    def is_value(self) -> bool:
        """Whether it names a value, not only a segment or loop."""
        return bool(self.element or self.pairs)

    @property
    def qualifiers(self) -> tuple[str, ...]:
        """The words that may stand in front, in order of preference."""
        return next((test.values for test in self.tests if not test.element), ())

    @property
    def written(self) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
        """What the segment says of its tests when it is written: of several words the first. Steps that write the same are one segment."""
        return tuple((test.element, test.component, test.values[:1]) for test in self.tests)


class EdiPath(Struct, frozen=True):
    """Steps from here, from the envelope (`/ISA06`) or in the rows of a split set (`*/PRF01`)."""

    steps: tuple[EdiStep, ...]
    from_top: bool = False
    in_rows: bool = False


def edi_path(text: str) -> EdiPath:
    """An address; AddressError names what is wrong with it."""
    given = text.strip()
    if given in {".", "*"}:
        return EdiPath(())
    from_top, in_rows = given.startswith("/"), given.startswith("*/")
    rest = given[1:] if from_top else given[2:] if in_rows else given
    steps = tuple(_step(part.strip(), text) for part in _split(rest))
    if any(step.is_value for step in steps[:-1]):
        raise AddressError(f"'{text}': an element ends an address")
    if any(step.pairs for step in steps[:-1]):
        raise AddressError(f"'{text}': pairs end an address")
    if from_top and (len(steps) != 1 or steps[0].tag not in ENVELOPE or not steps[0].element):
        raise AddressError(f"'{text}': from the top only elements of {', '.join(sorted(ENVELOPE))} can be read, as in /ISA06")
    return EdiPath(steps, from_top, in_rows)


def _step(text: str, address: str) -> EdiStep:
    found = _STEP.fullmatch(text)
    if found is None:
        raise AddressError(
            f"'{address}': '{text}' is not a segment; write BEG03, REF[CO], PO1(SK|IN), TD5[02=2]03 or a loop such as N1[ST]", address
        )
    tests: list[Test] = []
    nth = 0
    for group in re.findall(r"\[([^\[\]]*)\]", found["tests"]):
        for one in group.split(","):
            word = one.strip()
            if word.startswith("#"):
                if not word[1:].isascii() or not word[1:].isdigit() or int(word[1:]) < 1:
                    raise AddressError(f"'{address}': '[{word}]' must be '#' and a number from 1")
                nth = int(word[1:])
            else:
                tests.append(_test(word, address))
    pairs = tuple(one.strip() for one in found["pairs"].split("|")) if found["pairs"] is not None else ()
    if pairs and (found["element"] or not all(pairs)):
        raise AddressError(f"'{address}': pairs are named by their qualifiers, as in PO1(SK|IN)")
    return EdiStep(found["tag"], tuple(tests), nth, pairs, int(found["element"] or 0), int(found["component"] or 0))


def _test(word: str, address: str) -> Test:
    if not word:
        raise AddressError(f"'{address}': the brackets hold nothing")
    place, equals, value = word.partition("=")
    if equals:
        found = _PLACE.fullmatch(place.strip())
        if found is None:
            raise AddressError(f"'{address}': '{place}' is not an element; write it as in [02=AB] or [05.1=FC]")
        return Test(tuple(one.strip() for one in value.split("|")), int(found["element"]), int(found["component"] or 0))
    found = _PLACE.fullmatch(word)
    if found is not None and "." in word:
        return Test((), int(found["element"]), int(found["component"] or 0))
    return Test(tuple(one.strip() for one in word.split("|")))


def _split(text: str) -> list[str]:
    """Steps between slashes outside of brackets."""
    pieces, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "[(") - (letter in "])")
        if letter == "/" and not depth:
            pieces.append(text[start:at])
            start = at + 1
    return [*pieces, text[start:]]
