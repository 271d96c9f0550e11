"""What a file is, which documents it holds and what is wrong with them; nothing is stored, and no workspace is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gateway.desk.interchanges import InterchangeFound, survey
from gateway.documents import Document
from gateway.formats.base import HEAD
from gateway.formats.edi import sniff
from gateway.formats.edi.verdict import ANSWERS
from gateway.kernel import Issue
from gateway.kernel.errors import ConfigError
from gateway.mapping import Identity, Library, Mapping, OneOrSeveral, Reading, Several, Values, formless, identify, stranger, told_once

MOST_REASONS = 6
FAR = ("the root is", "the heading has none")
"""How reasons begin of mappings for something quite different."""


class Found(Struct, frozen=True):
    """One document: its kind, its business key as far as it could be read, its number of lines, its issues."""

    kind: str
    key: str
    lines: int
    issues: tuple[Issue, ...]


class Inspection(Struct, frozen=True, kw_only=True):
    """What was found. `format` is empty when nothing recognises the file, `mapping` when no layout fits it.

    `interchanges` are those of X12 and EDIFACT, which are looked into without a mapping too.
    """

    format: str
    mapping: str
    documents: tuple[Found, ...]
    issues: tuple[Issue, ...]
    fitting: tuple[str, ...] = ()
    """Other mappings that fit as well."""
    interchanges: tuple[InterchangeFound, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether the file, or a document of it, would be refused."""
        errors = any(issue.is_error for issue in self.issues)
        inside = any(issue.is_error for document in self.documents for issue in document.issues)
        return errors or inside or any(it.is_refused for it in self.interchanges)


def inspect(
    file: Path, library: Library, values: Values, *, mapping: str | None = None, advance: Callable[[int], None] = lambda _: None
) -> Inspection:
    """Look at a file by the named mapping, or by the one that fits and finds least wrong; `advance` hears of every document read.

    A file of interchanges is looked into even where no mapping fits.
    """
    with file.open("rb") as source:
        head = source.read(HEAD)
    if not head:
        return Inspection(format="", mapping="", documents=(), issues=(Issue("MAP-34", "the file is empty", kind="empty"),))
    identity = identify(head, file.name)
    standard = sniff(head)
    found = _mapped(_File(file, head, identity), library, values, mapping, advance)
    if standard is None:
        return found
    surveyed = survey(file) if found.mapping else survey(file, advance)
    issues = (*found.issues, *(it for it in surveyed.issues if it.where not in {issue.where for issue in found.issues}))
    if not found.mapping:
        told = (*_unread(surveyed.interchanges, library), *surveyed.issues)
        return Inspection(format=standard, mapping="", documents=(), issues=told, interchanges=surveyed.interchanges)
    return replace(found, interchanges=surveyed.interchanges, issues=issues)


class _File(Struct, frozen=True):
    """A file, how it begins, and what that is."""

    path: Path
    head: bytes
    identity: Identity


def _mapped(sent: _File, library: Library, values: Values, mapping: str | None, advance: Callable[[int], None]) -> Inspection:
    """What a mapping makes of the file."""
    file, head, identity = sent.path, sent.head, sent.identity
    if mapping is not None:
        return _read(file, library.get(mapping), values, identity.format, advance)
    reasons: dict[str, str] = {}
    tried: list[Inspection] = []
    kin: list[str] = []
    by_set: list[Mapping] = []
    for candidate in _reading(library, reasons):
        unfit = candidate.fits(identity, head)
        if candidate.is_by_set:
            by_set.append(candidate)
        if unfit is None and not candidate.is_by_set:
            tried.append(_read(file, candidate, values, identity.format, advance))
        elif unfit is not None:
            reasons[candidate.name] = unfit
            kin += [candidate.name] if candidate.format == identity.format else []
    taking = _taking(file, by_set, values) if sniff(head) is not None else None
    if taking is not None:
        return _read(file, taking, values, identity.format, advance)
    if not tried:
        named = stranger(head) or formless(identity)
        text = named or f"no mapping fits this file; try one with --mapping, or see what speaks against it: {nearest(reasons, kin)}"
        issue = Issue("MAP-02", text, kind="unknown_document")
        return Inspection(format="" if named else identity.format, mapping="", documents=(), issues=(issue,))
    best = min(tried, key=_faults)
    others = tuple(one.mapping for one in tried if one is not best)
    return Inspection(format=best.format, mapping=best.mapping, documents=best.documents, issues=best.issues, fitting=others)


