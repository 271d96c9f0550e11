"""Guides and dictionaries of segments as they stand in YAML, read for one release; everything wrong is told with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from gateway.formats.edi.guide import UNLIMITED, Element, Guide, Hierarchy, Kind, Position, SegmentRule, Sum, Total, Usage, Use
from gateway.formats.edi.guide_words import PAIRS, Place, Slot, place, relation, size, slot
from gateway.formats.edi.segments import Standard
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import Entry, Node, Scalar, Series, Table, unknown

GUIDE_WORDS = ("guide", "name", "standard", "set", "group", "hierarchy", "totals", "apart", "segments")
DICTIONARY_WORDS = ("standard", "elements", "segments")
ELEMENT_WORDS = ("name", "type", "at", "codes", "only", "parts")
SEGMENT_WORDS = ("name", "pairs", "relations", "elements")
HIERARCHY_WORDS = ("loop", "id", "parent", "level", "ranks")
TOTAL_WORDS = ("at", "when", "count", "sum")
TYPES = "a type like 'AN 1/30', 'N2 1/15' or 'an..35'"
PLACES = "a segment like 'REF', 'BEG!' (mandatory), 'UNS?' (expected), 'N3 *2', 'REF *' (any number), '@005010' behind it for one release"
SLOTS = "an element like '353', '324! order number', 'C040', '*2' behind it where it is repeated"


class Dictionary(Struct, frozen=True, eq=False):
    """The elements and segments of a standard in one release."""

    elements: Mapping[str, Element]
    segments: Mapping[str, SegmentRule]


class Page:
    """One file being read: its problems, and questions that check what stands there."""

    def __init__(self, source: str, release: str) -> None:
        self.source = source
        self.release = release
        self.problems: list[str] = []

    def wrong(self, line: int, text: str) -> None:
        """Note a problem."""
        self.problems.append(f"{self.source}:{line}: {text}")

    def finish(self) -> None:
        """ConfigError when anything is wrong."""
        if self.problems:
            raise ConfigError(*self.problems)

    def table(self, node: Node | None, words: Sequence[str] = (), *, what: str) -> dict[str, Entry]:
        """The entries of a table by their keys; other keys than these words are wrong."""
        if node is None:
            return {}
        if not isinstance(node, Table):
            self.wrong(node.line, f"{what} must be a table")
            return {}
        for entry in node:
            if words and entry.key not in words:
                self.wrong(entry.line, unknown(entry.key, words))
        return {entry.key: entry for entry in node}

    def text(self, entry: Entry | None) -> str:
        """The text behind a key; empty when there is none."""
        if entry is None:
            return ""
        if isinstance(entry.value, Scalar):
            return entry.value.value
        self.wrong(entry.line, f"'{entry.key}' must be one text")
        return ""

    def number(self, entry: Entry | None) -> int:
        """The whole number behind a key; 0 when there is none."""
        text = self.text(entry)
        if entry is not None and not (text.isascii() and text.isdigit()):
            self.wrong(entry.line, f"'{entry.key}' must be a whole number, found '{text}'")
            return 0
        return int(text or 0)

    def texts(self, entry: Entry | None) -> list[Scalar]:
        """The texts of a list, or one text."""
        if entry is None:
            return []
        items = list(entry.value) if isinstance(entry.value, Series) else [entry.value]
        wrong = [item for item in items if not isinstance(item, Scalar)]
        for item in wrong:
            self.wrong(item.line, f"'{entry.key}' must be a list of texts")
        return [item for item in items if isinstance(item, Scalar)]


def read_dictionary(node: Node, source: str, release: str) -> Dictionary:
    """A file of elements and segments; ConfigError with everything that is wrong."""
    page = Page(source, release)
    entries = page.table(node, DICTIONARY_WORDS, what="the file")
    elements = read_elements(page, entries.get("elements"), {})
    segments = read_segments(page, entries.get("segments"), elements)
    page.finish()
    return Dictionary(elements, segments)


def read_guide(node: Node, source: str, release: str, dictionary: Dictionary) -> Guide:
    """A file of a set; ConfigError with everything that is wrong."""
    page = Page(source, release)
    entries = page.table(node, GUIDE_WORDS, what="the file")
    items = read_items(page, entries.get("segments"), dictionary.segments)
    guide = Guide(
        name=page.text(entries.get("guide")),
        title=page.text(entries.get("name")),
        standard=Standard(page.text(entries.get("standard"))),
        set=page.text(entries.get("set")),
        release=release,
        root=Use(page.text(entries.get("set")), Usage.MANDATORY, UNLIMITED, items),
        segments=dictionary.segments,
        group=page.text(entries.get("group")),
        hierarchy=_hierarchy(page, entries.get("hierarchy")),
        totals=tuple(_totals(page, entries.get("totals"))),
        apart=page.text(entries.get("apart")),
        source=source,
    )
    page.finish()
    return guide


def read_elements(page: Page, entry: Entry | None, known: Mapping[str, Element]) -> dict[str, Element]:
    """Elements of a dictionary, composites behind the simple ones they are made of."""
    found = dict(known)
    tables = page.table(entry.value if entry else None, what="'elements'")
    for composites in (False, True):
        for key, one in tables.items():
            words = page.table(one.value, ELEMENT_WORDS, what=f"element {key}")
            if ("parts" in words) is composites:
                found[key] = _composite(page, one, words, found) if composites else _simple(page, one, words)
    return found


def read_segments(page: Page, entry: Entry | None, elements: Mapping[str, Element]) -> dict[str, SegmentRule]:
    """Segments of a dictionary."""
    found: dict[str, SegmentRule] = {}
    for tag, one in page.table(entry.value if entry else None, what="'segments'").items():
        words = page.table(one.value, SEGMENT_WORDS, what=f"segment {tag}")
        positions = tuple(_positions(page, words.get("elements"), elements))
        pairs = page.number(words.get("pairs"))
        relations = []
        for item in page.texts(words.get("relations")):
            said = relation(item.value)
            if said is None or max(said.positions) > len(positions) + len(page.texts(words.get("elements"))):
                page.wrong(item.line, f"'{item.value}' is no relation; write P, R, E, C or L and positions of two digits, as in P0304")
            else:
                relations.append(said)
        found[tag] = SegmentRule(tag, page.text(words.get("name")), positions, tuple(relations), pairs)
    return found


def read_items(page: Page, entry: Entry | None, segments: Mapping[str, SegmentRule]) -> tuple[Use, ...]:
    """The places of a list, in order, without those of other releases."""
    return tuple(use for use, _ in placed_items(page, entry.value if entry else None, segments))


def placed_items(page: Page, node: Node | None, segments: Mapping[str, SegmentRule]) -> Iterator[tuple[Use, Place]]:
    """The places of a list with what their words say."""
    if node is None:
        return
    for item in node if isinstance(node, Series) else (node,):
        match item:
            case Scalar(value=text, line=line):
                inner: Node | None = None
            case Table(entries=(only,)):
                text, line, inner = only.key, only.line, only.value
            case _:
                page.wrong(item.line, f"must be {PLACES}, or a loop: such a word with ':' and its segments below")
                continue
        said = place(text)
        if said is None:
            page.wrong(line, f"'{text}' must be {PLACES}")
        elif said.tag not in segments:
            page.wrong(line, unknown(said.tag, segments, what="segment") + "; describe a segment of your own below 'segments'")
        elif said.release in {"", page.release}:
            yield _use(page, said, inner, segments), said


def _use(page: Page, said: Place, inner: Node | None, segments: Mapping[str, SegmentRule]) -> Use:
    items = tuple(use for use, _ in placed_items(page, inner, segments))
    return Use(said.tag, said.usage, said.most, (Use(said.tag, Usage.MANDATORY), *items) if items else ())


def _simple(page: Page, entry: Entry, words: Mapping[str, Entry]) -> Element:
    told = words.get("type")
    if "at" in words:
        told = page.table(words["at"].value, what="'at'").get(page.release, told)
    text = page.text(told)
    said = size(text)
    if said is None:
        page.wrong(told.line if told else entry.line, f"'{text}' must be {TYPES}")
        return Element(entry.key, page.text(words.get("name")))
    only = page.text(words.get("only"))
    if only not in {"", "true", "false"}:
        page.wrong(words["only"].line, "'only' must be true (other codes are wrong) or false")
    return Element(
        entry.key,
        page.text(words.get("name")),
        said.kind,
        said.shortest,
        said.longest,
        said.decimals,
        codes_of(page, words),
        only == "true",
    )


def codes_of(page: Page, words: Mapping[str, Entry]) -> dict[str, str]:
    """The codes of an element with their words; a plain list has none."""
    told = words.get("codes")
    if told is None:
        return {}
    if isinstance(told.value, Table):
        return {entry.key: page.text(entry) for entry in told.value}
    return {item.value: "" for item in page.texts(told)}


def _composite(page: Page, entry: Entry, words: Mapping[str, Entry], elements: Mapping[str, Element]) -> Element:
    parts = []
    for item in page.texts(words["parts"]):
        said = _slot(page, item, elements)
        if said is not None:
            parts.append(_position(said, elements))
    return Element(entry.key, page.text(words.get("name")), parts=tuple(parts))


def _positions(page: Page, entry: Entry | None, elements: Mapping[str, Element]) -> Iterator[Position]:
    for item in page.texts(entry):
        pairs = PAIRS.fullmatch(item.value)
        if pairs is not None and {"235", "234"} <= elements.keys():
            for _ in range(int(pairs[1])):
                yield Position(elements["235"], elements["235"].name)
                yield Position(elements["234"], elements["234"].name)
            continue
        said = _slot(page, item, elements)
        if said is not None and said.release in {"", page.release}:
            yield _position(said, elements)


def _slot(page: Page, item: Scalar, elements: Mapping[str, Element]) -> Slot | None:
    said = slot(item.value)
    if said is None:
        page.wrong(item.line, f"'{item.value}' must be {SLOTS}")
        return None
    if said.number != "any" and said.number not in elements:
        page.wrong(item.line, f"element {said.number} is not described; add it below 'elements'")
        return None
    return said


def _position(said: Slot, elements: Mapping[str, Element]) -> Position:
    element = elements.get(said.number) or Element("", "not described", Kind.ANY)
    return Position(element, said.name or element.name, said.usage, said.most)


def _hierarchy(page: Page, entry: Entry | None) -> Hierarchy | None:
    if entry is None:
        return None
    words = page.table(entry.value, HIERARCHY_WORDS, what="'hierarchy'")
    ranks = tuple(page.text(words.get("ranks")).split())
    return Hierarchy(
        page.text(words.get("loop")), page.number(words.get("id")), page.number(words.get("parent")), page.number(words.get("level")), ranks
    )


def _totals(page: Page, entry: Entry | None) -> Iterator[Total]:
    if entry is None or not isinstance(entry.value, Series):
        return
    for item in entry.value:
        words = page.table(item, TOTAL_WORDS, what="a total")
        tag, _, at = page.text(words.get("at")).partition("/")
        element, component = _address(at)
        count = tuple(one.value for one in page.texts(words.get("count")))
        sums = tuple(_sum(one.value) for one in page.texts(words.get("sum")))
        if not element or bool(count) is bool(sums):
            page.wrong(item.line, "a total needs 'at: CTT/1' and either 'count: PO1' or 'sum: PO1/2'")
            continue
        yield Total(tag, element, component, page.text(words.get("when")), count, sums)


def _sum(text: str) -> Sum:
    """`PO1/2`, or `LIN/QTY/1.2` in a loop."""
    *inside, tag, address = ["", *text.split("/")][-3:] if "/" in text else ["", text, ""]
    return Sum(tag, *_address(address), inside[0])


def _address(text: str) -> tuple[int, int]:
    """`1.2` as element and component."""
    element, _, part = text.partition(".")
    return int(element) if element.isdigit() else 0, int(part) if part.isdigit() else 0
