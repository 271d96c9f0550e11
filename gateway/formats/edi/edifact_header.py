"""UNA and UNB: the service characters, and where UNB ends (edi 4.1)."""

from __future__ import annotations

import re

from msgspec import Struct

from gateway.formats.edi.masks import mask
from gateway.formats.edi.segments import Delimiters

HEAD = 4096
_UNA = re.compile(r"UNA([\s\S]{6})\s*(?=U)")
_UNB = re.compile("U[\r\n]*N[\r\n]*B([^0-9A-Za-z \t\r\n])")
_SYNTAX = re.compile(r"([A-Z]{4})[^0-9A-Za-z]([0-9A-Z])")
_BREAKS = re.compile("[\r\n]+")


class Unb(Struct, frozen=True, kw_only=True):
    """UNB as it stands, one character a byte and masked, and what UNA says. `length` is that of both with the terminator."""

    text: str
    delimiters: Delimiters
    length: int
    syntax: str = ""
    version: str = ""
    una: bool = False
    is_ended: bool = True
    is_wrapped: bool = False
    is_double: bool = False
    flaw: str = ""
    code: str = ""


def read_unb(head: str) -> Unb:
    """UNA, if it is there, and UNB at the beginning of this text, which has one character a byte; short only where the file ends."""
    una = _UNA.match(head)
    at = una.end() if una else 0
    unb = _UNB.match(head, at)
    if unb is None:
        return _unusable(head, at, "UNB does not follow UNA")
    delimiters = _delimiters(una[1] if una else "", unb[1])
    known = _SYNTAX.match(_BREAKS.sub("", head[unb.end() : unb.end() + 20]))
    syntax, version = (known[1], known[2]) if known else ("", "")
    delimiters = _repeated(delimiters, una[1] if una else "", version)
    if unb[1] != delimiters.element:
        return _unusable(head, at, f"UNB is followed by {unb[1]!r}, but {delimiters.element!r} separates its elements")
    flaw = _flaw(delimiters)
    if flaw:
        return _unusable(head, at, flaw)
    masked = mask(head, delimiters.release, specials(delimiters)) if delimiters.release else head
    end = masked.find(delimiters.terminator, unb.end())
    is_ended = end >= 0
    if not is_ended and len(head) >= HEAD:
        return _unusable(head, at, "UNB has no end", code="22")
    text = masked[at : end if is_ended else len(masked)]
    length = (end if is_ended else len(masked)) + is_ended
    bare = _BREAKS.sub("", text) if delimiters.terminator not in "\r\n" else text
    return Unb(
        text=bare,
        delimiters=delimiters,
        length=length,
        syntax=syntax,
        version=version,
        una=una is not None,
        is_ended=is_ended,
        is_wrapped=bare != text.rstrip("\r\n"),
        is_double=syntax == "UNOX",
    )


def specials(delimiters: Delimiters) -> str:
    """The characters that are released nearly always."""
    return delimiters.terminator + delimiters.element + delimiters.component + delimiters.repetition


def _delimiters(una: str, element: str) -> Delimiters:
    """What UNA says, else the usual characters, or those of level B where UNB shows that."""
    if una:
        component, separator, decimal, release, _, terminator = tuple(una)
        return Delimiters(separator, component, terminator, "", "" if release == " " else release, decimal)
    if element == "\x1d":
        return Delimiters("\x1d", "\x1f", "\x1c")
    return Delimiters("+", ":", "'", "", "?")


def _repeated(delimiters: Delimiters, una: str, version: str) -> Delimiters:
    """With the repetition separator, which only syntax version 4 has."""
    sign = una[4] if una else "*"
    if version < "4" or sign in {" ", delimiters.release} or delimiters.element == "\x1d":
        return delimiters
    it = delimiters
    return Delimiters(it.element, it.component, it.terminator, sign, it.release, it.decimal)


def _flaw(delimiters: Delimiters) -> str:
    """Why these characters cannot be told apart."""
    names = {"element separator": delimiters.element, "component separator": delimiters.component, "terminator": delimiters.terminator}
    if delimiters.release:
        names["release character"] = delimiters.release
    if delimiters.repetition:
        names["repetition separator"] = delimiters.repetition
    for name, sign in names.items():
        if sign.isalnum() or sign == " ":
            return f"UNA says that the {name} is {sign!r}"
    if len(set(names.values())) < len(names):
        return "UNA uses one character twice"
    return ""


def _unusable(head: str, at: int, flaw: str, code: str = "20") -> Unb:
    return Unb(text=head[at : at + 80], delimiters=Delimiters("+", ":", "'"), length=at + 3, flaw=flaw, code=code)
