"""The job *Completed Order Private Data Purge* (sdf 7.2): old sales orders lose their personal data, all their purchase orders together.

It goes on where it was when it is stopped or killed; what is left of an unfinished run is done by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from gateway.domain import privacy as rules
from gateway.domain.history import SYSTEM
from gateway.kernel import Issue
from gateway.privacy import drafts
from gateway.privacy.erase import Kit, erase, erase_each, told
from gateway.privacy.scrub import scrub
from gateway.store import Tx, erasing, privacy_drafts, privacy_files, privacy_log, privacy_rows
from gateway.store.privacy_log import Run, RunState
from gateway.store.privacy_rows import Group

log = structlog.get_logger()
GROUPS = 500
"""Sales orders that are looked for at once."""
ORDERS = 20
"""Sales orders that lose their data in one transaction."""
FILES = 100
REASON = "retention"


class Purged(Struct, frozen=True, kw_only=True):
    """What a run did; no run at all while another one works."""

    run: int | None
    state: RunState | None
    done: int = 0
    """Purchase orders that lost their data."""
    failed: int = 0
    files: int = 0
    """Files whose bytes went."""
    waiting: int = 0
    """Files that go once they are sent or read."""
    issue: Issue | None = None
    """The first reason why something failed."""


def purge(kit: Kit, *, actor: str = SYSTEM, stopping: Callable[[], bool] = lambda: False, each: int = ORDERS) -> Purged:
    """Erase what is older than the organization's retention, `each` sales orders at a time; `stopping` pauses it between two steps."""
    store, clock = kit.tools.store, kit.tools.clock
    days = kit.organization.retention_days
    run = store.attempt(lambda tx: privacy_log.begin(tx, actor=actor, retention_days=days, now=clock.now()), at="desk.act")
    if run is None:
        return Purged(run=None, state=None)
    log.info("purge_began", run=run.id, cutoff=run.cutoff.isoformat(), reached=run.reached)
    why: list[str] = []
    try:
        paused = any(stopping() for _ in _steps(kit, run, why, each))
        scrubbed = None if paused else scrub(kit)
    except Exception as error:
        _end(kit, run, RunState.ERROR, told(error))
        raise
    if scrubbed is not None:
        store.attempt(lambda tx: privacy_log.advance(tx, run.id, now=clock.now(), files=scrubbed.done))
    with store.reading() as connection:
        so_far = privacy_log.get(connection, run.id)
    state = RunState.PAUSED if paused else RunState.FAILED if so_far.failed else RunState.SUCCESS
    issue = _end(kit, run, state, why[0] if why else "")
    waiting = 0 if scrubbed is None else scrubbed.waiting
    log.info("purge_ended", run=run.id, state=state.value, done=so_far.done, failed=so_far.failed, files=so_far.files, waiting=waiting)
    return Purged(run=run.id, state=state, done=so_far.done, failed=so_far.failed, files=so_far.files, waiting=waiting, issue=issue)


def _steps(kit: Kit, run: Run, why: list[str], each: int) -> Iterator[None]:
    """Each is a transaction; whoever looks may stop between them."""
    reached = run.reached
    while groups := _due(kit, run.cutoff, reached):
        for at in range(0, len(groups), each):
            some = groups[at : at + each]
            reached = some[-1].first
            _erase_groups(kit, run, some, why)
            yield
    drafts.purge(kit, run.cutoff, actor=run.actor, reason=REASON, run_id=run.id)
    yield
    after = 0
    while found := _old_files(kit, run.cutoff, after):
        after = found[-1].id
        _drop(kit, run, [it.id for it in found], [it.key for it in found])
        yield


def _due(kit: Kit, cutoff: datetime, after: int) -> list[Group]:
    with kit.tools.store.reading() as connection:
        return privacy_rows.due_groups(connection, cutoff=cutoff, after=after, most=GROUPS)


def _erase_groups(kit: Kit, run: Run, groups: Sequence[Group], why: list[str]) -> None:
    """All in one transaction; when that cannot be, sales order by sales order, so that a bad one stands alone."""
    store, clock, reached = kit.tools.store, kit.tools.clock, groups[-1].first
    with store.reading() as connection:
        found = privacy_rows.members(connection, {(it.org, it.sales_order) for it in groups})
    chosen = [[it.id for it in members] for members in found.values() if rules.is_due(members, cutoff=run.cutoff)]
    ids = [order_id for members in chosen for order_id in members]
    common = {"actor": run.actor, "reason": REASON, "run_id": run.id}
    counted = sum(not it.is_erased for members in found.values() for it in members if it.id in set(ids))

    def advance(tx: Tx) -> None:
        privacy_log.advance(tx, run.id, now=clock.now(), reached=reached, done=counted)

    try:
        if ids:
            erase(kit, ids, **common, then=advance)  # type: ignore[arg-type]  # what it takes
            return
        done, failed, said = 0, 0, ""
    except Exception:  # noqa: BLE001 - whatever one of them raises concerns that one alone
        done, failed, said = erase_each(kit, chosen, **common)  # type: ignore[arg-type]  # the same
    if said:
        why.append(said)
        log.error("purge_failed_for_orders", run=run.id, failed=failed, reason=said)
    store.attempt(lambda tx: privacy_log.advance(tx, run.id, now=clock.now(), reached=reached, done=done, failed=failed))


def _old_files(kit: Kit, cutoff: datetime, after: int) -> list[privacy_rows.OldFile]:
    with kit.tools.store.reading() as connection:
        return privacy_rows.old_files(connection, cutoff=cutoff, after=after, most=FILES)


def _drop(kit: Kit, run: Run, message_ids: list[int], keys: list[str]) -> None:
    """Nothing is left of files from before the cutoff whose orders have no data any more, or that never became an order."""

    def act(tx: Tx) -> None:
        now = kit.tools.clock.now()
        erasing.mask_receipts(tx, message_ids)
        privacy_files.due(tx, keys, now=now, whole=True)
        answers = privacy_files.carriers(tx.connection, (), message_ids)
        privacy_files.due(tx, [it.key for it in answers], now=now)
        privacy_log.advance(tx, run.id, now=now)

    kit.tools.store.attempt(act, at="desk.act")


def _end(kit: Kit, run: Run, state: RunState, why: str) -> Issue | None:
    issue = Issue("GWY-30", why[:500]) if why else None
    kit.tools.store.attempt(lambda tx: privacy_log.end(tx, run.id, state, now=kit.tools.clock.now(), issue=issue))
    return issue


def plan(kit: Kit) -> tuple[str, ...]:
    """The sales orders that a run would erase now, each with its purchase orders; the first ones, and drafts by hand."""
    cutoff = kit.tools.clock.now() - timedelta(days=kit.organization.retention_days)
    groups = _due(kit, cutoff, 0)
    with kit.tools.store.reading() as connection:
        found = privacy_rows.members(connection, {(it.org, it.sales_order) for it in groups})
        old = privacy_drafts.old(connection, cutoff=cutoff)
    orders = [
        f"sales order {name} ({', '.join(it.number for it in members)})"
        for (_, name), members in found.items()
        if rules.is_due(members, cutoff=cutoff)
    ]
    return (*orders, *(f"draft {it.number}{'' if it.is_cancelled else ', which is open and ends'}" for it in old))
