"""People who log in, for tests: a reception with a clock that is set, people with passwords that cost little, codes of second factors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import argon2
import pyotp
import pytest

from gateway.desk.login import Come, Reception, Visitor
from gateway.desk.office import Office
from gateway.desk.throttle import LoginFailed
from gateway.domain.access import Staff
from gateway.domain.authority import VendorAuthority, VendorUser
from gateway.domain.origin import Origin, Via
from gateway.kernel import FixedClock
from gateway.store import Store, audit, logins, staff, vendor_users
from gateway.store.audit import AuditSearch
from tests.storehouse import NOON, write

PASSWORD = "seven grey herons over Kiel"
HERE, THERE = "192.0.2.1", "198.51.100.7"
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Lodge:
    """A reception, and who comes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = FixedClock(NOON)
        self.reception = Reception(store=store, clock=self.clock)
        self.office = Office(store=store, clock=self.clock, actor="uma.admin", source=HERE)

    def person(self, user: str, *roles: str, password: str | None = PASSWORD, factor: bool = False, demo: bool = False) -> str | None:
        """Somebody of the retailer; gives the secret of the second factor."""
        write(self.store, lambda tx: staff.add(tx, Staff(id=user, name=user.partition(".")[0].title(), roles=roles), at=NOON))
        return self._let_in(user, password, factor=factor, demo=demo)

    def vendor_user(self, user: str, *may: VendorAuthority) -> None:
        """Somebody of vendor 257."""
        new = VendorUser(id=user, vendor="257", name=user.partition(".")[0].title(), authorities=may)
        write(self.store, lambda tx: vendor_users.add(tx, new, origin=Origin(user="root", via=Via.SCREEN), reason="", at=NOON))
        self._let_in(user, PASSWORD, factor=False, demo=False)

    def _let_in(self, user: str, password: str | None, *, factor: bool, demo: bool) -> str | None:
        secret = pyotp.random_base32() if factor else None
        kept = None if password is None else CHEAP.hash(password)
        values = {"password": kept, "demo": demo, "factor": secret, "factor_at": NOON if factor else None}
        write(self.store, lambda tx: logins.put(tx, user, **values))
        return secret

    def come(self, user: str, password: str = PASSWORD, *, source: str = HERE) -> Come:
        """Log in."""
        return self.reception.come(user, password, source=source, agent="Browser 1")

    def enter(self, user: str, **how: Any) -> Visitor:
        """Log in and come with the token."""
        return self.who(self.come(user, **how))

    def who(self, come: Come) -> Visitor:
        """Who comes with this token."""
        visitor = self.reception.visitor(come.token)
        assert visitor is not None
        return visitor

    def is_out(self, come: Come) -> bool:
        """Whether this session has ended."""
        visitor = self.reception.visitor(come.token)
        if visitor is not None:
            self.reception.seen(visitor)
        return visitor is None

    def code(self, secret: str | None, *, ahead: int = 0) -> str:
        """What the device shows now, or so many steps later."""
        return pyotp.TOTP(secret or "").at(self.clock.now() + timedelta(seconds=30 * ahead))

    def wait_after_failing(self, user: str = "anna.k", *, source: str = HERE, times: int = 1) -> int:
        """Fail; gives the wait in seconds that the last failure has brought."""
        for _ in range(times):
            with pytest.raises(LoginFailed) as caught:
                self.come(user, "wrong", source=source)
        return caught.value.wait

    def told(self, **search: Any) -> list[str]:
        """The events in the record, the oldest first."""
        with self.store.reading() as connection:
            return [it.event for it in audit.found(connection, AuditSearch(**search), most=1000)][::-1]
