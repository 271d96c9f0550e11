"""XML: the options of a layout, the documents of a file in flat memory, and writing with indents that people can read.

Names, addresses and placing are next door (`xml_names`, `xml_plan`, `xml_place`); the parser is behind `untrusted`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from shutil import copyfileobj
from typing import Any, BinaryIO, ClassVar
from xml.sax.saxutils import quoteattr

from lxml import etree

from gateway.formats.addresses import AddressError, Path, Step, alternatives, parse_path
from gateway.formats.base import DOCUMENT_VALUES, Broken, Fault, Found, Identity, Node, Oddity, Part, Split, Unread, Want
from gateway.formats.cuts import Open
from gateway.formats.options import Options
from gateway.formats.prolog import Prolog, read_prolog
from gateway.formats.untrusted import Bytes, iterate_untrusted, parse_untrusted, prolog_of, refuse_entities
from gateway.formats.xml_glance import holds_not, message_in_body
from gateway.formats.xml_names import MOST_ATTRIBUTES, Names, Places, local_name, position, too_wide, unwrapped
from gateway.formats.xml_plan import XmlPlan
from gateway.formats.xml_sift import sift_elements
from gateway.formats.xml_tries import matches, select, trie_of

Element = Any
DEEPEST = 64
MOST_BESIDE = 1_000
_TOO_DEEP = etree.XPath("/".join(["*"] * DEEPEST))
_TOO_WIDE = etree.XPath(f"descendant-or-self::*/@*[{MOST_ATTRIBUTES + 1}]/..")  # a predicate an element would cost three times as much


class XmlFormat:
    """The format `xml`."""

    name: ClassVar[str] = "xml"
    options: ClassVar[Mapping[str, str]] = {
        "root": "names of the root element, one or a list",
        "document": "address of a document from the root; the root itself when absent",
        "has": "elements below the root of which one must be there, `Request/OrderRequest`; local names, one or a list",
        "namespaces": "prefix to URI; '' is the default namespace",
        "names": "`loose`: namespaces, case and - or _ do not count, an attribute is as good as a child",
        "doctype": "`ignored`: a DOCTYPE that only names a file is passed over unread",
    }

    def identify(self, head: bytes, name: str) -> Identity | None:
        """The root, when this is XML."""
        try:
            prolog = read_prolog(head)
        except Broken:
            return None
        return Identity(self.name, root=prolog.root, namespace=prolog.namespace)

    def layout(self, options: Options, unread: Unread, split: Split | None) -> XmlLayout:
        """The layout with its options checked."""
        loose = options.choice("names", ("loose",)) == "loose"
        names = Names(options.pairs("namespaces"), is_loose=loose)
        document = options.text("document")
        return XmlLayout(
            names,
            roots=options.texts("root"),
            has=options.texts("has"),
            document=options.checked("document", lambda: _document_paths(document, names)) if document else (),
            ignore_doctype=options.choice("doctype", ("ignored",)) == "ignored",
            unread=unread,
            rows=split.rows if split else "",
        )


def _document_paths(document: str, names: Names) -> tuple[Path, ...]:
    found = alternatives(document)
    if any(len(parts) > 1 for parts in found):
        raise AddressError("the address of a document has no parts ('+')")
    paths = tuple(parse_path(parts[0]) for parts in found)
    for path in paths:
        for step in path.steps:
            if step.name.startswith("@"):
                raise AddressError("a document is an element, not an attribute")
            if step.name != "**":
                names.key(step.name)
    return paths


class XmlLayout:
    """XML as one mapping describes it."""

    def __init__(
        self,
        names: Names,
        *,
        roots: Sequence[str],
        has: Sequence[str],
        document: Sequence[Path],
        ignore_doctype: bool,
        unread: Unread,
        rows: str,
    ) -> None:
        self.names = names
        self.document = tuple(document)
        self.ignore_doctype = ignore_doctype
        self._roots = tuple(roots)
        self._has = tuple(has)
        self._unread = unread
        self._rows = rows

    @property
    def holds_one(self) -> bool:
        """Without a document address the root is the document."""
        return not self.document

    @property
    def cuts_rows(self) -> bool:
        """The engine cuts elements by the values of their rows."""
        return False

    def plan(self, part: Part, wants: Sequence[Want]) -> XmlPlan:
        """Head and tail stand around the documents, so what they do not read is nobody's business here."""
        if part is not Part.DOCUMENT:
            return XmlPlan(self.names, Unread.IGNORE, wants)
        return XmlPlan(self.names, self._unread, wants, kin=[trie_of(self.names, self._rows)] if self._rows else [])

    def row_plan(self, rows: str, wants: Sequence[Want]) -> XmlPlan:
        """The rows of a split document."""
        parse_path(rows)
        return XmlPlan(self.names, self._unread, wants)

    def scan(self, source: BinaryIO) -> XmlScan:
        """A file to read."""
        return XmlScan(self, source, _no_limits)

    def survey(self, source: BinaryIO) -> XmlScan:
        """A file to look through before it is read: limits are judged here, once."""
        return XmlScan(self, source, _limits)

    @property
    def can_sift(self) -> bool:
        """Whether one of its documents is one element of the file, which can stand in another one."""
        return not self._rows

    def sift(self, open_: Open, chosen: Mapping[str, str], target: BinaryIO) -> None:
        """The chosen documents in what stands around them; the file itself where it is one document."""
        with open_() as source:
            if self.holds_one:
                copyfileobj(source, target)
            else:
                sift_elements(self.scan(source), chosen, target)

    def misfit(self, head: bytes, needed: Sequence[str]) -> str | None:
        """The root tells; inside a SOAP envelope its body does."""
        try:
            prolog = prolog_of(head, ignore_doctype=True)
            if not self._roots or self.is_root(prolog.root, prolog.namespace):
                prolog_of(head, ignore_doctype=self.ignore_doctype)
        except Broken as broken:
            return broken.fault.text
        if not self._roots or self.is_root(prolog.root, prolog.namespace):
            return holds_not(head, self._has)
        if prolog.root == "Envelope" and (inner := message_in_body(head)) is not None and self.is_root(*inner):
            return None
        return f"the root is {prolog.root}, not {' or '.join(self._roots)}"

    def is_root(self, name: str, namespace: str) -> bool:
        """Whether a root of this name is ours."""
        tag = f"{{{namespace}}}{name}" if namespace else name
        return any(self.names.same(tag, self.names.key(root)) for root in self._roots)

    def check_root(self, root: Element) -> None:
        """Refuse a file with another root."""
        namespace = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""
        if self._roots and not self.is_root(local_name(root.tag), namespace):
            wanted = " or ".join(self._roots)
            raise Broken(f"the root is {local_name(root.tag)}, not {wanted}", where=f"line {root.sourceline}", kind="unknown_document")

    def write(self, head: Node | None, documents: Iterable[Node], tail: Node | None, target: BinaryIO) -> tuple[Fault, ...]:
        """One declaration, one root, two blanks a level."""
        if self.holds_one:
            return self._write_one(documents, target)
        steps = [step.name for step in self.document[0].steps if step.name != "**"]
        if not steps:
            raise AddressError("writing needs a document address with names, not '**'")
        names = [self._roots[0] if self._roots else "documents", *steps[:-1]]
        heads, tails = self._nested(head, names), self._nested(tail, names)
        target.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
        for depth, name in enumerate(names):
            target.write(b"  " * depth + self._opening(name, heads[depth], tails[depth], declared=depth == 0))
            target.writelines(_indented(one, depth + 1) for one in _beside(heads, depth))
        target.writelines(_indented(self._named(document, steps[-1]), len(names)) for document in documents)
        for depth, name in reversed(list(enumerate(names))):
            target.writelines(_indented(one, depth + 1) for one in _beside(tails, depth))
            target.write(b"  " * depth + f"</{name}>\n".encode())
        return ()

    def _nested(self, node: Node | None, names: Sequence[str]) -> list[Node | None]:
        """What stands around the documents, level by level: the root, then the elements that lead to them."""
        levels = [node]
        for name in names[1:]:
            above = levels[-1]
            levels.append(None if above is None else next((one for one in above if one.tag == self.names.tag(name)), None))
        return levels

    def _write_one(self, documents: Iterable[Node], target: BinaryIO) -> tuple[Fault, ...]:
        listed = list(documents)
        if len(listed) != 1:
            return (Fault("too_many", f"{len(listed)} documents where a file holds exactly one"),)
        root = self._named(listed[0], self._roots[0] if self._roots else "document")
        etree.indent(root, space="  ")
        target.write(b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="utf-8") + b"\n")
        return ()

    def _named(self, element: Element, name: str) -> Element:
        """The placed element under its name, with the prefixes of the options."""
        prefixes = {prefix or None: uri for prefix, uri in self.names.namespaces.items()}
        named = etree.Element(self.names.tag(name), dict(element.items()), nsmap=prefixes)
        named.text = element.text
        named.extend(list(element))
        return named

    def _opening(self, name: str, head: Node | None, tail: Node | None, *, declared: bool) -> bytes:
        spaces = {f"xmlns:{prefix}" if prefix else "xmlns": uri for prefix, uri in self.names.namespaces.items()} if declared else {}
        given = {**spaces, **dict(chain.from_iterable(part.items() for part in (head, tail) if part is not None))}
        return f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in given.items())}>\n".encode()


