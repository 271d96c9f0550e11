"""Log lines: JSON for programs, a readable line at a terminal, nothing below the level."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
import structlog

from gateway.config.log_lines import fields_of
from gateway.config.logs import configure_logs
from gateway.config.settings import LogForm, LogLevel, LogSettings
from gateway.kernel.errors import TryLater
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
    assert line.pop("worker")
    words = {"level": "info", "event": "file_claimed", "connector": "redpanda", "file_id": 4711}
    assert line == {**words, "direction": "in", "trace_id": "in-4711"}


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


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ({"message": 4711, "place": 3}, {"file_id": 4711, "document_id": "4711/3", "direction": "in", "trace_id": "in-4711"}),
        ({"item": 12, "code": "GWY-11"}, {"outbox_id": 12, "error_code": "GWY-11", "direction": "out", "trace_id": "out-12"}),
        ({"item": 12, "message": 4711}, {"outbox_id": 12, "file_id": 4711, "direction": "out", "trace_id": "in-4711"}),
        ({"batch": 7}, {"batch_id": 7}),
        ({"connector": "redpanda"}, {"connector": "redpanda", "partner": "Red Panda Outfitters"}),
    ],
)
def test_fields_bear_the_names_of_the_list(words: dict[str, object], fields: dict[str, object]) -> None:
    stream = io.StringIO()
    configure_logs(LogSettings(), stream, partners={"redpanda": "Red Panda Outfitters"})
    structlog.get_logger().info("happened", **words)
    line = json.loads(stream.getvalue())
    assert {name: value for name, value in line.items() if name not in {"time", "level", "event", "worker"}} == fields
    assert fields_of(words) == fields.keys()


def test_a_traceback_says_where_and_of_what_kind_and_nothing_that_a_library_said() -> None:
    stream = io.StringIO()
    configure_logs(LogSettings(), stream)
    try:
        try:
            int("Ariel Byrd")
        except ValueError as error:
            raise TryLater("the world is not ready") from error
    except TryLater:
        structlog.get_logger().exception("defect_met")
    told = json.loads(stream.getvalue())["exception"]
    assert "ValueError" in told
    assert "TryLater: the world is not ready" in told
    assert "invalid literal" not in told


def test_a_traceback_is_one_field_of_a_json_line() -> None:
    stream = io.StringIO()
    configure_logs(LogSettings(), stream)
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        structlog.get_logger().exception("defect_met")
    assert "ZeroDivisionError" in json.loads(stream.getvalue())["exception"]
