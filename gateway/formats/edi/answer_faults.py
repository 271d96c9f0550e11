"""What keeps a partner's 997, 999 or CONTRL from being taken at its word: it is judged as any other set (edi 3.3).

Not for: what it says, which is `told.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.formats.edi.envelope import Set
from gateway.formats.edi.segments import text_of
from gateway.formats.edi.told import ACTIONS, LETTERS

_VERDICTS = {"AK5": 1, "IK5": 1, "AK9": 1}
_ACTIONS = {"UCI": 4, "UCF": 4, "UCM": 3}
_CLOSING = {"997": ("AK1", "AK9"), "999": ("AK1", "AK9"), "CONTRL": ("UCI",)}


def faults(one: Set) -> Iterator[str]:
    """Why this answer settles nothing; nothing for a sound one."""
    yield from (f"{finding.spot}: {finding.text}" for finding in one.findings if finding.is_error)
    tags = [str(segment[0]) for segment in one.segments]
    yield from (f"{tag} is missing" for tag in _CLOSING.get(one.type, ()) if tag not in tags)
    for number, segment in enumerate(one.segments, 1):
        tag = str(segment[0])
        place = _VERDICTS.get(tag) or _ACTIONS.get(tag)
        if place is None:
            continue
        said = text_of(segment, place, one.delimiters)
        if said not in (LETTERS if tag in _VERDICTS else ACTIONS):
            yield f"{one.spot(number, place)}: '{said[:10]}' is no verdict of {tag}{place:02}"
