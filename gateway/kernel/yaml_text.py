"""YAML that people edit, read as text with line numbers: `00`, `NO` and `004010` stay what they are.

No anchors, aliases, tags or merge keys; a key that stands twice is an error. Every mistake is a ConfigError with file and line.
Meaning is not known here: mappings, connectors and settings read the tree with their own words.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

import yaml
from msgspec import Struct

from gateway.kernel.errors import ConfigError

LIMIT = 256 * 1024
DEEPEST = 64
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_OPEN_QUOTE = "while scanning a quoted scalar"


class Scalar(Struct, frozen=True):
    """A text. `quoted` tells `""` from nothing at all."""

    value: str
    line: int
    quoted: bool = False


class Entry(Struct, frozen=True):
    """A key and what stands behind it; `line` is the line of the key."""

    key: str
    value: Node
    line: int


class Table(Struct, frozen=True):
    """Keys and values in the order of the file."""

    entries: tuple[Entry, ...]
    line: int

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def get(self, key: str) -> Node | None:
        """The value of a key, or nothing."""
        return next((entry.value for entry in self.entries if entry.key == key), None)

    def keys(self) -> tuple[str, ...]:
        """The keys in order."""
        return tuple(entry.key for entry in self.entries)


class Series(Struct, frozen=True):
    """A list."""

    items: tuple[Node, ...]
    line: int

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


Node = Scalar | Table | Series
Plain = str | dict[str, "Plain"] | list["Plain"]


def load_yaml_text(path: Path) -> Node:
    """The tree of a file; an empty file is an empty table."""
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > LIMIT:
        raise ConfigError(f"{path}: larger than {LIMIT // 1024} KB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8; save the file in that encoding") from error
    return parse_yaml_text(text, name=str(path))


def parse_yaml_text(text: str, *, name: str) -> Node:
    """The tree of a text; `name` stands before the line in errors."""
    control = _CONTROL.search(text)
    if control is not None:
        line = text.count("\n", 0, control.start()) + 1
        raise ConfigError(f"{name}:{line}: not YAML: a control character stands there (U+{ord(control[0]):04X}); remove it")
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if error.context == _OPEN_QUOTE and error.context_mark and "unexpected end" in (error.problem or ""):
            raise ConfigError(f"{name}:{error.context_mark.line + 1}: not YAML: a quote is opened and never closed") from error
        line = mark.line + 1 if mark else 1
        raise ConfigError(f"{name}:{line}: not YAML: {error.problem or error.context}{_remedy(error)}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not YAML: {' '.join(str(error).split())}") from error
    return builder.root or Table((), 1)


def to_plain(node: Node) -> Plain:
    """The same without lines: texts, dictionaries and lists."""
    match node:
        case Scalar():
            return node.value
        case Series():
            return [to_plain(item) for item in node.items]
        case Table():
            return {entry.key: to_plain(entry.value) for entry in node.entries}


def leaves(node: Node, *, without: Container[str] = (), at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of a tree with the keys that lead to it; what stands under a key of `without` is passed over."""
    match node:
        case Scalar():
            yield at, node.value
        case Series():
            for item in node:
                yield from leaves(item, without=without, at=at)
        case Table():
            for entry in node:
                if entry.key not in without:
                    yield from leaves(entry.value, without=without, at=(*at, entry.key))


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The valid word that a mistyped one most likely means."""
    known = {candidate.lower(): candidate for candidate in words}
    found = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return known[found[0]] if found else None


LISTED = 40
"""So many valid words are listed; nobody reads more."""


def unknown(word: str, words: Iterable[str], *, what: str = "key") -> str:
    """One sentence about a word that is not valid, with the nearest one that is."""
    valid = sorted(words)
    close = nearest(word, valid)
    more = f" and {len(valid) - LISTED} more" if len(valid) > LISTED else ""
    known = f"; known are {', '.join(valid[:LISTED])}{more}" if valid else ""
    return f"unknown {what} '{word}'" + (f"; did you mean '{close}'?" if close else known)


def _remedy(error: yaml.MarkedYAMLError) -> str:
    """What people mostly meant; empty when the words of the reader must do."""
    said = f"{error.context} {error.problem}"
    return next((f"; {remedy}" for sign, remedy in _REMEDIES if sign in said), "")


_REMEDIES = (
    ("alias", "quote a text that begins with '*'"),
    ("anchor", "quote a text that begins with '&'"),
    ("cannot start any token", "quote a text that begins with '@', '`' or '%', and indent with blanks"),
    ("mapping values are not allowed", "quote a text that holds ': '"),
)


class _Open(Struct):
    """A table or list that is being read."""

    line: int
    is_table: bool
    items: list[Node]
    keys: list[tuple[str, int]]
    seen: dict[str, int]
    key: tuple[str, int] | None = None


class _Builder:
    """Makes the tree from parser events; no recursion, so depth costs nothing."""

    def __init__(self, name: str) -> None:
        self.root: Node | None = None
        self._name = name
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case yaml.AliasEvent():
                raise self._error(line, "aliases (*) are not allowed; quote a text that begins with '*'")
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self._error(line, "one document a file")
            case yaml.ScalarEvent():
                self._refuse_marks(event, line)
                self._scalar(event, line)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._refuse_marks(event, line)
                self._begin(line, is_table=isinstance(event, yaml.MappingStartEvent))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._end()
            case _:
                return

    def _refuse_marks(self, event: yaml.NodeEvent, line: int) -> None:
        if event.anchor:
            raise self._error(line, "anchors (&) are not allowed; quote a text that begins with '&'")
        if getattr(event, "tag", None):
            raise self._error(line, "tags (!) are not allowed; quote a text that begins with '!'")

    def _begin(self, line: int, *, is_table: bool) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and top.is_table and top.key is None:
            raise self._error(line, "a key must be a text; quote it if it begins with '[' or '{'")
        if len(self._open) >= DEEPEST:
            raise self._error(line, f"nested deeper than {DEEPEST} levels")
        self._open.append(_Open(line, is_table, [], [], {}))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        top = self._open[-1] if self._open else None
        if top is None or not top.is_table or top.key is not None:
            self._put(Scalar(event.value, line, event.style is not None and event.style != ""))
            return
        if event.value == "<<" and not event.style:
            raise self._error(line, "merge keys (<<) are not allowed")
        if event.value in top.seen:
            raise self._error(line, f"key '{event.value}' stands twice, first in line {top.seen[event.value]}")
        top.seen[event.value] = line
        top.key = (event.value, line)

    def _put(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        if top.is_table and top.key is not None:
            top.keys.append(top.key)
            top.key = None
        top.items.append(node)

    def _end(self) -> None:
        done = self._open.pop()
        if done.is_table:
            entries = tuple(Entry(key, node, line) for (key, line), node in zip(done.keys, done.items, strict=True))
            self._put(Table(entries, done.line))
        else:
            self._put(Series(tuple(done.items), done.line))

    def _error(self, line: int, text: str) -> ConfigError:
        return ConfigError(f"{self._name}:{line}: {text}")
