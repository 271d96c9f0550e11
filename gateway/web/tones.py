"""The state words of every enum in five tones: a colour never stands alone, each state has a mark and its word."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from gateway.desk.calendar import DayState
from gateway.desk.jobs import JobState
from gateway.domain.order import LineStatus, OrderStatus, Stage
from gateway.domain.outcome import BatchState, InvoiceState, Verdict
from gateway.domain.request import RequestState
from gateway.domain.workflow import StepState
from gateway.store.messages import MessageState
from gateway.store.outbox import Ack, ItemState
from gateway.store.queries import EndpointState
from gateway.store.slips import DocumentState


class Tone(StrEnum):
    """How a state stands out."""

    QUIET = "quiet"
    MOVING = "moving"
    ASKED = "asked"
    BROKEN = "broken"
    PAUSED = "paused"


MARKS: Mapping[Tone, str] = MappingProxyType({Tone.QUIET: "✓", Tone.MOVING: "\u203a", Tone.ASKED: "?", Tone.BROKEN: "✕", Tone.PAUSED: "‖"})
_BY_TONE: Mapping[Tone, tuple[StrEnum, ...]] = MappingProxyType(
    {
        Tone.QUIET: (
            *(LineStatus.SHIPPED, LineStatus.CANCELLED),
            *(OrderStatus.SHIPPED, OrderStatus.CANCELLED, OrderStatus.COMPLETE),
            *(Stage.RELEASED, Stage.CANCELLED),
            StepState.DONE,
            *(Verdict.BOOKED, Verdict.DUPLICATE),
            *(BatchState.ACKNOWLEDGED, BatchState.CLOSED, BatchState.VOID),
            *(InvoiceState.POSTED, InvoiceState.APPROVED),
            *(RequestState.APPLIED, RequestState.ACCEPTED, RequestState.DECLINED, RequestState.REPLACED, RequestState.REJECTED),
            *(MessageState.BOOKED, MessageState.DUPLICATE),
            *(ItemState.SENT, ItemState.CANCELLED),
            *(Ack.NONE, Ack.ACCEPTED),
            EndpointState.FINE,
            *(DayState.COMPLETE, DayState.FREE),
            JobState.SUCCESS,
            *(DocumentState.READY, DocumentState.EXPIRED),
        ),
        Tone.MOVING: (
            *(LineStatus.NEW, LineStatus.IN_PROCESS),
            *(OrderStatus.NEW, OrderStatus.IN_PROCESS, OrderStatus.OPEN),
            Stage.APPROVED,
            StepState.WAITING,
            Verdict.EARLY,
            *(BatchState.CUTTING, BatchState.OPEN),
            InvoiceState.NEW,
            MessageState.RECEIVED,
            *(ItemState.WAITING, ItemState.BLESSED),
            Ack.DUE,
            *(JobState.WAITING, JobState.RUNNING),
            *(DayState.DUE, DayState.AHEAD),
            DocumentState.WAITING,
        ),
        Tone.ASKED: (
            Stage.DRAFT,
            StepState.ASKED,
            Verdict.CONFLICT,
            InvoiceState.REJECTED,
            RequestState.PENDING,
            MessageState.PARTLY_BOOKED,
            ItemState.CONFLICT,
            *(Ack.OVERDUE, Ack.ACCEPTED_WITH_ERRORS),
        ),
        Tone.BROKEN: (
            StepState.FAILED,
            Verdict.REFUSED,
            *(MessageState.PARKED, MessageState.REFUSED),
            ItemState.PARKED,
            Ack.REJECTED,
            *(EndpointState.FAILING, EndpointState.CUT_OFF, EndpointState.STANDS_STILL),
            *(JobState.FAILED, JobState.ERROR),
            DayState.LATE,
            DocumentState.FAILED,
        ),
        Tone.PAUSED: (
            *(LineStatus.HELD, OrderStatus.HELD, InvoiceState.HELD),
            ItemState.HELD,
            EndpointState.OFF,
            *(JobState.PAUSED, JobState.OFF, JobState.NOT_RUN),
        ),
    }
)
TONES: Mapping[tuple[type[StrEnum], str], Tone] = MappingProxyType(
    {(type(state), state.value): tone for tone, states in _BY_TONE.items() for state in states}
)
STATES = frozenset(kind for kind, _ in TONES)
"""The enums whose every word has its tone."""


def tone(state: StrEnum) -> Tone:
    """How this state stands out; KeyError for a word of another enum."""
    return TONES[type(state), state.value]


def mark(state: StrEnum) -> str:
    """The mark before the word, for whoever does not see colours."""
    return MARKS[tone(state)]


def word(state: StrEnum) -> str:
    """The word itself, with blanks; nothing else is changed, so that it can be searched for as it stands."""
    return state.value.replace("_", " ")
