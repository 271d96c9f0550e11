"""Who acted, as users and programs of a vendor read it: their own by name, everybody else as the retailer.

What else a vendor does not read of a thing that is its own to see is left out where that thing is shown.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from gateway.domain.access import Scope
from gateway.domain.history import ADMIN, SYSTEM
from gateway.store import api_keys, vendor_users

SOMEBODY = "the retailer"
Name = Callable[[str], str]


def names_for(connection: Connection, scope: Scope) -> Name:
    """How who looks reads the name of whoever acted. Only for a scope of one vendor."""
    users = (it.id for it in vendor_users.found(connection, vendor=scope.vendor))
    keys = (f"key:{it.name}" for it in api_keys.found(connection) if it.vendor == scope.vendor)
    own = frozenset({"", ADMIN, SYSTEM, *scope.names, *users, *keys})
    return lambda user: user if user in own else SOMEBODY
