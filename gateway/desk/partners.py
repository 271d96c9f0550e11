"""Whether the connectors and the mappings of a workspace fit each other: names, directions, kinds of documents, `$` values.

Offline: nothing is contacted, nothing is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from gateway.config import Connector, Gathering, Problem, Workspace
from gateway.config.loader import Place, Source
from gateway.config.workspace import examine
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import Node, Scalar, Series, Table, load_yaml_text, unknown
from gateway.mapping import Library

VALUE = re.compile(r"\$(partner|file)\.([a-z][a-z0-9_]*)")
SILENT = frozenset({"note", "tests"})
"""Words of a mapping that name no values."""
FILE_WORDS = frozenset({"name"})

FROM_VENDORS = frozenset(
    {
        "batch_acknowledgement",
        "change_answer",
        "inventory",
        "invoice",
        "line_update",
        "order_answer",
        "order_request",
        "shipment",
    }
)
FROM_SYSTEMS = frozenset({"change", "order", "vendor"})
ANSWERS = frozenset({"result"})
GATHERED: Mapping[Gathering, frozenset[str]] = {
    Gathering.NEW_ORDERS: frozenset({"order"}),
    Gathering.CHANGES: frozenset({"status_change"}),
    Gathering.APPROVED_INVOICES: frozenset({"invoice"}),
}


class Use(Struct, frozen=True):
    """One place of a connector that names a mapping, and what it needs of it."""

    place: Place
    mapping: str
    kinds: frozenset[str]
    reads: bool
    values: Mapping[str, frozenset[str]]
    """What `$partner` and `$file` know at this place."""


def all_problems(root: Path) -> tuple[Workspace, tuple[Problem, ...]]:
    """The workspace as far as it can be read, and everything that is wrong in it: files, secrets, mappings, and between them."""
    workspace, found = examine(root)
    # the simulator makes the secrets of its own partners when it first runs
    real = [connector for connector in workspace.enabled if not connector.simulated]
    problems = [*found, *workspace.secret_problems(*real), *mapping_problems(workspace, Library(workspace.paths.mappings))]
    return workspace, tuple(dict.fromkeys(problems))


def mapping_problems(workspace: Workspace, library: Library) -> Iterator[Problem]:
    """What is wrong between connectors and mappings, and inside the mappings that are used."""
    used: set[str] = set()
    for source in workspace.sources:
        for use in uses_of(source.value, workspace):
            if use.mapping not in library.names():
                yield source.problem(use.place, unknown(use.mapping, library.names(), what="mapping"))
                continue
            used.add(use.mapping)
            yield from _unfit(source, use, library)
            yield from _unknown_values(source, use, workspace.paths.mappings)
    for name in sorted(used):
        for problem in library.problems(name):
            yield Problem(f"mappings/{Path(problem.file).name}", problem.line, problem.key, problem.text)


def uses_of(connector: Connector, workspace: Workspace) -> Iterator[Use]:
    """Every mapping a connector names."""
    partner = frozenset(workspace.partner_values(connector))
    arriving = FROM_SYSTEMS if connector.partner.system else FROM_VENDORS
    for number, receive in enumerate(connector.receive):
        caught = frozenset(word for pattern in receive.files for word in pattern.placeholders)
        for mapping in receive.mapping:
            values = {"partner": partner, "file": caught | FILE_WORDS}
            yield Use(("receive", number, "mapping"), mapping, arriving, reads=True, values=values)
        if receive.answer:
            values = {"partner": partner, "file": caught | FILE_WORDS}
            yield Use(("receive", number, "answer", "mapping"), receive.answer.mapping, ANSWERS, reads=False, values=values)
    for number, send in enumerate(connector.send):
        yield Use(("send", number, "mapping"), send.mapping, GATHERED[send.gather.what], reads=False, values={"partner": partner})


def _unfit(source: Source[Connector], use: Use, library: Library) -> Iterator[Problem]:
    try:
        mapping = library.get(use.mapping)
    except ConfigError:
        return  # its own problems are told with it
    if use.reads and not mapping.reads:
        yield source.problem(use.place, f"mapping '{use.mapping}' only writes; a receive channel needs one that reads")
    if not use.reads and not mapping.writes:
        yield source.problem(use.place, f"mapping '{use.mapping}' only reads; here one that writes is needed")
    if mapping.document not in use.kinds:
        text = f"mapping '{use.mapping}' is for documents of kind {mapping.document}; here fits {', '.join(sorted(use.kinds))}"
        yield source.problem(use.place, text)


def _unknown_values(source: Source[Connector], use: Use, folder: Path) -> Iterator[Problem]:
    for namespace, word in sorted(values_asked(use.mapping, folder)):
        known = use.values.get(namespace, frozenset())
        if word not in known:
            where = "add it under 'partner'" if namespace == "partner" else "catch it in 'files' as {" + word + "}"
            said = unknown(f"${namespace}.{word}", [f"${namespace}.{one}" for one in known], what="value")
            yield source.problem(use.place, f"mapping '{use.mapping}' asks for it: {said}; {where}")


def values_asked(mapping: str, folder: Path) -> frozenset[tuple[str, str]]:
    """The `$partner` and `$file` values a mapping names, with those of the mappings it extends."""
    found: set[tuple[str, str]] = set()
    seen: set[str] = set()
    while mapping and mapping not in seen:
        seen.add(mapping)
        try:
            tree = load_yaml_text(folder / f"{mapping}.yaml")
        except ConfigError:
            break  # told by the library
        found |= {pair for text in _texts(tree) for pair in VALUE.findall(text)}
        parent = tree.get("extends") if isinstance(tree, Table) else None
        mapping = parent.value if isinstance(parent, Scalar) else ""
    return frozenset(found)


def _texts(node: Node) -> Iterator[str]:
    match node:
        case Scalar():
            yield node.value
        case Series():
            for item in node:
                yield from _texts(item)
        case Table():
            for entry in node:
                if entry.key not in SILENT:
                    yield entry.key
                    yield from _texts(entry.value)
