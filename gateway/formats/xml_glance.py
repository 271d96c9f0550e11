"""What the beginning of an XML file shows of its elements before it is read: the message in a SOAP body, and the outer levels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from gateway.formats.base import HEAD
from gateway.formats.xml_names import local_name, unwrapped

Element = Any
MOST_SHOWN = 6


def message_in_body(head: bytes) -> tuple[str, str] | None:
    """Name and namespace of the message in a SOAP body, as far as the head shows it."""
    root: Element | None = None
    for element in _elements(head):
        root = element if root is None else root
        if unwrapped(root) is not root:
            found = unwrapped(root)
            return local_name(found.tag), found.tag[1:].partition("}")[0] if found.tag.startswith("{") else ""
    return None


def holds_not(head: bytes, paths: tuple[str, ...]) -> str | None:
    """What stands in place of these elements below the root; nothing when one of them is there, or may yet come."""
    if not paths:
        return None
    depth = max(path.count("/") + 1 for path in paths)
    seen: dict[str, None] = {}
    for element in _elements(head):
        above = [local_name(one.tag) for one in element.iterancestors() if isinstance(one.tag, str)]
        if 0 < len(above) <= depth:
            seen["/".join((*reversed(above[:-1]), local_name(element.tag)))] = None
    if len(head) >= HEAD or any(path in seen for path in paths):
        return None
    deepest = [path for path in seen if not any(other.startswith(path + "/") for other in seen)]
    return f"it holds {', '.join(deepest[-MOST_SHOWN:]) or 'nothing'}, not {' or '.join(paths)}"


def _elements(head: bytes) -> Iterator[Element]:
    """Elements as they begin, up to where the head ends or is broken."""
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        parser.feed(head[:HEAD])
    except etree.XMLSyntaxError:
        return
    for _, element in parser.read_events():
        yield element
