"""Completed Order Private Data Purge: old orders lose the personal data of their customers (sdf 7.2)."""

from __future__ import annotations

from gateway.jobs.place import Place
from gateway.kernel import Issue
from gateway.privacy import Kit, plan, purge
from gateway.runtime import Ran


def purge_data(place: Place) -> Ran:
    """Erase what is older than the organization's retention; a run that was stopped goes on."""
    done = purge(Kit(place.tools, place.master, place.reader))
    if done.run is None:
        return Ran(issue=Issue("GWY-30", "another run of the purge is at work"))
    return Ran(done=done.done, failed=done.failed, issue=done.issue)


def plan_purge(place: Place) -> tuple[str, ...]:
    """The sales orders that a run would erase."""
    return tuple(f"would erase the personal data of {told}" for told in plan(Kit(place.tools, place.master, place.reader)))
