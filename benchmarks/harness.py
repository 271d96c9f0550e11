"""Side by side: every variant runs in a forked child of its own, round by round in turn, and ratios are taken inside a round.

A slow spell of the machine hits all variants of a round alike; the median over the rounds is the figure.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median

from msgspec import Struct

Work = Callable[[], object]
Setup = Callable[[], Work]
"""Prepares without being measured and answers the work that is."""


class Sample(Struct, frozen=True):
    """One run of one variant: wall clock, processor time, growth of resident memory, and what the work answered."""

    seconds: float
    cpu: float
    megabytes: float
    answer: object = None


class Failed(Exception):
    """A variant raised; the text is its traceback."""


class Figure(Struct, frozen=True, kw_only=True):
    """One line of the table: a variant against its yardstick, lower is better.

    Without a yardstick the figure is the variant's growth of memory in MB.
    """

    name: str
    title: str
    ours: str
    goal: float
    stretch: float
    yardstick: str = ""
    unit: str = "ratio"
    of: Callable[[Sample], float] = lambda sample: sample.seconds


class Contest(Struct, frozen=True, kw_only=True):
    """Variants on the same input, and the figures taken from them. `items` is what the variants say they have done."""

    title: str
    variants: Mapping[str, Setup]
    figures: tuple[Figure, ...]
    rounds: int | None = None


class Result(Struct, frozen=True, kw_only=True):
    """A figure as measured; `best` is the ratio of the best runs, `rate` what the variant did in a second."""

    figure: Figure
    value: float
    best: float
    rate: float | None = None

    @property
    def is_met(self) -> bool:
        return self.value <= self.figure.goal


def hold(contest: Contest, *, rounds: int) -> list[Result]:
    """Run the variants that the figures need, in turn, and take the figures."""
    needed = {name for figure in contest.figures for name in (figure.ours, figure.yardstick) if name}
    variants = {name: setup for name, setup in contest.variants.items() if name in needed}
    samples: dict[str, list[Sample]] = {name: [] for name in variants}
    for _ in range(min(rounds, contest.rounds or rounds)):
        for name, setup in variants.items():
            samples[name].append(run_apart(setup))
    return [result(figure, samples) for figure in contest.figures]


def result(figure: Figure, samples: Mapping[str, list[Sample]]) -> Result:
    """The median of the per-round ratios, and the ratio of the best runs beside it."""
    ours = [figure.of(sample) for sample in samples[figure.ours]]
    answer = samples[figure.ours][0].answer
    rate = answer / median(sample.seconds for sample in samples[figure.ours]) if isinstance(answer, int) and answer else None
    if not figure.yardstick:
        return Result(figure=figure, value=median(ours), best=min(ours), rate=rate)
    theirs = [figure.of(sample) for sample in samples[figure.yardstick]]
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return Result(figure=figure, value=median(ratios), best=min(ours) / min(theirs), rate=rate)


def run_apart(setup: Setup) -> Sample:
    """One run in a forked child: no shared garbage, no warm cache of a neighbour, a memory peak of its own."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _run_and_tell(setup, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        heard = told.read()
    os.waitpid(child, 0)
    if not heard:
        raise Failed("the child died without a word")
    answer = pickle.loads(heard)  # noqa: S301 - our own child wrote it
    if isinstance(answer, str):
        raise Failed(answer)
    return Sample(*answer)


def _run_and_tell(setup: Setup, writing: int) -> None:
    """The child's whole life."""
    told: object
    try:
        told = _measured(setup)
    except BaseException:  # noqa: BLE001 - whatever happens in the child is the parent's to report
        told = traceback.format_exc()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(pickle.dumps(told))
    sys.stdout.flush()
    os._exit(0)


def _measured(setup: Setup) -> tuple[float, float, float, object]:
    work = setup()
    gc.collect()
    gc.freeze()  # as the gateway does after its start
    before = _resident("VmRSS")
    _forget_peak()
    cpu, clock = time.process_time(), time.perf_counter()
    answer = work()
    seconds, used = time.perf_counter() - clock, time.process_time() - cpu
    return seconds, used, max(_resident("VmHWM") - before, 0.0), answer


def _forget_peak() -> None:
    """Let the kernel count the peak of resident memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


def _resident(name: str) -> float:
    """Resident memory now (VmRSS) or at most so far (VmHWM), in MB."""
    lines: Iterable[str] = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024
