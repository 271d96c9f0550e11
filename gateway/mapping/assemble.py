"""From a merged specification to a compiled mapping: layout, tables, both directions, and every problem on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import msgspec
from msgspec import Struct

from gateway.documents import DOCUMENTS
from gateway.formats import AddressError, Layout, Options, Part, Plan, SetLayout, Shape, Split, Unread, Want, alternatives, format_named
from gateway.mapping import reading, stains
from gateway.mapping.compile_reading import MakeFill, MakeFinish, ReadCompiler
from gateway.mapping.compile_writing import WriteCompiler
from gateway.mapping.counts import TallyPath
from gateway.mapping.fields import document_type
from gateway.mapping.lane import lane_of
from gateway.mapping.lookups import Lookup, load_lookup
from gateway.mapping.lost import Losses
from gateway.mapping.merge import expanded
from gateway.mapping.omitted import left_out
from gateway.mapping.printing import Press, Woven
from gateway.mapping.program import Accept, CensusProgram, Mapping, ReadProgram
from gateway.mapping.readings import Problem
from gateway.mapping.reduce import is_told_by_documents, reduced
from gateway.mapping.resolved import Resolved
from gateway.mapping.run import Out
from gateway.mapping.spec import MappingSpec, RuleSpec
from gateway.mapping.split import Splitter
from gateway.mapping.spoken import in_names
from gateway.mapping.stains import Rules, is_plain
from gateway.mapping.weaving import WEAVE
from gateway.mapping.writing import Writer


class Assembled(Struct, frozen=True):
    """A mapping and what is wrong with it; without problems it may be used."""

    resolved: Resolved | None
    mapping: Mapping | None
    problems: tuple[Problem, ...]


class Assembler:
    """Puts one mapping together."""

    def __init__(self, spec: MappingSpec, tables: Path, *, weight_unit: str) -> None:
        self._spec, self._tables, self._unit = spec, tables, weight_unit
        self._label = spec.file.name
        self._problems: list[Problem] = []

    def assemble(self, fingerprint: str, *, fill: MakeFill = reading.plain_fill) -> Assembled:
        """Resolve and compile."""
        resolved = self._resolve()
        mapping = self._compile(resolved, fingerprint, fill) if resolved is not None else None
        return Assembled(resolved, mapping, tuple(dict.fromkeys(sorted(self._problems))))

    def _say(self, line: int, key: str, text: str) -> None:
        self._problems.append(Problem(self._label, line, key, text))

    def _say_of_table(self, name: str, line: int, text: str) -> None:
        self._say(line, f"lookups.{name}", text)

    def _complain(self, rule: RuleSpec, text: str) -> None:
        self._problems.append(Problem(rule.file or self._label, rule.line, rule.address, text))

    def _resolve(self) -> Resolved | None:
        spec = self._spec
        for word in ("document", "format"):
            if not getattr(spec, word):
                self._say(spec.line, word, "the word is missing")
        found = format_named(spec.format) if spec.format else None
        if found is None or spec.document not in DOCUMENTS:
            return None
        options = Options(spec.options, found.options, workspace=spec.file.parent.parent)
        unread = Unread(spec.unread or "note")
        layout = found.layout(options, unread, _split(spec))
        for line, key, text in options.problems:
            self._say(line, key, text)
        blocks = {name: expanded(getattr(spec, name), spec.shared, self._complain) for name in ("fields", "head", "tail")}
        lookups: dict[str, Lookup] = {}
        for name, one in spec.lookups.items():
            lookups[name] = load_lookup(name, one, self._tables, partial(self._say_of_table, name))
        whole = msgspec.structs.replace(spec, **blocks)
        label = f"{spec.name} v{spec.version}"
        return Resolved(whole, label, document_type(spec.document), layout, MappingProxyType(lookups), unread, self._unit)

    def _compile(self, resolved: Resolved, fingerprint: str, fill: MakeFill) -> Mapping | None:
        partners: set[str] = set()
        reader = census = writer = None
        if resolved.promises("read"):
            reader = self._reader(resolved, fill, partners)
            census = self._census(resolved, reader.tallies) if reader is not None else None
        if resolved.promises("write"):
            writer = self._writer(resolved, fill, partners)
        if self._problems:
            return None
        return Mapping(
            resolved,
            fingerprint,
            again=lambda fill: self._again(resolved, fingerprint, fill),
            reader=reader,
            census=census,
            rules=partial(self._rules, resolved) if reader is not None and fill is reading.plain_fill else _no_rules,
            writer=writer,
            needs=frozenset(partners),
        )

    def _again(self, resolved: Resolved, fingerprint: str, fill: MakeFill) -> Mapping:
        made = self._compile(resolved, fingerprint, fill)
        if made is None:  # it was compiled without a problem before
            raise RuntimeError(f"mapping {resolved.label} cannot be compiled a second time")
        return made

    def _reader(self, resolved: Resolved, fill: MakeFill, partners: set[str]) -> ReadProgram | None:
        compiler = ReadCompiler(resolved, self._complain, fill=fill)
        spec = resolved.spec
        head = compiler.top(Part.HEAD, spec.head) if spec.head.rules else None
        document = compiler.top(Part.DOCUMENT, spec.fields, spec.sets)
        by_set = isinstance(resolved.layout, SetLayout)  # closing counts of sets are checked by their guide
        tail = compiler.top(Part.TAIL, spec.tail) if spec.tail.rules and not by_set else None
        partners |= compiler.partners
        accepts, accept_plan = self._accepts(resolved)
        splitter = self._splitter(resolved)
        if document is None:
            return None
        return ReadProgram(
            document,
            compiler.finish(document),
            tuple(compiler.plans),
            head,
            tail,
            tuple(compiler.tallies),
            _file_finisher(resolved, [one for block in (spec.fields,) for rules in block.rules.values() for one in rules]),
            accepts,
            accept_plan,
            splitter,
            lane_of(resolved) if fill is reading.plain_fill else None,
        )

    def _census(self, resolved: Resolved, paths: Sequence[TallyPath]) -> CensusProgram | None:
        if not any(path.list_name or path.field for path in paths):
            return None
        layout = _fresh_layout(resolved, Unread.IGNORE)
        smaller = msgspec.structs.replace(resolved, spec=reduced(resolved.spec, paths), unread=Unread.IGNORE, layout=layout)
        finish: MakeFinish = lambda *_args: lambda node, out, run: dict(out)  # noqa: E731 -- values, not Structs
        compiler = ReadCompiler(smaller, lambda rule, text: None, finish=finish)
        document = compiler.top(Part.DOCUMENT, smaller.spec.fields)
        is_told = is_told_by_documents(resolved.spec, resolved.document, paths)
        return CensusProgram(document, tuple(compiler.plans), is_told) if document is not None else None

    def _rules(self, resolved: Resolved) -> Rules | None:
        """The same rules for documents of stains."""
        if not is_plain(resolved.spec) or not isinstance(resolved.layout, SetLayout):
            return None
        layout = _fresh_layout(resolved, resolved.unread)
        fresh = msgspec.structs.replace(resolved, layout=layout)
        compiler = ReadCompiler(fresh, lambda rule, text: None, finish=stains.finisher, reader=stains.reader)
        document = compiler.top(Part.DOCUMENT, resolved.spec.fields, resolved.spec.sets)
        accepts, accept_plan = self._accepts(resolved)
        if document is None:
            return None
        allowed = tuple(one.values for one in accepts)
        return Rules(
            document.fill, compiler.finish(document), tuple(compiler.plans), compiler.judged, compiler.rivals, accept_plan, allowed
        )

    def _writer(self, resolved: Resolved, fill: MakeFill, partners: set[str]) -> Writer | None:
        layout = _fresh_layout(resolved, resolved.unread)
        resolved = msgspec.structs.replace(resolved, layout=layout)
        compiler = WriteCompiler(resolved, self._complain)
        spec = resolved.spec
        head = compiler.top(Part.HEAD, spec.head) if spec.head.rules else None
        document = compiler.top(Part.DOCUMENT, spec.fields)
        tail = compiler.top(Part.TAIL, spec.tail) if spec.tail.rules else None
        partners |= compiler.partners
        if document is None:
            return None
        losses = Losses(resolved.kind, resolved.document, left_out(resolved, "write"))
        press = Press(resolved.spec.name, partial(self._woven, resolved) if fill is reading.plain_fill else _no_rules)
        return Writer(
            resolved.kind,
            resolved.layout,
            document=document,
            head=head,
            tail=tail,
            paths=compiler.paths,
            losses=losses,
            print_with=press.of_file,
        )

    @staticmethod
    def _woven(resolved: Resolved) -> Woven | None:
        """The same rules for documents of cells."""
        compiler = WriteCompiler(resolved, lambda rule, text: None, WEAVE)
        document = compiler.top(Part.DOCUMENT, resolved.spec.fields)
        tail = compiler.top(Part.TAIL, resolved.spec.tail) if resolved.spec.tail.rules else None
        return Woven(document, tail) if document is not None else None

    def _accepts(self, resolved: Resolved) -> tuple[tuple[Accept, ...], Plan | None]:
        spec = resolved.spec
        if not spec.accepts:
            return (), None
        wants = [Want(address, Shape.VALUE) for address, _, _ in spec.accepts]
        try:
            plan = resolved.layout.plan(Part.DOCUMENT, wants)
        except AddressError as error:
            line = next((line for address, _, line in spec.accepts if address == error.address), spec.line)
            self._say(line, "accepts", str(error))
            return (), None
        found = tuple(
            Accept(in_names(address, spec.format), number, frozenset(values)) for number, (address, values, _) in enumerate(spec.accepts)
        )
        return found, plan

    def _splitter(self, resolved: Resolved) -> Splitter | None:
        split = resolved.spec.split
        if split is None or resolved.layout.cuts_rows:
            return None
        if not split.rows:
            self._say(split.line, "split", "rows is missing: what is a row of this format")
            return None
        try:
            by = [tuple(part.removeprefix("*/") for (part,) in alternatives(text)) for text in split.by]
            wants = list(dict.fromkeys(part for parts in by for part in parts))
            rows_plan = resolved.layout.plan(Part.HEAD, [Want(split.rows, Shape.GROUPS)])
            by_plan = rows_plan.inside(0, [Want(part, Shape.VALUE) for part in wants])
        except (AddressError, ValueError) as error:
            self._say(split.line, "split", str(error))
            return None
        return Splitter(rows_plan, by_plan, tuple(tuple(wants.index(part) for part in parts) for parts in by))


def _no_rules() -> None:
    """A mapping that is watched reads everything by its rules."""


def _split(spec: MappingSpec) -> Split | None:
    return Split(spec.split.by, spec.split.rows, spec.split.apart) if spec.split else None


def _fresh_layout(resolved: Resolved, unread: Unread) -> Layout:
    """A layout of its own: what one direction asks for is nothing to the other."""
    found = format_named(resolved.spec.format)
    if found is None:
        raise RuntimeError(f"format {resolved.spec.format} has gone")  # it was there when the mapping was resolved
    spec = resolved.spec
    return found.layout(Options(spec.options, found.options, workspace=spec.file.parent.parent), unread, _split(spec))


def fingerprint(spec: MappingSpec, tables: Path) -> str:
    """The hash of a resolved mapping with its tables: the same rules, the same hash."""
    digest = sha256(repr((spec.name, spec.version, msgspec.structs.replace(spec, file=Path(spec.file.name)))).encode())
    for name in sorted({one.table for one in spec.lookups.values() if one.table}):
        path = tables / f"{name}.csv"
        digest.update(path.read_bytes() if path.is_file() else b"")
    if "guide" in spec.options.keys():  # noqa: SIM118 (a table of YAML, not a dictionary)
        for path in sorted((spec.file.parent.parent / "guides").glob("*.yaml")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _file_finisher(resolved: Resolved, rules: Sequence[RuleSpec]) -> Callable[[Out], None]:
    """Parts that the head alone fills become Structs once a file, not once a document."""
    touched = {(name.removeprefix("/").split(".")[0]) for rule in rules for name in rule.fields or ()} | {rule.into for rule in rules}
    parts = {
        name: field.part for name, field in resolved.document.fields.items() if field.part and not field.is_list and name not in touched
    }

    def finish(out: Out) -> None:
        for name, made in parts.items():
            if type(value := out.get(name)) is dict:
                out[name] = made(**value)

    return finish
