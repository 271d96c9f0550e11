"""Master data as people work with it: listed, shown with where every value comes from, changed with a history (sdf 8.1, 8.2).

A value that organization.yaml states is changed there: here it is refused, with the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.config import Workspace
from gateway.config.loader import Source
from gateway.config.master import (
    ONLY_DECLARED,
    Entry,
    defaults_of,
    entry_of,
    fixed_words,
    laid,
    lists_of,
    read_code,
    read_words,
    words_from,
)
from gateway.config.organization import OrganizationFile, as_reference
from gateway.config.values import FLAGS
from gateway.desk.acting import Desk, Mode, perform
from gateway.domain.master import MasterChanged, MasterKind, WordChange, Words
from gateway.domain.reference import NEEDED_OF_AN_ORIGIN, Reference
from gateway.kernel.errors import ConfigError, NotFound
from gateway.kernel.yaml_text import unknown
from gateway.store import Store, Tx, master_rows
from gateway.store.master_rows import MasterEvent
from gateway.store.reference_rows import brought_codes, made_carriers, made_vendors
from gateway.store.references import References, organization_set

TABLES: Mapping[MasterKind, str] = {kind: f"{kind.value}s" for kind in MasterKind} | {MasterKind.ORGANIZATION: "organization"}
"""What the tables are called in organization.yaml."""
OFF = frozenset(word for word, flag in FLAGS.items() if not flag)
NAMED = 10
"""Vendors that a note names."""
DEFAULT, ORDER, SET = "default", "an order", "set here"


class Books(Struct, frozen=True):
    """A person's desk, and what organization.yaml declares."""

    desk: Desk
    declared: Reference
    source: Source[OrganizationFile] | None

    @classmethod
    def of(cls, desk: Desk, workspace: Workspace) -> Books:
        """The books of a workspace."""
        source = workspace.organization
        return cls(desk, workspace.reference if source is None else as_reference(source.value), source)

    def place(self, kind: MasterKind, code: str, word: str) -> str:
        """Where organization.yaml says it: the file and the line."""
        if self.source is None:
            return "organization.yaml"
        inside = (word,) if kind is MasterKind.ORGANIZATION else (code, word)
        found = self.source.problem((TABLES[kind], *inside), "")
        return f"{found.file}:{found.line}"


class EntryRow(Struct, frozen=True, kw_only=True):
    """One code in a list."""

    code: str
    name: str
    active: bool | None
    declared: bool
    changed: bool


class WordSheet(Struct, frozen=True, kw_only=True):
    """One word of a code: its value, and whom it is from."""

    word: str
    value: Any
    origin: str


class EntrySheet(Struct, frozen=True, kw_only=True):
    """One code with all its words and its history, the newest first."""

    kind: MasterKind
    code: str
    words: tuple[WordSheet, ...]
    history: tuple[MasterEvent, ...]


class Edited(Struct, frozen=True, kw_only=True):
    """What an act changed, or would change."""

    kind: MasterKind
    code: str
    changes: tuple[WordChange, ...]
    notes: tuple[str, ...]
    mode: Mode


class VendorGap(Struct, frozen=True, kw_only=True):
    """What shipping systems miss of the address of a vendor."""

    code: str
    name: str
    lacks: str


def vendor_gaps(books: Books) -> tuple[VendorGap, ...] | None:
    """The active vendors that shipping systems cannot take goods from; None where no such system is in use."""
    with books.desk.store.reading() as connection:
        return tuple(_lacking(books, connection)) if _ships_by_system(books, connection) else None


def list_entries(books: Books, kind: MasterKind) -> tuple[EntryRow, ...]:
    """Every code of a table, by code."""
    with books.desk.store.reading() as connection:
        codes = all_codes(connection, books.declared, kind)
        now = _now(books, connection, kind, codes)
        stored = master_rows.words_of(connection, kind, codes)
    return tuple(
        EntryRow(
            code=code,
            name=getattr(entry, "name", ""),
            active=getattr(entry, "active", None),
            declared=entry_of(books.declared, kind, code) is not None,
            changed=bool(stored.get(code)),
        )
        for code, entry in ((code, entry_of(now, kind, code)) for code in codes)
    )


