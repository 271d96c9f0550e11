"""What came of booking some files: counts for the log, and what somebody must look at."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct, field

from gateway.domain.outcome import Verdict
from gateway.store.messages import MessageState


class Failure(Struct, frozen=True):
    """A document on which the gateway itself failed: refused, its traceback kept, red on the console."""

    message_id: int
    place: int
    trace: str


class Tally(Struct):
    """Grows chunk by chunk, after each commit."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    finished: dict[int, MessageState] = field(default_factory=dict)
    """Messages whose last document was decided, and how they ended."""
    lost: set[int] = field(default_factory=set)
    """Messages whose lease is somebody else's now."""
    broken: dict[int, Exception] = field(default_factory=dict)
    """Messages whose reading broke off; what came before is booked."""
    failures: list[Failure] = field(default_factory=list)
    transactions: int = 0
    """How many transactions were tried."""

    @property
    def documents(self) -> int:
        """How many documents were decided."""
        return self.verdicts.total()
