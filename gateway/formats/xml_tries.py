"""What the rules of one group want of an element: by name, by attribute, by its own text; and walks along a path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from lxml import etree

from gateway.formats.addresses import Condition, Path, Step, parse_path
from gateway.formats.base import Want
from gateway.formats.xml_names import Names, attributes_of, text_of

Element = Any  # lxml's element; its stubs tell names apart that the walk does not
_HOLDING = etree.XPath("descendant::*[* or @*]")  # only what holds something can have or show something


class Reads(Protocol):
    """A group of rules on an element."""

    @property
    def trie(self) -> Trie:
        """What they want of it."""
        ...


class Branch:
    """What is wanted of the children with one name."""

    def __init__(self) -> None:
        self.targets: list[tuple[int, Want, Step]] = []
        self.trie = Trie()
        self.inner: list[Reads] = []
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
    for one in level(names, node, step):
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


def level(names: Names, node: Element, step: Step) -> Iterator[Any]:
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


def has(trie: Trie, key: str) -> bool:
    """Whether a trie wants a name."""
    return key in trie.children or key in trie.attributes


def below(branch: Branch, step: Step) -> Trie:
    """The trie below a step; steps with other conditions have their own."""
    if not step.conditions:
        return branch.trie
    for known, trie in branch.step_of_trie:
        if known.conditions == step.conditions:
            return trie
    branch.step_of_trie.append((step, Trie()))
    return branch.step_of_trie[-1][1]
