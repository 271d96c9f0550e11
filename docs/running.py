"""The pages of the reference about a running gateway: states, limits, log events.

The code says which there are, `running.toml` what they mean; one without words there is a KeyError, so that no page leaves one out.
"""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from gateway.booking import early, entry
from gateway.config import channel, patterns
from gateway.config.log_lines import NAMES, fields_of
from gateway.config.settings import Settings
from gateway.delivery import circuit, standstill
from gateway.desk.jobs import JobState
from gateway.domain.order import LineStatus, OrderStatus, Stage
from gateway.domain.outcome import BatchState, InvoiceState, Verdict
from gateway.domain.workflow import StepState
from gateway.formats import base, json_split, text_lines, xml
from gateway.intake import cell, collect, glance, reading, room
from gateway.kernel import yaml_text
from gateway.mapping import compute, fields, lookups, numbers, run, words
from gateway.runtime import gathering, jobs, upkeep
from gateway.store import consistency, counters, messages
from gateway.store.messages import MessageState
from gateway.store.outbox import Ack, ItemState, Known
from gateway.store.queries import EndpointState
from gateway.store.types import DIGITS, PLACES
from gateway.web.metrics import METRICS, OF_THE_STORE

PACKAGE = Path(__file__).parents[1] / "gateway"


class Said(Struct, frozen=True):
    """What a state or an event means, and what a person does about it."""

    meaning: str
    act: str = ""


WORDS = tomllib.loads((Path(__file__).parent / "running.toml").read_text(encoding="utf-8"))
STATES: Mapping[str, type[StrEnum]] = {
    "message": MessageState,
    "receipt": Verdict,
    "item": ItemState,
    "endpoint": EndpointState,
    "known": Known,
    "acknowledgement": Ack,
    "batch": BatchState,
    "order": OrderStatus,
    "line": LineStatus,
    "invoice": InvoiceState,
    "job": JobState,
    "stage": Stage,
    "step": StepState,
}
LEVELS = {
    "debug": "debug",
    "info": "info",
    "warning": "warning",
    "error": "error",
    "exception": "error",
}
COMMON = ("event", "level", "time", "worker")


def states() -> Iterator[str]:
    """Every state with its meaning and what a person does."""
    yield "# States"
    yield "The same words in the database, at the command line and in JSON. Only what has an entry in the last column needs a person."
    for name, kind in STATES.items():
        told = WORDS["states"][name]
        yield f"## {told['title']}"
        yield told["about"]
        said = {state: Said(*told["words"][state.value]) for state in kind}
        rows = [f"| {state.value} | {said[state].meaning} | {said[state].act} |" for state in kind]
        yield "\n".join(["| state | meaning | what to do |", "|---|---|---|", *rows])


SETTINGS = Settings.model_construct()

