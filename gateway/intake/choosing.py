"""Which mapping of a channel reads a file; where none does, what is wrong with the file, as precisely as can be told.

A file of the right format whose syntax is broken is refused by the mapping it was meant for; any other is parked. Both are answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO

from msgspec import Struct

from gateway.config import Receive
from gateway.formats import PLAIN
from gateway.formats.base import HEAD
from gateway.formats.edi import sniff
from gateway.kernel import Issue
from gateway.mapping import (
    Identity,
    Library,
    Mapping,
    OneOrSeveral,
    Several,
    Values,
    code_for,
    formless,
    identify,
    set_readers,
    stranger,
    told_once,
)
from gateway.store.messages import Message

WEAK = frozenset({"", *PLAIN})
"""Any text may pass for CSV or for fixed width, so that a file looks like it says little."""
UNREADABLE = frozenset({"bad_character", "too_long", "unreadable"})

Opener = Callable[[], AbstractContextManager[BinaryIO]]
"""A way to read the bytes of a file from their beginning, as often as asked."""

ARCHIVE = " archive"
"""In the words for packed bytes."""


class Parked(Struct, frozen=True):
    """Nobody knows how to read the file; the sender is told, and it waits for a person."""

    issues: tuple[Issue, ...]


class RefusedWhole(Struct, frozen=True):
    """A rule refuses the whole file; the sender is answered."""

    mapping: OneOrSeveral
    issues: tuple[Issue, ...]


def mappings_for(message: Message, channel: Receive, library: Library) -> list[Mapping]:
    """What may read a received file: the mapping that a person has picked for it, else those of its channel.

    The one list for reading and for answering.
    """
    return [library.get(name) for name in ([message.picked_mapping] if message.picked_mapping else channel.mapping)]


def chosen(opened: Opener, name: str, mappings: Sequence[Mapping], values: Values) -> OneOrSeveral | RefusedWhole | Parked:
    """The first of the mappings that fits, for interchanges all those that its sets are for; else what was found and why none does."""
    with opened() as source:
        head = source.read(HEAD)
    identity = identify(head, name)
    why: dict[str, str] = {}
    for mapping in mappings:
        unfit = mapping.fits(identity, head)
        if unfit is None and not mapping.is_by_set:
            return mapping
        if unfit is None:
            alike = set_readers(mappings)
            return mapping if len(alike) == 1 else _of_sets(opened, Several(alike), values)
        why[mapping.name] = unfit
    later = _taking(opened, mappings, values) if sniff(head) is not None else None
    if later is not None:
        return later
    named = stranger(head)
    meant = _meant(mappings, identity)
    is_packed = ARCHIVE in named and meant is not None and not set_readers((meant,))  # broken bytes to every other format
    is_foreign = bool(named) and not is_packed
    found = "" if is_foreign else _found(opened, meant, values)
    if isinstance(found, RefusedWhole):
        return found
    if meant is not None and meant.resembles(head):
        return meant
    kinds = {mapping.document for mapping in mappings}
    code = code_for(kinds.pop() if len(kinds) == 1 else "", "unknown_document")
    text = f"no mapping of the channel fits this file ({told_once(why)})"
    if begin := named or formless(identity):
        text = begin if named else f"{begin}; {text}"
    return Parked((Issue(code, text, found, kind="unknown_document"),))


def _taking(opened: Opener, mappings: Sequence[Mapping], values: Values) -> OneOrSeveral | None:
    """Of a file that begins with a standard none of the mappings is for: those that sets further down are for."""
    alike = set_readers(mappings)
    if not alike:
        return None
    with opened() as source:
        return Several(alike).used(source, values)


def _of_sets(opened: Opener, several: Several, values: Values) -> OneOrSeveral:
    """The mappings that are used; where none is, all of them tell so for every set."""
    with opened() as source:
        return several.used(source, values) or several


def _meant(mappings: Sequence[Mapping], identity: Identity) -> Mapping | None:
    """The only mapping that the file can have been made for."""
    reading = [mapping for mapping in mappings if mapping.reads]
    alike = [mapping for mapping in reading if mapping.format == identity.format] or (reading if identity.format in WEAK else [])
    return alike[0] if len(alike) == 1 else None


def _found(opened: Opener, mapping: Mapping | None, values: Values) -> RefusedWhole | str:
    """What breaks the syntax of a file; else the place at which it turned out to be another document, if there is one."""
    if mapping is None:
        return ""
    with opened() as source:
        issues = mapping.preflight(source, values).issues
    broken = tuple(issue for issue in issues if issue.kind in UNREADABLE)
    if broken:
        return RefusedWhole(mapping, broken)
    return next((issue.where for issue in issues if issue.kind == "unknown_document"), "")
