"""Text to rows of cells and back with the csv module, strictly: a quote that never closes names the row where it opened."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO

from msgspec import Struct

from gateway.formats.base import VALUE_LIMIT, Broken, Fault
from gateway.formats.cuts import Row
from gateway.formats.options import Options
from gateway.formats.row_plan import Columns
from gateway.formats.text_lines import cut_lines, encoding_of, line_end_of, lines_of


class Dialect(Struct, frozen=True):
    """How cells become text."""

    delimiter: str = ","
    quote: str = '"'
    quote_all: bool = False
    encoding: str = "utf-8"
    bom: bool = False
    line_end: str = "\n"

    @classmethod
    def of(cls, options: Options) -> Dialect:
        """The dialect that options declare."""
        delimiter = {"tab": "\t"}.get(options.text("delimiter", ","), options.text("delimiter", ","))
        if len(delimiter) != 1 or delimiter in {'"', "\n", "\r"} or (delimiter != "\t" and not delimiter.isprintable()):
            options.wrong("delimiter", "must be one character, or tab")
            delimiter = ","
        quote = options.text("quote", '"')
        given, quote = quote, {"all": '"', "none": ""}.get(quote, quote)
        if len(quote) > 1 or quote == delimiter:
            options.wrong("quote", "must be one character other than the delimiter, all or none")
            quote = '"'
        return cls(delimiter, quote, given == "all", encoding_of(options), options.flag("bom", default=False), line_end_of(options))

    def reading(self) -> dict[str, Any]:
        """Arguments of a csv reader."""
        if not self.quote:
            return {"delimiter": self.delimiter, "quoting": csv.QUOTE_NONE, "quotechar": None, "strict": True}
        return {"delimiter": self.delimiter, "quotechar": self.quote, "doublequote": True, "strict": True}

    def writing(self) -> dict[str, Any]:
        """Arguments of a csv writer."""
        quoting = csv.QUOTE_ALL if self.quote_all else csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
        return {"delimiter": self.delimiter, "quotechar": self.quote or None, "quoting": quoting, "lineterminator": self.line_end}


class Delimited:
    """The cut by a delimiter, with the names of columns where options tell them."""

    def __init__(self, dialect: Dialect, names: Mapping[str, Sequence[str]]) -> None:
        self.dialect = dialect
        self._columns = {kind: Columns(headings) for kind, headings in names.items()}

    def columns(self, kind: str) -> Columns:
        """The columns of a kind; without names only numbers are known."""
        return self._columns.get(kind) or Columns(())

    def rows(self, source: BinaryIO, unended: Callable[[], None]) -> Iterator[Row]:
        """The rows of a file; blank lines are passed over."""
        reader = self._reader(source, unended)
        count = line = 0
        try:
            for row in reader:
                line = reader.line_num
                if row:
                    count += 1
                    yield row
        except csv.Error as error:
            raise _broken(error, count + 1, line + 1) from error

    def blocks(self, source: BinaryIO, unended: Callable[[], None], most: int) -> Iterator[list[Row]]:
        """The same rows, up to `most` at a time; when the file breaks off, those before it come first."""
        reader = self._reader(source, unended)
        count = line = 0
        while True:
            taken: list[Row] = []
            broken: Broken | None = None
            try:
                taken.extend(islice(reader, most))
            except csv.Error as error:
                line += sum(1 + sum(len(cut_lines(cell + ".")) - 1 for cell in row) for row in taken)
                broken = _broken(error, count + sum(1 for row in taken if row) + 1, line + 1)
                broken.__cause__ = error
            except Broken as found:
                broken = found
            rows = [row for row in taken if row]
            if rows:
                count += len(rows)
                yield rows
            if broken is not None:
                raise broken
            if not taken:
                return
            line = reader.line_num

    def first(self, head: bytes) -> list[Row]:
        """The rows that the beginning of a file shows whole; at least the first as far as it goes."""
        lines = [line for block in lines_of(self.dialect.encoding, io.BytesIO(head), lambda: None) for line in block]
        whole = lines if head.endswith((b"\n", b"\r")) or len(lines) == 1 else lines[:-1]
        try:
            return [row for row in csv.reader(whole, **self.dialect.reading()) if row]
        except csv.Error as error:
            raise _broken(error, 1, 1) from error

    def unfit(self, row: Row, kind: str, width: int) -> str:
        """How many columns there are, and how many there should be."""
        return f"{kind or 'the row'} has {len(row)} columns, {width} are expected"

    def misfit(self, row: Row, needed: Sequence[str]) -> str | None:
        """Only the number of columns tells, where names are declared."""
        width = len(self.columns("").headings)
        return self.unfit(row, "the first row", width) if width and len(row) != width else None

    def pieces(self, source: BinaryIO) -> Iterator[tuple[Row, Row]]:
        """A row is its own piece: quotes may change, values do not."""
        for row in self.rows(source, lambda: None):
            yield row, row

    def put(self, pieces: Iterable[Sequence[str | None]], target: BinaryIO) -> None:
        """Write rows that were read before, so that they can be written."""
        self.write(pieces, target)

    def write(self, rows: Iterable[Sequence[str | None]], target: BinaryIO) -> tuple[Fault, ...]:
        """Write rows; what the encoding cannot hold is a fault with its row."""
        dialect = self.dialect
        text = io.StringIO(newline="")
        writer = csv.writer(text, **dialect.writing())
        encode = codecs.getincrementalencoder(dialect.encoding)().encode
        faults: list[Fault] = []
        if dialect.bom and dialect.encoding == "utf-8":
            target.write(codecs.BOM_UTF8)
        for number, row in enumerate(rows, 1):
            try:
                writer.writerow(["" if cell is None else cell for cell in row])
                target.write(encode(text.getvalue()))
            except UnicodeEncodeError as error:
                shown = error.object[error.start : error.end]
                faults.append(Fault("bad_character", f"'{shown}' cannot be written as {dialect.encoding}", f"row {number}", shown))
            except csv.Error as error:
                faults.append(Fault("bad_character", f"the row cannot be written without quotes: {error}", f"row {number}"))
            text.seek(0)
            text.truncate()
        return tuple(faults)

    def _reader(self, source: BinaryIO, unended: Callable[[], None]) -> Any:
        csv.field_size_limit(VALUE_LIMIT)
        return csv.reader(chain.from_iterable(lines_of(self.dialect.encoding, source, unended)), **self.dialect.reading())


def _broken(error: csv.Error, row: int, line: int) -> Broken:
    text = str(error)
    where = f"line {line}"
    if "unexpected end of data" in text or "field limit" in text:
        what = (
            "a quote is opened and never closed"
            if "unexpected" in text
            else f"a cell is longer than {VALUE_LIMIT // 1024} KB, or a quote never closes"
        )
        return Broken(f"record {row}: {what}", where=where)
    if "expected after" in text:
        return Broken(f"record {row}: something stands behind a closing quote", where=where)
    return Broken(f"record {row}: not CSV: {text}", where=where)