class XmlScan:
    """One XML file, document by document; each is dropped when the next is asked for."""

    def __init__(self, layout: XmlLayout, source: BinaryIO, judge: Callable[[Element], None]) -> None:
        self._judge = judge
        self.odd: list[Oddity] = []
        self.rows: Sequence[Node] = ()
        self.place = 0
        self.places = Places()
        self.document: Element | None = None
        self._layout = layout
        self._source = source
        self._root: Element | None = None
        self._seen: Element | None = None
        self._above: Element | None = None
        self._sure: Element | None = None
        self._sure_tag = ""
        self._path = ""

    def __iter__(self) -> Iterator[Found]:
        source = Bytes(self._source)
        prolog = prolog_of(source.head, ignore_doctype=self._layout.ignore_doctype)
        if source.is_short or self._layout.holds_one:
            found: Iterator[Element] = self._whole(source, prolog)
        else:
            found = self._streamed(source, prolog)
        for element in found:
            self._check(element, prolog, source.begin_document())
            self.document = element
            self.place += 1
            yield Found(element, self._where(element))

    def _where(self, element: Element) -> str:
        """The place of a document; its path is worked out once for all neighbours."""
        parent = element.getparent()
        if parent is None or parent is not self._above:
            self._above = parent
            self._path = position(element, self).rpartition("[")[0]
        return f"{self._path}[{self.place}], line {element.sourceline}" if parent is not None else position(element, self)

    def head(self) -> Element | None:
        """The root with what has been read so far."""
        return self._root

    def tail(self) -> Element | None:
        """The root with everything but the documents that were dropped."""
        return self._root

    def faults(self) -> tuple[Fault, ...]:
        """Nothing is remarked about XML as a whole."""
        return ()

    def _whole(self, source: Bytes, prolog: Prolog) -> Iterator[Element]:
        root = unwrapped(parse_untrusted(source, prolog))
        self._begin(root)
        if self._layout.holds_one:
            yield root
            return
        for path in self._layout.document:
            found = documents_of(self._layout.names, root, path)
            if found:
                yield from found
                return

    def _streamed(self, source: Bytes, prolog: Prolog) -> Iterator[Element]:
        """Events only for elements named like the first document; their neighbours are looked at when they are passed."""
        source.keep()
        tag = self._peek(source, prolog)
        source.rewind()
        if tag is None:
            return
        parent: Element | None = None
        for _, element in iterate_untrusted(source, prolog, tags=[tag]):
            if self._root is None:
                self._begin(unwrapped(element.getroottree().getroot()))
            if not self._is_document(element):
                continue
            if parent is not None and element.getparent() is not parent:
                self._seen = None
            parent = element.getparent()
            yield from self._passed(element)
            yield element
            self._drop(element)
        if self._root is not None and parent is not None and len(parent):
            yield from [one for one in parent if self._is_document(one)]
        if self._root is not None:
            self._judge(self._root)

    def _peek(self, source: Bytes, prolog: Prolog) -> str | None:
        """The name of the first document, as it is spelled."""
        started = None
        for count, (event, element) in enumerate(iterate_untrusted(source, prolog, events=("start", "end"))):
            if started is None and event == "start":
                started = element
            if event == "end" and isinstance(element.tag, str) and self._is_document(element):
                return str(element.tag)
            if count > 2 * DOCUMENT_VALUES:
                raise Broken(f"no document begins within the first {DOCUMENT_VALUES:,} elements", kind="unknown_document")
        if started is not None:
            self._begin(unwrapped(started))
        return None

    def _begin(self, root: Element) -> None:
        self._root = root
        self._layout.check_root(root)
        self._judge(root)

    def _is_document(self, element: Element) -> bool:
        """Whether a path leads here; what stands beside a sure document under the same name is one too, without asking again."""
        parent = element.getparent()
        if parent is not None and parent is self._sure and element.tag == self._sure_tag:
            return True
        names, root = self._layout.names, self._layout.names.top(element)
        for path in self._layout.document:
            if _leads_to(names, root, path, element):
                if not any(step.conditions for step in path.steps):
                    self._sure, self._sure_tag = parent, element.tag
                return True
        return False

    def _passed(self, element: Element) -> Iterator[Element]:
        """Neighbours before this document that are documents under another spelling."""
        before = element.getprevious()
        if before is self._seen:
            return
        passed = []
        one = before
        while one is not None and one is not self._seen:
            passed.append(one)
            one = one.getprevious()
        for one in reversed(passed):
            if isinstance(one.tag, str) and self._is_document(one):
                yield one
                self._drop(one)
        self._seen = element.getprevious()
        parent = element.getparent()
        if parent is not None and len(parent) > MOST_BESIDE:
            raise Broken(f"more than {MOST_BESIDE:,} elements stand beside the documents", where=f"line {element.sourceline}")

    def _drop(self, element: Element) -> None:
        element.clear()
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)

    def _check(self, element: Element, prolog: Prolog, size: int) -> None:
        if prolog.doctype:
            refuse_entities(element)
        if size > DOCUMENT_VALUES and sum(1 for _ in element.iter()) > DOCUMENT_VALUES:
            raise Broken(f"a document has more than {DOCUMENT_VALUES:,} elements", where=f"line {element.sourceline}", kind="too_long")
        self._judge(element)


