"""The names of files we write: a pattern with closed placeholders, `PO_{batch:06}.csv`, rendered to bytes once and for good."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct, structs

from gateway.config.patterns import Caught, Literal, Many, Token
from gateway.kernel.yaml_text import unknown

NUMBERS = ("batch", "sequence", "message")
"""Placeholders that are whole numbers of ours; one of them (or the name of the received file) makes a name unique."""
PIECE = re.compile(r"\{([a-z][a-z0-9_.]*)(?::([^{}]*))?\}|([{}])")
WIDTH = re.compile(r"0?[0-9]{1,2}")
MOMENT = re.compile(r"(?:%[YmdHMSyj]|[A-Za-z0-9_.-])+")
LONGEST = 200
"""Bytes; the temporary name of a delivery adds its own to it."""


class Hole(Struct, frozen=True):
    """A placeholder and its form: the width of a number, or the picture of an instant."""

    name: str
    form: str = ""


class NameValues(Struct, frozen=True, kw_only=True):
    """What a name may be made of. `file` is the name of the received file, as it stands."""

    made_at: datetime
    batch: int | None = None
    sequence: int | None = None
    message: int | None = None
    file: bytes | None = None
    partner: Mapping[str, str] = {}


class FileName(Struct, frozen=True):
    """A name as somebody wrote it: texts and holes."""

    text: str
    parts: tuple[str | Hole, ...]

    @property
    def holes(self) -> tuple[str, ...]:
        """The placeholders, `partner.x` with its word."""
        return tuple(part.name for part in self.parts if isinstance(part, Hole))

    def tokens(self) -> tuple[Token, ...]:
        """What names it can make, in the words of a pattern."""
        return tuple(self._tokens())

    def render(self, values: NameValues) -> bytes:
        """The name; raises ValueError when a value is missing or the result is no file name.

        The name of a received file that leaves no room for the rest is cut: whoever sent it gets an answer all the same.
        """
        name = self._joined(values)
        if len(name) > LONGEST and values.file is not None and self.holes.count("file") == 1:
            name = self._joined(structs.replace(values, file=values.file[: len(values.file) - (len(name) - LONGEST)]))
        if b"/" in name or b"\0" in name or name in {b"", b".", b".."}:
            raise ValueError(f"'{self.text}' makes {name!r}, which is not a file name")
        if len(name) > LONGEST:
            raise ValueError(f"'{self.text}' makes a name of {len(name)} bytes; at most {LONGEST} are allowed")
        return name

    def _joined(self, values: NameValues) -> bytes:
        return b"".join(part.encode() if isinstance(part, str) else _filled(part, values) for part in self.parts)

    def _tokens(self) -> Iterator[Token]:
        for part in self.parts:
            if isinstance(part, Hole):
                yield Caught(part.name)
            else:
                yield from _literals(part)


class Marker(Struct, frozen=True):
    """The file that says another one is complete: `{file}.done` or `{stem}.ok` (stem: without the last ending)."""

    text: str

    def beside(self, name: bytes) -> bytes:
        """The name of the marker of this file.

        >>> Marker("{stem}.ok").beside(b"SHIP_1.csv")
        b'SHIP_1.ok'
        """
        head, dot, _ = name.rpartition(b".")
        whole, stem = b"{file}", b"{stem}"
        return self.text.encode().replace(whole, name).replace(stem, head if dot else name)

    def tokens(self, file: tuple[Token, ...]) -> tuple[Token, ...]:
        """What names the markers of such files can have."""
        before, _, after = self.text.replace("{stem}", "{file}").partition("{file}")
        inner = file if "{file}" in self.text else (Many(),)
        return (*_literals(before), *inner, *_literals(after))


def read_marker(text: str) -> Marker:
    """The marker of a text; it names the file exactly once and says something besides."""
    if len(re.findall(r"\{(?:file|stem)\}", text)) != 1 or re.sub(r"\{(?:file|stem)\}", "", text).strip("{}/\0") == "":
        raise ValueError(f"'{text}' is not a marker; write {{file}}.done or {{stem}}.ok")
    if re.search(r"[{}/\0]", re.sub(r"\{(?:file|stem)\}", "", text)):
        raise ValueError(f"'{text}': a marker holds {{file}} or {{stem}} and plain text, no slash")
    return Marker(text)


def _literals(text: str) -> Iterator[Token]:
    return (Literal(byte) for byte in text.encode())


def read_file_name(text: str) -> FileName:
    """The parts of a text; raises ValueError with the words that are valid."""
    if not text or "/" in text or "\0" in text:
        raise ValueError(f"'{text}' is not a file name; the folder stands under 'folder'")
    if text[0] in ".~":
        raise ValueError(f"'{text}' begins with '{text[0]}'; such names are for files that are still being written")
    return FileName(text, tuple(_parts(text)))


def _parts(text: str) -> Iterator[str | Hole]:
    position = 0
    for found in PIECE.finditer(text):
        if found[3]:
            raise ValueError(f"'{text}': '{found[3]}' stands alone; a placeholder is written like {{batch:06}}")
        if found.start() > position:
            yield text[position : found.start()]
        yield _hole(found[1], found[2])
        position = found.end()
    if position < len(text):
        yield text[position:]


def _hole(name: str, form: str | None) -> Hole:
    if name in NUMBERS:
        if form is not None and not WIDTH.fullmatch(form):
            raise ValueError(f"'{{{name}:{form}}}': the form of a number is its width, like {{{name}:06}}")
        return Hole(name, form or "")
    if name == "made_at":
        if not form or not MOMENT.fullmatch(form):
            raise ValueError("'{made_at}' needs a form of %Y %m %d %H %M %S %y %j, like {made_at:%Y%m%dT%H%M%SZ}; it is UTC")
        return Hole(name, form)
    if name != "file" and not re.fullmatch(r"partner\.[a-z][a-z0-9_]*", name):
        raise ValueError(unknown(name, [*NUMBERS, "made_at", "file", "partner.name"], what="placeholder"))
    if form is not None:
        raise ValueError(f"'{{{name}:{form}}}' takes no form")
    return Hole(name)


def _filled(hole: Hole, values: NameValues) -> bytes:
    match hole.name:
        case "batch" | "sequence" | "message":
            number: int | None = getattr(values, hole.name)
            if number is None:
                raise ValueError(f"there is no {hole.name} number here")
            return format(number, f"0{int(hole.form)}d" if hole.form else "d").encode()
        case "made_at":
            return values.made_at.strftime(hole.form).encode()
        case "file":
            if values.file is None:
                raise ValueError("there is no received file here")
            return values.file
        case name:
            word = name.removeprefix("partner.")
            if word not in values.partner:
                raise ValueError(unknown(word, values.partner, what="partner value"))
            return values.partner[word].encode()
