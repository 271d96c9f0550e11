"""Cutting a JSON file into its frame and the documents of a list, in bounded memory; strings are skipped, brackets counted."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from msgspec import Struct

from gateway.formats.base import DOCUMENT_BYTES, DOCUMENT_VALUES, VALUE_LIMIT, Broken

BLOCK = 64 * 1024
DEEPEST = 32
LARGEST_FRAME = 1024 * 1024
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(")?|[{}\[\],:]', re.DOTALL)  # a text without its second quote goes on in the next block


class Piece(Struct, frozen=True):
    """A part of the file as text, with where it begins."""

    text: str
    line: int
    column: int
    is_frame: bool = False

    @property
    def where(self) -> str:
        """The place in the partner's file."""
        return f"line {self.line}"


def pieces(source: BinaryIO, document: Sequence[str]) -> Iterator[Piece]:
    """The documents as they come. The frame around them, with the list emptied, comes first where the source can be read twice."""
    if source.seekable():
        start = source.tell()
        frame = _Splitter(source, tuple(document))
        for _ in frame.run(keep=False):
            pass
        yield Piece(frame.frame(), 1, 1, is_frame=True)
        source.seek(start)
        yield from _Splitter(source, tuple(document)).run(keep=True)
        return
    splitter = _Splitter(source, tuple(document))
    yield from splitter.run(keep=True)
    yield Piece(splitter.frame(), 1, 1, is_frame=True)


class Edges(Struct, frozen=True):
    """What stands before and behind the documents; `is_list`: they are the entries of a list."""

    before: str
    after: str
    is_list: bool


def around(source: BinaryIO, document: Sequence[str]) -> Edges:
    """The frame of a file, open where the documents stand."""
    splitter = _Splitter(source, tuple(document))
    for _ in splitter.run(keep=False):
        pass
    return splitter.edges()


def _is_open(token: re.Match[str]) -> bool:
    return token[0][0] == '"' and token[1] is None