def _no_limits(element: Element) -> None:
    """Reading after a survey."""


def _limits(element: Element) -> None:
    """Of an element and all below it. Asked of libxml2, which counts; lxml needs a time that grows with the square to list attributes."""
    for wide in _TOO_WIDE(element):
        raise too_wide(wide)
    if _TOO_DEEP(element):
        raise Broken(f"elements stand deeper than {DEEPEST} levels", where=f"line {element.sourceline}", kind="too_long")


def documents_of(names: Names, root: Element, path: Path) -> list[Element]:
    """The documents a path leads to; with `**` the root itself may be one."""
    if path.steps and path.steps[0].name == "**" and len(path.steps) == 1 and matches(names, root, path.steps[0].tests):
        return [root]
    found: list[Element] = []
    inside: set[Element] = set()
    for one in select(names, root, path.steps):
        if not isinstance(one, str) and not any(above in inside for above in one.iterancestors()):
            found.append(one)
            inside.add(one)
    return found


def _leads_to(names: Names, root: Element, path: Path, element: Element) -> bool:
    """Whether an element, complete by now, is where a path leads."""
    at: Element | None = element
    steps = list(path.steps)
    while steps:
        step = steps.pop()
        if step.name == "**":
            return at is not None and matches(names, at, step.tests) if not steps else False
        if at is None or not _bears(names, at, step):
            return False
        if steps and steps[-1].name == "**" and not steps[-1].conditions:
            return True
        at = at.getparent()
    return at is root


def _bears(names: Names, element: Element, step: Step) -> bool:
    return isinstance(element.tag, str) and names.same(element.tag, names.key(step.name)) and matches(names, element, step.tests)


def _beside(levels: Sequence[Node | None], depth: int) -> Iterator[Element]:
    """The elements of a level that do not lead to the documents."""
    leading = levels[depth + 1] if depth + 1 < len(levels) else None
    level = levels[depth]
    return (one for one in list(level) if one is not leading) if level is not None else iter(())


def _indented(element: Element, level: int) -> bytes:
    element.tail = None
    etree.indent(element, space="  ", level=level)
    element.tail = None
    return b"  " * level + etree.tostring(element, encoding="utf-8") + b"\n"
