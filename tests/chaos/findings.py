"""What the checker says: what is wrong and against which invariant, and how many documents ended in which category."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from msgspec import Struct


class Invariant(StrEnum):
    """What must hold at rest."""

    I1 = "every good document has exactly one effect"
    I2 = "no document has two"
    I3 = "quantities add up and states follow from them"
    I4 = "every offered file is in exactly one state, its bytes are kept, a bad one is told why"
    I5 = "each item appeared once under its final name, whole, with the recorded bytes, and is in the journal"
    I6 = "each printed quantity is in one live batch"
    I7 = "numbers that partners see rise by one"
    I8 = "every change of state is allowed and has its history"
    I9 = "nothing is left over"
    I10 = "healthy partners are served throughout"
    I11 = "everything goes on by itself"
    I12 = "nothing personal and no secret is told"
    I13 = "the database is in order"
    I14 = "memory, descriptors, threads and log are bounded"


class Category(StrEnum):
    """What became of the documents; the words of Jepsen's set checker."""

    OFFERED = "offered"
    ACKNOWLEDGED = "acknowledged"
    OK = "ok"
    LOST = "lost"
    DOUBLED = "doubled"
    HALF_VISIBLE = "half-visible"
    UNEXPECTED = "unexpected"
    RECOVERED = "recovered"
    INFERRED = "inferred"
    INFERRED_RIGHT = "inferred and right"


class Finding(Struct, frozen=True):
    """One thing that is not as it must be."""

    invariant: Invariant
    text: str

    def __str__(self) -> str:
        return f"{self.invariant.name}: {self.text}"


class Verdict(Struct, frozen=True):
    """Everything the checker found in one world."""

    findings: tuple[Finding, ...]
    counts: Counter[Category]

    @property
    def is_fine(self) -> bool:
        """Whether every invariant holds."""
        return not self.findings

    def against(self, *invariants: Invariant) -> tuple[Finding, ...]:
        """The findings against these."""
        return tuple(finding for finding in self.findings if finding.invariant in invariants)
