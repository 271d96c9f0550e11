"""Texts of interchanges that are longer than an entry of a list may be: MSG and FTX go on in the next entry."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

from gateway.mapping.chain import Convert
from gateway.mapping.fields import FieldKind, FieldType
from gateway.mapping.unfit import Unfit


def broken(decode: Convert, entry: FieldType) -> Convert:
    """What reads an entry; of a text that is too long it makes several, broken at blanks."""
    if entry.kind is not FieldKind.TEXT:
        return decode

    def read(raw: Any) -> Any:
        try:
            return decode(raw)
        except Unfit as unfit:
            if unfit.kind != "too_long" or not isinstance(raw, str):
                raise
            return [decode(piece) for piece in wrap(raw, entry.most, break_on_hyphens=False)]

    return read
