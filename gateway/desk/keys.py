"""Keys of programs: made, listed, revoked. What a program must send is told once; kept is its hash."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from secrets import token_urlsafe

from msgspec import Struct
from msgspec.structs import replace

from gateway.desk.acting import Mode, perform
from gateway.desk.login import digest_of
from gateway.desk.office import Office, note, require, require_within
from gateway.domain import access
from gateway.domain.access import Authority
from gateway.kernel.clock import Clock
from gateway.kernel.errors import NotFound
from gateway.kernel.yaml_text import unknown
from gateway.store import Store, Tx, api_keys
from gateway.store.api_keys import ApiKey

KEY_MARK = "vgk_"
"""How every key begins, so that one in the wrong place can be found."""
KEY_DAYS = 365
LONGEST_DAYS = 2 * KEY_DAYS
HEAD = len(KEY_MARK) + 6
USED_EVERY = timedelta(minutes=1)


class NewKey(Struct, frozen=True, kw_only=True):
    """A key as it is listed, and what the program must send."""

    secret: str
    key: ApiKey

    def __repr__(self) -> str:
        """Without the secret."""
        return f"NewKey({self.key!r})"


def list_keys(store: Store) -> tuple[ApiKey, ...]:
    """Keys of programs, the newest first."""
    with store.reading() as connection:
        return api_keys.found(connection)


def make_key(
    office: Office,
    name: str,
    authorities: Iterable[Authority],
    *,
    vendor: str | None = None,
    vendors: Collection[str] = (),
    days: int = KEY_DAYS,
    reason: str = "",
    mode: Mode = Mode.EARNEST,
) -> NewKey:
    """A key for a program; one of a vendor, of those there are, sees that vendor alone. ConfigError with everything that is wrong."""
    given, called = access.in_order(authorities), name.strip()
    problems = list(access.faults_of_key(given, vendor=vendor))
    if not called.isprintable() or not 1 <= len(called) <= access.LONGEST_NAME:
        problems.append(f"name the program, in at most {access.LONGEST_NAME} characters")
    if not 1 <= days <= LONGEST_DAYS:
        problems.append(f"a key holds 1 to {LONGEST_DAYS} days")
    if vendor is not None and vendor not in vendors:
        problems.append(unknown(vendor, vendors, what="vendor"))
    require(problems)
    secret, now = KEY_MARK + token_urlsafe(32), office.clock.now()
    key = ApiKey(
        id=0,
        head=secret[:HEAD],
        name=called,
        authorities=given,
        vendor=vendor,
        made_by=office.actor,
        made_at=now,
        ends_at=now + timedelta(days=days),
    )

    def work(tx: Tx) -> NewKey:
        require_within(office, given, f"a key for {called}")
        new = _within(tx, office, key)
        made = replace(new, id=api_keys.add(tx, digest_of(secret), new))
        detail = {"name": called, "authorities": list(given), "vendor": vendor, "days": days}
        note(tx, office, "key_made", f"key {made.id}", detail=detail, reason=reason)
        return NewKey(secret=secret, key=made)

    return perform(office.store, work, mode)


def revoke_key(office: Office, key_id: int, *, reason: str = "", mode: Mode = Mode.EARNEST) -> ApiKey:
    """The key works no more, from now on."""

    def work(tx: Tx) -> ApiKey:
        of = next((it for it in api_keys.found(tx.connection) if it.id == key_id), None)
        if of is not None and (office.giver is None or office.giver.key != key_id):
            require_within(office, of.authorities, f"key {key_id}")
        if not api_keys.revoke(tx, key_id, at=office.clock.now()):
            raise NotFound(f"there is no key {key_id} that works", remedy="See which there are: gateway user keys")
        key = next(it for it in api_keys.found(tx.connection) if it.id == key_id)
        note(tx, office, "key_revoked", f"key {key_id}", detail={"name": key.name}, reason=reason)
        return key

    return perform(office.store, work, mode)


def _within(tx: Tx, office: Office, key: ApiKey) -> ApiKey:
    """What a program makes ends with its own key at the latest."""
    own = None if office.giver is None else next((it for it in api_keys.found(tx.connection) if it.id == office.giver.key), None)
    return key if own is None else replace(key, ends_at=min(key.ends_at, own.ends_at))


def key_of(store: Store, clock: Clock, secret: str) -> ApiKey | None:
    """The key that a program has sent; None when it does not work, or no more."""
    now = clock.now()
    with store.reading() as connection:
        key = api_keys.get(connection, digest_of(secret))
    if key is None or key.account(now) is None:
        return None
    if key.used_at is None or now - key.used_at >= USED_EVERY:
        store.attempt(lambda tx: api_keys.used(tx, key.id, at=now))
    return key
