"""The frame of the command line: one door for errors, exit codes that scripts rely on, output for people and programs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import pytest
import typer

from gateway.cli import frame, output
from gateway.cli.exits import Exit, exit_for
from gateway.cli.frame import run
from gateway.cli.output import Form, cell, progress, show_record, show_rows
from gateway.config.shipped import copy_workspace
from gateway.kernel.errors import (
    AlreadyRunning,
    ConfigError,
    EndpointDown,
    GatewayError,
    HostKeyRefused,
    LeaseLost,
    RuleBroken,
)
from gateway.kernel.issues import Issue

ROOT = Path(__file__).resolve().parents[2]
SLOW = {"alembic", "apscheduler", "lxml", "pandas", "paramiko", "sqlalchemy", "xlsxwriter"}


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """A command line of its own, to which tests add commands."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.callback()(frame.options)
    monkeypatch.setattr(frame, "command_line", lambda: typer.main.get_command(app))
    return app


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A new workspace as `gateway init` copies it."""
    copy_workspace(tmp_path / "workspace")
    return tmp_path / "workspace"


def test_help_costs_no_slow_library() -> None:
    script = "import sys; from gateway.cli.frame import run; code = run(['--help']); print(code, *sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    code, *modules = done.stderr.split()
    assert code == "0"
    assert "Exchange files" in done.stdout
    assert SLOW.isdisjoint(modules)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("organization.yaml:3: brands: is missing"), Exit.USAGE),
        (RuleBroken([Issue("DSO-121", "quantity must be a whole number of at least 1")]), Exit.DATA_REFUSED),
        (EndpointDown("sftp.acme.example does not answer"), Exit.UNAVAILABLE),
        (LeaseLost("somebody else holds it"), Exit.UNAVAILABLE),
        (AlreadyRunning("a gateway serves this workspace already"), Exit.ALREADY_RUNNING),
        (HostKeyRefused("the server shows another host key"), Exit.POLICY),
        (GatewayError("?"), Exit.UNEXPECTED),
    ],
)
def test_the_type_of_an_error_decides_the_exit_code(
    failing: typer.Typer, capsys: pytest.CaptureFixture[str], error: GatewayError, code: Exit
) -> None:
    @failing.command()
    def fail() -> None:
        raise error

    assert exit_for(error) is code
    assert run(["fail"]) == code
    told = capsys.readouterr().err
    assert str(error) in told
    assert "Traceback" not in told
    assert code is Exit.UNEXPECTED or len(told.strip().splitlines()) == 2, "what is wrong, and what to do next"


@pytest.mark.parametrize(
    ("error", "issues"),
    [
        (ConfigError("a.yaml:3: brands: is missing", "a.yaml:4: is wrong"), []),
        (
            RuleBroken([Issue("DSO-121", "quantity must be a whole number of at least 1", where="line 2", value="x")]),
            [{"code": "DSO-121", "text": "quantity must be a whole number of at least 1", "where": "line 2", "value": "x"}],
        ),
        (ZeroDivisionError("by nothing"), []),
    ],
)
def test_programs_are_told_why_nothing_was_done(
    failing: typer.Typer, capsys: pytest.CaptureFixture[str], tmp_path: Path, error: Exception, issues: list[object]
) -> None:
    @failing.command()
    def fail(*, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
        raise error

    people, programs = (run(["--workspace", str(tmp_path), "fail", *words]) for words in ([], ["--json"]))
    assert people == programs
    shown = json.loads(capsys.readouterr().out)
    assert (shown["code"], shown["issues"]) == (programs, issues)
    assert shown["error"].splitlines()[0] in {"a.yaml:3: brands: is missing", "ZeroDivisionError"} or "DSO-121 line 2: " in shown["error"]


REFUSALS = [
    (["order", "show", "NOPE"], Exit.USAGE, []),
    (["order", "draft", "new", "--number", "a b"], Exit.DATA_REFUSED, ["MAN-03"]),
    (["vendor", "add", "257", "nme=x", "active=perhaps"], Exit.USAGE, []),
]


@pytest.mark.parametrize(("words", "code", "codes"), REFUSALS, ids=lambda it: " ".join(it) if isinstance(it, list) else "")
def test_a_refused_command_shows_an_object_with_json_and_nothing_without(
    workspace: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: Exit, codes: list[str]
) -> None:
    assert run(["--workspace", str(workspace), *words, "--json"]) == code
    told = capsys.readouterr()
    shown = json.loads(told.out)
    assert (shown["code"], [it["code"] for it in shown["issues"]]) == (code, codes)
    assert shown["error"] in told.err
    assert run(["--workspace", str(workspace), *words]) == code
    assert capsys.readouterr() == ("", told.err)


def test_a_defect_is_one_line_and_its_traceback_is_in_the_log(
    failing: typer.Typer, capsys: pytest.CaptureFixture[str], workspace: Path
) -> None:
    @failing.command()
    def fail() -> None:
        raise ZeroDivisionError("by nothing")

    assert run(["--workspace", str(workspace), "fail"]) == Exit.UNEXPECTED
    told = capsys.readouterr().err
    log = workspace / "var/log/gateway.log"
    assert told.startswith("A defect of the gateway: ZeroDivisionError\n")
    assert str(log) in told
    assert "Traceback" not in told
    assert "ZeroDivisionError" in log.read_text()


def test_a_defect_shows_its_traceback_when_asked(failing: typer.Typer, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    @failing.command()
    def fail() -> None:
        raise ZeroDivisionError("by nothing")

    assert run(["--debug", "--workspace", str(tmp_path), "fail"]) == Exit.UNEXPECTED
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_no_defect(failing: typer.Typer) -> None:
    @failing.command()
    def fail() -> None:
        raise KeyboardInterrupt

    assert run(["fail"]) == 130


def test_a_command_that_does_not_exist_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["conector", "list"]) == Exit.USAGE
    assert "conector" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == Exit.FINE
    assert re.fullmatch(r"vendor-gateway \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_outside_a_workspace_it_is_said_how_to_make_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["--workspace", str(tmp_path), "connector", "list"]) == Exit.USAGE
    assert "gateway init DIR" in capsys.readouterr().err


def test_the_reference_lists_every_exit_code_with_its_meaning() -> None:
    page = (ROOT / "docs/reference/exit-codes.md").read_text()
    rows = dict(re.findall(r"^\| (\d) \| ([^|]+?) \|", page, re.MULTILINE))
    assert rows == {str(code.value): code.meaning for code in Exit}


def test_amounts_are_text_and_instants_utc_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 11, 21, 8, tzinfo=UTC).astimezone(tz=None)
    show_rows([{"total": Decimal("48.40"), "at": at, "lines": 2, "tags": ("a", "b")}], Form.JSON, columns={}, none="")
    assert json.loads(capsys.readouterr().out) == [
        {"total": "48.40", "at": at.isoformat().replace("+00:00", "Z"), "lines": 2, "tags": ["a", "b"]}
    ]


def test_what_a_partner_wrote_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows([{"name": "[red]a\x1b[2Jb\nc"}], Form.TABLE, columns={"name": "Name"}, none="")
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[red]a\\x1b[2Jb\\nc" in shown


def test_an_empty_list_is_said_to_people_and_empty_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows([], Form.TABLE, columns={"a": "A"}, none="Nothing waits.")
    show_rows([], Form.JSON, columns={"a": "A"}, none="Nothing waits.")
    assert capsys.readouterr().out == "Nothing waits.\n[]\n"


def test_one_thing_is_shown_label_by_label(capsys: pytest.CaptureFixture[str]) -> None:
    show_record({"number": "AB10747", "gift": False}, Form.TABLE, labels={"number": "PO", "gift": "Gift order"})
    assert capsys.readouterr().out == "PO          AB10747\nGift order  no\n"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (datetime(2026, 11, 21, 8, 30, tzinfo=UTC), "2026-11-21 08:30:00Z"),
        (timedelta(hours=72), "3d"),
        (timedelta(minutes=90), "90m"),
        (Form.JSON, "json"),
        (["a", None, 3], "a, , 3"),
        (b"caf\xe9", "caf\ufffd"),
        (Decimal("1.10"), "1.10"),
    ],
)
def test_values_are_shown_as_people_read_them(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_progress_is_silent_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Reading", 3) as advance:
        advance(3)
    assert capsys.readouterr() == ("", "")


def test_progress_shows_a_bar_at_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(output.sys.stderr, "isatty", lambda: True)
    with progress("Reading", 3) as advance:
        advance(3)
