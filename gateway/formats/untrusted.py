"""The one place where XML of others meets libxml2: no entities, no network, no DTD, no huge trees; bounded bytes.

DOCTYPE and encoding are judged by `prolog` before a parser sees the bytes, so nothing is parsed twice for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, Literal, TypeVar

from lxml import etree

from gateway.formats.base import DOCUMENT_BYTES, HEAD, Broken
from gateway.formats.prolog import Prolog, read_prolog

T = TypeVar("T")
_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "huge_tree": False,
    "load_dtd": False,
    "remove_comments": True,
    "remove_pis": True,
    "remove_blank_text": True,
}
_PLAIN = (
    ("xmlParseEntityRef", "an & stands alone; it is written &amp;"),
    ("Excessive depth", "elements stand too deep"),
    ("Text node too long", "a text is longer than 10 MB"),
    ("xmlParseCharRef", "a reference to a character that XML does not allow"),
    ("PCDATA invalid Char", "a control character stands in a text"),
    ("Char 0x0 out of", "a NUL character stands in a text"),
    ("Extra content at the end", "something stands behind the end of the root element"),
)
"""What libxml2 says, and what it means to the sender."""
_ENTITY = "an entity other than &amp; &lt; &gt; &quot; &apos; is used"


class Bytes:
    """A source that gives its head twice and bounds how much one document may take."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.head = _read_fully(source, HEAD)
        self._again = [self.head]
        self._since = 0
        self._kept: list[bytes] | None = None

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most one block."""
        block = self._again.pop() if self._again else self._source.read(HEAD)
        if self._kept is not None:
            self._kept.append(block)
        self._since += len(block)
        if self._since > DOCUMENT_BYTES:
            raise Broken(f"one document is larger than {DOCUMENT_BYTES // 1024 // 1024} MB", kind="too_long")
        return block

    def begin_document(self) -> int:
        """Count anew; the bytes read since the last document, a block more or less."""
        since, self._since = self._since, 0
        return since

    def keep(self) -> None:
        """Remember what is read from now on, for `rewind`."""
        self._kept = []

    def rewind(self) -> None:
        """Give what was kept once more."""
        self._again = [*self._again, *reversed(self._kept or [])]
        self._kept = None
        self._since = 0

    @property
    def is_short(self) -> bool:
        """Whether the head is the whole file."""
        return len(self.head) < HEAD


def prolog_of(head: bytes, *, ignore_doctype: bool) -> Prolog:
    """The prolog, refused when a DOCTYPE stands there that the mapping does not ignore."""
    prolog = read_prolog(head)
    if prolog.internal_subset:
        raise Broken("a DOCTYPE with declarations of its own is never taken")
    if prolog.doctype and not ignore_doctype:
        raise Broken("a DOCTYPE is not taken")
    return prolog


def parse_untrusted(source: Bytes, prolog: Prolog) -> etree._Element:
    """The root of a whole file."""
    parser = etree.XMLParser(encoding=prolog.encoding, **_OPTIONS)
    root: etree._Element = translated(lambda: etree.parse(source, parser).getroot(), prolog, parser)
    return root


def iterate_untrusted(
    source: Bytes, prolog: Prolog, *, events: Sequence[Literal["start", "end"]] = ("end",), tags: Sequence[str] | None = None
) -> Iterator[tuple[str, etree._Element]]:
    """Events of a file in flat memory, as long as the caller removes what it has seen."""
    walker = etree.iterparse(source, events=tuple(events), tag=tags, encoding=prolog.encoding, **_OPTIONS)
    steps: Iterator[Any] = iter(walker)
    done: Any = None
    while (step := translated(lambda: next(steps, done), prolog, walker)) is not done:
        yield step


def refuse_entities(element: etree._Element) -> None:
    """With a DOCTYPE that is not loaded an unknown entity is no error to libxml2 but a silent hole in the text."""
    for entity in element.iter(etree.Entity):
        raise Broken(_ENTITY, where=f"line {entity.sourceline}", value=str(entity.text))


def translated(act: Callable[[], T], prolog: Prolog, log: Any = None) -> T:
    """The result, or Broken with line and column."""
    try:
        return act()
    except etree.XMLSyntaxError as error:
        raise _broken(error, log) from error
    except (UnicodeDecodeError, LookupError) as error:
        raise Broken(f"the bytes are not {prolog.encoding}") from error


def _broken(error: etree.XMLSyntaxError, log: Any) -> Broken:
    entries = [entry for entry in (getattr(log, "error_log", None) or ()) if entry.level >= 2]
    line, column, text = (
        (entries[0].line, entries[0].column, entries[0].message) if entries else (error.lineno or 1, error.offset or 1, error.msg)
    )
    if "Entity" in text and "not defined" in text:
        text = _ENTITY
    text = " ".join(str(text).split("(")[0].split()).removesuffix(f", line {line}, column {column}")
    text = next((plain for theirs, plain in _PLAIN if theirs in text), text)
    return Broken(f"not well-formed XML: {text}", where=f"line {line}, column {column}")


def _read_fully(source: BinaryIO, size: int) -> bytes:
    blocks, missing = [], size
    while missing and (block := source.read(missing)):
        blocks.append(block)
        missing -= len(block)
    return b"".join(blocks)
