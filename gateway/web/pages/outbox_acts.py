"""What a person does about outgoing files: hold, release, retry, cancel, redeliver; one or several at once."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.desk import dispatch
from gateway.desk.acting import Mode
from gateway.desk.outbox import show_item
from gateway.domain.access import Authority
from gateway.kernel.errors import NotFound
from gateway.web import listing
from gateway.web.acts import Act, Effect, Run, carry_out, propose
from gateway.web.pages.outbox import searched
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
OTHERWISE = {
    dispatch.Act.RETRY: "it is tried again by itself while its time lasts; one that is set aside stays so.",
    dispatch.Act.RELEASE: "it stays held.",
    dispatch.Act.HOLD: "it goes out as soon as the partner can be reached.",
    dispatch.Act.CANCEL: "it stays as it is.",
    dispatch.Act.REDELIVER: "the partner has what was sent before.",
}
PAST = {
    dispatch.Act.RETRY: "retried",
    dispatch.Act.RELEASE: "released",
    dispatch.Act.HOLD: "held",
    dispatch.Act.CANCEL: "cancelled",
    dispatch.Act.REDELIVER: "redelivered",
}
AT_ONCE = 100
"""Files of a filter that are acted on together; the rest is asked for again."""
EVERYTHING = MappingProxyType(
    {
        "hold": (
            Act(title="Stop everything that goes out", verb="Stop all", grave=True, otherwise="files go out as they are made."),
            dispatch.hold_all,
        ),
        "release": (
            Act(title="Let everything go out again", verb="Let go", otherwise="nothing goes out to anybody."),
            dispatch.release_all,
        ),
    }
)
"""All outgoing files at once."""
GRAVE = frozenset({dispatch.Act.CANCEL})


@ROUTES.get("/outbox/acts/{act}", may=Authority.OPERATIONS)
def ask(visit: Visit) -> Response:
    """What it would do to the files that the address names, or to the oldest of those that a filter finds."""
    if visit.query.get("found") == "1":
        return _found(visit)
    chosen, act, ids = _asked(visit)
    return propose(visit, act, lambda mode, reason: _done(visit, chosen, ids, mode, reason))


@ROUTES.post("/outbox/acts/{act}", may=Authority.OPERATIONS)
def do(visit: Visit) -> Response:
    """Do it."""
    chosen, act, ids = _asked(visit)
    return carry_out(visit, act, lambda mode, reason: _done(visit, chosen, ids, mode, reason))


@ROUTES.get("/outbox/everything/{act}", may=Authority.OPERATIONS)
def ask_everything(visit: Visit) -> Response:
    """What stopping or letting go of all outgoing files would do."""
    return propose(visit, *_everything(visit))


@ROUTES.post("/outbox/everything/{act}", may=Authority.OPERATIONS)
def do_everything(visit: Visit) -> Response:
    """Stop them all, or let them all go."""
    return carry_out(visit, *_everything(visit))


def _everything(visit: Visit) -> tuple[Act, Run]:
    word = visit.path["act"]
    if word not in EVERYTHING:
        raise NotFound(f"there is no act {word}", remedy="There are hold and release.")
    act, work = EVERYTHING[word]

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        found = work(visit.desk, reason=reason, mode=mode)
        so = "stopped" if found.standing else "going"
        told = f"{so}{'' if found.changed else ', as before'}; {found.waiting} files wait to leave"
        return (Effect(name="everything that goes out", path="/outbox", told=told),)

    return act, run


def _found(visit: Visit) -> Response:
    """The oldest files that a filter finds and that allow the act: named in the address, so that the same are done that were shown."""
    act = next((it for it in dispatch.Act if it.value == visit.path["act"]), None)
    if act is None:
        raise NotFound(f"there is no act {visit.path['act']}", remedy="Choose files in the outbox first.")
    ids, more = dispatch.choose(visit.gateway.store, act, searched(visit), most=AT_ONCE)
    if not ids:
        raise NotFound(f"none of the files that were found can be {PAST[act]}", remedy="Choose other files in the outbox.")
    path = f"/outbox/acts/{act.value}?{urlencode([('id', it) for it in ids])}"
    return visit.go(f"{path}&more={more}" if more else path)


def _asked(visit: Visit) -> tuple[dispatch.Act, Act, tuple[int, ...]]:
    word = visit.path["act"]
    chosen = next((it for it in dispatch.Act if it.value == word), None)
    ids = listing.numbers(visit, "id")
    if chosen is None or not ids:
        raise NotFound("no outgoing file was chosen" if chosen else f"there is no act {word}", remedy="Choose files in the outbox first.")
    for item_id in ids:
        show_item(visit.gateway.store, item_id, scope=visit.scope)
    more = listing.number(visit, "more") or 0
    what = (
        f"outgoing file {ids[0]}"
        if len(ids) == 1
        else f"{len(ids)} outgoing files{f', the oldest; {more} more afterwards' if more else ''}"
    )
    verb = chosen.value.capitalize()
    return chosen, Act(title=f"{verb} {what}", verb=verb, otherwise=OTHERWISE[chosen], grave=chosen in GRAVE), ids


def _done(visit: Visit, act: dispatch.Act, ids: tuple[int, ...], mode: Mode, reason: str) -> tuple[Effect, ...]:
    workspace = visit.gateway.workspace
    return tuple(_told(dispatch.do(visit.desk, workspace, act, item_id, reason=reason, mode=mode)) for item_id in ids)


def _told(it: dispatch.Acted) -> Effect:
    goes = "" if it.after is None else f"{it.before.value} → {it.after.value}"
    has = f"; the partner has {it.partner_has}" if it.partner_has else ""
    return Effect(name=it.file, path=f"/outbox/{it.id}", told=f"{goes}{has}", warning=it.warning, why_not=it.why_not)
