"""The `tests:` of a mapping, run by the same engine as production: a sample in, the documents it must give, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.documents import Envelope
from gateway.formats import Unread
from gateway.kernel import Issue
from gateway.kernel.yaml_text import Node, Scalar, Series, Table
from gateway.mapping.build import built
from gateway.mapping.chain import canonical
from gateway.mapping.conditions import FormError, operand
from gateway.mapping.fields import FieldKind, PartType
from gateway.mapping.library import Library
from gateway.mapping.program import Mapping
from gateway.mapping.readings import Reading, Values
from gateway.mapping.run import Run
from gateway.mapping.trace import touched_by
from gateway.mapping.unfit import Unfit

_TOLERANCE = Decimal("0.001")


class TrialResult(Struct, frozen=True):
    """What became of one test; `differences` are sentences."""

    number: int
    title: str
    ok: bool
    differences: tuple[str, ...] = ()


class Sample(Struct, frozen=True):
    """A test of a mapping with what it needs."""

    number: int
    table: Table
    values: Values
    root: Path

    @property
    def title(self) -> str:
        """The note, the file, or the line."""
        for word in ("note", "given"):
            node = self.table.get(word)
            if isinstance(node, Scalar):
                return node.value
        return f"test in line {self.table.line}"

    def text(self, word: str) -> str | None:
        """A word that holds one text."""
        node = self.table.get(word)
        return node.value if isinstance(node, Scalar) else None

    def source(self) -> bytes | None:
        """The bytes to read."""
        if (name := self.text("given")) is not None:
            return (self.root / name).read_bytes()
        text = self.text("text")
        return text.encode() if text is not None else None


def run_tests(library: Library, name: str) -> list[TrialResult]:
    """Run every test of a mapping."""
    mapping = library.get(name)
    return [_result(mapping, sample) for sample in samples(library, name)]


def samples(library: Library, name: str) -> list[Sample]:
    """The tests of a mapping; samples lie beside the folder of mappings."""
    spec, _ = library.spec(name)
    root = library.folder.parent
    return [Sample(number, table, _values(table), root) for number, table in enumerate(spec.tests, 1)]


def touched(library: Library, name: str) -> set[str]:
    """The labels of the rules that some test reaches when reading."""
    found: set[str] = set()
    mapping = library.get(name)
    for sample in samples(library, name):
        source = sample.source()
        if source is not None and mapping.reads:
            touched_by(mapping, BytesIO(source), sample.values, found)
    return found


def _result(mapping: Mapping, sample: Sample) -> TrialResult:
    try:
        differences = tuple(_differences(mapping, sample))
    except OSError as error:
        differences = (f"{error.filename or 'the sample'} cannot be read: {error.strerror}",)
    return TrialResult(sample.number, sample.title, not differences, differences)


def _differences(mapping: Mapping, sample: Sample) -> Iterator[str]:
    source = sample.source()
    if source is not None:
        yield from _read_differences(mapping, sample, source)
    elif sample.table.get("document") is not None:
        yield from _write_differences(mapping, sample)
    else:
        yield "the test says neither given, text nor document"


def _read_differences(mapping: Mapping, sample: Sample, source: bytes) -> Iterator[str]:
    if not mapping.reads:
        yield "the mapping does not read; give a document and what it writes"
        return
    preflight = mapping.preflight(BytesIO(source), sample.values)
    readings = list(mapping.read(BytesIO(source), sample.values)) if preflight.is_go else []
    issues = [*preflight.issues, *(issue for reading in readings for issue in reading.issues)]
    if (sample.text("refused") == "true") != (not preflight.is_go):
        yield "the file is refused" if not preflight.is_go else "the file is not refused"
    yield from _issue_differences(sample.table.get("issues"), issues)
    good = [reading for reading in readings if reading.is_good]
    yield from _given_differences(mapping, sample.table.get("gives"), good)
    if mapping.writes:
        yield from _back_differences(mapping, sample, source, good)


def _given_differences(mapping: Mapping, node: Node | None, readings: Sequence[Reading]) -> Iterator[str]:
    if node is None:
        return
    wanted = node.items if isinstance(node, Series) else (node,)
    if len(wanted) != len(readings):
        yield f"{len(readings)} documents are given, {len(wanted)} are expected"
        return
    for number, (table, reading) in enumerate(zip(wanted, readings, strict=True), 1):
        if not isinstance(table, Table):
            yield f"document {number}: the expectation is a table of path: text"
            continue
        for entry in table:
            if isinstance(entry.value, Scalar):
                difference = _value_difference(mapping, reading.document, entry.key, entry.value.value)
                if difference:
                    yield f"document {number}, {entry.key}: {difference}"


def _value_difference(mapping: Mapping, document: Any, path: str, wanted: str) -> str | None:
    part: PartType = mapping.type
    run = Run(mapping.document, Values(), None, Unread.IGNORE)
    run.out = document
    try:
        asked = operand(path, part, part)
    except FormError as error:
        return str(error)
    found = asked.give(document, run)
    if asked.many:
        return None if str(len(found or ())) == wanted else f"has {len(found or ())} entries, {wanted} are expected"
    if found is None or not wanted:
        return None if found is None and not wanted else f"is {_shown(found)}, '{wanted}' is expected"
    try:
        same = found == canonical(asked.type)(wanted) if asked.kind is not FieldKind.PART else False
    except Unfit:
        same = False
    return None if same or str(found) == wanted else f"is {_shown(found)}, '{wanted}' is expected"


def _issue_differences(node: Node | None, issues: Sequence[Issue]) -> Iterator[str]:
    """All of these and only these; without the word, no errors."""
    if node is None:
        yield from (f"unexpected: {issue}" for issue in issues if issue.is_error)
        return
    left = list(issues)
    for item in node.items if isinstance(node, Series) else (node,):
        words = {entry.key: entry.value.value for entry in item if isinstance(entry.value, Scalar)} if isinstance(item, Table) else {}
        found = next((issue for issue in left if _is_meant(issue, words)), None)
        if found is None:
            yield f"expected issue is missing: {', '.join(f'{key} {value}' for key, value in words.items())}"
        else:
            left.remove(found)
    yield from (f"unexpected: {issue} ({issue.kind})" for issue in left if issue.is_error)


def _is_meant(issue: Issue, words: dict[str, str]) -> bool:
    for key, value in words.items():
        found = str(getattr(issue, key, ""))
        if key == "where" and found.startswith(f"{value},"):
            continue
        if found != value:
            return False
    return True


def _back_differences(mapping: Mapping, sample: Sample, source: bytes, readings: Sequence[Reading]) -> Iterator[str]:
    node = sample.table.get("back")
    how = node.value if isinstance(node, Scalar) else ("no" if isinstance(node, Table) and node.get("no") is not None else "values")
    if how == "no" or not readings:
        return
    documents = [reading.document for reading in readings if reading.document is not None]
    target = BytesIO()
    issues = mapping.rehearse(documents, target, sample.values)
    yield from (f"back: {issue}" for issue in issues if issue.is_error)
    if any(issue.is_error for issue in issues):
        return
    if how == "bytes":
        if target.getvalue() != source:
            yield f"back: other bytes are written: {_first_difference(source, target.getvalue())}"
        return
    again = [reading.document for reading in mapping.read(BytesIO(target.getvalue()), sample.values)]
    if len(again) != len(documents):
        yield f"back: {len(again)} documents are read from what was written, {len(documents)} were given"
    for number, (first, second) in enumerate(zip(documents, again, strict=False), 1):
        pair = (_bare(first), _bare(second)) if mapping.is_by_set else (first, second)
        yield from (f"back: document {number}, {path}" for path in differing(*pair))


def _bare(document: Any) -> Any:
    """A document without its envelope, which the mapping does not write."""
    return None if document is None else replace(document, envelope=Envelope())


def _write_differences(mapping: Mapping, sample: Sample) -> Iterator[str]:
    if not mapping.writes:
        yield "the mapping does not write; give a file and what it gives"
        return
    node = sample.table.get("document")
    documents = []
    for item in node.items if isinstance(node, Series) else (node,):
        made, problems = built(item, mapping.type) if item is not None else (None, ["a document is missing"])
        yield from (f"document: {problem}" for problem in problems)
        if made is not None:
            documents.append(made)
    target = BytesIO()
    issues = mapping.rehearse(documents, target, sample.values)
    yield from _issue_differences(sample.table.get("issues"), issues)
    wanted = sample.text("writes")
    if wanted is None or any(issue.is_error for issue in issues):
        return
    expected = wanted.encode()
    if "\n" not in wanted and (sample.root / wanted).is_file():
        expected = (sample.root / wanted).read_bytes()
    if target.getvalue() != expected:
        yield f"other bytes are written: {_first_difference(expected, target.getvalue())}"


def differing(first: Any, second: Any, path: str = "") -> Iterator[str]:
    """The fields in which two documents differ; weights only beyond a thousandth."""
    if isinstance(first, Struct) and isinstance(second, Struct):
        for name in first.__struct_fields__:
            yield from differing(getattr(first, name), getattr(second, name), f"{path}.{name}" if path else name)
    elif isinstance(first, tuple) and isinstance(second, tuple):
        if len(first) != len(second):
            yield f"{path}: {len(first)} and {len(second)} entries"
        for number, (one, other) in enumerate(zip(first, second, strict=False), 1):
            yield from differing(one, other, f"{path}#{number}")
    elif first != second and not _alike(first, second, path):
        yield f"{path}: {_shown(first)} and {_shown(second)}"


def _alike(first: Any, second: Any, path: str) -> bool:
    if not path.endswith("weight") or not isinstance(first, Decimal) or not isinstance(second, Decimal):
        return False
    return abs(first - second) <= abs(first) * _TOLERANCE


def _first_difference(expected: bytes, found: bytes) -> str:
    ours, theirs = found.splitlines(keepends=True), expected.splitlines(keepends=True)
    for number, (one, other) in enumerate(zip(ours, theirs, strict=False), 1):
        if one != other:
            return f"line {number} is {one[:120]!r}, {other[:120]!r} is expected"
    return f"{len(ours)} lines, {len(theirs)} are expected"


def _values(table: Table) -> Values:
    """The `with:` of a test: full names (`$batch.number`), or a table for each source."""
    found: dict[str, dict[str, Any]] = {"partner": {}, "file": {}, "message": {}, "batch": {}}
    node = table.get("with")
    for entry in node if isinstance(node, Table) else ():
        source, _, name = entry.key.removeprefix("$").partition(".")
        if source in found and isinstance(entry.value, Scalar):
            found[source][name] = _typed(name, entry.value.value)
        elif source in found and isinstance(entry.value, Table):
            found[source].update({one.key: _typed(one.key, one.value.value) for one in entry.value if isinstance(one.value, Scalar)})
    return Values(**found)


def _typed(name: str, text: str) -> Any:
    return datetime.fromisoformat(text) if name.endswith("_at") else text


def _shown(value: Any) -> str:
    return "absent" if value is None else f"'{value}'"
