"""How the timed jobs fare: what the store knows of their runs, by whichever node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from gateway.desk.jobs import JobSheet, all_jobs

if TYPE_CHECKING:
    from gateway.runtime import Node
    from gateway.web.visit import Visit


def jobs(node: Node) -> tuple[JobSheet, ...]:
    """Every job, those that are switched off too."""
    parts = node.parts
    return all_jobs(parts.store, (*parts.jobs.timed, *parts.gatherer.timed), now=parts.clock.now())


def health_of_jobs(node: Node) -> list[dict[str, Any]]:
    """One entry a job; `is_late` where it has not run well for two of its times in a row."""
    found: list[dict[str, Any]] = to_builtins(jobs(node))
    return found


def run_now(visit: Visit, name: str) -> bool:
    """Have it run now, by whichever node is free; False when it runs already, or is about to."""
    gateway = visit.gateway
    channel = gateway.gatherer.find(name)
    if channel is not None:
        return gateway.gatherer.open_now(channel)
    if gateway.jobs.find(name) is not None:
        return gateway.jobs.open_now(name, actor=visit.desk.user) is not None
    return gateway.gatherer.open_mail_now() is not None
