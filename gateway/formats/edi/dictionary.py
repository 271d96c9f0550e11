"""What mappings need to know of a guide: composites, pairs, lengths and the order of segments when they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from msgspec.structs import replace

from gateway.formats.addresses import AddressError
from gateway.formats.edi.guide import UNLIMITED, Element, Guide, Usage, Use
from gateway.formats.edi.guide_shelf import Shelf, shipped_names
from gateway.formats.edi.segments import Standard

NOT_WRITTEN = frozenset({"ST", "SE", "UNH", "UNT"})


ITEM = "C212"
"""The composite of an item number and its kind, of which EDIFACT makes its pairs."""


class SetGuide:
    """The guide of a set in the release that a mapping names, with what its partner adds."""

    def __init__(self, guide: Guide, added: Mapping[str, Sequence[str]], own: Callable[[str], Guide] | None = None) -> None:
        self._guide, self._added, self._own = guide, added, own
        self._others: dict[str, Guide] = {}
        self._sequences: dict[tuple[str, ...], Sequence[str]] = {}
        self._composites: dict[tuple[str, int], bool] = {}
        self._pairs: dict[str, int] = {}
        self._longest: dict[tuple[str, int, int], int] = {}

    @property
    def standard(self) -> Standard:
        """Of which family the set is."""
        return self._guide.standard

    @property
    def set(self) -> str:
        """The set or message."""
        return self._guide.set

    @property
    def functional_id(self) -> str:
        """GS01; empty in EDIFACT."""
        return self._guide.group

    @cached_property
    def is_edifact(self) -> bool:
        """Whether pairs are composites and qualifiers often stand in one."""
        return self._guide.standard is Standard.EDIFACT

    def release(self, version: str) -> Guide:
        """The guide to read a set of this release by."""
        found = self._others.get(version)
        if found is None:
            guide = self._own(version) if self._own else Shelf().find(self._guide.standard, self._guide.set, version) or self._guide
            found = self._others[version] = _with(guide, self._added)
        return found

    def is_composite(self, tag: str, element: int) -> bool:
        """Whether an element has components."""
        key = (tag, element)
        known = self._composites.get(key)
        if known is None:
            found = self._element(tag, element)
            known = self._composites[key] = found is not None and bool(found.parts)
        return known

    def pairs_from(self, tag: str) -> int:
        """The element at which pairs of a kind and an id begin; 0 where a segment has none."""
        known = self._pairs.get(tag)
        if known is None:
            known = self._pairs[tag] = self._first_pair(tag)
        return known

    def _first_pair(self, tag: str) -> int:
        rule = self._guide.segments.get(tag)
        if rule is None:
            return 0
        places = (at for at, position in enumerate(rule.positions, 1) if position.element.number == ITEM)
        return rule.pairs or next(places, 0)

    def most(self, tag: str, element: int, component: int) -> int:
        """The longest value of a place; 0 where the guide does not say."""
        key = (tag, element, component)
        known = self._longest.get(key)
        if known is None:
            known = self._longest[key] = self._most(tag, element, component)
        return known

    def _most(self, tag: str, element: int, component: int) -> int:
        found = self._element(tag, element)
        if found is not None and found.parts:
            found = found.parts[component - 1].element if 0 < component <= len(found.parts) else None
        return found.longest if found is not None and found.longest != UNLIMITED and not found.kind.is_number else 0

    def sequence(self, loops: tuple[str, ...]) -> Sequence[str]:
        """Segments and loops below this way of loops, as they follow each other; a mandatory separator (UNS) ends with `!`."""
        found = self._sequences.get(loops)
        if found is None:
            found = self._sequences[loops] = _sequence(self._guide.root, loops)
        return found

    def _element(self, tag: str, element: int) -> Element | None:
        rule = self._guide.segments.get(tag)
        if rule is None or not 0 < element <= len(rule.positions):
            return None
        return rule.positions[element - 1].element


def known_sets(standard: Standard) -> Sequence[str]:
    """The sets or messages that mappings may name."""
    begins = f"{standard.value}/"
    return [name.removeprefix(begins).upper() for name in shipped_names() if name.startswith(begins)]


def guide_for(
    standard: Standard, type_: str, version: str, added: Mapping[str, Sequence[str]], own: Callable[[str], Guide] | None = None
) -> SetGuide:
    """The guide of a set; `added` are segments that a partner puts into its loops. AddressError where a loop is not known.

    `own` gives the partner's guide in a release, in place of ours.
    """
    guide = own(version) if own else Shelf().find(standard, type_, version)
    if guide is None:
        raise AddressError(f"there is no guide for {type_}")
    return SetGuide(_with(guide, added), added, own)


def _with(guide: Guide, added: Mapping[str, Sequence[str]]) -> Guide:
    """A guide with further segments in its loops."""
    if not added:
        return guide
    known = {use.tag for _, use in guide.uses() if use.is_loop}
    for loop in added:
        if loop not in known and loop != guide.set:
            raise AddressError(f"{guide.set} has no loop {loop}; it has {', '.join(sorted(known))}")
    root = _grown(guide.root, added, guide.set)
    return replace(guide, root=root)


def _grown(use: Use, added: Mapping[str, Sequence[str]], name: str) -> Use:
    items = tuple(_grown(item, added, item.tag) if item.is_loop and item is not use.items[0] else item for item in use.items)
    more = tuple(Use(tag, repeat=UNLIMITED, is_own=True) for tag in added.get(name, ()))
    return replace(use, items=(*items, *more))


def _sequence(root: Use, loops: tuple[str, ...]) -> Sequence[str]:
    at = root
    for name in loops:
        found = next((use for use in at.items if use.is_loop and use.tag == name and use is not at.items[0]), None)
        if found is None:
            return ()
        at = found
    items = at.items[1:] if loops else at.items
    return [
        f"{use.tag}!" if use.tag == "UNS" and use.usage in {Usage.MANDATORY, Usage.EXPECTED} else use.tag
        for use in items
        if use.tag not in NOT_WRITTEN
    ]
