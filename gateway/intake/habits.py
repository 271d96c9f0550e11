"""How the interchanges of a partner are read, by what is agreed with it."""

from __future__ import annotations

from gateway.config import Connector
from gateway.config.edi import EdifactProfile, X12Profile
from gateway.formats.edi.habits import NO_HABITS, USUAL, Habit, Habits


def habits_of(connector: Connector) -> Habits:
    """Strictness, character set and versions of each standard by itself; the usual ones where nothing is agreed."""
    edi = connector.partner.edi
    return NO_HABITS if edi is None else Habits(x12=_habit(edi.x12), edifact=_habit(edi.edifact))


def _habit(profile: X12Profile | EdifactProfile | None) -> Habit:
    if profile is None:
        return USUAL
    return Habit(tolerance=profile.strictness, charset=profile.encoding or "", versions=profile.versions.receive)
