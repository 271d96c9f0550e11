"""What a partner's server can do decides what runs; which key it shows decides whether it is believed: by the real program."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.cli.exits import Exit
from gateway.cli.frame import run
from gateway.kernel import FixedClock
from gateway.kernel.errors import HostKeyRefused
from gateway.store import tables
from gateway.transports import Pin, open_transport
from tests.chaos.peers.rules import Do, On, Rule
from tests.chaos.peers.server import FSYNC, POSIX_RENAME, RuledServer
from tests.sites import password_options
from tests.town import Town

FOREIGN = "SHA256:" + "A" * 43
SHIPMENTS = "in/redpanda"
BY_SFTP = """\
connector: redpanda
partner: {{name: Red Panda Outfitters, vendor: "257"}}
endpoint:
  transport: sftp
  host: 127.0.0.1
  port: {port}
  user: gateway
  password: secret:panda
  host_keys: [{pin}]
  {words}
receive:
  - channel: acknowledgements
    folder: /out
    files: ACK_*.csv
    mapping: acknowledgement-csv
    ready: {{stable_for: 0s}}
    take: {take}
send:
  - channel: orders
    folder: /in
    mapping: batch-csv
    gather: {{new_orders: true, now: true}}
    file: "PO_{{batch:06}}.csv"
