"""What a person does about outgoing files: hold, release, retry, cancel, redeliver; one or several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk import dispatch
from gateway.desk.acting import Mode
from gateway.desk.outbox import show_item
from gateway.domain.access import Authority
from gateway.kernel.errors import NotFound
from gateway.web import listing
from gateway.web.acts import Act, Effect, carry_out, propose
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
GRAVE = frozenset({dispatch.Act.CANCEL})


@ROUTES.get("/outbox/acts/{act}", may=Authority.OPERATIONS)
def ask(visit: Visit) -> Response:
    """What it would do to the files that the address names."""
    chosen, act, ids = _asked(visit)
    return propose(visit, act, lambda mode, reason: _done(visit, chosen, ids, mode, reason))


@ROUTES.post("/outbox/acts/{act}", may=Authority.OPERATIONS)
def do(visit: Visit) -> Response:
    """Do it."""
    chosen, act, ids = _asked(visit)
    return carry_out(visit, act, lambda mode, reason: _done(visit, chosen, ids, mode, reason))


def _asked(visit: Visit) -> tuple[dispatch.Act, Act, tuple[int, ...]]:
    word = visit.path["act"]
    chosen = next((it for it in dispatch.Act if it.value == word), None)
    ids = listing.numbers(visit, "id")
    if chosen is None or not ids:
        raise NotFound("no outgoing file was chosen" if chosen else f"there is no act {word}", remedy="Choose files in the outbox first.")
    for item_id in ids:
        show_item(visit.gateway.store, item_id, scope=visit.scope)
    what = f"outgoing file {ids[0]}" if len(ids) == 1 else f"{len(ids)} outgoing files"
    verb = chosen.value.capitalize()
    return chosen, Act(title=f"{verb} {what}", verb=verb, otherwise=OTHERWISE[chosen], grave=chosen in GRAVE), ids


def _done(visit: Visit, act: dispatch.Act, ids: tuple[int, ...], mode: Mode, reason: str) -> tuple[Effect, ...]:
    workspace = visit.gateway.workspace
    return tuple(_told(dispatch.do(visit.desk, workspace, act, item_id, reason=reason, mode=mode)) for item_id in ids)


def _told(it: dispatch.Acted) -> Effect:
    goes = "" if it.after is None else f"{it.before.value} → {it.after.value}"
    has = f"; the partner has {it.partner_has}" if it.partner_has else ""
    return Effect(name=it.file, path=f"/outbox/{it.id}", told=f"{goes}{has}", warning=it.warning, why_not=it.why_not)