def show_entry(books: Books, kind: MasterKind, code: str, *, most: int = 50) -> EntrySheet:
    """One code with where every value of it comes from."""
    with books.desk.store.reading() as connection:
        base = words_from(kind, _without(books, connection, kind, code))
        stored = master_rows.words_of(connection, kind, [code]).get(code, {})
        now = _require(books, connection, kind, code)
        told = master_rows.history(connection, kind, code, most=most)
    words = {**defaults_of(kind), **words_from(kind, entry_of(now, kind, code))}
    return EntrySheet(
        kind=kind,
        code=code,
        words=tuple(
            WordSheet(word=word, value=value, origin=_origin(books, kind, code, word, base, stored)) for word, value in words.items()
        ),
        history=told,
    )


def add_entry(books: Books, kind: MasterKind, code: str, given: Words, *, reason: str = "", mode: Mode = Mode.EARNEST) -> Edited:
    """A code that nobody knows yet."""
    read_code(kind, code)
    if kind is MasterKind.ORGANIZATION:
        raise ConfigError("there is one organization, and organization.yaml declares it; change it with: gateway organization set")

    def work(tx: Tx) -> Edited:
        if code in all_codes(tx.connection, books.declared, kind):
            raise ConfigError(f"{kind} {code} is there already; change it with: gateway {kind} set {code} WORD=VALUE")
        return _change(books, tx, MasterChanged(kind=kind, code=code, words=given, new=True, reason=reason), mode)

    return perform(books.desk.store, work, mode)


def set_words(
    books: Books, kind: MasterKind, code: str, given: Words, *, reset: Iterable[str] = (), reason: str = "", mode: Mode = Mode.EARNEST
) -> Edited:
    """New values of a code; `reset` words go back to what they are without the store."""

    def work(tx: Tx) -> Edited:
        _require(books, tx.connection, kind, code)
        return _change(books, tx, MasterChanged(kind=kind, code=code, words=given, dropped=tuple(reset), reason=reason), mode)

    return perform(books.desk.store, work, mode)


def read_values(books: Books, kind: MasterKind, code: str, values: Iterable[str]) -> dict[str, Any]:
    """What `WORD=VALUE` says: lists parted by commas, and parts of a table (`address.city`) beside the parts that it has."""
    given: dict[str, Any] = {}
    problems: list[str] = []
    with books.desk.store.reading() as connection:
        now = words_from(kind, entry_of(_now(books, connection, kind, [code]), kind, code))
    for value in values:
        path, equals, text = value.partition("=")
        word, dot, part = path.strip().partition(".")
        if not equals or not word:
            problems.append(f"'{value}' is not WORD=VALUE, such as active=false or carriers=50,60 or address.city=Boston")
        elif dot:
            table = given.setdefault(word, dict(now.get(word) or {}))
            table[part] = text
        elif word in lists_of(kind):
            given[word] = [piece.strip() for piece in text.split(",") if piece.strip()]
        else:
            given[word] = text
    if problems:
        with books.desk.store.reading() as connection:
            raise ConfigError(*problems, *_faults(books, connection, kind, code, given, base=now))
    return given


def export(books: Books, *, whole: bool = False) -> dict[str, Any]:
    """The master data of the store in the words of organization.yaml; `whole` with what the file declares, which can be such a file."""
    told: dict[str, Any] = {}
    with books.desk.store.reading() as connection:
        for kind in (one for one in MasterKind if one is not MasterKind.VENDOR_USER):
            codes = all_codes(connection, books.declared, kind)
            stored = master_rows.words_of(connection, kind, codes)
            now = _now(books, connection, kind, codes)
            rows: dict[str, dict[str, Any]] = {}
            for code in codes:
                words = words_from(kind, entry_of(now, kind, code))
                if whole or entry_of(books.declared, kind, code) is None:
                    rows[code] = words
                elif ours := {
                    word: words.get(word) for word in stored.get(code, {}) if word not in fixed_words(books.declared, kind, code)
                }:
                    rows[code] = ours
            if kind is MasterKind.ORGANIZATION and rows:
                told[TABLES[kind]] = {"code": books.declared.organization.code, **next(iter(rows.values()))}
            elif rows:
                told[TABLES[kind]] = rows
    return told


