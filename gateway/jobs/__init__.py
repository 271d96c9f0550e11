"""The timed jobs of the gateway: what each does. When it runs stands in gateway.toml, that it runs once is the runtime's business."""

from __future__ import annotations

from collections.abc import Callable

from gateway.config import Timed
from gateway.jobs.acknowledgements import plan_acknowledgements, watch_acknowledgements
from gateway.jobs.archive import clean_archive, plan_archive
from gateway.jobs.byhand import cancel_after, go_on, plan_cancel_after, plan_go_on
from gateway.jobs.documents import expire_documents, plan_documents
from gateway.jobs.due_dates import plan_due_dates, watch_due_dates
from gateway.jobs.expectations import judge_expectations, plan_expectations
from gateway.jobs.place import Place
from gateway.jobs.purge import plan_purge, purge_data
from gateway.jobs.sessions import sweep_sessions
from gateway.runtime import Job, Ran

__all__ = ["Place", "registered", "timed"]

TITLES = {
    "acknowledgements": "Acknowledgement watchdog",
    "archive": "Archive clean-up",
    "cancel_after": "Orders whose day to cancel after has passed",
    "documents": "Document expiry",
    "due_dates": "Due-date watchdog",
    "expectations": "Calendar of what should come",
    "purge": "Completed Order Private Data Purge",
    "sessions": "Sessions, links and failed tries that have run out",
    "workflows": "Workflows that wait for a batch",
}
"""What people call them; `[jobs]` of gateway.toml has their words and times."""


def registered(place: Place) -> tuple[Job, ...]:
    """Every job with its function."""

    def job(name: str, run: Callable[[Place], Ran], plan: Callable[[Place], tuple[str, ...]] | None = None) -> Job:
        return Job(name=name, title=TITLES[name], run=lambda: run(place), plan=None if plan is None else lambda: plan(place))

    return (
        job("acknowledgements", watch_acknowledgements, plan_acknowledgements),
        job("archive", clean_archive, plan_archive),
        job("cancel_after", cancel_after, plan_cancel_after),
        job("documents", expire_documents, plan_documents),
        job("due_dates", watch_due_dates, plan_due_dates),
        job("expectations", judge_expectations, plan_expectations),
        job("purge", purge_data, plan_purge),
        job("sessions", sweep_sessions),
        job("workflows", go_on, plan_go_on),
    )


def timed(place: Place) -> tuple[Timed, ...]:
    """When each of them is due, as gateway.toml says."""
    settings, zone = place.workspace.settings.jobs, place.workspace.reference.organization.zone
    return tuple(
        Timed(name=name, title=title, schedules=one.schedules(zone=zone), enabled=one.enabled)
        for name, title in sorted(TITLES.items())
        for one in [getattr(settings, name)]
    )
