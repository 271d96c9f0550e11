"""Threads are shared among partners: nobody has more than its share, nobody has all, and who hangs is relieved."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gateway.kernel import FixedClock
from gateway.runtime.crew import Crew
from gateway.runtime.shares import Shares
from gateway.runtime.visits import Visit, Visits

PATIENT = 60.0
"""Bound of every wait: only a fault reaches it."""


def shares(width: int = 4, *, suspects: tuple[str, ...] = (), clock: FixedClock | None = None, **most: int) -> Shares:
    clock = clock or FixedClock(datetime(2026, 11, 21, tzinfo=UTC))
    return Shares(clock, most, width=width, suspect=lambda name: name in suspects)


def test_nobody_has_more_than_its_share() -> None:
    some = shares(redpanda=2, anvil=2)
    some.take("redpanda")
    assert some.full() == set()
    second = some.take("redpanda")
    assert some.full() == {"redpanda"}
    some.give("redpanda", second)
    assert some.full() == set()


def test_nobody_has_all_the_threads_however_great_its_share() -> None:
    some = shares(2, redpanda=5)
    some.take("redpanda")
    assert some.full() == {"redpanda"}


def test_what_takes_long_leaves_room_for_the_next_of_the_same_partner_up_to_its_share() -> None:
    clock = FixedClock(datetime(2026, 11, 21, tzinfo=UTC))
    some = shares(2, clock=clock, redpanda=2)
    some.take("redpanda")
    clock.advance(timedelta(seconds=2))
    assert some.full() == set()
    some.take("redpanda")
    clock.advance(timedelta(seconds=2))
    assert some.full() == {"redpanda"}


def test_who_has_failed_lately_has_one_thread_until_it_is_reached() -> None:
    some = shares(suspects=("redpanda",), redpanda=3, anvil=3)
    some.take("redpanda")
    some.take("anvil")
    assert some.full() == {"redpanda"}


class Work:
    """Steps for a crew: each waits at its own gate; how many are under way, and how many ever began."""

    def __init__(self) -> None:
        self.gates: list[threading.Event] = []
        self.changed = threading.Condition()
        self.left = 0

    def step(self) -> int:
        with self.changed:
            if not self.left:
                return 0
            self.left -= 1
            gate = threading.Event()
            self.gates.append(gate)
            self.changed.notify_all()
        gate.wait(PATIENT)
        return 1

    def rest(self, seen: int) -> int:
        with self.changed:
            self.changed.wait(0.01)
        return seen


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def until(true: Callable[[], bool], *, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Until it is so; bounded."""
    end = time.monotonic() + PATIENT
    tick = threading.Event()
    while not true():
        assert time.monotonic() < end
        meanwhile()
        tick.wait(0.005)


def test_threads_that_hang_are_relieved_up_to_a_bound_and_the_surplus_goes_when_they_are_back(stop: threading.Event) -> None:
    work = Work()
    work.left = 100
    crew = Crew("test", work.step, work.rest, width=2, most=5, stop=stop, patience=0.02)
    try:
        until(lambda: len(work.gates) == 5, meanwhile=crew.relieve)
        for _ in range(3):
            crew.relieve()
        assert len(work.gates) == 5
        with work.changed:
            work.left = 0
        for gate in work.gates:
            gate.set()
        until(lambda: len(crew._since) == 2)
    finally:
        stop.set()
        for gate in work.gates:
            gate.set()
        assert crew.join(seconds=PATIENT)


def test_threads_at_rest_are_not_relieved(stop: threading.Event) -> None:
    work = Work()
    crew = Crew("test", work.step, work.rest, width=2, most=5, stop=stop, patience=0.0)
    until(lambda: crew._numbers >= 2, meanwhile=crew.relieve)
    for _ in range(20):
        crew.relieve()
    assert len(crew._since) <= 5
    stop.set()
    assert crew.join(seconds=PATIENT)


class Diary:
    """What was visited, in order."""

    def __init__(self, visits: Visits) -> None:
        self.visits = visits
        self.done: list[str] = []

    def look(self, key: str) -> Visit:
        return Visit(key, key.partition("/")[0], lambda: self.done.append(key))


def test_a_visit_asked_for_twice_is_made_once() -> None:
    diary = Diary(Visits(shares(redpanda=1)))
    for _ in range(3):
        diary.visits.ask(diary.look("redpanda/orders"))
    assert [diary.visits.step() for _ in range(3)] == [1, 0, 0]


def test_the_clock_does_not_ask_again_for_what_is_going_on_but_an_event_does() -> None:
    visits = Visits(shares(redpanda=2))
    diary = Diary(visits)

    def act() -> None:
        visits.ask(visit)
        assert visits.step() == 0
        visits.ask_again(visit)
        assert visits.step() == 0  # never twice at the same time
        diary.done.append("first")

    visit = Visit("redpanda/orders", "redpanda", act)
    visits.ask(visit)
    visits.step()
    assert list(visits._waiting) == ["redpanda/orders"]


def test_a_partner_whose_share_is_used_up_is_passed_over() -> None:
    visits = Visits(shares(redpanda=1, anvil=1))
    diary = Diary(visits)
    order: list[str] = []

    def hang() -> None:
        visits.ask(diary.look("redpanda/invoices"))
        visits.ask(diary.look("anvil/orders"))
        while visits.step():
            pass
        order.extend(diary.done)

    visits.ask(Visit("redpanda/orders", "redpanda", hang))
    while visits.step():
        pass
    assert order == ["anvil/orders"]
    assert diary.done == ["anvil/orders", "redpanda/invoices"]


def test_a_visit_that_fails_gives_its_share_back() -> None:
    visits = Visits(shares(redpanda=1))

    def fail() -> None:
        raise ValueError("a bug")

    visits.ask(Visit("redpanda/orders", "redpanda", fail))
    with pytest.raises(ValueError, match="a bug"):
        visits.step()
    visits.ask(Visit("redpanda/orders", "redpanda", lambda: None))
    assert visits.step() == 1
