"""What a format teaches the mapping engine: its addresses, how to find the documents of a file, and how to write them.

Formats know syntax only. A node is whatever a format likes (an element, a row, a dictionary); the engine hands it back, never looks inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from typing import Any, BinaryIO, Protocol, runtime_checkable

from msgspec import Struct

from gateway.documents import Envelope
from gateway.formats.options import Options
from gateway.kernel import Severity

Node = Any  # an element, a row, a dictionary: only its own format knows
Raw = Any  # what a slot holds: a text, a list of texts, a node, a list of nodes, or nothing
Collect = Callable[[Node], Sequence[Raw]]
Search = Callable[[Node, Sequence[Raw]], Raw]

VALUE_LIMIT = 64 * 1024
DOCUMENT_VALUES = 100_000
DOCUMENT_BYTES = 64 * 1024 * 1024
HEAD = 64 * 1024


class Shape(Enum):
    """What is wanted behind an address."""

    VALUE = "value"
    VALUES = "values"
    GROUP = "group"
    GROUPS = "groups"


class Kind(Enum):
    """How a written value looks where the format tells kinds apart (JSON)."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"


class Unread(Enum):
    """What to do with what no rule reads."""

    IGNORE = "ignore"
    NOTE = "note"
    KEEP = "keep"
    REFUSE = "refuse"


class Want(Struct, frozen=True):
    """One simple address (no `|`, no `+`) and what is wanted there.

    Writing only: a constant stands only where something else stands, unless it stands `alone`.
    """

    address: str
    shape: Shape
    kind: Kind = Kind.TEXT
    constant: bool = False
    alone: bool = False


class Fault(Struct, frozen=True):
    """Something wrong with the syntax, in the partner's words; the engine makes an Issue of it."""

    kind: str
    text: str
    where: str = ""
    value: str = ""
    severity: Severity = Severity.ERROR


class Oddity(Struct, frozen=True):
    """Something a walk met: `repeated` (index of the want, value and place of the next one), `mixed`, or `unread` (name and value)."""

    kind: str
    index: int = -1
    name: str = ""
    value: str = ""
    where: str = ""


class Found(Struct, frozen=True, gc=False):
    """One document of a file, or the faults that keep it from being read; `where` and `rows` for the partner.

    Where documents lie alike, `form` says how, and `values` are the texts in it; where the engine said that it expects such documents,
    `mould` is what it expects them for, and `values` are those that this takes. `below` is the document with nothing in the record it
    begins with, where that one is broken and what stands in records of their own can be read all the same.
    """

    node: Node
    where: str
    rows: int = 1
    faults: tuple[Fault, ...] = ()
    form: Form | None = None
    values: tuple[str, ...] = ()
    mould: object = None
    below: Node | None = None


class Form(Protocol):
    """How documents lie that differ in their values only: with any texts in place of those, one can be made and walked through.

    Values are printable ASCII, none is longer than `longest` says.
    """

    @property
    def longest(self) -> Sequence[int]:
        """How long each value may be."""
        ...

    def label(self, number: int) -> str:
        """A name for a value, as people would call its place."""
        ...

    def node(self, texts: Sequence[str]) -> Node:
        """The document with these texts."""
        ...

    def scan(self) -> Scan:
        """A file of such documents."""
        ...

    def named_by(self, oddity: Oddity) -> Iterable[int]:
        """The numbers of the values that gave what is unread its name."""
        ...


@runtime_checkable
class FormPlan(Protocol):
    """A plan whose walk goes by few of the values of a form: by words that say what the others mean."""

    def words(self, form: Form) -> frozenset[int] | None:
        """The numbers of these values; None where the walk needs more than the form."""
        ...


class Broken(Exception):
    """The file cannot be read (further); raised by scans, caught by the engine."""

    def __init__(self, text: str, *, where: str = "", kind: str = "unreadable", value: str = "") -> None:
        super().__init__(text)
        self.fault = Fault(kind, text, where, value)


class Identity(Struct, frozen=True):
    """What a file shows at first sight; empty where a format has no such thing."""

    format: str
    root: str = ""
    namespace: str = ""
    headings: tuple[str, ...] = ()
    has: tuple[str, ...] = ()


class Split(Struct, frozen=True):
    """One document for each different value of these addresses; `apart` is join, again or nothing."""

    by: tuple[str, ...]
    rows: str
    apart: str


class Part(Enum):
    """Where top rules stand."""

    HEAD = "head"
    DOCUMENT = "document"
    TAIL = "tail"
    ROW = "row"


@runtime_checkable
class Addressed(Protocol):
    """A plan that tells by which address each of its wants is found."""

    @property
    def wants(self) -> Sequence[Want]:
        """What is asked for, in order."""
        ...


class Plan(Protocol):
    """All addresses of one group, compiled; shared by threads, so it keeps nothing of a file."""

    @property
    def searches(self) -> Mapping[int, Search]:
        """Wants that need a walk of their own, asked with the slots of the walk and only when their value is needed."""
        ...

    def bind(self, scan: Scan) -> Collect:
        """The walk that fills the slots (one a want) of a node of this file."""
        ...

    def inside(self, index: int, wants: Sequence[Want]) -> Plan:
        """The plan of the group that want `index` leads to."""
        ...

    def where(self, node: Node, index: int | None, scan: Scan) -> str:
        """The partner's place of a want, or of the node."""
        ...

    def place(self, values: Sequence[Raw]) -> Node | None:
        """A node with these values, in the order of the wants; nothing when constants alone would stand."""
        ...

    def empty(self) -> Node:
        """A node without any value, where an empty container is to be kept."""
        ...

    def record(self, node: Node) -> int:
        """The number of the node in the file, where records are counted."""
        ...


