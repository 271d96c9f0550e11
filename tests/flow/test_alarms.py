"""What needs a person says so loudly: in the log, in the numbers, and in how a single run ends."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from gateway.cli.exits import Exit
from tests.town import Town
from tests.web_client import served

TAKEN = "out/redpanda/orders/PO_000001.csv"


def test_a_file_that_came_into_conflict_ends_a_single_run_with_an_alarm_once(town: Town) -> None:
    town.drop(TAKEN, "somebody else's")
    town.drop("in/oms/one.xml", town.sample("createdsorder.xml"))
    done = town.command("serve", "--once", ends=Exit.DATA_REFUSED)
    assert "1 outgoing file(s) stopped until a person acts" in done.out
    assert "item_stopped" in done.err
    assert (town.root / TAKEN).read_text() == "somebody else's"
    assert "stopped until" not in town.command("serve", "--once").out


def test_a_file_in_conflict_refused_or_parked_has_a_line_in_the_log(town: Town) -> None:
    town.drop(TAKEN, "somebody else's")
    town.drop("in/oms/one.xml", town.sample("createdsorder.xml"))
    town.drop("in/oms/odd.xml", "<nothing/>")
    town.drop("in/oms/torn.xml", town.sample("createdsorder.xml")[:-40])
    with capture_logs() as logs:
        town.once()
    told = {line["event"]: line for line in logs}
    assert told["item_stopped"]["log_level"] == "error"
    whole = [line for line in logs if line["event"] in {"file_refused", "file_parked"}]
    assert {line["file_name"] for line in whole} == {"odd.xml", "torn.xml"}
    assert all(line["code"] and line["message"] and line["connector"] == "oms" and line["sha256"] for line in whole)
    assert {line["log_level"] for line in whole} <= {"warning", "error"}
    assert "since_received_ms" in told["file_booked"]


def test_a_file_all_of_whose_documents_are_refused_is_refused_in_the_log(town: Town) -> None:
    town.drop("in/oms/odd.xml", town.sample("createdsorder.xml").replace(b"<brand_cd>1<", b"<brand_cd>77<"))
    with capture_logs() as logs:
        town.once()
    (told,) = [line for line in logs if line["event"] in {"file_refused", "file_booked"}]
    given = {name: told[name] for name in ("event", "log_level", "state", "code", "file_name")}
    assert given == {"event": "file_refused", "log_level": "warning", "state": "refused", "code": "DSO-103", "file_name": "odd.xml"}


def test_the_number_of_stopped_files_is_there_before_the_first(town: Town) -> None:
    settings = Path(town.root / "gateway.toml")
    settings.write_text(settings.read_text() + "[web]\nport = 0\n")
    with town.gateway() as gateway, served(gateway) as web:
        shown = web.metrics()["gateway_outbox_dead_total"]
    assert {dict(key)["connector"] for key in shown} >= {"oms", "redpanda"}
