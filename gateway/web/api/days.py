"""Days and instants that programs ask by: only possible ones, so that no calendar ends in the middle of a search."""

from __future__ import annotations

from datetime import date

from gateway.kernel.calendar import POSSIBLE, is_possible
from gateway.web.api.misfits import misfit
from gateway.web.problems import Fault


def require_possible(day: date | None, where: str) -> None:
    """Denied where it lies outside of the years in which business is done; None is none."""
    if day is not None and not is_possible(day):
        raise misfit(Fault(text=f"{day} cannot be meant: {POSSIBLE}", where=where))
