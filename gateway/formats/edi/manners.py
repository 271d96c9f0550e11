"""What tells the two standards apart while an interchange is walked: the tags, and how headers are read."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from gateway.formats.edi.checks import Checks
from gateway.formats.edi.envelope import Group, Interchange, Set
from gateway.formats.edi.lexer import Lexer
from gateway.formats.edi.segments import Segment, Standard


class Described(Struct, frozen=True):
    """What the first segment of a set says."""

    type: str
    control: str
    version: str
    label: str
    convention: str


class Manner(Struct, frozen=True, kw_only=True):
    """One standard. `reference` is the element of the first segment of a set with its number, `widths` how long that may be.

    `services` are segments that may stand outside of groups. `group` reads the header of a group and checks it; `describe` reads the first
    segment of a set; `judge` adds what is wrong with that, and in some interchanges it `judges_text` of the whole set.
    """

    standard: Standard
    interchange_close: str
    group_open: str
    group_close: str
    set_open: str
    set_close: str
    interchange_reference: str
    group_reference: str
    set_reference: str
    reference: int
    widths: range
    group: Callable[[Segment, Group, Checks, Lexer], None]
    describe: Callable[[Segment, Group, Lexer], Described]
    judge: Callable[[Set, Checks], None]
    judges_text: Callable[[Interchange], bool]
    services: frozenset[str]
    unit: str
    needs_groups: bool
    compares_numbers: bool


class Opening(Struct):
    """An interchange whose header was read; without a lexer nothing behind the header can be read."""

    interchange: Interchange
    checks: Checks
    lexer: Lexer | None
    manner: Manner
