"""Log lines: JSON for programs, a readable line at a terminal, nothing below the level."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
import structlog

from gateway.config.logs import configure_logs
from gateway.config.settings import LogForm, LogLevel, LogSettings
from gateway.kernel.secret import Secret


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


class Terminal(io.StringIO):
    """A stream where somebody looks."""

    def isatty(self) -> bool:
        return True


def test_a_line_is_json_with_time_level_event_and_what_was_bound_at_the_door() -> None:
    stream = io.StringIO()
    configure_logs(LogSettings(), stream)
    structlog.contextvars.bind_contextvars(connector="redpanda")
    structlog.get_logger().info("file_claimed", message=4711)
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {"level": "info", "event": "file_claimed", "connector": "redpanda", "message": 4711}


def test_a_terminal_shows_a_line_for_people() -> None:
    stream = Terminal()
    configure_logs(LogSettings(), stream)
    structlog.get_logger().info("file_claimed", message=4711)
    assert "file_claimed" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_a_terminal_shows_json_when_that_is_set() -> None:
    stream = Terminal()
    configure_logs(LogSettings(format=LogForm.JSON), stream)
    structlog.get_logger().warning("partner_silent")
    assert json.loads(stream.getvalue())["event"] == "partner_silent"


def test_what_lies_below_the_level_is_not_written() -> None:
    stream = io.StringIO()
    configure_logs(LogSettings(level=LogLevel.WARNING), stream)
    structlog.get_logger().info("polled")
    assert stream.getvalue() == ""


def test_a_secret_in_a_line_stays_hidden() -> None:
    stream = io.StringIO()
    configure_logs(LogSettings(), stream)
    structlog.get_logger().info("login_tried", password=Secret("hunter2"))
    assert json.loads(stream.getvalue())["password"] == "***"


def test_a_traceback_is_one_field_of_a_json_line() -> None:
    stream = io.StringIO()
    configure_logs(LogSettings(), stream)
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        structlog.get_logger().exception("defect_met")
    assert "ZeroDivisionError" in json.loads(stream.getvalue())["exception"]
