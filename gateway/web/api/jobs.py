"""Jobs: what is done by the clock, how it went, and doing it now, pausing it, letting it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from gateway.desk.jobs import JobSheet, RunSheet, all_jobs, job_history, one_job, pause_job, resume_job
from gateway.domain.access import Authority
from gateway.kernel.errors import AlreadyRunning
from gateway.web.api.operations import Api, Nothing, Rows, behind, mode_of, rows_of
from gateway.web.api.paging import Limit
from gateway.web.jobs import run_now

if TYPE_CHECKING:
    from gateway.web.visit import Visit

API = Api()


class Runs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of the runs."""

    cursor: str | None = None
    limit: Limit = 50


class Now(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is asked."""


class Why(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: Annotated[str, Meta(min_length=1, max_length=255)]
    dry_run: bool = False


class Changed(Struct, frozen=True, kw_only=True):
    """Whether it was changed by this; else it was so before."""

    changed: bool


@API.get("/jobs", may=Authority.OPERATIONS, answer=Rows[JobSheet])
def list_jobs(visit: Visit, _: Nothing) -> Rows[JobSheet]:
    """Every job, by name."""
    gateway = visit.gateway
    return Rows(rows=all_jobs(gateway.store, gateway.timed, now=gateway.clock.now()))


@API.get("/jobs/{name}", may=Authority.OPERATIONS, answer=JobSheet)
def get_job(visit: Visit, _: Nothing) -> JobSheet:
    """One job: how it stands, its times and its last run."""
    return _known(visit)


@API.get("/jobs/{name}/runs", may=Authority.OPERATIONS, query=Runs, answer=Rows[RunSheet])
def list_runs(visit: Visit, asked: Runs) -> Rows[RunSheet]:
    """The runs of a job, the newest first."""
    gateway = visit.gateway
    page = job_history(gateway.store, _known(visit).name, now=gateway.clock.now(), before=behind(asked.cursor), most=asked.limit)
    return rows_of(page, lambda row: row.id)


@API.post("/jobs/{name}/run", may=Authority.OPERATIONS, body=Now, answer=JobSheet)
def run_job(visit: Visit, _: Now) -> JobSheet:
    """Run a job now, whatever its times say; a node does it, and the runs tell how it went."""
    name = _known(visit).name
    if not run_now(visit, name):
        raise AlreadyRunning(f"{name} runs already, or is about to")
    return _known(visit)


@API.post("/jobs/{name}/pause", may=Authority.OPERATIONS, body=Why, answer=Changed)
def stop_job(visit: Visit, said: Why) -> Changed:
    """Let the clock not start it any more."""
    return Changed(changed=pause_job(visit.desk, _known(visit).name, reason=said.reason, mode=mode_of(said)))


@API.post("/jobs/{name}/resume", may=Authority.OPERATIONS, body=Why, answer=Changed)
def go_on_with_job(visit: Visit, said: Why) -> Changed:
    """Let the clock start it again."""
    return Changed(changed=resume_job(visit.desk, _known(visit).name, reason=said.reason, mode=mode_of(said)))


def _known(visit: Visit) -> JobSheet:
    """The job; channels are named CONNECTOR/CHANNEL, in the address with a colon in place of the slash."""
    gateway = visit.gateway
    return one_job(gateway.store, gateway.timed, visit.path["name"].replace(":", "/"), now=gateway.clock.now())
