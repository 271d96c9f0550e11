"""A mapping file as it is written: words checked, meaning not yet. Rules keep their line and file, also when they are inherited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from msgspec import Struct, field

from gateway.documents import DOCUMENTS
from gateway.formats import FORMATS, format_named
from gateway.kernel.yaml_text import Entry, Node, Scalar, Series, Table, unknown
from gateway.mapping.readings import Problem
from gateway.mapping.words import CHOICES, DEEPEST, LANGUAGE, MOST_RULES, RULE, SPLIT, TEST, TOP

T = TypeVar("T")


class SetSpec(Struct, frozen=True):
    """A field that the file does not say: a value, a `$name`, or a computed value."""

    field: str
    value: str | None
    line: int
    compute: Node | None = None


class RuleSpec(Struct, frozen=True):
    """One rule, words as written; absent words are None."""

    address: str
    file: str
    line: int
    fields: tuple[str, ...] | None = None
    codecs: str | None = None
    lookup: str | None = None
    const: tuple[str, ...] | None = None
    count: tuple[str, ...] | None = None
    total: tuple[str, ...] | None = None
    default: str | None = None
    none: tuple[str, ...] | None = None
    required: bool | None = None
    each: str | None = None
    into: str | None = None
    rules: Block | None = None
    use: str | None = None
    sets: tuple[SetSpec, ...] | None = None
    when: Node | None = None
    compute: Node | None = None
    on_error: str | None = None
    only: str | None = None
    note: str | None = None

    @property
    def is_group(self) -> bool:
        """Whether rules stand inside."""
        return self.rules is not None or self.use is not None


class Block(Struct, frozen=True):
    """Rules by address, in order; `gone` are addresses that `without` took away, also from blocks in use."""

    rules: Mapping[str, tuple[RuleSpec, ...]] = MappingProxyType({})
    gone: frozenset[str] = frozenset()

    def count(self) -> int:
        """All rules, also those inside."""
        return sum(1 + (rule.rules.count() if rule.rules else 0) for rules in self.rules.values() for rule in rules)


class SplitSpec(Struct, frozen=True):
    """How a file is cut into documents by values."""

    by: tuple[str, ...]
    rows: str
    apart: str
    line: int


class LookupSpec(Struct, frozen=True):
    """An inline table (theirs, ours...) or the name of a table file."""

    line: int
    pairs: tuple[tuple[str, tuple[str, ...], int], ...] = ()
    table: str = ""


class MappingSpec(Struct, frozen=True):
    """A mapping file with all its words."""

    file: Path
    name: str
    line: int
    version: int
    document: str = ""
    format: str = ""
    options: Table = Table((), 1)
    only: str = ""
    answers: tuple[str, ...] = ()
    accepts: tuple[tuple[str, tuple[str, ...], int], ...] = ()
    extends: str = ""
    without: tuple[tuple[str, int], ...] = ()
    shared: Mapping[str, Block] = MappingProxyType({})
    lookups: Mapping[str, LookupSpec] = MappingProxyType({})
    split: SplitSpec | None = None
    sets: tuple[SetSpec, ...] = ()
    fields: Block = Block()
    head: Block = Block()
    tail: Block = Block()
    unread: str = ""
    tests: tuple[Table, ...] = ()
    given: frozenset[str] = frozenset()
    lines: Mapping[str, int] = field(default_factory=dict)

    def works(self, direction: str) -> bool:
        """Whether the mapping works in a direction, read or write."""
        return self.only in {"", direction}


class SpecReader:
    """Reads the tree of one file; every mistake becomes a problem with its line and the reading goes on."""

    def __init__(self, file: Path, label: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._label = label

    def read(self, tree: Node) -> MappingSpec:
        """The mapping in a tree."""
        if not isinstance(tree, Table):
            self.wrong(tree.line, "", "a mapping is a table of words, beginning with 'mapping: name'")
            tree = Table((), 1)
        words = {entry.key: entry for entry in self._known(tree, TOP)}
        name = self._name(words, tree)
        mapping = MappingSpec(
            self._file,
            name,
            tree.line,
            self._whole(words, "version", 1),
            document=self._document(words),
            format=self._format(words),
            options=self._get(words, "options", self._table, Table((), 1)),
            only=self._choice(words.get("only")) or "",
            answers=self._get(words, "answers", self._kinds, ()),
            accepts=self._get(words, "accepts", self._accepts, ()),
            extends=self._get(words, "extends", self._text, ""),
            without=self._get(words, "without", self._without, ()),
            shared=self._get(words, "shared", self._shared, MappingProxyType({})),
            lookups=self._get(words, "lookups", self._lookups, MappingProxyType({})),
            split=self._get(words, "split", self._split, None),
            sets=self._get(words, "set", self._sets, ()),
            fields=self._get(words, "fields", self._block, Block()),
            head=self._get(words, "head", self._block, Block()),
            tail=self._get(words, "tail", self._block, Block()),
            unread=self._choice(words.get("unread")) or "",
            tests=self._get(words, "tests", self._tests, ()),
            given=frozenset(words),
            lines={key: entry.line for key, entry in words.items()},
        )
        if mapping.fields.count() + mapping.head.count() + mapping.tail.count() > MOST_RULES:
            self.wrong(tree.line, "fields", f"more than {MOST_RULES:,} rules")
        if self._whole(words, "language", LANGUAGE) != LANGUAGE:
            self.wrong(words["language"].line, "language", f"only version {LANGUAGE} of the language is known")
        return mapping

    def wrong(self, line: int, key: str, text: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(self._label, line, key, text))

    def _known(self, table: Table, words: Mapping[str, str]) -> list[Entry]:
        for entry in table:
            if entry.key not in words:
                self.wrong(entry.line, entry.key, unknown(entry.key, words, what="word"))
        return [entry for entry in table if entry.key in words]

    def _get(self, words: Mapping[str, Entry], key: str, read: Callable[[Node, str], T], default: T) -> T:
        entry = words.get(key)
        return read(entry.value, key) if entry is not None else default

    def _name(self, words: Mapping[str, Entry], tree: Table) -> str:
        stem = self._file.stem
        if "mapping" not in words:
            self.wrong(tree.line, "mapping", f"the word is missing; begin with 'mapping: {stem}'")
            return stem
        name = self._text(words["mapping"].value, "mapping")
        if name != stem:
            self.wrong(words["mapping"].line, "mapping", f"the name '{name}' must be the file name '{stem}'")
        if "version" not in words:
            self.wrong(tree.line, "version", "the word is missing; begin with 'version: 1'")
        return name

    def _document(self, words: Mapping[str, Entry]) -> str:
        kind = self._get(words, "document", self._text, "")
        if kind and kind not in DOCUMENTS:
            self.wrong(words["document"].line, "document", unknown(kind, DOCUMENTS, what="kind of document"))
        return kind

    def _kinds(self, node: Node, key: str) -> tuple[str, ...]:
        kinds = self._texts(node, key)
        for kind in kinds:
            if kind not in DOCUMENTS:
                self.wrong(node.line, key, unknown(kind, DOCUMENTS, what="kind of document"))
        return kinds

    def _format(self, words: Mapping[str, Entry]) -> str:
        name = self._get(words, "format", self._text, "")
        if name and format_named(name) is None:
            self.wrong(words["format"].line, "format", unknown(name, FORMATS, what="format"))
        return name

    def _text(self, node: Node, key: str) -> str:
        if isinstance(node, Scalar):
            return node.value
        self.wrong(node.line, key, "must be one text")
        return ""

    def _texts(self, node: Node, key: str) -> tuple[str, ...]:
        if isinstance(node, Series):
            return tuple(self._text(item, key) for item in node)
        return (self._text(node, key),)

    def _table(self, node: Node, key: str) -> Table:
        if isinstance(node, Table):
            return node
        if not (isinstance(node, Scalar) and not node.value):
            self.wrong(node.line, key, "must be a table")
        return Table((), node.line)

    def _whole(self, words: Mapping[str, Entry], key: str, default: int) -> int:
        text = self._get(words, key, self._text, str(default))
        if text.isascii() and text.isdigit() and 0 < int(text) < 1_000_000:
            return int(text)
        self.wrong(words[key].line, key, f"must be a whole number from 1, found '{text}'")
        return default

    def _choice(self, entry: Entry | None) -> str | None:
        if entry is None:
            return None
        given = self._text(entry.value, entry.key)
        if given not in CHOICES[entry.key]:
            self.wrong(entry.line, entry.key, unknown(given, CHOICES[entry.key], what="value"))
            return None
        return given

    def _accepts(self, node: Node, key: str) -> tuple[tuple[str, tuple[str, ...], int], ...]:
        return tuple((entry.key, self._texts(entry.value, entry.key), entry.line) for entry in self._table(node, key))

    def _without(self, node: Node, key: str) -> tuple[tuple[str, int], ...]:
        items = node.items if isinstance(node, Series) else (node,)
        return tuple((self._text(item, key), item.line) for item in items)

    def _shared(self, node: Node, key: str) -> Mapping[str, Block]:
        return MappingProxyType({entry.key: self._block(entry.value, entry.key) for entry in self._table(node, key)})

    def _lookups(self, node: Node, key: str) -> Mapping[str, LookupSpec]:
        return MappingProxyType({entry.key: self._lookup(entry) for entry in self._table(node, key)})

    def _lookup(self, entry: Entry) -> LookupSpec:
        if isinstance(entry.value, Scalar):
            return LookupSpec(entry.line, table=entry.value.value)
        pairs = ((one.key, self._texts(one.value, one.key), one.line) for one in self._table(entry.value, entry.key))
        return LookupSpec(entry.line, pairs=tuple(pairs))

    def _split(self, node: Node, key: str) -> SplitSpec:
        words = {entry.key: entry for entry in self._known(self._table(node, key), SPLIT)}
        if "by" not in words:
            self.wrong(node.line, key, "the word 'by' is missing: the addresses whose values make the documents")
        by = self._some(words, "by", self._texts) or ()
        return SplitSpec(by, self._get(words, "rows", self._text, ""), self._choice(words.get("apart")) or "", node.line)

    def _sets(self, node: Node, key: str) -> tuple[SetSpec, ...]:
        return tuple(self._set(entry) for entry in self._table(node, key))

    def _set(self, entry: Entry) -> SetSpec:
        if isinstance(entry.value, Table):
            compute = entry.value.get("compute")
            if compute is None or len(entry.value.entries) != 1:
                self.wrong(entry.line, entry.key, "is a value, a $name or {compute: ...}")
            return SetSpec(entry.key, None, entry.line, compute)
        return SetSpec(entry.key, self._text(entry.value, entry.key), entry.line)

    def _tests(self, node: Node, key: str) -> tuple[Table, ...]:
        items = node.items if isinstance(node, Series) else ()
        if not isinstance(node, Series):
            self.wrong(node.line, key, "must be a list of tests")
        tests = tuple(self._table(item, key) for item in items)
        for test in tests:
            self._known(test, TEST)
        return tests

    def _block(self, node: Node, key: str, depth: int = 1) -> Block:
        if depth > DEEPEST:
            self.wrong(node.line, key, f"rules stand deeper than {DEEPEST} levels")
            return Block()
        return Block(MappingProxyType({entry.key: self._rules(entry, depth) for entry in self._table(node, key)}))

    def _rules(self, entry: Entry, depth: int) -> tuple[RuleSpec, ...]:
        items = entry.value.items if isinstance(entry.value, Series) else (entry.value,)
        if not items:
            self.wrong(entry.line, entry.key, "has an empty list of rules")
        return tuple(self._rule(entry.key, entry.line, item, depth) for item in items)

    def _rule(self, address: str, line: int, node: Node, depth: int) -> RuleSpec:
        if isinstance(node, Scalar):
            if not node.value:
                self.wrong(line, address, "names no field")
            return RuleSpec(address, self._label, line, fields=(node.value,))
        if isinstance(node, Series):
            self.wrong(line, address, "a rule is a field or a table of words")
            return RuleSpec(address, self._label, line)
        words = {entry.key: entry for entry in self._known(node, RULE)}
        return RuleSpec(
            address,
            self._label,
            line,
            fields=self._some(words, "field", self._texts),
            codecs=self._some(words, "as", self._text),
            lookup=self._some(words, "lookup", self._text),
            const=self._some(words, "const", self._texts),
            count=self._some(words, "count", self._texts),
            total=self._some(words, "total", self._texts),
            default=self._some(words, "default", self._text),
            none=self._some(words, "none", self._texts),
            required=True if self._choice(words.get("required")) else None,
            each=self._some(words, "each", self._text),
            into=self._some(words, "into", self._text),
            rules=self._some(words, "fields", lambda node, key: self._block(node, key, depth + 1)),
            use=self._some(words, "use", self._text),
            sets=self._some(words, "set", self._sets),
            when=words["when"].value if "when" in words else None,
            compute=words["compute"].value if "compute" in words else None,
            on_error=self._choice(words.get("on_error")),
            only=self._choice(words.get("only")),
            note=self._some(words, "note", self._text),
        )

    def _some(self, words: Mapping[str, Entry], key: str, read: Callable[[Node, str], T]) -> T | None:
        entry = words.get(key)
        return read(entry.value, key) if entry is not None else None
