"""JSON: documents one by one out of a list of any length, digits exact, a doubled key refused, depth and size bounded.

The splitting is ours (`json_split`); each document is then read by the standard parser with every digit kept as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, ClassVar

from gateway.formats.addresses import AddressError, alternatives, parse_path
from gateway.formats.base import DOCUMENT_VALUES, HEAD, Broken, Fault, Found, Identity, Node, Oddity, Part, Split, Unread, Want
from gateway.formats.cuts import Open
from gateway.formats.json_plan import JsonPlan, Known
from gateway.formats.json_sift import sift_pieces
from gateway.formats.json_split import Piece, pieces
from gateway.formats.options import Options
from gateway.formats.row_sift import PROBLEM, numbered

_ESCAPES = ("\\u", "\\b", "\\f")
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class JsonFormat:
    """The format `json`."""

    name: ClassVar[str] = "json"
    options: ClassVar[Mapping[str, str]] = {
        "document": "address of a document, or of the list of them; the whole when absent",
        "has": "keys that must be there, one or a list",
    }

    def identify(self, head: bytes, name: str) -> Identity | None:
        """The keys at the top, as far as the beginning shows them."""
        text = head.decode("utf-8-sig", errors="replace").lstrip()
        if text[:1] not in {"{", "["}:
            return None
        return Identity(self.name, has=_keys(text))

    def layout(self, options: Options, unread: Unread, split: Split | None) -> JsonLayout:
        """The layout with its options checked."""
        document = options.text("document")
        return JsonLayout(
            options.checked("document", lambda: _names(document)) if document else (),
            has=options.texts("has"),
            unread=unread,
            rows=split.rows if split else "",
        )


def _names(document: str) -> tuple[str, ...]:
    found = alternatives(document)
    if len(found) > 1 or len(found[0]) > 1:
        raise AddressError("the address of a document is one path")
    path = parse_path(document)
    if any(step.conditions for step in path.steps):
        raise AddressError("the address of a document has no conditions")
    return tuple(step.name for step in path.steps)


class JsonLayout:
    """JSON as one mapping describes it."""

    def __init__(self, document: Sequence[str], *, has: Sequence[str], unread: Unread, rows: str) -> None:
        self.document, self.has, self.unread = tuple(document), tuple(has), unread
        self._rows = rows
        self._has_problem = False

    @property
    def holds_one(self) -> bool:
        """Without a document address the whole is the document, or a list of them."""
        return not self.document

    @property
    def cuts_rows(self) -> bool:
        """The engine cuts objects by the values of their rows."""
        return False

    def plan(self, part: Part, wants: Sequence[Want]) -> JsonPlan:
        """Head and tail stand around the documents."""
        if part is not Part.DOCUMENT:
            return JsonPlan(wants, Unread.IGNORE)
        plan = JsonPlan(wants, self.unread, known=[Known(parse_path(self._rows).steps)] if self._rows else [])
        self._has_problem = plan.knows(PROBLEM)
        return plan if self._rows else plan.besides(PROBLEM)

    @property
    def can_sift(self) -> bool:
        """Whether one of its documents is one entry of the file, which can stand in another one."""
        return not self._rows

    def sift(self, open_: Open, chosen: Mapping[str, str], target: BinaryIO) -> None:
        """The chosen documents in what stands around them."""
        sift_pieces(open_, self.document, numbered(chosen), target, has_own=self._has_problem)

    def row_plan(self, rows: str, wants: Sequence[Want]) -> JsonPlan:
        """The rows of a split document."""
        return JsonPlan(wants, self.unread)

    def scan(self, source: BinaryIO) -> JsonScan:
        """A file to read."""
        return JsonScan(self, source)

    def survey(self, source: BinaryIO) -> JsonScan:
        """The same: every limit is judged as it is read."""
        return JsonScan(self, source)

    def resembles(self, head: bytes) -> bool:
        """Whether one of the keys that must be there is."""
        keys = _keys(head.decode("utf-8-sig", errors="replace").lstrip())
        return any(key in keys for key in self.has)

    def misfit(self, head: bytes, needed: Sequence[str]) -> str | None:
        """The keys that must be there; what stands further behind than the head shows is not missed."""
        text = head.decode("utf-8-sig", errors="replace").lstrip()
        if text[:1] not in {"{", "["}:
            return "the file is not JSON"
        keys = _keys(text)
        for key in self.has if len(head) < HEAD else ():
            if key not in keys:
                return f"the key {key} is not there"
        return None

    def write(self, head: Node | None, documents: Iterable[Node], tail: Node | None, target: BinaryIO) -> tuple[Fault, ...]:
        """Readable JSON: two blanks a level; documents in their list."""
        listed = list(documents)
        if self.holds_one:
            if len(listed) != 1:
                return (Fault("too_many", f"{len(listed)} documents where a file holds exactly one"),)
            whole: Any = listed[0]
        else:
            whole = dict(head or {})
            at = whole
            for name in self.document[:-1]:
                at = at.setdefault(name, {})
            at[self.document[-1]] = listed
            _merge(whole, tail or {})
        target.write(_written(whole).encode() + b"\n")
        return ()


class JsonScan:
    """One JSON file."""

    def __init__(self, layout: JsonLayout, source: BinaryIO) -> None:
        self.odd: list[Oddity] = []
        self.rows: Sequence[Node] = ()
        self._layout, self._source = layout, source
        self._frame: Any = None
        self.place = self._line = 0
        self.document: Any = None

    def __iter__(self) -> Iterator[Found]:
        for piece in pieces(self._source, self._layout.document):
            if piece.is_frame:
                self._frame = parsed(piece)
                continue
            found = parsed(piece)
            self.place += 1
            if not isinstance(found, dict):
                where = f"document {self.place}, {piece.where}"
                yield Found(None, where, 1, (Fault("bad_form", f"a document is an object, found {_what(found)}", where, piece.text[:80]),))
                continue
            self.document, self._line = found, piece.line
            yield Found(found, self.place_of_document())

    def place_of_document(self) -> str:
        """`document 3, line 14`."""
        return f"document {self.place}, line {self._line}"

    def head(self) -> Node | None:
        """What stands before the documents."""
        return self._frame if isinstance(self._frame, dict) else None

    def tail(self) -> Node | None:
        """What stands around the documents."""
        return self._frame if isinstance(self._frame, dict) else None

    def faults(self) -> tuple[Fault, ...]:
        """Nothing is remarked about JSON as a whole."""
        return ()


def parsed(piece: Piece) -> Any:
    """A piece as objects, lists and texts; numbers stay the digits they are."""
    count = 0

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal count
        count += len(pairs)
        if count > DOCUMENT_VALUES:
            raise Broken(f"a document has more than {DOCUMENT_VALUES:,} values", where=piece.where, kind="too_long")
        made = dict(pairs)
        if len(made) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise Broken(f"the key {twice[:60]!r} stands twice in an object", where=piece.where)
        return made

    def refuse(word: str) -> Any:
        raise Broken(f"{word} is not a number", where=piece.where, kind="not_number", value=word)

    try:
        found = json.loads(piece.text, object_pairs_hook=unique, parse_int=str, parse_float=str, parse_constant=refuse)
    except json.JSONDecodeError as error:
        line = piece.line + error.lineno - 1
        column = error.colno if error.lineno > 1 else piece.column + error.colno - 1
        raise Broken(f"not JSON: {error.msg}", where=f"line {line}, column {column}") from error
    if any(escape in piece.text for escape in _ESCAPES):
        _refuse_odd_texts(found, piece)
    return found


def _refuse_odd_texts(found: Any, piece: Piece) -> None:
    """Escapes can say what no text should hold."""
    match found:
        case str():
            if odd := _ODD.search(found):
                what = "half a character" if odd[0] >= "\ud800" else "a control character"
                raise Broken(f"a text holds {what}", where=piece.where, kind="bad_character", value=repr(odd[0]))
        case dict():
            for key, value in found.items():
                _refuse_odd_texts(key, piece)
                _refuse_odd_texts(value, piece)
        case list():
            for value in found:
                _refuse_odd_texts(value, piece)


def _keys(text: str) -> tuple[str, ...]:
    """The keys of the first object, without those inside."""
    keys: list[str] = []
    decoder = json.JSONDecoder()
    depth, at, wanted = 0, 0, text[:1]
    while at < len(text):
        letter = text[at]
        if letter == '"':
            try:
                word, at = decoder.raw_decode(text, at)
            except json.JSONDecodeError:
                break
            rest = text[at : at + 20].lstrip()
            if depth == (1 if wanted == "{" else 2) and rest.startswith(":"):
                keys.append(word)
            continue
        depth += (letter in "{[") - (letter in "}]")
        at += 1
    return tuple(dict.fromkeys(keys))


def _merge(whole: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(whole.get(key), dict):
            _merge(whole[key], value)
        else:
            whole[key] = value


def _written(node: Any, level: int = 0) -> str:
    """JSON text; numbers are already digits."""
    inner = "  " * (level + 1)
    match node:
        case dict():
            if not node:
                return "{}"
            rows = [f"{inner}{json.dumps(key, ensure_ascii=False)}: {_written(value, level + 1)}" for key, value in node.items()]
            return "{\n" + ",\n".join(rows) + "\n" + "  " * level + "}"
        case list():
            if not any(isinstance(value, dict | list) for value in node):
                return "[" + ", ".join(_written(value) for value in node) + "]"
            return "[\n" + ",\n".join(inner + _written(value, level + 1) for value in node) + "\n" + "  " * level + "]"
        case bool():
            return "true" if node else "false"
        case str():
            return json.dumps(node, ensure_ascii=False)
        case None:
            return "null"
        case _:
            return str(node)


def _what(found: Any) -> str:
    return {list: "a list", str: "a text", bool: "true or false", type(None): "null"}.get(type(found), "something else")
