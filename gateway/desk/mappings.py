"""Mappings as people look at them: which there are, their rules as a table, their tests, and where each value of a file came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import accumulate, islice
from pathlib import Path

from msgspec import Struct

from gateway.config import Workspace
from gateway.desk.hiding import HIDDEN, OPEN, Known, is_personal
from gateway.desk.partners import inner_problems, uses_of
from gateway.desk.preview import Preview
from gateway.desk.raw import RawPage, laid_out, row_of
from gateway.desk.syntax import rows, syntax_of
from gateway.kernel import Issue
from gateway.kernel.errors import ConfigError, NotFound
from gateway.kernel.yaml_text import unknown
from gateway.mapping import Library, Origin, RuleSpec, Traced, TrialResult, preview, run_tests, samples

HEAD = 4096
READ_OF_SAMPLE = 20
"""Documents of a sample that are shown beside it."""


class Size(Struct, frozen=True, kw_only=True):
    """How much of a preview is told. Documents are as long as they have so many fields together, the first in any case."""

    documents: int = 20
    fields: int = 100
    rows: int = 50
    """Rows of the file beside them."""


PAGE = Size()
"""So much that a page stays small."""


class MappingRow(Struct, frozen=True, kw_only=True):
    """One mapping in the list; `wrong` in place of what it is when it cannot be used."""

    name: str
    version: int = 0
    document: str = ""
    format: str = ""
    reads: bool = False
    writes: bool = False
    used_by: tuple[str, ...] = ()
    wrong: str = ""


class RuleRow(Struct, frozen=True, kw_only=True):
    """One rule of the table: theirs, ours, and how one becomes the other."""

    depth: int
    theirs: str
    ours: str
    how: tuple[str, ...]
    file: str
    line: int


class FieldRow(Struct, frozen=True, kw_only=True):
    """One value of a document: its field, the place and the rule that gave it; `row` where it stands in the file beside."""

    field: str
    value: str
    place: str
    rule: str
    row: int | None


class ReadDocument(Struct, frozen=True, kw_only=True):
    """One document that was read, field by field."""

    place: int
    kind: str
    key: str
    where: str
    fields: tuple[FieldRow, ...]
    issues: tuple[Issue, ...]


class PreviewSheet(Struct, frozen=True, kw_only=True):
    """A file and what a mapping reads from it, side by side."""

    mapping: str
    version: int
    kind: str
    page: RawPage
    documents: tuple[ReadDocument, ...]
    more: int
    is_refused: bool


class MappingSheet(Struct, frozen=True, kw_only=True):
    """One mapping: what it is, its rules, its tests, its first sample with what is read from it."""

    about: MappingRow
    extends: str
    rules: tuple[RuleRow, ...]
    tests: tuple[TrialResult, ...]
    sample: PreviewSheet | None
    problems: tuple[str, ...]


def list_mappings(workspace: Workspace, library: Library) -> tuple[MappingRow, ...]:
    """All mappings, by name, each with the connectors that use it. The rules of one that nobody has used or opened yet are not checked."""
    users = _users(workspace)
    return tuple(
        MappingRow(
            name=it.name,
            version=it.version,
            document=it.document,
            format=it.format,
            reads=it.reads,
            writes=it.writes,
            used_by=users.get(it.name, ()),
            wrong=next(iter(it.problems), ""),
        )
        for it in library.headings()
    )


def show_mapping(workspace: Workspace, library: Library, name: str) -> MappingSheet:
    """One mapping; NotFound names the nearest."""
    if name not in library.names():
        raise NotFound(unknown(name, library.names(), what="mapping"), remedy="See them all: gateway mapping list")
    about = _row(library, name, _users(workspace).get(name, ()))
    problems = tuple(map(str, inner_problems(library, name)))
    if problems:
        return MappingSheet(about=about, extends="", rules=(), tests=(), sample=None, problems=problems)
    spec, _ = library.spec(name)
    blocks = (spec.head, spec.fields, spec.tail)
    return MappingSheet(
        about=about,
        extends=spec.extends,
        rules=tuple(row for block in blocks for one in block.rules.values() for rule in one for row in _rules(rule, 0)),
        tests=tuple(run_tests(library, name)),
        sample=_sample(library, name) if about.reads else None,
        problems=(),
    )


def beside(found: Preview, source: bytes, name: str, known: Known = OPEN, *, size: Size = PAGE) -> PreviewSheet:
    """A file beside what was read from it; each value names its row. What is personal is hidden as `known` says."""
    syntax = syntax_of(source[:HEAD], name)
    chosen = list(islice(rows(BytesIO(source), syntax), size.rows + 1))
    issues = (*found.issues, *(issue for one in found.readings for issue in one.reading.issues))

    def field(it: Origin) -> FieldRow:
        at = row_of(it.place, chosen[: size.rows], syntax)
        value = it.value if known.is_open or not is_personal(tuple(it.field.split("."))) else HIDDEN
        return FieldRow(field=it.field, value=value, place=it.place, rule=it.rule, row=None if at is None else chosen[at].number)

    shown = _few(found.readings, size)
    return PreviewSheet(
        mapping=found.mapping,
        version=found.version,
        kind=found.kind,
        page=laid_out(chosen, syntax, issues, known, most=size.rows),
        documents=tuple(
            ReadDocument(
                place=one.reading.place,
                kind=one.reading.kind or found.kind,
                key=one.reading.key,
                where=one.reading.where,
                fields=tuple(map(field, one.trace)),
                issues=one.reading.issues,
            )
            for one in shown
        ),
        more=len(found.readings) - len(shown),
        is_refused=found.is_refused,
    )


def _few(found: Sequence[Traced], size: Size) -> Sequence[Traced]:
    """As many as are told."""
    ends = accumulate(len(one.trace) for one in found[: size.documents])
    return found[: max(sum(1 for end in ends if end <= size.fields), 1)]


def _sample(library: Library, name: str) -> PreviewSheet | None:
    """The first test that reads something, side by side with its document."""
    mapping = library.get(name)
    for sample in samples(library, name):
        try:
            source = sample.source()
        except OSError:
            continue
        if source is not None:
            preflight = mapping.preflight(BytesIO(source), sample.values)
            readings = tuple(islice(preview(mapping, BytesIO(source), sample.values), READ_OF_SAMPLE)) if preflight.is_legible else ()
            found = Preview(mapping.name, mapping.version, mapping.document, readings, preflight.issues)
            return beside(found, source, Path(sample.text("given") or "").name)
    return None


def _row(library: Library, name: str, used_by: tuple[str, ...]) -> MappingRow:
    try:
        it = library.get(name)
    except ConfigError as error:
        return MappingRow(name=name, used_by=used_by, wrong=error.problems[0])
    return MappingRow(
        name=name, version=it.version, document=it.document, format=it.format, reads=it.reads, writes=it.writes, used_by=used_by
    )


def _users(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, connector in workspace.connectors.items():
        for mapping in dict.fromkeys(use.mapping for use in uses_of(connector)):
            found[mapping] = (*found.get(mapping, ()), name)
    return found


def _rules(rule: RuleSpec, depth: int) -> Iterator[RuleRow]:
    """A rule, and those inside of it."""
    yield RuleRow(
        depth=depth,
        theirs=rule.address,
        ours=", ".join(rule.fields or ()) or (f"{rule.into}[]" if rule.each is not None and rule.into else rule.into or ""),
        how=tuple(_how(rule)),
        file=rule.file,
        line=rule.line,
    )
    for one in rule.rules.rules.values() if rule.rules is not None else ():
        for inner in one:
            yield from _rules(inner, depth + 1)


def _how(rule: RuleSpec) -> Iterator[str]:
    for word, told in (("as", rule.codecs), ("lookup", rule.lookup), ("default", rule.default), ("use", rule.use), ("only", rule.only)):
        if told is not None:
            yield f"{word} {told}"
    for word, several in (("always", rule.const), ("count of", rule.count), ("total of", rule.total), ("nothing is", rule.none)):
        if several is not None:
            yield f"{word} {', '.join(several)}"
    if rule.each is not None:
        yield f"each {rule.each}".strip()
    for one in rule.sets or ():
        yield f"{one.field} = {one.value if one.value is not None else 'computed'}"
    if rule.required:
        yield "required"
    if rule.when is not None:
        yield "under a condition"
    if rule.compute is not None:
        yield "computed"
    if rule.on_error is not None:
        yield f"on error {rule.on_error}"
    if rule.note:
        yield rule.note
