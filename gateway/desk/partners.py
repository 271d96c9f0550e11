"""Whether the connectors and the mappings of a workspace fit each other: names, directions, kinds of documents, `$` values.

Offline: nothing is contacted, nothing is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from gateway.config import Connector, Gathering, Problem, Workspace
from gateway.config.api import Api
from gateway.config.loader import Place, Source, unreadable
from gateway.config.problems import refuse
from gateway.config.workspace import examine
from gateway.formats.edi import Standard
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import Scalar, Table, leaves, load_yaml_text, unknown
from gateway.mapping import Library
from gateway.mapping import Mapping as Layout
from gateway.notices import Texts

VALUE = re.compile(r"\$file\.([a-z][a-z0-9_]*)")
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
        "vendor_action",
    }
)
FROM_SYSTEMS = frozenset({"change", "changes_request", "order", "vendor", "vendor_action"})
ANSWERS = frozenset({"result"})
ANSWERS_TO_CHANGES = frozenset({"result", "order_answer"})
"""A retailer's changes are answered as vendors answer them, too: an 865 for each 860."""
GATHERED: Mapping[Gathering, frozenset[str]] = {
    Gathering.NEW_ORDERS: frozenset({"order"}),
    Gathering.CHANGES: frozenset({"status_change"}),
    Gathering.REQUESTS: frozenset({"change"}),
    Gathering.APPROVED_INVOICES: frozenset({"invoice"}),
}


class Use(Struct, frozen=True):
    """One place of a connector that names a mapping, and what fits there. `caught` is what `$file` knows, None where no file came."""

    place: Place
    mapping: str
    kinds: frozenset[str]
    reads: bool
    caught: frozenset[str] | None


def all_problems(root: Path) -> tuple[Workspace, tuple[Problem, ...]]:
    """The workspace as far as it can be read, and everything that is wrong in it: files, secrets, mappings, and between them."""
    workspace, found = examine(root)
    # the simulator makes the secrets of its own partners when it first runs
    real = [connector for connector in workspace.enabled if not connector.simulated]
    problems = [*found, *workspace.secret_problems(*real), *mapping_problems(workspace, library_of(workspace))]
    problems += Texts(workspace.paths.notices).problems()
    return workspace, tuple(dict.fromkeys(problems))


def require_right(root: Path) -> None:
    """Refuse to start while anything is wrong in the workspace; everything is told in one go."""
    _, problems = all_problems(root)
    refuse(problems)


def library_of(workspace: Workspace) -> Library:
    """The mappings of a workspace, in its organization's unit of weight."""
    return Library(workspace.paths.mappings, weight_unit=workspace.reference.organization.weight_unit)


def mapping_problems(workspace: Workspace, library: Library) -> Iterator[Problem]:
    """What is wrong between connectors and mappings, and inside the mappings that are used."""
    used: set[str] = set()
    for source in workspace.sources:
        partner = workspace.partner_values(source.value)
        for use in uses_of(source.value):
            if use.mapping not in library.names():
                yield source.problem(use.place, unknown(use.mapping, library.names(), what="mapping"))
                continue
            faults = inner_problems(library, use.mapping)
            if not faults:
                yield from _unfit(source, use, library.get(use.mapping), partner, library)
                yield from _unsifted(source, use, library.get(use.mapping))
                yield from _unagreed(source, use, library.get(use.mapping))
                yield from _uncaught(source, use, library.folder)
                yield from _over_ordered(source, use, library.get(use.mapping))
            elif use.mapping not in used:
                yield from faults
            used.add(use.mapping)
        yield from _idle_versions(source, library)


def mapping_warnings(workspace: Workspace, library: Library) -> Iterator[Problem]:
    """What works between connectors and mappings, and can hardly be meant: an answer that has no words for what the channel reads."""
    for source in workspace.sources:
        connector, posted = source.value, source.value.api
        answered: list[tuple[Place, Iterable[str], str]] = [
            (("receive", number, "answer", "mapping"), it.mapping, it.answer.mapping)
            for number, it in enumerate(connector.receive)
            if it.answer
        ]
        if posted is not None:
            answered += [(("api", "receive", number, "answer"), it.mapping, it.answer) for number, it in enumerate(posted.receive)]
        for place, read, answer in answered:
            known = {name: library.get(name) for name in (*read, answer) if name in library.names() and not inner_problems(library, name)}
            wanted = known[answer].answers if answer in known else frozenset()
            others = [name for name in read if name in known and wanted and known[name].document not in wanted]
            if others:
                text = f"mapping '{answer}' answers {' and '.join(sorted(wanted))} and has no words for what {' and '.join(others)} read"
                yield source.problem(place, f"{text}; give those a channel of their own, or another layout of the answer")


