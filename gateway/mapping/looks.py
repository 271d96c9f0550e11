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


class Asked(Struct, frozen=True):
    """What is asked of whatever has a look: a value at the end of a way; whether it is a word, or a list whose length counts.

    `value` is the one of the part from which the look was taken.
    """

    way: Way
    value: Any
    is_word: bool
    is_list: bool


class Look(Struct, frozen=True):
    """A look, written out: what is asked, in the order in which it can be, and what is known around."""

    asked: tuple[Asked, ...]
    around: Key


class Frame:
    """Documents that have the same parts and as many entries: what is known by key, and the way to each value."""

    def __init__(self, ways: Sequence[Way], inner: Pick | None, words: Pick | None) -> None:
        self.ways = tuple(ways)
        self.known: dict[Key, Any] = {}
        self.inner, self.words = inner, words


class Looks:
    """What rules have looked at so far, and all that looked the same to them."""

    def __init__(self) -> None:
        self.are_new = True
        """Whether nothing is known of any of them yet."""
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

    def look(self, part: Any, more: Key) -> tuple[Frame, Key, Values]:
        """The frame of a document or entry, by what is known around it as well; its key in it, and its values."""
        values = self._roots(part)
        key = more + tuple(map(type, values))
        if self._lists is not None:
            lists = self._lists(values)
            if any(lists):
                key += tuple([len(one) if one else 0 for one in lists])
        if self._words is not None:
            key += self._words(values)
        frame = self._frames.get(key)
        if frame is None:
            frame = self._new(values)
            if len(self._frames) < MOST:
                self._frames[key] = frame
        if frame.inner is None:
            return frame, (), values
        inner = frame.inner(values)
        key = tuple(map(type, inner))
        if frame.words is not None:
            key += frame.words(inner)
        return frame, key, values + inner

    def written_out(self, frame: Frame, values: Values, around: Key) -> Look:
        """What a look is, of a part with these values."""
        words, lists = self._seen.words, self._seen.lists
        asked = [
            Asked(way, value, tuple([one for one in way if isinstance(one, str)]) in words, len(way) == 1 and way[0] in lists)
            for way, value in zip(frame.ways, values, strict=True)
        ]
        return Look(tuple(asked), around)

    def _settle(self) -> None:
        seen = self._seen
        self._frames = {}
        self._names = tuple(seen.roots)
        self._roots = attributes(self._names)
        lists = [at for at, name in enumerate(self._names) if name in seen.lists]
        self._lists = items(lists) if lists else None
        words = [at for at, name in enumerate(self._names) if (name,) in seen.words]
        self._words = items(words) if words else None

    def _new(self, values: Values) -> Frame:
        """The frame of documents with such values at the root."""
        ways: list[Way] = []
        gets: list[Pick] = []
        for at, (name, value) in enumerate(zip(self._names, values, strict=True)):
            names = tuple(self._seen.inner.get(name, ()))
            if not value or not (names or name in self._seen.lists):
                continue
            if isinstance(value, Struct):
                gets.append(_inside(at, names))
                ways += [(name, inner) for inner in names]
            elif isinstance(value, tuple):
                gets.append(_entries(at, names))
                ways += [(name, one, inner) for one in range(len(value)) for inner in names] if names else _numbered(name, value)
            elif isinstance(value, dict):
                gets.append(_texts(at, names))
                ways += [(name, inner) for inner in names]
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


def _inside(at: int, names: Sequence[str]) -> Pick:
    """The values of a part, found among those at the root."""
    inside = attributes(names)
    return lambda values: inside(values[at])


def _entries(at: int, names: Sequence[str]) -> Pick:
    """The values of a list, or of its entries one behind the other."""
    if not names:
        return itemgetter(at)
    inside = attributes(names)
    return lambda values: tuple([value for entry in values[at] for value in inside(entry)])


def _texts(at: int, names: Sequence[str]) -> Pick:
    return lambda values: tuple([values[at].get(one) for one in names])


def _together(gets: Sequence[Pick]) -> Pick:
    if len(gets) == 2:
        first, second = gets
        return lambda values: (*first(values), *second(values))
    return lambda values: tuple([value for get in gets for value in get(values)])
