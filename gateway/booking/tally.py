"""What came of booking some files: counts for the log, and what somebody must look at."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType

from msgspec import Struct, field

from gateway.domain.outcome import Verdict
from gateway.kernel import meter
from gateway.store.messages import MessageState

KNOWN_ALREADY = MappingProxyType({Verdict.DUPLICATE: "ignored", Verdict.CONFLICT: "conflict"})
"""What is done with a document whose key is known."""


class Failure(Struct, frozen=True):
    """A document on which the gateway itself failed: refused, its traceback kept, red on the console."""

    message_id: int
    place: int
    trace: str


class Judged(Struct, frozen=True, gc=False):
    """The verdict over one document, and the codes of what was told about it."""

    kind: str
    verdict: Verdict
    codes: tuple[str, ...]

    def measure(self) -> None:
        """Count it, once it is committed."""
        meter.count(meter.DOCUMENTS, type=self.kind, outcome=self.verdict.value)
        if self.verdict in KNOWN_ALREADY:
            meter.count(meter.DUPLICATES, level="document", policy=KNOWN_ALREADY[self.verdict])
        if self.verdict is Verdict.REFUSED:
            for code in self.codes:
                meter.count(meter.ROWS_REJECTED, code=code)


class Tally(Struct):
    """Grows chunk by chunk, after each commit."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    finished: dict[int, MessageState] = field(default_factory=dict)
    """Messages whose last document was decided, and how they ended."""
    lost: set[int] = field(default_factory=set)
    """Messages whose lease is somebody else's now."""
    broken: dict[int, Exception] = field(default_factory=dict)
    """Messages whose reading broke off; what came before is booked."""
    put_off: int = 0
    """How many files or documents nothing was decided of: they are looked at again later."""
    failures: list[Failure] = field(default_factory=list)
    transactions: int = 0
    """How many transactions were tried."""

    @property
    def documents(self) -> int:
        """How many documents were decided."""
        return self.verdicts.total()
