"""What a process counts about itself: exact under many threads, by labels that are all there."""

from __future__ import annotations

import threading

import pytest

from gateway.kernel import meter
from gateway.kernel.meter import Classes, Kind, Metric

LOOKS = Metric("test_looks_total", Kind.COUNTER, "Looks.", ("connector",))
DEPTH = Metric("test_depth", Kind.GAUGE, "Depth.")
TIME = Metric("test_seconds", Kind.HISTOGRAM, "Time.", ("connector",), (1.0, 2.0))


def found(metric: Metric) -> dict[tuple[str, ...], float | Classes]:
    return {it.labels: it.value for it in meter.readings() if it.metric is metric}


def test_counts_of_many_threads_are_all_there() -> None:
    def look() -> None:
        for _ in range(500):
            meter.count(LOOKS, connector="threads")

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found(LOOKS)[("threads",)] == 4000


def test_a_gauge_stands_where_it_was_put_last() -> None:
    meter.put(DEPTH, 5)
    meter.put(DEPTH, 3)
    assert found(DEPTH) == {(): 3}


def test_a_histogram_sorts_what_it_sees_upper_ends_included() -> None:
    for value in (0.5, 1.0, 1.5, 9.0):
        meter.observe(TIME, value, connector="a")
    assert found(TIME)[("a",)] == Classes([2, 1, 1], 12.0)


def test_a_time_is_seen_also_when_the_body_fails() -> None:
    with pytest.raises(ZeroDivisionError), meter.timed(TIME, connector="fails"):
        raise ZeroDivisionError
    seen = found(TIME)[("fails",)]
    assert isinstance(seen, Classes)
    assert sum(seen.counts) == 1


@pytest.mark.parametrize("labels", [{}, {"channel": "x"}, {"connector": "x", "channel": "x"}])
def test_labels_are_those_of_the_metric_and_no_others(labels: dict[str, str]) -> None:
    with pytest.raises((TypeError, KeyError)):
        meter.count(LOOKS, **labels)


@pytest.mark.parametrize("metric", meter.METRICS, ids=lambda metric: metric.name)
def test_a_name_says_what_kind_of_number_it_is(metric: Metric) -> None:
    assert metric.name.startswith("gateway_")
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert (metric.kind is Kind.HISTOGRAM) == bool(metric.bounds)
    assert metric.bounds == tuple(sorted(metric.bounds))
    assert not {"file", "file_name", "po_number", "order", "message"} & set(metric.labels)
