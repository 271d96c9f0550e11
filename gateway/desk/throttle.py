"""How long a try to log in must wait after others have failed: by account, by source, and by both together.

Every try counts as failed from before it is looked at until it has gone well, so that many at the same time are not many free ones.
A wait grows and ends by itself. Whoever has logged in from a source lately waits there for their own failures alone: a stranger who
keeps failing elsewhere does not keep them out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from msgspec import Struct

from gateway.domain.authority import USER_ID
from gateway.kernel.errors import PolicyRefused
from gateway.store import Store, Tx, audit, logins
from gateway.store.logins import Subject

ACCOUNT, BOTH, SOURCE = "account", "both", "source"
FREE = {ACCOUNT: 4, BOTH: 2, SOURCE: 19}
"""So many failures cost nothing."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=5)
FORGOTTEN = timedelta(hours=1)
"""Failures count no more when there was no try for so long."""
FAMILIAR = timedelta(days=30)
"""So long is a source known as one from which somebody logs in."""
NETWORK = 64
"""Whoever has one address of IPv6 has as many as this many leading bits leave; they are one source."""


class LoginFailed(PolicyRefused):
    """Name or password are wrong, or a try must wait; the text is for the person. `wait` in seconds, 0 where none."""

    def __init__(self, text: str, *, wait: int = 0) -> None:
        super().__init__(text)
        self.wait = wait


class Attempt(Struct, frozen=True, kw_only=True):
    """One try, which was counted; `wait` is what the next one must wait if this one has failed, in seconds."""

    subjects: tuple[Subject, ...]
    at: datetime
    wait: int

    @property
    def hint(self) -> str:
        """What to add to the text of a failure."""
        return f"; the next try is taken in {self.wait} s" if self.wait else ""


def attempt(store: Store, user_id: str, source: str, *, now: datetime) -> Attempt:
    """Count a try; LoginFailed while one must wait, which is not counted."""
    subjects = _subjects(user_id, source)

    def work(tx: Tx) -> Attempt:
        known = logins.failures(tx, subjects, at=now)
        is_familiar = USER_ID.fullmatch(user_id) and audit.came_from(tx.connection, user_id, source, since=now - FAMILIAR)
        binding = {BOTH} if is_familiar else set(FREE)
        _require_no_wait(max(known[kind].wait_until for kind in binding), now)
        longest = timedelta()
        for subject in subjects:
            kind, before = subject[0], known[subject[0]]
            failures = 1 + (before.failures if now - before.last_at < FORGOTTEN else 0)
            wait = wait_after(failures - FREE[kind])
            logins.count(tx, subject, failures=failures, at=now, wait=wait)
            longest = max(longest, wait) if kind in binding else longest
        return Attempt(subjects=subjects, at=now, wait=round(longest.total_seconds()))

    return store.attempt(work)


def went_well(tx: Tx, tried: Attempt) -> None:
    """Somebody has come in: what failed before counts no more for them; others at the same source have no part in it."""
    for subject in tried.subjects:
        if subject[0] == SOURCE:
            logins.take_back(tx, subject, at=tried.at)
        else:
            logins.forgive(tx, subject)


def take_back(tx: Tx, tried: Attempt) -> None:
    """This try has not failed, but nobody has come in yet: what failed before still counts."""
    for subject in tried.subjects:
        logins.take_back(tx, subject, at=tried.at)


def forgive_account(tx: Tx, user_id: str) -> None:
    """Whoever has shown who they are by a link is not kept out by what others have tried."""
    logins.forgive(tx, (ACCOUNT, _account(user_id)))


def wait_after(beyond: int) -> timedelta:
    """The wait after so many failures beyond the free ones."""
    return timedelta() if beyond <= 0 else min(FIRST_WAIT * 2 ** min(beyond - 1, 10), LONGEST_WAIT)


def _require_no_wait(until: datetime, now: datetime) -> None:
    if until > now:
        wait = max(1, round((until - now).total_seconds()))
        raise LoginFailed(f"too many tries: wait {wait} s, then try again", wait=wait)


def _subjects(user_id: str, source: str) -> tuple[Subject, ...]:
    """In the order in which rows are locked."""
    account, network = _account(user_id), _network(source)
    return (ACCOUNT, account), (BOTH, f"{account} {network}"), (SOURCE, network)


def _account(user_id: str) -> str:
    """A name that was given may be anything, even a password in the wrong field: its hash is kept."""
    return sha256(user_id.encode("utf-8", "surrogatepass")).hexdigest()


def _network(source: str) -> str:
    try:
        address = ip_address(source)
    except ValueError:
        return source
    if not isinstance(address, IPv6Address):
        return source
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> (128 - NETWORK) << (128 - NETWORK))}/{NETWORK}"
