"""Fixed width: every value has its place in the line. Rows of one kind: `row_layout`; of several: `record_layout`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import ClassVar

from gateway.formats.addresses import AddressError
from gateway.formats.base import Identity, Split, Unread
from gateway.formats.fixed_lines import Fixed, Place, Ranges, place_of
from gateway.formats.options import Options
from gateway.formats.record_layout import RecordLayout, kinds_of
from gateway.formats.row_layout import Around, RowLayout, keys_of
from gateway.formats.text_lines import encoding_of, line_end_of
from gateway.kernel.yaml_text import Node, Scalar, Table

LONGEST = 100_000
GAP = "    "


class FixedFormat:
    """The format `fixed`."""

    name: ClassVar[str] = "fixed"
    options: ClassVar[Mapping[str, str]] = {
        "columns": "name to place, {po: 1-10, line: 11-13}; with kinds: kind to such a table. Places without a name are addressed as 41-60",
        "length": "how many characters a record has, its line end not counted; with kinds: kind to length. Any other length is refused",
        "encoding": "utf-8 when absent; places are counted in characters of it",
        "line_end": "lf or crlf to write; both are read",
        "head": "kinds that stand once before the documents",
        "tail": "kinds that stand once after the documents",
        "kind": "the place that tells the kind of a record, 41-49",
        "layout": "which kind stands under which, {H: [D, N]}",
    }

    def identify(self, head: bytes, name: str) -> Identity | None:
        """A text whose first line has a wide gap of blanks."""
        if b"\0" in head or head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"<", b"{", b"["}:
            return None
        first = head.decode("utf-8-sig", errors="replace").splitlines()[:1]
        return Identity(self.name) if first and GAP in first[0] else None

    def layout(self, options: Options, unread: Unread, split: Split | None) -> RowLayout | RecordLayout:
        """The layout with its options checked."""
        if options.has("layout") or options.has("kind"):
            return _records(options, unread)
        for word in ("head", "tail"):
            if options.has(word):
                options.wrong(word, "is told by the kind of a record; say kind, where it stands, and layout")
        columns = Ranges(_places(options, "columns", options.node("columns")), length=_length(options, options.text("length", "0")))
        _check(options, columns)
        cut = Fixed({"": columns}, kind=None, encoding=encoding_of(options), line_end=line_end_of(options))
        return RowLayout(cut, Around(), unread, split, keys_of(options, split, columns))


def _records(options: Options, unread: Unread) -> RecordLayout:
    """The layout of records of several kinds."""
    kind = _place(options, "kind", options.text("kind")) or Place(1, 1)
    tables = options.node("columns")
    named: dict[str, dict[str, Place]] = {}
    if isinstance(tables, Table):
        named = {entry.key: _places(options, "columns", entry.value) for entry in tables}
    elif tables is not None:
        options.wrong("columns", "must be a table of kinds, each with the places of its columns, as in {H: {po: 3-12}}")
    one, each = _lengths(options)
    ranges: dict[str, Ranges] = {}
    cut = Fixed(ranges, kind=kind, encoding=encoding_of(options), line_end=line_end_of(options))
    kinds = kinds_of(options, cut, unread, place=0, named={**named, **each})
    for name in {*kinds.order, *kinds.head, *kinds.tail}:
        ranges[name] = Ranges({str(kind): kind, **named.get(name, {})}, length=each.get(name, one))
        _check(options, ranges[name])
    return RecordLayout(kinds)


def _lengths(options: Options) -> tuple[int, dict[str, int]]:
    """One length for all kinds, or one for each."""
    node = options.node("length")
    if isinstance(node, Table):
        return 0, {kind: _length(options, text) for kind, text in options.pairs("length").items()}
    return _length(options, options.text("length", "0")), {}


def _length(options: Options, text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= LONGEST:
        return int(text)
    options.wrong("length", f"must be a number of characters up to {LONGEST}")
    return 0


def _places(options: Options, word: str, node: Node | None) -> dict[str, Place]:
    """Names with their places."""
    if node is None:
        return {}
    if not isinstance(node, Table):
        options.wrong(word, "must be a table of names and places, as in {po: 1-10, line: 11-13}")
        return {}
    found: dict[str, Place] = {}
    for entry in node:
        place = _place(options, word, entry.value.value if isinstance(entry.value, Scalar) else "", of=entry.key)
        if place is not None:
            found[entry.key] = place
    return found


def _place(options: Options, word: str, text: str, *, of: str = "") -> Place | None:
    try:
        place = place_of(text)
    except AddressError as error:
        options.wrong(word, str(error))
        return None
    if place is None:
        options.wrong(word, f"{of + ': ' if of else ''}must be a place, the first and the last character counted from 1, as in 41-49")
    return place


def _check(options: Options, columns: Ranges) -> None:
    """Columns do not share characters and end with the record."""
    named = list(zip(columns.headings, columns.places, strict=True))
    for (name, place), (other, another) in combinations(named, 2):
        if place.overlaps(another) and place != another:
            options.wrong("columns", f"{name} ({place}) and {other} ({another}) share characters")
    for name, place in named:
        if columns.length and place.last > columns.length:
            options.wrong("columns", f"{name} ({place}) ends behind the record, which has {columns.length} characters")
