"""Reading received files again: replay what was not taken, or reprocess everything; with what would come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.responses import Response

from gateway.desk import replay
from gateway.desk.acting import Mode
from gateway.desk.messages import search_messages, show_message
from gateway.desk.replay import Replay, Verb
from gateway.domain.access import Authority
from gateway.kernel.errors import NotFound, RuleBroken
from gateway.web import listing
from gateway.web.acts import Act, Effect, carry_out, propose
from gateway.web.pages.messages import searched
from gateway.web.routes import Routes

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
MOST = 50
"""Documents of a file whose future is told."""
AT_ONCE = 20
"""Files of a filter that are acted on together: each is rehearsed for the preview."""
OTHERWISE = {
    Verb.REPLAY: "what was not taken stays so; what is booked is booked.",
    Verb.REPROCESS: "the file stays as it was decided.",
}


@ROUTES.get("/messages/acts/{act}", may=Authority.OPERATIONS)
def ask(visit: Visit) -> Response:
    """What would come of it: for the files that the address names, or for the newest of those that a filter finds."""
    if visit.query.get("found") == "1":
        return _found(visit)
    verb, act, ids = _asked(visit)
    return propose(visit, act, lambda mode, reason: _done(visit, verb, ids, mode, reason))


@ROUTES.post("/messages/acts/{act}", may=Authority.OPERATIONS)
def do(visit: Visit) -> Response:
    """Ask for it: whoever works next reads the file again."""
    verb, act, ids = _asked(visit)
    return carry_out(visit, act, lambda mode, reason: _done(visit, verb, ids, mode, reason))


def _found(visit: Visit) -> Response:
    """The newest files that a filter finds: named in the address, so that the same are done that were shown."""
    page = search_messages(visit.gateway.store, searched(visit), scope=visit.scope, most=AT_ONCE)
    if not page.rows:
        raise NotFound("no message was found", remedy="Choose messages first.")
    path = f"/messages/acts/{quote(visit.path['act'], safe='')}?{urlencode([('id', it.id) for it in page.rows])}"
    return visit.go(f"{path}&more={page.more}" if page.more else path)


def _asked(visit: Visit) -> tuple[Verb, Act, tuple[int, ...]]:
    word = visit.path["act"]
    verb = next((it for it in Verb if it.value == word), None)
    ids = listing.numbers(visit, "id")
    if verb is None or not ids:
        raise NotFound("no message was chosen" if verb else f"there is no act {word}", remedy="Choose messages first.")
    for message_id in ids:
        show_message(visit.gateway.store, message_id, scope=visit.scope, most=0)
    more = listing.number(visit, "more") or 0
    what = f"message {ids[0]}" if len(ids) == 1 else f"{len(ids)} messages{f', the newest; {more} more afterwards' if more else ''}"
    return verb, Act(title=f"{verb.value.capitalize()} {what}", verb=verb.value.capitalize(), otherwise=OTHERWISE[verb]), ids


def _done(visit: Visit, verb: Verb, ids: tuple[int, ...], mode: Mode, reason: str) -> tuple[Effect, ...]:
    return tuple(_one(visit, verb, message_id, mode, reason) for message_id in ids)


def _one(visit: Visit, verb: Verb, message_id: int, mode: Mode, reason: str) -> Effect:
    gateway, picked = visit.gateway, listing.text(visit, "mapping")
    name, path = f"Message {message_id}", f"/messages/{message_id}"
    try:
        if mode is Mode.EARNEST:
            asked = replay.ask(visit.desk, gateway.workspace, message_id, reason=reason, verb=verb, picked=picked)
            reached = asked.made or message_id
            return Effect(name=asked.file, path=f"/messages/{reached}", told=f"is read again now, as message {reached}")
        found = replay.preview(visit.desk, gateway.workspace, gateway.reader, message_id, verb=verb, picked=picked, most=MOST)
    except RuleBroken as error:
        return Effect(name=name, path=path, told="", why_not="; ".join(issue.text for issue in error.issues))
    return Effect(name=found.file, path=path, told=_future(found))


def _future(found: Replay) -> str:
    if found.answer_only:
        return "nothing is left to decide; only its answer, which could not be made, is made again"
    if found.issues:
        return "it would not be read: " + "; ".join(str(issue) for issue in found.issues)
    if not found.documents:
        return "no document would be decided"
    counts: dict[str, int] = {}
    for it in found.documents:
        counts[it.after.value if it.after else "gone"] = counts.get(it.after.value if it.after else "gone", 0) + 1
    told = ", ".join(f"{count} {word}" for word, count in counts.items())
    wrong = [f"{it.key or f'place {it.place}'}: {issue}" for it in found.documents for issue in it.issues if issue.is_error]
    more = " of the first documents" if found.more else ""
    return f"by {found.mapping}: {told}{more}" + (f"; still wrong: {'; '.join(wrong[:5])}" if wrong else "")
