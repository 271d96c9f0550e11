"""The numbers of this process and of its store in the words of Prometheus. prometheus-client is used here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from gateway import __version__
from gateway.desk.expectations import expecting
from gateway.desk.jobs import JobState
from gateway.kernel import meter
from gateway.kernel.errors import GatewayError
from gateway.kernel.meter import Classes, Kind, Metric
from gateway.store import alarms
from gateway.store.nodes import recently
from gateway.store.outbox import ItemState
from gateway.store.queries import EndpointState, Gauges, gauges
from gateway.web.jobs import jobs

if TYPE_CHECKING:
    from gateway.runtime import Node

INFO = Metric("gateway_info", Kind.GAUGE, "Always 1: this process and its version.", ("version", "node"))
CONNECTOR_INFO = Metric("gateway_connector_info", Kind.GAUGE, "Always 1: the partner behind a connector at work.", ("connector", "partner"))
STORE_UP = Metric("gateway_store_up", Kind.GAUGE, "1 when the database answered while this page was made, else 0.")
OUTBOX_ITEMS = Metric("gateway_outbox_items", Kind.GAUGE, "Outgoing items that have not left, by state.", ("connector", "state"))
OUTBOX_OLDEST = Metric(
    "gateway_outbox_oldest_age_seconds", Kind.GAUGE, "Age of the oldest item that is still tried; 0 when there is none.", ("connector",)
)
ACKS_OVERDUE = Metric("gateway_acks_overdue", Kind.GAUGE, "Sent items whose acknowledgement did not come in time.", ("connector",))
BREAKER = Metric(
    "gateway_breaker_state",
    Kind.GAUGE,
    "0: a partner is worked with; 1: it is cut off and probed; 2: it stands still until a person acts.",
    ("connector",),
)
OUTBOUND_HELD = Metric("gateway_outbound_held", Kind.GAUGE, "1 while nothing is sent to anybody until a person lets it go on.")
WORK_ROWS = Metric("gateway_work_rows", Kind.GAUGE, "Pieces of work that wait or are under way.", ("connector", "type"))
WORK_OLDEST = Metric(
    "gateway_work_oldest_age_seconds", Kind.GAUGE, "How long the longest waiting piece of work has been due.", ("connector", "type")
)
LANE_HEAD = Metric(
    "gateway_lane_head_age_seconds", Kind.GAUGE, "How long the first of a lane has been due that waits longest.", ("connector",)
)
JOB_SUCCESS = Metric(
    "gateway_job_last_success_timestamp_seconds", Kind.GAUGE, "When a timed job last ran well, by whichever node (Unix time).", ("job",)
)
JOB_FAILED = Metric(
    "gateway_job_failed", Kind.GAUGE, "1 when the last run of a timed job broke off or had records in error, else 0.", ("job",)
)
JOB_LATE = Metric("gateway_job_late", Kind.GAUGE, "1 when a timed job has not run well for two of its times in a row, else 0.", ("job",))
FILES_MISSING = Metric(
    "gateway_expected_files_missing",
    Kind.GAUGE,
    "Files that should be here by now and are not, late or left out in a row of numbers, for channels with `expect`.",
    ("connector", "channel"),
)
ALARMS_OPEN = Metric("gateway_alarms_open", Kind.GAUGE, "Alarms that stand: `gateway alarm list`.", ("about",))
NODES = Metric("gateway_nodes_alive", Kind.GAUGE, "Processes of this store that gave a sign of life lately.")

OF_THE_STORE = (
    OUTBOX_ITEMS,
    OUTBOX_OLDEST,
    ACKS_OVERDUE,
    BREAKER,
    OUTBOUND_HELD,
    WORK_ROWS,
    WORK_OLDEST,
    LANE_HEAD,
    JOB_SUCCESS,
    JOB_FAILED,
    JOB_LATE,
    FILES_MISSING,
    ALARMS_OPEN,
    NODES,
)
"""What is asked from the store when somebody looks."""
METRICS = (INFO, CONNECTOR_INFO, STORE_UP, *meter.METRICS, *OF_THE_STORE)
"""Every number of ours that the page shows."""

TROUBLE = {
    EndpointState.FINE: 0,
    EndpointState.OFF: 0,
    EndpointState.FAILING: 0,
    EndpointState.CUT_OFF: 1,
    EndpointState.STANDS_STILL: 2,
}
OUTBOUND = "outbound"
Samples = Iterable[tuple[tuple[str, ...], float]]


def registry(node: Node) -> CollectorRegistry:
    """What `/metrics` of this node shows: ours, and those of the process (memory, descriptors, processor time)."""
    made = CollectorRegistry(auto_describe=False)
    made.register(_Ours(node))
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    return made


class _Ours(Collector):
    """Collects when it is asked, so nothing is counted that nobody reads."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def collect(self) -> Iterator[Family]:
        """Every family once, also those without a sample yet."""
        parts = self._node.parts
        yield _gauge(INFO, [((__version__, parts.workspace.settings.node.name), 1)])
        yield _gauge(CONNECTOR_INFO, [((it.connector, it.partner.name), 1) for it in parts.workspace.enabled])
        readings, found = meter.readings(), self._gauges()
        for metric in meter.METRICS:
            if metric is not meter.POLL_LAST_SUCCESS:
                yield _family(metric, [*self._quiet(metric, readings), *(it for it in readings if it.metric is metric)])
        here = {it.labels: it.value for it in readings if it.metric is meter.POLL_LAST_SUCCESS and not isinstance(it.value, Classes)}
        yield _gauge(meter.POLL_LAST_SUCCESS, self._last_looks(here, found).items())
        yield _gauge(STORE_UP, [((), float(found is not None))])
        if found is not None:
            yield from self._of_the_store(found)
            yield from self._of_the_jobs()
            yield from self._of_the_alarms()

    def _quiet(self, metric: Metric, readings: Iterable[meter.Reading]) -> Iterator[meter.Reading]:
        """Zeros of what alarms go by: a series that only begins with the first trouble never grows."""
        if metric is meter.OUTBOX_DEAD:
            told = {it.labels for it in readings if it.metric is metric}
            names = {(it.connector,) for it in self._node.parts.workspace.enabled}
            yield from (meter.Reading(metric, name, 0) for name in sorted(names - told))

    def _last_looks(self, here: dict[tuple[str, ...], float], found: Gauges | None) -> dict[tuple[str, ...], float]:
        """By channel, of this process or of any that the store knows of, whichever is later."""
        looks = dict(here)
        known_at = {} if found is None else found.fine_at
        for spot in self._node.engine.spots:
            known = known_at.get("poll:" + "/".join(spot.names))
            if known is not None:
                looks[spot.names] = max(looks.get(spot.names, 0.0), known.timestamp())
        return looks

    def _gauges(self) -> Gauges | None:
        parts = self._node.parts
        try:
            with parts.store.reading() as connection:
                return gauges(connection, alive_since=recently(parts.clock.now()))
        except GatewayError:
            return None

    def _of_the_store(self, found: Gauges) -> Iterator[Family]:
        now = self._node.parts.clock.now()
        names = [it.connector for it in self._node.parts.workspace.enabled]
        oldest = dict.fromkeys(names, 0.0)
        for it in found.items:
            if it.state in {ItemState.WAITING, ItemState.BLESSED}:
                oldest[it.connector] = max(oldest.get(it.connector, 0.0), _age(it.oldest_at, now))
        yield _gauge(OUTBOX_ITEMS, [((it.connector, it.state), it.items) for it in found.items])
        yield _gauge(OUTBOX_OLDEST, [((name,), age) for name, age in oldest.items()])
        yield _gauge(ACKS_OVERDUE, [((name,), found.overdue.get(name, 0)) for name in dict.fromkeys([*names, *found.overdue])])
        yield _gauge(BREAKER, [((name,), TROUBLE[found.endpoints[name].state] if name in found.endpoints else 0) for name in names])
        yield _gauge(OUTBOUND_HELD, [((), float(OUTBOUND in found.pauses))])
        yield _gauge(WORK_ROWS, [((it.connector, it.kind.value), it.rows) for it in found.work])
        yield _gauge(WORK_OLDEST, [((it.connector, it.kind.value), _age(it.oldest_due_at, now)) for it in found.work])
        yield _gauge(LANE_HEAD, [((name,), _age(at, now)) for name, at in found.heads.items()])
        yield _gauge(NODES, [((), found.nodes)])

    def _of_the_jobs(self) -> Iterator[Family]:
        sheets = [it for it in jobs(self._node) if it.state not in {JobState.OFF, JobState.PAUSED}]
        yield _gauge(JOB_SUCCESS, [((it.name,), it.last_success_at.timestamp()) for it in sheets if it.last_success_at])
        yield _gauge(JOB_FAILED, [((it.name,), float(it.state in {JobState.FAILED, JobState.ERROR})) for it in sheets])
        yield _gauge(JOB_LATE, [((it.name,), float(it.is_late)) for it in sheets])

    def _of_the_alarms(self) -> Iterator[Family]:
        parts = self._node.parts
        with parts.store.reading() as connection:
            standing = alarms.standing(connection, *sorted(alarms.EXPECTED))
            counted = alarms.open_by_kind(connection)
        missing = {(connector.connector, channel.channel): 0 for connector, channel, _ in expecting(parts.workspace)}
        for one in standing:
            name = (one.connector or "", one.channel or "")
            missing[name] = missing.get(name, 0) + (one.missing or 0)
        yield _gauge(FILES_MISSING, missing.items())
        yield _gauge(ALARMS_OPEN, [((about.value,), rows) for about, rows in counted.items()])


def _family(metric: Metric, readings: Iterable[meter.Reading]) -> Family:
    """One metric of the process."""
    if metric.kind is Kind.HISTOGRAM:
        histogram = HistogramMetricFamily(metric.name, metric.about, labels=metric.labels)
        for it in readings:
            if isinstance(it.value, Classes):
                ends = [*map(str, metric.bounds), "+Inf"]
                histogram.add_metric(it.labels, buckets=list(zip(ends, accumulate(it.value.counts), strict=True)), sum_value=it.value.total)
        return histogram
    samples = [(it.labels, it.value) for it in readings if not isinstance(it.value, Classes)]
    if metric.kind is Kind.GAUGE:
        return _gauge(metric, samples)
    counter = CounterMetricFamily(metric.name, metric.about, labels=metric.labels)
    for labels, value in samples:
        counter.add_metric(labels, value)
    return counter


def _gauge(metric: Metric, samples: Samples) -> GaugeMetricFamily:
    made = GaugeMetricFamily(metric.name, metric.about, labels=metric.labels)
    for labels, value in samples:
        made.add_metric(labels, value)
    return made


def _age(since: datetime, now: datetime) -> float:
    """Seconds; what lies ahead has no age."""
    return max(0.0, (now - since).total_seconds())