LIMITS: Mapping[str, tuple[tuple[str, object], ...]] = {
    "Files": (
        ("size of a received file, unless `limits.size` of its channel says otherwise", f"{channel.Limits().size // 10**6} MB"),
        ("size up to which a file beyond that limit is still kept and shown, parked", f"{collect.OVER} times the limit"),
        (
            "new files looked at in one poll, in the order of their names, unless `limits.files` says otherwise; then the next",
            channel.Limits().files,
        ),
        ("files under way in one channel, new ones and those that rest", "2 times that"),
        ("names of other people's files that are remembered for each channel; beyond that each is judged at every poll", glance.PASSED),
        ("looks within which a file that stays after it was read (`take: keep`) is looked at again; small folders at each", glance.AGAIN),
        ("bytes of a file name", patterns.LONGEST),
        ("size up to which files are booked many in one commit", f"{messages.SMALL // 1024} KB"),
        ("size up to which a file is read only once", f"{reading.IN_HAND // 1024} KB"),
        ("documents in one commit", entry.MOST),
        ("documents of one connector that may wait for others", early.MOST_WAITING),
        ("deaths of its reader after which a file is parked, unless `work.attempts` says otherwise", SETTINGS.work.attempts),
        (
            "memory of the limited process that reads a suspected file, unless `reader.memory` says otherwise",
            f"{SETTINGS.reader.memory // 10**6:,} MB",
        ),
        ("processor time of that process for one file, unless `reader.time` says otherwise", SETTINGS.reader.time),
        ("the same for larger files: a second more for each", f"{cell.PIECE // 1000} KB"),
    ),
    "Documents, all formats": (
        ("one value", f"{base.VALUE_LIMIT // 1024} KB"),
        ("values, elements or records of one document", base.DOCUMENT_VALUES),
        ("size of one document of XML or JSON", f"{base.DOCUMENT_BYTES // 1024**2} MB"),
        ("issues told about one document", run.MOST_ISSUES),
        ("characters of a value that an issue shows", run.SHOWN),
        ("digits of a whole number", numbers.LONGEST_INT),
        ("digits of a decimal number; of them behind the point", f"{DIGITS}; {PLACES}"),
        ("characters of a free text in `extra`", fields.EXTRA_TEXT),
    ),
    "XML": (
        ("depth of elements", xml.DEEPEST),
        ("attributes of one element", xml.MOST_ATTRIBUTES),
        ("elements beside the documents", xml.MOST_BESIDE),
    ),
    "CSV": (
        ("one line", f"{text_lines.LONGEST_LINE // 1024} KB"),
        ("encodings", ", ".join(sorted(text_lines.ENCODINGS))),
    ),
    "JSON": (
        ("depth of values in a document", json_split.DEEPEST),
        ("what stands around the documents", f"{json_split.LARGEST_FRAME // 1024} KB"),
    ),
    "Mappings and other YAML": (
        ("one file", f"{yaml_text.LIMIT // 1024} KB"),
        ("rules of a mapping", words.MOST_RULES),
        ("groups in groups", words.DEEPEST),
        ("mappings behind each other by `extends`", words.MOST_EXTENDS),
        ("computed values in computed values", compute.DEEPEST),
        ("lines of a table file", lookups.MOST_LINES),
    ),
    "Sending": (
        ("time for one file, unless `retry.budget` of its channel says otherwise; then it is parked", channel.Retry().budget),
        ("first wait between two tries; each is drawn by chance from nothing up to the growing wait", SETTINGS.retry.first),
        ("longest wait between two tries", SETTINGS.retry.longest),
        ("tries of a login that is refused", standstill.LOGINS),
        ("failures in a row that cut a partner off until a probe succeeds", circuit.FAILURES),
        ("connections of all nodes to one host, unless `connections.per_host` says otherwise", SETTINGS.connections.per_host),
        ("time for which a due hour is made up that no node was up for", gathering.LOOK_BACK),
        ("wait before a file that could not be made is tried again by itself", gathering.AFTER_FAILURE),
        ("highest running number in a file name", counters.MOST),
    ),
    "Keeping": (
        ("how long a taken file rests at the partner's, unless `retention.taken` says otherwise", SETTINGS.retention.taken),
        ("free share of a disk below which no file is taken, unless `disk.percent` says otherwise", f"{SETTINGS.disk.percent}%"),
        (
            "and free space, unless `disk.free` says otherwise",
            f"{SETTINGS.disk.free // 10**6:,} MB, or {1 / room.SMALL:.0%} of a small disk",
        ),
        ("free space from which files are taken again", f"{room.AGAIN} times that"),
        (
            "room kept beside a SQLite database for a full disk, unless `disk.reserve` says otherwise",
            f"{SETTINGS.disk.reserve // 10**6} MB",
        ),
        (
            "how long bytes stay in the archive to which nothing refers, unless `retention.archive` says otherwise",
            SETTINGS.retention.archive,
        ),
        ("how long the log of the runs of timed jobs is kept, unless `retention.runs` says otherwise", SETTINGS.retention.runs),
        ("time for which a due time of a job is made up that no node was up for", jobs.LOOK_BACK),
        ("how often the store is checked against itself", upkeep.EVERY),
        ("how long the journal of departures is kept, beside the archive", upkeep.JOURNAL),
        ("disagreements of one kind that the check tells", consistency.MOST),
    ),
}


def limits() -> Iterator[str]:
    """Every limit with its value."""
    yield "# Limits"
    yield "What is beyond a limit is told as an issue or waits; nothing is cut silently. Where a setting is named it can be changed there."
    for title, rows in LIMITS.items():
        yield f"## {title}"
        yield "\n".join(["| limit | value |", "|---|---|", *(f"| {about} | {shown(value)} |" for about, value in rows)])


def shown(value: object) -> str:
    """A value as people write it."""
    match value:
        case int():
            return f"{value:,}"
        case timedelta():
            seconds = value.total_seconds()
            forms = ((168 * 3600, 86400, "days"), (3600, 3600, "h"), (60, 60, "min"), (0, 1, "s"))
            return next(f"{seconds / unit:.0f} {name}" for least, unit, name in forms if seconds >= least)
        case _:
            return str(value)


