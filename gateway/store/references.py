"""Master data as it is now: organization.yaml, with what orders brought and what people and CreateDSVendor set in the store (sdf 8.1).

Kept in memory and read again when the version in the store has moved. Vendors and carriers of the store are read when they are asked for.
The values of the organization itself are those of the start of the process, but for what the console shows: that counts at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.config.master import entry_of, fixed_words, laid
from gateway.config.portal_words import AT_ONCE
from gateway.domain.master import MasterKind, Words
from gateway.domain.reference import Carrier, Organization, Reference, Vendor
from gateway.kernel.errors import GatewayError
from gateway.store import master_rows
from gateway.store.reference_rows import made_carriers, made_vendors
from gateway.store.session import Store

SMALL = (MasterKind.SYSTEM, MasterKind.LOCATION, MasterKind.BRAND)
"""Tables that are read whole."""
DEFAULTS = Organization(code="")
"""What the console shows where nobody says anything."""


class _State(Struct, frozen=True):
    version: int
    reference: Reference


class _Screens(Struct, frozen=True):
    version: int
    organization: Organization


class References:
    """One for a process, shared by its threads."""

    def __init__(self, declared: Reference) -> None:
        self.declared = declared
        self._state = _State(0, declared)
        self._screens = _Screens(-1, declared.organization)

    @property
    def known(self) -> Reference:
        """What this process knows, without a look into the store."""
        return self._state.reference

    def current(self, connection: Connection, *, vendors: Iterable[str] = (), carriers: Iterable[str] = ()) -> Reference:
        """The master data now, with these vendors and carriers of the store."""
        version = master_rows.version(connection)
        state = self._state
        reference = state.reference if version == state.version else self._read(connection)
        found = _lookup(connection, reference, vendors=vendors, carriers=carriers)
        if version != state.version or found is not reference:
            self._state = _State(version, found)
        return found

    def now(self, store: Store, *, vendors: Iterable[str] = (), carriers: Iterable[str] = ()) -> Reference:
        """The same outside a transaction."""
        with store.reading() as connection:
            return self.current(connection, vendors=vendors, carriers=carriers)

    def organization(self, connection: Connection) -> Organization:
        """The organization with what the console shows of it as it is set now."""
        version = master_rows.version(connection)
        if version != self._screens.version:
            self._screens = _Screens(version, screens_set(self.declared, connection))
        return self._screens.organization

    def shown(self, store: Store) -> Organization:
        """The same outside a transaction; as it was last known where the store does not answer."""
        try:
            with store.reading() as connection:
                return self.organization(connection)
        except GatewayError:
            return self._screens.organization

    def add(self, made: Iterable[Vendor | Carrier]) -> None:
        """These rows are in the store now, and nobody has set anything about them."""
        state = self._state
        reference = state.reference
        for row in made:
            if isinstance(row, Vendor) and row.code not in reference.vendors:
                reference = reference.with_vendor(row)
            elif isinstance(row, Carrier) and row.code not in reference.carriers:
                reference = reference.with_carrier(row)
        if reference is not state.reference:
            self._state = _State(state.version, reference)

    def _read(self, connection: Connection) -> Reference:
        """What is declared, with what is set about it, and all of the small tables."""
        declared = self.declared
        words = master_rows.all_words(connection, SMALL)
        of_vendors = master_rows.words_of(connection, MasterKind.VENDOR, declared.vendors)
        of_carriers = master_rows.words_of(connection, MasterKind.CARRIER, declared.carriers)
        words |= {(MasterKind.VENDOR, code): told for code, told in of_vendors.items()}
        words |= {(MasterKind.CARRIER, code): told for code, told in of_carriers.items()}
        return laid_over(declared, words)


def organization_set(declared: Reference, connection: Connection) -> Reference:
    """The declared master data with what is set of the organization itself: read once, when a process starts."""
    words = master_rows.words_of(connection, MasterKind.ORGANIZATION, [declared.organization.code])
    return laid_over(declared, {(MasterKind.ORGANIZATION, code): told for code, told in words.items()})


def screens_set(declared: Reference, connection: Connection) -> Organization:
    """The organization with the words for the console that are set now; what was set and is not any more has gone."""
    organization = declared.organization
    free = AT_ONCE - fixed_words(declared, MasterKind.ORGANIZATION, organization.code)
    told = master_rows.words_of(connection, MasterKind.ORGANIZATION, [organization.code]).get(organization.code, {})
    bare = replace(organization, **{word: getattr(DEFAULTS, word) for word in free})
    words = {word: value for word, value in told.items() if word in free}
    return laid(MasterKind.ORGANIZATION, organization.code, base=bare, stored=words, fixed=frozenset())


def laid_over(reference: Reference, words: Mapping[tuple[MasterKind, str], Words]) -> Reference:
    """The master data with these words set."""
    tables = {
        MasterKind.SYSTEM: dict(reference.systems),
        MasterKind.LOCATION: dict(reference.locations),
        MasterKind.BRAND: dict(reference.brands),
        MasterKind.CARRIER: dict(reference.carriers),
        MasterKind.VENDOR: dict(reference.vendors),
    }
    organization = reference.organization
    for (kind, code), told in words.items():
        fixed = fixed_words(reference, kind, code)
        if kind is MasterKind.ORGANIZATION:
            organization = laid(kind, code, base=organization, stored=told, fixed=fixed)
        else:
            table: dict[str, object] = tables[kind]  # type: ignore[assignment]  # each table has its own type of entry
            table[code] = laid(kind, code, base=entry_of(reference, kind, code), stored=told, fixed=fixed)  # type: ignore[type-var]
    return replace(
        reference,
        organization=organization,
        systems=tables[MasterKind.SYSTEM],
        locations=tables[MasterKind.LOCATION],
        brands=tables[MasterKind.BRAND],
        carriers=tables[MasterKind.CARRIER],
        vendors=tables[MasterKind.VENDOR],
    )


def _lookup(connection: Connection, reference: Reference, *, vendors: Iterable[str], carriers: Iterable[str]) -> Reference:
    """The same with vendors and carriers of the store that were not asked for before."""
    strange_vendors = {code for code in vendors if code and code not in reference.vendors}
    strange_carriers = {code for code in carriers if code and code not in reference.carriers}
    if not strange_vendors and not strange_carriers:
        return reference
    of_vendors = master_rows.words_of(connection, MasterKind.VENDOR, strange_vendors)
    of_carriers = master_rows.words_of(connection, MasterKind.CARRIER, strange_carriers)
    brought_vendors, brought_carriers = made_vendors(connection, strange_vendors), made_carriers(connection, strange_carriers)
    words: dict[tuple[MasterKind, str], Words] = {(MasterKind.VENDOR, code): told for code, told in of_vendors.items()}
    words |= {(MasterKind.CARRIER, code): told for code, told in of_carriers.items()}
    if not words and not brought_vendors and not brought_carriers:
        return reference
    brought = replace(reference, vendors={**reference.vendors, **brought_vendors}, carriers={**reference.carriers, **brought_carriers})
    return laid_over(brought, words) if words else brought
