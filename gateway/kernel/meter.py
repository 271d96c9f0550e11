"""What this process counts and times about itself: plain numbers by name and labels, read by `/metrics`.

One line at the place where it happens. Labels are partners, kinds and outcomes, never names of files or orders, so that their
number stays small. Not for: the state of the store, which is asked when somebody looks.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """How the numbers of a metric behave: only growing, going up and down, or sorted into classes by size."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(Struct, frozen=True):
    """One thing that is measured. `bounds` are the upper ends of a histogram's classes."""

    name: str
    kind: Kind
    about: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


class Classes(Struct):
    """The observations of a histogram: how many in each class, the last one without upper end."""

    counts: list[int]
    total: float = 0.0


class Reading(Struct, frozen=True):
    """One number: its metric, the values of its labels in their order, and what was found."""

    metric: Metric
    labels: tuple[str, ...]
    value: float | Classes


QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SLOW = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)

POLL_DURATION = Metric(
    "gateway_poll_duration_seconds",
    Kind.HISTOGRAM,
    "Time of one look into a channel, taking and recording included.",
    ("connector",),
    QUICK,
)
POLL_LAST_SUCCESS = Metric(
    "gateway_poll_last_success_timestamp_seconds",
    Kind.GAUGE,
    "When any node last looked through a channel well, also before a restart (Unix time).",
    ("connector", "channel"),
)
FILES_INCOMPLETE = Metric(
    "gateway_files_incomplete",
    Kind.GAUGE,
    "Files that waited for their sender at the last look: empty, or without their marker.",
    ("connector", "channel"),
)
DIRECTORY_ENTRIES = Metric(
    "gateway_directory_entries", Kind.GAUGE, "Entries of a channel's folder at the last look.", ("connector", "channel")
)
FILES = Metric("gateway_files_total", Kind.COUNTER, "Received files that are decided, by what became of them.", ("connector", "outcome"))
FILE_SETTLE = Metric(
    "gateway_file_settle_seconds", Kind.HISTOGRAM, "How long a file rested unchanged before it was taken.", ("connector",), SLOW
)
DOCUMENTS = Metric("gateway_documents_total", Kind.COUNTER, "Documents decided, by type and verdict.", ("type", "outcome"))
ROWS_REJECTED = Metric("gateway_rows_rejected_total", Kind.COUNTER, "Reasons for which documents were refused, by code.", ("code",))
MAPPING_DURATION = Metric(
    "gateway_mapping_duration_seconds", Kind.HISTOGRAM, "Time to read one file by its mapping before it is booked.", ("mapping",), QUICK
)
DUPLICATES = Metric(
    "gateway_duplicates_total",
    Kind.COUNTER,
    "Files and documents that were known already; policy: answered (a file), ignored (same content), conflict (other content).",
    ("level", "policy"),
)
OUTBOX_ATTEMPTS = Metric("gateway_outbox_attempts_total", Kind.COUNTER, "Tries to deliver, by how they ended.", ("connector", "outcome"))
OUTBOX_DEAD = Metric(
    "gateway_outbox_dead_total",
    Kind.COUNTER,
    "Items that stopped until a person acts: parked, or in conflict; 0 from the start.",
    ("connector",),
)
CONNECTIONS_OPEN = Metric("gateway_connections_open", Kind.GAUGE, "Connections to a partner that are open now.", ("connector",))
CONNECT_ERRORS = Metric(
    "gateway_connect_errors_total", Kind.COUNTER, "Connections that could not be made, by reason.", ("connector", "reason")
)
INTAKE_STOPPED = Metric("gateway_intake_stopped", Kind.GAUGE, "1 while no file is taken because a disk of ours runs short, else 0.")
LEASE_LOST = Metric("gateway_lease_lost_total", Kind.COUNTER, "Work that somebody else has taken over.", ("type",))

METRICS = (
    POLL_DURATION,
    POLL_LAST_SUCCESS,
    DIRECTORY_ENTRIES,
    FILES_INCOMPLETE,
    FILES,
    FILE_SETTLE,
    DOCUMENTS,
    ROWS_REJECTED,
    MAPPING_DURATION,
    DUPLICATES,
    OUTBOX_ATTEMPTS,
    OUTBOX_DEAD,
    CONNECTIONS_OPEN,
    CONNECT_ERRORS,
    INTAKE_STOPPED,
    LEASE_LOST,
)
"""Everything a process measures about itself."""

_lock = threading.Lock()
_numbers: dict[Metric, dict[tuple[str, ...], float]] = {}
_classes: dict[Metric, dict[tuple[str, ...], Classes]] = {}


def count(metric: Metric, by: float = 1, **labels: str) -> None:
    """It happened, once or so many times."""
    key = _key(metric, labels)
    with _lock:
        found = _numbers.setdefault(metric, {})
        found[key] = found.get(key, 0) + by


def put(metric: Metric, value: float, **labels: str) -> None:
    """It stands so now."""
    key = _key(metric, labels)
    with _lock:
        _numbers.setdefault(metric, {})[key] = value


def observe(metric: Metric, value: float, **labels: str) -> None:
    """It took, or was, so much this time."""
    key = _key(metric, labels)
    with _lock:
        found = _classes.setdefault(metric, {}).setdefault(key, Classes([0] * (len(metric.bounds) + 1)))
        found.counts[bisect_left(metric.bounds, value)] += 1
        found.total += value


@contextmanager
def timed(metric: Metric, **labels: str) -> Iterator[None]:
    """Observe the seconds that the body takes, whether it ends well or not."""
    began = time.monotonic()
    try:
        yield
    finally:
        observe(metric, time.monotonic() - began, **labels)


def readings() -> list[Reading]:
    """Every number that was ever touched, as it stands now."""
    with _lock:
        plain = [Reading(metric, key, value) for metric, found in _numbers.items() for key, value in found.items()]
        sorted_ = [
            Reading(metric, key, Classes(list(value.counts), value.total))
            for metric, found in _classes.items()
            for key, value in found.items()
        ]
    return plain + sorted_


def _key(metric: Metric, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The values of the labels in the metric's order; all of them and no other."""
    if len(labels) != len(metric.labels):
        raise TypeError(f"{metric.name} has the labels {metric.labels}, given were {tuple(labels)}")
    return tuple(labels[name] for name in metric.labels)
