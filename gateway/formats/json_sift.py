"""The documents of a JSON file that were not taken, as a file of the same form, with what is wrong in a key of its own: to be mended."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from gateway.formats.cuts import Open
from gateway.formats.json_split import Piece, around, pieces
from gateway.formats.row_sift import PROBLEM

_OLD = re.compile(rf'\{{(\s*)"{PROBLEM}"\s*:\s*"(?:[^"\\]|\\.)*"\s*,?\s*')


def sift_pieces(open_: Open, document: Sequence[str], chosen: Mapping[int, str], target: BinaryIO, *, has_own: bool) -> None:
    """Write the documents of these numbers, as they stand, into what stands around them.

    What is wrong stands first in each, in place of an earlier one; not where a rule reads that key (`has_own`).
    """
    with open_() as source:
        edges = around(source, document)
    indent = "  " * len(document)
    target.write(edges.before.encode())
    written = 0
    with open_() as source:
        for place, piece in enumerate((it for it in pieces(source, document) if not it.is_frame), 1):
            if place not in chosen:
                continue
            if edges.is_list:
                target.write((f",\n{indent}  " if written else f"[\n{indent}  ").encode())
            target.write((piece.text if has_own else told(piece, chosen[place])).encode())
            written += 1
    if edges.is_list:
        target.write((f"\n{indent}]" if written else "[]").encode())
    target.write(edges.after.encode() + (b"" if edges.after.endswith("\n") else b"\n"))


def told(piece: Piece, problem: str) -> str:
    """The document with what is wrong with it; as it stands where it is no object, or somebody wrote the key elsewhere in it."""
    text = _OLD.sub(r"{\1", piece.text, count=1) if _OLD.match(piece.text) else piece.text
    if not text.startswith("{") or PROBLEM in json.loads(text, parse_int=str, parse_float=str):
        return piece.text
    blank = text[1 : len(text) - len(text[1:].lstrip())]
    rest = text[1:].lstrip()
    said = json.dumps(problem, ensure_ascii=False)
    return f'{{{blank}"{PROBLEM}": {said}{rest}' if rest == "}" else f'{{{blank}"{PROBLEM}": {said},{blank or " "}{rest}'
