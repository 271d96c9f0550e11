"""What to do about a finding, where the code alone does not say it: the same code is found in several ways.

Not for: what a code means, which is one thing whatever was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from gateway.kernel.codes import CODES

UNREADABLE_VALUES = MappingProxyType({"not_number": "MAP-15", "not_date": "MAP-16"})
"""A value that is none of its kind is mended by writing it right, whatever the business calls its field."""

_PLACE = re.compile(r"(?P<command>gateway (?P<noun>[a-z]+) [a-z]+) (?P<place>ID|NAME|NUMBER)\b")
_BY_KIND: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("GWY-41", "not_agreed"): "agree with the partner, then write partner > edi of the connector and replay the message",
        ("GWY-41", "sender"): "compare the sender with partner > edi > theirs: add an id of this partner there and replay the message, "
        "or tell whoever put it here",
        ("GWY-41", "receiver"): "compare the receiver with partner > edi > ours: add an id of ours there and replay the message, "
        "or have the partner send it to the right one",
        ("GWY-41", "use"): "have the partner mark it as what it is, or set test of partner > edi of the connector and replay the message",
        ("GWY-41", "number"): "ask the partner for the corrected interchange under a new number; nothing where it is only an old one",
        ("GWY-41", "damaged"): "have the partner make the interchange again and send it whole; it may keep its number",
        ("INV-10", "not_number"): "write the unit cost as a number, and send again all that was not taken",
        ("INV-10", "missing"): "give the unit cost, and send again all that was not taken",
    }
)


def remedy_of(code: str, kind: str = "", **about: object) -> str:
    """What to do about a finding of this kind; nothing for a code that is not ours.

    `about` names what it was found at, by the noun of the command: `outbox=17`.

    >>> remedy_of("GWY-16", outbox=17)
    'ask them, or: gateway outbox release 17'
    """
    if (code, kind) in _BY_KIND:
        return _BY_KIND[code, kind]
    told = UNREADABLE_VALUES.get(kind, code)
    return _filled(CODES[told].remedy, about) if code in CODES else ""


def _filled(text: str, about: Mapping[str, object]) -> str:
    """The commands of a remedy with the numbers and names that are known."""
    if not about:
        return text
    return _PLACE.sub(lambda found: f"{found['command']} {about.get(found['noun'], found['place'])}", text)
