"""Partners at the console: how each fares, its file without secrets, what is wrong with it, the live test, and trusting a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.simulator.sftp import Account, SftpServer
from tests.reader import add_people, console, effects_of
from tests.town import Town

FOREIGN, OTHER = f"SHA256:{'A' * 43}", f"SHA256:{'B' * 43}"
BY_SFTP = """\
connector: redpanda
partner: {{name: Red Panda Outfitters, vendor: "257"}}
endpoint: {{transport: sftp, host: 127.0.0.1, port: {port}, user: gateway, password: secret:panda, host_keys: ["{pin}"]}}
receive:
  - {{channel: shipments, folder: /out, files: SHIP_*.csv, mapping: shipments-csv, ready: {{stable_for: 0s}}, take: keep}}
"""


def test_a_partner_is_looked_at_and_tested(tmp_path: Path, sqlite_url: str) -> None:
    town = Town(tmp_path / "town", sqlite_url)
    town.once()
    with town.gateway() as gateway:
        add_people(gateway)
        with console(gateway) as reader:
            reader.sign_in("operator.one")
            assert 'href="/partners/redpanda"' in reader.get("/partners").text
            assert 'href="/partners/redpanda"' in reader.get("/").text
            page = reader.get("/partners/redpanda").text
            assert all(word in page for word in ("shipments-csv", "in/redpanda", "SHIP_*.csv", "transport: folder"))
            assert "Test it now" not in page
            assert reader.post("/partners/redpanda/test").status_code == 403
            assert "did you mean" in reader.get("/partners/redpando").text
            assert reader.get("/partners/redpando").status_code == 404
        with console(gateway) as reader:
            reader.sign_in("configurator.one")
            assert "Test it now" in reader.get("/partners/redpanda").text
            told = reader.post("/partners/redpanda/test").text
            assert "All fine." in told
            assert told.count('<span class="state quiet">') > 3
            assert told.rstrip().endswith("</html>")
            (town.root / "in/redpanda").rename(town.root / "in/away")
            (town.root / "in/redpanda").write_text("not a folder")
            assert "cannot be used as a folder" in reader.post("/partners/redpanda/test").text
        with console(gateway) as reader:
            reader.sign_in("vendor.257")
            assert reader.get("/partners/redpanda").status_code == 403


def test_a_host_key_is_trusted_by_what_is_typed_and_what_the_server_shows(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_SECRET_PANDA", "hunter2")
    (tmp_path / "vendor/out").mkdir(parents=True)
    town = Town(tmp_path / "town", sqlite_url)
    act = "/partners/redpanda/acts/trust"
    with SftpServer(tmp_path / "vendor", {"gateway": Account(password="hunter2")}) as server:
        town.declare("redpanda", BY_SFTP.format(port=server.port, pin=FOREIGN))
        key = server.host_key_fingerprint
        town.once()
        with town.gateway() as gateway:
            add_people(gateway)
            with console(gateway) as reader:
                reader.sign_in("operator.one")
                assert act not in reader.get("/partners/redpanda").text
                assert reader.post(act, {"fingerprint": key, "reason": "curious", "step": "do"}).status_code == 403
            with console(gateway) as reader:
                reader.sign_in("configurator.one")
                page = reader.get("/partners/redpanda").text
                assert "Host keys that the server shows and that do not count" in page
                assert page.count("Ask the partner by another way whether") == 1
                assert all(word in page for word in (f">{key}<", act, "“Trust a host key” at the partner"))
                assert act.replace("redpanda", "oms") not in reader.get("/partners/oms").text
                assert key not in reader.get(act).text
                said = {"fingerprint": key, "reason": "confirmed by phone"}
                for wrong in ({"fingerprint": ""}, {"fingerprint": "blue"}, {"reason": " "}):
                    assert reader.post(act, {**said, **wrong, "step": "do"}).status_code == 422, wrong
                other = effects_of(reader.post(act, {**said, "fingerprint": OTHER, "step": "do"}).text)
                assert f"does not show {OTHER} but {key}" in other
                shown = reader.post(act, {**said, "step": "preview"}).text
                assert f"{key} now, which would count from now on" in effects_of(shown)
                assert "confirmed by phone" not in reader.get("/partners/redpanda").text
                done = effects_of(reader.post(act, {**said, "step": "do"}).text)
                assert "counts from now on; it stood still and is tried again" in done
                page = reader.get("/partners/redpanda").text
                assert all(word in page for word in ("confirmed by phone", "configurator.one"))
                assert "that do not count" not in page
                assert "counts already" in effects_of(reader.post(act, {**said, "step": "do"}).text)
    with town.gateway() as gateway, console(gateway) as reader:
        reader.sign_in("configurator.one")
        away = reader.post(act, {"fingerprint": key, "reason": "again", "step": "preview"})
        assert (away.status_code, "not possible" in effects_of(away.text)) == (200, True)
