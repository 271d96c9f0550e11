"""The listener of a serving node: health, readiness, partners, numbers; for reading only, and told by nobody else's name."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import __version__
from gateway.config.settings import RetrySettings
from gateway.delivery import Reach
from gateway.kernel import Issue, meter
from gateway.kernel.errors import EndpointDown
from gateway.store import pauses
from gateway.web import listener, listening
from gateway.web.doorman import HEADERS
from gateway.web.metrics import METRICS
from tests.storehouse import NOON
from tests.town import OMS, Town
from tests.web_client import Labels, Web, served

PATIENCE = 20.0
NOWHERE = """\
connector: nowhere
partner: {name: Nowhere, vendor: "310"}
endpoint: {transport: folder}
receive:
  - channel: orders
    folder: in/gone
    files: "*"
    mapping: shipments-csv
    every: 1h
"""


def until(true: Callable[[], Any]) -> Any:
    """Until it is so; a node that never gets there fails the test."""
    tick, end = threading.Event(), time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, "it did not happen in time"
        tick.wait(0.02)
    return found


def labels(**given: str) -> Labels:
    return frozenset(given.items())


@pytest.fixture
def quiet(town: Town) -> Town:
    """A town whose listener takes any free port."""
    with (town.root / "gateway.toml").open("a") as settings:
        settings.write("[web]\nport = 0\n")
    return town


def test_a_node_that_works_is_alive_and_ready_and_says_what_it_is(quiet: Town) -> None:
    with quiet.gateway() as gateway, served(gateway) as web:
        until(lambda: web.ask("/readyz").status_code == 200)
        assert web.json("/healthz") == {"status": "alive"}
        assert web.json("/readyz") == {"ready": True, "checks": {"store": "fine", "workers": "fine"}}
        assert web.json("/version")["version"] == __version__
        assert web.json("/version")["run"] == web.node.run


def test_a_partner_that_is_away_is_told_and_makes_nobody_unready(quiet: Town) -> None:
    quiet.declare("nowhere", NOWHERE)
    with quiet.gateway() as gateway, served(gateway) as web:
        (channel,) = until(lambda: [it for it in channels(web, "nowhere") if it["failing_since"]])
        assert "in/gone" in channel["why"]
        assert channel["failures"] >= 1
        assert channel["last_success_at"] is None
        assert until(lambda: channels(web, "oms")[0]["last_success_at"])
        until(lambda: web.ask("/readyz").status_code == 200)


def test_what_waits_and_who_stands_still_is_told_by_partner(quiet: Town) -> None:
    with quiet.gateway() as gateway:
        with gateway.store.transaction() as tx:
            pauses.stop(tx, "endpoint:oms", actor="SYSTEM", now=NOON, issue=Issue("GWY-12", "login refused"))
        quiet.drop("in/redpanda/SHIP_1.csv", "po_number,po_line_number\nAB1,1\n")
        with served(gateway) as web:
            (found,) = [it for it in web.json("/health/partners") if it["connector"] == "oms"]
            assert found["standstill"] == {"since": "2026-11-21T12:00:00Z", "why": "login refused", "mend": "gateway connector test oms"}
            assert found["outbox"] == {"waiting": 0, "needs_a_person": 0, "oldest_age_seconds": None, "acknowledgements_overdue": 0}
            assert found["last_file_in"] == {"at": None, "looked_far_enough": True}
            assert web.metrics()["gateway_breaker_state"][labels(connector="oms")] == 2


def test_a_partner_that_is_cut_off_is_told_with_its_next_probe(quiet: Town) -> None:
    with quiet.gateway() as gateway:
        retry = RetrySettings.model_validate({"first": "1h", "longest": "1h"})
        reach = Reach(gateway.store, gateway.clock, retry=retry, lease=timedelta(minutes=2), chance=lambda: 1.0)
        for _ in range(5):
            with pytest.raises(EndpointDown), reach.heard("redpanda", run="one"):
                raise EndpointDown("no answer")
        with served(gateway) as web:
            (found,) = [it for it in web.json("/health/partners") if it["connector"] == "redpanda"]
            endpoint = found["endpoint"]
            assert (endpoint["state"], endpoint["failures"], endpoint["why"]) == ("cut_off", 5, "no answer")
            assert endpoint["since"] < endpoint["next_probe_at"]
            states = web.metrics()["gateway_breaker_state"]
            assert (states[labels(connector="redpanda")], states[labels(connector="oms")]) == (1, 0)


def test_a_node_is_not_ready_while_its_database_is_another_version(quiet: Town) -> None:
    with quiet.gateway() as gateway, served(gateway) as web:
        until(lambda: web.ask("/readyz").status_code == 200)
        with gateway.store.transaction() as tx:
            tx.connection.exec_driver_sql("update alembic_version set version_num = '0000'")
        answer = web.ask("/readyz")
        assert answer.status_code == 503
        assert "gateway db upgrade" in answer.json()["checks"]["store"]
        assert web.ask("/healthz").status_code == 200


def test_a_node_whose_thread_has_ended_is_not_ready(quiet: Town) -> None:
    with quiet.gateway() as gateway, served(gateway) as web:
        until(lambda: web.ask("/readyz").status_code == 200)
        web.node.pulse.expect("deliver-9", within=gateway.workspace.settings.work.lease, lives=lambda: False)
        answer = web.ask("/readyz")
        assert (answer.status_code, answer.json()["checks"]["workers"]) == (503, "deliver-9 has ended; restart this process")


def test_the_numbers_follow_a_file_through_the_gateway(quiet: Town) -> None:
    with quiet.gateway() as gateway, served(gateway) as web:
        until(lambda: web.json("/health/partners") and channels(web, "oms")[0]["last_success_at"])
        before = web.metrics()
        assert before["gateway_store_up"][labels()] == 1
        quiet.drop("in/oms/orders.xml", quiet.sample("createdsorder.xml"))
        until(lambda: {"PO_000001.csv"} <= quiet.files("out/redpanda/orders").keys())
        until(lambda: {"orders.xml.resp.xml"} <= quiet.files("out/oms/responses").keys())
        until(lambda: web.metrics()["gateway_outbox_oldest_age_seconds"][labels(connector="oms")] == 0)
        until(lambda: delta(before, web.metrics(), "gateway_outbox_attempts_total", connector="redpanda", outcome="sent") == 1)
        after = web.metrics()
    assert delta(before, after, "gateway_files_total", connector="oms", outcome="booked") == 1
    assert delta(before, after, "gateway_documents_total", type="order", outcome="booked") == 1
    assert delta(before, after, "gateway_outbox_attempts_total", connector="oms", outcome="sent") >= 1
    assert delta(before, after, "gateway_poll_duration_seconds_count", connector="oms") >= 1
    assert delta(before, after, "gateway_file_settle_seconds_count", connector="oms") == 1
    assert delta(before, after, "gateway_mapping_duration_seconds_count", mapping="createdsorder") == 1
    assert after["gateway_nodes_alive"][labels()] == 1


def test_a_file_that_is_refused_and_one_that_is_known_are_counted(quiet: Town) -> None:
    with quiet.gateway() as gateway, served(gateway) as web:
        until(lambda: channels(web, "redpanda")[1]["last_success_at"])
        before = web.metrics()
        quiet.drop("in/oms/one.xml", quiet.sample("createdsorder.xml").replace(b"<brand_cd>1<", b"<brand_cd>7<"))
        until(lambda: delta(before, web.metrics(), "gateway_files_total", connector="oms", outcome="refused") == 1)
        quiet.drop("in/oms/two.xml", quiet.sample("createdsorder.xml").replace(b"<brand_cd>1<", b"<brand_cd>7<"))
        until(lambda: delta(before, web.metrics(), "gateway_files_total", connector="oms", outcome="duplicate") == 1)
        after = web.metrics()
    assert delta(before, after, "gateway_duplicates_total", level="file", policy="answered") == 1
    assert sum(after["gateway_rows_rejected_total"].values()) > sum(before.get("gateway_rows_rejected_total", {}).values())


def test_every_metric_is_on_the_page_and_described(quiet: Town) -> None:
    page = (Path(__file__).parents[2] / "docs/reference/metrics.md").read_text(encoding="utf-8")
    with quiet.gateway() as gateway, served(gateway) as web:
        text = web.ask("/metrics").text
    shown = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE gateway_")}
    assert shown == {metric.name for metric in METRICS}
    assert not {name for name in shown if f"| `{name}` |" not in page}


def test_nothing_can_be_changed(quiet: Town) -> None:
    with quiet.gateway() as gateway, listening(gateway, gateway.node()) as address:
        assert address is not None
        web = Web(address, gateway.node())
        asked = {method: web.ask("/healthz", method=method).status_code for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS")}
    assert set(asked.values()) == {405}


def test_a_host_that_is_not_ours_is_sent_away_and_ours_get_careful_answers(quiet: Town) -> None:
    with (quiet.root / "gateway.toml").open("a") as settings:
        settings.write('hosts = ["gateway.retailer.example"]\n')
    with quiet.gateway() as gateway, listening(gateway, gateway.node()) as address:
        assert address is not None
        web = Web(address, gateway.node())
        assert web.ask("/version", host="rebound.example").status_code == 421
        for ours in ("localhost", "localhost:8420", "127.0.0.1", "GATEWAY.retailer.example:80"):
            answer = web.ask("/healthz", host=ours)
            assert answer.status_code == 200, ours
            assert {name: answer.headers[name] for name, _ in HEADERS} == dict(HEADERS)
        assert web.ask("/docs").status_code == 404


def test_the_last_success_of_a_channel_outlives_the_process_that_looked(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    with (town.root / "gateway.toml").open("a") as settings:
        settings.write("[web]\nport = 0\n")
    town.declare("oms", OMS)
    with town.gateway() as gateway:
        gateway.node().once()
    monkeypatch.setattr(meter, "readings", list)  # another process has measured nothing yet
    with town.gateway() as gateway, listening(gateway, gateway.node()) as address:
        assert address is not None
        web = Web(address, gateway.node())
        (channel,) = channels(web, "oms")
        assert not channel["polled_here"]
        assert channel["last_success_at"] is not None
        shown = web.metrics()["gateway_poll_last_success_timestamp_seconds"]
    assert shown[frozenset({("connector", "oms"), ("channel", "orders")})] > 0


def test_a_taken_port_is_told_and_the_node_goes_on_without(tmp_path: Path, sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        town = Town(tmp_path / "town", sqlite_url)
        with (town.root / "gateway.toml").open("a") as settings:
            settings.write(f"[web]\nport = {taken.getsockname()[1]}\n")
        with town.gateway() as gateway, listening(gateway, gateway.node()) as address:
            assert address is None
    told = capsys.readouterr().err
    assert "web_not_listening" in told
    assert "another process listens there already" in told


def test_a_port_that_was_taken_is_listened_on_once_it_is_free(
    tmp_path: Path, sqlite_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "AGAIN", 0.05)
    town = Town(tmp_path / "town", sqlite_url)
    with ExitStack() as stack:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with (town.root / "gateway.toml").open("a") as settings:
                settings.write(f"[web]\nport = {port}\n")
            gateway = stack.enter_context(town.gateway())
            node = gateway.node()
            assert stack.enter_context(listening(gateway, node)) is None
        told: list[str] = []

        def is_listening() -> bool:
            told.append(capsys.readouterr().err)
            return "web_listening" in "".join(told)

        until(is_listening)
        assert Web(f"http://127.0.0.1:{port}", node).ask("/healthz").status_code == 200


def test_a_listener_that_is_switched_off_is_not_there(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    with (town.root / "gateway.toml").open("a") as settings:
        settings.write("[web]\nenabled = false\n")
    with town.gateway() as gateway, listening(gateway, gateway.node()) as address:
        assert address is None


def channels(web: Web, connector: str) -> list[dict[str, Any]]:
    (found,) = [it for it in web.json("/health/partners") if it["connector"] == connector]
    return list(found["channels"])


def delta(before: dict[str, dict[Labels, float]], after: dict[str, dict[Labels, float]], name: str, **given: str) -> float:
    """How much a number has grown."""
    key = labels(**given)
    return after.get(name, {}).get(key, 0.0) - before.get(name, {}).get(key, 0.0)
