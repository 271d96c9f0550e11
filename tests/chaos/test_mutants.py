"""Defects put into the product on purpose are seen, each by the day that is made for it; without the defect the same day ends well."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from gateway.store import Durability, Store, outbox_acts
from tests.chaos import ledger, life
from tests.chaos.days import plain
from tests.chaos.findings import Invariant, Verdict
from tests.chaos.mutants import MUTANTS
from tests.chaos.robot import wait_for
from tests.chaos.stage import Stage, Strike, Stuck
from tests.chaos.world import LEASE, Quarry

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
Play = Callable[[Stage], None]


def killed(*strikes: Strike, power_cuts: bool = False) -> Play:
    """A plain day with these strikes."""

    def play(stage: Stage) -> None:
        if power_cuts:
            stage.fate = replace(stage.fate, has_power_cuts=True)
        for strike in reversed(strikes):
            stage.strike_first(strike)
        plain(stage)

    return play


def collected_at_once(stage: Stage) -> None:
    """A node dies after its rename, and the partner takes the file before the next node looks."""
    stage.robot.hasty = True
    stage.robot.watch()
    stage.strike_first(Strike("out.rename.after", 2))
    plain(stage)
    stage.robot.rest()


def replaced_while_it_is_recorded(stage: Stage) -> None:
    """The sender puts another file under the same name between our reading and our record."""
    first, second, *_ = stage.truth.morning
    stage.robot.offer(first)
    with life.begin(stage.world, replace(stage.fate, points="in.record.before_commit:1:stop")) as reader:
        assert wait_for(lambda: _is_stopped(reader.pid), seconds=30)
        stage.robot.offer(replace(second, name=first.name))
        reader.signal(signal.SIGCONT)
        reader.end()
    plain(_without(stage, first.name, second.name))


def sent_again_while_a_zombie_sleeps(stage: Stage) -> None:
    """A node falls asleep after its rename; another notes the file as sent, a person offers it again, and the sleeper wakes."""
    for offer in stage.truth.morning:
        stage.robot.offer(offer)
    with life.begin(stage.world, replace(stage.fate, points="out.rename.after:1:stop")) as sleeper:
        assert wait_for(lambda: _is_stopped(sleeper.pid), seconds=30)
        stage.robot.act()
        asleep = _blessed(stage)
        assert _sent_by_another(stage, asleep)
        store = Store(stage.world.url, durability=Durability.UNCHECKED)
        with store.transaction() as tx:
            outbox_acts.offer_again(tx, asleep, actor="op", now=datetime.now(UTC), reason="the vendor lost it")
        store.close()
        sleeper.signal(signal.SIGCONT)
        sleeper.end()
    plain(_without(stage, *(offer.name for offer in stage.truth.morning)))


def longer_than_a_lease(stage: Stage) -> None:
    """Two nodes, and a chunk of documents that takes longer than a lease."""
    for offer in stage.truth.morning:
        stage.robot.offer(offer)
    stage.robot.hasty = True
    with ExitStack() as stack:
        fate = replace(stage.fate, act="serve", points=f"in.apply.begin:1+:sleep:{LEASE * 2}")
        nodes = [stack.enter_context(life.begin(stage.world, replace(fate, node=f"node-{number}"))) for number in (1, 2)]
        is_booked = wait_for(lambda: _count(stage, "select count(*) from message where state = 'booked'") > 0, seconds=LEASE * 12)
        for node in nodes:
            node.kill()
            node.end()
    if not is_booked:
        raise Stuck("nothing was booked in the time of twelve leases")
    stage.fate = replace(stage.fate, mutant="")
    plain(_without(stage, *(offer.name for offer in stage.truth.morning)))


DAYS: dict[str, tuple[Play, str]] = {
    "mark before apply": (killed(Strike("in.apply.begin", 2)), "sqlite"),
    "apply without fence": (sent_again_while_a_zombie_sleeps, "postgresql"),
    "settle by delete": (replaced_while_it_is_recorded, "sqlite"),
    "bless omitted": (collected_at_once, "sqlite"),
    "no fsync before publish": (killed(Strike("in.record.after_commit"), power_cuts=True), "sqlite"),
    "no fsync of the journal": (killed(Strike("out.done.after_commit"), power_cuts=True), "sqlite"),
    "number outside the transaction": (killed(Strike("out.number.taken")), "sqlite"),
    "quarantine in its own transaction": (killed(Strike("in.refuse.after_commit")), "sqlite"),
    "retry renders again": (killed(Strike("out.upload.stat")), "sqlite"),
    "duplicate by name": (plain, "sqlite"),
    "lease without heartbeat": (longer_than_a_lease, "postgresql"),
}


CAUGHT: dict[str, tuple[Invariant, str] | str] = {
    "mark before apply": (Invariant.I1, "lost"),
    "apply without fence": (Invariant.I5, "sent in round 2 and was seen 1 times"),
    "settle by delete": (Invariant.I4, "was offered and is in no message"),
    "bless omitted": (Invariant.I5, "appeared 2 times in 1 rounds"),
    "no fsync before publish": (Invariant.I4, "its bytes are not in the archive"),
    "no fsync of the journal": (Invariant.I5, "stands in no journal"),
    "number outside the transaction": (Invariant.I7, "were numbered"),
    "quarantine in its own transaction": (Invariant.I4, "has 0 answers"),
    "retry renders again": (Invariant.I5, "was seen with other bytes than the recorded ones"),
    "duplicate by name": (Invariant.I4, "was offered and is in no message"),
    "lease without heartbeat": "nothing was booked in the time of twelve leases",
}
"""How each shows: what is found against which invariant, or why nothing comes to rest."""


@pytest.fixture(params=sorted(MUTANTS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_mutant_has_its_day() -> None:
    assert DAYS.keys() == CAUGHT.keys() == MUTANTS.keys()


def test_the_day_ends_well_without_the_mutant(quarry: Quarry, name: str) -> None:
    with played(quarry, name, mutant="") as verdict:
        assert verdict.findings == ()


def test_the_mutant_is_caught_for_what_it_does(quarry: Quarry, name: str) -> None:
    expected = CAUGHT[name]
    if isinstance(expected, str):
        with pytest.raises(Stuck, match=expected), played(quarry, name, mutant=name):
            pass
    else:
        with played(quarry, name, mutant=name) as verdict:
            invariant, words = expected
            assert any(words in finding.text for finding in verdict.against(invariant)), verdict.findings


@contextmanager
def played(quarry: Quarry, name: str, *, mutant: str) -> Iterator[Verdict]:
    play, store = DAYS[name]
    with quarry.world(store) as world:
        stage = Stage(world, 23, mutant=mutant)
        if mutant:
            stage.patience = LEASE * 4  # what it breaks stays broken
        play(stage)
        yield stage.verdict()


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def _without(stage: Stage, *names: str) -> Stage:
    """The rest of the day: what was offered already is not offered again."""
    stage.truth.morning = [offer for offer in stage.truth.morning if offer.name not in names]
    return stage


def _blessed(stage: Stage) -> int:
    return _count(stage, "select id from outbox where state = 'blessed'")


def _is_sent(stage: Stage, item: int) -> bool:
    return _count(stage, f"select count(*) from outbox where id = {item} and state = 'sent'") == 1


def _sent_by_another(stage: Stage, item: int) -> bool:
    """Another node finds the name gone, and notes it."""
    until = time.monotonic() + 30
    while not _is_sent(stage, item) and time.monotonic() < until:
        life.lived(stage.world, stage.fate)
    return _is_sent(stage, item)


def _count(stage: Stage, statement: str) -> int:
    with ledger.connected(stage.world) as connection:
        return int(connection.execute(text(statement)).scalar_one())
