"""The part of addresses that all formats share: alternatives, parts, steps and conditions (mapping-language.md 3).

What a step means belongs to each format.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")


class AddressError(ValueError):
    """An address that cannot be; the text names the remedy, `address` the one of several."""

    def __init__(self, text: str, address: str = "") -> None:
        super().__init__(text)
        self.address = address


class Condition(Struct, frozen=True):
    """What stands in brackets: `#2` (nth), `path` alone (has it) or `path=a|b` (shows one of these)."""

    nth: int = 0
    path: Path | None = None
    values: tuple[str, ...] = ()


class Step(Struct, frozen=True):
    """A name and its conditions."""

    name: str
    conditions: tuple[Condition, ...] = ()

    @property
    def nth(self) -> int:
        """The number in `[#2]`, or 0."""
        return next((condition.nth for condition in self.conditions if condition.nth), 0)

    @property
    def tests(self) -> tuple[Condition, ...]:
        """The conditions that look inside."""
        return tuple(condition for condition in self.conditions if not condition.nth)


class Path(Struct, frozen=True):
    """Steps from here, from the top (`/A`) or in the rows of a split document (`*/A`)."""

    steps: tuple[Step, ...]
    from_top: bool = False
    in_rows: bool = False


def alternatives(text: str) -> tuple[tuple[str, ...], ...]:
    """`A + B | C` as ((A, B), (C,)); brackets and quotes keep what they hold together."""
    found = tuple(tuple(part.strip() for part in _split(one, " + ")) for one in _split(text, " | "))
    if any(not part for parts in found for part in parts):
        raise AddressError("an address is empty; blanks stand around '|' and '+'")
    return found


def parse_path(text: str) -> Path:
    """Steps divided by `/`; `.` alone is here."""
    if not text.strip():
        raise AddressError("an address is empty")
    if text == ".":
        return Path(())
    from_top, in_rows = text.startswith("/"), text.startswith("*/")
    rest = text[1:] if from_top else text[2:] if in_rows else text
    return Path(tuple(_step(step) for step in _split(rest, "/")), from_top, in_rows)


def checked(address: str, read: Callable[[str], T]) -> T:
    """What a format reads in an address; its AddressError names the address."""
    try:
        return read(address)
    except AddressError as error:
        raise AddressError(str(error), address) from error


def _step(text: str) -> Step:
    name, _, rest = text.partition("[")
    conditions: list[Condition] = []
    if "[" in text and not rest.endswith("]"):
        raise AddressError(f"'{text}' lacks its closing bracket")
    for group in rest[:-1].split("][") if rest else ():
        conditions += [_condition(one.strip()) for one in _split(group, ",")]
    if not name:
        raise AddressError(f"no name stands before '{text}'" if text else "a step is empty; '/' stands twice or last")
    return Step(name.strip(), tuple(conditions))


def _condition(text: str) -> Condition:
    if text.startswith("#"):
        if not text[1:].isascii() or not text[1:].isdigit() or int(text[1:]) < 1:
            raise AddressError(f"'[{text}]' must be '#' and a number from 1")
        return Condition(nth=int(text[1:]))
    if not text:
        raise AddressError("the brackets hold nothing")
    path, equals, value = text.partition("=")
    return Condition(path=parse_path(path.strip()), values=tuple(value.strip().split("|")) if equals else ())


def _split(text: str, mark: str) -> list[str]:
    """Pieces between marks that stand outside of brackets."""
    pieces, depth, start, at = [], 0, 0, 0
    while at < len(text):
        if text[at] in "[(":
            depth += 1
        elif text[at] in "])":
            depth -= 1
        elif not depth and text.startswith(mark, at):
            pieces.append(text[start:at])
            at += len(mark)
            start = at
            continue
        at += 1
    return [*pieces, text[start:]]
