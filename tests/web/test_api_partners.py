"""Partners by programs: how each fares, its keys and file, the live test, a host key that is trusted with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.domain.access import Authority
from gateway.simulator.sftp import Account, SftpServer
from tests.program import Program, client_of, program
from tests.town import Town

FOREIGN = "SHA256:" + "A" * 43
BY_SFTP = """\
connector: redpanda
partner: {{name: Red Panda Outfitters, vendor: "257", contact: edi@redpanda.example}}
endpoint: {{transport: sftp, host: 127.0.0.1, port: {port}, user: gateway, password: secret:panda, host_keys: ["{pin}"]}}
receive:
  - channel: shipments
    folder: /out
    files: SHIP_*.csv
    mapping: shipments-csv
    ready: {{stable_for: 0s}}
    take: keep
"""
OFF = """\
connector: tanuki
enabled: false
partner: {name: Tanuki Toys, vendor: "310"}
endpoint: {transport: folder}
receive:
  - {channel: shipments, folder: in/tanuki, files: "*.csv", mapping: shipments-csv}
"""


@pytest.fixture
def town(tmp_path: Path, sqlite_url: str) -> Town:
    return Town(tmp_path / "town", sqlite_url)


@contextmanager
def asking(town: Town, *authorities: Authority) -> Iterator[Program]:
    """A program that asks a node which has made one round."""
    town.once()
    with town.gateway() as gateway, client_of(gateway) as client:
        yield program(gateway, client, *authorities)


def test_partners_are_listed_with_their_polls_and_what_to_know(town: Town) -> None:
    town.declare("tanuki", OFF)
    with asking(town, Authority.PARTNERS) as reader:
        rows = {it["about"]["connector"]: it for it in reader.get("/partners").json()["rows"]}
        assert set(rows) == {"oms", "redpanda", "tanuki"}
        health = rows["redpanda"]["health"]
        assert [it["channel"] for it in health["channels"]] == ["acknowledgements", "shipments", "invoices"]
        assert all(it["last_success_at"].endswith("Z") and it["lag_seconds"] >= 0 for it in health["channels"])
        assert (health["endpoint"]["state"], health["standstill"], health["outbox"]["waiting"]) == ("fine", None, 0)
        assert (rows["tanuki"]["about"]["enabled"], rows["tanuki"]["health"]) == (False, None)
        assert reader.get("/partners/redpanda/health").json()["partner"] == "Red Panda Outfitters"
        off = reader.get("/partners/tanuki/health")
        assert (off.status_code, "enabled: true" in off.json()["remedy"]) == (404, True)


def test_one_partner_has_its_channels_its_file_and_a_tag(town: Town) -> None:
    with asking(town, Authority.PARTNERS) as reader:
        shown = reader.get("/partners/redpanda")
        told = shown.json()
        assert {it["channel"]: it["direction"] for it in told["channels"]}["orders"] == "sends"
        assert told["file"].startswith("connector: redpanda")
        assert (told["problems"], told["server"]["pins"]) == ([], [])
        assert reader.get("/partners/redpanda", if_none_match=shown.headers["etag"]).status_code == 304
        missing = reader.get("/partners/redpando")
        assert (missing.status_code, "did you mean" in missing.json()["title"]) == (404, True)
        assert reader.post("/partners/redpanda/test", {}).status_code == 403


def test_a_partner_is_tested_step_by_step(town: Town) -> None:
    with asking(town, Authority.PARTNERS, Authority.PARTNER_CHANGE) as engineer:
        done = engineer.post("/partners/redpanda/test", {}, idempotency_key="probe-of-redpanda")
        assert (done.json()["failed"], done.json()["goes_on"]) == (0, False)
        assert {"list", "rename"} <= {it["step"] for it in done.json()["steps"] if it["result"] == "ok"}
        assert engineer.post("/partners/redpanda/test", {}, idempotency_key="probe-of-redpanda").headers["idempotency-replayed"] == "true"
        (town.root / "in/redpanda").rename(town.root / "in/away")
        (town.root / "in/redpanda").write_text("not a folder")
        broken = engineer.post("/partners/redpanda/test", {})
        assert (broken.status_code, "cannot be used as a folder" in broken.text) == (422, True)


def test_a_host_key_is_trusted_with_a_reason_and_never_blindly(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SECRET_PANDA", "hunter2")
    (tmp_path / "vendor/out").mkdir(parents=True)
    with SftpServer(tmp_path / "vendor", {"gateway": Account(password="hunter2")}) as server:
        town.declare("redpanda", BY_SFTP.format(port=server.port, pin=FOREIGN))
        key = server.host_key_fingerprint
        said = {"fingerprint": key, "reason": "confirmed by phone"}
        with asking(town, Authority.PARTNERS, Authority.PARTNER_CHANGE) as engineer:
            assert engineer.get("/partners/redpanda/health").json()["standstill"]["why"]
            tried = engineer.post("/partners/redpanda/test", {}).json()
            assert any(key in it["text"] for it in tried["steps"] if it["result"] == "failed")
            seen = engineer.get("/partners/redpanda")
            assert seen.json()["server"]["cannot_promise"]
            assert [it["fingerprint"] for it in seen.json()["server"]["offered"]] == [key]
            other = engineer.post("/partners/redpanda/trust", {**said, "fingerprint": "SHA256:" + "B" * 43})
            assert (other.status_code, key in other.text) == (403, True)
            for wrong in ({"reason": " "}, {"fingerprint": ""}, {"fingerprint": "blue"}):
                assert engineer.post("/partners/redpanda/trust", {**said, **wrong}).status_code in {400, 422}, wrong
            assert engineer.post("/partners/oms/trust", said).status_code == 422
            assert engineer.post("/partners/redpanda/trust", said, if_match='"stale"').status_code == 412
            assert engineer.post("/partners/redpanda/trust", {**said, "dry_run": True}).json()["is_new"] is True
            assert [it["trusted_by"] for it in engineer.get("/partners/redpanda").json()["server"]["pins"]] == [""]
            tag = engineer.get("/partners/redpanda").headers["etag"]
            done = engineer.post("/partners/redpanda/trust", said, if_match=tag).json()
            assert (done["fingerprint"], done["is_new"], done["goes_on"]) == (key, True, True)
            assert engineer.get("/partners/redpanda").json()["server"]["offered"] == []
            pins = engineer.get("/partners/redpanda").json()["server"]["pins"]
            assert [(it["fingerprint"], it["trusted_by"], it["reason"]) for it in pins[1:]] == [(key, "key:probe", "confirmed by phone")]
            assert engineer.post("/partners/redpanda/trust", said).json()["is_new"] is False
            assert engineer.post("/partners/redpanda/test", {}).json()["failed"] == 0
            assert engineer.get("/partners/redpanda/health").json()["standstill"] is None
