"""The two ways to play: beside a serving node until somebody stops it, and a demo, which ends by itself with an audit."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy import func, select

from gateway.app import Gateway, open_gateway
from gateway.config import SftpEndpoint, Workspace
from gateway.config.secrets import VARIABLE
from gateway.config.settings import PREFIX
from gateway.runtime import Node, Summary
from gateway.simulator.audit import Audit, audit
from gateway.simulator.cast import gather_cast, open_servers, prepare, serve_partner, simulated
from gateway.simulator.play import Pace, Play, endless, only_one_play
from gateway.simulator.stage import Script, move_to_port, read_script, write_script
from gateway.simulator.story import Story
from gateway.store import Store, tables
from gateway.store.messages import MessageState
from gateway.store.outbox import ItemState
from gateway.store.work import Kind

Say = Callable[[str], object]

EVERYDAY = Pace(rest=15.0, patience=90.0, hesitation=300.0)
"""Somebody who looks around has time to approve a held invoice first."""
HURRIED = Pace(rest=0.0, patience=float("inf"), hesitation=1.0)
STUCK = 90.0
"""Seconds without any news after which a demo is given up."""
SEED = 1


class Ended(Struct, frozen=True):
    """How a demo ended: stopped by somebody, or audited."""

    script: Script
    audit: Audit | None
    seconds: float


@contextmanager
def accompanied(workspace: Workspace, say: Say) -> Iterator[tuple[Gateway, Node]]:
    """An open gateway and its node, with its simulated partners at play beside the body, which serves it."""
    with _opened(workspace) as (gateway, script):
        node = gateway.node()
        play = _play(gateway, script, say, EVERYDAY, is_over=endless)
        with play.on(node.stop):
            yield gateway, node
    if play.failure is not None:
        raise play.failure


def one_round(workspace: Workspace, say: Say) -> Summary:
    """The gateway does what is to be done; then its simulated partners look into their folders and answer, for the next round."""
    with _opened(workspace) as (gateway, script):
        play = _play(gateway, script, say, EVERYDAY, is_over=endless)
        summary = gateway.node().once()
        play.answer()
        return summary


@contextmanager
def _opened(workspace: Workspace) -> Iterator[tuple[Gateway, Script]]:
    """The workspace with everything its simulated partners need, their servers up; an endless script is begun where none is."""
    with only_one_play(workspace), ExitStack() as stack:
        prepare(workspace)
        workspace.require_secrets(*workspace.enabled)
        stack.enter_context(open_servers(workspace))
        script = read_script(workspace.paths.root) or Script(seed=SEED, orders=None)
        write_script(workspace.paths.root, script)
        yield stack.enter_context(open_gateway(workspace)), script


def perform_demo(folder: Path, say: Say, *, ready: Callable[[Node], object]) -> Ended:
    """Play the script of a demo's workspace to its end, from wherever it stands; `ready` gets the node before it serves."""
    _shut_the_environment_out()
    began = time.monotonic()
    workspace = Workspace.load(folder)
    script = read_script(folder) or Script(seed=SEED, orders=None)
    with only_one_play(workspace), ExitStack() as stack:
        prepare(workspace)
        for connector in simulated(workspace):
            if isinstance(connector.endpoint, SftpEndpoint):
                server = stack.enter_context(serve_partner(workspace, connector, connector.endpoint, port=0))
                move_to_port(folder, connector.connector, server.port)
        workspace = Workspace.load(folder)
        workspace.require_secrets(*workspace.enabled)
        gateway = stack.enter_context(open_gateway(workspace))
        node = gateway.node()
        ready(node)
        play = _play(gateway, script, say, HURRIED, is_over=_has_ended)
        with play.on(node.stop):
            node.serve()
        if play.failure is not None:
            raise play.failure
        result = audit(gateway, play.cast, play.open_matters()) if play.has_ended else None
    return Ended(script, result, time.monotonic() - began)


def _play(gateway: Gateway, script: Script, say: Say, pace: Pace, *, is_over: Callable[[Play], bool]) -> Play:
    cast = gather_cast(gateway.workspace, seed=script.seed, most=script.orders, today=_today)
    return Play(gateway, cast, Story(gateway.store, say), pace, is_over=is_over)


def _has_ended(play: Play) -> bool:
    """Whether everybody is content and nothing is under way; or nothing has moved for so long that it never will."""
    if time.monotonic() - play.moved_at > STUCK:
        return True
    return not play.open_matters() and _is_quiet(play.store)


def _is_quiet(store: Store) -> bool:
    """Whether no file is undecided or undelivered, and nothing waits to be told."""
    message, outbox, change, work = tables.message.c, tables.outbox.c, tables.change.c, tables.work.c
    busy = (
        select(func.count()).where(message.state == MessageState.RECEIVED),
        select(func.count()).where(outbox.state.in_([ItemState.WAITING, ItemState.BLESSED])),
        select(func.count()).where(change.seq.is_(None)),
        select(func.count()).where(work.kind.in_([Kind.BOOK, Kind.BULK, Kind.ANSWER, Kind.DELIVER])),
    )
    with store.reading() as connection:
        return not any(connection.execute(statement).scalar_one() for statement in busy)


def _today() -> date:
    return datetime.now(UTC).date()


def _shut_the_environment_out() -> None:
    """A demo is its folder and nothing else: no database and no secret of the surroundings."""
    for name in list(os.environ):
        if name.startswith(VARIABLE) or (name.startswith(PREFIX) and "__" in name and not name.startswith(f"{PREFIX}LOG__")):
            del os.environ[name]
