"""Privacy: the personal data of customers found, shown and erased, in the store, the archive and what waits to go out (sdf 7)."""

from __future__ import annotations

from gateway.privacy.again import catch_up
from gateway.privacy.drafts import forget as forget_drafts
from gateway.privacy.drafts import look as look_at_draft
from gateway.privacy.erase import Kit, NotNow, erase
from gateway.privacy.journal import FOLDER as ERASURES
from gateway.privacy.people import Told
from gateway.privacy.people import forget as forget_people
from gateway.privacy.people import look as look_at_people
from gateway.privacy.purge import Purged, plan, purge
from gateway.privacy.scrub import Scrubbed, scrub

__all__ = [
    "ERASURES",
    "Kit",
    "NotNow",
    "Purged",
    "Scrubbed",
    "Told",
    "catch_up",
    "erase",
    "forget_drafts",
    "forget_people",
    "look_at_draft",
    "look_at_people",
    "plan",
    "purge",
    "scrub",
]
