"""A database that misbehaves: sessions ended, statements cancelled, tables locked, nothing writable for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from random import Random
from types import MappingProxyType

import psycopg
from sqlalchemy.engine import make_url

from tests.chaos.case import Case, Outcome, staged
from tests.chaos.faults.nodes import Crew, besiege
from tests.chaos.faults.points import Reached
from tests.chaos.stage import Stage
from tests.chaos.world import Quarry, World

FAMILY = "postgres"
TIMES = 10
"""So often in a case."""
Trouble = Callable[[psycopg.Connection[tuple[object, ...]], str, Random], object]


def terminate(admin: psycopg.Connection[tuple[object, ...]], database: str, dice: Random) -> None:
    """Every session of the gateway is ended by the server."""
    admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (database,))


def terminate_one(admin: psycopg.Connection[tuple[object, ...]], database: str, dice: Random) -> None:
    """One session is ended in whatever it does."""
    found = admin.execute("select pid from pg_stat_activity where datname = %s order by pid", (database,)).fetchall()
    if found:
        admin.execute("select pg_terminate_backend(%s)", dice.choice(found))


def cancel(admin: psycopg.Connection[tuple[object, ...]], database: str, dice: Random) -> None:
    """Whatever statement runs is cancelled."""
    admin.execute("select pg_cancel_backend(pid) from pg_stat_activity where datname = %s", (database,))


def read_only(admin: psycopg.Connection[tuple[object, ...]], database: str, dice: Random) -> None:
    """New sessions may not write for a moment, as on a standby."""
    admin.execute(f"alter database {database} set default_transaction_read_only = on")
    terminate(admin, database, dice)
    time.sleep(dice.uniform(0.1, 0.4))
    admin.execute(f"alter database {database} reset default_transaction_read_only")
    terminate(admin, database, dice)


def lock_table(admin: psycopg.Connection[tuple[object, ...]], database: str, dice: Random) -> None:
    """Somebody locks a table of ours for a moment, as a careless script does."""
    info = admin.info
    with psycopg.connect(host=info.host, port=info.port, user=info.user, dbname=database) as other, other.transaction():
        other.execute(f"lock table {dice.choice(('work', 'outbox', 'order_key', 'message'))} in access exclusive mode")
        time.sleep(dice.uniform(0.1, 0.5))


TROUBLES: Mapping[str, Trouble] = MappingProxyType(
    {"terminate": terminate, "terminate one": terminate_one, "cancel": cancel, "read only": read_only, "lock": lock_table}
)


def cases(store: str, seed: int, reached: Reached) -> Iterator[Case]:
    """Without end on PostgreSQL, none on SQLite."""
    dice = Random(f"{FAMILY} {store} {seed}")
    number = 0
    while store == "postgresql":
        number += 1
        yield _case(f"server-{number}", store, dice.randrange(1 << 30))


def _case(name: str, store: str, seed: int) -> Case:
    def prepare(quarry: Quarry, case: Case) -> Outcome:
        def build(world: World) -> Stage:
            return Stage(world, case.seed, orders=8)

        return staged(quarry, case, lambda stage: _play(stage, Random(case.seed)), build)

    return Case(FAMILY, name, store, seed, prepare)


def _play(stage: Stage, dice: Random) -> None:
    """Two nodes serve; the database makes trouble now and then."""
    url = make_url(stage.world.url)
    with psycopg.connect(host=url.host, port=url.port, user=url.username, dbname="postgres", autocommit=True) as admin:

        def blow(crew: Crew, _: int) -> None:
            time.sleep(dice.uniform(0.05, 0.6))
            kind = dice.choice(tuple(TROUBLES))
            with suppress(psycopg.Error):
                TROUBLES[kind](admin, str(url.database), dice)
                stage.figures.faults[f"database: {kind}"] += 1
            crew.replace_unborn()

        besiege(stage, 2, TIMES, blow)