def _unread(interchanges: Sequence[InterchangeFound], library: Library) -> Iterator[Issue]:
    """That nothing of a file was read: the kinds of sets in it, and those that there are layouts for."""
    kinds = Counter(
        f"{one.type} of {one.version}" if one.version else one.type
        for it in interchanges
        for group in it.groups
        for one in group.sets
        if one.type not in ANSWERS
    )
    if not kinds:
        return
    standard = interchanges[0].standard
    known: dict[str, set[str]] = {}
    for it in _reading(library, {}):
        if it.format == standard:
            known.setdefault(getattr(it.layout, "type", it.name), set()).update(getattr(it.layout, "versions", ()))
    held = ", ".join(f"{kind} ({count})" for kind, count in kinds.most_common(MOST_REASONS))
    said = "; ".join(f"{type_} of {', '.join(sorted(versions))}" for type_, versions in sorted(known.items()))
    said = f"there are layouts for {said}" if said else f"there is no layout that reads {standard} here"
    yield Issue("MAP-02", f"no layout is for the sets of this file: {held}. {said[:1].upper() + said[1:]}", kind="unknown_document")


def _taking(file: Path, mappings: Sequence[Mapping], values: Values) -> OneOrSeveral | None:
    """Those of the mappings that the sets of the file are for; nothing where they are for none."""
    if not mappings:
        return None
    with file.open("rb") as source:
        return Several(mappings).used(source, values)


def _reading(library: Library, reasons: dict[str, str]) -> Iterator[Mapping]:
    for name in library.names():
        try:
            mapping = library.get(name)
        except ConfigError:
            reasons[name] = "has mistakes, see: gateway mapping check"
            continue
        if mapping.reads:
            yield mapping


def _read(file: Path, mapping: OneOrSeveral, values: Values, format_: str, advance: Callable[[int], None]) -> Inspection:
    with file.open("rb") as source:
        preflight = mapping.preflight(source, values)
    documents: tuple[Found, ...] = ()
    if preflight.is_legible:
        with file.open("rb") as source:
            documents = tuple(_told(mapping.read(source, values), mapping, advance))
        known = frozenset(preflight.issues)  # what one document has and all are kept out for is told for the file
        documents = tuple(replace(it, issues=tuple(one for one in it.issues if one not in known)) for it in documents)
    return Inspection(format=format_ or mapping.format, mapping=mapping.name, documents=documents, issues=preflight.issues)


def _told(readings: Iterable[Reading], mapping: OneOrSeveral, advance: Callable[[int], None]) -> Iterator[Found]:
    for reading in readings:
        advance(1)
        yield _found(mapping, reading)


def _found(mapping: OneOrSeveral, reading: Reading) -> Found:
    return Found(reading.kind or mapping.document, reading.key, _lines(reading.said), reading.issues)


def _lines(document: Document | None) -> int:
    return len(getattr(document, "lines", ()) or getattr(document, "entries", ()) or getattr(document, "items", ()))


def _faults(found: Inspection) -> tuple[int, int]:
    refusing = sum(issue.is_error for issue in found.issues)
    inside = sum(issue.is_error for document in found.documents for issue in document.issues)
    return refusing, inside


def nearest(reasons: dict[str, str], kin: list[str]) -> str:
    """A few of the reasons, those of mappings that come nearest first."""
    told = sorted(reasons, key=lambda name: (name not in kin, reasons[name].startswith(FAR)))
    return told_once({name: reasons[name] for name in told}, most=MOST_REASONS)