def inner_problems(library: Library, name: str) -> tuple[Problem, ...]:
    """What is wrong with a mapping itself, its file named from the workspace on."""
    try:
        found = library.problems(name)
    except ConfigError as error:  # not even YAML
        return tuple(unreadable(line, library.folder / f"{name}.yaml", f"mappings/{name}.yaml") for line in error.problems)
    return tuple(Problem(f"mappings/{problem.file}", problem.line, problem.key, problem.text) for problem in found)


def uses_of(connector: Connector) -> Iterator[Use]:
    """Every mapping a connector names."""
    arriving = FROM_SYSTEMS if connector.partner.system else FROM_VENDORS
    for number, receive in enumerate(connector.receive):
        caught = FILE_WORDS | {word for pattern in receive.files for word in pattern.placeholders}
        for mapping in receive.mapping:
            yield Use(("receive", number, "mapping"), mapping, arriving, reads=True, caught=caught)
        if receive.answer:
            yield Use(("receive", number, "answer", "mapping"), receive.answer.mapping, _answers(connector), reads=False, caught=caught)
    for number, send in enumerate(connector.send):
        yield Use(("send", number, "mapping"), send.mapping, GATHERED[send.gather.what], reads=False, caught=None)
    if connector.api is not None:
        yield from _uses_over_http(connector, connector.api, arriving)


def _uses_over_http(connector: Connector, api: Api, arriving: frozenset[str]) -> Iterator[Use]:
    for number, posted in enumerate(api.receive):
        for mapping in posted.mapping:
            yield Use(("api", "receive", number, "mapping"), mapping, arriving, reads=True, caught=FILE_WORDS)
        yield Use(("api", "receive", number, "answer"), posted.answer, _answers(connector), reads=False, caught=FILE_WORDS)
    for word, asked, what in (
        ("orders", api.orders, Gathering.NEW_ORDERS),
        ("changes", api.changes, Gathering.CHANGES),
        ("invoices", api.invoices, Gathering.APPROVED_INVOICES),
    ):
        if asked is not None:
            yield Use(("api", word, "mapping"), asked.mapping, GATHERED[what], reads=False, caught=None)
            yield Use(("api", word, "asks"), asked.asks, arriving, reads=True, caught=None)


def _answers(connector: Connector) -> frozenset[str]:
    return ANSWERS_TO_CHANGES if connector.partner.system else ANSWERS


def _unfit(source: Source[Connector], use: Use, mapping: Layout, partner: Mapping[str, str], library: Library) -> Iterator[Problem]:
    if use.reads and not mapping.reads:
        text = f"mapping '{use.mapping}' only writes; a receive channel needs one that reads"
        yield source.problem(use.place, text + _instead(library, use, mapping, partner))
    if not use.reads and not mapping.writes:
        yield source.problem(use.place, f"mapping '{use.mapping}' only reads; here one that writes is needed")
    if mapping.document not in use.kinds:
        text = f"mapping '{use.mapping}' is for documents of kind {mapping.document}; here fits {', '.join(sorted(use.kinds))}"
        yield source.problem(use.place, text)
    missing = [word for word in sorted(mapping.needs) if word not in partner]
    hint = _instead(library, use, mapping, partner) if missing else ""
    for word in missing:
        said = unknown(word, partner, what="partner value")
        yield source.problem(use.place, f"mapping '{use.mapping}' asks for $partner.{word}: {said}; add it under 'partner'" + hint)


def _instead(library: Library, use: Use, mapping: Layout, partner: Mapping[str, str]) -> str:
    """Other mappings for the same sets of X12 or EDIFACT that would do here, as a hint."""
    if mapping.format not in set(Standard):
        return ""
    found = []
    for name in library.names():
        if name == use.mapping or inner_problems(library, name):
            continue
        one = library.get(name)
        if (one.reads if use.reads else one.only == "write") and _says(one) == _says(mapping) and one.needs <= partner.keys():
            found.append(f"'{name}'")
    return f"; here {' or '.join(found[:3])} would do" if found else ""


def _says(mapping: Layout) -> tuple[object, ...]:
    """What a mapping is for: standard, set and first release."""
    layout = mapping.layout
    return (mapping.document, mapping.format, getattr(layout, "type", ""), getattr(layout, "versions", ())[:1])


