"""What a user of a vendor may do in its vendor's orders: one word for each screen of the vendor (sdf 8.2), and the rules of a user."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from gateway.kernel.mailbox import read_mailbox

USER_ID = re.compile(r"[a-z0-9._@-]{5,50}")
LONGEST_NAME = 30


class VendorAuthority(StrEnum):
    """One thing that a user of a vendor may do; inquiry is needed for what changes something."""

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


MEANINGS: Mapping[VendorAuthority, str] = MappingProxyType(
    {
        VendorAuthority.ORDERS: "look through the purchase orders",
        VendorAuthority.PACK_SLIPS: "generate, reprint and void pack slips",
        VendorAuthority.SHIPPING: "confirm shipments",
        VendorAuthority.SHIPPING_UPLOAD: "upload shipments",
        VendorAuthority.MAINTENANCE: "hold and release lines, revise due dates, enter reasons",
        VendorAuthority.CHANGE_REQUESTS: "accept and decline cancels and address changes",
        VendorAuthority.INVOICES: "look through the invoices",
        VendorAuthority.INVOICE_MAINTENANCE: "create, edit, submit and delete invoices",
        VendorAuthority.CONFIGURATION: "change the vendor's pack slip and e-mail settings",
        VendorAuthority.OWN_USERS: "add and change users of the own vendor, who may do at most as much; never the own rights",
    }
)
NEEDS: Mapping[VendorAuthority, VendorAuthority] = MappingProxyType(
    {
        VendorAuthority.PACK_SLIPS: VendorAuthority.ORDERS,
        VendorAuthority.SHIPPING: VendorAuthority.ORDERS,
        VendorAuthority.SHIPPING_UPLOAD: VendorAuthority.ORDERS,
        VendorAuthority.MAINTENANCE: VendorAuthority.ORDERS,
        VendorAuthority.CHANGE_REQUESTS: VendorAuthority.ORDERS,
        VendorAuthority.INVOICE_MAINTENANCE: VendorAuthority.INVOICES,
    }
)
"""Who may change something must be allowed to see it."""


class VendorUser(Struct, frozen=True, kw_only=True):
    """A person of a vendor; sees that vendor alone (sdf 1)."""

    id: str
    vendor: str
    name: str
    email: str = ""
    authorities: tuple[VendorAuthority, ...] = ()
    active: bool = True

    def may(self, authority: VendorAuthority) -> bool:
        """Whether this user may do that now."""
        return self.active and authority in self.authorities


def faults(user: VendorUser) -> Iterator[str]:
    """What is wrong with a user, one sentence each."""
    if not USER_ID.fullmatch(user.id):
        yield f"'{user.id}' is not a user id; use 5 to 50 small letters, digits and . _ @ -"
    if not 1 <= len(user.name.strip()) <= LONGEST_NAME or not user.name.isprintable():
        yield f"the name must be a printable text of 1 to {LONGEST_NAME} characters"
    if user.email:
        try:
            read_mailbox(user.email)
        except ValueError as error:
            yield str(error)
    for authority in user.authorities:
        needed = NEEDS.get(authority)
        if needed is not None and needed not in user.authorities:
            yield f"authority {authority} needs {needed} too"


def in_order(authorities: Iterable[VendorAuthority]) -> tuple[VendorAuthority, ...]:
    """Each once, in the order of the list."""
    chosen = frozenset(authorities)
    return tuple(authority for authority in VendorAuthority if authority in chosen)
