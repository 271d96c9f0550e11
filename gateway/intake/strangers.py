"""Files of interchanges that hold nothing but sets no layout of their channel is for: parked, and told by name (edi 5.7).

Not for: such sets beside others, which are refused each for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from msgspec.structs import replace

from gateway.kernel import Issue
from gateway.mapping import UNKNOWN, OneOrSeveral, Reading

MOST = 20
"""So many kinds of sets are told."""
ADD, AGREE = "add a layout for it to the channel", "name its release there"
UNAGREED = "> versions > receive)"
"""What a text ends with that names a release nobody agreed on."""


def strangers(mapping: OneOrSeveral, readings: Iterable[Reading]) -> tuple[Issue, ...]:
    """Why a file of interchanges is parked: it holds sets, and no layout is for any of them. Each kind of set is told once."""
    if not mapping.is_by_set:
        return ()
    found: dict[str, list[Issue]] = {}
    for reading in readings:
        if reading.kind != UNKNOWN:
            return ()
        issue = next((it for it in reading.issues if it.kind == "unknown_document"), None)
        if issue is not None:
            found.setdefault(issue.text, []).append(issue)
    sets = {text: "1 set" if len(same) == 1 else f"{len(same)} sets" for text, same in found.items()}
    return tuple(
        replace(same[0], text=f"{text} ({sets[text]}); {AGREE if UNAGREED in text else ADD} and replay the message, or tell the sender")
        for text, same in islice(found.items(), MOST)
    )
