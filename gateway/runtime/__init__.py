"""Runtime: the node that polls, books, makes and delivers, and the clockwork that wakes it."""

from __future__ import annotations

from gateway.kernel.roles import Role, roles_of
from gateway.runtime.engine import Engine, Parts
from gateway.runtime.gathering import MAKING, Gatherer
from gateway.runtime.health import Condition, Health
from gateway.runtime.jobs import Job, Jobs, Ran
from gateway.runtime.node import Node
from gateway.runtime.places import HostPlaces
from gateway.runtime.summary import Summary
from gateway.runtime.upkeep import Upkeep

__all__ = [
    "MAKING",
    "Condition",
    "Engine",
    "Gatherer",
    "Health",
    "HostPlaces",
    "Job",
    "Jobs",
    "Node",
    "Parts",
    "Ran",
    "Role",
    "Summary",
    "Upkeep",
    "roles_of",
]
