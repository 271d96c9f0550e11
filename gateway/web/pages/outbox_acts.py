"""What a person does about outgoing files: hold, release, retry, cancel, redeliver; one or several at once."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.desk import dispatch
from gateway.desk.acting import Mode
from gateway.desk.outbox import show_item
from gateway.domain.access import Authority
from gateway.web import searches
from gateway.web.acts import Act, Effect, Run, declare
from gateway.web.routes import Routes
from gateway.web.several import Found, Several, declare_several

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
AT_ONCE = 100
"""Files of a filter that are acted on together; the rest is asked for again."""


class Spec(Struct, frozen=True, kw_only=True):
    """One act: its word, and what happens without it."""

    word: str
    otherwise: str
    may: Authority = Authority.OPERATIONS
    grave: bool = False


ACTS = MappingProxyType(
    {
        dispatch.Act.HOLD.value: Spec(word="Hold", otherwise="it goes out in its turn."),
        dispatch.Act.RELEASE.value: Spec(word="Release", otherwise="it stays held."),
        dispatch.Act.RETRY.value: Spec(
            word="Retry", otherwise="it is tried again by itself while its time lasts; one that is set aside stays so."
        ),
        dispatch.Act.CANCEL.value: Spec(word="Cancel", otherwise="it stays as it is.", grave=True),
        dispatch.Act.REDELIVER.value: Spec(word="Redeliver", otherwise="the partner has what was sent before."),
    }
)
EVERYTHING = MappingProxyType(
    {
        "hold": (
            Spec(word="Stop all", otherwise="files go out as they are made.", grave=True),
            "Stop everything that goes out",
            dispatch.hold_all,
        ),
        "release": (Spec(word="Let go", otherwise="nothing goes out to anybody."), "Let everything go out again", dispatch.release_all),
    }
)
"""All outgoing files at once."""


def _everything(visit: Visit, name: str) -> tuple[Act, Run]:
    spec, title, work = EVERYTHING[name]

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        found = work(visit.desk, reason=reason, mode=mode)
        so = "stopped" if found.standing else "going"
        told = f"{so}{'' if found.changed else ', as before'}; {found.waiting} files wait to leave"
        return (Effect(name="everything that goes out", path="/outbox", told=told),)

    return Act(title=title, verb=spec.word, grave=spec.grave, otherwise=spec.otherwise, back="/outbox"), run


def _find(visit: Visit, name: str) -> Found:
    """The oldest files that the filter finds and that allow the act."""
    ids, more = dispatch.choose(visit.gateway.store, dispatch.Act(name), searches.items(visit), most=AT_ONCE)
    return Found(tuple(ids), more)


def _about(visit: Visit, name: str, ids: tuple[int, ...], told: str) -> tuple[Act, Run]:
    for item_id in ids:
        show_item(visit.gateway.store, item_id, scope=visit.scope)
    spec = ACTS[name]
    act = Act(title=f"{spec.word} {told}", verb=spec.word, otherwise=spec.otherwise, grave=spec.grave)
    return act, lambda mode, reason: _done(visit, dispatch.Act(name), ids, mode, reason)


def _done(visit: Visit, act: dispatch.Act, ids: tuple[int, ...], mode: Mode, reason: str) -> tuple[Effect, ...]:
    workspace = visit.gateway.workspace
    return tuple(_told(dispatch.do(visit.desk, workspace, act, item_id, reason=reason, mode=mode)) for item_id in ids)


def _told(it: dispatch.Acted) -> Effect:
    goes = "" if it.after is None else f"{it.before.value} → {it.after.value}"
    has = f"; the partner has {it.partner_has}" if it.partner_has else ""
    return Effect(name=it.file, path=f"/outbox/{it.id}", told=f"{goes}{has}", warning=it.warning, why_not=it.why_not)


declare_several(
    ROUTES, "/outbox/acts", ACTS, Several(one="outgoing file", many="outgoing files", which="the oldest", find=_find, about=_about)
)
declare(ROUTES, "/outbox/everything", {name: spec for name, (spec, _, _) in EVERYTHING.items()}, _everything)
