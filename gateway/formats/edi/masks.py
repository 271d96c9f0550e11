"""Characters that look like delimiters and are data, put out of the way before anything is split: released ones, and those of two bytes.

A masked text is as long as it was, so places in it are places in the file.
"""

from __future__ import annotations

import re

GAP = "\u0200"
"""Stands for the release character."""
_RELEASED = 0x100
_DOUBLE = 0x300
_MASKED = re.compile("[\u0100-\u01ff]")
_SHIFTED = re.compile("\x1b\\$\\(?[@-D][^\x1b]*")
_OPEN = re.compile("\x1b\\$\\(?[@-D][^\x1b]*\\Z|\x1b[$(]{0,2}\\Z")
_ESCAPE = re.compile("\x1b\\$\\(?[@-D]")


def mask(text: str, release: str, delimiters: str = "'+:*") -> str:
    """The text with every released pair masked; a release character at its very end stays."""
    if release not in text:
        return text
    # Pairs of the release character itself first: in a run of them, they pair from the left.
    text = text.replace(release * 2, GAP + chr(ord(release) + _RELEASED))
    for one in delimiters:
        text = text.replace(release + one, GAP + chr(ord(one) + _RELEASED))
    if release in text:
        pair = re.compile(re.escape(release) + "([\r\n]*)([\x00-\xff])")
        text = pair.sub(lambda found: GAP + found[1] + chr(ord(found[2]) + _RELEASED), text)
    return text


def unmask(text: str) -> str:
    """What was sent, without its release characters."""
    if text.isascii():
        return text
    return _MASKED.sub(lambda found: chr(ord(found[0]) - _RELEASED), text.replace(GAP, ""))


def dangling(text: str, release: str) -> int:
    """How many characters at the end wait for their other half: a release character, and line ends behind it."""
    bare = text.rstrip("\r\n")
    return len(text) - len(bare) + 1 if bare.endswith(release) else 0


def mask_double(text: str) -> str:
    """The text with the characters of two bytes of ISO 2022 masked, from each escape sequence to the next."""
    return _SHIFTED.sub(_shifted, text) if "\x1b" in text else text


def unmask_double(text: str) -> bytes:
    """The bytes that were sent."""
    return bytes(ord(one) - _DOUBLE if ord(one) >= _DOUBLE else ord(one) for one in text)


def open_double(text: str) -> int:
    """How many characters at the end belong to an escape sequence, or what it opens, that the next chunk goes on with."""
    found = _OPEN.search(text[-4096:]) if "\x1b" in text[-4096:] else None
    return len(found[0]) if found else 0


def _shifted(found: re.Match[str]) -> str:
    text = found[0]
    opening = _ESCAPE.match(text)
    length = opening.end() if opening else 0
    return text[:length] + "".join(chr(ord(one) + _DOUBLE) if one > " " else one for one in text[length:])