@runtime_checkable
class Narrow(Protocol):
    """A plan whose places hold one value each, unless they are groups of their own; asked for before a list is written there."""

    def holds_one_at(self, index: int) -> bool:
        """Whether the place of this want has room for one entry only."""
        ...


class Scan(Protocol):
    """One file being read."""

    odd: list[Oddity]
    rows: Sequence[Node]

    def __iter__(self) -> Iterator[Found]:
        """The documents one by one; raises Broken."""
        ...

    def head(self) -> Node | None:
        """What stands before the first document; asked when that is found."""
        ...

    def tail(self) -> Node | None:
        """What stands around and after the documents; asked at the end."""
        ...

    def faults(self) -> tuple[Fault, ...]:
        """Remarks about the file as a whole (a missing last line break)."""
        ...


@runtime_checkable
class RowScan(Scan, Protocol):
    """A file whose rows may be taken by the hundred; asked for where a layout has plain rows."""

    def blocks(self, most: int) -> Iterator[tuple[int, Sequence[list[str]]]]:
        """Rows as they stand, with the number before their first; raises Broken after the rows before it."""
        ...

    def alone(self, row: list[str], number: int) -> Found:
        """One of these rows as the document that iterating would give."""
        ...

    def is_even(self, rows: Sequence[list[str]]) -> bool:
        """Whether nothing is to be told about these rows: all as wide as the heading, no remark left."""
        ...

    def place_of(self, address: str) -> int | None:
        """The number of a column in this file, from 0."""
        ...


@runtime_checkable
class SetLayout(Protocol):
    """A layout of sets in interchanges: each set is chosen for, judged and answered by itself."""

    def together(self, layouts: Sequence[Any], source: BinaryIO, habits: Any, *, is_survey: bool) -> SetScan:
        """A file whose sets are for these layouts, read as is agreed; `takers` are those for the set at hand."""
        ...

    @property
    def default_date(self) -> str:
        """The codec of dates without one."""
        ...

    def behind(self, address: str) -> str | None:
        """The address of the part behind a value, where the format has it there; None where it has none."""
        ...

    def levels(self, document: Node) -> int:
        """How many levels a placed document will have."""
        ...

    def specimen(self) -> Any:
        """An envelope for tests and previews: nobody's ids, number 1."""
        ...

    def stencils(self, envelope: Any) -> Any:
        """What cuts stencils for the sets of one interchange (SetStencils)."""
        ...

    def write_in(self, envelope: Any, documents: Iterator[tuple[Node, Node | None]], target: BinaryIO) -> tuple[Fault, ...]:
        """One interchange of placed documents, each with its tail, or printed through a stencil."""
        ...


class Format(Protocol):
    """A file format: what it can be told, and what it makes of that."""

    @property
    def name(self) -> str:
        """The word in mappings."""
        ...

    @property
    def options(self) -> Mapping[str, str]:
        """The options a mapping may give, with what they mean."""
        ...

    def identify(self, head: bytes, name: str) -> Identity | None:
        """What the first bytes show, when they are of this format."""
        ...

    def layout(self, options: Options, unread: Unread, split: Split | None) -> Layout:
        """The layout of a mapping; problems are noted on the options."""
        ...


@runtime_checkable
class SetScan(Scan, Protocol):
    """One file of interchanges, whose sets may be for several layouts: `takers`, by number, are those for the set at hand."""

    is_damaged: bool
    takers: tuple[int, ...]

    def enveloped(self) -> Envelope:
        """What the control segments tell of the document at hand."""
        ...

    def expect(self, found: Found, mould: object, words: Iterable[int], takes: Sequence[int]) -> None:
        """More documents like the one at hand may come: as long as they show the same words, their values go to this mould."""
        ...


@runtime_checkable
class PlainRows(Protocol):
    """A layout with rows; scans of one whose rows are all plain documents are RowScans."""

    @property
    def has_plain_rows(self) -> bool:
        """Whether every row is a document and no row is anything else."""
        ...


@runtime_checkable
class Sifting(Protocol):
    """A layout whose refused documents can be given back as a file of the same layout."""

    @property
    def can_sift(self) -> bool:
        """Whether this one can."""
        ...

    def sift(self, open_: Callable[[], AbstractContextManager[BinaryIO]], chosen: Mapping[str, str], target: BinaryIO) -> None:
        """Write the documents of the chosen places (to what is wrong); the file is opened as often as needed."""
        ...


@runtime_checkable
class Resembling(Protocol):
    """A layout that says of a file that does not fit whether it was meant for it all the same."""

    def resembles(self, head: bytes) -> bool:
        """Whether some of what tells such a file is there."""
        ...


class Layout(Protocol):
    """A format with the options of one mapping."""

    @property
    def holds_one(self) -> bool:
        """Whether a file is one document."""
        ...

    @property
    def cuts_rows(self) -> bool:
        """Whether the scan itself cuts rows into documents, so that a node is the rows of one."""
        ...

    def plan(self, part: Part, wants: Sequence[Want]) -> Plan:
        """The plan of top rules; AddressError where an address cannot be."""
        ...

    def row_plan(self, rows: str, wants: Sequence[Want]) -> Plan:
        """The plan of the rows of a split document."""
        ...

    def scan(self, source: BinaryIO) -> Scan:
        """A file to read."""
        ...

    def survey(self, source: BinaryIO) -> Scan:
        """The same file looked through before it is read: limits that reading need not judge again are judged here."""
        ...

    def write(self, head: Node | None, documents: Iterator[Node], tail: Node | None, target: BinaryIO) -> tuple[Fault, ...]:
        """Write placed nodes; the head is known when the first document is."""
        ...

    def misfit(self, head: bytes, needed: Sequence[str]) -> str | None:
        """Why a file that begins like this is not for this layout; `needed`: addresses of mandatory fields."""
        ...
