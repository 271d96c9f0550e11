"""Yardsticks for interchanges: the whole file split at once, and the readers of two published libraries."""

from __future__ import annotations

from pathlib import Path

from pydifact.control.characters import Characters
from pydifact.parser import Parser, TokenIterator
from pydifact.tokenizer import Tokenizer
from pyx12.x12file import X12Reader


def split(path: Path) -> list[list[str]]:
    """All segments of an X12 file, as two splits give them; nothing is checked."""
    return [segment.split("*") for segment in path.read_text(encoding="utf-8").replace("\n", "").split("~")]


def sets_of_pyx12(path: Path) -> int:
    """The sets that pyx12's reader meets; it yields segments and checks counts and numbers of the envelope."""
    with path.open(encoding="utf-8") as file:
        return sum(segment.get_seg_id() == "ST" for segment in X12Reader(file))


def messages_of_pydifact(path: Path) -> int:
    """The messages in the segments that pydifact's tokenizer and parser make of a file.

    Without its checks against the segments of a directory, which cost it far more and which we do not make here either.
    """
    text = path.read_text(encoding="utf-8")
    characters = Characters.from_str(text[:9])
    tokens = TokenIterator(Tokenizer().get_tokens(text[9:].lstrip(), characters))
    return sum(segment[0] == "UNH" for segment in Parser().convert_tokens_to_raw_segments(tokens))
