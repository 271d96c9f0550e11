"""XML addresses, compiled: one walk over the children of an element fills the slots of its group.

Only `**` and addresses from the top need a walk of their own; they are asked for when nothing else gave the value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from lxml import etree

from gateway.formats.addresses import AddressError, Path, Step, checked, parse_path
from gateway.formats.base import Collect, Raw, Scan, Search, Shape, Unread, Want
from gateway.formats.in_rows import with_rows
from gateway.formats.xml_names import Names, position, text_of
from gateway.formats.xml_place import PENDING, Placer
from gateway.formats.xml_tries import Element, Reads, Trie, below, has, level, select
from gateway.formats.xml_walk import Tables, walk


class XmlPlan:
    """All addresses of one group in XML."""

    def __init__(
        self, names: Names, unread: Unread, wants: Sequence[Want], *, kin: Sequence[Trie] = (), inner: Sequence[Reads] = ()
    ) -> None:
        self._names = names
        self._unread = unread
        self.is_strict = unread in {Unread.KEEP, Unread.REFUSE}  # even an attribute of a plain value is told when no rule reads it
        self._wants = tuple(wants)
        self._paths = tuple(checked(want.address, self._checked) for want in wants)
        self._kin, self._siblings = kin, inner
        self.trie = Trie()
        searches: dict[int, Search] = {}
        for index, (want, path) in enumerate(zip(wants, self._paths, strict=True)):
            if path.from_top or any(step.name == "**" for step in path.steps):
                searches[index] = partial(self._search, path, want.shape)
            elif not path.in_rows:
                self._insert(index, want, path)
        self._searches = MappingProxyType(searches)
        self._placer = Placer(names, self._wants, self._paths)
        self._tables = Tables(self)

    @property
    def searches(self) -> Mapping[int, Search]:
        """Wants with `**` or from the top."""
        return self._searches

    @property
    def names(self) -> Names:
        """How names are compared here."""
        return self._names

    @property
    def unread(self) -> Unread:
        """What to do with what no rule reads."""
        return self._unread

    def bind(self, scan: Scan) -> Collect:
        """The walk of this file."""
        picks = [(index, self._row_pick(path)) for index, path in enumerate(self._paths) if path.in_rows]
        return with_rows(walk(self._tables, len(self._wants), scan.odd), picks, scan)

    def inside(self, index: int, wants: Sequence[Want]) -> XmlPlan:
        """The plan of a group below; it and the rules around know what the other reads of the same element."""
        path = self._paths[index]
        if not path.steps:
            plan = XmlPlan(self._names, self._unread, wants, kin=[self.trie, *self._kin], inner=self._siblings)
            self._siblings = [*self._siblings, plan]
            self._tables.forget()
            return plan
        if index in self._searches or path.in_rows:
            return XmlPlan(self._names, self._unread, wants)
        trie = self.trie
        for step in path.steps[:-1]:
            trie = trie.branch(self._names.key(step.name)).trie
        branch = trie.branch(self._names.key(path.steps[-1].name))
        plan = XmlPlan(self._names, self._unread, wants, kin=[branch.trie], inner=branch.inner)
        branch.inner.append(plan)
        return plan

    def knows(self, key: str) -> bool:
        """Whether a rule reads children or attributes of this name, here or in a group on the same element."""
        return any(has(trie, key) for trie in (self.trie, *self._kin)) or any(has(plan.trie, key) for plan in self._siblings)

    def where(self, node: Element, index: int | None, scan: Scan) -> str:
        """The path of the wanted element, or of the nearest that stands, with its line."""
        if index is None:
            return position(node, scan)
        path = self._paths[index]
        found = node
        for step in path.steps:
            name = step.name.removeprefix("@")
            nearer = next((one for one in level(self._names, found, Step(name, step.conditions))), None) if name != "**" else None
            if nearer is None or isinstance(nearer, str):
                break
            found = nearer
        return position(found, scan)

    def place(self, values: Sequence[Raw]) -> Element | None:
        """An element without a name yet; its parent or the writer names it."""
        return self._placer.place(values)

    def empty(self) -> Element:
        """An element without content."""
        return etree.Element(PENDING)

    def record(self, node: Element) -> int:
        """Elements are told by their line."""
        return int(node.sourceline or 0)

    def _checked(self, address: str) -> Path:
        path = parse_path(address)
        for number, step in enumerate(path.steps):
            if step.name.startswith("@") and number != len(path.steps) - 1:
                raise AddressError(f"an attribute ({step.name}) ends an address")
            if step.name not in {"**", "."}:
                self._names.key(step.name)
        return path

    def _insert(self, index: int, want: Want, path: Path) -> None:
        trie = self.trie
        if not path.steps:
            trie.own = (index, want)
            return
        for step in path.steps[:-1]:
            branch = trie.branch(self._names.key(step.name))
            trie = below(branch, step)
        last = path.steps[-1]
        if last.name.startswith("@"):
            if want.shape in {Shape.GROUP, Shape.GROUPS}:
                raise AddressError(f"{last.name} is an attribute, it holds no group", want.address)
            trie.attributes[self._names.key(last.name)] = (index, want)
        else:
            trie.branch(self._names.key(last.name)).targets.append((index, want, last))

    def _row_pick(self, path: Path) -> Callable[[Element], str | None]:
        def pick(row: Element) -> str | None:
            found = next(select(self._names, row, path.steps), None)
            return None if found is None else text_of(found)

        return pick

    def _search(self, path: Path, shape: Shape, node: Element, slots: Sequence[Raw]) -> Raw:
        if not path.from_top and not slots[-1]:
            return None  # the walk met nothing but plain values
        start = self._names.top(node) if path.from_top else node
        found = select(self._names, start, path.steps)
        if shape is Shape.GROUPS:
            return [one for one in found if not isinstance(one, str)]
        if shape is Shape.VALUES:
            return [text_of(one) for one in found]
        first = next(iter(found), None)
        return first if shape is Shape.GROUP or first is None else text_of(first)
