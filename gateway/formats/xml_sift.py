"""The elements of an XML file that were not taken, as a file of the same form: what stands around them stays.

What is wrong stands before each as a comment. Names and values are those of the file; its indents and its encoding are ours.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from itertools import pairwise
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

from lxml import etree

from gateway.formats.base import Found

Element = Any
IN_MEMORY = 1024 * 1024
_LEAD = re.compile(rb"\n *$")


def sift_elements(scan: Iterable[Found], chosen: Mapping[str, str], target: BinaryIO) -> None:
    """Write the documents of these places into what the scan leaves of the file; nothing where it has none of them."""
    mark = f"gateway-{secrets.token_hex(8)}"
    top: Element | None = None
    with SpooledTemporaryFile(max_size=IN_MEMORY) as kept:
        ends, told = [0], []
        for found in scan:
            element, above = found.node, found.node.getparent()
            top = element.getroottree().getroot() if top is None else top
            if found.where in chosen:
                etree.indent(element, space="  ", level=1 + sum(1 for _ in above.iterancestors()))
                kept.write(etree.tostring(element, encoding="utf-8", with_tail=False))
                ends.append(kept.tell())
                told.append(_comment(chosen[found.where]))
                _hold(element, mark, len(told))
            above.remove(element)
        if top is None or not told:
            return
        kept.seek(0)
        elements = [(comment, end - start) for comment, (start, end) in zip(told, pairwise(ends), strict=True)]
        etree.indent(top, space="  ")
        target.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
        lead = b"\n"
        for place, part in enumerate(re.split(rf"<\?{mark} (\d+ \d+)\?>".encode(), etree.tostring(top, encoding="utf-8"))):
            if place % 2 == 0:
                target.write(part)
                lead = _lead(part)
                continue
            first, last = map(int, part.split())
            some = enumerate(elements[first - 1 : last])
            target.writelines((lead if number else b"") + comment + lead + kept.read(size) for number, (comment, size) in some)
        target.write(b"\n")


def _hold(element: Element, mark: str, number: int) -> None:
    """Keep the place of an element; neighbours share one."""
    before = element.getprevious()
    if before is not None and before.tag is etree.ProcessingInstruction and before.target == mark:
        before.text = f"{before.text.split()[0]} {number}"
    else:
        element.addprevious(etree.ProcessingInstruction(mark, f"{number} {number}"))


def _lead(part: bytes) -> bytes:
    """The end of a line and the blanks before what comes next."""
    found = _LEAD.search(part[-200:])
    return found[0] if found is not None else b"\n"


def _comment(problem: str) -> bytes:
    """A comment may hold no two hyphens in a row, nor characters that nobody prints."""
    text = "".join(letter if letter.isprintable() else " " for letter in problem).replace("--", "- -").replace("--", "- -")
    return f"<!-- {text} -->".encode()
