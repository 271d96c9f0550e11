"""What operations people do about batches: take one back, send what is left of it anew, say that its vendor has it; one or several."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.desk import again, telling
from gateway.desk.acting import Mode
from gateway.desk.batches import BatchSheet, search_batches, show_batch
from gateway.domain.access import Authority
from gateway.domain.outcome import BatchState, is_on_paper
from gateway.web import searches
from gateway.web.acts import Act, Effect, Run
from gateway.web.routes import Routes
from gateway.web.several import Found, Several, declare_several, tried
from gateway.web.taken_back import effects_of

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
AT_ONCE = 20
"""Batches of a filter that are acted on together: each is rehearsed for the preview."""
Step = Callable[["Visit", BatchSheet, Mode, str], tuple[Effect, ...]]


class Spec(Struct, frozen=True, kw_only=True):
    """One act: its word, what happens without it, and how it is done to one batch."""

    word: str
    otherwise: str
    step: Step
    is_possible: Callable[[BatchSheet], bool]
    may: Authority = Authority.OPERATIONS
    needs_reason: bool = True
    grave: bool = False


def _back(visit: Visit, sheet: BatchSheet, mode: Mode, reason: str) -> tuple[Effect, ...]:
    return effects_of(again.void(visit.desk, visit.gateway.tools, sheet.number, way=_way(sheet), reason=reason, mode=mode), room="/batches")


def _anew(visit: Visit, sheet: BatchSheet, mode: Mode, reason: str) -> tuple[Effect, ...]:
    done = again.make_again(visit.desk, visit.gateway.tools, sheet.number, {}, way=_way(sheet), reason=reason, mode=mode)
    return effects_of(done, room="/batches")


def _has_it(visit: Visit, sheet: BatchSheet, mode: Mode, _: str) -> tuple[Effect, ...]:
    told = telling.acknowledge(visit.desk, sheet.number, mode=mode)
    wrong = "; ".join(str(issue) for issue in told.issues if issue.is_error)
    lines = len(told.history)
    so = f"{lines} line{'' if lines == 1 else 's'} In Process" if lines else "no line of it waits for this"
    return (Effect(name=f"batch {sheet.number}", path=f"/batches/{sheet.number}", told=so, why_not=wrong),)


def _way(sheet: BatchSheet) -> again.Way:
    return again.Way.PAPER if is_on_paper(sheet.channel) else again.Way.FILE


def _is_live(sheet: BatchSheet) -> bool:
    return sheet.state not in {BatchState.VOID, BatchState.CUTTING} and any(line.live for line in sheet.lines)


def _is_silent(sheet: BatchSheet) -> bool:
    return _is_live(sheet) and sheet.acknowledged_at is None and not is_on_paper(sheet.channel)


ACTS = MappingProxyType(
    {
        "acknowledge": Spec(
            word="The vendor has it",
            otherwise="its lines wait for the vendor's word.",
            step=_has_it,
            is_possible=_is_silent,
            needs_reason=False,
        ),
        "reissue": Spec(word="Send anew", otherwise="it stays as it is.", step=_anew, is_possible=_is_live),
        "void": Spec(word="Take back", otherwise="its lines stay with the vendor.", step=_back, is_possible=_is_live, grave=True),
    }
)


def offered(visit: Visit, sheet: BatchSheet) -> tuple[tuple[str, str, bool], ...]:
    """The acts that who looks may do about this batch now: path, word, and whether it is grave."""
    return tuple((name, spec.word, spec.grave) for name, spec in ACTS.items() if visit.may(spec.may) and spec.is_possible(sheet))


def _find(visit: Visit, _: str) -> Found:
    page = search_batches(visit.gateway.store, searches.batches(visit), scope=visit.scope, most=AT_ONCE)
    return Found(tuple(it.number for it in page.rows), page.more)


def _about(visit: Visit, name: str, ids: tuple[int, ...], told: str) -> tuple[Act, Run]:
    spec = ACTS[name]
    sheets = [show_batch(visit.gateway.store, number, scope=visit.scope) for number in ids]

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        return tuple(effect for sheet in sheets for effect in _one(visit, spec, sheet, mode, reason))

    act = Act(title=f"{spec.word}: {told}", verb=spec.word, otherwise=spec.otherwise, needs_reason=spec.needs_reason, grave=spec.grave)
    return act, run


def _one(visit: Visit, spec: Spec, sheet: BatchSheet, mode: Mode, reason: str) -> tuple[Effect, ...]:
    return tried(f"batch {sheet.number}", f"/batches/{sheet.number}", lambda: spec.step(visit, sheet, mode, reason))


declare_several(ROUTES, "/batches/acts", ACTS, Several(one="batch", many="batches", which="the newest", find=_find, about=_about))
