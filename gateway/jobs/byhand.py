"""What happens to orders by themselves: those whose day to cancel after has passed end, and workflows that wait for a batch go on."""

from __future__ import annotations

from gateway.desk.acting import Desk
from gateway.desk.handover import Swept, cancel_late, late_drafts, late_orders
from gateway.desk.workflow import Batches, left_behind, resume
from gateway.domain.history import ADMIN
from gateway.jobs.place import Place
from gateway.runtime import Gatherer, Ran


def cancel_after(place: Place) -> Ran:
    """Cancel what is still new of orders whose day has passed."""
    return _ran(cancel_late(_desk(place)))


def plan_cancel_after(place: Place) -> tuple[str, ...]:
    """What a run would cancel."""
    desk = _desk(place)
    drafts = [f"would cancel {draft.number}, {draft.stage}, cancel after {draft.form.cancel_after}" for draft in late_drafts(desk)]
    return (*drafts, *(f"would cancel what is New Order of {number}" for number in late_orders(desk)))


def go_on(place: Place) -> Ran:
    """Look for the batches that workflows have asked for; ask again where nobody has made one."""
    return _ran(resume(_desk(place), Batches(place.workspace, Gatherer(place.tools).open_now)))


def plan_go_on(place: Place) -> tuple[str, ...]:
    """The workflows that a run would look at."""
    return tuple(f"would go on with the workflow of {number}" for number in left_behind(_desk(place)))


def _desk(place: Place) -> Desk:
    return Desk(store=place.store, master=place.master, clock=place.clock, user=ADMIN)


def _ran(swept: Swept) -> Ran:
    return Ran(done=swept.done, failed=swept.failed, issue=swept.issue)
