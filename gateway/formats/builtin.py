"""The formats that come with the product, and those of other packages (entry point group `gateway.formats`).

Names and import strings only: a format is imported when it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from pkgutil import resolve_name
from types import MappingProxyType

from gateway.formats.base import Format

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "csv": "gateway.formats.csv:CsvFormat",
        "edifact": "gateway.formats.edi.layout:EdifactFormat",
        "fixed": "gateway.formats.fixed:FixedFormat",
        "json": "gateway.formats.json:JsonFormat",
        "x12": "gateway.formats.edi.layout:X12Format",
        "xml": "gateway.formats.xml:XmlFormat",
    }
)
PLAIN = ("fixed", "csv")
"""Formats that any text may be taken for: tried last, and what one of them recognises may be for the other."""


def format_named(name: str) -> Format | None:
    """The format a mapping names, or nothing."""
    return _load(name)


def formats() -> Iterator[Format]:
    """All formats, in the order in which a file is tried."""
    for name in sorted({*FORMATS, *_foreign()}, key=lambda name: (PLAIN.index(name) + 1 if name in PLAIN else 0, name)):
        found = _load(name)
        if found is not None:
            yield found


@cache
def _load(name: str) -> Format | None:
    path = FORMATS.get(name) or _foreign().get(name)
    if path is None:
        return None
    made: Format = resolve_name(path)()
    return made


@cache
def _foreign() -> Mapping[str, str]:
    return {point.name: point.value for point in entry_points(group="gateway.formats") if point.name not in FORMATS}
