"""How a document (or an entry of a list) looks to its rules: a key that is cheap to make, and its values in a fixed order.

Two that have the same key are written alike, but for the values that are cells to all rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter, itemgetter
from typing import Any

from msgspec import Struct

from gateway.mapping.sight import NUMBER, Seen, Way

Key = tuple[Any, ...]
Values = tuple[Any, ...]
Pick = Callable[[Any], Values]
MOST = 256
"""So many different looks are known; after that no more are learned."""


class Frame:
    """Documents that have the same parts and as many entries: what is known by key, and the way to each value."""

    def __init__(self, ways: Sequence[Way], inner: Callable[[Any], Values] | None, words: Pick | None) -> None:
        self.ways = tuple(ways)
        self.known: dict[Key, Any] = {}
        self._inner, self._words = inner, words

    def look(self, part: Any, values: Values) -> tuple[Key, Values]:
        """The key and all values, given those at the root."""
        if self._inner is None:
            return (), values
        more = self._inner(part)
        key = (*map(type, more), *self._words(more)) if self._words is not None else tuple(map(type, more))
        return key, values + more


class Looks:
    """What rules have looked at so far, and all that looked the same to them."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._frames: dict[Key, Frame] = {}
        self._settle()

    def widen(self, seen: Seen) -> bool:
        """Rules have looked at this; whether they had not before, and all keys are others."""
        is_new = self._seen.joined(seen)
        if is_new:
            self._settle()
        return is_new

    def forget(self) -> None:
        """Begin again with the same names."""
        self._frames.clear()

    def frame(self, part: Any, more: Key) -> tuple[Frame, Values]:
        """The frame of a document or entry, by what is known around it as well; and the values at the root."""
        values = self._roots(part)
        key = (*more, *map(type, values))
        if self._lists is not None:
            key += tuple([len(one) if one else 0 for one in self._lists(part)])
        if self._words is not None:
            key += self._words(values)
        frame = self._frames.get(key)
        if frame is None:
            frame = self._new(part)
            if len(self._frames) < MOST:
                self._frames[key] = frame
        return frame, values

    def _settle(self) -> None:
        seen = self._seen
        self._frames = {}
        self._names = tuple(seen.roots)
        self._roots = attributes(self._names)
        self._lists = attributes(tuple(seen.lists)) if seen.lists else None
        words = [at for at, name in enumerate(self._names) if (name,) in seen.words]
        self._words = items(words) if words else None

    def _new(self, part: Any) -> Frame:
        """The frame of documents like this one."""
        dotted: list[str] = []
        ways: list[Way] = []
        gets: list[Callable[[Any], Values]] = []
        further: list[Way] = []
        for name in self._names:
            value, names = getattr(part, name), tuple(self._seen.inner.get(name, ()))
            if isinstance(value, Struct):
                dotted += [f"{name}.{inner}" for inner in names]
                ways += [(name, inner) for inner in names]
            elif isinstance(value, tuple) and name in self._seen.lists and value:
                gets.append(_entries(name, names))
                further += [(name, at, inner) for at in range(len(value)) for inner in names] if names else _numbered(name, value)
            elif isinstance(value, dict):
                gets.append(_texts(name, names))
                further += [(name, inner) for inner in names]
        ways += further
        if dotted:
            gets.insert(0, attributes(tuple(dotted)))
        words = [at for at, way in enumerate(ways) if tuple(one for one in way if isinstance(one, str)) in self._seen.words]
        inner = None if not gets else gets[0] if len(gets) == 1 else _together(tuple(gets))
        return Frame((*((name,) for name in self._names), *ways, NUMBER), inner, items(words) if words else None)


def attributes(names: Sequence[str]) -> Callable[[Any], Values]:
    """These attributes, always as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda part: ()
    only = attrgetter(*names)
    return lambda part: (only(part),)


def items(places: Sequence[int]) -> Pick:
    """What stands in these places, always as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    if not places:
        return lambda values: ()
    only = places[0]
    return lambda values: (values[only],)


def _numbered(name: str, values: Sequence[Any]) -> Iterator[Way]:
    return ((name, at) for at in range(len(values)))


def _entries(name: str, names: Sequence[str]) -> Callable[[Any], Values]:
    """The values of a list, or of its entries one behind the other."""
    if not names:
        get: Callable[[Any], Values] = attrgetter(name)
        return get
    inside = attributes(names)
    return lambda part: tuple([value for entry in getattr(part, name) for value in inside(entry)])


def _texts(name: str, names: Sequence[str]) -> Callable[[Any], Values]:
    return lambda part: tuple([getattr(part, name).get(one) for one in names])


def _together(gets: Sequence[Callable[[Any], Values]]) -> Callable[[Any], Values]:
    return lambda part: tuple([value for get in gets for value in get(part)])