def _unagreed(source: Source[Connector], use: Use, mapping: Layout) -> Iterator[Problem]:
    """A layout of X12 or EDIFACT is written between partners who know each other, and written and read in versions that are agreed."""
    if mapping.format not in set(Standard):
        return
    edi = source.value.partner.edi
    profile = edi.of(Standard(mapping.format)) if edi is not None else None
    if profile is None:
        if not use.reads:
            text = f"mapping '{use.mapping}' writes {mapping.format}; say who writes to whom: give partner > edi > {mapping.format}"
            yield source.problem(use.place, text)
        return
    type_, versions = str(getattr(mapping.layout, "type", "")), tuple(getattr(mapping.layout, "versions", ()))
    said = f"partner > edi > {mapping.format} > "
    if use.reads:
        agreed = profile.versions.receive.get(type_, versions)
        if not set(agreed) & set(versions):
            text = f"mapping '{use.mapping}' reads {' or '.join(versions)}, {said}versions > receive > {type_} says {' or '.join(agreed)}"
            yield source.problem(use.place, text)
    elif profile.written_in(type_) not in versions:
        where = f"versions > send > {type_}" if type_ in profile.versions.send else "version"
        text = f"mapping '{use.mapping}' writes {' or '.join(versions)}, {said}{where} says {profile.written_in(type_)}"
        yield source.problem(use.place, text)


def _idle_versions(source: Source[Connector], library: Library) -> Iterator[Problem]:
    """Versions that are agreed for a kind of document which no mapping of the connector reads or writes."""
    edi = source.value.partner.edi
    uses = list(uses_of(source.value))
    if edi is None or any(use.mapping not in library.names() or inner_problems(library, use.mapping) for use in uses):
        return
    for standard in Standard:
        profile = edi.of(standard)
        if profile is None:
            continue
        layouts = [(use.reads, library.get(use.mapping).layout) for use in uses if library.get(use.mapping).format == standard]
        read = {(getattr(it, "type", ""), version) for reads, it in layouts if reads for version in getattr(it, "versions", ())}
        written = {getattr(it, "type", "") for reads, it in layouts if not reads}
        place = ("partner", "edi", standard.value, "versions")
        for type_, versions in profile.versions.receive.items():
            for version in versions:
                if (type_, version) not in read:
                    text = f"no mapping of a receive channel reads {type_} in {version}; give one, or leave that version out"
                    yield source.problem((*place, "receive", type_), text)
        for type_ in profile.versions.send:
            if type_ not in written:
                yield source.problem((*place, "send", type_), f"no mapping here writes {type_}; give one, or leave the word out")


def _unsifted(source: Source[Connector], use: Use, mapping: Layout) -> Iterator[Problem]:
    """A channel that gives back what was refused must read layouts whose entries can stand alone."""
    if not use.reads or use.place[0] != "receive" or not isinstance(use.place[1], int):
        return
    answer = source.value.receive[use.place[1]].answer
    if answer is not None and answer.refused is not None and not mapping.can_sift:
        place = ("receive", use.place[1], "answer", "refused")
        text = f"nothing of a file of mapping '{use.mapping}' could stand in another one to be mended"
        reason = "counts, totals or several documents in one entry would be wrong there; interchanges are answered by 997, 999 or CONTRL"
        yield source.problem(place, f"{text}: {reason}; leave 'refused' out")


def _over_ordered(source: Source[Connector], use: Use, mapping: Layout) -> Iterator[Problem]:
    """A vendor must be told what is left to ship: the quantity of an order holds what is cancelled or shipped already, too."""
    if use.reads or use.kinds != GATHERED[Gathering.NEW_ORDERS]:
        return
    written = mapping.writes_of("lines")
    if "quantity" in written and "to_ship" not in written:
        text = (
            f"mapping '{use.mapping}' tells the vendor the quantity of the whole order, with what is cancelled or shipped already: "
            "let its lines write to_ship in place of quantity, or beside it"
        )
        instead = {"x12": "x12-850-batch-004010", "edifact": "edifact-orders-batch"}.get(mapping.format)
        yield source.problem(use.place, text + (f"; '{instead}' does, and a mapping may extend it" if instead else ""))


def _uncaught(source: Source[Connector], use: Use, folder: Path) -> Iterator[Problem]:
    for word in sorted(file_words(use.mapping, folder) - (use.caught or frozenset())):
        remedy = f"no file came here; mapping '{use.mapping}' cannot ask for $file.{word}"
        if use.caught is not None:
            remedy = f"mapping '{use.mapping}' asks for $file.{word}: catch it in 'files' as {{{word}}}"
        yield source.problem(use.place, remedy)


def file_words(mapping: str, folder: Path) -> frozenset[str]:
    """The `$file` values a right mapping names, with those of the mappings it extends."""
    tree = load_yaml_text(folder / f"{mapping}.yaml")
    found = frozenset(word for keys, text in leaves(tree, without=SILENT) for told in (*keys, text) for word in VALUE.findall(told))
    parent = tree.get("extends") if isinstance(tree, Table) else None
    return found | file_words(parent.value, folder) if isinstance(parent, Scalar) else found
