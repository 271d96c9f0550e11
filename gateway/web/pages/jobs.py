"""What is done by the clock: how each job stands and went, running one now, pausing it, letting it go on."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.desk.acting import Mode
from gateway.desk.jobs import JobSheet, JobState, all_jobs, job_history, one_job, pause_job, resume_job
from gateway.domain.access import Authority
from gateway.web import listing
from gateway.web.acts import Act, Deed, Effect, Run, declare_deeds
from gateway.web.jobs import run_now
from gateway.web.pages.administration import tabs
from gateway.web.routes import Routes, segment

if TYPE_CHECKING:
    from gateway.web.visit import Visit

ROUTES = Routes()
ROOT = "/administration/jobs"
UNDER_WAY = frozenset({JobState.WAITING, JobState.RUNNING})


@ROUTES.get(ROOT, may=Authority.OPERATIONS)
def jobs(visit: Visit) -> Response:
    """Every job, by name."""
    gateway = visit.gateway
    return visit.show("jobs.html", tabs=tabs(visit), rows=all_jobs(gateway.store, gateway.timed, now=gateway.clock.now()))


@ROUTES.get(f"{ROOT}/{{name}}", may=Authority.OPERATIONS)
def job(visit: Visit) -> Response:
    """One job with its runs, the newest first."""
    gateway, sheet = visit.gateway, _known(visit)
    page = job_history(gateway.store, sheet.name, now=gateway.clock.now(), before=listing.before(visit), most=listing.MOST)
    return visit.show(
        "job.html",
        tabs=tabs(visit),
        sheet=sheet,
        acts=[(name, deed.word) for name, deed in ACTS.items() if (name == "resume") is (sheet.state is JobState.PAUSED) or name == "run"],
        page=page,
        paging=listing.paging(visit, page, lambda row: row.id),
    )


def _known(visit: Visit) -> JobSheet:
    gateway = visit.gateway
    return one_job(gateway.store, gateway.timed, visit.path["name"], now=gateway.clock.now())


def _path(sheet: JobSheet) -> str:
    return f"{ROOT}/{segment(sheet.name)}"


def _run(visit: Visit) -> tuple[Act, Run]:
    sheet = _known(visit)
    otherwise = "it runs at its next time." if sheet.next_at else "it does not run."
    act = Act(title=f"Run {sheet.title} now", verb="Run now", needs_reason=False, otherwise=otherwise)

    def run(mode: Mode, _: str) -> tuple[Effect, ...]:
        told = "runs once, whatever its times say" if mode is Mode.REHEARSAL else "is asked for; its page tells how it went"
        is_under_way = sheet.state in UNDER_WAY
        if mode is Mode.EARNEST and not is_under_way:
            is_under_way = not run_now(visit, sheet.name)
        return (Effect(name=sheet.name, path=_path(sheet), told=told, why_not="it runs already, or is about to" if is_under_way else ""),)

    return act, run


def _pause(visit: Visit) -> tuple[Act, Run]:
    sheet = _known(visit)
    act = Act(title=f"Pause {sheet.title}", verb="Pause", grave=True, otherwise="the clock starts it at its times.")

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        changes = pause_job(visit.desk, sheet.name, reason=reason, mode=mode)
        told = "is not started by the clock until somebody lets it go on; a run that is under way ends"
        return (Effect(name=sheet.name, path=_path(sheet), told=told, why_not="" if changes else "it is paused already"),)

    return act, run


def _resume(visit: Visit) -> tuple[Act, Run]:
    sheet = _known(visit)
    act = Act(title=f"Let {sheet.title} go on", verb="Let it go on", otherwise="it stays paused.")

    def run(mode: Mode, reason: str) -> tuple[Effect, ...]:
        changes = resume_job(visit.desk, sheet.name, reason=reason, mode=mode)
        return (Effect(name=sheet.name, path=_path(sheet), told="runs at its times again", why_not="" if changes else "it is not paused"),)

    return act, run


ACTS = MappingProxyType(
    {
        "run": Deed(Authority.OPERATIONS, "Run now", _run),
        "pause": Deed(Authority.OPERATIONS, "Pause", _pause),
        "resume": Deed(Authority.OPERATIONS, "Let it go on", _resume),
    }
)
declare_deeds(ROUTES, f"{ROOT}/{{name}}/acts", ACTS)
