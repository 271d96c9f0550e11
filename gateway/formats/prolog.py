"""What stands before the root of an XML file: encoding, DOCTYPE, and the root itself; read from bytes before any parser sees them.

Only encodings on the list are taken; libxml2 would also decode UTF-7, where markup hides from every check of bytes.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from msgspec import Struct

from gateway.formats.base import Broken

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf8": "UTF-8",
    "utf-16": "UTF-16",
    "iso-8859-1": "ISO-8859-1",
    "latin-1": "ISO-8859-1",
    "latin1": "ISO-8859-1",
    "iso-8859-15": "ISO-8859-15",
    "us-ascii": "US-ASCII",
    "ascii": "US-ASCII",
    "windows-1252": "windows-1252",
    "cp1252": "windows-1252",
}
_MARKS = ((codecs.BOM_UTF8, "UTF-8", "utf-8"), (codecs.BOM_UTF16_LE, "UTF-16", "utf-16-le"), (codecs.BOM_UTF16_BE, "UTF-16", "utf-16-be"))
_FOREIGN_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_DECLARATION = re.compile(r"<\?xml\s[^>]{0,200}?\?>")
_DECLARED = re.compile(r"""\sencoding\s*=\s*["']([^"']{1,40})["']""")
_SKIP = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE(?:\"[^\"]*\"|'[^']*'|[^\"'\[>])*([\[>])", re.DOTALL)
_ROOT = re.compile(r"<([^\s/>!?\"'=<]+)((?:\s+[^\s=<>]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)")
_ATTRIBUTE = re.compile(r"""([^\s=<>]+)\s*=\s*("[^"<]*"|'[^'<]*')""")


class Prolog(Struct, frozen=True):
    """The encoding to parse with, and the root as it is written."""

    encoding: str
    doctype: bool
    internal_subset: bool
    root: str
    namespace: str
    attributes: tuple[tuple[str, str], ...]


@lru_cache(maxsize=16)
def read_prolog(head: bytes) -> Prolog:
    """The prolog of a file that begins with these bytes; Broken where it is not XML that we take. Asked several times for one file."""
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise Broken("the file is empty")
    encoding, text = _decoded(head)
    declaration = _DECLARATION.match(text)
    at = declaration.end() if declaration else 0
    doctype = subset = False
    while True:
        if skip := _SKIP.match(text, at):
            at = skip.end()
        elif not doctype and (found := _DOCTYPE.match(text, at)):
            doctype, subset, at = True, found[1] == "[", found.end()
            if subset:
                return Prolog(encoding, doctype, subset, "", "", ())
        else:
            break
    root = _ROOT.match(text, at)
    if root is None:
        raise Broken("no XML element stands at the beginning of the file", where="line " + str(text.count("\n", 0, at) + 1))
    attributes = tuple((name, value[1:-1]) for name, value in _ATTRIBUTE.findall(root[2]))
    prefix, colon, name = root[1].rpartition(":")
    declared = f"xmlns:{prefix}" if colon else "xmlns"
    return Prolog(encoding, doctype, subset, name, dict(attributes).get(declared, ""), attributes)


def _decoded(head: bytes) -> tuple[str, str]:
    """The name of the encoding and the head as text; a cut last character is dropped."""
    if head.startswith(_FOREIGN_MARKS):
        raise Broken("the encoding UTF-32 is not taken; send UTF-8")
    for mark, name, codec in _MARKS:
        if head.startswith(mark):
            text = codecs.getincrementaldecoder(codec)(errors="replace").decode(head[len(mark) :])
            declared = _declared(text)
            if declared and ENCODINGS.get(declared.lower()) != name:
                raise Broken(f"the file begins as {name} but declares {declared!r}")
            return name, text
    if b"\0" in head[:4]:
        raise Broken("UTF-16 is taken only with a byte order mark")
    declared = _declared(head[:512].decode("latin-1"))
    found = ENCODINGS.get(declared.lower(), "") if declared else "UTF-8"
    if not found:
        raise Broken(f"the encoding {declared!r} is not taken; send UTF-8", value=declared)
    if found == "UTF-16":
        raise Broken("UTF-16 is taken only with a byte order mark")
    return found, codecs.getincrementaldecoder(found)(errors="replace").decode(head)


def _declared(text: str) -> str:
    declaration = _DECLARATION.match(text)
    found = _DECLARED.search(declaration[0]) if declaration else None
    return found[1] if found else ""
