"""Names in a text of a notice that mean nothing: found by looking at the text, before any mail is made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jinja2 import Environment, TemplateSyntaxError, nodes

from gateway.kernel.yaml_text import unknown
from gateway.notices.view import ISSUE, LISTS, WORDS

Shape = tuple[str, tuple[str, ...]] | None
"""What a name stands for: what it is called, and its parts; None when nothing is known of it."""
LOOP = ("index", "index0", "first", "last", "length", "revindex", "previtem", "nextitem", "cycle", "depth")


def strangers(environment: Environment, text: str) -> Iterator[tuple[int, str]]:
    """The line and what is wrong there."""
    try:
        tree = environment.parse(text)
        environment.compile(text)
    except TemplateSyntaxError as error:
        yield error.lineno, error.message or "cannot be read"
        return
    known: dict[str, Shape] = {word: (word, parts) if parts else None for word, parts in WORDS.items()}
    yield from _walk(tree, known)


def _walk(node: nodes.Node, known: dict[str, Shape]) -> Iterator[tuple[int, str]]:
    match node:
        case nodes.Name(ctx="load") if node.name not in known:
            yield node.lineno, unknown(node.name, known, what="name")
            return
        case nodes.Getattr():
            shape = _shape(node.node, known)
            if shape is not None and node.attr not in shape[1]:
                yield node.lineno, unknown(node.attr, shape[1], what=f"part of {shape[0]}")
                return
        case nodes.For():
            yield from _walk(node.iter, known)
            inside = {**known, **dict.fromkeys(_targets(node.target)), "loop": ("loop", LOOP)}
            found = _shape(node.iter, known)
            if isinstance(node.target, nodes.Name) and found is not None and found[0] in LISTS:
                inside[node.target.name] = (node.target.name, found[1])
            for child in (*node.body, *([node.test] if node.test is not None else [])):
                yield from _walk(child, inside)
            for child in node.else_:
                yield from _walk(child, known)
            return
        case nodes.Assign():
            yield from _walk(node.node, known)
            known |= dict.fromkeys(_targets(node.target))
            return
        case nodes.Macro():
            known[node.name] = None
            inside = {**known, **dict.fromkeys(argument.name for argument in node.args), "caller": None}
            for child in node.body:
                yield from _walk(child, inside)
            return
        case _:
            pass
    for child in node.iter_child_nodes():
        yield from _walk(child, known)


def _shape(node: nodes.Node, known: Mapping[str, Shape]) -> Shape:
    """What an expression stands for, as far as it is plain."""
    match node:
        case nodes.Name():
            return known.get(node.name)
        case nodes.Getattr(attr="issues"):
            return ("issues", ISSUE)
        case _:
            return None


def _targets(node: nodes.Node) -> Iterator[str]:
    """The names a loop or an assignment gives."""
    if isinstance(node, nodes.Name):
        yield node.name
    for child in node.iter_child_nodes():
        yield from _targets(child)
