"""An act with its preview: what will change, in business words, before anybody says yes; why, where a reason is due; and what came of it.

It opens as a panel over the page, and as a page of its own where there are no scripts.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec import Struct
from starlette.responses import Response

from gateway.desk.acting import Mode

if TYPE_CHECKING:
    from gateway.web.visit import Visit

LONGEST_REASON = 500


class Effect(Struct, frozen=True, kw_only=True):
    """What an act does to one thing, or would do: where it leads, and in words; `why_not` where it is not possible."""

    name: str
    path: str
    told: str
    warning: str = ""
    why_not: str = ""

    @property
    def is_possible(self) -> bool:
        """Whether it can be done."""
        return not self.why_not


class Act(Struct, frozen=True, kw_only=True):
    """One act as a person meets it."""

    title: str
    """Such as `Retry outgoing file 5`."""
    verb: str
    """The word on the button."""
    otherwise: str = ""
    """What happens if nothing is done."""
    needs_reason: bool = True
    grave: bool = False


def propose(visit: Visit, act: Act, run: Callable[[Mode, str], tuple[Effect, ...]]) -> Response:
    """The preview: a rehearsal that is taken back whole."""
    return visit.show("act.html", act=act, effects=run(Mode.REHEARSAL, ""), reason="", told="", longest=LONGEST_REASON)


def carry_out(visit: Visit, act: Act, run: Callable[[Mode, str], tuple[Effect, ...]]) -> Response:
    """Do it, and tell what came of it; without the reason that is due, only ask for it."""
    reason = visit.field("reason")[:LONGEST_REASON]
    if act.needs_reason and not reason:
        told = "Say why: it stands in the history of what is changed."
        effects = run(Mode.REHEARSAL, "")
        return visit.show(
            "act.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, act=act, effects=effects, reason="", told=told, longest=LONGEST_REASON
        )
    return visit.show("acted.html", act=act, effects=run(Mode.EARNEST, reason))
