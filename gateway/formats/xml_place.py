"""Placing values into XML: elements in the order of the rules, children together under their parent, constants last.

A constant is written only where something else stands in the same element or group, unless it stands alone by wish.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree

from gateway.formats.addresses import Path, Step
from gateway.formats.base import Raw, Shape, Want
from gateway.formats.xml_names import Names

Element = Any
PENDING = "pending"  # the name of a placed group until its parent names it


class _Spot:
    """One element or attribute of the picture of a group, with what is put there."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.wants: list[tuple[int, Want]] = []
        self.below: list[_Spot] = []

    def spot(self, step: Step) -> _Spot:
        """The spot of a step below, made when first named."""
        for one in self.below:
            if one.step == step:
                return one
        self.below.append(_Spot(step))
        return self.below[-1]


class Placer:
    """The picture of a group, filled anew for each entry."""

    def __init__(self, names: Names, wants: Sequence[Want], paths: Sequence[Path]) -> None:
        self._names = names
        self._top = _Spot(Step(""))
        for index, (want, path) in enumerate(zip(wants, paths, strict=True)):
            if path.from_top or path.in_rows or any(step.name == "**" for step in path.steps):
                continue
            spot = self._top
            for step in path.steps:
                spot = spot.spot(step)
            spot.wants.append((index, want))

    def place(self, values: Sequence[Raw]) -> Element | None:
        """The filled element, or nothing."""
        element = etree.Element(PENDING)
        stands = self._fill(element, self._top, values)
        if not stands:
            return None
        return element

    def _fill(self, element: Element, spot: _Spot, values: Sequence[Raw]) -> bool:
        """Put what belongs here; whether anything but constants stands now."""
        stands = False
        constants: list[tuple[int, Want, Step | None]] = []
        for index, want in spot.wants:
            value = values[index]
            if value is None:
                continue
            if want.constant and not want.alone:
                constants.append((index, want, None))
            else:
                stands |= self._own(element, want, value[0] if isinstance(value, list) else value)
        for below in spot.below:
            stands |= self._below(element, below, values, constants)
        if stands:
            self._constants(element, spot, values, constants)
        return stands

    def _below(self, element: Element, below: _Spot, values: Sequence[Raw], constants: list[tuple[int, Want, Step | None]]) -> bool:
        given = [(index, want) for index, want in below.wants if values[index] is not None]
        if not below.below and given and all(want.constant and not want.alone for _, want in given):
            constants.append((*given[0], below.step))
            return False
        if below.step.name.startswith("@"):
            for index, _ in given:
                element.set(self._names.tag(below.step.name), values[index])
            return bool(given)
        stands = False
        for index, want in given:
            if want.shape in {Shape.VALUES, Shape.GROUPS}:
                stands = stands or not values[index]  # an empty list is given only where its container is to be kept
                for one in values[index]:
                    if one is not None:
                        child = self._child(element, below.step)
                        self._own(child, want, one)
                        stands = True
        single = [(index, want) for index, want in given if want.shape in {Shape.VALUE, Shape.GROUP}]
        if single or below.below:
            child = self._child(element, below.step)
            picture = _Spot(below.step)
            picture.wants, picture.below = single, below.below
            if self._fill(child, picture, values):
                stands = True
            else:
                element.remove(child)
        return stands

    def _own(self, element: Element, want: Want, value: Raw) -> bool:
        if isinstance(value, str):
            element.text = value
        elif value is not None:
            element.text = value.text
            for name, text in value.items():
                element.set(name, text)
            for child in list(value):
                element.append(child)
        return True

    def _constants(self, element: Element, spot: _Spot, values: Sequence[Raw], constants: Sequence[tuple[int, Want, Step | None]]) -> None:
        order = {id(below.step): number for number, below in enumerate(spot.below)}
        for index, _, step in constants:
            if step is None:
                element.text = element.text or values[index]
            elif step.name.startswith("@"):
                element.set(self._names.tag(step.name), values[index])
            else:
                child = self._child(element, step)
                child.text = values[index]
                later = {self._names.tag(below.step.name) for below in spot.below[order[id(step)] + 1 :]}
                following = next((one for one in element if one is not child and one.tag in later), None)
                if following is not None:
                    following.addprevious(child)
        if any(step is not None and step.name.startswith("@") for _, _, step in constants):
            given = dict(element.items())
            ordered = [self._names.tag(below.step.name) for below in spot.below if below.step.name.startswith("@")]
            element.attrib.clear()
            element.attrib.update({name: given[name] for name in (*(one for one in ordered if one in given), *given)})

    def _child(self, element: Element, step: Step) -> Element:
        """A new child, with what its conditions ask for."""
        child = etree.SubElement(element, self._names.tag(step.name))
        for test in step.tests:
            if test.path is None or not test.values or len(test.path.steps) != 1:
                continue
            name = test.path.steps[0].name
            if name.startswith("@"):
                child.set(self._names.tag(name), test.values[0])
            else:
                shown: Element = etree.SubElement(child, self._names.tag(name))
                shown.text = test.values[0]
        return child