"""


class Partner:
    """Red Panda behind a server of its own, and the workspace that knows it."""

    def __init__(self, town: Town, server: RuledServer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.town = town
        self.server = server
        monkeypatch.setenv("GATEWAY_SECRET_PANDA", "correct horse")
        self.declare()

    def declare(self, *, words: str = "", pin: str = "", take: str = "move") -> None:
        key = pin or f'"{self.server.host_key_fingerprint}"'
        self.town.declare("redpanda", BY_SFTP.format(port=self.server.port, pin=key, words=words, take=take))

    def command(self, *words: str) -> int:
        return run(["--workspace", str(self.town.root), *words])

    def probes(self) -> int:
        return sum("gateway-probe" in deed.path for deed in self.server.evidence.deeds("written"))

    def delivered(self) -> list[str]:
        return sorted(path.name for path in (self.server.root / "in").iterdir())

    def rows(self, table: Any) -> list[Any]:
        with self.town.gateway() as gateway, gateway.store.reading() as connection:
            return list(connection.execute(select(table)))


Opening = Callable[..., AbstractContextManager[Partner]]


@pytest.fixture
def partner(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Opening:
    @contextmanager
    def opened(*rules: Rule, **server: Any) -> Iterator[Partner]:
        for folder in ("in", "out"):
            (tmp_path / "panda" / folder).mkdir(parents=True)
        with RuledServer(tmp_path / "panda", rules=rules, **server) as running:
            town = Town(tmp_path / "town", sqlite_url)
            town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
            yield Partner(town, running, monkeypatch)

    return opened


def test_a_server_is_tried_on_the_first_connection_and_again_after_a_week(partner: Opening) -> None:
    clock = FixedClock(datetime.now(UTC))
    with partner() as it:
        it.town.once(clock)
        assert (it.probes(), it.delivered()) == (2, ["PO_000001.csv"])
        it.town.once(clock)
        assert it.probes() == 2
        clock.advance(timedelta(days=8))
        it.town.once(clock)
        assert it.probes() == 4
        assert not any("gateway-probe" in path.name for path in it.server.root.rglob("*"))
        (row,) = it.rows(tables.endpoint_ability)
    assert row.ability == {"software": row.ability["software"], "renames": "atomic", "looks": "full", "fsync": True, "reads_back": True}


def test_what_the_server_cannot_do_stops_the_channels_until_the_connector_asks_for_less(
    partner: Opening, capsys: pytest.CaptureFixture[str]
) -> None:
    with partner(withheld=[POSIX_RENAME, FSYNC]) as it:
        (it.server.root / "out" / "ACK_1.csv").write_text("nothing to read")
        assert it.command("serve", "--once") == Exit.POLICY
        assert "write `rename: plain` in the endpoint" in capsys.readouterr().out
        assert it.delivered() == []
        assert (it.server.root / "out" / "ACK_1.csv").exists()
        assert it.command("connector", "list") == Exit.FINE
        assert "redpanda: does not run: orders: the server has no atomic rename" in capsys.readouterr().out
        assert it.command("connector", "test", "redpanda") == Exit.POLICY
        assert "channel orders does not run" in capsys.readouterr().out.replace("\n", " ")

        it.declare(words="rename: plain")
        assert it.command("connector", "test", "redpanda") == Exit.FINE
        assert "cannot promise: rename: plain" in capsys.readouterr().out
        (item,) = [row for row in it.rows(tables.outbox) if row.connector == "redpanda"]
        assert item.state == "waiting"
        assert it.command("outbox", "retry", str(item.id)) == Exit.FINE
        assert it.command("serve", "--once") in {Exit.FINE, Exit.DATA_REFUSED}
        assert it.delivered() == ["PO_000001.csv"]
        assert not (it.server.root / "out" / "ACK_1.csv").exists()


def test_a_server_that_forbids_looking_is_used_without(partner: Opening, capsys: pytest.CaptureFixture[str]) -> None:
    with partner(Rule(On.STAT, Do.FAILURE, what="permission", times=None)) as it:
        assert it.command("connector", "test", "redpanda") == Exit.POLICY
        it.declare(words="stat: none")
        assert it.command("verify") == Exit.FINE
        assert "Everything agrees" in capsys.readouterr().out
        assert it.command("connector", "test", "redpanda") == Exit.FINE
        capsys.readouterr()
        assert it.command("connector", "list", "--json") == Exit.FINE
        (row,) = [row for row in json.loads(capsys.readouterr().out) if row["connector"] == "redpanda"]
        assert [text.partition(" - ")[0] for text in row["cannot_promise"]] == ["stat: none"]
        assert it.command("serve", "--once") == Exit.FINE
        assert it.delivered() == ["PO_000001.csv"]


def test_a_server_that_renames_nothing_is_told_so(partner: Opening, capsys: pytest.CaptureFixture[str]) -> None:
    forbidden = [Rule(on, Do.FAILURE, what="permission", times=None) for on in (On.POSIX_RENAME, On.RENAME)]
    with partner(*forbidden) as it:
        assert it.command("connector", "test", "redpanda") == Exit.POLICY
        assert "`take: keep`" in capsys.readouterr().out
        it.declare(take="keep")
        assert it.command("serve", "--once") == Exit.UNAVAILABLE
        told = capsys.readouterr().out
        assert it.delivered() == []
        assert "redpanda/acknowledgements" not in told


def test_a_new_host_key_is_trusted_by_a_person_with_a_reason_and_never_blindly(
    partner: Opening, capsys: pytest.CaptureFixture[str]
) -> None:
    with partner() as it:
        it.declare(pin=f'"{FOREIGN}"')
        shown = it.server.host_key_fingerprint
        assert it.command("serve", "--once") == Exit.POLICY
        told = capsys.readouterr().out
        assert it.command("connector", "test", "redpanda") == Exit.POLICY
        assert "take it out of host_keys" not in capsys.readouterr().out
        assert it.command("verify") == Exit.UNAVAILABLE
        looked = capsys.readouterr()
        assert "Everything agrees" not in looked.out
        assert "What was looked at agrees" in looked.out
        assert "redpanda: its folders could not be looked at: " in looked.out
        assert "Not looked at: redpanda." in looked.err
        assert FOREIGN in told
        assert shown in told
        words = ["connector", "trust", "redpanda", "--reason", "confirmed by phone", "--fingerprint"]
        assert it.command(*words, "SHA256:" + "B" * 43) == Exit.POLICY
        assert f"but {shown}" in capsys.readouterr().err
        assert it.command(*words, shown, "--dry-run") == Exit.FINE
        assert "would be trusted" in capsys.readouterr().out
        assert it.rows(tables.host_key_trust) == []
        assert it.command("connector", "trust", "redpanda", "--reason", " ", "--fingerprint", shown) == Exit.USAGE
        assert it.command(*words, shown, "--json") == Exit.FINE
        assert "is tried again from now on" not in capsys.readouterr().out
        (row,) = it.rows(tables.host_key_trust)
        assert (row.fingerprint, row.reason, row.address) == (shown, "confirmed by phone", f"gateway@127.0.0.1:{it.server.port}")
        assert row.actor
        assert it.rows(tables.pause) == []
        assert it.command(*words, shown) == Exit.FINE
        assert "counts already" in capsys.readouterr().out
        assert it.command("connector", "test", "redpanda") == Exit.FINE
        capsys.readouterr()
        assert it.command("connector", "list", "--json") == Exit.FINE
        (found,) = [found for found in json.loads(capsys.readouterr().out) if found["connector"] == "redpanda"]
        assert [(pin["fingerprint"], pin["seen_at"] is not None) for pin in found["pins"]] == [(FOREIGN, False), (shown, True)]
        assert any(f"never shown {FOREIGN}" in text for text in found["warnings"])


def test_people_are_warned_before_the_last_pin_ends(partner: Opening, capsys: pytest.CaptureFixture[str]) -> None:
    today = datetime.now(UTC).date()
    with partner() as it:
        key = it.server.host_key_fingerprint
        it.declare(pin=f'{{key: "{key}", label: old server, until: {today + timedelta(days=9)}}}')
        assert it.command("connector", "check") == Exit.FINE
        assert "redpanda: the last pinned host key ends on" in capsys.readouterr().err
        assert it.command("connector", "test", "redpanda") == Exit.FINE
        told = capsys.readouterr().out
        assert "is pinned as 'old server'" in told
        assert "in 9 days" in told
        it.declare(pin=f'{{key: "{key}", until: {today - timedelta(days=1)}}}')
        assert it.command("connector", "test", "redpanda") == Exit.POLICY
        assert "does not count today" in capsys.readouterr().out.replace("\n", " ")


def test_a_pin_counts_on_its_days_only(partner: Opening) -> None:
    today = datetime.now(UTC).date()
    day = timedelta(days=1)
    with partner() as it:
        key = it.server.host_key_fingerprint
        for pin in (Pin(key, until=today - day), Pin(key, since=today + day)):
            with pytest.raises(HostKeyRefused, match="does not count today"):
                open_transport("sftp", password_options(it.server, host_keys=(pin,)))
        for pin in (Pin(key, since=today, until=today), Pin(key, label="either")):
            open_transport("sftp", password_options(it.server, host_keys=(FOREIGN, pin))).close()


def test_a_pin_with_days_in_the_wrong_order_is_a_mistake(partner: Opening, capsys: pytest.CaptureFixture[str]) -> None:
    with partner() as it:
        it.declare(pin=f'{{key: "{FOREIGN}", from: 2026-12-02, until: 2026-12-01}}')
        assert it.command("connector", "check") == Exit.USAGE
        assert "the key would never count" in capsys.readouterr().err
        it.declare(pin=f'{{key: "{FOREIGN}", form: 2026-12-02}}')
        assert it.command("connector", "check") == Exit.USAGE
        assert "did you mean 'from'" in capsys.readouterr().err
