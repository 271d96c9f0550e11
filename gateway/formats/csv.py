"""CSV: what a mapping may tell about it, and how such a file is recognised. Rows of one kind: `row_layout`; of several: `record_layout`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from gateway.formats.base import Identity, Split, Unread
from gateway.formats.csv_rows import Delimited, Dialect
from gateway.formats.options import Options
from gateway.formats.record_layout import RecordLayout, kinds_of
from gateway.formats.row_layout import Around, RowLayout, keys_of
from gateway.formats.row_plan import Columns


class CsvFormat:
    """The format `csv`."""

    name: ClassVar[str] = "csv"
    options: ClassVar[Mapping[str, str]] = {
        "delimiter": "one character, or `tab`; a comma when absent",
        "quote": 'one character (" when absent); `all`: every text is quoted when written; `none`: no quoting',
        "encoding": "utf-8 when absent",
        "bom": "true: a byte order mark is written; one is always taken off",
        "line_end": "lf or crlf to write; both are read",
        "header": "false: the file has no heading",
        "columns": "names of the columns in order; with kinds: kind to names",
        "head": "kinds that stand once before the documents, told by column 1",
        "tail": "kinds that stand once after the documents, told by column 1",
        "kind": "the column that tells the kind of a record",
        "layout": "which kind stands under which, {H: [D, N]}",
    }

    def identify(self, head: bytes, name: str) -> Identity | None:
        """The headings by the usual delimiters, when the beginning is text."""
        if b"\0" in head or head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"<", b"{", b"["}:
            return None
        first = head.decode("utf-8-sig", errors="replace").splitlines()[:1]
        if not first:
            return None
        delimiter = max(",;\t|", key=first[0].count)
        headings = tuple(cell.strip().strip('"') for cell in first[0].split(delimiter))
        return Identity(self.name, headings=headings)

    def layout(self, options: Options, unread: Unread, split: Split | None) -> RowLayout | RecordLayout:
        """The layout with its options checked."""
        dialect = Dialect.of(options)
        if options.has("layout") or options.has("kind"):
            columns = options.lists("columns")
            place = Columns(()).index(options.text("kind", "1"))
            if place is None:
                options.wrong("kind", "must be the number of the column that tells the kind")
            return RecordLayout(kinds_of(options, Delimited(dialect, columns), unread, place=place or 0, named=columns))
        names = _names(options)
        around = Around(options.flag("header", default=True), frozenset(options.texts("head")), frozenset(options.texts("tail")))
        cut = Delimited(dialect, {"": names})
        return RowLayout(cut, around, unread, split, keys_of(options, split, None if around.has_heading else cut.columns("")))


def _names(options: Options) -> tuple[str, ...]:
    given = options.texts("columns")
    return tuple(given[0].split()) if len(given) == 1 else given
