"""The chain at the head of every page that is a part of it: file, documents, order lines, batch, outgoing file, acknowledgement.

Each step has a count and leads on; the first that is broken, or waits for somebody, stands out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from gateway.desk.lineage import LineageSheet, show_lineage
from gateway.domain.access import Authority
from gateway.domain.order import LineStatus
from gateway.domain.outcome import Verdict
from gateway.store.outbox import Ack
from gateway.store.queries.lineage import Part
from gateway.web.tones import Tone, tone, word

if TYPE_CHECKING:
    from gateway.web.visit import Visit

HERE: Mapping[Part, str] = MappingProxyType({Part.MESSAGE: "file", Part.ORDER: "lines", Part.BATCH: "batch", Part.ITEM: "outgoing"})
GRAVITY = (Tone.QUIET, Tone.MOVING, Tone.PAUSED, Tone.ASKED, Tone.BROKEN)


class Step(Struct, frozen=True, kw_only=True):
    """One step as it is drawn."""

    word: str
    path: str
    told: str
    tone: str
    here: bool


class _Made(Struct, frozen=True, kw_only=True):
    """A step before it is known which one stands out."""

    key: str
    word: str
    path: str
    states: Mapping[StrEnum, int]

    @property
    def tone(self) -> Tone:
        return max((tone(it) for it in self.states), key=GRAVITY.index, default=Tone.QUIET)


def chain_of(visit: Visit, part: Part, name: str) -> tuple[Step, ...]:
    """The chain of one message, order, batch or outgoing file; none for who may see neither files nor orders."""
    found = show_lineage(visit.gateway.store, part, name, scope=visit.scope)
    return drawn(visit, found, part, f"/lineage/{part.value}/{quote(name, safe='')}")


def drawn(visit: Visit, found: LineageSheet, part: Part, page: str) -> tuple[Step, ...]:
    """The steps of what belongs together; one that stands for several leads to the page of all links."""
    steps = _steps(visit, found, page)
    worst = next((it.key for it in steps if it.tone in {Tone.BROKEN, Tone.ASKED}), None)
    return tuple(
        Step(
            word=it.word,
            path=it.path,
            told=_told(it.states),
            tone=it.tone.value if it.key == worst or it.tone in {Tone.MOVING, Tone.PAUSED} else "",
            here=it.key == HERE[part],
        )
        for it in steps
    )


def _steps(visit: Visit, found: LineageSheet, page: str) -> Sequence[_Made]:
    sees_files, sees_orders = visit.may(Authority.FILES), visit.may(Authority.ORDERS)
    lines: dict[StrEnum, int] = {}
    for order in found.orders:
        for status, count in order.lines.items():
            lines[status] = lines.get(status, 0) + count
    more = "+" if found.more else ""
    documents: dict[StrEnum, int] = {it: found.documents[it] for it in Verdict if it in found.documents}
    acks = [it.ack for it in found.items if it.ack is not Ack.NONE]
    return (
        _made("file", "File", [f"/messages/{it.id}" for it in found.files], _tally([it.state for it in found.files]), page, sees_files),
        _made("documents", "Documents", [f"{page}#files"] if documents else [], documents, page, sees_files),
        _made(
            "lines",
            f"Order lines{more}",
            [f"/orders/{quote(it.number, safe='')}?tab=detail" for it in found.orders],
            {it: lines[it] for it in LineStatus if it in lines},
            page,
            sees_orders,
        ),
        _made(
            "batch",
            "Batch",
            [f"/batches/{it.number}" for it in found.batches],
            _tally([it.state for it in found.batches]),
            page,
            sees_orders,
        ),
        _made(
            "outgoing",
            "Outgoing file",
            [f"/outbox/{it.id}" for it in found.items],
            _tally([it.state for it in found.items]),
            page,
            sees_files,
        ),
        _made("ack", "Acknowledgement", [f"{page}#items"] if acks else [], _tally(acks), page, sees_files),
    )


def _made(key: str, word: str, paths: Sequence[str], states: Mapping[StrEnum, int], page: str, sees: bool) -> _Made:  # noqa: FBT001 (a row of a table)
    path = "" if not sees or not paths else paths[0] if len(paths) == 1 else page
    return _Made(key=key, word=word, path=path, states=states)


def _tally(states: Sequence[StrEnum]) -> dict[StrEnum, int]:
    return {state: states.count(state) for state in dict.fromkeys(states)}


def _told(states: Mapping[StrEnum, int]) -> str:
    """The counts of a step, such as `2 booked, 1 refused`."""
    return ", ".join(f"{count} {word(state)}" for state, count in states.items()) or "none yet"