METRICS_ABOUT = (
    "A serving node shows them at `/metrics` of its listener (`[web]` of [gateway.toml](settings.md)), in the text form of Prometheus. "
    "Counters and times are those of the process since its start; what is marked *store* is asked from the database when somebody looks, "
    "so every node of a store shows the same: take the greatest, not the sum. No label names a file, an order or a person. "
    "Beside them stand the usual `process_*` and `python_info` of the process itself."
)
LABELS: Mapping[str, str] = {
    "about": "`file`, `sequence`, `volume`, `interchange`, `rejection`, `acknowledgement`, `due_date` or `break_glass`",
    "channel": "a channel of the connector",
    "code": "a [code](codes.md)",
    "connector": "the partner; `gateway_connector_info` has its name",
    "job": "a timed job: `gateway job list`",
    "level": "`file` or `document`",
    "mapping": "a layout",
    "node": "name of this process (`name` of `[node]`)",
    "outcome": "a [state](states.md) of a file or a verdict over a document; `postponed` for a delivery that is tried again",
    "partner": "name of the partner",
    "policy": "what was done with what was known already",
    "reason": "the kind of error: `endpoint_down`, `dropped` (closed at once), `login_refused`, `host_key_refused` ...",
    "state": "a [state](states.md) of an outgoing file",
    "type": "kind of document, or kind of work: `book`, `bulk`, `redo`, `answer`, `cut`, `post`, `feed`, `deliver`, `job`",
    "version": "version of the product",
}


def metrics() -> Iterator[str]:
    """Every number of `/metrics`."""
    yield "# Metrics"
    yield METRICS_ABOUT
    stored = {metric.name for metric in OF_THE_STORE}
    rows = [
        f"| `{it.name}` | {it.kind.value}{', store' if it.name in stored else ''} | {listed(it.labels)} | {it.about} |"
        for it in sorted(METRICS, key=lambda metric: metric.name)
    ]
    yield "\n".join(["| metric | kind | labels | meaning |", "|---|---|---|---|", *rows])
    yield "## Labels"
    names = sorted({name for metric in METRICS for name in metric.labels})
    yield "\n".join(["| label | meaning |", "|---|---|", *(f"| `{name}` | {LABELS[name]} |" for name in names)])


def listed(words: Iterable[str]) -> str:
    """Words of a program in a row."""
    return ", ".join(f"`{word}`" for word in words)


class Line(Struct, frozen=True, order=True):
    """One kind of log line as the code writes it."""

    event: str
    level: str
    fields: tuple[str, ...]


def log_events() -> Iterator[str]:
    """Every event that is logged, with its fields."""
    yield "# Log events"
    yield (
        "A line is an event in the past tense and fields, on the error output: readable at a terminal, JSON elsewhere (`format` of "
        "`[log]`). A person is needed only where the last column says so. With `--with-simulator` the story takes the place of the log, "
        "which then tells of trouble only. No line holds what is in a file, a person or a secret."
    )
    found = sorted(logged())
    yield "\n".join(["| event | level | fields | meaning | what to do |", "|---|---|---|---|---|", *map(told, found)])
    yield "## Fields"
    names = sorted({*COMMON, *(field for one in found for field in one.fields)})
    yield "\n".join(["| field | meaning |", "|---|---|", *(f"| `{name}` | {WORDS['fields'][name]} |" for name in names)])


def told(line: Line) -> str:
    """One row."""
    said = Said(*WORDS["events"][line.event])
    return f"| `{line.event}` | {line.level} | {listed(line.fields)} | {said.meaning} | {said.act} |"


def logged() -> Iterator[Line]:
    """The log lines of the code; fields given by `**names` and the like are looked up where they are made."""
    merged: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for tree in trees(f"log.{method}(" for method in LEVELS):
        for call, method, bundles in calls(tree):
            level = LEVELS[method]
            for event in events_of(call.args[0]):
                merged[event, level] |= {"exc_info"} if method == "exception" else set()
                for keyword in call.keywords:
                    merged[event, level] |= {keyword.arg} if keyword.arg else bundles
    for (event, level), fields_ in merged.items():
        yield Line(event, level, tuple(sorted(fields_of(fields_))))


def trees(words: Iterable[str]) -> Iterator[ast.Module]:
    """The modules whose text holds one of the words: all of them would take ten times as long."""
    wanted = tuple(words)
    texts = (path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")))
    return (ast.parse(text) for text in texts if any(word in text for word in wanted))


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str, set[str]]]:
    """The calls of the log with their method, and the names that dictionaries of the same module bring along."""
    dictionaries = (node for node in ast.walk(tree) if isinstance(node, ast.Dict))
    bundles = {
        key.value
        for one in dictionaries
        for key in one.keys
        if isinstance(key, ast.Constant) and NAMES.get(key.value, key.value) in WORDS["fields"]
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=method)) if method in LEVELS and node.args:
                yield node, method, bundles


def events_of(node: ast.expr) -> Iterator[str]:
    """The event, or both of a choice."""
    if isinstance(node, ast.IfExp):
        yield from events_of(node.body)
        yield from events_of(node.orelse)
    elif isinstance(node, ast.Constant):
        yield str(node.value)