class _Splitter:
    """One pass over a file. A document is the value at the path, or each entry when that is a list."""

    def __init__(self, source: BinaryIO, path: tuple[str, ...]) -> None:
        self._source, self._path = source, path
        self._text = ""
        self._at = 0
        self._line = self._column = 1
        self._frame: list[str] = []
        self._frame_size = self._hole = 0
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="strict")
        self._ended = False
        self._first = True

    def frame(self) -> str:
        """Everything but the documents."""
        return "".join(self._frame)

    def edges(self) -> Edges:
        """The same in two, without what stands for the documents."""
        whole, hole = self._frame, self._hole
        return Edges("".join(whole[:hole]), "".join(whole[hole + 1 :]), whole[hole : hole + 1] == ["[]"])

    def run(self, *, keep: bool) -> Iterator[Piece]:
        """Walk to the documents and give them; the rest goes to the frame."""
        self._skip_blank(to_frame=True)
        if self._peek() == "":
            raise Broken("the file is empty")
        if self._path:
            yield from self._object(self._path, keep=keep, depth=1)
        else:
            yield from self._documents(keep=keep, depth=0)
        self._skip_blank(to_frame=True)
        if self._peek():
            raise Broken("something stands behind the end of the JSON value", where=f"line {self._line}, column {self._column}")

    def _object(self, path: tuple[str, ...], *, keep: bool, depth: int) -> Iterator[Piece]:
        """An object on the way to the documents."""
        if self._peek() != "{":
            raise Broken(f"an object with {path[0]} is expected", where=f"line {self._line}, column {self._column}")
        self._take(1, to_frame=True)
        while True:
            self._skip_blank(to_frame=True)
            letter = self._peek()
            if letter == "}":
                self._take(1, to_frame=True)
                return
            if letter == ",":
                self._take(1, to_frame=True)
                continue
            if letter != '"':
                raise Broken("not JSON: a key is expected", where=f"line {self._line}, column {self._column}")
            key = self._string()
            self._skip_blank(to_frame=True)
            if self._peek() != ":":
                raise Broken("not JSON: ':' is expected behind a key", where=f"line {self._line}, column {self._column}")
            self._take(1, to_frame=True)
            self._skip_blank(to_frame=True)
            if key != path[0]:
                self._push(self._value(depth))
            elif len(path) > 1:
                yield from self._object(path[1:], keep=keep, depth=depth + 1)
            else:
                yield from self._documents(keep=keep, depth=depth)

    def _documents(self, *, keep: bool, depth: int) -> Iterator[Piece]:
        """The document, or the list of them."""
        if self._peek() != "[":
            yield from self._document(keep=keep, depth=depth)
            self._hole = len(self._frame)
            self._push("{}")
            return
        self._take(1, to_frame=False)
        self._hole = len(self._frame)
        self._push("[]")
        expected = True
        while True:
            self._skip_blank(to_frame=False)
            letter = self._peek()
            if letter == "]":
                self._take(1, to_frame=False)
                return
            if letter == "," and not expected:
                self._take(1, to_frame=False)
                expected = True
            elif not letter:
                raise Broken("not JSON: the file ends within the list of documents", where=f"line {self._line}, column {self._column}")
            elif letter == "," or not expected:
                raise Broken("not JSON: the list of documents is broken", where=f"line {self._line}, column {self._column}")
            else:
                expected = False
                yield from self._document(keep=keep, depth=depth + 1)

    def _document(self, *, keep: bool, depth: int) -> Iterator[Piece]:
        line, column = self._line, self._column
        text = self._value(depth)
        if keep:
            yield Piece(text, line, column)

    def _value(self, depth: int) -> str:
        """The text of one value, whatever it is."""
        letter = self._peek()
        if letter == '"':
            return self._raw_string()
        if letter not in {"{", "["}:
            return self._word()
        parts: list[str] = []
        size = values = 0
        level = depth
        while True:
            found = _TOKEN.search(self._text, self._at)
            if found is None or _is_open(found):
                if not self._more():
                    raise Broken("not JSON: the file ends within a value", where=f"line {self._line}, column {self._column}")
                continue
            mark = found[0]
            size += found.end() - self._at
            values += mark == ","
            if len(mark) > VALUE_LIMIT + 2 or size > DOCUMENT_BYTES or values > DOCUMENT_VALUES:
                raise self._too_long(mark, size)
            parts.append(self._taken(found.end() - self._at))
            if mark in "{[":
                level += 1
                if level - depth > DEEPEST:
                    raise Broken(f"values stand deeper than {DEEPEST} levels", where=f"line {self._line}", kind="too_long")
            elif mark in "}]":
                level -= 1
                if level == depth:
                    return "".join(parts)

    def _too_long(self, mark: str, size: int) -> Broken:
        """Which of the limits of a document is passed; the quotes of a text do not count."""
        if len(mark) > VALUE_LIMIT + 2:
            text = f"a text is longer than {VALUE_LIMIT // 1024} KB"
        elif size > DOCUMENT_BYTES:
            text = f"one document is larger than {DOCUMENT_BYTES // 1024 // 1024} MB"
        else:
            text = f"a document has more than {DOCUMENT_VALUES:,} values"
        return Broken(text, where=f"line {self._line}", kind="too_long")

    def _word(self) -> str:
        """A number or a word, up to what ends it."""
        parts = []
        while (letter := self._peek()) not in {"", ",", "}", "]", ":", " ", "\t", "\r", "\n", "{", "[", '"'}:
            parts.append(letter)
            self._take(1, to_frame=False)
            if len(parts) > 1000:
                raise Broken("not JSON: a value without end", where=f"line {self._line}, column {self._column}")
        if not parts:
            raise Broken("not JSON: a value is expected", where=f"line {self._line}, column {self._column}")
        return "".join(parts)

    def _string(self) -> str:
        raw = self._raw_string()
        self._push(raw)
        try:
            return str(json.loads(raw))
        except json.JSONDecodeError as error:
            raise Broken(f"not JSON: {error.msg}", where=f"line {self._line}, column {self._column}") from error

    def _raw_string(self) -> str:
        while True:
            found = _TOKEN.match(self._text, self._at)
            if found is not None and not _is_open(found):
                if len(found[0]) > VALUE_LIMIT:
                    raise Broken(f"a text is longer than {VALUE_LIMIT // 1024} KB", where=f"line {self._line}", kind="too_long")
                return self._taken(found.end() - self._at)
            if not self._more():
                raise Broken("not JSON: the file ends within a text", where=f"line {self._line}, column {self._column}")

    def _skip_blank(self, *, to_frame: bool) -> None:
        while (letter := self._peek()) and letter in " \t\r\n":
            self._take(1, to_frame=to_frame)

    def _peek(self) -> str:
        while self._at >= len(self._text):
            if not self._more():
                return ""
        return self._text[self._at]

    def _take(self, count: int, *, to_frame: bool) -> None:
        text = self._taken(count)
        if to_frame:
            self._push(text)

    def _taken(self, count: int) -> str:
        text = self._text[self._at : self._at + count]
        self._at += count
        lines = text.count("\n")
        if lines:
            self._line += lines
            self._column = len(text) - text.rfind("\n")
        else:
            self._column += len(text)
        return text

    def _push(self, text: str) -> None:
        self._frame.append(text)
        self._frame_size += len(text)
        if self._frame_size > LARGEST_FRAME:
            raise Broken(f"more than {LARGEST_FRAME // 1024} KB stand around the documents", where=f"line {self._line}", kind="too_long")

    def _more(self) -> bool:
        """Read the next block behind what is left."""
        if self._ended:
            return False
        block = self._source.read(BLOCK)
        try:
            text = self._decode.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise Broken("the bytes are not UTF-8", where=f"line {self._line}") from error
        if self._first:
            text, self._first = text.removeprefix("\ufeff"), False
        self._ended = not block
        if len(self._text) - self._at > VALUE_LIMIT + BLOCK:
            raise Broken(f"a text is longer than {VALUE_LIMIT // 1024} KB", where=f"line {self._line}", kind="too_long")
        self._text = self._text[self._at :] + text
        self._at = 0
        return bool(block)
