"""What the sender of a file is told: entries, counts and status of the response (sdf 2.5, 3.5, 3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from gateway.documents import Envelope, Result, ResultEntry
from gateway.domain.outcome import Verdict
from gateway.kernel.issues import Issue


def entry(
    verdict: Verdict,
    *,
    key: str,
    issues: Iterable[Issue] = (),
    row: int | None = None,
    line: int | None = None,
    quantity: int | None = None,
    request_id: str | None = None,
) -> ResultEntry:
    """What became of one document or row, from its receipt."""
    raise NotImplementedError


def result(file: str, entries: Sequence[ResultEntry], *, envelope: Envelope, at: datetime, sender: str) -> Result:
    """The answer to one file: counts, status, and the header echoed with source and destination swapped."""
    raise NotImplementedError


def refused_file(file: str, issues: Iterable[Issue], *, envelope: Envelope, at: datetime, sender: str) -> Result:
    """The answer to a file that was refused as a whole (DSO-001 to 006, 3000, 3001, INV-10)."""
    raise NotImplementedError
