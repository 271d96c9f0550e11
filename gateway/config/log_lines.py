"""What stands in a log line, whoever writes it: fields by the names of one list, and nothing of a person, a payload or a secret.

Code says what it has at hand in short words; here they become the names that programs outside rely on. Not for: the form of a line.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterable, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

from gateway.kernel.errors import GatewayError, Refused

NAMES: Mapping[str, str] = MappingProxyType({"batch": "batch_id", "code": "error_code", "item": "outbox_id", "message": "file_id"})
"""Words of the code and the fields they become."""
OUT = frozenset({"outbox_id"})
IN = frozenset({"file_id"})

Line = MutableMapping[str, Any]  # the values of fields have no common type


def fields_of(words: Iterable[str]) -> frozenset[str]:
    """The fields of a line that is logged with these words; for the reference.

    >>> sorted(fields_of(["message", "place"]))
    ['direction', 'document_id', 'file_id', 'trace_id']
    """
    given = {NAMES.get(word, word) for word in words}
    if {"file_id", "place"} <= given:
        given = (given - {"place"}) | {"document_id"}
    if given & (IN | OUT):
        given |= {"direction", "trace_id"}
    if "connector" in given:
        given |= {"partner"}
    if given & {"exc_info"}:
        given = (given - {"exc_info"}) | {"exception"}
    return frozenset(given)


class Filled:
    """Gives every line its fields; `partners` are the names of the partners by connector."""

    def __init__(self, partners: Mapping[str, str]) -> None:
        self._partners = partners

    def __call__(self, _: object, __: str, line: Line) -> Line:
        """The line with the names of the list, and what follows from them."""
        filled = {NAMES.get(word, word): value for word, value in line.items()}
        if "file_id" in filled and "place" in filled:
            filled["document_id"] = f"{filled['file_id']}/{filled.pop('place')}"
        if not OUT.isdisjoint(filled) or not IN.isdisjoint(filled):
            filled.setdefault("direction", "in" if OUT.isdisjoint(filled) else "out")
            filled["trace_id"] = f"in-{filled['file_id']}" if "file_id" in filled else f"out-{filled['outbox_id']}"
        partner = self._partners.get(str(filled.get("connector")))
        if partner is not None:
            filled["partner"] = partner
        filled["worker"] = threading.current_thread().name
        return filled


def traced(_: object, __: str, line: Line) -> Line:
    """A traceback as one text field: where it broke and by what kind of error, without the words of errors that are not ours."""
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        line["exception"] = trace_of(error)
    return line


def trace_of(error: BaseException) -> str:
    """The places and kinds of an error and its causes. What a library says may hold what a partner wrote: it is left out."""
    parts = []
    found: BaseException | None = error
    while found is not None:
        parts.append("".join(traceback.format_tb(found.__traceback__)) + told(found))
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return "\n\nwhich came from\n\n".join(parts)


def told(error: BaseException) -> str:
    """The kind of an error, with its words where they are ours and speak of no document."""
    name = type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        return f"{name}: {error.strerror}"
    return f"{name}: {error}" if isinstance(error, GatewayError) and not isinstance(error, Refused) else name
