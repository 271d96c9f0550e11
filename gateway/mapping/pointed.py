"""Numbers of EDIFACT, which has point and comma for the decimal mark: UNA says one, and senders write either (edi 10.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from gateway.mapping.chain import Convert
from gateway.mapping.codecs import Codec
from gateway.mapping.fields import FieldKind, FieldType
from gateway.mapping.lookups import Translation

EDIFACT = "edifact"
MakeReader = Callable[[Sequence[FieldType], Sequence[Codec], Translation | None, Sequence[str]], Convert]
_WITH_COMMA = re.compile(r"\s*-?[0-9]*,[0-9]*\s*", re.ASCII)
_NUMBERS = frozenset({FieldKind.INT, FieldKind.DECIMAL})


def pointed(make: MakeReader) -> MakeReader:
    """What makes readers, of which those of numbers take a comma for a point."""

    def made(types: Sequence[FieldType], codecs: Sequence[Codec], translation: Translation | None, none: Sequence[str]) -> Convert:
        decode = make(types, codecs, translation, none)
        return with_point(decode) if len(types) == 1 and types[0].kind in _NUMBERS and translation is None else decode

    return made


def with_point(decode: Convert) -> Convert:
    """The same reader behind a look for a comma; of several parts each is looked at."""

    def read(raw: Any) -> Any:
        if isinstance(raw, str):
            return decode(_point(raw))
        return decode(type(raw)(_point(one) for one in raw) if isinstance(raw, tuple | list) else raw)

    return read


def _point(raw: Any) -> Any:
    return raw.replace(",", ".") if isinstance(raw, str) and "," in raw and _WITH_COMMA.fullmatch(raw) else raw
