"""A PostgreSQL server of its own that stops hard, loses a process, or commits and is cut off before it could say so."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from random import Random
from types import MappingProxyType

import psycopg
from msgspec.structs import replace as changed

from gateway.store.migrations import upgrade
from tests.chaos.case import Case, Outcome, staged
from tests.chaos.faults.nodes import Crew, besiege
from tests.chaos.faults.points import Reached
from tests.chaos.peers.proxy import Proxy
from tests.chaos.robot import wait_for
from tests.chaos.stage import Stage
from tests.chaos.world import Quarry, World
from tests.own_server import OwnServer, own_server
from tests.postgres import PostgreSQL

FAMILY = "server"
TIMES = 12
"""So often in a case."""
TOWN = "town"
Trouble = Callable[[OwnServer, Proxy, Random], bool]
"""Makes trouble once; answers whether it came to that."""


def stop(server: OwnServer, proxy: Proxy, dice: Random) -> bool:
    """The server is gone without a word, and comes back after a while."""
    server.stop("immediate")
    time.sleep(dice.uniform(0.1, 1.0))
    server.start()
    return True


def kill_process(server: OwnServer, proxy: Proxy, dice: Random) -> bool:
    """One of its processes dies; the server ends all sessions and recovers."""
    with closing(_admin(server)) as admin, suppress(psycopg.Error):
        found = admin.execute("select pid from pg_stat_activity where datname = %s order by pid", (TOWN,)).fetchall()
        if not found:
            return False
        os.kill(int(dice.choice(found)[0]), signal.SIGKILL)
        admin.execute("select pg_sleep(20)")  # until the server notices, and ends this session, too
    return True


def swallow_commit(server: OwnServer, proxy: Proxy, dice: Random) -> bool:
    """A transaction is committed, and the network breaks off before its answer arrives: whoever asked cannot know."""
    proxy.swallow_after(b"COMMIT")
    struck = proxy.swallowed.wait(2)
    proxy.clear()
    time.sleep(dice.uniform(0, 0.1))
    proxy.cut(reset=dice.random() < 0.5)
    return struck


TROUBLES: Mapping[str, Trouble] = MappingProxyType(
    {"stopped hard": stop, "process killed": kill_process, "answer to a commit lost": swallow_commit}
)


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Without end on PostgreSQL, none on SQLite."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while store == "postgresql":
        number += 1
        yield _case(f"own-{number}", store, dice.randrange(1 << 30))


def _case(name: str, store: str, seed: int) -> Case:
    def prepare(quarry: Quarry, case: Case) -> Outcome:
        with own_server() as server, Proxy(server.port) as proxy:
            server.execute(f"create database {TOWN}")
            upgrade(server.url(TOWN))

            def build(world: World) -> Stage:
                here = changed(world, url=server.url(TOWN), gate=PostgreSQL(proxy.port).url(TOWN))
                here.settings()
                return Stage(here, case.seed, orders=4)

            return staged(quarry, changed(case, store="sqlite"), lambda stage: _play(stage, server, proxy, Random(case.seed)), build)

    return Case(FAMILY, name, store, seed, prepare)


def _play(stage: Stage, server: OwnServer, proxy: Proxy, dice: Random) -> None:
    """Two nodes serve; the server makes trouble now and then."""

    def blow(crew: Crew, _: int) -> None:
        time.sleep(dice.uniform(0.1, 0.6))
        kind = dice.choice(tuple(TROUBLES))
        if TROUBLES[kind](server, proxy, dice):
            stage.figures.faults[f"server: {kind}"] += 1
        assert wait_for(lambda: _answers(server), seconds=20), "the server does not come back"
        crew.replace_unborn()

    besiege(stage, 2, TIMES, blow)


def _answers(server: OwnServer) -> bool:
    """Whether it has recovered."""
    try:
        with _admin(server) as admin:
            admin.execute("select 1")
    except psycopg.Error:
        return False
    return True


def _admin(server: OwnServer) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host="127.0.0.1", port=server.port, user="gateway", dbname="postgres", autocommit=True)
