"""What a segment is, and how its elements are taken apart; nothing is split before it is asked for.

A segment is the plain list that `str.split` gives: the tag, then its elements as text with their component and repetition separators
still inside. Where an EDIFACT segment held a release character, elements with a separator in their data are taken apart already: a
tuple of components, or a list of repetitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, TypeAlias

from msgspec import Struct

Element: TypeAlias = str | tuple[str, ...] | list[Any]
Segment: TypeAlias = list[Any]  # a list[str] nearly always; only the functions below know what else an item may be


class Standard(StrEnum):
    """The two families of interchanges."""

    X12 = "x12"
    EDIFACT = "edifact"


class Delimiters(Struct, frozen=True):
    """The service characters of one interchange; empty where there is none."""

    element: str
    component: str
    terminator: str
    repetition: str = ""
    release: str = ""
    decimal: str = "."


class Uncut(Struct, frozen=True, gc=False):
    """The segments of a set in plain letters, with what stands between two of them, not taken apart yet."""

    text: str
    separator: str
    element: str

    def segments(self) -> list[Segment]:
        """The segments."""
        element = self.element
        return [piece.split(element) for piece in self.text.split(self.separator)]

    @property
    def first(self) -> Segment:
        """The first of them."""
        return self.text[: self.text.find(self.separator)].split(self.element)

    @property
    def last(self) -> Segment:
        """The last of them."""
        return self.text[self.text.rfind(self.separator) + len(self.separator) :].split(self.element)


def tag_of(segment: Segment) -> str:
    """The segment id."""
    tag: str = segment[0]
    return tag


def element_of(segment: Segment, number: int) -> Element:
    """Element `number`, from 1; empty where the sender left it out."""
    element: Element = segment[number] if number < len(segment) else ""
    return element


def text_of(segment: Segment, number: int, delimiters: Delimiters) -> str:
    """Element `number` as one text, with its separators; for simple elements and for what people read."""
    element = element_of(segment, number)
    return element if isinstance(element, str) else as_text(element, delimiters)


def as_text(element: Element, delimiters: Delimiters) -> str:
    """An element as one text: what was released stands bare, as people read it."""
    if isinstance(element, str):
        return element
    if isinstance(element, tuple):
        return delimiters.component.join(element)
    return delimiters.repetition.join(as_text(one, delimiters) for one in element)


def repetitions(element: Element, delimiters: Delimiters) -> Sequence[Element]:
    """The repetitions of an element, one where it is not repeated."""
    if isinstance(element, list):
        return element
    if isinstance(element, str) and delimiters.repetition and delimiters.repetition in element:
        return element.split(delimiters.repetition)
    return (element,)


def components(element: Element, delimiters: Delimiters) -> Sequence[str]:
    """The components of an element (of its first repetition), one where it is simple."""
    first: str | tuple[str, ...] = element[0] if isinstance(element, list) else element
    if isinstance(first, tuple):
        return first
    if delimiters.repetition and delimiters.repetition in first:
        first = first.partition(delimiters.repetition)[0]
    return first.split(delimiters.component) if delimiters.component and delimiters.component in first else (first,)


def component(element: Element, number: int, delimiters: Delimiters) -> str | None:
    """Component `number` of an element, from 1; None where it is not there or empty."""
    parts = components(element, delimiters)
    return (parts[number - 1] or None) if number <= len(parts) else None
