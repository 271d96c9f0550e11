"""Bytes to rows and back with the csv module, strictly: a row knows its number, a quote that never closes names the row where it opened."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO

from msgspec import Struct

from gateway.formats.base import VALUE_LIMIT, Broken, Fault
from gateway.formats.options import Options
from gateway.kernel import Severity

BLOCK = 256 * 1024
LONGEST_LINE = 1024 * 1024
_CONTROLS = bytes({*range(32), 127} - {9, 10, 13})
_CONTROL = re.compile(f"[{re.escape(_CONTROLS.decode('ascii'))}]")
_OTHER_ENDS = ("\x85", "\u2028", "\u2029")
_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")


class Dialect(Struct, frozen=True):
    """How cells become bytes."""

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
        encoding = options.text("encoding", "utf-8")
        try:
            encoding = codecs.lookup(encoding).name
            "".encode(encoding)
        except LookupError:
            options.wrong("encoding", f"unknown encoding '{encoding}'")
            encoding = "utf-8"
        if encoding not in ENCODINGS:
            options.wrong("encoding", f"'{encoding}' is not taken; known are {', '.join(sorted(ENCODINGS))}")
        line_end = {"lf": "\n", "crlf": "\r\n"}[options.choice("line_end", ("lf", "crlf"), "lf") or "lf"]
        return cls(delimiter, quote, given == "all", encoding, options.flag("bom", default=False), line_end)

    def reading(self) -> dict[str, Any]:
        """Arguments of a csv reader."""
        if not self.quote:
            return {"delimiter": self.delimiter, "quoting": csv.QUOTE_NONE, "quotechar": None, "strict": True}
        return {"delimiter": self.delimiter, "quotechar": self.quote, "doublequote": True, "strict": True}

    def writing(self) -> dict[str, Any]:
        """Arguments of a csv writer."""
        quoting = csv.QUOTE_ALL if self.quote_all else csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
        return {"delimiter": self.delimiter, "quotechar": self.quote or None, "quoting": quoting, "lineterminator": self.line_end}


ENCODINGS = frozenset({"ascii", "cp1250", "cp1252", "iso8859-1", "iso8859-15", "iso8859-2", "utf-8", "utf-16"})


def lines_of(dialect: Dialect, source: BinaryIO, unended: Callable[[], None]) -> Iterator[list[str]]:
    """Blocks of lines with their ends; strict about encoding and control characters, bounded in memory."""
    decode = codecs.getincrementaldecoder(dialect.encoding)(errors="strict").decode
    pending, line, first = "", 0, True
    while block := source.read(BLOCK):
        if first and dialect.encoding == "utf-8":
            block = block.removeprefix(codecs.BOM_UTF8)
        first = False
        text = pending + _text(decode, block, dialect, line)
        lines = _lines(text)
        pending = lines.pop() if not lines[-1].endswith("\n") else ""
        if len(pending) > LONGEST_LINE:
            raise Broken(f"a line is longer than {LONGEST_LINE // 1024} KB", where=f"line {line + len(lines) + 1}", kind="too_long")
        line += len(lines)
        yield lines
    if first:
        raise Broken("the file is empty")
    pending += _text(lambda data: decode(data, final=True), b"", dialect, line)
    if pending:
        if pending.endswith("\r"):
            yield [pending]
            return
        unended()
        yield [pending]


def rows_of(dialect: Dialect, source: BinaryIO, unended: Callable[[], None]) -> Iterator[list[Any]]:
    """The rows of a file; blank lines are passed over."""
    csv.field_size_limit(VALUE_LIMIT)
    reader = csv.reader(chain.from_iterable(lines_of(dialect, source, unended)), **dialect.reading())
    count = line = 0
    try:
        for row in reader:
            line = reader.line_num
            if row:
                count += 1
                yield row
    except csv.Error as error:
        raise _broken(error, count + 1, line + 1) from error


def row_blocks(dialect: Dialect, source: BinaryIO, unended: Callable[[], None], most: int) -> Iterator[list[Any]]:
    """The same rows, up to `most` at a time; when the file breaks off, those before it come first."""
    csv.field_size_limit(VALUE_LIMIT)
    reader = csv.reader(chain.from_iterable(lines_of(dialect, source, unended)), **dialect.reading())
    count = line = 0
    while True:
        taken: list[Any] = []
        broken: Broken | None = None
        try:
            taken.extend(islice(reader, most))
        except csv.Error as error:
            line += sum(1 + sum(len(_lines(cell + ".")) - 1 for cell in row) for row in taken)
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


def unended_fault(where: str) -> Fault:
    """The last row has no line break: taken, with a warning."""
    return Fault("bad_form", "the last row has no line break; it was taken", where, severity=Severity.WARNING)


def head_rows(dialect: Dialect, head: bytes) -> list[list[str]]:
    """The rows that the beginning of a file shows whole; at least the first as far as it goes."""
    lines = [line for block in lines_of(dialect, io.BytesIO(head), lambda: None) for line in block]
    whole = lines if head.endswith((b"\n", b"\r")) or len(lines) == 1 else lines[:-1]
    try:
        return [row for row in csv.reader(whole, **dialect.reading()) if row]
    except csv.Error as error:
        raise _broken(error, 1, 1) from error


def write_rows(dialect: Dialect, rows: Iterable[Sequence[str | None]], target: BinaryIO) -> tuple[Fault, ...]:
    """Write rows; what the encoding cannot hold is a fault with its row."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, **dialect.writing())
    faults: list[Fault] = []
    if dialect.bom and dialect.encoding == "utf-8":
        target.write(codecs.BOM_UTF8)
    for number, row in enumerate(rows, 1):
        try:
            writer.writerow(["" if cell is None else cell for cell in row])
            target.write(text.getvalue().encode(dialect.encoding))
        except UnicodeEncodeError as error:
            shown = error.object[error.start : error.end]
            faults.append(Fault("bad_character", f"'{shown}' cannot be written as {dialect.encoding}", f"row {number}", shown))
        except csv.Error as error:
            faults.append(Fault("bad_character", f"the row cannot be written without quotes: {error}", f"row {number}"))
        text.seek(0)
        text.truncate()
    return tuple(faults)


def _text(decode: Callable[[bytes], str], block: bytes, dialect: Dialect, line: int) -> str:
    """The block as text; a control character is refused with its line."""
    try:
        text = decode(block)
    except UnicodeDecodeError as error:
        at = line + block.count(b"\n", 0, error.start) + 1
        raise Broken(
            f"the bytes are not {dialect.encoding}", where=f"line {at}", value=repr(block[error.start : error.start + 1])
        ) from error
    plain = dialect.encoding != "utf-16"
    if (len(block.translate(None, _CONTROLS)) != len(block)) if plain else _CONTROL.search(text):
        found = _CONTROL.search(text)
        at = line + text.count("\n", 0, found.start() if found else 0) + 1
        raise Broken(
            "a control character stands in the file", where=f"line {at}", kind="bad_character", value=repr(found[0]) if found else ""
        )
    return text


def _lines(text: str) -> list[str]:
    """Lines with their ends; only line feed and carriage return end one."""
    if text.isascii() or not any(end in text for end in _OTHER_ENDS):
        lines = text.splitlines(keepends=True) or [""]
    else:
        lines = [line for line in _END.split(text) if line] or [""]
    return lines


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
