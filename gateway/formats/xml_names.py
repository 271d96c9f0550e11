"""How names of XML are compared: exactly, in any namespace, or loosely; and how a place in a file is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from gateway.formats.addresses import AddressError
from gateway.formats.base import Broken, Scan

MOST_ATTRIBUTES = 1_000
_SOAP = ("{http://schemas.xmlsoap.org/soap/envelope/}", "{http://www.w3.org/2003/05/soap-envelope}")


class Names:
    """The comparison of names that a mapping asks for.

    A key is `{uri}local` for a name with a known namespace, `local` for any namespace, the plain lower form when loose;
    `@` marks attributes except when loose, where an attribute is as good as a child.
    """

    def __init__(self, namespaces: Mapping[str, str], *, is_loose: bool) -> None:
        self._namespaces = dict(namespaces)
        self.is_loose = is_loose

    @property
    def namespaces(self) -> Mapping[str, str]:
        """Prefix to address."""
        return self._namespaces

    def key(self, written: str) -> str:
        """The key of a name as an address writes it."""
        mark = "@" if written.startswith("@") else ""
        prefix, colon, local = written.removeprefix("@").rpartition(":")
        if not local or local == "*":
            raise AddressError(f"'{written}' names no element")
        if colon and prefix not in self._namespaces and not self.is_loose:
            raise AddressError(f"prefix '{prefix}' is not among the namespaces of the options")
        if self.is_loose:
            return plain(local)
        address = self._namespaces.get(prefix) if colon or (not mark and "" in self._namespaces) else None
        return f"{mark}{{{address}}}{local}" if address else mark + local

    def keys(self, tag: str) -> tuple[str, ...]:
        """The keys under which an element of a file may be wanted."""
        local = local_name(tag)
        return (plain(local),) if self.is_loose else (tag, local)

    def attribute(self, name: str) -> str:
        """The key of an attribute of a file."""
        if self.is_loose:
            return plain(local_name(name))
        return "@" + (name if name.startswith("{") and name[1:].partition("}")[0] in self._namespaces.values() else local_name(name))

    def same(self, tag: str, key: str) -> bool:
        """Whether an element bears the name of a key."""
        return key in self.keys(tag)

    def tag(self, written: str) -> str:
        """The name to write."""
        prefix, colon, local = written.removeprefix("@").rpartition(":")
        address = self._namespaces.get(prefix) if colon or not written.startswith("@") else None
        return f"{{{address}}}{local}" if address else local

    def top(self, node: Any) -> Any:
        """The root of the file, inside a SOAP envelope where there is one."""
        return unwrapped(node.getroottree().getroot())


def plain(name: str) -> str:
    """The loose form of a name."""
    return name.lower().replace("-", "_")


def local_name(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]


def unwrapped(root: Any) -> Any:
    """The message in the body of a SOAP envelope, or the root itself."""
    if root.tag in {f"{soap}Envelope" for soap in _SOAP}:
        for body in root:
            if body.tag in {f"{soap}Body" for soap in _SOAP} and len(body):
                return body[0]
    return root


def attributes_of(node: Any) -> list[tuple[str, str]]:
    """Names and values, few enough to be listed quickly."""
    if len(node.attrib) > MOST_ATTRIBUTES:
        raise too_wide(node)
    found: list[tuple[str, str]] = node.items()
    return found


def too_wide(node: Any) -> Broken:
    """An element with more attributes than any document needs."""
    return Broken(f"an element has more than {MOST_ATTRIBUTES:,} attributes", where=f"line {node.sourceline}", kind="too_long")


def text_of(found: Any) -> str | None:
    """The text of an element or the value of an attribute."""
    if isinstance(found, str):
        return found
    if len(found):
        raise Broken(f"{local_name(found.tag)} holds elements where a value is expected", where=f"line {found.sourceline}", kind="bad_form")
    text: str | None = found.text
    return text


class Places:
    """Which of its name an element is among its neighbours, counted on from the one that was asked for last on its level.

    A file whose documents stand each in a parent of its own asks for one after the other; counting from the first each time would
    take a time that grows with the square.
    """

    def __init__(self) -> None:
        self._levels: dict[int, _Level] = {}

    def number(self, node: Any, parent: Any, depth: int) -> int:
        """From 1, or 0 when no neighbour bears the name."""
        level = self._levels.get(depth)
        if level is None or level.parent is not parent or not level.goes_on_to(node):
            level = self._levels[depth] = _Level(parent)
            level.goes_on_to(node)
        number = level.seen[node.tag]
        return number if number > 1 or _comes_again(node) else 0


class _Level:
    """The neighbours below one parent, up to one of them."""

    def __init__(self, parent: Any) -> None:
        self.parent = parent
        self.seen: Counter[Any] = Counter()
        self._last: Any = None

    def goes_on_to(self, node: Any) -> bool:
        """Count on; False when the element is not among those to come."""
        at = self._last
        while at is not node:
            at = self.parent[0] if at is None else at.getnext()
            if at is None:
                return False
            self.seen[at.tag] += 1
        self._last = node
        return True


def _comes_again(node: Any) -> bool:
    return next(node.itersiblings(node.tag), None) is not None


def position(node: Any, scan: Scan) -> str:
    """`/CreateDSOrders/purchase_order[2]/po_lines/po_line[1], line 41`."""
    line = [node, *node.iterancestors()]
    document, places = getattr(scan, "document", None), getattr(scan, "places", None) or Places()
    steps = []
    for depth, (parent, at) in enumerate(pairwise(reversed(line))):
        number = getattr(scan, "place", 0) if at is document else places.number(at, parent, depth)
        steps.append(local_name(at.tag) + (f"[{number}]" if number else ""))
    return "/".join(("", local_name(line[-1].tag), *steps)) + f", line {node.sourceline}"
