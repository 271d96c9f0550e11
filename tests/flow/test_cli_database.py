"""`gateway db`: bring the database up, and tell whether it is what this version needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.cli.frame import run
from gateway.config.shipped import copy_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A new workspace as `gateway init` copies it."""
    copy_workspace(tmp_path / "workspace")
    return tmp_path / "workspace"


def test_a_database_is_brought_up_once(
    workspace: Path, empty_database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE__URL", empty_database_url)
    monkeypatch.setenv("GATEWAY_DATABASE__ALLOW_UNSAFE", "true")
    assert run(["-w", str(workspace), "db", "check"]) == Exit.DIFFERENCES
    assert "gateway db upgrade" in capsys.readouterr().out
    assert run(["-w", str(workspace), "db", "upgrade"]) == Exit.FINE
    assert capsys.readouterr().out.startswith("Upgraded: ")
    assert run(["-w", str(workspace), "db", "upgrade"]) == Exit.FINE
    assert "nothing was done" in capsys.readouterr().out
    assert run(["-w", str(workspace), "db", "check", "--json"]) == Exit.FINE
    assert json.loads(capsys.readouterr().out) == []


def test_a_new_workspace_keeps_its_database_in_var(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), "db", "upgrade"]) == Exit.FINE
    assert (workspace / "var/gateway.db").is_file()


@pytest.mark.parametrize("command", [["order", "list"], ["db", "check"], ["db", "upgrade"], ["serve", "--once"]])
def test_a_file_that_is_no_database_is_said_to_be_none(workspace: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "var").mkdir()
    (workspace / "var/gateway.db").write_text("something else altogether\n" * 100)
    assert run(["-w", str(workspace), *command]) == Exit.USAGE
    told = capsys.readouterr().err
    assert "damaged, or no database of SQLite" in told
    assert "backup" in told
    assert "defect" not in told


@pytest.mark.parametrize(
    "command",
    [["message", "show"], ["message", "replay", "--reason", "again"], ["batch", "show"], ["outbox", "show"], ["outbox", "retry"]],
)
def test_no_row_has_a_number_beyond_those_of_the_database(workspace: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(workspace), *command, str(2**63)]) == Exit.USAGE
    assert run(["-w", str(workspace), command[0], "list", "--before", str(2**63)]) == Exit.USAGE
    assert "defect" not in capsys.readouterr().err
