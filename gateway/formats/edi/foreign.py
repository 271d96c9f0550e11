"""What else arrives where X12 and EDIFACT are expected: told by name, never guessed at (edi 1)."""

from __future__ import annotations

import re

from gateway.formats.edi.headers import BEHIND_TEXT, HEADER, NEAR

_FOREIGN = (
    ("X12 or EDIFACT in UTF-16", re.compile(rb"(?:\xff\xfe|\xfe\xff)?\x00?(?:I\x00S\x00A|U\x00N\x00[AB])")),
    ("a zip archive", re.compile(rb"PK\x03\x04")),
    ("a gzip archive", re.compile(rb"\x1f\x8b")),
    ("UTF-16 text", re.compile(rb"\xff\xfe|\xfe\xff")),
    ("TRADACOMS", re.compile(rb"STX=ANA")),
    ("VDA", re.compile(rb"(?:511|551|711|821|651|661)0[1-9][ 0-9A-Za-z][^\r\n]{100,}")),
    ("an SAP IDoc", re.compile(rb"EDI_DC")),
    ("an SAP IDoc as XML", re.compile(rb"<\?xml[^>]*>\s*<[A-Z0-9_/]+>\s*<IDOC|<[A-Z0-9_/]+>\s*<IDOC|<IDOC")),
    ("X12 as XML", re.compile(rb"(?:<\?xml[^>]*>\s*)?<(?:[\w-]+:)?(?:X12[_>\s]|ISA\b|M_?\d{3}|ediroot|TS_?\d{3})", re.IGNORECASE)),
    ("EDIFACT as XML", re.compile(rb"(?:<\?xml[^>]*>\s*)?<(?:[\w-]+:)?(?:EFACT|UNB|unEdifact|edifact)", re.IGNORECASE)),
    ("HL7 version 2", re.compile(rb"MSH\|")),
    ("interactive EDIFACT", re.compile(rb"UIB\+")),
)
_FILLER = b" \t\r\n\x00\x1a\xef\xbb\xbf"
_MARKUP = (b"<", b"{", b"[")
"""How XML and JSON begin, whatever stands in them."""


def sniff(head: bytes) -> str | None:
    r"""`x12` or `edifact` by the first bytes of a file; nothing where neither begins within the first kilobyte.

    >>> sniff(b"ISA*00*          *00*          *ZZ*"), sniff(b'<order paid="VISA" by="LISA"/>'), sniff(b"name,first\nBYRD,LISA,1,2")
    ('x12', None, None)
    """
    bare = head[:NEAR].lstrip(_FILLER)
    if bare.startswith(_MARKUP):
        return None
    text = bare.decode("latin-1")
    found = HEADER.match(text) or BEHIND_TEXT.search(text)
    return None if found is None else "x12" if found[0].startswith("ISA") else "edifact"


def foreign(head: bytes) -> str | None:
    """The name of another format that is no X12 and no EDIFACT, as far as its first bytes tell."""
    bare = head if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else head.lstrip(_FILLER)
    return next((name for name, form in _FOREIGN if form.match(bare)), None)
