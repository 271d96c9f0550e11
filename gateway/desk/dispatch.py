"""What people do about outgoing files: hold, release, try again, cancel, deliver once more; rehearsed, with what the partner may have.

Same name, numbers and bytes whatever is done. One file, one transaction: what is not possible for one leaves the others alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from gateway.config import Connector, Workspace
from gateway.desk.acting import Desk, Mode, perform
from gateway.desk.again import void_in
from gateway.desk.outbox import ItemSearch, missing
from gateway.domain.access import EVERYTHING
from gateway.kernel import Issue
from gateway.kernel.errors import ConfigError
from gateway.outgoing import Job, give_up
from gateway.store import Store, Tx, batches, breakers, outbox, outbox_acts, pauses, postings
from gateway.store.outbox import Ack, Item, ItemState, Known
from gateway.store.outbox_acts import BytesGone, NotPossible
from gateway.store.pauses import GATHERING, OUTBOUND, Pause
from gateway.store.queries import attempts_made, count_items, oldest_items
from gateway.transports import shown


class Act(StrEnum):
    """The five verbs."""

    HOLD = "hold"
    RELEASE = "release"
    RETRY = "retry"
    CANCEL = "cancel"
    REDELIVER = "redeliver"


STATES: Mapping[Act, tuple[ItemState, ...]] = MappingProxyType(
    {
        Act.HOLD: (ItemState.WAITING, ItemState.BLESSED),
        Act.RELEASE: (ItemState.HELD,),
        Act.RETRY: (ItemState.WAITING, ItemState.BLESSED, ItemState.PARKED, ItemState.CONFLICT),
        Act.CANCEL: (ItemState.WAITING, ItemState.HELD, ItemState.PARKED, ItemState.CONFLICT),
        Act.REDELIVER: (ItemState.SENT,),
    }
)
"""In which states a file allows the verb."""
SENDING = frozenset({Act.RELEASE, Act.RETRY, Act.REDELIVER})
"""The verbs after which a file is on its way."""
UNCOMPARED = (
    "the store was restored and is not compared with the partners yet: what it still counts as waiting may be with them already; "
    "first: gateway reconcile"
)
_COMPLETE = "its upload is complete and may be at the partner already"
_OTHERWISE: Mapping[tuple[Act, ItemState], str] = MappingProxyType(
    {
        (Act.RELEASE, ItemState.PARKED): "nobody holds it; mend the cause, then: gateway outbox retry",
        (Act.RELEASE, ItemState.CONFLICT): "nobody holds it; mend the cause, then: gateway outbox retry",
        (Act.RETRY, ItemState.HELD): "a person holds it; let it go with: gateway outbox release",
        (Act.RETRY, ItemState.SENT): "it is with the partner; to send it once more: gateway outbox redeliver",
        (Act.REDELIVER, ItemState.HELD): "it was not sent yet; let it go with: gateway outbox release",
        (Act.CANCEL, ItemState.BLESSED): f"{_COMPLETE}; stop it with: gateway outbox hold",
        (Act.CANCEL, ItemState.SENT): "it is with the partner; nothing can take it back",
    }
)
_CANCELLED: Mapping[str, str] = MappingProxyType(
    {
        "batch": "its batch is void: its lines are new again and go with the next batch",
        "feed": "its changes stand in no other file: have the system told by other means",
        "requests": "its requests stand in no other file: tell the vendor by other means",
        "posting": "its invoices go out with the next posting",
    }
)


class Acted(Struct, frozen=True, kw_only=True):
    """What an act did to a file, or would do. `after` is None when it is not possible, and `why_not` says why."""

    id: int
    act: Act
    file: str
    connector: str
    channel: str
    kind: str
    size: int
    sha256: str
    before: ItemState
    after: ItemState | None
    round: int
    next_round: int
    ack: Ack
    partner_has: str
    warning: str
    why_not: str
    mode: Mode


class Stopped(Struct, frozen=True, kw_only=True):
    """The pause of all outbound, and how many files it concerns now. `changed` is false when it was so before."""

    standing: bool
    changed: bool
    since: datetime | None
    by: str
    reason: str
    waiting: int
    mode: Mode


def choose(store: Store, act: Act, search: ItemSearch, *, most: int) -> tuple[list[int], int]:
    """The oldest files of a selection that allow the verb, at most so many, and how many more there are."""
    asked = {**search.asked(EVERYTHING), "states": [state for state in STATES[act] if state in search.states]}
    with store.reading() as connection:
        total = count_items(connection, **asked)
        found = oldest_items(connection, **asked, most=most)
    return found, total - len(found)


def require(store: Store, ids: Iterable[int]) -> list[str]:
    """The connectors of these files; NotFound when one does not exist, before anything is done to the others."""
    with store.reading() as connection:
        found = {item_id: outbox.get(connection, item_id) for item_id in ids}
    for item_id, item in found.items():
        if item is None:
            raise missing(item_id)
    return sorted({item.connector for item in found.values() if item is not None})


def do(desk: Desk, workspace: Workspace, act: Act, item_id: int, *, reason: str, mode: Mode = Mode.EARNEST) -> Acted:
    """Do it to one file, or rehearse it; what is not possible changes nothing and says why."""

    def work(tx: Tx) -> Acted:
        item = _item(tx, item_id)
        _apply(tx, desk, workspace, act, item, reason)
        job, tried = _job(workspace, item), attempts_made(tx.connection, [item_id]).get(item_id, 0)
        return _told(item, act, mode, tried=tried, after=_item(tx, item_id), lane=job.lane if job else None)

    try:
        return perform(desk.store, work, mode)
    except NotPossible as error:
        with desk.store.reading() as connection:
            item = outbox.get(connection, item_id)
            tried = attempts_made(connection, [item_id]).get(item_id, 0)
        if item is None:
            raise missing(item_id) from error
        complete = act is Act.CANCEL and item.state in STATES[act] and item.blessed_name is not None
        otherwise = _COMPLETE if complete else _OTHERWISE.get((act, item.state), "")
        why_not = str(error) if isinstance(error, BytesGone) else f"it is {item.state}" + (f": {otherwise}" if otherwise else "")
        return _told(item, act, mode, tried=tried, why_not=why_not)


def hold_all(desk: Desk, *, reason: str, mode: Mode = Mode.EARNEST) -> Stopped:
    """Nothing goes out to anybody until it is lifted; what is made meanwhile waits."""

    def work(tx: Tx) -> Stopped:
        issue = Issue("GWY-15", reason)
        changed = pauses.stop(tx, OUTBOUND, actor=desk.user, now=desk.clock.now(), issue=issue)
        return _stopped(tx, pauses.find(tx.connection, OUTBOUND), changed=changed, mode=mode)

    return perform(desk.store, work, mode)


def release_all(desk: Desk, *, reason: str, mode: Mode = Mode.EARNEST) -> Stopped:
    """Everything goes out again; what a person holds file by file stays held."""

    def work(tx: Tx) -> Stopped:
        if pauses.find(tx.connection, GATHERING) is not None:
            raise ConfigError(UNCOMPARED)
        changed = pauses.go_on(tx, OUTBOUND, actor=desk.user, now=desk.clock.now(), reason=reason)
        return _stopped(tx, None, changed=changed, mode=mode)

    return perform(desk.store, work, mode)


def partner_has(item: Item, tried: int) -> str:
    """What of the file may be with the partner as it stands, as far as we can know."""
    earlier = f"the file, sent in round {item.round - 1}" if item.round > 1 and item.state is not ItemState.SENT else ""
    match item.state:
        case ItemState.SENT:
            how = "seen under its name" if item.known is Known.SEEN else "collected before we could see it"
            now = f"the file, {how}" + (f"; acknowledged ({item.ack.value})" if _is_acknowledged(item) else "")
        case _ if item.blessed_name is not None:
            now = "all of it under a temporary name; perhaps the file already, if the last answer was lost"
        case ItemState.CONFLICT:
            now = "another file of this name, nothing of ours"
        case ItemState.CANCELLED:
            now = "nothing"
        case _:
            now = "at most a part under a temporary name, never the file" if tried else "nothing"
    return f"{earlier}; now {now}" if earlier else now


def _apply(tx: Tx, desk: Desk, workspace: Workspace, act: Act, item: Item, reason: str) -> None:
    common = {"actor": desk.user, "now": desk.clock.now(), "reason": reason}
    if item.state not in STATES[act]:
        raise NotPossible(f"item {item.id} is {item.state}")
    if act is Act.RETRY:
        breakers.hurry(tx, item.connector, now=desk.clock.now())  # a person's try is the probe of a partner that is cut off
    match act:
        case Act.HOLD:
            outbox_acts.hold(tx, item.id, **common)  # type: ignore[arg-type]  # the three that every act takes
        case Act.CANCEL:
            _cancel(tx, desk, item, common)
        case Act.RETRY if item.state in STATES[Act.HOLD]:
            outbox_acts.hurry(tx, item.id, **common)  # type: ignore[arg-type]  # the same
        case _:
            job = _job(workspace, item)
            budget = give_up(desk.clock.now(), job.channel.retry.budget) if job else give_up(desk.clock.now())
            again = outbox_acts.offer_again if act is Act.REDELIVER else outbox_acts.release
            again(tx, item.id, **common, give_up_at=budget, lane=job.lane if job else None)  # type: ignore[arg-type]  # the same


def _cancel(tx: Tx, desk: Desk, item: Item, common: dict[str, object]) -> None:
    """A posting that never leaves sets its invoices free, a batch that never leaves its lines."""
    reached = outbox_acts.cancel(tx, item.id, **common)  # type: ignore[arg-type]  # the three that every act takes
    if reached is not ItemState.CANCELLED:
        return
    run = postings.of_item(tx.connection, item.id)
    if run is not None:
        postings.settled(tx, run)
    number = batches.of_item(tx.connection, item.id)
    if number is not None:
        void_in(tx, desk, number)


def _told(item: Item, act: Act, mode: Mode, *, tried: int, after: Item | None = None, why_not: str = "", lane: str | None = None) -> Acted:
    return Acted(
        id=item.id,
        act=act,
        file=shown(item.file_name),
        connector=item.connector,
        channel=item.channel,
        kind=item.kind,
        size=item.size,
        sha256=item.sha256,
        before=item.state,
        after=after.state if after else None,
        round=item.round,
        next_round=after.round if after else item.round,
        ack=item.ack,
        partner_has=partner_has(item, tried),
        warning=_warning(item, act, after, lane),
        why_not=why_not,
        mode=mode,
    )


def _warning(item: Item, act: Act, after: Item | None, lane: str | None) -> str:
    """What a person should know before they do it."""
    if after is None:
        return ""
    if act is Act.REDELIVER:
        twice = "the partner gets the same file a second time"
        return f"the partner has acknowledged it ({item.ack.value}); {twice}" if _is_acknowledged(item) else twice
    if act is Act.CANCEL:
        return "only the new offer is taken back" if after.state is ItemState.SENT else _CANCELLED.get(item.kind, "")
    if act is Act.HOLD and lane is not None:
        return "files of this channel go in their order: those behind it go first, and it goes last"
    return ""


def _stopped(tx: Tx, found: Pause | None, *, changed: bool, mode: Mode) -> Stopped:
    return Stopped(
        standing=found is not None,
        changed=changed,
        since=found.at if found else None,
        by=found.actor if found else "",
        reason=found.issue.text if found and found.issue else "",
        waiting=count_items(tx.connection, states=STATES[Act.HOLD]),
        mode=mode,
    )


def _is_acknowledged(item: Item) -> bool:
    return item.ack not in {Ack.NONE, Ack.DUE, Ack.OVERDUE}


def _item(tx: Tx, item_id: int) -> Item:
    found = outbox.get(tx.connection, item_id)
    if found is None:
        raise missing(item_id)
    return found


def _job(workspace: Workspace, item: Item) -> Job | None:
    """The send channel that made the item; an answer has none."""
    connector: Connector | None = workspace.connectors.get(item.connector)
    if connector is None:
        return None
    return next((Job(connector, channel) for channel in connector.send if channel.channel == item.channel), None)
