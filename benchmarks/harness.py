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
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from statistics import median

from msgspec import Struct

Work = Callable[[], object]
Setup = Callable[[], Work]
"""Prepares without being measured and answers the work that is."""


IDLE = 0.01
"""Seconds of processor time below which a yardstick only waits."""


class Sample(Struct, frozen=True):
    """One run of one variant: wall clock, processor time, growth of resident memory, and what the work answered."""

    seconds: float
    cpu: float
    megabytes: float
    answer: object = None


class Lapse(Struct, frozen=True):
    """The answer of a work that takes the time of a part of itself."""

    seconds: float


class Measure(StrEnum):
    """What of a run is compared."""

    TIME = "seconds"
    MEMORY = "megabytes"
    ANSWER = "answer"


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
    of: Measure = Measure.TIME


class Contest(Struct, frozen=True, kw_only=True):
    """Variants on the same input, and the figures taken from them. `items` is what the variants say they have done."""

    title: str
    variants: Mapping[str, Setup]
    figures: tuple[Figure, ...]
    rounds: int | None = None


class Result(Struct, frozen=True, kw_only=True):
    """A figure as measured; `best` is the ratio of the best runs, `cpu` that of processor time, which a busy disk does not touch.

    `shown` is what the variant did in a second or held in memory.
    """

    figure: Figure
    value: float
    best: float
    cpu: float | None = None
    shown: str = ""

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
    ours = [_measured_as(figure.of, sample) for sample in samples[figure.ours]]
    shown = _shown(figure.of, samples[figure.ours])
    if not figure.yardstick:
        return Result(figure=figure, value=median(ours), best=min(ours), shown=shown)
    theirs = [_measured_as(figure.of, sample) for sample in samples[figure.yardstick]]
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    both = zip(samples[figure.ours], samples[figure.yardstick], strict=True)
    is_work = figure.of is Measure.TIME and all(sample.cpu > IDLE for sample in samples[figure.yardstick])  # a wait uses none
    cpu = median([mine.cpu / other.cpu for mine, other in both]) if is_work else None
    return Result(figure=figure, value=median(ratios), best=min(ours) / min(theirs), cpu=cpu, shown=shown)


def _measured_as(measure: Measure, sample: Sample) -> float:
    """Seconds, or megabytes, of which one more or less is the allocator's affair, or the number that was answered."""
    if measure is Measure.ANSWER:
        return float(sample.answer) if isinstance(sample.answer, int) else float("nan")
    return sample.seconds if measure is Measure.TIME else max(sample.megabytes, 1.0)


def _shown(measure: Measure, samples: Sequence[Sample]) -> str:
    """How much the variant did in a second where it told how much it did, or what it held."""
    if measure is Measure.ANSWER:
        return ""
    if measure is Measure.MEMORY:
        return f"{median(sample.megabytes for sample in samples):.1f} MB"
    done = samples[0].answer
    return f"{done / median(sample.seconds for sample in samples):,.0f}/s" if isinstance(done, int) and done else ""


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
    if isinstance(answer, Lapse):
        seconds, answer = answer.seconds, None
    return seconds, used, max(_resident("VmHWM") - before, 0.0), answer


def _forget_peak() -> None:
    """Let the kernel count the peak of resident memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


def _resident(name: str) -> float:
    """Resident memory now (VmRSS) or at most so far (VmHWM), in MB."""
    lines: Iterable[str] = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024
