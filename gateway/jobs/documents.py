"""Document expiry: pack slips, pull sheets and CSV extracts go after `slips` of `[retention]`; they can be made again."""

from __future__ import annotations

from gateway.jobs.place import Place
from gateway.printing import expire, over
from gateway.runtime import Ran

SHOWN = 100


def expire_documents(place: Place) -> Ran:
    """Let them go."""
    found = expire(place.store, place.clock, place.workspace)
    return Ran(done=found.done, failed=found.failed)


def plan_documents(place: Place) -> tuple[str, ...]:
    """What a run would let go."""
    found = over(place.store, place.clock, most=SHOWN + 1)
    told = [f"would let the {it.kind.value} of batch {it.batch}, brand {it.brand}, go" for it in found[:SHOWN]]
    return (*told, "and more") if len(found) > SHOWN else tuple(told)
