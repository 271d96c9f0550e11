"""Log lines: an event in the past tense and fields, on the error output; for people at a terminal, JSON elsewhere.

What stands in a line is `log_lines`; here is only its form.
"""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Mapping
from typing import Any, TextIO, cast

import structlog

from gateway.config.log_lines import Filled, traced
from gateway.config.settings import LogForm, LogLevel, LogSettings

LIBRARIES = ("apscheduler", "paramiko", "uvicorn", "watchdog")
"""Whose own words count from error on: what they warn of (a skipped look, a late event) is expected and handled."""
LEVELS = {LogLevel.DEBUG: logging.DEBUG, LogLevel.INFO: logging.INFO, LogLevel.WARNING: logging.WARNING, LogLevel.ERROR: logging.ERROR}


def configure_logs(settings: LogSettings, stream: TextIO | None = None, *, partners: Mapping[str, str] | None = None) -> None:
    """Set the form and the least level for the whole process; `partners` are the names of partners by connector."""
    target = stream or cast("TextIO", _ErrorOutput())
    for library in LIBRARIES:
        logging.getLogger(library).setLevel(logging.ERROR)
    logging.getLogger("watchdog.observers.inotify").setLevel(logging.CRITICAL)  # calls it an error when a watch ends between two reads
    for_people = settings.format is LogForm.CONSOLE or (settings.format is LogForm.AUTO and target.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            Filled(partners or {}),
            traced,
            *(_for_people(target) if for_people else _for_programs()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[settings.level]),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,  # the log may be configured again in the same process: tests, the demo
    )


class _ErrorOutput(io.TextIOBase):
    """The error output as it is when a line is written; a test, or who runs several commands in a process, may change it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr.isatty()


def _for_people(target: TextIO) -> list[Any]:  # processors have no common type
    return [structlog.dev.ConsoleRenderer(colors=target.isatty(), timestamp_key="time", exception_formatter=structlog.dev.plain_traceback)]


def _for_programs() -> list[Any]:  # processors have no common type
    return [structlog.processors.JSONRenderer(default=str)]
