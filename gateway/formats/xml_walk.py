"""The walk over an element: raw names become actions once, and each action drops what it finds into the slots of the group."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from gateway.formats.addresses import Step
from gateway.formats.base import Broken, Collect, Oddity, Raw, Shape, Unread, Want
from gateway.formats.xml_names import Names, local_name
from gateway.formats.xml_tries import Branch, Element, Trie, matches

Act = Callable[[Element, list[Raw], int, list[Oddity]], None]
CACHED_NAMES = 1_000
_QUIET = (
    "{http://www.w3.org/2001/XMLSchema-instance}",
    "{http://www.w3.org/XML/1998/namespace}",
    "{http://schemas.xmlsoap.org/soap/envelope/}",
)


class Reader(Protocol):
    """A plan, as far as a walk needs it."""

    @property
    def names(self) -> Names:
        """How names are compared."""
        ...

    @property
    def unread(self) -> Unread:
        """What to do with what no rule reads."""
        ...

    @property
    def is_strict(self) -> bool:
        """Whether even an attribute of a plain value is told when no rule reads it."""
        ...

    @property
    def trie(self) -> Trie:
        """What is wanted of the element."""
        ...

    def knows(self, key: str) -> bool:
        """Whether some rule reads children or attributes of this name."""
        ...


class Tables:
    """Raw names to actions, found out once and remembered."""

    def __init__(self, plan: Reader, trie: Trie | None = None, *, quiet: bool = False) -> None:
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


def walk(tables: Tables, width: int, odd: list[Oddity]) -> Collect:
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


def _attributes(tables: Tables, odd: list[Oddity]) -> Callable[[Sequence[tuple[str, str]], list[Raw]], None]:
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
                odd.append(Oddity("unread", name=local_name(name), value=value))

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
        odd.append(Oddity("repeated", index, value=child.text.strip()[:80], where=f"line {child.sourceline}"))


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
        odd.append(Oddity("unread", name=f"{name}/{local_name(key)}", value=value, where=f"line {child.sourceline}"))


def _unread_attributes(child: Element, slots: list[Raw], odd: list[Oddity]) -> None:
    """Attributes of a plain value, which no rule reads."""
    for name, value in child.items():
        slots[-1] = True
        odd.append(Oddity("unread", name=f"{local_name(child.tag)}/{local_name(name)}", value=value))


def _chain(one: Element, top: Element) -> list[Element]:
    chain = [one]
    while chain[-1] is not top:
        chain.append(chain[-1].getparent())
    return chain[::-1]


def _action(plan: Reader, branch: Branch) -> tuple[int, Act | None]:
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

    def __init__(self, plan: Reader, branch: Branch) -> None:
        self._names = plan.names
        self._targets = [(index, _TAKES[want.shape], want.shape, step) for index, want, step in branch.targets]
        has_group = any(want.shape in {Shape.GROUP, Shape.GROUPS} for _, want, _ in branch.targets)
        tries = [(Step(""), branch.trie)] if _wanted(branch.trie) else []
        only_values = bool(branch.targets) and not has_group
        self._below = [
            (step, Tables(plan, trie, quiet=has_group or (len(branch.step_of_trie) + len(tries) > 1)))
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

    def _descend(self, child: Element, tables: Tables, slots: list[Raw], odd: list[Oddity]) -> None:
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
