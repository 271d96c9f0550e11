"""A login that is refused is tried three times and then no more; a changed host key stops at once; a person lets it go on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.delivery import Standstill, let_go_on
from gateway.delivery.standstill import LOGINS
from gateway.kernel import FixedClock
from gateway.kernel.errors import EndpointDown, HostKeyRefused, LoginRefused, StandsStill
from gateway.simulator.sftp import Account, SftpServer
from gateway.store import refusals, tables
from tests.sftp_server import USER, WitnessServer
from tests.storehouse import fresh_store
from tests.town import Town

CLOCK = FixedClock(datetime(2026, 11, 21, tzinfo=UTC))
BY_SFTP = """\
connector: redpanda
partner: {{name: Red Panda Outfitters, vendor: "257"}}
endpoint: {{transport: sftp, host: 127.0.0.1, port: {port}, user: gateway, password: secret:panda, host_keys: ["{pin}"]}}
receive:
  - channel: shipments
    folder: /out
    files: SHIP_*.csv
    mapping: shipments-csv
    ready: {{stable_for: 0s}}
  - channel: invoices
    folder: /out
    files: INV_*.csv
    mapping: invoices-csv
    ready: {{stable_for: 0s}}
send:
  - channel: orders
    folder: /in
    mapping: batch-csv
    gather: {{new_orders: true, now: true}}
    file: "PO_{{batch:06}}.csv"
"""


def test_only_refusals_in_a_row_count(database_url: str) -> None:
    with fresh_store(database_url) as store:
        standstill = Standstill(store, CLOCK)
        for _ in range(LOGINS - 1):
            standstill.refused("redpanda", LoginRefused("no"))
        standstill.fine("redpanda")
        standstill.refused("redpanda", LoginRefused("no"))
        standstill.refused("redpanda", EndpointDown("away"))
        standstill.require("redpanda")


def test_refusals_are_counted_for_every_process_and_forgotten_by_a_person(database_url: str) -> None:
    with fresh_store(database_url) as store:
        for times in range(1, LOGINS + 1):
            Standstill(store, CLOCK).require("redpanda")
            error = LoginRefused("the server refuses gateway.")
            Standstill(store, CLOCK).refused("redpanda", error)
            assert str(error) == f"the server refuses gateway. Refused {times} of 3 times."
        with pytest.raises(StandsStill, match="the server refuses gateway"):
            Standstill(store, CLOCK).require("redpanda")
        assert let_go_on(store, "redpanda")
        with store.reading() as connection:
            assert refusals.standing(connection) == {}


def test_processes_that_live_a_moment_try_a_wrong_password_three_times_between_them(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_SECRET_PANDA", "wrong")
    (tmp_path / "panda" / "out").mkdir(parents=True)
    server = WitnessServer(tmp_path / "panda", {USER: Account(password="right")})
    server.start()
    try:
        town = Town(tmp_path / "town", database_url)
        town.declare("redpanda", BY_SFTP.format(port=server.port, pin=server.host_key_fingerprint))
        for tried in range(LOGINS + 3):
            with town.gateway() as gateway:
                node = gateway.node()
                node.engine.poll(next(spot for spot in node.engine.spots if spot.names == ("redpanda", "invoices")))
                node.engine.let_go()
            if tried in {0, LOGINS}:
                listed = town.command("connector", "list", "--json").json
                panda = next(row for row in listed if row["connector"] == "redpanda")
                assert panda["state"] == ("stands_still" if tried else "failing")
                assert "refuses gateway: password" in panda["why"]
        assert server.attempts.count("password wrong") == LOGINS
    finally:
        server.stop()


def test_the_standstill_holds_for_every_node_until_a_person_lets_it_go_on(database_url: str) -> None:
    with fresh_store(database_url) as store:
        standstill, another = Standstill(store, CLOCK), Standstill(store, CLOCK)
        standstill.refused("redpanda", HostKeyRefused("shows SHA256:other"))
        with pytest.raises(EndpointDown, match="since 2026-11-21 00:00:00 UTC: shows SHA256:other; mend it, then: gateway connector test"):
            another.require("redpanda")
        another.require("tanuki")
        assert (let_go_on(store, "redpanda"), let_go_on(store, "redpanda")) == (True, False)
        another.require("redpanda")


def test_a_wrong_password_is_tried_three_times_by_polls_and_deliveries_together(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_SECRET_PANDA", "wrong")
    home = tmp_path / "panda"
    for folder in ("in", "out"):
        (home / folder).mkdir(parents=True)
    server = SftpServer(home, {"gateway": Account(password="right")})
    server.start()
    try:
        town = Town(tmp_path / "town", sqlite_url)
        town.declare("redpanda", BY_SFTP.format(port=server.port, pin=server.host_key_fingerprint))
        town.drop("in/oms/orders.xml", town.sample("createdsorder.xml"))
        for _ in range(2):
            told = town.command("serve", "--once", ends=6)
        assert "stands still since" in told.out
        with town.gateway() as gateway, gateway.store.reading() as connection:
            assert connection.execute(select(tables.pause.c.name)).scalars().all() == ["endpoint:redpanda"]
            item = connection.execute(select(tables.outbox).where(tables.outbox.c.kind == "batch")).one()
        assert (item.state, list((home / "in").iterdir())) == ("waiting", [])
        monkeypatch.setenv("GATEWAY_SECRET_PANDA", "right")
        assert "is tried again from now on" in town.command("connector", "test", "redpanda").err
        town.command("outbox", "retry", str(item.id))
        town.once()
        assert [path.name for path in (home / "in").iterdir() if path.is_file()] == ["PO_000001.csv"]
    finally:
        server.stop()
