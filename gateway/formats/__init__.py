"""File formats: bytes to nodes and back; syntax only. The mapping engine gives nodes their meaning."""

from __future__ import annotations

from gateway.formats.addresses import AddressError, alternatives, parse_path
from gateway.formats.base import (
    Broken,
    Fault,
    Format,
    Found,
    Identity,
    Kind,
    Layout,
    Narrow,
    Oddity,
    Part,
    PlainRows,
    Plan,
    RowScan,
    Scan,
    SetLayout,
    SetScan,
    Shape,
    Sifting,
    Split,
    Unread,
    Want,
)
from gateway.formats.builtin import FORMATS, PLAIN, format_named, formats
from gateway.formats.options import Options

__all__ = [
    "FORMATS",
    "PLAIN",
    "AddressError",
    "Broken",
    "Fault",
    "Format",
    "Found",
    "Identity",
    "Kind",
    "Layout",
    "Narrow",
    "Oddity",
    "Options",
    "Part",
    "PlainRows",
    "Plan",
    "RowScan",
    "Scan",
    "SetLayout",
    "SetScan",
    "Shape",
    "Sifting",
    "Split",
    "Unread",
    "Want",
    "alternatives",
    "format_named",
    "formats",
    "parse_path",
]
