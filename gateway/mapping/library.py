"""The mappings of a workspace: files, what they extend, their problems, and the compiled ones, kept while the file stays the same."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from time import monotonic

from msgspec import Struct
from msgspec.structs import replace

from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import load_yaml_text, unknown
from gateway.mapping.assemble import Assembled, Assembler, fingerprint
from gateway.mapping.check import check
from gateway.mapping.merge import extended
from gateway.mapping.program import Mapping
from gateway.mapping.readings import Problem
from gateway.mapping.several import MARK, OneOrSeveral, together
from gateway.mapping.spec import MappingSpec, SpecReader
from gateway.mapping.words import MOST_EXTENDS

FRESH = 1.0
"""For so many seconds a mapping that was looked at is taken for unchanged."""
Stamp = tuple[tuple[str, int, int], ...]
"""Name, time and size of every file of the folder: while they stay the same nothing is read again."""


class Heading(Struct, frozen=True, kw_only=True):
    """What a mapping file says of itself. `problems` are those of its words, and of its rules where they were compiled as they stand."""

    name: str
    version: int
    document: str
    format: str
    reads: bool
    writes: bool
    problems: tuple[str, ...]


class Library:
    """A folder of mappings; `tables/` below it holds their code lists."""

    def __init__(self, folder: Path, *, weight_unit: str = "LB") -> None:
        self.folder = folder
        self._unit = weight_unit
        self._lock = Lock()
        self._kept: dict[str, tuple[str, Assembled]] = {}
        self._looked: dict[str, tuple[float, Stamp, Assembled]] = {}
        self._headings: tuple[Stamp, dict[str, Heading]] = ((), {})

    @property
    def tables(self) -> Path:
        """Where code lists lie."""
        return self.folder / "tables"

    def names(self) -> tuple[str, ...]:
        """All mappings by name."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.yaml")))

    def headings(self) -> tuple[Heading, ...]:
        """Every mapping by name, for a list: nothing is compiled for it, and nothing read again while the files stay the same."""
        standing = self._stamp()
        if self._headings[0] != standing:
            self._headings = (standing, {name: self._heading(name) for name in self.names()})
        return tuple(self._with_rules(one, standing) for one in self._headings[1].values())

    def of(self, name: str) -> OneOrSeveral:
        """The mapping that a file was read by: one, or several of one standard (`x12-855+x12-856`)."""
        return together(self.get(one) for one in name.split(MARK))

    def get(self, name: str) -> Mapping:
        """The compiled mapping; ConfigError with every problem when it is not right."""
        assembled = self.assembled(name)
        if assembled.mapping is None or assembled.problems:
            raise ConfigError(*(str(problem) for problem in assembled.problems))
        return assembled.mapping

    def problems(self, name: str) -> list[Problem]:
        """What is wrong with a mapping."""
        return list(self.assembled(name).problems)

    def assembled(self, name: str) -> Assembled:
        """The mapping as it stands now, compiled at most once for each content; a changed file is noticed within a second."""
        at, stamp, found = self._looked.get(name, (-FRESH, None, None))
        now = monotonic()
        if found is not None and now - at < FRESH:
            return found
        standing = self._stamp()
        if found is None or stamp != standing:
            found = self._assembled(name)
        self._looked[name] = (now, standing, found)
        return found

    def _heading(self, name: str) -> Heading:
        try:
            spec, found = self.spec(name)
        except ConfigError as error:  # not even YAML
            return Heading(name=name, version=0, document="", format="", reads=False, writes=False, problems=error.problems)
        return Heading(
            name=name,
            version=spec.version,
            document=spec.document,
            format=spec.format,
            reads=spec.works("read"),
            writes=spec.works("write"),
            problems=tuple(str(one) for one in found),
        )

    def _with_rules(self, heading: Heading, standing: Stamp) -> Heading:
        _, stamp, found = self._looked.get(heading.name, (0.0, None, None))
        if found is None or stamp != standing or not found.problems:
            return heading
        return replace(heading, problems=tuple(str(one) for one in found.problems))

    def _stamp(self) -> Stamp:
        """How the files stand, looked at before they are read."""
        paths = sorted([*self.folder.glob("*.yaml"), *self.tables.glob("*.csv"), *(self.folder.parent / "guides").glob("*.yaml")])
        return tuple((path.name, stat.st_mtime_ns, stat.st_size) for path in paths for stat in [path.stat()])

    def _assembled(self, name: str) -> Assembled:
        spec, problems = self.spec(name)
        mark = fingerprint(spec, self.tables)
        with self._lock:
            kept = self._kept.get(name)
        if kept is not None and kept[0] == mark:
            return kept[1]
        made = Assembler(spec, self.tables, weight_unit=self._unit).assemble(mark)
        found = list(dict.fromkeys((*problems, *made.problems)))
        if made.resolved is not None and not found:
            found += check(made.resolved)
        assembled = Assembled(made.resolved, made.mapping if not found else None, tuple(sorted(found)))
        with self._lock:
            self._kept[name] = (mark, assembled)
        return assembled

    def spec(self, name: str) -> tuple[MappingSpec, list[Problem]]:
        """The merged specification of a mapping, with problems of words and of what it extends."""
        if name not in self.names():
            raise ConfigError(unknown(name, self.names(), what="mapping"))
        return self._merged(self.folder / f"{name}.yaml", (name,))

    def _merged(self, path: Path, seen: tuple[str, ...]) -> tuple[MappingSpec, list[Problem]]:
        reader = SpecReader(path, path.name)
        spec = reader.read(load_yaml_text(path))
        if not spec.extends:
            if spec.without:
                reader.wrong(spec.without[0][1], "without", "takes rules of another mapping away, but extends names none")
            return spec, reader.problems
        line = spec.lines.get("extends", spec.line)
        parent = self.folder / f"{spec.extends}.yaml"
        if spec.extends in seen:
            reader.wrong(line, "extends", f"goes in a circle: {' > '.join((*seen, spec.extends))}")
        elif len(seen) > MOST_EXTENDS:
            reader.wrong(line, "extends", f"more than {MOST_EXTENDS} mappings deep")
        elif not parent.is_file():
            reader.wrong(line, "extends", unknown(spec.extends, self.names(), what="mapping"))
        else:
            above, problems = self._merged(parent, (*seen, spec.extends))
            return extended(above, spec, reader.wrong), [*problems, *reader.problems]
        return spec, reader.problems


def load_mapping(path: Path, *, library: Library) -> Mapping:
    """One mapping of a library by its path."""
    if path.parent.resolve() != library.folder.resolve():
        return Library(path.parent).get(path.stem)
    return library.get(path.stem)
