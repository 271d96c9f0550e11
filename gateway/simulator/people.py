"""Three people of a demonstration, so that a newcomer can look around: of the retailer, of operations, and of a vendor.

They have passwords drawn at random and kept with what else the simulator remembers, no second factor, and are there on the loopback only.
"""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from secrets import choice
from types import MappingProxyType

import msgspec
from msgspec import Struct

from gateway.app import Gateway
from gateway.desk.login import keep_password
from gateway.desk.passwords import hashed
from gateway.domain.access import Staff
from gateway.domain.authority import VendorAuthority, VendorUser
from gateway.domain.origin import Origin, Via
from gateway.kernel.typed import decode
from gateway.store import Tx, logins, staff, vendor_users

KEPT = Path("var/sim/people.json")
PRIVATE = 0o600
VENDOR = "257"
ACTOR = "simulator"
ROLES = MappingProxyType({"operator": ("operator", "configurator"), "retailer": ("retailer",)})
"""In a small house who keeps files moving sets up partners, too."""
_LIST = """
amber anchor apple arrow basket beacon birch bridge candle canoe cedar cloud comet copper coral cotton dune ember falcon fern
garnet ginger harbor hazel heron indigo island ivory jasmine juniper kettle lantern lemon linen maple marble meadow mint nutmeg
oak olive orchid otter pebble pepper pine plum quartz raven reed river saffron sparrow spruce thistle tulip velvet walnut willow
"""
WORDS = tuple(_LIST.split())
"""A password of the demonstration is five of these: easy to type, and far too many to try."""


class DemoPerson(Struct, frozen=True):
    """One of them, as a newcomer is told."""

    id: str
    password: str
    does: str


def is_local(host: str) -> bool:
    """Whether only this machine can ask."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def people_of_demo(gateway: Gateway) -> tuple[DemoPerson, ...]:
    """The three, made when they are not there; nobody where others could ask from elsewhere."""
    if not is_local(gateway.workspace.settings.web.host):
        return ()
    file = gateway.workspace.paths.root / KEPT
    known = decode(file.read_bytes(), dict[str, str]) if file.is_file() else {}
    people = tuple(
        DemoPerson(name, known.get(name) or "-".join(choice(WORDS) for _ in range(5)), does)
        for name, does in (
            ("operator", "operations: watches queues, mends, replays, tests partners"),
            ("retailer", "retailer: orders, changes, held invoices"),
            ("vendor", f"vendor {VENDOR}: its orders, shipments, invoices"),
        )
    )
    if not known:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(PRIVATE)
        file.write_bytes(msgspec.json.encode({it.id: it.password for it in people}))
    gateway.store.attempt(lambda tx: _settle(tx, gateway, people))
    return people


def _settle(tx: Tx, gateway: Gateway, people: tuple[DemoPerson, ...]) -> None:
    now = gateway.clock.now()
    for it in people:
        kept = logins.get(tx.connection, it.id)
        if kept is not None and (kept.demo or kept.password is not None):
            continue
        if it.id == "vendor":
            user = VendorUser(id=it.id, vendor=VENDOR, name="Vendor (demo)", authorities=tuple(VendorAuthority))
            vendor_users.add(tx, user, origin=Origin(user=ACTOR, via=Via.SCREEN), reason="demonstration", at=now)
        else:
            staff.add(tx, Staff(id=it.id, name=f"{it.id.capitalize()} (demo)", roles=ROLES[it.id]), at=now)
        keep_password(tx, it.id, hashed(it.password), at=now, demo=True)
