"""What rules look at while a document is written: stand-ins for a document and its values, which note every question.

A rule that only hands a value on asks nothing of it: it is a cell, and any value may stand there. What is asked of a value itself
(a condition, a text that is put together) is answered, and makes the value a word: documents with another one are others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from gateway.mapping.stains import Unlike

Way = tuple[str | int, ...]
"""`number`, `ship_to city`, `messages 0`, `charges 1 amount`: from the document, or the entry of a list, to a value."""
NUMBER: Way = ("$n",)
"""In place of a way: the number of the document, or of the entry in its list."""
GIVEN = "$given"
"""The beginning of a way that leads to a value of the file."""


class Seen(Struct):
    """The names at the root that were asked for, and those inside of parts, of entries of lists, and of free texts; which hold lists;
    and the words, by their names without numbers of entries.
    """

    roots: dict[str, None] = field(default_factory=dict)
    inner: dict[str, dict[str, None]] = field(default_factory=dict)
    lists: dict[str, None] = field(default_factory=dict)
    words: dict[Way, None] = field(default_factory=dict)

    def joined(self, other: Seen) -> bool:
        """Take in what another one has seen; whether there was anything new."""
        before = self._size()
        self.roots |= other.roots
        for name, names in other.inner.items():
            self.inner.setdefault(name, {}).update(names)
        self.lists |= other.lists
        self.words |= other.words
        return self._size() > before

    def _size(self) -> int:
        return len(self.roots) + len(self.inner) + sum(map(len, self.inner.values())) + len(self.lists) + len(self.words)


class Cell:
    """One value on its way through the rules; `maker` is whoever makes a stencil."""

    __slots__ = ("maker", "value", "way")

    def __init__(self, maker: Any, way: Way, value: Any) -> None:
        self.maker, self.way, self.value = maker, way, value

    def told(self) -> Any:
        """The value itself, from now on a word."""
        if self.way == NUMBER:
            raise Unlike("the number of a document decides")
        self.maker.seen.words[tuple(one for one in self.way if isinstance(one, str))] = None
        return self.value

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str | tuple) and not other:
            return False  # nothing of what is seen is empty
        if type(other) is not type(self.value):
            raise Unlike("a comparison of two kinds")
        return bool(self.told() == other)

    __hash__ = None  # type: ignore[assignment]

    def __gt__(self, other: Any) -> bool:
        return bool(self.told() > other)

    def __lt__(self, other: Any) -> bool:
        return bool(self.told() < other)

    def __bool__(self) -> bool:
        return bool(self.told())

    def __str__(self) -> str:
        return str(self.told())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise Unlike(name)
        return getattr(self.told(), name)


class GivenCell(Cell):
    """A value of the file itself, by its whole name (`batch.number`)."""

    __slots__ = ()

    def __init__(self, maker: Any, name: str, value: Any) -> None:
        super().__init__(maker, (GIVEN, name), value)

    def told(self) -> Any:
        """Nothing may depend on it: it is another one in the next file."""
        raise Unlike("a value of the file decides")


class Watched:
    """A document, an entry of its lists, or a part of either: answers by cells."""

    def __init__(self, maker: Any, part: Any, way: Way = ()) -> None:
        self._maker, self._part, self._way = maker, part, way

    @property
    def watched(self) -> Any:
        """What it stands for."""
        return self._part

    @property
    def is_root(self) -> bool:
        """Whether it stands for all that a stencil is for."""
        return not self._way

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._part, name)
        seen: Seen = self._maker.seen
        way = (*self._way, name)
        names = [one for one in way if isinstance(one, str)]
        if len(names) == 1:
            seen.roots[name] = None
        else:
            seen.inner.setdefault(names[0], {})[name] = None
        return self._stand_in(value, way, seen)

    def _stand_in(self, value: Any, way: Way, seen: Seen) -> Any:
        if value is None:
            return None
        if isinstance(value, Struct | tuple | dict) and len(way) > 1:
            raise Unlike("a part of a part")
        if isinstance(value, tuple):
            seen.lists[str(way[0])] = None
            return tuple([self._entry(one, (*way, number)) for number, one in enumerate(value)])
        if isinstance(value, dict):
            seen.lists[str(way[0])] = None
            return Texts(self._maker, value, way)
        if isinstance(value, Struct):
            return Watched(self._maker, value, way)
        return self._cell(value, way)

    def _entry(self, value: Any, way: Way) -> Any:
        return Watched(self._maker, value, way) if isinstance(value, Struct) else self._cell(value, way)

    def _cell(self, value: Any, way: Way) -> Cell:
        if value == "" or value is None:
            raise Unlike("a value that is empty")
        return Cell(self._maker, way, value)


class Texts(dict[str, Any]):
    """The free texts of a document."""

    def __init__(self, maker: Any, texts: Mapping[str, str], way: Way) -> None:
        super().__init__(texts)
        self._maker, self._way = maker, way

    def __bool__(self) -> bool:
        return True

    def get(self, key: str, default: Any = None) -> Any:
        """A text by its name, as a cell."""
        self._maker.seen.inner.setdefault(str(self._way[0]), {})[key] = None
        value = super().get(key, default)
        if value == "":
            raise Unlike("a value that is empty")
        return None if value is None else Cell(self._maker, (*self._way, key), value)


class Around:
    """The document around the entry that a stencil is for: what is asked of it is the same for all its entries, and a word."""

    def __init__(self, document: Any, asked: dict[str, None]) -> None:
        self._document, self._asked = document, asked

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._document, name)
        if isinstance(value, Struct | tuple | dict):
            raise Unlike("a part of the document around")
        self._asked[name] = None
        return value
