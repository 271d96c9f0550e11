"""Which files of a folder are a channel's: `SHIP_*.csv`, `ACK_{batch}.csv`. Names are bytes; what is in braces is caught.

`*` stands for any characters, `?` for one, `{name}` for one or more; everything else for itself. The case of the letters A to Z does
not count: a `SHIP_1.CSV` that nobody takes would lie there until somebody misses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
LONGEST = 255


class Literal(Struct, frozen=True):
    """This one byte."""

    byte: int


class One(Struct, frozen=True):
    """Any one byte."""


class Many(Struct, frozen=True):
    """Any bytes, none too."""


class Caught(Struct, frozen=True):
    """One or more bytes, kept under a name."""

    name: str


Token = Literal | One | Many | Caught


class FilePattern(Struct, frozen=True):
    """A pattern as somebody wrote it, and what it is made of."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names in braces: mappings read them as `$file.NAME`."""
        return tuple(token.name for token in self.tokens if isinstance(token, Caught))

    def expression(self) -> re.Pattern[bytes]:
        """The pattern as the system's own kind, for whoever asks about many names."""
        return re.compile(b"".join(_regex(token) for token in self.tokens), re.DOTALL | re.IGNORECASE)

    def match(self, name: bytes) -> Mapping[str, str] | None:
        """What the placeholders caught, or None when the name does not fit (or catches what is no text)."""
        found = self.expression().fullmatch(name)
        if found is None:
            return None
        try:
            return {key: value.decode() for key, value in found.groupdict().items()}
        except UnicodeDecodeError:
            return None


def read_pattern(text: str) -> FilePattern:
    """The pattern of a text; raises ValueError when it could match no file or something that is no file name."""
    if not text or len(text.encode()) > LONGEST:
        raise ValueError(f"a pattern of 1 to {LONGEST} bytes is needed")
    if "/" in text or "\0" in text:
        raise ValueError(f"'{text}' holds a slash; the folder stands under 'folder', the pattern is for the name alone")
    tokens = tuple(_tokens(text))
    names = [token.name for token in tokens if isinstance(token, Caught)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"'{{{twice}}}' stands twice in '{text}'")
    return FilePattern(text, tokens)


def intersects(one: tuple[Token, ...], other: tuple[Token, ...]) -> bool:
    """Whether some text fits both rows of tokens."""
    left, right = tuple(_plainly(one)), tuple(_plainly(other))
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        i, j = waiting.pop()
        if i == len(left) and j == len(right):
            return True
        for step in _steps(left, right, i, j):
            if step not in reached:
                reached.add(step)
                waiting.append(step)
    return False


def _steps(left: tuple[Token, ...], right: tuple[Token, ...], i: int, j: int) -> Iterator[tuple[int, int]]:
    a = left[i] if i < len(left) else None
    b = right[j] if j < len(right) else None
    if isinstance(a, Many):
        yield i + 1, j
    if isinstance(b, Many):
        yield i, j + 1
    if a is None or b is None:
        return
    if isinstance(a, Literal) and isinstance(b, Literal) and _lower(a.byte) != _lower(b.byte):
        return
    yield i if isinstance(a, Many) else i + 1, j if isinstance(b, Many) else j + 1


def _lower(byte: int) -> bytes:
    return bytes((byte,)).lower()


def _plainly(tokens: tuple[Token, ...]) -> Iterator[Token]:
    for token in tokens:
        if isinstance(token, Caught):
            yield One()
            yield Many()
        else:
            yield token


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        character = text[position]
        if character == "{":
            found = PLACEHOLDER.match(text, position)
            if found is None:
                raise ValueError(f"'{text}': a placeholder is a word of small letters in braces, like {{batch}}")
            yield Caught(found[1])
            position = found.end()
            continue
        if character in "}[]":
            raise ValueError(f"'{text}': '{character}' has no meaning here; use *, ? and {{word}}")
        position += 1
        match character:
            case "*":
                yield Many()
            case "?":
                yield One()
            case _:
                yield from (Literal(byte) for byte in character.encode())


def _regex(token: Token) -> bytes:
    match token:
        case Literal(byte=byte):
            return re.escape(bytes((byte,)))
        case One():
            return b"."
        case Many():
            return b".*"
        case Caught(name=name):
            return b"(?P<" + name.encode() + b">.+?)"
