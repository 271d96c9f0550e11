"""Bytes to lines of text, strictly: encoding and control characters are judged, memory is bounded. What a line holds is no matter here."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from gateway.formats.base import Broken, Fault
from gateway.formats.options import Options
from gateway.kernel import Severity

BLOCK = 256 * 1024
LONGEST_LINE = 1024 * 1024
ENCODINGS = frozenset({"ascii", "cp1250", "cp1252", "iso8859-1", "iso8859-15", "iso8859-2", "utf-8", "utf-16"})
_CONTROLS = bytes({*range(32), 127} - {9, 10, 13})
_CONTROL = re.compile(f"[{re.escape(_CONTROLS.decode('ascii'))}]")
_OTHER_ENDS = ("\x85", "\u2028", "\u2029")
_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")


def encoding_of(options: Options) -> str:
    """The encoding that options declare."""
    given = options.text("encoding", "utf-8")
    try:
        encoding = codecs.lookup(given).name
        "".encode(encoding)
    except LookupError:
        options.wrong("encoding", f"unknown encoding '{given}'")
        return "utf-8"
    if encoding not in ENCODINGS:
        options.wrong("encoding", f"'{encoding}' is not taken; known are {', '.join(sorted(ENCODINGS))}")
    return encoding


def line_end_of(options: Options) -> str:
    """The line end to write that options declare."""
    return {"lf": "\n", "crlf": "\r\n"}[options.choice("line_end", ("lf", "crlf"), "lf") or "lf"]


def lines_of(encoding: str, source: BinaryIO, unended: Callable[[], None]) -> Iterator[list[str]]:
    """Blocks of lines with their ends; `unended` is called before the last line when it has none."""
    decode = codecs.getincrementaldecoder(encoding)(errors="strict").decode
    pending, line, first = "", 0, True
    while block := source.read(BLOCK):
        if first and encoding == "utf-8":
            block = block.removeprefix(codecs.BOM_UTF8)
        first = False
        text = pending + _text(decode, block, encoding, line)
        lines = cut_lines(text)
        pending = lines.pop() if not lines[-1].endswith("\n") else ""
        if len(pending) > LONGEST_LINE:
            raise Broken(f"a line is longer than {LONGEST_LINE // 1024} KB", where=f"line {line + len(lines) + 1}", kind="too_long")
        line += len(lines)
        yield lines
    if first:
        raise Broken("the file is empty")
    pending += _text(lambda data: decode(data, final=True), b"", encoding, line)
    if pending:
        if pending.endswith("\r"):
            yield [pending]
            return
        unended()
        yield [pending]


def cut_lines(text: str) -> list[str]:
    """Lines with their ends; only line feed and carriage return end one."""
    if text.isascii() or not any(end in text for end in _OTHER_ENDS):
        return text.splitlines(keepends=True) or [""]
    return [line for line in _END.split(text) if line] or [""]


def unended_fault(where: str) -> Fault:
    """The last row has no line break: a warning, since the file may have been cut off there."""
    return Fault("bad_form", "the last row has no line break; look whether the file is whole", where, severity=Severity.WARNING)


def _text(decode: Callable[[bytes], str], block: bytes, encoding: str, line: int) -> str:
    """The block as text; a control character is refused with its line."""
    try:
        text = decode(block)
    except UnicodeDecodeError as error:
        at = line + block.count(b"\n", 0, error.start) + 1
        raise Broken(f"the bytes are not {encoding}", where=f"line {at}", value=repr(block[error.start : error.start + 1])) from error
    plain = encoding != "utf-16"
    if (len(block.translate(None, _CONTROLS)) != len(block)) if plain else _CONTROL.search(text):
        found = _CONTROL.search(text)
        at = line + text.count("\n", 0, found.start() if found else 0) + 1
        raise Broken(
            "a control character stands in the file", where=f"line {at}", kind="bad_character", value=repr(found[0]) if found else ""
        )
    return text
