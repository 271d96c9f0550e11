"""The numbers of a file that is made now: of its name, and of its interchange, group and sets where it is X12 or EDIFACT (edi 8.1).

Numbers are expected before the bytes are rendered and compared when the item is stored; whoever comes second renders again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.config import Connector
from gateway.config.edi import EdifactProfile, X12Profile
from gateway.documents import Document
from gateway.formats.edi import Standard
from gateway.formats.edi.writer import Address, Outgoing
from gateway.kernel.errors import ConfigError, GatewayError
from gateway.mapping import Mapping as Layout
from gateway.store import counters, departed
from gateway.store.counters import Numbers
from gateway.store.outbox import NewSet

FUNCTIONAL: Mapping[str, str] = MappingProxyType(
    {
        "850": "PO",
        "855": "PR",
        "856": "SH",
        "810": "IN",
        "860": "PC",
        "865": "CA",
        "846": "IB",
        "820": "RA",
        "997": "FA",
        "999": "FA",
        "870": "RS",
        "824": "AG",
        "940": "OW",
        "945": "SW",
    }
)
"""GS01 of the sets we write (edi 1)."""
STANDARDS = frozenset(Standard)


class Partners(Struct, frozen=True):
    """Between whom numbers count: our address, theirs, and whether it is a test."""

    standard: Standard
    ours: Address
    theirs: Address
    is_test: bool

    @property
    def name(self) -> str:
        """The beginning of the names of their counters, from us to them."""
        use = "T" if self.is_test else "P"
        return f"edi:{self.standard}:{_told(self.ours)}>{_told(self.theirs)}:{use}"

    @property
    def interchanges(self) -> str:
        """The counter of ISA13, or of the reference in UNB."""
        return f"{self.name}:interchange"

    def groups(self, kind: str) -> str:
        """The counter of GS06."""
        return f"{self.name}:group:{kind}"

    def sets(self, type_: str) -> str:
        """The counter of ST02, or of the reference in UNH."""
        return f"{self.name}:set:{type_}"


class Expected(Struct, frozen=True):
    """An envelope with the numbers it was made for, and the keys of the documents as they are written."""

    envelope: Outgoing
    partners: Partners
    kind: str
    type: str
    interchange: Numbers
    group: Numbers | None
    first_set: Numbers
    keys: list[str] = field(default_factory=list)

    def noting(self, documents: Iterable[Document], of: Sequence[str]) -> Iterator[Document]:
        """The documents, whose keys are kept as they pass."""
        for document in documents:
            self.keys.append("/".join(str(value) for name in of if (value := getattr(document, name)) is not None))
            yield document

    @property
    def numbers(self) -> tuple[Numbers, ...]:
        """The numbers that were used; asked once the bytes are there."""
        written = self.envelope.written
        if any(one.kind != self.kind or one.type != self.type for one in written):
            found = ", ".join(dict.fromkeys(f"{one.kind}/{one.type}" for one in written))
            raise GatewayError(f"the numbers were for {self.kind}/{self.type}, written was {found}")
        first, last = self.first_set.numbers[0], self.first_set.last
        used = tuple((first + step - 1) % counters.MOST + 1 for step in range(len(written)))
        sets = Numbers(self.first_set.counter, last, used)
        return tuple(it for it in (self.interchange, self.group if written else None, sets) if it is not None and it.numbers)

    @property
    def sets(self) -> tuple[NewSet, ...]:
        """What the partner will answer one by one."""
        written = self.envelope.written
        keys: Sequence[str | None] = self.keys if len(self.keys) == len(written) else [None] * len(written)
        return tuple(
            NewSet(group_kind=one.kind, group_number=one.group, type=one.type, number=one.control, document=key or None)
            for one, key in zip(written, keys, strict=True)
        )


class Numbered(Struct, frozen=True):
    """What is expected for one file: the running number of its name, and an envelope; either may not be needed."""

    sequence: Numbers | None = None
    edi: Expected | None = None

    @property
    def envelope(self) -> Outgoing | None:
        """The envelope to write in."""
        return None if self.edi is None else self.edi.envelope

    @property
    def numbers(self) -> tuple[Numbers, ...]:
        """Everything that is taken with the item."""
        taken = () if self.sequence is None else (self.sequence,)
        return taken if self.edi is None else (*taken, *self.edi.numbers)


def expect(connector: Connector, mapping: Layout, connection: Connection, *, at: datetime) -> Expected | None:
    """The next envelope for this partner and layout; None where the layout has none."""
    if mapping.format not in STANDARDS:
        return None
    standard = Standard(mapping.format)
    edi = connector.partner.edi
    profile = edi.of(standard) if edi is not None else None
    if profile is None:
        raise ConfigError(
            f"connector {connector.connector}: mapping {mapping.name} writes {standard}, but nothing says who writes to whom; "
            f"give partner > edi > {standard}"
        )
    type_ = str(getattr(mapping.layout, "type", ""))
    return expect_for(profile, type_, connection, at=at)


def expect_for(profile: X12Profile | EdifactProfile, type_: str, connection: Connection, *, at: datetime) -> Expected:
    """The next envelope for sets of this type."""
    partners = partners_of(profile)
    kind = FUNCTIONAL.get(type_, "") if partners.standard is Standard.X12 else ""
    return expect_between(partners, kind, type_, connection, lambda numbers: envelope_of(profile, numbers, type_, at=at), profile)


def expect_between(
    partners: Partners,
    kind: str,
    type_: str,
    connection: Connection,
    make: Callable[[tuple[int, int, int]], Outgoing],
    profile: X12Profile | EdifactProfile,
) -> Expected:
    """The next numbers between these partners, in an envelope made with them. Production begins where the profile says."""
    firsts = (1, 1, 1) if partners.is_test else profile.first_numbers.numbers
    interchange = counters.expect(connection, partners.interchanges, first=firsts[0])
    group = counters.expect(connection, partners.groups(kind), first=firsts[1]) if kind else None
    first_set = counters.expect(connection, partners.sets(type_), first=firsts[2])
    numbers = (interchange.numbers[0], group.numbers[0] if group else 1, first_set.numbers[0])
    return Expected(make(numbers), partners, kind, type_, interchange, group, first_set)


def again_as(connector: Connector, mapping: Layout, connection: Connection, item_id: int, *, at: datetime) -> Expected | None:
    """The envelope with the numbers that an item has already: what takes its place keeps them."""
    found = expect(connector, mapping, connection, at=at)
    if found is None:
        return None
    had = departed.numbers_of(connection, item_id)
    used = [min(had.get(it.counter, it.numbers)) if it is not None else 1 for it in (found.interchange, found.group, found.first_set)]
    envelope = replace(found.envelope, control=used[0], group_control=used[1], first_set=used[2], written=[])
    return replace(found, envelope=envelope, keys=[])


def partners_of(profile: X12Profile | EdifactProfile) -> Partners:
    """Between whom what we write counts."""
    standard = Standard.X12 if isinstance(profile, X12Profile) else Standard.EDIFACT
    return Partners(standard, profile.our_addresses[0], profile.their_addresses[0], profile.test)


def all_partners(profile: X12Profile | EdifactProfile) -> Iterator[Partners]:
    """Between whom what we wrote may have counted: every pair of ids, tests too, whatever is agreed about those now."""
    standard = partners_of(profile).standard
    everybody = profile.all_addresses
    for ours in everybody[0]:
        for theirs in everybody[1]:
            for is_test in (profile.test, not profile.test):
                yield Partners(standard, ours, theirs, is_test)


def envelope_of(profile: X12Profile | EdifactProfile, numbers: tuple[int, int, int], type_: str = "", *, at: datetime) -> Outgoing:
    """The envelope with these numbers of interchange, group and first set, in the version of this kind of sets."""
    version = profile.written_in(type_)
    common = {
        "sender": profile.our_addresses[0],
        "receiver": profile.their_addresses[0],
        "version": version,
        "label": profile.label,
        "made_at": at,
        "control": numbers[0],
        "group_control": numbers[1],
        "first_set": numbers[2],
        "is_test": profile.test,
        "delimiters": profile.marks_in(version),
        "line_end": profile.line_end.text,
        "charset": profile.charset,
        "umlauts": profile.umlauts.value,
    }
    if isinstance(profile, X12Profile):
        (ours, *_), (theirs, *_) = profile.sides(is_test=profile.test)
        groups = {"group_sender": ours.group or "", "group_receiver": theirs.group or ""}
        return Outgoing(standard=Standard.X12, wants_answer=profile.ask_ta1, **groups, **common)  # type: ignore[arg-type]  # by name
    return Outgoing(
        standard=Standard.EDIFACT,
        wants_answer=profile.ask_contrl,
        una=profile.una or not profile.delimiters.are_usual,
        syntax=profile.syntax,
        application=profile.application or "",
        agreement=profile.agreement or "",
        **common,  # type: ignore[arg-type]  # by name
    )


def _told(address: Address) -> str:
    return "/".join(part for part in (address.qualifier, address.id, address.internal) if part)
