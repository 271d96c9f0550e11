"""Privacy: the personal data of customers found, shown and erased, in the store, the archive and what waits to go out (sdf 7)."""

from __future__ import annotations

from gateway.privacy.again import catch_up
from gateway.privacy.erase import Kit, NotNow, erase
from gateway.privacy.journal import FOLDER as ERASURES
from gateway.privacy.purge import Purged, plan, purge
from gateway.privacy.scrub import Scrubbed, scrub

__all__ = ["ERASURES", "Kit", "NotNow", "Purged", "Scrubbed", "catch_up", "erase", "plan", "purge", "scrub"]
