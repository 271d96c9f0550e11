"""Failpoints: every one stands in the code once it is listed, and strikes as it was told."""

from __future__ import annotations

import ast
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.kernel import failpoints
from gateway.kernel.errors import ConfigError
from gateway.kernel.failpoints import EXIT_CODE, POINTS, VARIABLE, failpoint
from tests.waiting import PATIENCE

PACKAGE = Path(failpoints.__file__).parents[1]
SIDES = ("before_commit", "after_commit")


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    failpoints.disarm()


def in_the_code() -> set[str]:
    """Every point that some call in the package names; a named transaction has one on both sides of its commit."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found.update(_points(node))
    return found


def _points(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "at" and name == "attempt")]
    for value in given:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            if name == "failpoint":
                yield value.value
            elif name in {"transaction", "attempt", "deciding"}:
                yield from (f"{value.value}.{side}" for side in SIDES)


def test_every_point_stands_in_the_code_and_no_other() -> None:
    assert in_the_code() == set(POINTS)


def test_nothing_happens_unless_it_is_armed() -> None:
    failpoint("in.list.entry")
    assert failpoints.tally() == {}
    assert not failpoints.is_armed()


def test_an_armed_process_counts_and_strikes_at_the_hit_that_is_meant() -> None:
    failpoints.arm("in.list.entry:2:raise:OSError:28")
    failpoint("in.list.entry")
    with pytest.raises(OSError, match="No space left") as struck:
        failpoint("in.list.entry")
    failpoint("in.list.entry")
    assert struck.value.errno == 28
    assert failpoints.tally() == {"in.list.entry": 3}


def test_a_lasting_fault_strikes_from_there_on() -> None:
    failpoints.arm("out.connect:2+:raise:OSError:5")
    failpoint("out.connect")
    for _ in range(3):
        with pytest.raises(OSError, match="Input/output"):
            failpoint("out.connect")


PULLED = """
import socket
from gateway.kernel.failpoints import failpoint
with socket.create_connection(("127.0.0.1", {port})) as ours, socket.create_server(("127.0.0.1", 0)) as listener:
    failpoint("out.connect")
    assert ours.recv(1) == b""
    with socket.create_connection(listener.getsockname()):
        listener.accept()[0].close()
"""


def test_a_cable_that_is_pulled_ends_every_connection_and_no_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        program = PULLED.format(port=listener.getsockname()[1])
        environment = {**os.environ, VARIABLE: "out.connect:1:drop"}
        with subprocess.Popen([sys.executable, "-c", program], env=environment) as other:
            theirs, _ = listener.accept()
            with theirs:
                assert theirs.recv(1) == b""
            assert other.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    "text",
    [
        "in.no.such:1:kill",
        "in.list.entry",
        "in.list.entry:0:kill",
        "in.list.entry:x:kill",
        "in.list.entry:1:explode",
        "in.list.entry:1:sleep",
    ],
)
def test_what_cannot_be_armed_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match=VARIABLE):
        failpoints.arm(text)


@pytest.mark.parametrize(("action", "ends"), [("kill", -signal.SIGKILL), ("exit", EXIT_CODE), ("sleep:0.01", 0)])
def test_a_process_is_armed_by_its_environment(action: str, ends: int) -> None:
    program = "from gateway.kernel.failpoints import failpoint; failpoint('in.list.entry')"
    environment = {**os.environ, VARIABLE: f"in.list.entry:1:{action}"}
    assert subprocess.run([sys.executable, "-c", program], env=environment, timeout=PATIENCE, check=False).returncode == ends


def test_a_stopped_process_goes_on_when_it_is_continued() -> None:
    program = "from gateway.kernel.failpoints import failpoint; failpoint('in.list.entry')"
    environment = {**os.environ, VARIABLE: "in.list.entry:1:stop"}
    with subprocess.Popen([sys.executable, "-c", program], env=environment) as stopped:
        _, status = os.waitpid(stopped.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        stopped.send_signal(signal.SIGCONT)
        assert stopped.wait(PATIENCE) == 0
