"""XML addresses, compiled: one walk over the children of an element fills the slots of its group.

Only `**` and addresses from the top need a walk of their own; they are asked for when nothing else gave the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from lxml import etree

from gateway.formats.addresses import AddressError, Condition, Path, Step, checked, parse_path
from gateway.formats.base import Broken, Collect, Oddity, Raw, Scan, Search, Shape, Unread, Want
from gateway.formats.in_rows import with_rows
from gateway.formats.xml_names import Names, attributes_of, local_name, position, text_of
from gateway.formats.xml_place import PENDING, Placer

Element = Any  # lxml's element; its stubs tell names apart that the walk does not
Act = Callable[[Element, list[Raw], int, list[Oddity]], None]
CACHED_NAMES = 1_000
_HOLDING = etree.XPath("descendant::*[* or @*]")  # only what holds something can have or show something
_QUIET = (
    "{http://www.w3.org/2001/XMLSchema-instance}",
    "{http://www.w3.org/XML/1998/namespace}",
    "{http://schemas.xmlsoap.org/soap/envelope/}",
)


class Branch:
    """What is wanted of the children with one name."""

    def __init__(self) -> None:
        self.targets: list[tuple[int, Want, Step]] = []
        self.trie = Trie()
        self.inner: list[XmlPlan] = []
        self.step_of_trie: list[tuple[Step, Trie]] = []


class Trie:
    """Wants of one element: by child, by attribute, and its own text."""

    def __init__(self) -> None:
        self.children: dict[str, Branch] = {}
        self.attributes: dict[str, tuple[int, Want]] = {}
        self.own: tuple[int, Want] | None = None

    def branch(self, name: str) -> Branch:
        """The branch of a child."""
        return self.children.setdefault(name, Branch())


def trie_of(names: Names, address: str) -> Trie:
    """A trie that only knows an address, so that what others read is not told as unread."""
    trie = Trie()
    path = parse_path(address)
    if path.steps and path.steps[0].name != "**":
        trie.branch(names.key(path.steps[0].name))
    return trie


class XmlPlan:
    """All addresses of one group in XML."""

    def __init__(
        self, names: Names, unread: Unread, wants: Sequence[Want], *, kin: Sequence[Trie] = (), inner: Sequence[XmlPlan] = ()
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
        self._tables = _Tables(self)

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
        return with_rows(_walk(self._tables, len(self._wants), scan.odd), picks, scan)

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
        return any(_has(trie, key) for trie in (self.trie, *self._kin)) or any(_has(plan.trie, key) for plan in self._siblings)

    def where(self, node: Element, index: int | None, scan: Scan) -> str:
        """The path of the wanted element, or of the nearest that stands, with its line."""
        if index is None:
            return position(node, scan)
        path = self._paths[index]
        found = node
        for step in path.steps:
            name = step.name.removeprefix("@")
            nearer = next((one for one in _level(self._names, found, Step(name, step.conditions))), None) if name != "**" else None
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
            trie = _below(branch, step)
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


def select(names: Names, node: Element, steps: Sequence[Step]) -> Iterator[Any]:
    """Everything a path leads to, elements or attribute values, in document order; a walk of its own."""
    if not steps:
        yield node
        return
    step, rest = steps[0], steps[1:]
    if step.name == "**":
        if step.conditions or not rest:
            below = (one for one in _HOLDING(node) if matches(names, one, step.tests))
            for one in _nth(below, step.nth):
                yield from select(names, one, rest)
        else:
            for one in (node, *node.iterdescendants()):
                if isinstance(one.tag, str):
                    yield from select(names, one, rest)
        return
    for one in _level(names, node, step):
        if rest and isinstance(one, str):
            continue
        yield from select(names, one, rest) if rest else (one,)


def matches(names: Names, node: Element, tests: Sequence[Condition]) -> bool:
    """Whether an element has or shows what the brackets ask for."""
    for test in tests:
        path = test.path or Path(())
        found = select(names, node, path.steps)
        if not test.values:
            if next(found, None) is None:
                return False
        elif not any((text_of(one) or "").strip() in test.values for one in found):
            return False
    return True


def _level(names: Names, node: Element, step: Step) -> Iterator[Any]:
    """Children, or an attribute, that a step names."""
    key = names.key(step.name)
    if step.name.startswith("@") or names.is_loose:
        for name, value in attributes_of(node):
            if names.attribute(name) == key:
                yield value
    if not step.name.startswith("@"):
        named = (one for one in node if isinstance(one.tag, str) and names.same(one.tag, key) and matches(names, one, step.tests))
        yield from _nth(named, step.nth)


def _nth(found: Iterator[Element], number: int) -> Iterator[Element]:
    return (one for count, one in enumerate(found, 1) if count == number) if number else found


def _has(trie: Trie, key: str) -> bool:
    return key in trie.children or key in trie.attributes


def _below(branch: Branch, step: Step) -> Trie:
    """The trie below a step; steps with other conditions have their own."""
    if not step.conditions:
        return branch.trie
    for known, trie in branch.step_of_trie:
        if known.conditions == step.conditions:
            return trie
    branch.step_of_trie.append((step, Trie()))
    return branch.step_of_trie[-1][1]


# --- the walk


class _Tables:
    """Raw names to actions, found out once and remembered."""

    def __init__(self, plan: XmlPlan, trie: Trie | None = None, *, quiet: bool = False) -> None:
        self.plan, self.trie, self.quiet = plan, trie or plan.trie, quiet
        self.forget()

    def forget(self) -> None:
        """Begin anew: another group reads of the same element."""
        self.children = _Remembered(self._child)
        self.attributes = _Remembered(self._attribute)
        self.own = self.trie.own

    def _child(self, tag: Any) -> tuple[int, Act | None]:
        if not isinstance(tag, str):
            raise Broken("an entity other than the five of XML is used")
        branch = next((self.trie.children[key] for key in self.plan.names.keys(tag) if key in self.trie.children), None)
        if branch is not None:
            return _action(self.plan, branch)
        if self.plan.names.is_loose and (found := self.trie.attributes.get(self.plan.names.keys(tag)[0])) is not None:
            return (found[0], None if found[1].shape is Shape.VALUE else _TAKES[found[1].shape])
        known = self.quiet or tag.startswith(_QUIET) or any(self.plan.knows(key) for key in self.plan.names.keys(tag))
        return (-1, _skip if known or self.plan.unread is Unread.IGNORE else partial(_unread, local_name(tag)))

    def _attribute(self, name: Any) -> tuple[int, Act | None]:
        key = self.plan.names.attribute(name)
        found = self.trie.attributes.get(key)
        if found is None and self.plan.names.is_loose:
            targets = self.trie.children[key].targets if key in self.trie.children else []
            found = next(((index, want) for index, want, _ in targets if want.shape in {Shape.VALUE, Shape.VALUES}), None)
        if found is not None:
            return (found[0], None if found[1].shape is Shape.VALUE else _skip)
        known = self.quiet or name.startswith(_QUIET) or self.plan.knows(key) or self.plan.unread is Unread.IGNORE
        return (-1 if known else -2, None)


class _Remembered(dict[Any, tuple[int, Any]]):
    """A table that asks once for each name; made-up names do not fill the memory."""

    def __init__(self, ask: Callable[[Any], tuple[int, Any]]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, name: Any) -> tuple[int, Any]:
        answer = self._ask(name)
        if len(self) < CACHED_NAMES:
            self[name] = answer
        return answer


def _walk(tables: _Tables, width: int, odd: list[Oddity]) -> Collect:
    """One pass over attributes and children; the hottest loop of reading XML.

    The slot behind the last tells whether more than plain values stood there.
    """
    children = tables.children
    blank: list[Raw] = [None] * (width + 1)
    take_attributes = _attributes(tables, odd)
    is_strict = tables.plan.is_strict

    def collect(node: Element) -> list[Raw]:
        slots = blank.copy()
        if items := node.items():
            take_attributes(items, slots)
        for child in node:
            index, act = children[child.tag]
            if act is not None:
                act(child, slots, index, odd)
            elif slots[index] is None and not len(child):
                slots[index] = child.text
                if is_strict and child.keys():
                    _unread_attributes(child, slots, odd)
            else:
                _again(child, slots, index, odd)
                slots[-1] = True
        if tables.own is not None:
            slots[tables.own[0]] = [node] if tables.own[1].shape is Shape.GROUPS else _own(node, tables.own, odd)
        return slots

    return collect


def _attributes(tables: _Tables, odd: list[Oddity]) -> Callable[[Sequence[tuple[str, str]], list[Raw]], None]:
    table = tables.attributes

    def take(items: Sequence[tuple[str, str]], slots: list[Raw]) -> None:
        for name, value in items:
            index, many = table[name]
            if index >= 0:
                if many is not None:
                    slots[index] = [*(slots[index] or ()), value]
                elif slots[index] is None:
                    slots[index] = value
            elif index == -2:
                odd.append(Oddity("unread", name="@" + local_name(name), value=value))

    return take


def _own(node: Element, own: tuple[int, Want], odd: list[Oddity]) -> Raw:
    if own[1].shape is Shape.GROUP:
        return node
    text = "".join((node.text or "", *(child.tail or "" for child in node))) if len(node) else node.text  # `.` asks for the own text
    return [text] if own[1].shape is Shape.VALUES else text


def _again(child: Element, slots: list[Raw], index: int, odd: list[Oddity]) -> None:
    """A value that stands twice, or holds elements."""
    if len(child):
        odd.append(Oddity("mixed", index, value=(child.text or "").strip()[:80]))
    elif (child.text or "").strip():
        odd.append(Oddity("repeated", index, value=child.text.strip()[:80]))


def _skip(child: Element, slots: list[Raw], index: int, odd: list[Oddity]) -> None:
    """A name that other rules read, or nobody asks for."""
    slots[-1] = True


def _unread(name: str, child: Element, slots: list[Raw], index: int, odd: list[Oddity]) -> None:
    slots[-1] = True
    if not len(child):
        odd.append(Oddity("unread", name=name, value=(child.text or "").strip(), where=f"line {child.sourceline}"))
        return
    for one in child.iterdescendants():
        if not len(one) and isinstance(one.tag, str):
            path = "/".join(local_name(above.tag) for above in _chain(one, child))
            odd.append(Oddity("unread", name=path, value=(one.text or "").strip(), where=f"line {one.sourceline}"))
    for key, value in child.items():
        odd.append(Oddity("unread", name=f"{name}/@{local_name(key)}", value=value, where=f"line {child.sourceline}"))


def _unread_attributes(child: Element, slots: list[Raw], odd: list[Oddity]) -> None:
    """Attributes of a plain value, which no rule reads."""
    for name, value in child.items():
        slots[-1] = True
        odd.append(Oddity("unread", name=f"{local_name(child.tag)}/@{local_name(name)}", value=value))


def _chain(one: Element, top: Element) -> list[Element]:
    chain = [one]
    while chain[-1] is not top:
        chain.append(chain[-1].getparent())
    return chain[::-1]


def _action(plan: XmlPlan, branch: Branch) -> tuple[int, Act | None]:
    """The fastest way to obey a branch; (index, None) is a plain single value."""
    has_trie = _wanted(branch.trie)
    if len(branch.targets) == 1 and not has_trie and not branch.step_of_trie:
        index, want, step = branch.targets[0]
        if not step.conditions and want.shape is Shape.VALUE:
            return (index, None)
        if not step.conditions and want.shape is not Shape.VALUE:
            return (index, _TAKES[want.shape])
    return (-1, _General(plan, branch))


def _wanted(trie: Trie) -> bool:
    return bool(trie.children or trie.attributes or trie.own)


def _take_values(child: Element, slots: list[Raw], index: int, odd: list[Oddity]) -> None:
    if len(child):
        odd.append(Oddity("mixed", index, value=(child.text or "").strip()[:80]))
    elif slots[index] is None:
        slots[index] = [child.text]
    else:
        slots[index].append(child.text)


def _take_group(child: Element, slots: list[Raw], index: int, odd: list[Oddity]) -> None:
    slots[-1] = True
    if slots[index] is None:
        slots[index] = child
    else:
        odd.append(Oddity("repeated", index, where=f"line {child.sourceline}"))


def _take_groups(child: Element, slots: list[Raw], index: int, odd: list[Oddity]) -> None:
    slots[-1] = True
    if slots[index] is None:
        slots[index] = [child]
    else:
        slots[index].append(child)


def _take_value(child: Element, slots: list[Raw], index: int, odd: list[Oddity]) -> None:
    if slots[index] is None and not len(child):
        slots[index] = child.text
    else:
        _again(child, slots, index, odd)


_TAKES: Mapping[Shape, Act] = {Shape.VALUE: _take_value, Shape.VALUES: _take_values, Shape.GROUP: _take_group, Shape.GROUPS: _take_groups}


class _General:
    """A branch with conditions, several wants or wants below."""

    def __init__(self, plan: XmlPlan, branch: Branch) -> None:
        self._names = plan.names
        self._targets = [(index, _TAKES[want.shape], want.shape, step) for index, want, step in branch.targets]
        has_group = any(want.shape in {Shape.GROUP, Shape.GROUPS} for _, want, _ in branch.targets)
        tries = [(Step(""), branch.trie)] if _wanted(branch.trie) else []
        only_values = bool(branch.targets) and not has_group
        self._below = [
            (step, _Tables(plan, trie, quiet=has_group or (len(branch.step_of_trie) + len(tries) > 1)))
            for step, trie in (*tries, *branch.step_of_trie)
        ]
        self._values_below = only_values and bool(self._below)
        self._is_strict = plan.is_strict
        asked = any(test.path and test.path.steps[-1].name.startswith("@") for _, _, step in branch.targets for test in step.tests)
        self._check_attributes = plan.is_strict and only_values and not self._below and not asked

    def __call__(self, child: Element, slots: list[Raw], _index: int, odd: list[Oddity]) -> None:
        slots[-1] = True
        for index, take, shape, step in self._targets:
            if self._fits(child, step):
                if self._values_below and shape is Shape.VALUE and slots[index] is None:
                    slots[index] = child.text
                else:
                    take(child, slots, index, odd)
        if self._check_attributes:
            _unread_attributes(child, slots, odd)
        for step, tables in self._below:
            if self._fits(child, step):
                self._descend(child, tables, slots, odd)

    def _descend(self, child: Element, tables: _Tables, slots: list[Raw], odd: list[Oddity]) -> None:
        _attributes(tables, odd)(child.items(), slots)
        for one in child:
            index, act = tables.children[one.tag]
            if act is not None:
                act(one, slots, index, odd)
            else:
                _take_value(one, slots, index, odd)
                if self._is_strict:
                    _unread_attributes(one, slots, odd)
        if tables.own is not None:
            slots[tables.own[0]] = _own(child, tables.own, odd)

    def _fits(self, child: Element, step: Step) -> bool:
        if not step.conditions:
            return True
        if not matches(self._names, child, step.tests):
            return False
        if not step.nth:
            return True
        alike = (
            one
            for one in child.itersiblings(preceding=True)
            if isinstance(one.tag, str) and one.tag == child.tag and matches(self._names, one, step.tests)
        )
        return sum(1 for _ in alike) == step.nth - 1
