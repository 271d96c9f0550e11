"""`gateway init` and `gateway schema`: a new workspace, and the schemas that editors check it by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.cli.frame import run
from gateway.config import Workspace
from gateway.config.schemas import configuration_schemas

ROOT = Path(__file__).resolve().parents[2]


def test_a_new_workspace_is_right_and_talks_to_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path / "harbor")]) == Exit.FINE
    workspace = Workspace.load(tmp_path / "harbor")
    assert workspace.enabled == ()
    assert {"oms", "redpanda", "tanuki"} <= set(workspace.connectors)
    assert (tmp_path / "harbor/inbox/oms").is_dir()
    assert run(["-w", str(tmp_path / "harbor"), "connector", "check"]) == Exit.FINE
    assert run(["-w", str(tmp_path / "harbor"), "schema", "--check"]) == Exit.FINE


def test_a_workspace_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "organization.yaml").write_text("mine")
    assert run(["init", str(tmp_path)]) == Exit.USAGE
    assert "already holds organization.yaml; nothing was written" in capsys.readouterr().err
    assert (tmp_path / "organization.yaml").read_text() == "mine"
    assert not (tmp_path / "connectors").exists()


@pytest.mark.parametrize("command", [["init"], ["demo", "--orders", "1", "--dir"]])
def test_a_place_where_nothing_can_be_made_is_named(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    place = tmp_path / "letter.txt/harbor"
    assert run([*command, str(place)]) == 2
    told = capsys.readouterr().err
    assert "cannot be made" in told
    assert str(place.parent) in told
    assert "defect" not in told


def test_the_schemas_of_this_repository_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(ROOT), "schema", "--check"]) == Exit.FINE, capsys.readouterr().out


def test_a_stale_schema_is_named_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["init", str(tmp_path / "harbor")])
    (tmp_path / "harbor/schemas/connector.json").write_text("{}")
    assert run(["-w", str(tmp_path / "harbor"), "schema", "--check"]) == Exit.DIFFERENCES
    assert "Not current: connector.json. Run: gateway schema" in capsys.readouterr().out
    assert run(["-w", str(tmp_path / "harbor"), "schema"]) == Exit.FINE
    assert run(["-w", str(tmp_path / "harbor"), "schema", "--check"]) == Exit.FINE


def test_every_word_has_a_description_for_the_editor() -> None:
    schema = configuration_schemas()["connector"]
    silent = [word for word, about in schema["properties"].items() if "description" not in about]
    silent += [
        word
        for part in ("Receive", "Send", "Gather", "SftpEndpoint")
        for word, about in schema["$defs"][part]["properties"].items()
        if "description" not in about
    ]
    assert silent == []


def test_a_schema_is_plain_json() -> None:
    for text in map(json.dumps, configuration_schemas().values()):
        assert '"title": "' not in text