def all_codes(connection: Connection, declared: Reference, kind: MasterKind) -> list[str]:
    """The codes of a table that anybody knows: declared, brought by an order, or set."""
    tables: Mapping[MasterKind, Iterable[str]] = {
        MasterKind.ORGANIZATION: [declared.organization.code],
        MasterKind.SYSTEM: declared.systems,
        MasterKind.LOCATION: declared.locations,
        MasterKind.BRAND: declared.brands,
        MasterKind.CARRIER: declared.carriers,
        MasterKind.VENDOR: declared.vendors,
    }
    codes = set(tables[kind])
    if kind is not MasterKind.ORGANIZATION:
        codes |= {code for _, code in master_rows.all_words(connection, [kind])}
    if kind in {MasterKind.CARRIER, MasterKind.VENDOR}:
        codes |= brought_codes(connection, kind)
    return sorted(codes)


def every_vendor(references: References, store: Store) -> Reference:
    """The master data now with every vendor, those too that only the store knows."""
    with store.reading() as connection:
        return references.current(connection, vendors=all_codes(connection, references.declared, MasterKind.VENDOR))


def _change(books: Books, tx: Tx, asked: MasterChanged, mode: Mode) -> Edited:
    """Check what is asked for against everything else, then write it."""
    connection, kind, code = tx.connection, asked.kind, asked.code
    without = _without(books, connection, kind, code)
    base = words_from(kind, without)
    stored = master_rows.words_of(connection, kind, [code]).get(code, {})
    kept = {word: value for word, value in stored.items() if word not in asked.dropped}
    problems = _faults(books, connection, kind, code, asked.words, base={**base, **kept}, dropped=asked.dropped)
    problems += _without_origin(books, connection, asked, told={**base, **kept, **asked.words})
    if problems:
        raise ConfigError(*problems)
    words = read_words(kind, code, asked.words, base={**base, **kept})
    fixed = fixed_words(books.declared, kind, code)
    after: Any = laid(kind, code, base=without, stored={**kept, **words}, fixed=fixed)  # type: ignore[type-var]  # whichever entry it is
    changes, notes = [replace(asked, words=words, base={**defaults_of(kind), **base})], list[str]()
    if kind is MasterKind.CARRIER and after.active and not _is_active(books, connection, code):
        assigned, notes = _assigned(books, connection, code, asked.reason)
        changes += assigned
    if kind is MasterKind.ORGANIZATION and after.shipping_integration:
        lacking = _lacking(books, connection)
        notes = [f"vendor {it.code} lacks {it.lacks} as origin of its goods" for it in lacking[:NAMED]]
        notes += [f"so do {len(lacking) - NAMED} more vendors: gateway vendor check"] if len(lacking) > NAMED else []
    done = master_rows.change(tx, [(one, books.desk.origin) for one in changes], at=books.desk.clock.now())
    return Edited(kind=kind, code=code, changes=tuple(done), notes=tuple(notes), mode=mode)


def _is_active(books: Books, connection: Connection, carrier: str) -> bool:
    found = _now(books, connection, MasterKind.CARRIER, [carrier]).carriers.get(carrier)
    return found is not None and found.active


def _assigned(books: Books, connection: Connection, carrier: str, reason: str) -> tuple[list[MasterChanged], list[str]]:
    """A carrier that becomes active is assigned to all vendors (sdf 8.1); those without a list of their own use all active ones."""
    codes = all_codes(connection, books.declared, MasterKind.VENDOR)
    vendors = _now(books, connection, MasterKind.VENDOR, codes).vendors
    changes: list[MasterChanged] = []
    notes: list[str] = []
    for code in codes:
        carriers = vendors[code].carriers
        if not carriers or carrier in carriers:
            continue
        if "carriers" in fixed_words(books.declared, MasterKind.VENDOR, code):
            place = books.place(MasterKind.VENDOR, code, "carriers")
            notes.append(f"vendor {code} does not get carrier {carrier}: its list is fixed at {place}; add it there")
            continue
        base = {"carriers": list(carriers)}
        words = {"carriers": [*carriers, carrier]}
        changes.append(MasterChanged(kind=MasterKind.VENDOR, code=code, words=words, base=base, reason=reason))
    return changes, notes


def _faults(
    books: Books, connection: Connection, kind: MasterKind, code: str, given: Words, *, base: Words, dropped: Iterable[str] = ()
) -> list[str]:
    """Everything that is wrong with what is asked for; `base` is what the code has beside it."""
    fixed = {word: _fixed_at(books, kind, code, word) for word in (*given, *dropped) if word in fixed_words(books.declared, kind, code)}
    free = {word: value for word, value in given.items() if word not in fixed}
    odd = (word for word in dropped if word not in defaults_of(kind))
    problems = [*fixed.values(), *(unknown(word, defaults_of(kind), what="word") for word in odd)]
    problems += [f"{word}: is set and set back at once" for word in dropped if word in given]
    told: dict[str, Any] = {**base, **free}
    try:
        told |= read_words(kind, code, free, base=base)
    except ConfigError as error:
        problems += error.problems
    return [*problems, *_strangers(books, connection, kind, told)]


