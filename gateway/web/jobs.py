"""How the timed jobs fare: what the store knows of their runs, by whichever node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from gateway.desk.jobs import JobSheet, all_jobs

if TYPE_CHECKING:
    from gateway.runtime import Node


def jobs(node: Node) -> tuple[JobSheet, ...]:
    """Every job, those that are switched off too."""
    parts = node.parts
    return all_jobs(parts.store, (*parts.jobs.timed, *parts.gatherer.timed), now=parts.clock.now())


def health_of_jobs(node: Node) -> list[dict[str, Any]]:
    """One entry a job; `is_late` where it has not run well for two of its times in a row."""
    found: list[dict[str, Any]] = to_builtins(jobs(node))
    return found
