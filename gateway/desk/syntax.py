"""A file as people read it: rows with the place where they begin, and in each row what is a name, a value or a mark of its syntax.

For eyes alone: nothing is judged, what is broken is shown as it stands. Reading files is the business of `formats`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import BinaryIO

from msgspec import Struct

PIECE = 64 * 1024
LONGEST = 4_000
"""A longer row is shown in several, with the same number."""
ISA = 106
UNA = 9
TEXTS = (".txt", ".dat")
"""Files in which a comma stands in texts, not between values."""
MARKS = MappingProxyType({"x12": ("*", "~"), "edifact": ("+:", "'")})


class Look(StrEnum):
    """How a part of a row stands out."""

    NAME = "name"
    VALUE = "value"
    MARK = "mark"


class Part(Struct, frozen=True):
    """Some characters of a row that belong together."""

    look: Look
    text: str


class Row(Struct, frozen=True):
    """A row: of text a line, of X12 and EDIFACT a segment. `at` counts the bytes before it."""

    number: int
    at: int
    raw: bytes


class Syntax(Struct, frozen=True):
    """What a file is made of: its format, where a row ends, what stands between values."""

    format: str
    ends: bytes = b"\n"
    between: str = ","
    heads: int = 0
    """Rows of names before the first row of values, which rows are counted from."""


def syntax_of(head: bytes, name: str = "") -> Syntax:
    """What a file looks like by its first bytes."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    text = start[:PIECE].decode("latin-1")
    if text.startswith("ISA") and len(text) >= ISA:
        return Syntax("x12", start[ISA - 1 : ISA], text[3])
    if text.startswith("UNA") and len(text) >= UNA:
        return Syntax("edifact", start[UNA - 1 : UNA], text[4] + text[3])
    if text.startswith("UNB"):
        return Syntax("edifact", b"'", "+:")
    if text.startswith("<"):
        return Syntax("xml")
    if text.startswith(("{", "[")):
        return Syntax("json")
    found = max("|;\t" if name.lower().endswith(TEXTS) else ",;|\t", key=text.count)
    if text.count(found) >= max(1, text.count("\n") // 2):
        first = text.partition("\n")[0]
        return Syntax("csv", between=found, heads=int(not any(it.strip().isdigit() for it in first.split(found))))
    return Syntax("fixed")


def rows(source: BinaryIO, syntax: Syntax) -> Iterator[Row]:
    """The rows of a file, one after the other; nothing of it is held."""
    number, at, rest = 1, 0, b""
    while piece := source.read(PIECE):
        *whole, rest = (rest + piece).split(syntax.ends)
        for one in whole:
            yield from _cut(Row(number, at, one + syntax.ends))
            number, at = number + 1, at + len(one) + len(syntax.ends)
        while len(rest) > LONGEST:
            yield Row(number, at, rest[:LONGEST])
            at, rest = at + LONGEST, rest[LONGEST:]
    if rest.strip():
        yield from _cut(Row(number, at, rest))


def _cut(row: Row) -> Iterator[Row]:
    for start in range(0, len(row.raw), LONGEST):
        yield Row(row.number, row.at + start, row.raw[start : start + LONGEST])


def text_of(row: Row) -> str:
    """The characters of a row; what is no UTF-8 is read as Latin-1, so that nothing is lost."""
    raw = row.raw.strip(b"\r\n")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


_XML = re.compile(
    r"""(<\?.*?\?>|\sxmlns(?::[\w.-]+)?=(?:"[^"]*"|'[^']*')|</?[A-Za-z_][\w:.-]*|<[?!][\w-]*|\s[A-Za-z_][\w:.-]*(?==["']))|([/?]?>|=(?=["'])|["'])|([^<>"'=]+|.)"""
)
_JSON = re.compile(r'("(?:[^"\\]|\\.)*"(?=\s*:))|([\s{}\[\],:]+)|("(?:[^"\\]|\\.)*"|[^\s{}\[\],:]+)')


def parts(row: Row, syntax: Syntax) -> Iterator[Part]:
    """What a row is made of, in its order."""
    text = text_of(row)
    match syntax.format:
        case "xml":
            yield from _by(_XML, text)
        case "json":
            yield from _by(_JSON, text)
        case "csv":
            yield from _of_csv(text, syntax.between, Look.NAME if row.number <= syntax.heads else Look.VALUE)
        case "x12" | "edifact":
            yield from _of_segment(text, syntax.between + syntax.ends.decode("latin-1"))
        case _:
            for one in re.split(r"(\s{2,})", text):
                if one:
                    yield Part(Look.MARK if one.isspace() else Look.VALUE, one)


def _by(pattern: re.Pattern[str], text: str) -> Iterator[Part]:
    """Group 1 is a name, group 2 a mark, anything else a value."""
    looks: Mapping[int | None, Look] = {1: Look.NAME, 2: Look.MARK}
    for found in pattern.finditer(text):
        yield Part(looks.get(found.lastindex, Look.VALUE), found[0])


def _of_csv(text: str, between: str, look: Look) -> Iterator[Part]:
    mark = re.escape(between)
    for found in re.finditer(rf'({mark})|("(?:[^"]|"")*"?|[^{mark}]+)', text):
        yield Part(Look.MARK if found[1] else look, found[0])


def _of_segment(text: str, marks: str) -> Iterator[Part]:
    look = Look.NAME
    for one in re.split(f"([{re.escape(marks)}])", text):
        if not one:
            continue
        if len(one) == 1 and one in marks:
            yield Part(Look.MARK, one)
            look = Look.VALUE
        else:
            yield Part(look if not one.isspace() else Look.MARK, one)


_BYTE = re.compile(r"\bbyte (\d+)")
_LINE = re.compile(r"\b(?:line|row|record) (\d+)")


def place_of(where: str, syntax: Syntax) -> tuple[int | None, int | None]:
    """Where a place in the words of issues and traces stands: the row by its number, or the byte; None for what is not told."""
    told = _BYTE.search(where)
    if told is not None and syntax.format in MARKS:
        return None, int(told[1])
    found = _LINE.findall(where)
    return (int(found[-1]) + syntax.heads if found else None), None