def _fixed_at(books: Books, kind: MasterKind, code: str, word: str) -> str:
    where = books.place(kind, code, word) if word in books.declared.fixed.get((kind.value, code), ()) else "organization.yaml"
    return f"{where}: {word} of {kind} {code} is said there and wins; change it in the file"


def _without_origin(books: Books, connection: Connection, asked: MasterChanged, *, told: Words) -> list[str]:
    """A vendor that begins to work, or whose address changes, has one that shipping systems can take as origin, where they are in use."""
    touched = asked.new or not {"address", "active"}.isdisjoint({*asked.words, *asked.dropped})
    if asked.kind is not MasterKind.VENDOR or not touched or not _ships_by_system(books, connection):
        return []
    address = told.get("address")
    parts = address if isinstance(address, Mapping) else {}
    lacks = () if str(told.get("active", True)).lower() in OFF else [word for word in NEEDED_OF_AN_ORIGIN if not parts.get(word)]
    return [f"address.{word}: is missing; shipping systems need it as origin of vendor {asked.code}" for word in lacks]


def _ships_by_system(books: Books, connection: Connection) -> bool:
    return organization_set(books.declared, connection).organization.shipping_integration


def _lacking(books: Books, connection: Connection) -> list[VendorGap]:
    codes = all_codes(connection, books.declared, MasterKind.VENDOR)
    vendors = _now(books, connection, MasterKind.VENDOR, codes).vendors
    found = (vendors[code] for code in codes)
    return [VendorGap(code=it.code, name=it.name, lacks=", ".join(it.lacks_as_origin)) for it in found if it.lacks_as_origin]


def _strangers(books: Books, connection: Connection, kind: MasterKind, told: Words) -> Iterator[str]:
    """Codes that name nothing, and notices without an address."""
    named = told.get("carriers") if kind is MasterKind.VENDOR else None
    if isinstance(named, list | tuple) and named:
        carriers = all_codes(connection, books.declared, MasterKind.CARRIER)
        yield from (unknown(str(code), carriers, what="carrier") for code in named if code not in carriers)
    system = told.get("system") if kind is MasterKind.LOCATION else None
    if isinstance(system, str) and system:
        systems = all_codes(connection, books.declared, MasterKind.SYSTEM)
        if system not in systems:
            yield unknown(system, systems, what="system")
    if told.get("notices") and not told.get("email"):
        yield "notices are switched on, but there is no address under 'email'"


def _origin(books: Books, kind: MasterKind, code: str, word: str, base: Words, stored: Words) -> str:
    if word in books.declared.fixed.get((kind.value, code), ()):
        return books.place(kind, code, word)
    if word in stored and word not in ONLY_DECLARED.get(kind, ()):
        return SET
    return ORDER if word in base and entry_of(books.declared, kind, code) is None else DEFAULT


def _now(books: Books, connection: Connection, kind: MasterKind, codes: Iterable[str]) -> Reference:
    """The master data now, with these codes; the organization as it is set, and not as it was at the start of this process."""
    if kind is MasterKind.ORGANIZATION:
        return organization_set(books.declared, connection)
    wanted = tuple(codes)
    references = books.desk.master.references
    vendors, carriers = (wanted if kind is one else () for one in (MasterKind.VENDOR, MasterKind.CARRIER))
    return references.current(connection, vendors=vendors, carriers=carriers)


def _without(books: Books, connection: Connection, kind: MasterKind, code: str) -> Entry | None:
    """What is known of the code without anything that was set: declared, or brought by an order."""
    declared = entry_of(books.declared, kind, code)
    match kind:
        case MasterKind.VENDOR if declared is None:
            return made_vendors(connection, [code]).get(code)
        case MasterKind.CARRIER if declared is None:
            return made_carriers(connection, [code]).get(code)
        case _:
            return declared


def _require(books: Books, connection: Connection, kind: MasterKind, code: str) -> Reference:
    codes = all_codes(connection, books.declared, kind)
    if code not in codes:
        raise NotFound(unknown(code, codes, what=kind.value), remedy=f"See which there are: gateway {kind} list")
    return _now(books, connection, kind, [code])
