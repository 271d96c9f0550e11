"""Reading received files again: replay what was not taken, or reprocess everything; with what would come of it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.desk import replay
from gateway.desk.acting import Mode
from gateway.desk.messages import search_messages, show_message
from gateway.desk.replay import Replay, Verb
from gateway.domain.access import Authority
from gateway.web import listing, searches
from gateway.web.acts import Act, Effect, Run
from gateway.web.routes import Routes
from gateway.web.several import Found, Several, declare_several, tried

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
MOST = 50
"""Documents of a file whose future is told."""
AT_ONCE = 20
"""Files of a filter that are acted on together: each is rehearsed for the preview."""


class Spec(Struct, frozen=True, kw_only=True):
    """One act: its word, and what happens without it."""

    word: str
    otherwise: str
    may: Authority = Authority.OPERATIONS


ACTS = MappingProxyType(
    {
        Verb.REPLAY.value: Spec(word="Replay", otherwise="what was not taken stays so; what is booked is booked."),
        Verb.REPROCESS.value: Spec(word="Reprocess", otherwise="the file stays as it was decided."),
    }
)


def _find(visit: Visit, _: str) -> Found:
    page = search_messages(visit.gateway.store, searches.messages(visit), scope=visit.scope, most=AT_ONCE)
    return Found(tuple(it.id for it in page.rows), page.more)


def _about(visit: Visit, name: str, ids: tuple[int, ...], told: str) -> tuple[Act, Run]:
    """Whoever works next reads the file again."""
    for message_id in ids:
        show_message(visit.gateway.store, message_id, scope=visit.scope, most=0)

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        return tuple(effect for it in ids for effect in _one(visit, Verb(name), it, mode, reason))

    spec = ACTS[name]
    return Act(title=f"{spec.word} {told}", verb=spec.word, otherwise=spec.otherwise), run


def _one(visit: Visit, verb: Verb, message_id: int, mode: Mode, reason: str) -> tuple[Effect, ...]:
    gateway, picked = visit.gateway, listing.text(visit, "mapping")

    def work() -> tuple[Effect, ...]:
        if mode is Mode.EARNEST:
            asked = replay.ask(visit.desk, gateway.workspace, message_id, reason=reason, verb=verb, picked=picked)
            reached = asked.made or message_id
            return (Effect(name=asked.file, path=f"/messages/{reached}", told=f"is read again now, as message {reached}"),)
        found = replay.preview(visit.desk, gateway.workspace, gateway.reader, message_id, verb=verb, picked=picked, most=MOST)
        return (Effect(name=found.file, path=f"/messages/{message_id}", told=_future(found)),)

    return tried(f"Message {message_id}", f"/messages/{message_id}", work)


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


declare_several(ROUTES, "/messages/acts", ACTS, Several(one="message", many="messages", which="the newest", find=_find, about=_about))
