"""Delivers claimed items: connects, tries once, and says what comes next: sent, again later, or parked for a person.

Retries over minutes and days belong to the row, where people see them; a dead partner costs only its own items.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from gateway.archive import BlobLost
from gateway.config import Connector, Workspace
from gateway.delivery.deliver import Delivery, Destination
from gateway.delivery.reach import Reach
from gateway.delivery.witness import Witness
from gateway.kernel import Clock, Issue, meter
from gateway.kernel.backoff import delay
from gateway.kernel.errors import (
    ConfigError,
    CutOff,
    GatewayError,
    HostKeyRefused,
    LeaseLost,
    LoginRefused,
    OutboundHeld,
    PolicyRefused,
    StandsStill,
    TryLater,
)
from gateway.kernel.failpoints import failpoint
from gateway.kernel.instants import in_utc
from gateway.store import Store, outbox, work
from gateway.store.outbox import Item, ItemKind, ItemState
from gateway.store.work import Work
from gateway.transports import RemotePath, shown
from gateway.transports.endpoints import Endpoints

log = structlog.get_logger()

DEAD = frozenset({ItemState.PARKED, ItemState.CONFLICT})
ENDED = DEAD | {ItemState.SENT}


BRING_BACK = "Nothing of it was sent. Bring the bytes back from the backup of the archive (gateway verify --deep names them), then"


class Broken(GatewayError):
    """A try broke off by a fault of ours: the kind of the error and its place, never its words, which may hold what is in the file."""


class Courier:
    """Brings items of one workspace to their partners."""

    def __init__(
        self,
        workspace: Workspace,
        endpoints: Endpoints,
        delivery: Delivery,
        reach: Reach,
        *,
        store: Store,
        clock: Clock,
        witness: Witness | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._workspace = workspace
        self._endpoints = endpoints
        self._delivery = delivery
        self._reach = reach
        self._store = store
        self._clock = clock
        self._witness = witness or Witness(store, clock)
        self._chance = chance

    def deliver(self, it: Work) -> ItemState | None:
        """One attempt at one item; the state it has now, or None when nothing was tried: it is somebody else's, or may not go now."""
        run = it.lease.holder
        try:
            self._reach.admit(it.connector, run=run)
        except (CutOff, StandsStill):
            work.give_back(self._store, [it.lease])  # as if it had never been claimed
            return None
        try:
            with self._witness.deciding("out.attempt", it.lease.holder) as tx:
                item = outbox.begin_attempt(tx, it.lease, it.subject, now=self._clock.now())
            state = self._attempt(it, item)
        except LeaseLost:
            meter.count(meter.LEASE_LOST, type=it.kind.value)
            self._reach.leave(it.connector, run=run)
            return None
        except OutboundHeld:
            self._reach.leave(it.connector, run=run)
            work.give_back(self._store, [it.lease])
            return None
        _measure(item, state)
        return state

    def _attempt(self, it: Work, item: Item) -> ItemState:
        began = self._clock.monotonic()
        try:
            with self._reach.heard(it.connector, run=it.lease.holder):
                connector, to = self._destination(item)
                failpoint("out.connect")
                with self._endpoints.lend(connector, item.channel) as transport:
                    self._reach.let_in(it.connector)
                    state = self._delivery.run(it.lease, item, transport, to)
        except LeaseLost:
            raise
        except PolicyRefused as error:
            return self._refused(it, item, error)
        except OutboundHeld as error:
            return self._postpone(it, item, error, due_at=self._clock.now())
        except (TryLater, ConfigError) as error:
            return self._later(it, item, error)
        except BlobLost as error:
            return self._park(it, item, Issue("GWY-17", f"{error}. {BRING_BACK}: gateway outbox retry {item.id}"[:500]))
        except Exception as error:
            log.exception("work_failed", kind=it.kind.value, subject=it.subject, connector=it.connector)
            return self._later(it, item, Broken(_kind_and_place(error)))
        took = round((self._clock.monotonic() - began) * 1000)
        told = {"state": state.value, "attempt": it.attempts, "duration_ms": took}
        if state is ItemState.SENT:
            log.info("item_delivered", **told, **_fields(item))
        else:
            log.error("item_stopped", **told, **_fields(item))  # a person must act: this is an alarm
        return state

    def _refused(self, it: Work, item: Item, error: GatewayError) -> ItemState:
        """A policy says no: where the whole endpoint is concerned its items wait, all else waits for a person."""
        if isinstance(error, LoginRefused | HostKeyRefused):
            return self._later(it, item, error)
        return self._park(it, item, Issue("GWY-12", str(error)[:500]))

    def _later(self, it: Work, item: Item, error: GatewayError) -> ItemState:
        now = self._clock.now()
        due_at = now + self._wait(it, error)
        if item.give_up_at is not None and due_at >= item.give_up_at:
            spent = Issue("GWY-13", f"not delivered until {in_utc(item.give_up_at)}; the last try said: {error}"[:500])
            return self._park(it, item, spent)
        return self._postpone(it, item, error, due_at=due_at)

    def _postpone(self, it: Work, item: Item, error: GatewayError, *, due_at: datetime) -> ItemState:
        with self._store.transaction("out.later") as tx:
            code = "GWY-18" if isinstance(error, Broken) else "GWY-11"
            outbox.retry(tx, it.lease, item.id, Issue(code, str(error)[:500]), due_at=due_at, now=self._clock.now())
        log.info("delivery_postponed", due_at=due_at.isoformat(), attempt=it.attempts, reason=str(error), **_fields(item))
        return item.state

    def _wait(self, it: Work, error: GatewayError) -> timedelta:
        """Full jitter up to the growing ceiling, never before the error's own time."""
        retry = self._workspace.settings.retry
        wait = delay(it.attempts, self._chance(), first=retry.first, cap=retry.longest)
        own = error.retry_after if isinstance(error, TryLater) else None
        return wait if own is None else max(wait, own)

    def _park(self, it: Work, item: Item, issue: Issue) -> ItemState:
        with self._store.transaction("out.later") as tx:
            outbox.park(tx, it.lease, item.id, issue, now=self._clock.now())
        log.error("item_parked", code=issue.code, reason=issue.text, **_fields(item))
        return ItemState.PARKED

    def _destination(self, item: Item) -> tuple[Connector, Destination]:
        """Where the item's channel puts its files now."""
        connector = self._workspace.connector(item.connector)
        if connector.is_mail:
            return connector, Destination(RemotePath())
        edi = connector.partner.edi
        if item.kind == ItemKind.ACKNOWLEDGEMENT and edi is not None and edi.answers is not None:
            return connector, Destination(RemotePath.of(edi.answers.folder))
        for receive in connector.receive:
            if receive.channel == item.channel and receive.answer is not None:
                return connector, Destination(RemotePath.of(receive.answer.folder))
        for send in connector.send:
            if send.channel == item.channel:
                within = send.acknowledge.within if send.acknowledge.required else None
                return connector, Destination(RemotePath.of(send.folder), within)
        raise ConfigError(
            f"channel {item.connector}/{item.channel} is not configured any more; put it back, then: gateway outbox retry {item.id}"
        )


def _kind_and_place(error: Exception) -> str:
    """What went wrong, without what is in the file: the kind of the error, the words of the system, and the line of ours."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "gateway" in Path(frame.filename).parts] or frames
    said = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return f"a fault of the gateway broke it off: {type(error).__name__}{said} at {Path(ours[-1].filename).name}:{ours[-1].lineno}"


def _measure(item: Item, state: ItemState) -> None:
    """One more try, and how it ended."""
    outcome = state.value if state in ENDED else "postponed"
    meter.count(meter.OUTBOX_ATTEMPTS, connector=item.connector, outcome=outcome)
    if state in DEAD:
        meter.count(meter.OUTBOX_DEAD, connector=item.connector)


def _fields(item: Item) -> dict[str, object]:
    cause, _, number = item.idem.partition(":")
    return {
        "connector": item.connector,
        "channel": item.channel,
        "item": item.id,
        "kind": item.kind,
        "file_name": shown(item.file_name),
        "sha256": item.sha256,
        **({"message": int(number.partition(":")[0])} if cause == "answer" else {}),
    }
