"""Functions that are made as source text, as dataclasses makes its own: compiled here and nowhere else.

Nothing but what is handed over can be reached from them. A traceback shows their lines, for they carry their text with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from types import CodeType
from typing import Any

COMPILED = 512
"""So many texts are kept compiled: what one file needs is often what the next one needs."""


def function(source: str, name: str, what: str, names: Mapping[str, Any]) -> Callable[..., Any]:
    """The function of this name in a text that we have written; it knows these names. Texts of others are in it as literals at most."""
    file = f"{what} {sha256(source.encode()).hexdigest()[:12]}"
    space: dict[str, Any] = {"__builtins__": {}, "__name__": file, "__loader__": _Text(source), **names}
    exec(_code(source, file), space)  # noqa: S102 - our own text, of which records 100 and 107 tell
    made: Callable[..., Any] = space[name]
    return made


class _Text:
    """Where a traceback finds the text of a function."""

    def __init__(self, source: str) -> None:
        self._source = source

    def get_source(self, _name: str) -> str:
        """All of it."""
        return self._source


@lru_cache(COMPILED)
def _code(source: str, file: str) -> CodeType:
    return compile(source, file, "exec", dont_inherit=True)
