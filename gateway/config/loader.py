"""A YAML file into one of our models: every mistake with file, line, key and the nearest valid word, all in one pass."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from gateway.config.problems import Problem
from gateway.config.strictness import WORDS
from gateway.kernel.errors import ConfigError
from gateway.kernel.yaml_text import Node, Scalar, Series, Table, load_yaml_text, nearest, unknown

M = TypeVar("M", bound=BaseModel)
Place = tuple[str | int, ...]

SHAPES: Mapping[str, str] = {
    "model_type": "must be a table of words and values",
    "dict_type": "must be a table of words and values",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "string_type": "must be one text",
    "missing": "is missing",
    "union_tag_not_found": "'transport' is missing",
}


class Source(Generic[M]):
    """A file that was read: the model and, for later findings, the lines it came from."""

    def __init__(self, value: M, *, file: str, tree: Node) -> None:
        self.value = value
        self.file = file
        self.tree = tree

    def problem(self, place: Place, text: str) -> Problem:
        """A finding about a place of this file."""
        return Problem(self.file, line_of(self.tree, place), shown(place), text)


class Unread(Exception):
    """The file could not be read into its model; carries the findings to who collects them, never leaves the room.

    `tree` is what it says, where it is YAML at all.
    """

    def __init__(self, problems: tuple[Problem, ...], tree: Node | None = None) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
        self.tree = tree


def read_source(path: Path, model: type[M], *, root: Path) -> Source[M]:
    """Read and check one file; raises `Unread` with everything that is wrong in it."""
    file = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    try:
        tree = load_yaml_text(path)
    except ConfigError as error:
        raise Unread(tuple(unreadable(line, path, file) for line in error.problems)) from error
    try:
        return Source(model.model_validate(plain(tree)), file=file, tree=tree)
    except ValidationError as error:
        raise Unread(tuple(_problem(finding, model, file=file, tree=tree) for finding in error.errors()), tree) from error


def unreadable(line: str, path: Path, file: str) -> Problem:
    """A finding of the YAML reader, which begins with the path and mostly a line."""
    found = re.fullmatch(r"(?::(?P<line>\d+))?: (?P<text>.*)", line.removeprefix(str(path)), re.DOTALL)
    return Problem(file, int(found["line"] or 0), "", found["text"]) if found else Problem(file, 0, "", line)


def plain(tree: Node) -> Any:
    """Texts, lists and tables for pydantic; a word with nothing behind it counts as absent."""
    match tree:
        case Scalar():
            return tree.value
        case Series():
            return [plain(item) for item in tree]
        case Table():
            return {entry.key: plain(entry.value) for entry in tree if not _is_nothing(entry.value)}


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.value and not node.quoted


def line_of(tree: Node, place: Place) -> int:
    """The line of a place, or of the nearest thing around it."""
    line = tree.line
    node: Node | None = tree
    for part in place:
        match node, part:
            case Table(), str():
                entry = next((entry for entry in node if entry.key == part), None)
                if entry is not None:
                    node, line = entry.value, entry.line
            case Series(), int() if part < len(node.items):
                node = node.items[part]
                line = node.line
            case _:
                break
    return line


def shown(place: Place) -> str:
    """The path as people read it: list entries are counted from 1."""
    return " > ".join(str(part + 1) if isinstance(part, int) else part for part in place)


def words(problem: ErrorDetails, known: tuple[str, ...]) -> str:
    """One finding of pydantic in our words; `known` are the words that are valid at its place."""
    match problem["type"]:
        case "extra_forbidden":
            return unknown(str(problem["loc"][-1]), known, what="word")
        case "literal_error" | "enum":
            return _none_of(str(problem["input"]), _expected(problem["ctx"]["expected"]))
        case "union_tag_invalid":
            return _none_of(problem["ctx"]["tag"], _expected(problem["ctx"]["expected_tags"]))
        case "value_error" | "assertion_error":
            return str(problem["ctx"]["error"])
        case kind:
            return SHAPES.get(kind, problem["msg"][:1].lower() + problem["msg"][1:])


def known_words(model: type[BaseModel], place: Place) -> tuple[str, ...]:
    """The words a table at this place may hold."""
    found: Any = model
    for part in place:
        found = _inner(found, part)
    inner = _models(found)
    return tuple(field.alias or name for candidate in inner for name, field in candidate.model_fields.items())


def _problem(finding: ErrorDetails, model: type[BaseModel], *, file: str, tree: Node) -> Problem:
    place = finding["loc"]
    known = known_words(model, place[:-1]) if finding["type"] == "extra_forbidden" else ()
    written = _written(tree, place) + (place[-1:] if finding["type"] == "missing" else ())
    return Problem(file, line_of(tree, place), shown(written), words(finding, known))


def _written(tree: Node, place: Place) -> Place:
    """The parts of a place that stand in the file; pydantic puts the tags of choices in between."""
    found: list[str | int] = []
    node: Node | None = tree
    for part in place:
        match node, part:
            case Table(), str():
                inner = node.get(part)
                if inner is not None:
                    found.append(part)
                    node = inner
            case Series(), int() if part < len(node.items):
                found.append(part)
                node = node.items[part]
            case _:
                break
    return tuple(found)


def _inner(found: Any, part: str | int) -> Any:
    """The annotation one step inside; a tag of a choice leads to that alternative."""
    for candidate in _alternatives(found):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            if isinstance(part, str) and part in candidate.model_fields:
                return candidate.model_fields[part].annotation
        elif get_origin(candidate) is tuple and isinstance(part, int):
            return get_args(candidate)[0]
        elif get_origin(candidate) is dict:
            return get_args(candidate)[1]
    return _tagged(found, part)


def _tagged(found: Any, part: str | int) -> Any:
    for candidate in get_args(found):
        if get_origin(candidate) is Annotated and any(isinstance(mark, Tag) and mark.tag == part for mark in get_args(candidate)[1:]):
            return candidate
    return found


def _alternatives(found: Any) -> tuple[Any, ...]:
    if get_origin(found) is Annotated:
        return _alternatives(get_args(found)[0])
    if get_origin(found) in {Union, types.UnionType}:
        return tuple(one for inner in get_args(found) for one in _alternatives(inner))
    return (WORDS.get(found, found),)


def _models(found: Any) -> tuple[type[BaseModel], ...]:
    return tuple(one for one in _alternatives(found) if isinstance(one, type) and issubclass(one, BaseModel))


def _expected(text: str) -> list[str]:
    return [word.strip().strip("'") for word in text.replace(" or ", ", ").split(",")]


def _none_of(found: str, valid: list[str]) -> str:
    close = nearest(found, valid)
    return f"'{found}' is none of {', '.join(valid)}" + (f"; did you mean '{close}'?" if close else "")
