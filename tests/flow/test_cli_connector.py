"""`gateway connector`: whom we know, whether it is written down right, whether it works, as people and scripts see it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.cli.frame import run
from gateway.config.shipped import copy_workspace
from gateway.simulator.sftp import Account, SftpServer


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A new workspace as `gateway init` copies it."""
    copy_workspace(tmp_path / "workspace")
    return tmp_path / "workspace"


def change(workspace: Path, name: str, old: str, new: str) -> None:
    path = workspace / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_partners_of_a_new_workspace_are_listed_and_switched_off(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "connector", "list", "--json"]) == Exit.FINE
    found = {row["connector"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"oms", "redpanda", "tanuki"} <= set(found)
    assert not any(row["enabled"] for row in found.values())
    assert found["redpanda"] | {"receive": [], "send": []} == {
        "connector": "redpanda",
        "partner": "Red Panda Outfitters",
        "code": "257",
        "kind": "vendor",
        "transport": "sftp",
        "enabled": False,
        "simulated": True,
        "receive": [],
        "send": [],
        "pins": found["redpanda"]["pins"],
        "offered": [],
        "shown_at": None,
        "cannot_promise": [],
        "lacks": [],
        "warnings": [],
        "state": "off",
        "since": None,
        "failures": 0,
        "next_probe_at": None,
        "why": "",
    }


def test_a_partner_that_is_not_enabled_is_off_and_not_fine(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "connector", "test", "oms"]) == Exit.FINE
    change(workspace, "connectors/oms.yaml", "enabled: false", "enabled: true")
    capsys.readouterr()
    assert run(["-w", str(workspace), "connector", "list", "--json"]) == Exit.FINE
    found = {row["connector"]: row["state"] for row in json.loads(capsys.readouterr().out)}
    assert (found["oms"], found["redpanda"]) == ("fine", "off")


def test_people_see_a_table(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "connector", "list"]) == Exit.FINE
    assert re.search(r"redpanda\s+Red Panda Outfitters\s+257\s+sftp\s+no", capsys.readouterr().out)


def test_every_mistake_is_told_before_anything_starts(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(workspace, "connectors/oms.yaml", "watch: true", "wach: true")
    change(workspace, "organization.yaml", "lead_days: 7", "lead_days: seven")
    assert run(["-w", str(workspace), "connector", "list"]) == Exit.USAGE
    told = capsys.readouterr().err
    assert "connectors/oms.yaml:15: receive > 1 > wach: unknown word 'wach'; did you mean 'watch'?" in told
    assert "organization.yaml:10: organization > lead_days: 'seven' is not a whole number" in told


def test_an_answer_that_has_no_words_for_what_a_channel_reads_is_told(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(workspace, "connectors/oms.yaml", "mapping: createdsorder\n", "mapping: [createdsorder, createdsvendor]\n")
    for answer, count in (("createdsorder-response", 1), ("vendor-response-json", 0)):
        change(workspace, "connectors/oms.yaml", "mapping: createdsorder-response", f"mapping: {answer}")
        assert run(["-w", str(workspace), "connector", "check", "oms", "--json"]) == Exit.FINE
        told = json.loads(capsys.readouterr().out)
        assert (len(told["warnings"]), told["problems"]) == (count, [])
        if count:
            text = "mapping 'createdsorder-response' answers order and has no words for what createdsvendor read"
            assert told["warnings"][0].startswith(f"connectors/oms.yaml:18: receive > 1 > answer > mapping: {text}; ")
        change(workspace, "connectors/oms.yaml", f"mapping: {answer}", "mapping: createdsorder-response")


def test_a_folder_partner_is_tried_step_by_step(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "connector", "test", "oms", "--json"]) == Exit.FINE
    steps = json.loads(capsys.readouterr().out)
    tried = {(step["step"], step["folder"]) for step in steps if step["result"] == "ok"}
    assert {(step, "inbox/oms") for step in ("list", "write", "rename", "read back", "remove")} <= tried
    assert list((workspace / "inbox/oms").iterdir()) == [], "nothing is left behind"


def test_an_unknown_partner_is_told_with_the_nearest(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "connector", "test", "redpnda"]) == Exit.USAGE
    assert "did you mean 'redpanda'" in capsys.readouterr().err


def test_a_partner_whose_secret_is_missing_is_not_contacted(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "connector", "test", "redpanda"]) == Exit.USAGE
    told = capsys.readouterr().err
    assert "connectors/redpanda.yaml:13: endpoint > key: secret redpanda-ssh-key is nowhere: set GATEWAY_SECRET_REDPANDA_SSH_KEY" in told
    assert "connectors/redpanda.yaml:14: endpoint > host_keys: secret redpanda-host-key is nowhere" in told


def test_a_partner_that_is_away_ends_with_unavailable(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(workspace, "connectors/redpanda.yaml", "key: secret:redpanda-ssh-key", "password: secret:redpanda-ssh-key")
    change(workspace, "connectors/redpanda.yaml", "port: 2257", "port: 9")
    monkeypatch.setenv("GATEWAY_SECRET_REDPANDA_SSH_KEY", "hunter2")
    monkeypatch.setenv("GATEWAY_SECRET_REDPANDA_HOST_KEY", "SHA256:" + "a" * 43)
    assert run(["-w", str(workspace), "connector", "test", "redpanda"]) == Exit.UNAVAILABLE
    assert "hunter2" not in "".join(capsys.readouterr())


@pytest.fixture
def server(tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    """Red Panda's SFTP server, known to the workspace by port and secrets."""
    for folder in ("in", "out", "results"):
        (tmp_path / "vendor" / folder).mkdir(parents=True)
    with SftpServer(tmp_path / "vendor", {"gateway": Account(password="hunter2")}) as running:
        change(workspace, "connectors/redpanda.yaml", "key: secret:redpanda-ssh-key", "password: secret:redpanda-password")
        change(workspace, "connectors/redpanda.yaml", "port: 2257", f"port: {running.port}")
        monkeypatch.setenv("GATEWAY_SECRET_REDPANDA_PASSWORD", "hunter2")
        monkeypatch.setenv("GATEWAY_SECRET_REDPANDA_HOST_KEY", running.host_key_fingerprint)
        yield running


def test_a_server_is_tried_step_by_step(workspace: Path, server: SftpServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "connector", "test", "redpanda"]) == Exit.FINE
    told = capsys.readouterr().out
    assert re.search(r"host key\s+ok", told)
    assert re.search(r"rename\s+/in\s+ok", told)
    assert "hunter2" not in told
    assert list((server.root / "in").iterdir()) == [], "nothing is left behind"


def test_another_host_key_is_refused_by_policy(
    workspace: Path, server: SftpServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_SECRET_REDPANDA_HOST_KEY", "SHA256:" + "a" * 43)
    assert run(["-w", str(workspace), "connector", "test", "redpanda"]) == Exit.POLICY
    assert server.host_key_fingerprint in capsys.readouterr().out
