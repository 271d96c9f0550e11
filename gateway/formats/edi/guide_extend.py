"""Guides of partners: one of ours with segments added, usage and repeats changed, and other types and codes of elements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from msgspec import structs

from gateway.formats.edi.guide import Element, Guide, Position, SegmentRule, Usage, Use
from gateway.formats.edi.guide_file import TYPES, Dictionary, Page, codes_of, placed_items, read_elements, read_segments
from gateway.formats.edi.guide_words import size
from gateway.kernel.yaml_text import Entry, Node, unknown

WORDS = ("guide", "extends", "name", "elements", "segments", "loops", "usage", "values")
VALUE_WORDS = ("usage", "type", "codes", "name")
USAGES = tuple(usage.value for usage in Usage)


def extend(node: Node, source: str, base: Guide, dictionary: Dictionary) -> Guide:
    """The guide of a partner over one of ours; ConfigError with everything that is wrong."""
    page = Page(source, base.release)
    words = page.table(node, WORDS, what="the file")
    elements = read_elements(page, words.get("elements"), dictionary.elements)
    segments = {**base.segments, **read_segments(page, words.get("segments"), elements)}
    root = _with_loops(page, base.root, words.get("loops"), segments)
    root = _with_usage(page, root, words.get("usage"))
    segments = _with_values(page, segments, words.get("values"))
    page.finish()
    return structs.replace(
        base,
        name=page.text(words.get("guide")),
        title=page.text(words.get("name")) or base.title,
        root=root,
        segments=segments,
        extends=base.name,
        source=source,
    )


def _with_loops(page: Page, root: Use, entry: Entry | None, segments: Mapping[str, SegmentRule]) -> Use:
    for path, told in page.table(entry.value if entry else None, what="'loops'").items():
        for use, said in placed_items(page, told.value, segments):
            changed = _changed(root, path, partial(_inserted, use=structs.replace(use, is_own=True), after=said.after))
            if changed is root:
                page.wrong(told.line, unknown(path, _paths(root, loops=True), what="loop") + "; the set itself is 'SET'")
                break
            root = changed
    return root


def _with_usage(page: Page, root: Use, entry: Entry | None) -> Use:
    for path, told in page.table(entry.value if entry else None, what="'usage'").items():
        word, star, most = page.text(told).partition(" *")
        if word not in USAGES or (star and not most.isdigit()):
            page.wrong(told.line, f"'{page.text(told)}' must be one of {', '.join(USAGES)}, with ' *3' behind it for at most three")
            continue
        changed = _changed(root, path, partial(_used, usage=Usage(word), most=int(most or 0)))
        if changed is root or path == "SET":
            page.wrong(told.line, unknown(path, _paths(root, loops=False), what="place"))
        else:
            root = changed
    return root


def _with_values(page: Page, segments: dict[str, SegmentRule], entry: Entry | None) -> dict[str, SegmentRule]:
    for path, told in page.table(entry.value if entry else None, what="'values'").items():
        tag, _, place = path.partition("/")
        number, _, part = place.partition(".")
        rule = segments.get(tag)
        if rule is None or not number.isdigit() or not 0 < int(number) <= len(rule.positions) or (part and not part.isdigit()):
            page.wrong(
                told.line, f"'{path}' is no element of a segment; write the segment, '/' and a position: BEG/2, or NAD/2.1 for a component"
            )
            continue
        positions = list(rule.positions)
        at = int(number) - 1
        changed = _position(page, told, positions[at], int(part or 0))
        if changed is None:
            page.wrong(told.line, f"'{path}': element {number} has no component {part}")
            continue
        positions[at] = changed
        segments = {**segments, tag: structs.replace(rule, positions=tuple(positions))}
    return segments


def _position(page: Page, told: Entry, position: Position, part: int) -> Position | None:
    """The position with what a partner changes; nothing when it has no such component."""
    if part:
        parts = list(position.element.parts)
        if part > len(parts):
            return None
        inner = _position(page, told, parts[part - 1], 0)
        if inner is not None:
            parts[part - 1] = inner
        return structs.replace(position, element=structs.replace(position.element, parts=tuple(parts)))
    words = page.table(told.value, VALUE_WORDS, what=f"'{told.key}'")
    element = _element(page, position.element, words)
    usage = page.text(words.get("usage"))
    if usage and usage not in USAGES:
        page.wrong(words["usage"].line, unknown(usage, USAGES, what="usage"))
        usage = ""
    name = page.text(words.get("name")) or position.name
    return Position(element, name, Usage(usage) if usage else position.usage, position.repeat, is_own=bool(usage))


def _element(page: Page, element: Element, words: Mapping[str, Entry]) -> Element:
    if "type" in words:
        said = size(page.text(words["type"]))
        if said is None:
            page.wrong(words["type"].line, f"'{page.text(words['type'])}' must be {TYPES}")
        else:
            element = structs.replace(
                element, kind=said.kind, shortest=said.shortest, longest=said.longest, decimals=said.decimals, is_own=True
            )
    if "codes" in words:
        codes = {code: told or element.codes.get(code, "") for code, told in codes_of(page, words).items()}
        element = structs.replace(element, codes=codes, closed=True, is_own=True)
    return element


def _used(use: Use, usage: Usage, most: int) -> Use:
    return structs.replace(use, usage=usage, repeat=most or use.repeat, is_own=True)


def _inserted(loop: Use, use: Use, after: str) -> Use:
    """The loop with one more place: behind a segment, else behind the last that begins no loop."""
    items = list(loop.items)
    plain = [at for at, item in enumerate(items) if not item.is_loop and item.tag not in {"SE", "UNT"}]
    behind = [at for at, item in enumerate(items) if item.tag == after] or plain
    items.insert(behind[-1] + 1 if behind else len(items), use)
    return structs.replace(loop, items=tuple(items))


def _changed(root: Use, path: str, change: Callable[[Use], Use]) -> Use:
    """The tree with the use at a path changed; the same tree when there is none."""
    if path == "SET":
        return change(root)
    head, _, rest = path.partition("/")
    for at, item in enumerate(root.items):
        if item.tag != head or (rest and not item.is_loop) or (at == 0 and root.is_loop and item.tag == root.tag):
            continue
        changed = _changed(item, rest, change) if rest else change(item)
        if changed is not item:
            return structs.replace(root, items=(*root.items[:at], changed, *root.items[at + 1 :]))
    return root


def _paths(root: Use, *, loops: bool) -> list[str]:
    def inner(path: str, items: tuple[Use, ...]) -> Iterator[str]:
        for use in items:
            if use.is_loop or not loops:
                yield f"{path}{use.tag}"
            if use.is_loop:
                yield from inner(f"{path}{use.tag}/", use.items[1:])

    return list(dict.fromkeys(inner("", root.items)))
