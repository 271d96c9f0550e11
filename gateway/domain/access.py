"""Who may do what at the screens and through the API: single authorities, roles as sets of them, and how far somebody sees.

The table for people is docs/reference/access.md. The authorities of a vendor's users are the words of `domain.authority`, with the
same values here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from gateway.domain.authority import MEANINGS as OF_VENDORS
from gateway.domain.authority import NEEDS as NEEDED_BY_VENDORS
from gateway.domain.authority import USER_ID, VendorAuthority, VendorUser
from gateway.kernel.mailbox import read_mailbox

ROLE_NAME = re.compile(r"[a-z][a-z0-9_]{2,29}")
LONGEST_NAME = 60
ROLES_NAMED = "a role is named with 3 to 30 small letters, digits and _"


class Authority(StrEnum):
    """One thing that somebody may do. The first ten are what a vendor gives its own users."""

    ORDERS = "orders"
    PACK_SLIPS = "pack_slips"
    SHIPPING = "shipping"
    SHIPPING_UPLOAD = "shipping_upload"
    MAINTENANCE = "maintenance"
    CHANGE_REQUESTS = "change_requests"
    INVOICES = "invoices"
    INVOICE_MAINTENANCE = "invoice_maintenance"
    CONFIGURATION = "configuration"
    OWN_USERS = "own_users"
    PERSONAL_DATA = "personal_data"
    BREAK_GLASS = "break_glass"
    CHANGE_ASKING = "change_asking"
    ORDER_MAKING = "order_making"
    INVOICE_REVIEW = "invoice_review"
    FILES = "files"
    RAW_FILES = "raw_files"
    OPERATIONS = "operations"
    PARTNERS = "partners"
    PARTNER_CHANGE = "partner_change"
    MASTER_DATA = "master_data"
    REPORTS = "reports"
    USERS = "users"
    ERASING = "erasing"
    AUDIT = "audit"


MEANINGS: Mapping[Authority, str] = MappingProxyType(
    {
        **{Authority(word.value): meaning for word, meaning in OF_VENDORS.items()},
        Authority.PERSONAL_DATA: "see names, addresses and messages of customers on the pages of orders",
        Authority.BREAK_GLASS: "see personal data and raw files in an emergency: with a reason, logged, and an alarm is raised",
        Authority.CHANGE_ASKING: "ask vendors for cancels and address changes, and change costs",
        Authority.ORDER_MAKING: "make purchase orders by hand: draft, approve, release, cancel, clone",
        Authority.INVOICE_REVIEW: "approve and reject held invoices",
        Authority.FILES: "see which files came and went, what was wrong with them, and what waits",
        Authority.RAW_FILES: "see and download files as they came and went",
        Authority.OPERATIONS: "replay, retry, hold, release, cancel and redeliver; hand in files for partners; clear alarms; run jobs",
        Authority.PARTNERS: "see partners, their connections and mappings; try a mapping with a file",
        Authority.PARTNER_CHANGE: "test connections, trust host keys, switch partners on and off",
        Authority.MASTER_DATA: "change organizations, systems, locations, brands, carriers and vendors",
        Authority.REPORTS: "run reports and reconcile files",
        Authority.USERS: "add people, give roles, end sessions, make keys for programs; programs within their own rights",
        Authority.ERASING: "find and erase personal data",
        Authority.AUDIT: "see who did what",
    }
)
NEEDS: Mapping[Authority, Authority] = MappingProxyType(
    {
        **{Authority(word.value): Authority(needed.value) for word, needed in NEEDED_BY_VENDORS.items()},
        Authority.PERSONAL_DATA: Authority.ORDERS,
        Authority.CHANGE_ASKING: Authority.ORDERS,
        Authority.ORDER_MAKING: Authority.ORDERS,
        Authority.INVOICE_REVIEW: Authority.INVOICES,
        Authority.RAW_FILES: Authority.FILES,
        Authority.OPERATIONS: Authority.FILES,
        Authority.PARTNER_CHANGE: Authority.PARTNERS,
    }
)
"""Who may change something must be allowed to see it."""
GRAVE = frozenset(
    {
        Authority.BREAK_GLASS,
        Authority.OPERATIONS,
        Authority.PARTNER_CHANGE,
        Authority.MASTER_DATA,
        Authority.USERS,
        Authority.OWN_USERS,
        Authority.ERASING,
    }
)
"""Whoever may do one of these needs a second factor to log in."""
IDLE, IDLE_GRAVE = timedelta(minutes=30), timedelta(minutes=15)
"""A session ends at the latest when nobody was there for so long; sooner for whoever may do grave things."""
NOT_FOR_PROGRAMS = frozenset({Authority.BREAK_GLASS})
"""What needs a person, with a second factor and a reason of their own; no key has it."""
NOT_FROM_PROGRAMS = frozenset({Authority.USERS, Authority.OWN_USERS, Authority.BREAK_GLASS})
"""What only a person gives: a program that administers people hands that on to nobody."""
OF_VENDOR_USERS = frozenset(Authority(word.value) for word in VendorAuthority)
WITH_ORDERS = frozenset({Authority.PERSONAL_DATA, Authority.FILES, Authority.RAW_FILES})
"""What a user of a vendor has with `orders`: whom to ship to, and the files of the own vendor with what was wrong with them."""

OF_VENDOR_PROGRAMS = (OF_VENDOR_USERS | WITH_ORDERS) - NOT_FOR_PROGRAMS
"""What a key of a vendor can have."""


class Role(Struct, frozen=True, kw_only=True):
    """A named set of authorities; one that is built in cannot be changed."""

    name: str
    meaning: str
    authorities: tuple[Authority, ...]
    built_in: bool = False


BUILT_IN: Mapping[str, Role] = MappingProxyType(
    {
        role.name: role
        for role in (
            Role(
                name="retailer",
                meaning="answers for purchase orders: looks, asks for changes, makes orders by hand, reviews invoices",
                authorities=(
                    Authority.ORDERS,
                    Authority.INVOICES,
                    Authority.PERSONAL_DATA,
                    Authority.CHANGE_ASKING,
                    Authority.ORDER_MAKING,
                    Authority.INVOICE_REVIEW,
                    Authority.FILES,
                    Authority.REPORTS,
                ),
                built_in=True,
            ),
            Role(
                name="operator",
                meaning="keeps files moving: watches queues, mends, replays, retries",
                authorities=(
                    Authority.ORDERS,
                    Authority.INVOICES,
                    Authority.BREAK_GLASS,
                    Authority.FILES,
                    Authority.OPERATIONS,
                    Authority.PARTNERS,
                    Authority.REPORTS,
                ),
                built_in=True,
            ),
            Role(
                name="configurator",
                meaning="sets up partners, mappings and master data",
                authorities=(Authority.FILES, Authority.PARTNERS, Authority.PARTNER_CHANGE, Authority.MASTER_DATA),
                built_in=True,
            ),
            Role(name="user_admin", meaning="adds people and gives roles", authorities=(Authority.USERS,), built_in=True),
            Role(
                name="privacy",
                meaning="finds and erases personal data",
                authorities=(Authority.ORDERS, Authority.PERSONAL_DATA, Authority.ERASING),
                built_in=True,
            ),
            Role(
                name="auditor",
                meaning="sees who did what, changes nothing",
                authorities=(Authority.ORDERS, Authority.INVOICES, Authority.FILES, Authority.REPORTS, Authority.AUDIT),
                built_in=True,
            ),
        )
    }
)


class Staff(Struct, frozen=True, kw_only=True):
    """A person of the retailer or of whoever runs the gateway; sees every vendor."""

    id: str
    name: str
    email: str = ""
    roles: tuple[str, ...] = ()
    active: bool = True


class Scope(Struct, frozen=True):
    """How far somebody sees: everything, or one vendor and its connectors alone. Nothing is looked up without one."""

    vendor: str | None = None
    connectors: frozenset[str] | None = None
    names: frozenset[str] = frozenset()
    """Under which the files and messages of that vendor act."""

    def covers(self, vendor: str) -> bool:
        """Whether what belongs to this vendor may be seen; what may not is answered like what is not there."""
        return self.vendor is None or self.vendor == vendor

    def covers_files_of(self, connector: str) -> bool:
        """Whether the files that are exchanged with this connector may be seen."""
        return self.connectors is None or connector in self.connectors

    def connectors_of(self, connector: str | None) -> frozenset[str] | None:
        """The connectors whose files may be seen by who asks for this one; None for all there are."""
        if connector is None:
            return self.connectors
        return frozenset({connector}) if self.covers_files_of(connector) else frozenset()


EVERYTHING = Scope()


class Account(Struct, frozen=True, kw_only=True):
    """Somebody who has shown who they are, or a program with a key, and what they may do now."""

    id: str
    name: str
    authorities: frozenset[Authority]
    email: str = ""
    vendor: str | None = None
    key: int | None = None
    """The number of the key, for a program; several keys may have one name."""

    @property
    def counted_as(self) -> str:
        """What is counted and kept for this one alone."""
        return self.id if self.key is None else f"{self.id}#{self.key}"

    def may(self, authority: Authority) -> bool:
        """Whether this is allowed."""
        return authority in self.authorities

    @property
    def needs_second_factor(self) -> bool:
        """Whether a password alone is not enough."""
        return not GRAVE.isdisjoint(self.authorities)

    def idle(self, asked: timedelta) -> timedelta:
        """After how long a session ends in which they do nothing: as long as is asked for, unless security asks for less."""
        return min(asked, IDLE_GRAVE if self.needs_second_factor else IDLE)


def account_of_staff(staff: Staff, roles: Mapping[str, Role]) -> Account | None:
    """What a person may do by the roles there are; None for one taken out of use."""
    if not staff.active:
        return None
    given = frozenset(right for name in staff.roles if name in roles for right in roles[name].authorities)
    return Account(id=staff.id, name=staff.name, authorities=given, email=staff.email)


def account_of_vendor_user(user: VendorUser) -> Account | None:
    """What a user of a vendor may do; None for one taken out of use."""
    if not user.active:
        return None
    given = {Authority(word.value) for word in user.authorities}
    if Authority.ORDERS in given:
        given |= WITH_ORDERS
    return Account(id=user.id, name=user.name, authorities=frozenset(given), email=user.email, vendor=user.vendor)


def faults_of_staff(staff: Staff, roles: Iterable[str]) -> Iterator[str]:
    """What is wrong with a person, one sentence each."""
    if not USER_ID.fullmatch(staff.id):
        yield f"'{staff.id}' is not a user id; use 5 to 50 small letters, digits and . _ @ -"
    if not 1 <= len(staff.name.strip()) <= LONGEST_NAME or not staff.name.isprintable():
        yield f"the name must be a printable text of 1 to {LONGEST_NAME} characters"
    if staff.email:
        try:
            read_mailbox(staff.email)
        except ValueError as error:
            yield str(error)
    known = sorted(roles)
    for name in staff.roles:
        if name not in known:
            yield f"there is no role '{name}'; there are {', '.join(known)}"


def faults_of_role(role: Role) -> Iterator[str]:
    """What is wrong with a role, one sentence each."""
    if not ROLE_NAME.fullmatch(role.name):
        yield f"'{role.name}' is no name of a role: {ROLES_NAMED}"
    if role.name in BUILT_IN:
        yield f"the role {role.name} is built in and stays as it is; make another one"
    if not role.meaning.strip() or not role.meaning.isprintable():
        yield "say in a line what the role is for"
    if not role.authorities:
        yield "a role needs at least one authority"
    yield from missing(role.authorities)


def faults_of_key(authorities: Collection[Authority], *, vendor: str | None) -> Iterator[str]:
    """What is wrong with the authorities of a key of a program, one sentence each."""
    if not authorities:
        yield "a key needs at least one authority"
    yield from missing(authorities)
    for authority in authorities:
        if authority in NOT_FOR_PROGRAMS:
            yield f"no key can have {authority}: that is for people"
        elif vendor is not None and authority not in OF_VENDOR_PROGRAMS:
            yield f"a key of a vendor cannot have {authority}"


def missing(authorities: Collection[Authority]) -> Iterator[str]:
    """Which authorities need others that are not among them, one sentence each."""
    for authority in authorities:
        needed = NEEDS.get(authority)
        if needed is not None and needed not in authorities:
            yield f"authority {authority} needs {needed} too"


def in_order(authorities: Iterable[Authority]) -> tuple[Authority, ...]:
    """Each once, in the order of the list."""
    chosen = frozenset(authorities)
    return tuple(authority for authority in Authority if authority in chosen)
