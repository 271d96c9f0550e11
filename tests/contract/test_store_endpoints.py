"""What is remembered about partners' servers: the last trial, every key shown, and who trusts which key."""

from __future__ import annotations

from datetime import timedelta

from gateway.store import Store, endpoints
from tests.storehouse import NOON

LATER = NOON + timedelta(hours=1)
KEY = endpoints.TrustedKey("SHA256:a", "ssh-ed25519", "gateway@host:22", NOON, "erin", "told on the phone")


def test_the_last_trial_counts(store: Store) -> None:
    with store.transaction() as tx:
        assert endpoints.ability(tx.connection, "redpanda") is None
        endpoints.note_ability(tx, "redpanda", address="gateway@host:22", ability={"renames": "none"}, now=NOON)
        endpoints.note_ability(tx, "redpanda", address="gateway@host:22", ability={"renames": "atomic"}, now=LATER)
    with store.reading() as connection:
        assert endpoints.ability(connection, "redpanda") == endpoints.Found("gateway@host:22", LATER, {"renames": "atomic"})


def test_keys_keep_the_first_and_the_last_time_they_were_shown(store: Store) -> None:
    for now, keys in ((NOON, [("ssh-ed25519", "SHA256:a"), ("ssh-rsa", "SHA256:b")]), (LATER, [("ssh-ed25519", "SHA256:a")])):
        with store.transaction() as tx:
            endpoints.note_seen(tx, "redpanda", keys, address="gateway@host:22", now=now)
    with store.reading() as connection:
        found = endpoints.seen(connection, "redpanda")
    assert [(key.fingerprint, key.first_at, key.last_at) for key in found] == [("SHA256:a", NOON, LATER), ("SHA256:b", NOON, NOON)]


def test_a_key_is_trusted_once_and_at_its_address_only(store: Store) -> None:
    with store.transaction() as tx:
        assert endpoints.trust(tx, "redpanda", KEY)
        assert not endpoints.trust(tx, "redpanda", KEY)
    with store.reading() as connection:
        assert endpoints.trusted(connection, "redpanda", address="gateway@host:22") == (KEY,)
        assert endpoints.trusted(connection, "redpanda", address="gateway@host:23") == ()
        assert endpoints.trusted(connection, "tanuki", address="gateway@host:22") == ()
